// Package seal encrypts the secrets that the server must be able to read
// again, such as passwords of connections, with a key that lies outside the
// database.
//
// In come secrets with the place that they belong to; out come bytes that open
// in that place alone. They begin with the id of their key, so that a key can
// be replaced. The package knows nothing of what it keeps.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
)

const keyBytes = 32

// Sealer seals with one key, and opens with that one and with older ones. It
// is safe for concurrent use.
type Sealer struct {
	current key
	old     []key
}

type key struct {
	aead cipher.AEAD
	id   [keyIDBytes]byte
}

// keyIDBytes tell keys apart when a key is replaced.
const keyIDBytes = 4

// New makes a Sealer of a 256-bit key.
func New(secret []byte) (*Sealer, error) {
	if len(secret) != keyBytes {
		return nil, errSize(len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	s := &Sealer{current: key{aead: aead}}
	sum := sha256.Sum256(secret)
	copy(s.current.id[:], sum[:])
	return s, nil
}

// NewRandom makes a Sealer of a key that nobody knows.
func NewRandom() (*Sealer, error) {
	secret, err := randomKey()
	if err != nil {
		return nil, err
	}
	return New(secret)
}

func randomKey() ([]byte, error) {
	secret := make([]byte, keyBytes)
	_, err := rand.Read(secret)
	return secret, err
}

// WithOld returns a Sealer that opens what older ones have sealed too, and
// seals as s does.
func (s *Sealer) WithOld(older ...*Sealer) *Sealer {
	all := &Sealer{current: s.current, old: slices.Clone(s.old)}
	for _, o := range older {
		all.old = append(append(all.old, o.current), o.old...)
	}
	return all
}

// Seal encrypts a secret for one place.
func (s *Sealer) Seal(secret, place string) ([]byte, error) {
	nonce := make([]byte, s.current.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	out := append(append([]byte(nil), s.current.id[:]...), nonce...)
	return s.current.aead.Seal(out, nonce, []byte(secret), []byte(place)), nil
}

// Open decrypts what Seal made for the same place with one of the keys.
func (s *Sealer) Open(sealed []byte, place string) (string, error) {
	k := s.keyOf(sealed)
	if k == nil {
		return "", errors.New("the secret was sealed with another key")
	}
	n := keyIDBytes + k.aead.NonceSize()
	if len(sealed) < n {
		return "", errCannotOpen()
	}
	secret, err := k.aead.Open(nil, sealed[keyIDBytes:n], sealed[n:], []byte(place))
	if err != nil {
		return "", errCannotOpen()
	}
	return string(secret), nil
}

// Knows reports whether sealed was made with one of the keys.
func (s *Sealer) Knows(sealed []byte) bool { return s.keyOf(sealed) != nil }

// Reseal seals again, with the current key, what an older one has sealed. What
// the current key has sealed comes back as it is.
func (s *Sealer) Reseal(sealed []byte, place string) ([]byte, error) {
	if bytes.HasPrefix(sealed, s.current.id[:]) {
		return sealed, nil
	}
	secret, err := s.Open(sealed, place)
	if err != nil {
		return nil, err
	}
	return s.Seal(secret, place)
}

// keyOf is the key that sealed was made with, or nil.
func (s *Sealer) keyOf(sealed []byte) *key {
	if bytes.HasPrefix(sealed, s.current.id[:]) {
		return &s.current
	}
	i := slices.IndexFunc(s.old, func(k key) bool { return bytes.HasPrefix(sealed, k.id[:]) })
	if i < 0 {
		return nil
	}
	return &s.old[i]
}

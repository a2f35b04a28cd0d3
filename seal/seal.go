// Package seal encrypts the secrets that the server must be able to read
// again, such as passwords of connections, with a key that lies outside the
// database.
//
// In come secrets with the place that they belong to; out come bytes that open
// in that place alone. The package knows nothing of what it keeps.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const keyBytes = 32

// Sealer seals with one key. It is safe for concurrent use.
type Sealer struct {
	aead cipher.AEAD
	id   [keyIDBytes]byte
}

// keyIDBytes tell keys apart when a key is replaced.
const keyIDBytes = 4

// New makes a Sealer of a 256-bit key.
func New(key []byte) (*Sealer, error) {
	if len(key) != keyBytes {
		return nil, fmt.Errorf("the secret key has %d bytes; it needs %d", len(key), keyBytes)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	s := &Sealer{aead: aead}
	sum := sha256.Sum256(key)
	copy(s.id[:], sum[:])
	return s, nil
}

// Parse makes a Sealer of a key in base64.
func Parse(text string) (*Sealer, error) {
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the secret key is not base64; make one with: openssl rand -base64 32")
	}
	return New(key)
}

// OpenFile makes a Sealer of the key in a file, which it creates, readable for
// its owner alone, when there is none. It fails when others may read the file.
func OpenFile(path string) (*Sealer, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return createFile(path)
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read the secret key %s; run: chmod 600 %s", path, path)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := New(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// createFile writes a new key so that the file is whole or not there.
func createFile(path string) (*Sealer, error) {
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(key)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return nil, err
	}
	return New(key)
}

// Seal encrypts a secret for one place.
func (s *Sealer) Seal(secret, place string) ([]byte, error) {
	nonce := make([]byte, s.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	out := append(append([]byte(nil), s.id[:]...), nonce...)
	return s.aead.Seal(out, nonce, []byte(secret), []byte(place)), nil
}

// Open decrypts what Seal made for the same place with the same key.
func (s *Sealer) Open(sealed []byte, place string) (string, error) {
	n := keyIDBytes + s.aead.NonceSize()
	if len(sealed) < n || [keyIDBytes]byte(sealed[:keyIDBytes]) != s.id {
		return "", errors.New("the secret was sealed with another key")
	}
	secret, err := s.aead.Open(nil, sealed[keyIDBytes:n], sealed[n:], []byte(place))
	if err != nil {
		return "", errors.New("the secret cannot be opened")
	}
	return string(secret), nil
}

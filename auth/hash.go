package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
)

// Params are the costs of argon2id.
type Params struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultParams are the costs of new hashes (security.md 1.7).
var DefaultParams = Params{Memory: 19456, Time: 2, Threads: 1}

const (
	saltBytes = 16
	keyBytes  = 32
	// hashesInFlight bounds the memory that sign-ins can take.
	hashesInFlight = 4
	// Costs above these are not ours; computing them could exhaust the server.
	maxMemory, maxTime = 1 << 20, 64
)

// Hasher makes and checks password hashes, a few at a time.
type Hasher struct {
	params Params
	random io.Reader
	slots  *semaphore.Weighted
	dummy  string
}

// NewHasher makes a Hasher. Zero params are DefaultParams, a nil random is
// crypto/rand.
func NewHasher(params Params, random io.Reader) *Hasher {
	if params == (Params{}) {
		params = DefaultParams
	}
	if random == nil {
		random = rand.Reader
	}
	// No password has the key of the dummy: it is no hash of anything.
	dummy := format(params, make([]byte, saltBytes), make([]byte, keyBytes))
	return &Hasher{params: params, random: random, slots: semaphore.NewWeighted(hashesInFlight), dummy: dummy}
}

// Hash returns the PHC string of a password with a fresh salt. It fails only
// when ctx ends while it waits for its turn, or without randomness.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("no randomness for a salt: %w", err)
	}
	key, err := h.key(ctx, h.params, password, salt, keyBytes)
	if err != nil {
		return "", err
	}
	return format(h.params, salt, key), nil
}

// Verify reports whether hash is one of password, and whether it was made with
// other costs than new ones are. It fails when ctx ends while it waits for its
// turn, or when hash is no PHC string of argon2id.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (match, outdated bool, err error) {
	params, salt, want, err := parse(hash)
	if err != nil {
		return false, false, err
	}
	got, err := h.key(ctx, params, password, salt, uint32(len(want)))
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, params != h.params, nil
}

// VerifyNothing takes as long as Verify and matches nothing, for users who do
// not exist or have no password.
func (h *Hasher) VerifyNothing(ctx context.Context, password string) error {
	_, _, err := h.Verify(ctx, h.dummy, password)
	return err
}

func (h *Hasher) key(ctx context.Context, p Params, password string, salt []byte, length uint32) ([]byte, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer h.slots.Release(1)
	return argon2.IDKey([]byte(password), salt, p.Time, p.Memory, p.Threads, length), nil
}

var phc = base64.RawStdEncoding.Strict()

func format(p Params, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Time, p.Threads,
		phc.EncodeToString(salt), phc.EncodeToString(key))
}

// parse reads a PHC string. Its error does not repeat the string.
func parse(hash string) (p Params, salt, key []byte, err error) {
	malformed := fmt.Errorf("malformed password hash")
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, nil, nil, malformed
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.Memory, &p.Time, &p.Threads); err != nil {
		return p, nil, nil, malformed
	}
	canonical := fmt.Sprintf("m=%d,t=%d,p=%d", p.Memory, p.Time, p.Threads)
	if canonical != parts[3] || p.Time < 1 || p.Time > maxTime || p.Threads < 1 || p.Memory > maxMemory {
		return p, nil, nil, malformed
	}
	if salt, err = phc.DecodeString(parts[4]); err != nil || len(salt) < 8 {
		return p, nil, nil, malformed
	}
	if key, err = phc.DecodeString(parts[5]); err != nil || len(key) < 16 || len(key) > math.MaxUint8 {
		return p, nil, nil, malformed
	}
	return p, salt, key, nil
}

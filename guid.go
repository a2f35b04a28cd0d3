package searchlight

import (
	"crypto/rand"
	"encoding/hex"
	"io"
	"strings"
)

// GUID identifies an object: 8-4-4-4-12 hexadecimal digits in lower case.
type GUID string

// NewGUID makes a random GUID (version 4).
func NewGUID() GUID { return NewGUIDFrom(rand.Reader) }

// NewGUIDFrom makes a GUID of the bytes of r, for tests that want the same
// ones each time. It panics when r fails, which crypto/rand never does.
func NewGUIDFrom(r io.Reader) GUID {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		panic("searchlight: no randomness: " + err.Error())
	}
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return formatGUID(b)
}

func formatGUID(b [16]byte) GUID {
	s := hex.EncodeToString(b[:])
	return GUID(s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:])
}

// ParseGUID reads a GUID in any case; it reports false for every other text.
func ParseGUID(s string) (GUID, bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return "", false
	}
	s = strings.ToLower(s)
	if _, err := hex.DecodeString(strings.ReplaceAll(s, "-", "")); err != nil || strings.Count(s, "-") != 4 {
		return "", false
	}
	return GUID(s), true
}

package seal_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/seal"
)

// TestT18_SampleKeysAreRefused: what examples show, and what people type.
func TestT18_SampleKeysAreRefused(t *testing.T) {
	ascending := make([]byte, 32)
	for i := range ascending {
		ascending[i] = byte(i)
	}
	for name, secret := range map[string][]byte{
		"of the documentation": []byte("0123456789abcdef0123456789abcdef"),
		"zeros":                make([]byte, 32),
		"one byte":             bytes.Repeat([]byte{0xa5}, 32),
		"few bytes":            bytes.Repeat([]byte{1, 250, 3, 200}, 8),
		"ascending":            ascending,
		"text":                 []byte("change me to something random!!!"),
		"pass phrase":          []byte("Correct-Horse-7-Battery-Staple-9"),
	} {
		if _, err := seal.Parse(base64.StdEncoding.EncodeToString(secret)); err == nil || !strings.Contains(err.Error(), "openssl rand") {
			t.Errorf("%s: %v", name, err)
		}
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, secret, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.OpenFile(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s in a file: %v", name, err)
		}
	}
	for range 10_000 {
		secret := make([]byte, 32)
		if _, err := rand.Read(secret); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Parse(base64.StdEncoding.EncodeToString(secret)); err != nil {
			t.Fatalf("the random key %x is refused: %v", secret, err)
		}
	}
}

func TestOldKeysOpen(t *testing.T) {
	must := func(s *seal.Sealer, err error) *seal.Sealer {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, second, third := must(seal.NewRandom()), must(seal.NewRandom()), must(seal.NewRandom())
	sealed, err := first.Seal("hunter2", "a")
	if err != nil {
		t.Fatal(err)
	}
	both := third.WithOld(second.WithOld(first))
	if second.Knows(sealed) || !both.Knows(sealed) || both.Knows(nil) || both.Knows(sealed[:2]) {
		t.Error("a key is mistaken for another")
	}
	if got, err := both.Open(sealed, "a"); err != nil || got != "hunter2" {
		t.Errorf("got %q, %v", got, err)
	}
	for name, bytes := range map[string][]byte{"nothing": nil, "an id": sealed[:4], "cut short": sealed[:10]} {
		if got, err := both.Open(bytes, "a"); err == nil {
			t.Errorf("%s opened as %q", name, got)
		}
	}
	again, err := both.Reseal(sealed, "a")
	if err != nil || bytes.Equal(again, sealed) {
		t.Fatalf("resealed to the same: %v", err)
	}
	if got, err := third.Open(again, "a"); err != nil || got != "hunter2" {
		t.Errorf("got %q, %v", got, err)
	}
	if same, err := both.Reseal(again, "a"); err != nil || !bytes.Equal(same, again) {
		t.Errorf("what needs no new key got one: %v", err)
	}
	if _, err := both.Reseal(sealed, "b"); err == nil {
		t.Error("a secret moved to another place")
	}
	if _, err := third.Reseal(sealed, "a"); err == nil {
		t.Error("a secret of an unknown key was sealed again")
	}
}

func TestKeyFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := seal.ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	first, err := seal.CreateFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.KeepFile(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.CreateFile(path); err != nil {
		t.Fatal(err)
	}
	sealed, err := first.Seal("hunter2", "a")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{path: false, path + ".old": true} {
		s, err := seal.ReadFile(name)
		if err != nil || s.Knows(sealed) != want {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}

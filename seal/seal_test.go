package seal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/searchlight-bi/searchlight/seal"
)

func TestSecretOpensInItsPlaceAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	s, err := seal.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.Seal("hunter2", "a/password")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("hunter2")) {
		t.Error("the secret can be read")
	}
	again, err := s.Seal("hunter2", "a/password")
	if err != nil || bytes.Equal(sealed, again) {
		t.Errorf("sealing twice gives the same bytes (%v)", err)
	}
	same, err := seal.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := same.Open(sealed, "a/password"); err != nil || got != "hunter2" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := same.Open(sealed, "b/password"); err == nil {
		t.Errorf("the secret of another place opened as %q", got)
	}
	sealed[len(sealed)-1] ^= 1
	if got, err := same.Open(sealed, "a/password"); err == nil {
		t.Errorf("a changed secret opened as %q", got)
	}
	other, err := seal.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := other.Open(again, "a/password"); err == nil {
		t.Errorf("another key opened it as %q", got)
	}
}

func TestKeyFileMustBePrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if _, err := seal.OpenFile(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.OpenFile(path); err == nil {
		t.Error("a key that others may read was used")
	}
	for name, text := range map[string]string{"not base64": "§", "too short": "aGk="} {
		if _, err := seal.Parse(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Parse makes a Sealer of a key in base64. It fails for keys that are no
// random ones, such as those of examples.
func Parse(text string) (*Sealer, error) {
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("the secret key is not base64; make one with: openssl rand -base64 32")
	}
	return fromOutside(secret)
}

// fromOutside makes a Sealer of a key that somebody else has made.
func fromOutside(secret []byte) (*Sealer, error) {
	if len(secret) == keyBytes && !looksRandom(secret) {
		return nil, errors.New("the secret key is a sample or a text, which others may guess; make one with: openssl rand -base64 32")
	}
	return New(secret)
}

// looksRandom refuses what people type: text, sequences and repetitions. It is
// wrong about one of a billion keys.
func looksRandom(secret []byte) bool {
	values, steps, printable := map[byte]bool{}, map[byte]bool{}, 0
	for i, b := range secret {
		values[b] = true
		steps[b-secret[max(i, 1)-1]] = true
		if b >= ' ' && b <= '~' {
			printable++
		}
	}
	return len(values) > len(secret)/2 && len(steps) > len(secret)/2 && printable < len(secret)
}

// ReadFile makes a Sealer of the key in a file. It fails with fs.ErrNotExist
// when there is none, and when others may read it.
func ReadFile(path string) (*Sealer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("others may read the secret key %s; run: chmod 600 %s", path, path)
	}
	secret, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := fromOutside(secret)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// CreateFile writes a new key, which its owner alone may read, in place of the
// file if there is one: the file is whole or as it was.
func CreateFile(path string) (*Sealer, error) {
	secret, err := randomKey()
	if err != nil {
		return nil, err
	}
	if err := write(path, secret); err != nil {
		return nil, fmt.Errorf("the secret key cannot be written: %w", err)
	}
	return New(secret)
}

func write(path string, secret []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(secret)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// OpenFile is ReadFile, or CreateFile when there is no file.
func OpenFile(path string) (*Sealer, error) {
	s, err := ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return CreateFile(path)
	}
	return s, err
}

// KeepFile keeps a copy of the key in one file in another, so that it can be
// replaced.
func KeepFile(path, copy string) error {
	secret, err := os.ReadFile(path)
	if err == nil {
		err = write(copy, secret)
	}
	if err != nil {
		return fmt.Errorf("the secret key cannot be kept: %w", err)
	}
	return nil
}

func errSize(n int) error { return fmt.Errorf("the secret key has %d bytes; it needs %d", n, keyBytes) }

func errCannotOpen() error { return errors.New("the secret cannot be opened") }

package app_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/app"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/seal"
)

const connectionPassword = "hunter2 of the warehouse"

// withSecret stores a connection with a password.
func withSecret(t *testing.T, a *app.App) {
	t.Helper()
	admin, err := a.Subject(context.Background(), searchlight.AdminUserID)
	if err != nil {
		t.Fatal(err)
	}
	results, err := a.Metadata.Import(context.Background(), metadata.ImportRequest{Subject: admin, Policy: metadata.AllOrNone, Documents: []string{
		`{"guid": "` + string(connectionID) + `", "connection": {"name": "Warehouse", "type": "RDBMS_POSTGRES", "authentication_type": "SERVICE_ACCOUNT", "properties": [
			{"key": "host", "value": "db.example.com"}, {"key": "password", "value": "` + connectionPassword + `"}]}}`}})
	if err != nil || results[0].Status.Code == metadata.StatusError {
		t.Fatal(err, results)
	}
}

// sealed is the password of the connection as it is stored.
func sealed(t *testing.T, a *app.App) []byte {
	t.Helper()
	var o *searchlight.Object
	err := a.Store.View(context.Background(), func(tx searchlight.Tx) (err error) {
		o, err = tx.Object(connectionID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(o.Content), connectionPassword) {
		t.Error("the password is stored as it is")
	}
	var c searchlight.Connection
	if err := json.Unmarshal(o.Content, &c); err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Properties {
		if p.Key == "password" {
			return p.Sealed
		}
	}
	t.Fatal("no password")
	return nil
}

func opens(t *testing.T, s *seal.Sealer, sealed []byte) bool {
	t.Helper()
	text, err := s.Open(sealed, metadata.SecretContext(connectionID, "password"))
	return err == nil && text == connectionPassword
}

func keyOf(t *testing.T, dir string) *seal.Sealer {
	t.Helper()
	s, err := seal.ReadFile(filepath.Join(dir, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func randomKey(t *testing.T) string {
	t.Helper()
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(secret)
}

// refuses fails unless a server on a Config does not start, for a reason given
// in one line.
func refuses(t *testing.T, c app.Config, texts ...string) {
	t.Helper()
	c.Addr = "127.0.0.1:0"
	a, err := app.Open(context.Background(), c, quiet)
	if err == nil {
		a.Close()
		t.Fatalf("the server started; want an error with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v; want %q in it", err, text)
		}
	}
}

func TestAServerNeedsTheKeyOfItsSecrets(t *testing.T) {
	dir := t.TempDir()
	a := open(t, app.Config{DataDir: dir})
	withSecret(t, a)
	before := sealed(t, a)
	a.Close()
	path := filepath.Join(dir, "secret.key")
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	refuses(t, app.Config{DataDir: dir}, "connections (1)", path)
	refuses(t, app.Config{DataDir: dir, SecretKey: randomKey(t)}, "SEARCHLIGHT_SECRET_KEY", "rekey --forget")
	// Recovery goes on, and makes no key that would hide what is wrong.
	a = open(t, app.Config{DataDir: dir})
	if err := a.AddUser(context.Background(), "ann", "", "Blue-Whale-42-Song", false); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key was made: %v", err)
	}
	if _, err := a.Rekey(context.Background(), false); err == nil || !strings.Contains(err.Error(), "--forget") {
		t.Errorf("rekey without the key: %v", err)
	}
	if !bytes.Equal(sealed(t, a), before) {
		t.Error("the secret was changed")
	}
	a.Close()
	refuses(t, app.Config{DataDir: dir}, "connections (1)")

	// The key comes back, at first with a mode that lets others read it.
	if err := os.WriteFile(path, key, 0o644); err != nil {
		t.Fatal(err)
	}
	refuses(t, app.Config{DataDir: dir}, "chmod 600 "+path)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, app.Config{DataDir: dir, Addr: "127.0.0.1:0"}).Close()

	// It is lost for good.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	a = open(t, app.Config{DataDir: dir})
	if done, err := a.Rekey(context.Background(), true); err != nil || *done != (app.Rekeyed{Forgotten: 1}) {
		t.Errorf("got %+v, %v", done, err)
	}
	if sealed(t, a) != nil {
		t.Error("the secret is still there")
	}
	a.Close()
	open(t, app.Config{DataDir: dir, Addr: "127.0.0.1:0"})
}

func TestRekey(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	a := open(t, app.Config{DataDir: dir})
	withSecret(t, a)
	old := keyOf(t, dir)
	done, err := a.Rekey(ctx, false)
	if err != nil || *done != (app.Rekeyed{Resealed: 1}) {
		t.Fatalf("got %+v, %v", done, err)
	}
	if s := sealed(t, a); opens(t, old, s) || !opens(t, keyOf(t, dir), s) {
		t.Error("the secret is not under the new key")
	}
	if _, err := os.Stat(filepath.Join(dir, "secret.key.old")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old key is still there: %v", err)
	}
	// Secrets that come now are under the new key.
	withSecret(t, a)
	if !opens(t, keyOf(t, dir), sealed(t, a)) {
		t.Error("a new secret is under another key")
	}
	a.Close()
	open(t, app.Config{DataDir: dir, Addr: "127.0.0.1:0"}).Close()

	// Into the environment: the file serves as an old key.
	next := randomKey(t)
	a = open(t, app.Config{DataDir: dir, SecretKey: next})
	if done, err = a.Rekey(ctx, false); err != nil || done.Resealed != 1 {
		t.Fatalf("got %+v, %v", done, err)
	}
	a.Close()
	if err := os.Remove(filepath.Join(dir, "secret.key")); err != nil {
		t.Fatal(err)
	}
	open(t, app.Config{DataDir: dir, SecretKey: next, Addr: "127.0.0.1:0"}).Close()

	// From one variable to the next.
	last := randomKey(t)
	refuses(t, app.Config{DataDir: dir, SecretKey: last}, "SEARCHLIGHT_SECRET_KEY", "rekey --forget")
	c := app.Config{DataDir: dir, SecretKey: last, OldSecretKeys: []string{next}}
	a = open(t, c)
	if done, err = a.Rekey(ctx, false); err != nil || done.Resealed != 1 {
		t.Fatalf("got %+v, %v", done, err)
	}
	if done, err = a.Rekey(ctx, false); err != nil || done.Resealed != 0 {
		t.Fatalf("once more: %+v, %v", done, err)
	}
	a.Close()
	open(t, app.Config{DataDir: dir, SecretKey: last, Addr: "127.0.0.1:0"}).Close()
}

// TestRekeyThatIsCutShort: after each of its steps everything can be read, and
// the next one ends the work.
func TestRekeyThatIsCutShort(t *testing.T) {
	for name, cut := range map[string]func(key, kept string) error{
		"the key is kept": func(key, kept string) error { return seal.KeepFile(key, kept) },
		"the new key is there": func(key, kept string) error {
			_, err := seal.CreateFile(key)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			a := open(t, app.Config{DataDir: dir})
			withSecret(t, a)
			a.Close()
			key, kept := filepath.Join(dir, "secret.key"), filepath.Join(dir, "secret.key.old")
			old := keyOf(t, dir)
			if err := errors.Join(seal.KeepFile(key, kept), cut(key, kept)); err != nil {
				t.Fatal(err)
			}
			open(t, app.Config{DataDir: dir, Addr: "127.0.0.1:0"}).Close()
			a = open(t, app.Config{DataDir: dir})
			if done, err := a.Rekey(context.Background(), false); err != nil || done.Resealed != 1 {
				t.Fatalf("got %+v, %v", done, err)
			}
			if s := sealed(t, a); opens(t, old, s) || !opens(t, keyOf(t, dir), s) {
				t.Error("the secret is not under the new key")
			}
			if _, err := os.Stat(kept); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the old key is still there: %v", err)
			}
		})
	}
}

func TestT18_SampleSecretsAreRefused(t *testing.T) {
	samples := 0
	for _, page := range []string{"configuration.md", "operations.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune("` \n|\"'", r) }) {
			if key, err := base64.StdEncoding.DecodeString(word); err != nil || len(key) != 32 {
				continue
			}
			samples++
			t.Run(page+" "+word, func(t *testing.T) {
				refuses(t, app.Config{DataDir: t.TempDir(), SecretKey: word}, "sample")
				refuses(t, app.Config{DataDir: t.TempDir(), SecretKey: randomKey(t), OldSecretKeys: []string{word}}, "sample")
			})
		}
	}
	if samples == 0 {
		t.Error("the documentation shows no sample any more; take this test away")
	}
	for _, password := range []string{"the password", "password", "admin", "secret", "changeme", "thoughtspot", "searchlight", "tsadmin"} {
		refuses(t, app.Config{DataDir: t.TempDir(), AdminPassword: password}, "password")
	}
}

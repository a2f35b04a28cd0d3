package main

import (
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func randomKey(t *testing.T) string {
	t.Helper()
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(secret)
}

// TestEveryFlagIsDocumented compares the flags that configure the program with
// docs/configuration.md, and each default that kong knows.
func TestEveryFlagIsDocumented(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{} // default by flag
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|([^|]*)\\|").FindAllStringSubmatch(string(text), -1) {
		if _, twice := documented[row[1]]; twice {
			t.Errorf("%s is documented twice", row[1])
		}
		documented[row[1]] = strings.Trim(strings.TrimSpace(row[2]), "`")
	}
	parser, err := kong.New(&CLI{}, kong.DefaultEnvars("SEARCHLIGHT"))
	if err != nil {
		t.Fatal(err)
	}
	flags := map[string]*kong.Flag{}
	for _, n := range append([]*kong.Node{parser.Model.Node}, parser.Model.Children...) {
		if n.Parent != nil && n.Name != "serve" && n.Name != "rekey" {
			continue // the others have these, and options of one call
		}
		for _, f := range n.Flags {
			if f.Name != "help" && f.Name != "forget" {
				flags[f.Name] = f
			}
		}
	}
	for name, f := range flags {
		shown, ok := documented[name]
		switch {
		case !ok:
			t.Errorf("--%s is not documented", name)
		case f.HasDefault && f.Default != "0" && f.Default != shown:
			t.Errorf("--%s is %s by default, and documented as %q", name, f.Default, shown)
		}
		if want := "SEARCHLIGHT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")); !slices.Equal(f.Envs, []string{want}) {
			t.Errorf("--%s has the variables %v, not %s", name, f.Envs, want)
		}
	}
	for name := range documented {
		if flags[name] == nil {
			t.Errorf("%s is documented and no flag", name)
		}
	}
	for _, name := range unseen {
		if f := flags[name]; f == nil || !f.Hidden {
			t.Errorf("%s is a secret that help shows, or no flag", name)
		}
	}
}

// A secret may stand in the environment and in the file.
func TestSecretsBesideTheCommandLine(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	text := "smtp-addr: mail.example.com:587\nsmtp-user: bi\nmail-from: bi@example.com\nold-secret-keys: [" + randomKey(t) + "]\n"
	start := func(more string) string {
		if err := os.WriteFile(config, []byte(text+more), 0o600); err != nil {
			t.Fatal(err)
		}
		// It gets as far as the last thing that is looked at.
		_, _, stderr := program("", "serve", "--config", config, "--data-dir", t.TempDir(), "--addr", "127.0.0.1:0", "--csrf", "strict", "--cors-origins", "*")
		return stderr
	}
	const reached = "CORS origins"
	if got := start(""); !strings.Contains(got, "both a user and a password") {
		t.Errorf("without a password: %s", got)
	}
	if got := start("smtp-password: hunter2\n"); !strings.Contains(got, reached) {
		t.Errorf("in the file: %s", got)
	}
	t.Setenv("SEARCHLIGHT_SMTP_PASSWORD", "hunter2")
	t.Setenv("SEARCHLIGHT_OLD_SECRET_KEYS", randomKey(t)+","+randomKey(t))
	if got := start(""); !strings.Contains(got, reached) || strings.Contains(got, "hunter2") {
		t.Errorf("in the environment: %s", got)
	}
}

func TestRekeyCommand(t *testing.T) {
	dir := t.TempDir()
	r := start(t, "serve", dir)
	c := login(t, r.base)
	document := `{"connection": {"name": "Warehouse", "type": "RDBMS_POSTGRES", "authentication_type": "SERVICE_ACCOUNT", "properties": [
		{"key": "host", "value": "db.example.com"}, {"key": "password", "value": "hunter2"}]}}`
	if a := c.post("metadata/tml/import", "import_objects", `[`+document+`]`); a.status != 200 || !strings.Contains(string(a.body), `"OK"`) {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if code, _, stderr := program("", "rekey", "--data-dir", dir); code != exitUsage || !strings.Contains(stderr, "in use") {
		t.Errorf("beside a server: %d %s", code, stderr)
	}
	r.stop()
	key := filepath.Join(dir, "secret.key")
	before, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := program("", "rekey", "--data-dir", dir); code != exitOK || stdout != "Encrypted 1 secrets with the new key\n" {
		t.Errorf("%d %q %q", code, stdout, stderr)
	}
	if after, err := os.ReadFile(key); err != nil || string(after) == string(before) {
		t.Errorf("the key is the same: %v", err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := program("", "serve", "--data-dir", dir, "--addr", "127.0.0.1:0")
	if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "rekey --forget") {
		t.Errorf("without the key: %d %q %q", code, stdout, stderr)
	}
	if code, stdout, _ := program("", "rekey", "--data-dir", dir, "--forget"); code != exitOK || !strings.Contains(stdout, "Dropped 1 secrets") {
		t.Errorf("forget: %d %q", code, stdout)
	}
	start(t, "serve", dir)
}

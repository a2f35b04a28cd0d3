package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/store/sqlite"
)

// TestRefusedStarts covers what ends with exit code 2, one line that says why,
// and nothing changed.
func TestRefusedStarts(t *testing.T) {
	t.Parallel()
	inUse := t.TempDir()
	start(t, "serve", inUse)

	newer := t.TempDir()
	makeNewer(t, filepath.Join(newer, "metadata.db"))

	write := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	file := write("file", "")

	tests := []struct {
		name    string
		args    []string
		message string
	}{
		{"a data directory in use", []string{"serve", "--data-dir", inUse}, "is in use"},
		{"a data directory in use by another command", []string{"user", "list", "--data-dir", inUse}, "is in use"},
		{"a file as data directory", []string{"serve", "--data-dir", file}, "data directory"},
		{"a newer metadata database", []string{"serve", "--data-dir", newer}, "newer"},
		{"no command", nil, "--help"},
		{"an unknown command", []string{"server"}, "server"},
		{"an unknown flag", []string{"serve", "--prot", "8080"}, "--prot"},
		{"a flag without value", []string{"serve", "--addr"}, "--addr"},
		{"a number that is none", []string{"serve", "--max-rows", "many"}, "max-rows"},
		{"a choice that is none", []string{"serve", "--csrf", "never"}, "csrf"},
		{"a log level that is none", []string{"serve", "--log-level", "loud"}, "log-level"},
		{"a missing configuration file", []string{"serve", "--config", "/no/such/file"}, "/no/such/file"},
		{"an unknown key", []string{"serve", "--config", write("config.yaml", "addr: :0\nmax-row: 10\n")}, `"max-row"`},
		{"a configuration that is no YAML", []string{"serve", "--config", write("config.yaml", "addr: [")}, "configuration file"},
		{"an unknown time zone", []string{"serve", "--time-zone", "Europe/Pari"}, "Europe/Paris"},
		{"a weak password", []string{"serve", "--admin-password", "secret"}, "password"},
		{"a proxy that is no network", []string{"serve", "--trusted-proxies", "localhost"}, "localhost"},
		{"an address that is taken", []string{"serve", "--addr", taken.Addr().String()}, taken.Addr().String()},
		{"an address for metrics that is taken", []string{"serve", "--addr", "127.0.0.1:0", "--admin-addr", taken.Addr().String()}, taken.Addr().String()},
		{"a metadata server that is not there", []string{"serve", "--metadata-url", "postgres://nobody:hunter2@127.0.0.1:1/x"}, "metadata"},
		{"a metadata URL that is none", []string{"serve", "--metadata-url", "postgres://nobody:hunter2@:x"}, "metadata"},
		{"a secret key that is none", []string{"serve", "--secret-key", "hunter2"}, "key"},
		{"a secret key of an example", []string{"serve", "--secret-key", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}, "openssl rand"},
		{"a certificate without its key", []string{"serve", "--tls-cert", file}, "--tls-key"},
		{"a key without its certificate", []string{"serve", "--tls-key", file}, "--tls-cert"},
		{"a certificate that is none", []string{"serve", "--tls-cert", file, "--tls-key", file}, file},
		{"a certificate that is not there", []string{"serve", "--tls-cert", "/no/such/file", "--tls-key", file}, "/no/such/file"},
		{"an origin that is none", []string{"serve", "--cors-origins", "*"}, "CORS origins"},
		{"a host of frames that is none", []string{"serve", "--embed-hosts", "https://a.example; script-src *"}, "embed hosts"},
		{"a host of redirects that is none", []string{"serve", "--redirect-hosts", "*.example.com"}, "portal.example.com"},
		{"a mail server without sender", []string{"serve", "--smtp-addr", "mail.example.com:587"}, "--mail-from"},
		{"a mail server that is none", []string{"serve", "--smtp-addr", "mail.example.com", "--mail-from", "bi@example.com"}, "mail.example.com:587"},
		{"a protection of mails that is none", []string{"serve", "--smtp-tls", "ssl"}, "smtp-tls"},
		{"a password on the command line", []string{"serve", "--smtp-password", "hunter2"}, "SEARCHLIGHT_SMTP_PASSWORD"},
		{"the same with a sign", []string{"serve", "--smtp-password=hunter2"}, "SEARCHLIGHT_SMTP_PASSWORD"},
		{"old keys on the command line", []string{"rekey", "--old-secret-keys", "hunter2"}, "SEARCHLIGHT_OLD_SECRET_KEYS"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := test.args
			if len(args) > 0 && !strings.Contains(strings.Join(args, " "), "--data-dir") {
				args = append(args, "--data-dir", filepath.Join(t.TempDir(), "data"))
			}
			if len(args) > 0 && args[0] == "serve" && !strings.Contains(strings.Join(args, " "), "--addr") {
				args = append(args, "--addr", "127.0.0.1:0")
			}
			code, stdout, stderr := program("", args...)
			lines := strings.Split(strings.TrimSpace(stderr), "\n")
			if code != exitUsage || len(lines) != 1 || !strings.HasPrefix(lines[0], "searchlight: ") || !strings.Contains(lines[0], test.message) || stdout != "" {
				t.Errorf("code %d, output %q, errors %q; want 2 and a line with %q", code, stdout, stderr, test.message)
			}
			if strings.Contains(stderr, "hunter2") {
				t.Errorf("a secret is shown: %s", stderr)
			}
		})
	}
}

// makeNewer makes a metadata database as a later version would leave it.
func makeNewer(t *testing.T, path string) {
	t.Helper()
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`INSERT INTO schema_migrations VALUES ('0099_future', 'x', 0)`); err != nil {
		t.Fatal(err)
	}
}

func TestConfigurationFile(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("max-rows: 2\ntime-zone: Asia/Kolkata\ncors-origins:\n- https://a.example\n- https://b.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, c := withFixture(t, "--config", config)
	if d := c.mustSearch(salesSource, "[region] [amount]"); d.PageSize != 2 || d.RowCount != 2 || d.TotalRowCount != 5 {
		t.Errorf("got %+v", d)
	}
	// Half past six in the evening of the day before, in Greenwich.
	if d := c.mustSearch(salesSource, "[date] [date] = '09/02/2024'"); string(d.Data) != "[[1725215400]]" {
		t.Errorf("got %s", d.Data)
	}
	if d := c.mustSearch(salesSource, "[amount]", "col1", "date", "op1", "EQ", "val1", "1725215400"); string(d.Data) != "[[18]]" {
		t.Errorf("got %s", d.Data)
	}
	r := c.request(context.Background(), "OPTIONS", "searchdata", "", "")
	r.Header.Set("Origin", "https://b.example")
	if a := c.do(r); a.status != 204 || a.header.Get("Access-Control-Allow-Origin") != "https://b.example" {
		t.Errorf("preflight: %d %v", a.status, a.header)
	}
}

// TestPrecedence: a flag comes before the environment, which comes before the
// file. A value that cannot be is named in the message.
func TestPrecedence(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("time-zone: In/File\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	refusal := func(flags ...string) string {
		_, _, stderr := program("", append([]string{"serve", "--data-dir", t.TempDir(), "--addr", "127.0.0.1:0", "--config", config}, flags...)...)
		return stderr
	}
	if got := refusal(); !strings.Contains(got, "In/File") {
		t.Errorf("the file: %q", got)
	}
	t.Setenv("SEARCHLIGHT_TIME_ZONE", "In/Environment")
	if got := refusal(); !strings.Contains(got, "In/Environment") {
		t.Errorf("the environment: %q", got)
	}
	if got := refusal("--time-zone", "In/Flag"); !strings.Contains(got, "In/Flag") {
		t.Errorf("the flag: %q", got)
	}
}

func TestVersionAndHelp(t *testing.T) {
	if code, stdout, stderr := program("", "version"); code != exitOK || !strings.HasPrefix(stdout, "searchlight ") || stderr != "" {
		t.Errorf("code %d, output %q, errors %q", code, stdout, stderr)
	}
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"load", "--help"}} {
		if code, stdout, stderr := program("", args...); code != exitOK || !strings.Contains(stdout, "Usage: searchlight") || stderr != "" {
			t.Errorf("%v: code %d, output %q, errors %q", args, code, stdout, stderr)
		}
	}
}

func TestHealth(t *testing.T) {
	server := start(t, "serve", t.TempDir())
	c := visitor(t, server.base)
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := c.get(path); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := c.get("/metrics"); a.status != http.StatusNotFound {
		t.Errorf("/metrics: %d", a.status)
	}
}

// TestDrain sends SIGTERM while a long result is on its way: it arrives whole,
// and the process ends in order.
func TestDrain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// More than the network keeps between the two of them.
	const rows = 200_000
	fill(t, dir, fmt.Sprintf("CREATE TABLE numbers AS SELECT i AS n, repeat('row number ' || i, 4) AS label FROM range(%d) t(i)", rows))
	server := startChild(t, "serve", dir, "--max-rows", strconv.Itoa(rows))
	c := login(t, server.base)
	c.http.Transport.(*http.Transport).DisableCompression = true
	tables := c.list("type", "LOGICAL_TABLE", "pattern", "numbers")
	if len(tables) != 1 {
		t.Fatalf("tables %+v", tables)
	}
	body := form("query_string", "[n] [label]", "data_source_guid", string(tables[0].ID)).Encode()
	response, err := c.http.Do(c.request(context.Background(), "POST", "searchdata", formType, body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	reader := bufio.NewReaderSize(response.Body, 16)
	begin := make([]byte, 16)
	if _, err := io.ReadFull(reader, begin); err != nil {
		t.Fatal(err)
	}
	if err := server.command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("tcp", strings.TrimPrefix(server.base, "http://"))
		if err != nil {
			break // it takes no more
		}
		_ = connection.Close()
		if time.Now().After(deadline) {
			t.Fatal("the server still takes connections")
		}
	}
	select {
	case <-server.dead:
		t.Fatal("the server ended before its answer")
	default:
	}
	rest, err := io.ReadAll(reader)
	if err != nil {
		t.Fatalf("the answer broke off: %v", err)
	}
	var d data
	answer{status: response.StatusCode, body: append(begin, rest...)}.decode(t, &d)
	if d.RowCount != rows || bytes.Count(d.Data, []byte(`"row number `)) != rows {
		t.Errorf("%d rows", d.RowCount)
	}
	select {
	case <-server.dead:
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not end")
	}
	if code := server.command.ProcessState.ExitCode(); code != exitOK {
		t.Errorf("exit code %d: %s", code, server.stderr.String())
	}
}

func TestUserCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(args ...string) []string { return append(args, "--data-dir", dir) }
	if code, stdout, stderr := program("Blue-Whale-42-Song\n", at("user", "add", "ann", "--display-name", "Ann Lee")...); code != exitOK || stdout != "Created ann\n" {
		t.Fatalf("code %d, output %q, errors %q", code, stdout, stderr)
	}
	if code, _, stderr := program("Blue-Whale-42-Song\r\n", at("user", "add", "Root", "--admin")...); code != exitOK {
		t.Fatalf("code %d, errors %q", code, stderr)
	}
	for name, stdin := range map[string]string{"ANN": "Blue-Whale-42-Song\n", "bob": "short\n", "eve": ""} {
		if code, _, stderr := program(stdin, at("user", "add", name)...); code != exitFailed || !strings.HasPrefix(stderr, "searchlight: ") {
			t.Errorf("%s: code %d, errors %q", name, code, stderr)
		}
	}
	code, stdout, _ := program("", at("user", "list")...)
	for _, want := range []string{"ann ", "Ann Lee", "Root ", "tsadmin ", "ACTIVE"} {
		if code != exitOK || !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "bob") || strings.Contains(stdout, "eve") || strings.Contains(stdout, "argon2") {
		t.Errorf("too much in\n%s", stdout)
	}

	server := start(t, "serve", dir)
	ann, root := visitor(t, server.base), visitor(t, server.base)
	if a := ann.login("Ann", "Blue-Whale-42-Song"); a.status != http.StatusNoContent {
		t.Errorf("ann: %d %s", a.status, a.body)
	}
	if a := root.login("root", "Blue-Whale-42-Song"); a.status != http.StatusNoContent {
		t.Errorf("root: %d %s", a.status, a.body)
	}
	// An administrator sees the connections, others only what is theirs.
	if n, m := len(root.list("type", "DATA_SOURCE")), len(ann.list("type", "DATA_SOURCE")); n != 1 || m != 0 {
		t.Errorf("root sees %d connections, ann %d", n, m)
	}
	if a := ann.post("metadata/tml/import", "import_objects", list(`{"connection":{"name":"x","type":"RDBMS_POSTGRES"}}`)); a.status != http.StatusForbidden {
		t.Errorf("ann imports: %d %s", a.status, a.body)
	}
	server.stop()

	if code, stdout, stderr := program("Green-Heron-17-Call\n", at("user", "password", "ANN")...); code != exitOK || !strings.Contains(stdout, "Set the password") {
		t.Fatalf("code %d, output %q, errors %q", code, stdout, stderr)
	}
	for _, name := range []string{"nobody", "su", "guest"} {
		if code, _, stderr := program("Green-Heron-17-Call\n", at("user", "password", name)...); code != exitFailed || !strings.Contains(stderr, name) {
			t.Errorf("%s: code %d, errors %q", name, code, stderr)
		}
	}
	again := start(t, "serve", dir)
	ann.base = again.base
	if a := ann.get("metadata/listobjectheaders", "type", "LOGICAL_TABLE"); a.status != http.StatusUnauthorized {
		t.Errorf("the session outlives the password: %d", a.status)
	}
	if a := ann.login("ann", "Blue-Whale-42-Song"); a.status != http.StatusUnauthorized {
		t.Errorf("the old password: %d", a.status)
	}
	if a := ann.login("ann", "Green-Heron-17-Call"); a.status != http.StatusNoContent {
		t.Errorf("the new password: %d %s", a.status, a.body)
	}
}

// TestLockOut guesses a password until the account is locked, and unlocks it.
func TestLockOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code, _, stderr := program("Blue-Whale-42-Song\n", "user", "add", "ann", "--data-dir", dir); code != exitOK {
		t.Fatal(stderr)
	}
	server := start(t, "serve", dir)
	guesser := visitor(t, server.base)
	var refusals []string
	for range 4 {
		a := guesser.login("ann", "wrong")
		var p problem
		a.decode(t, &p)
		refusals = append(refusals, p.message(t))
		if a.status != http.StatusUnauthorized || p.Code != 10003 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	locked := guesser.login("ann", "Blue-Whale-42-Song")
	unknown := guesser.login("nobody", "Blue-Whale-42-Song")
	for _, a := range []answer{locked, unknown} {
		var p problem
		a.decode(t, &p)
		if a.status != http.StatusUnauthorized || p.message(t) != refusals[0] {
			t.Errorf("%d %s; want %s", a.status, a.body, refusals[0])
		}
	}
	if strings.Contains(server.stderr.String(), "Blue-Whale") {
		t.Error("the password is in the log")
	}
	server.stop()
	if code, _, stderr := program("Green-Heron-17-Call\n", "user", "password", "ann", "--data-dir", dir); code != exitOK {
		t.Fatal(stderr)
	}
	again := visitor(t, start(t, "serve", dir).base)
	if a := again.login("ann", "Green-Heron-17-Call"); a.status != http.StatusNoContent {
		t.Errorf("after the new password: %d %s", a.status, a.body)
	}
}

package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/internal/fixture"
)

// asProgram makes the test binary behave as the program, for tests that need a
// process to kill.
const asProgram = "SEARCHLIGHT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		_ = os.Unsetenv(asProgram)
		main()
		return
	}
	os.Exit(m.Run())
}

// password is that of tsadmin in the tests.
const password = "Correct-Horse-7-Battery"

// output gathers what the program writes, while it writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// program runs a command line to its end.
func program(stdin string, args ...string) (code int, stdout, stderr string) {
	var out, errs output
	m := &Main{Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs}
	code = m.Run(context.Background(), args)
	return code, out.String(), errs.String()
}

// running is a server in this process.
type running struct {
	base           string
	stdout, stderr output
	cancel         context.CancelFunc
	code           chan int
	once           sync.Once
	exit           int
}

// start runs serve or demo with flags, and stops it when the test ends.
func start(t *testing.T, command, dir string, flags ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{cancel: cancel, code: make(chan int, 1)}
	ready := make(chan string, 1)
	m := &Main{Stdin: strings.NewReader(""), Stdout: &r.stdout, Stderr: &r.stderr, Ready: func(base string) { ready <- base }}
	args := append([]string{command, "--data-dir", dir, "--addr", "127.0.0.1:0", "--admin-password", password, "--connection-networks", "127.0.0.0/8"}, flags...)
	go func() { r.code <- m.Run(ctx, args) }()
	select {
	case r.base = <-ready:
	case code := <-r.code:
		t.Fatalf("the server ended with code %d: %s", code, r.stderr.String())
	case <-time.After(2 * time.Minute):
		t.Fatalf("the server does not get ready: %s", r.stderr.String())
	}
	t.Cleanup(func() { r.stop() })
	return r
}

// stop ends the server as SIGTERM does and returns its exit code.
func (r *running) stop() int {
	r.once.Do(func() {
		r.cancel()
		r.exit = <-r.code
	})
	return r.exit
}

// child is a server in a process of its own.
type child struct {
	command *exec.Cmd
	base    string
	stderr  output
	dead    chan struct{}
}

func startChild(t *testing.T, command, dir string, flags ...string) *child {
	t.Helper()
	args := append([]string{command, "--data-dir", dir, "--addr", "127.0.0.1:0", "--admin-password", password, "--connection-networks", "127.0.0.0/8"}, flags...)
	c := &child{command: exec.Command(os.Args[0], args...), dead: make(chan struct{})}
	var stdout output
	c.command.Stdout, c.command.Stderr = &stdout, &c.stderr
	c.command.Env = append(os.Environ(), asProgram+"=1")
	if err := c.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = c.command.Wait(); close(c.dead) }()
	t.Cleanup(c.kill)
	const says = "Searchlight serves on "
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, rest, ok := strings.Cut(stdout.String(), says); ok && strings.Contains(rest, "\n") {
			c.base, _, _ = strings.Cut(rest, "\n")
			return c
		}
		select {
		case <-c.dead:
			t.Fatalf("the server ended: %s", c.stderr.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server does not get ready: %s", c.stderr.String())
		}
	}
}

// kill ends the child without a warning, and waits for its end.
func (c *child) kill() {
	_ = c.command.Process.Kill() // it may have ended
	<-c.dead
}

// fill runs SQL on the built-in store of a data directory whose server is
// stopped.
func fill(t *testing.T, dir, sql string) {
	t.Helper()
	e := openBuiltIn(t, dir)
	defer func() {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	for _, statement := range statements(sql) {
		if _, err := e.Exec(context.Background(), engine.Statement{SQL: statement}); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func openBuiltIn(t *testing.T, dir string) *duckdbengine.Engine {
	t.Helper()
	e, err := duckdbengine.Open(filepath.Join(dir, "searchlight.duckdb"), duckdbengine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func statements(sql string) []string {
	var out []string
	for _, s := range strings.Split(sql, ";\n") {
		if s = strings.TrimSuffix(strings.TrimSpace(s), ";"); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// withFixture is a server whose built-in store holds the fixture's tables, with
// its worksheets, and a client that is signed in.
func withFixture(t *testing.T, flags ...string) (*running, *client) {
	t.Helper()
	dir := t.TempDir()
	fill(t, dir, fixture.Data)
	r := start(t, "serve", dir, flags...)
	c := login(t, r.base)
	c.mustImport(c.documents(place{database: "searchlight", schema: "main"})...)
	return r, c
}

func newHTTPClient(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Jar: jar, Transport: transport}
}

package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/internal/app"
)

// world is a whole server, whose clock is moved by the tests.
type world struct {
	*app.App
	t      *testing.T
	base   string
	client *http.Client
	log    logBuffer
	files  *sql.DB // a look at the metadata that goes round the server
	looks  string  // query for the state

	clock  atomic.Int64 // milliseconds
	scenes atomic.Int64
	stages map[string]*scene // by what people hold
	hash   string            // of userPassword
	key    string            // of trusted authentication
}

const userPassword = "Correct-Horse-7-Battery"

func newWorld(t *testing.T, change ...func(*app.Config)) *world {
	t.Helper()
	w := &world{t: t, stages: map[string]*scene{}, client: &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	w.clock.Store(time.Date(2021, 3, 1, 12, 0, 0, 0, time.UTC).UnixMilli())
	cost := auth.Params{Memory: 64, Time: 1, Threads: 1}
	c := app.Config{DataDir: t.TempDir(), Addr: "127.0.0.1:0", Now: w.now, Threads: 1, PasswordCost: cost}
	for _, f := range change {
		f(&c)
	}
	a, err := app.Open(context.Background(), c, slog.New(slog.NewJSONHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	w.App = a
	var stop func()
	w.base, stop = serveApp(t, a)
	t.Cleanup(func() { w.client.CloseIdleConnections(); stop() })
	if w.files, err = sql.Open("sqlite3", "file:"+filepath.Join(c.DataDir, "metadata.db")+"?mode=ro"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.files.Close() })
	if w.hash, err = auth.NewHasher(cost, nil).Hash(context.Background(), userPassword); err != nil {
		t.Fatal(err)
	}
	operator, err := a.Operator(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if w.key, _, err = a.Trusted.AddKey(context.Background(), operator); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) now() time.Time { return time.UnixMilli(w.clock.Load()).UTC() }

func (w *world) pass(d time.Duration) { w.clock.Add(d.Milliseconds()) }

// in makes a subtest the one that fails, until the returned function is called.
func (w *world) in(t *testing.T) func() {
	outer := w.t
	w.t = t
	return func() { w.t = outer }
}

func (w *world) update(f func(searchlight.Tx) error) {
	w.t.Helper()
	if err := w.Store.Update(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(f func(searchlight.Tx) error) {
	w.t.Helper()
	if err := w.Store.View(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// signIn opens a session as a password would.
func (w *world) signIn(user searchlight.GUID, scope ...searchlight.GUID) (cookie string) {
	w.t.Helper()
	w.update(func(tx searchlight.Tx) error {
		cookie = w.session(tx, user, scope...)
		return nil
	})
	return cookie
}

func (w *world) session(tx searchlight.Tx, user searchlight.GUID, scope ...searchlight.GUID) (cookie string) {
	w.t.Helper()
	r := auth.OpenRequest{User: user, Method: searchlight.AuthPassword}
	if len(scope) > 0 {
		r.Scope = scope[0]
	}
	in, err := w.Sessions.Open(tx, r)
	if err != nil {
		w.t.Fatal(err)
	}
	return in.Token
}

// logBuffer keeps what the server logs.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// call is a request. Parameters go where its method has them: into the
// address, or into a form.
type call struct {
	method, path string // below v1.PublicPrefix, unless it begins with v1.AppPrefix
	pairs        []string
	multipart    bool
	file         string // content of one, in a multipart form
	cookie       string
	header       []string
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (c *call) request(base string) (*http.Request, error) {
	target := base + c.path
	if !strings.HasPrefix(c.path, v1.AppPrefix+"/") {
		target = base + v1.PublicPrefix + c.path
	}
	form := url.Values{}
	for i := 0; i < len(c.pairs); i += 2 {
		form.Add(c.pairs[i], c.pairs[i+1])
	}
	var body io.Reader
	mediaType := ""
	switch {
	case c.multipart:
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for i := 0; i < len(c.pairs); i += 2 {
			_ = m.WriteField(c.pairs[i], c.pairs[i+1]) // into memory
		}
		if c.file != "" {
			part, err := m.CreateFormFile("file", "data.csv")
			if err != nil {
				return nil, err
			}
			_, _ = io.WriteString(part, c.file)
		}
		_ = m.Close()
		body, mediaType = &b, m.FormDataContentType()
	case c.method == http.MethodGet:
		if len(form) > 0 {
			target += "?" + form.Encode()
		}
	default:
		body, mediaType = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
	}
	r, err := http.NewRequestWithContext(context.Background(), c.method, target, body)
	if err != nil {
		return nil, err
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	r.Header.Set("X-Requested-By", "ThoughtSpot")
	r.Header.Set("Accept-Encoding", "identity")
	if c.cookie != "" {
		r.Header.Set("Cookie", "JSESSIONID="+c.cookie)
	}
	for i := 0; i < len(c.header); i += 2 {
		r.Header.Set(c.header[i], c.header[i+1])
	}
	return r, nil
}

// try sends a call, also from goroutines.
func (w *world) try(c call) (answer, error) {
	r, err := c.request(w.base)
	if err != nil {
		return answer{}, err
	}
	response, err := w.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(body)}, err
}

func (w *world) do(c call) answer {
	w.t.Helper()
	a, err := w.try(c)
	if err != nil {
		w.t.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	return a
}

// state is what must not change when somebody is refused: the version of all
// objects, principals and settings, the sessions, the tickets, and how many
// rows each table has but the audit log and those that names are found by, which
// are long and follow from the others.
func (w *world) state() []string {
	w.t.Helper()
	if w.looks == "" {
		looks := []string{`SELECT 'version ' || value FROM version`, `SELECT 'session ' || hex(token_hash) || ' of ' || user_id FROM sessions`,
			`SELECT 'ticket ' || kind || ' ' || hex(key) FROM tickets`}
		for _, table := range w.column(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'audit%'
				AND name NOT IN ('names', 'name_pieces')`) {
			looks = append(looks, `SELECT '`+table+` ' || count(*) FROM "`+table+`"`)
		}
		w.looks = strings.Join(looks, " UNION ALL ")
	}
	state := w.column(w.looks)
	if len(state) < 10 {
		w.t.Fatalf("the state of nothing: %v", state)
	}
	slices.Sort(state)
	return state
}

func (w *world) column(query string) (values []string) {
	w.t.Helper()
	rows, err := w.files.Query(query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			w.t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return values
}

// changes says how two states differ, empty: not at all.
func changes(before, after []string) string {
	if slices.Equal(before, after) {
		return ""
	}
	var b strings.Builder
	for _, side := range []struct {
		sign        string
		lines, from []string
	}{{"-", before, after}, {"+", after, before}} {
		for _, line := range side.lines {
			if _, ok := slices.BinarySearch(side.from, line); !ok {
				fmt.Fprintln(&b, side.sign, line)
			}
		}
	}
	return b.String()
}

// event is what tests read of an audit record.
type event struct {
	User searchlight.GUID      `json:"userGUID"`
	Type searchlight.EventType `json:"type"`
	Data struct {
		Outcome searchlight.Outcome `json:"outcome"`
		Call    string              `json:"call"`
	} `json:"data"`
}

// audited lists the records since a time.
func (w *world) audited(since time.Time) (events []event) {
	w.t.Helper()
	w.view(func(tx searchlight.Tx) error {
		events = nil
		return tx.AuditLog(since, time.Time{}, func(r *searchlight.Record) error {
			var e event
			err := json.Unmarshal(r.Entry, &e)
			events = append(events, e)
			return err
		})
	})
	return events
}

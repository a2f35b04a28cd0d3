package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/audit"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/auth/saml"
	"github.com/searchlight-bi/searchlight/directory"
	"github.com/searchlight-bi/searchlight/mock"
	"github.com/searchlight-bi/searchlight/server"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

const (
	base     = v1.PublicPrefix
	userName = "mlopez"
	password = "correct Horse 7"
	adminPW  = "an other Horse 8"
	formType = "application/x-www-form-urlencoded"
	retail   = "5c0b9f3a-8e7b-4c55-a1b7-2f0d1c3e4a01"
)

var start = time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC)

// bench is a server on a real store with the user mlopez and the
// administrator tsadmin; searches and objects are doubles.
type bench struct {
	*httptest.Server
	t        *testing.T
	server   *server.Server
	store    searchlight.Store
	user     searchlight.GUID
	searcher *mock.Searcher
	modeler  *mock.Modeler
	log      *logBuffer
	document routers.Router

	mu  sync.Mutex
	now time.Time
}

func newBench(t *testing.T, change ...func(*server.Config)) *bench {
	t.Helper()
	b := &bench{t: t, now: start, user: searchlight.NewGUID(), searcher: &mock.Searcher{}, modeler: &mock.Modeler{}, log: &logBuffer{}}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{Now: b.clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	b.store = store
	hasher := auth.NewHasher(auth.Params{Memory: 64, Time: 1, Threads: 1}, nil)
	b.addUsers(hasher)
	services := mock.Services()
	sessions := auth.NewSessions(store, auth.Config{Hasher: hasher, Now: b.clock})
	services.Sessions = sessions
	services.Trusted = auth.NewTrusted(store, sessions, auth.TrustedConfig{Now: b.clock})
	services.Auditor = &audit.Service{Store: store, Now: b.clock}
	services.Searcher, services.Modeler = b.searcher, b.modeler
	principals := &directory.Service{Store: store, Policy: auth.Policy{}, Hasher: hasher, Attempts: sessions}
	services.Users, services.Groups = principals, principals
	config := server.Config{
		Services: services, Store: store, Now: b.clock, DrainFor: 5 * time.Second,
		Logger:    slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelInfo})),
		PublicURL: "http://bi.example.com", CORSOrigins: []string{"https://apps.example.com"},
	}
	for _, f := range change {
		f(&config)
	}
	if b.server, err = server.New(config); err != nil {
		t.Fatal(err)
	}
	b.Server = httptest.NewServer(b.server.Handler())
	t.Cleanup(b.Close)
	if b.document, err = documentRouter(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) addUsers(hasher *auth.Hasher) {
	b.t.Helper()
	hash := func(password string) string {
		h, err := hasher.Hash(b.t.Context(), password)
		if err != nil {
			b.t.Fatal(err)
		}
		return h
	}
	err := b.store.Update(b.t.Context(), func(tx searchlight.Tx) error {
		if err := tx.CreateUser(&searchlight.User{
			ID: b.user, Name: userName, DisplayName: "Maria Lopez", Email: "m@example.com", Type: "LOCAL_USER",
			State: searchlight.UserActive, PasswordHash: hash(password),
		}); err != nil {
			return err
		}
		admin, err := tx.User(searchlight.AdminUserID)
		if err != nil {
			return err
		}
		admin.PasswordHash = hash(adminPW)
		return tx.UpdateUser(admin)
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) clock() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

func init() {
	openapi3filter.RegisterBodyDecoder("application/jsonl", openapi3filter.FileBodyDecoder) // text as it is
}

// documentRouter finds the operation of the OpenAPI document for a request. It
// is made once: it takes longer than most tests.
var documentRouter = sync.OnceValues(func() (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(v1.OpenAPI())
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(doc)
})

// call is a request under construction.
type call struct {
	method, path, contentType, body string
	header                          map[string]string
	cookie                          string // JSESSIONID
}

// answer is a response that was read to its end.
type answer struct {
	*http.Response
	body string
}

// do sends a request as a program that follows no redirects and holds no
// cookies. It checks what holds of every response: ids, the error body, and
// the OpenAPI document.
func (b *bench) do(c call) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), c.method, b.URL+c.path, strings.NewReader(c.body))
	if err != nil {
		b.t.Fatal(err)
	}
	if c.contentType != "" {
		r.Header.Set("Content-Type", c.contentType)
	}
	if c.cookie != "" {
		r.Header.Set("Cookie", "JSESSIONID="+c.cookie)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := answer{response, string(body)}
	b.checkIDs(a)
	b.checkDocument(c, a)
	return a
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func (b *bench) checkIDs(a answer) {
	b.t.Helper()
	incident, trace := a.Header.Get("X-Callosum-Incident-Id"), a.Header.Get("X-Callosum-Trace-Id")
	if !uuid.MatchString(incident) || !uuid.MatchString(trace) {
		b.t.Errorf("incident %q and trace %q must be UUIDs", incident, trace)
	}
	if a.StatusCode < 400 || a.Request.Method == http.MethodHead || a.StatusCode == http.StatusServiceUnavailable {
		return
	}
	p := a.problem(b.t)
	if p.Incident != incident || p.Trace != trace {
		b.t.Errorf("ids of the body %+v are not those of the headers", p)
	}
	if a.Header.Get("Content-Type") != "application/json;charset=UTF-8" {
		b.t.Errorf("an error of type %q", a.Header.Get("Content-Type"))
	}
}

var slashes = regexp.MustCompile(`/+`)

// checkDocument compares an answer with the OpenAPI document, which has to know
// every address but those of pages.
func (b *bench) checkDocument(c call, a answer) {
	b.t.Helper()
	request := a.Request.Clone(b.t.Context())
	request.URL = &url.URL{Path: a.Request.URL.Path}
	if request.URL.Path != "/" { // slashes too many are forgiven
		request.URL.Path = strings.TrimSuffix(slashes.ReplaceAllString(request.URL.Path, "/"), "/")
	}
	route, path, err := b.document.FindRoute(request)
	if err != nil {
		page := request.URL.Path == "/" || strings.HasPrefix(request.URL.Path, "/external/") || strings.HasPrefix(request.URL.Path, "/static/")
		ofHTTP := c.method == http.MethodOptions || c.method == http.MethodHead
		if a.StatusCode < http.StatusBadRequest && !page && !ofHTTP {
			b.t.Errorf("%s %s answers %d, but the document does not know it: %v", c.method, c.path, a.StatusCode, err)
		}
		return
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: path, Route: route},
		Status:                 a.StatusCode, Header: a.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes([]byte(a.body))
	if a.Header.Get("Content-Encoding") != "" || c.method == http.MethodHead || a.StatusCode == http.StatusRequestURITooLong {
		return
	}
	if err := openapi3filter.ValidateResponse(b.t.Context(), input); err != nil {
		b.t.Errorf("%s %s: the answer is not as documented: %v", c.method, c.path, err)
	}
}

// problem is the body of an error.
type problem struct {
	Type     string `json:"type"`
	Code     int    `json:"code"`
	Incident string `json:"incident_id_guid"`
	Trace    string `json:"trace_id_guid"`
	Debug    string `json:"debug"`
	Position *struct{ Line, Column, Length int }
}

// sentences decodes debug, which is JSON inside JSON.
func (p problem) sentences(t testing.TB) []string {
	t.Helper()
	var list []string
	if err := json.Unmarshal([]byte(p.Debug), &list); err != nil || len(list) == 0 {
		t.Errorf("debug %q is no list of sentences: %v", p.Debug, err)
		return []string{""}
	}
	return list
}

func (a answer) problem(t testing.TB) problem {
	t.Helper()
	var p problem
	decoder := json.NewDecoder(strings.NewReader(a.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		t.Errorf("the body %q is no error: %v", a.body, err)
	}
	return p
}

// wants fails the test unless the answer is an error with a status, a number,
// and a text in its last sentence.
func (a answer) wants(t testing.TB, status, number int, text string) {
	t.Helper()
	p := a.problem(t)
	list := p.sentences(t)
	if last := list[len(list)-1]; a.StatusCode != status || p.Code != number || !strings.Contains(last, text) {
		t.Errorf("got %d, %d %q; want %d, %d with %q", a.StatusCode, p.Code, last, status, number, text)
	}
}

func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}

func loginCall(name, password string) call {
	return call{method: "POST", path: base + "/session/login", contentType: formType, body: form("username", name, "password", password)}
}

// signIn returns the token of a new session.
func (b *bench) signIn(name, password string) string {
	b.t.Helper()
	a := b.do(loginCall(name, password))
	if a.StatusCode != http.StatusNoContent {
		b.t.Fatalf("login: %d %s", a.StatusCode, a.body)
	}
	return a.Cookies()[0].Value
}

// post is a call with everything that the API wants.
func post(path, cookie string, pairs ...string) call {
	return call{
		method: "POST", path: base + path, contentType: formType, body: form(pairs...), cookie: cookie,
		header: map[string]string{"X-Requested-By": "ThoughtSpot"},
	}
}

func get(path, cookie string) call { return call{method: "GET", path: path, cookie: cookie} }

// logBuffer is a log that may be written to by many goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// entry waits for the log line that holds all of the texts.
func (b *bench) entry(texts ...string) map[string]any {
	b.t.Helper()
	for range 200 {
	lines:
		for line := range strings.SplitSeq(b.log.String(), "\n") {
			for _, text := range texts {
				if !strings.Contains(line, text) {
					continue lines
				}
			}
			var e map[string]any
			if err := json.Unmarshal([]byte(line), &e); err == nil {
				return e
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	b.t.Fatalf("no line with %q in the log:\n%s", texts, b.log)
	return nil
}

func TestEveryRouteIsDocumented(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromData(v1.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			documented[method+" "+path] = true
		}
	}
	served := map[string]bool{"GET /healthz": true, "GET /readyz": true, "GET /openapi.yaml": true, "POST /api/app/load": true,
		"GET " + saml.MetadataPath: true, "GET " + saml.LoginPath: true, "POST " + saml.ACSPath: true, "GET " + saml.LogoutPath: true, "POST " + saml.LogoutPath: true}
	for _, route := range newBench(t).server.API().Routes() {
		served[route.Method+" "+route.Path] = true
	}
	for route := range served {
		if !documented[route] {
			t.Errorf("%s is not documented", route)
		}
	}
	for route := range documented {
		if !served[route] {
			t.Errorf("%s is documented but does not exist", route)
		}
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*server.Config){
		"public URL":      func(c *server.Config) { c.PublicURL = "bi.example.com" },
		"other scheme":    func(c *server.Config) { c.PublicURL = "ftp://bi.example.com" },
		"origin":          func(c *server.Config) { c.CORSOrigins = []string{"*"} },
		"CSRF mode":       func(c *server.Config) { c.CSRF = "lax" },
		"cross-site http": func(c *server.Config) { c.PublicURL, c.CrossSite = "http://bi.example.com", true },
	} {
		config := server.Config{Services: mock.Services()}
		change(&config)
		if _, err := server.New(config); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for path, want := range map[string]struct{ contentType, text string }{
		"/":                  {"text/html; charset=utf-8", "http://bi.example.com/callosum/v1/tspublic/v1/session/login"},
		"/openapi.yaml":      {"application/yaml;charset=UTF-8", "openapi: 3"},
		"/openapi.yaml/":     {"application/yaml;charset=UTF-8", "openapi: 3"},
		"/external/swagger":  {"text/html; charset=utf-8", "<title>Searchlight API</title>"},
		"/external/swagger/": {"text/html; charset=utf-8", "<title>Searchlight API</title>"},
		"/static/style.css":  {"text/css; charset=utf-8", "font"},
		"/static/swagger.js": {"text/javascript; charset=utf-8", "X-Requested-By"},
		"/healthz":           {"text/plain;charset=UTF-8", "ok\n"},
		"/readyz":            {"text/plain;charset=UTF-8", "ok\n"},
	} {
		a := b.do(get(path, ""))
		if a.StatusCode != 200 || a.Header.Get("Content-Type") != want.contentType || !strings.Contains(a.body, want.text) {
			t.Errorf("%s: %d %s %.80q", path, a.StatusCode, a.Header.Get("Content-Type"), a.body)
		}
		if strings.Contains(a.body, "<script>") || strings.Contains(a.body, "<style") || strings.Contains(a.body, " onclick") {
			t.Errorf("%s holds inline code, which the policy forbids", path)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "strict-origin-when-cross-origin",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := a.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	a := b.do(get("/openapi.yaml", ""))
	again := get("/openapi.yaml", "")
	again.header = map[string]string{"If-None-Match": a.Header.Get("ETag")}
	if a := b.do(again); a.StatusCode != http.StatusNotModified {
		t.Errorf("with its ETag: %d", a.StatusCode)
	}
	b.do(call{method: "POST", path: "/"}).wants(t, 405, 10002, "does not take POST")
}

func TestHTTPSHeaders(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *server.Config) { c.PublicURL = "https://bi.example.com" })
	a := b.do(loginCall(userName, password))
	if a.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
		t.Error("no HSTS")
	}
	if !a.Cookies()[0].Secure {
		t.Error("the session cookie is not Secure")
	}
	b = newBench(t, func(c *server.Config) { c.PublicURL, c.CrossSite = "https://bi.example.com", true })
	for _, line := range b.do(loginCall(userName, password)).Header.Values("Set-Cookie") {
		for _, attribute := range []string{"; Secure", "; SameSite=None", "; Partitioned"} {
			if !strings.Contains(line, attribute) {
				t.Errorf("%q lacks %q", line, attribute)
			}
		}
	}
}

func TestReadinessAndDrain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	token := b.signIn(userName, password)
	started, release := make(chan struct{}), make(chan struct{})
	b.modeler.ListFunc = func(context.Context, *searchlight.Subject, searchlight.ListQuery) (*searchlight.HeaderPage, error) {
		close(started)
		<-release
		return &searchlight.HeaderPage{}, nil
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- b.server.Run(ctx, listener) }()

	slow := make(chan string, 1)
	go func() {
		r, _ := http.NewRequest("GET", "http://"+listener.Addr().String()+base+"/metadata/listobjectheaders", nil)
		r.Header.Set("Cookie", "JSESSIONID="+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			slow <- err.Error()
			return
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		slow <- fmt.Sprint(response.StatusCode, " ", string(body))
	}()
	<-started
	stop()
	for b.do(get("/readyz", "")).StatusCode != http.StatusServiceUnavailable {
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped with a request under way: %v", err)
	default:
	}
	close(release)
	if got := <-slow; got != "200 []" {
		t.Errorf("the request under way got %s", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Run: %v", err)
	}
	if _, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		t.Error("still listening")
	}
}

func TestReadinessOfTheStore(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *server.Config) { c.Store = deadStore{} })
	if a := b.do(get("/readyz", "")); a.StatusCode != 503 || a.body != "not ready\n" {
		t.Errorf("%d %q", a.StatusCode, a.body)
	}
	if a := b.do(get("/healthz", "")); a.StatusCode != 200 {
		t.Errorf("health: %d", a.StatusCode)
	}
	b.entry("/readyz", "the disk is gone", `"level":"ERROR"`)
}

type deadStore struct{}

func (deadStore) Ping(context.Context) error { return fmt.Errorf("the disk is gone") }

func TestT85_MetricsAreNotPublic(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/vars", "/admin"} {
		b.do(get(path, "")).wants(t, 404, 10002, "nothing at")
	}
	b.do(get(base+"/session/info", ""))
	b.do(get("/nowhere/"+strings.Repeat("x", 100), ""))
	w := httptest.NewRecorder()
	b.server.AdminHandler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`searchlight_requests_total{route="GET /session/info",status="401"} 1`,
		`searchlight_requests_total{route="none",status="404"} 5`,
		`searchlight_request_seconds_count{route="none"} 5`,
		"go_goroutines",
	} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s among the metrics", want)
		}
	}
}

func TestBrowserSession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	response, err := client.PostForm(b.URL+base+"/session/login", url.Values{"username": {userName}, "password": {password}, "rememberme": {"true"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	// Over plain http the client drops clientId, which does no harm.
	response, err = client.Get(b.URL + base + "/session/isactive")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Errorf("isactive: %d", response.StatusCode)
	}
}

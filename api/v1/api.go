package v1

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/query"
)

// Sessions signs users in and recognises them.
type Sessions interface {
	// Login returns the token of a new session and when it ends at the latest.
	// It fails with CodeUnauthenticated and CodeThrottled.
	Login(ctx context.Context, name, password string, remember bool, address netip.Addr) (token string, expires time.Time, err error)
	// Authenticate returns the subject of a session and when it ends at the
	// latest; active keeps the session alive. It fails with
	// CodeUnauthenticated.
	Authenticate(ctx context.Context, token string, active bool) (*searchlight.Subject, time.Time, error)
	// Logout ends a session, if there is one.
	Logout(ctx context.Context, token string) error
}

// Searcher answers searches.
type Searcher interface {
	Search(ctx context.Context, r query.Request) (*query.Answer, error)
}

// Modeler keeps the objects that searches are about.
type Modeler interface {
	Import(ctx context.Context, r metadata.ImportRequest) ([]metadata.ImportResult, error)
	Export(ctx context.Context, r metadata.ExportRequest) ([]metadata.ExportResult, error)
	// List lists what subject may see; it sets the viewer of q itself.
	List(ctx context.Context, subject *searchlight.Subject, q searchlight.ListQuery) (*searchlight.HeaderPage, error)
}

// DefaultMaxRows is the longest page of a result (api-v1.md 1.12).
const DefaultMaxRows = 100_000

// DefaultRelease is the release of the vendor's product whose API this is.
const DefaultRelease = "7.2.1.sw"

// Config sets up an API. Sessions, Searcher and Modeler are needed; the zero
// value of every other field is a good one.
type Config struct {
	Sessions Sessions
	Searcher Searcher
	Modeler  Modeler

	MaxRows  int            // longest page of a result, the searcher's maximum too; 0: DefaultMaxRows
	Location *time.Location // the server's time zone; nil: UTC
	CSRF     CSRF
	Origins  Origins // whose pages may call with cookies
	// PlainHTTP leaves Secure off the session cookie: the public address of
	// the server is http.
	PlainHTTP bool
	// CrossSite lets pages of other sites embed the server: cookies travel
	// with their requests. It needs https.
	CrossSite bool

	ClusterName string           // empty: Searchlight
	ClusterID   searchlight.GUID // may be empty
	Release     string           // for clients that look at it; empty: DefaultRelease
	Now         func() time.Time // nil: time.Now
}

// API serves the routes of version 1 under all of their prefixes.
type API struct {
	config     Config
	mux        *http.ServeMux
	routes     []route
	sameOrigin *http.CrossOriginProtection
}

// Prefixes are where the API is served. The two public ones mean the same; the
// internal one differs where an endpoint says so (api-v1.md 1.1).
const (
	PublicPrefix   = "/callosum/v1/tspublic/v1"
	ShortPrefix    = "/tspublic/v1"
	InternalPrefix = "/callosum/v1"
)

// route is one operation.
type route struct {
	method, path string
	open         bool // needs no session
	poll         bool // does not keep a session alive
	handle       func(http.ResponseWriter, *request) error
}

func (a *API) table() []route {
	return []route{
		{method: "POST", path: "/session/login", open: true, handle: a.login},
		{method: "POST", path: "/session/logout", handle: a.logout},
		{method: "GET", path: "/session/info", handle: a.sessionInfo},
		{method: "GET", path: "/session/isactive", poll: true, handle: a.sessionIsActive},
		{method: "POST", path: "/searchdata", handle: a.searchData},
		{method: "GET", path: "/metadata/listobjectheaders", handle: a.listObjectHeaders},
		{method: "POST", path: "/metadata/tml/import", handle: a.importTML},
		{method: "POST", path: "/metadata/tml/export", handle: a.exportTML},
	}
}

// New makes an API. It panics when a service is missing, a mistake of wiring.
func New(c Config) *API {
	if c.Sessions == nil || c.Searcher == nil || c.Modeler == nil {
		panic("v1: a service is missing")
	}
	if c.MaxRows <= 0 {
		c.MaxRows = DefaultMaxRows
	}
	if c.Location == nil {
		c.Location = time.UTC
	}
	if c.ClusterName == "" {
		c.ClusterName = "Searchlight"
	}
	if c.Release == "" {
		c.Release = DefaultRelease
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	a := &API{config: c, mux: http.NewServeMux(), sameOrigin: http.NewCrossOriginProtection()}
	a.routes = a.table()
	byPath := map[string]methods{}
	for _, r := range a.routes {
		if byPath[r.path] == nil {
			byPath[r.path] = methods{}
		}
		byPath[r.path][r.method] = r
	}
	for path, m := range byPath {
		a.mux.Handle(path, a.dispatch(path, m))
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		WriteError(r.Context(), w, errNoRoute(r.URL.Path), false)
	})
	return a
}

// Routes lists the operations as "METHOD /path", in order.
func (a *API) Routes() []string {
	var list []string
	for _, r := range a.routes {
		list = append(list, r.method+" "+r.path)
	}
	slices.Sort(list)
	return list
}

// ServeHTTP implements http.Handler. The path must be clean, and the request
// have gone through Begin.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0, post-check=0, pre-check=0")
	w.Header().Set("Pragma", "no-cache")
	if strings.Contains(strings.ToLower(r.URL.Path), ";jsessionid=") {
		WriteError(r.Context(), w, errSessionInPath(), false)
		return
	}
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	for _, prefix := range []string{PublicPrefix, ShortPrefix, InternalPrefix} {
		if strings.HasPrefix(r.URL.Path, prefix+"/") {
			r = r.WithContext(context.WithValue(r.Context(), prefixKey{}, prefix))
			http.StripPrefix(prefix, a.mux).ServeHTTP(w, r)
			return
		}
	}
	WriteError(r.Context(), w, errNoRoute(r.URL.Path), false)
}

type prefixKey struct{}

// methods are the operations of one path.
type methods map[string]route

func (m methods) allow() string {
	var names []string
	for name := range m {
		names = append(names, name)
		if name == http.MethodGet {
			names = append(names, http.MethodHead)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// request is a request whose caller and parameters are known.
type request struct {
	*http.Request
	call     *Call
	params   *params
	subject  *searchlight.Subject // nil on open routes
	expires  time.Time            // when the session ends at the latest
	token    string               // of the session
	internal bool                 // came under InternalPrefix
}

// dispatch wraps the operations of a path with what they share, in the order
// in which things are looked at (api-v1.md 1.8): method, session, forgery,
// parameters.
func (a *API) dispatch(path string, m methods) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		method := hr.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		route, ok := m[method]
		if !ok {
			w.Header().Set("Allow", m.allow())
			WriteError(hr.Context(), w, ErrMethod(hr.Method, path, m.allow()), false)
			return
		}
		r := &request{Request: hr, call: CallOf(hr.Context()), internal: hr.Context().Value(prefixKey{}) == InternalPrefix}
		r.call.Route = route.method + " " + route.path
		if err := a.run(w, r, route); err != nil {
			fail(w, r, err)
		}
	})
}

func (a *API) run(w http.ResponseWriter, r *request, route route) error {
	if err := a.identify(r, route); err != nil {
		return err
	}
	if err := a.checkForgery(r.Request, !route.open); err != nil {
		return err
	}
	var err error
	if r.params, err = decodeParams(w, r.Request, nil); err != nil {
		return err
	}
	return route.handle(w, r)
}

// fail answers with an error. An answer that has begun is broken off, so that
// nobody takes its part for the whole.
func fail(w http.ResponseWriter, r *request, err error) {
	if broken, ok := errors.AsType[*brokenAnswer](err); ok {
		r.call.Err = broken.err
		panic(http.ErrAbortHandler)
	}
	WriteError(r.Context(), w, err, r.subject != nil && r.subject.IsAdmin())
}

const sessionCookie = "JSESSIONID"

// identify finds out who calls. A bearer token wins over the cookie, also when
// it is not valid; no kind of token is issued so far, so none is.
func (a *API) identify(r *request, route route) error {
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		r.token = cookie.Value
	}
	if route.open {
		return nil
	}
	if scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return errBearer()
	}
	if r.token == "" {
		return errNoSession()
	}
	var err error
	r.subject, r.expires, err = a.config.Sessions.Authenticate(r.Context(), r.token, !route.poll)
	if err == nil {
		r.call.User = r.subject.User.ID
	}
	return err
}

package v1

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/redirect"
)

// Sessions signs users in and recognises them.
type Sessions interface {
	// Login opens a session. It fails with CodeUnauthenticated and
	// CodeThrottled.
	Login(ctx context.Context, c searchlight.Credentials) (*searchlight.SignIn, error)
	// Authenticate returns the session that a token opens; active keeps it
	// alive. It fails with CodeUnauthenticated.
	Authenticate(ctx context.Context, token string, active bool) (*searchlight.SignIn, error)
	// Continue is Authenticate for an answer that has begun.
	Continue(ctx context.Context, token string) (*searchlight.SignIn, error)
	// Elevate gives a session a token for what its user has gained. It fails
	// with CodeUnauthenticated, and with CodeConflict when another request has
	// just had one.
	Elevate(ctx context.Context, token string) (*searchlight.SignIn, error)
	// Renew gives a session another token. It fails with CodeUnauthenticated.
	Renew(ctx context.Context, token string) (*searchlight.SignIn, error)
	// Logout ends a session, if there is one.
	Logout(ctx context.Context, token string) error
}

// Searcher answers searches.
type Searcher interface {
	Search(ctx context.Context, r query.Request) (*query.Answer, error)
}

// DefaultMaxRows is the longest page of a result (api-v1.md 1.12).
const DefaultMaxRows = 100_000

// DefaultRelease is the release of the vendor's product whose API this is.
const DefaultRelease = "7.2.1.sw"

// Services are what the API serves. All of them are needed.
type Services struct {
	Sessions Sessions
	Trusted  Trusted
	Auditor  Auditor
	Searcher Searcher
	Modeler  Modeler
	Sharer   Sharer
	Users    Users
	Groups   Groups
}

// missing names a service that is not there, or nothing.
func (s *Services) missing() string {
	for name, service := range map[string]any{
		"Sessions": s.Sessions, "Trusted": s.Trusted, "Auditor": s.Auditor,
		"Searcher": s.Searcher, "Modeler": s.Modeler, "Sharer": s.Sharer, "Users": s.Users, "Groups": s.Groups,
	} {
		if service == nil {
			return name
		}
	}
	return ""
}

// Config sets up an API. The services are needed; the zero value of every
// other field is a good one.
type Config struct {
	Services

	MaxRows  int            // longest page of a result, the searcher's maximum too; 0: DefaultMaxRows
	Location *time.Location // the server's time zone; nil: UTC
	CSRF     CSRF
	Origins  Origins // whose pages may call with cookies
	// PlainHTTP leaves Secure off the session cookie: the public address of
	// the server is http.
	PlainHTTP bool
	// Redirects checks where a sign-in may lead to: it returns the address to
	// send, or fails with CodeInvalid. Nil: paths on this server.
	Redirects func(target string) (string, error)
	// NoGetLogin refuses login tokens that come in an address.
	NoGetLogin bool
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
	routes     []route
	router     *router
	appRouter  *router // of what stands under AppPrefix
	sameOrigin *http.CrossOriginProtection
}

// Prefixes are where the API is served. The two public ones mean the same; the
// internal one differs where an endpoint says so (api-v1.md 1.1).
const (
	PublicPrefix   = "/callosum/v1/tspublic/v1"
	ShortPrefix    = "/tspublic/v1"
	InternalPrefix = "/callosum/v1"
	// AppPrefix is for operations that only the web application needs.
	AppPrefix = "/api/app"
)

// route is one operation.
type route struct {
	method, path string // a path may hold parameters in braces
	app          bool   // stands under AppPrefix, and nowhere else
	open         bool   // needs no session
	proven       bool   // carries its own proof, so that a forged call is worth nothing
	poll         bool   // does not keep a session alive
	scoped       bool   // may be called by a session that may see one object only
	// event is what a call is in the audit log, where the service that serves
	// it writes one; a call that fails is noted under it as well.
	event  searchlight.EventType
	handle func(http.ResponseWriter, *request) error
}

// table lists the operations, those of each resource in the file of its
// handlers.
func (a *API) table() []route {
	return slices.Concat(
		a.sessionRoutes(),
		a.tokenRoutes(),
		a.auditRoutes(),
		a.dataRoutes(),
		a.metadataRoutes(),
		a.dependencyRoutes(),
		a.homePinboardRoutes(),
		a.orgRoutes(),
		a.configRoutes(),
		a.securityRoutes(),
		a.userRoutes(),
		a.groupRoutes(),
		a.membershipRoutes(),
	)
}

func (a *API) sessionRoutes() []route {
	return []route{
		{method: "POST", path: "/session/login", open: true, event: searchlight.EventLogin, handle: a.login},
		{method: "POST", path: "/session/logout", scoped: true, event: searchlight.EventLogout, handle: a.logout},
		{method: "GET", path: "/session/info", scoped: true, handle: a.sessionInfo},
		{method: "GET", path: "/session/isactive", poll: true, scoped: true, handle: a.sessionIsActive},
	}
}

func (a *API) dataRoutes() []route {
	return []route{
		{method: "POST", path: "/searchdata", handle: a.searchData},
	}
}

// New makes an API. It panics when a service is missing, a mistake of wiring.
func New(c Config) *API {
	if name := c.missing(); name != "" {
		panic("v1: the service " + name + " is missing")
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
	if c.Redirects == nil {
		c.Redirects = redirect.Policy{}.Check
	}
	a := &API{config: c, sameOrigin: http.NewCrossOriginProtection()}
	a.routes = a.table()
	a.router = newRouter(slices.DeleteFunc(slices.Clone(a.routes), func(r route) bool { return r.app }))
	a.appRouter = newRouter(slices.DeleteFunc(slices.Clone(a.routes), func(r route) bool { return !r.app }))
	return a
}

// Route describes an operation.
type Route struct {
	Method string
	Path   string // as the OpenAPI document has it: under PublicPrefix, or whole under AppPrefix
	Open   bool   // needs no session
	Proven bool   // carries its own proof, so that it is not checked for forgery
	Scoped bool   // open to sessions that may see one object only
	Event  searchlight.EventType
}

// Routes lists the operations by path and method.
func (a *API) Routes() []Route {
	var list []Route
	for _, r := range a.routes {
		path := r.path
		if r.app {
			path = AppPrefix + path
		}
		list = append(list, Route{r.method, path, r.open, r.proven, r.scoped, r.event})
	}
	slices.SortFunc(list, func(x, y Route) int { return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Method, y.Method)) })
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
	for _, prefix := range []string{PublicPrefix, ShortPrefix, InternalPrefix, AppPrefix} {
		if strings.HasPrefix(r.URL.Path, prefix+"/") {
			r = r.WithContext(context.WithValue(r.Context(), prefixKey{}, prefix))
			router := a.router
			if prefix == AppPrefix {
				router = a.appRouter
			}
			if p, values := router.find(strings.TrimPrefix(r.URL.Path, prefix)); p != nil {
				a.dispatch(w, r, p, values)
				return
			}
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
	method   searchlight.AuthMethod
	token    string   // of the session's cookie
	session  [32]byte // names the session of the cookie in the store; zero: there is none
	bearer   bool     // a token in the header proves who calls, no cookie
	internal bool     // came under InternalPrefix
	// event is what the call is in the audit log, where its parameters decide;
	// empty: as the route says.
	event searchlight.EventType
}

// dispatch wraps the operations of a path with what they share, in the order
// in which things are looked at (api-v1.md 1.8): method, session, forgery,
// parameters.
func (a *API) dispatch(w http.ResponseWriter, hr *http.Request, p *pathPattern, values map[string]string) {
	method := hr.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	route, ok := p.methods[method]
	if !ok {
		w.Header().Set("Allow", p.methods.allow())
		WriteError(hr.Context(), w, ErrMethod(hr.Method, p.pattern, p.methods.allow()), false)
		return
	}
	r := &request{Request: hr, call: CallOf(hr.Context()), internal: hr.Context().Value(prefixKey{}) == InternalPrefix}
	r.call.Route = route.method + " " + route.path
	if err := a.run(w, r, route, values); err != nil {
		fail(w, r, a.noteFailure(r, route, err))
	}
}

func (a *API) run(w http.ResponseWriter, r *request, route route, path map[string]string) error {
	if err := a.identify(w, r, route); err != nil {
		return err
	}
	if !r.bearer && !route.proven {
		if err := a.checkForgery(r.Request, !route.open); err != nil {
			return err
		}
	}
	var err error
	if r.params, err = decodeParams(w, r.Request, path); err != nil {
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
// it is not valid. Sessions that may see one object only may call no more than
// what is meant for them.
func (a *API) identify(w http.ResponseWriter, r *request, route route) error {
	origin := &searchlight.Origin{Address: r.call.Address, RequestID: r.call.Incident, UserAgent: r.UserAgent()}
	r.Request = r.WithContext(searchlight.WithOrigin(r.Context(), origin))
	if cookie, err := r.Cookie(sessionCookie); err == nil {
		r.token = cookie.Value
	}
	if route.open {
		return nil
	}
	in, err := a.caller(r, !route.poll)
	if err == nil && in.Gained {
		in, err = a.elevate(w, r)
	}
	if err != nil {
		return err
	}
	if !r.bearer {
		r.session = in.Session.TokenHash
	}
	r.subject, r.expires, r.method = in.Subject, in.Ends, in.Session.Method
	r.call.User = r.subject.User.ID
	origin.Method = in.Session.Method
	origin.SessionHash = hex.EncodeToString(in.Session.TokenHash[:])[:12]
	if r.subject.Scope != "" && !route.scoped {
		return errScope()
	}
	return nil
}

// elevate sends the cookie of a caller who may do more than before. Another
// request may have been first; then this one goes on as it came.
func (a *API) elevate(w http.ResponseWriter, r *request) (*searchlight.SignIn, error) {
	elevated, err := a.config.Sessions.Elevate(r.Context(), r.token)
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeConflict {
		return a.config.Sessions.Authenticate(r.Context(), r.token, false)
	}
	if err != nil {
		return nil, err
	}
	r.token = elevated.Token
	if w.Header().Get("Cache-Control") == "" { // outside the API
		w.Header().Set("Cache-Control", "no-store")
	}
	a.setSession(w, elevated)
	return elevated, nil
}

func (a *API) caller(r *request, active bool) (*searchlight.SignIn, error) {
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		r.bearer, r.token = true, ""
		return a.config.Trusted.Bearer(r.Context(), strings.TrimSpace(token))
	}
	if r.token == "" {
		return nil, errNoSession()
	}
	return a.config.Sessions.Authenticate(r.Context(), r.token, active)
}

// recheck is who calls, once more, while the answer is under way.
func (a *API) recheck(r *request) (*searchlight.SignIn, error) {
	if r.bearer {
		return a.caller(r, false)
	}
	return a.config.Sessions.Continue(r.Context(), r.token)
}

package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/api/app"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/auth/saml"
	"github.com/searchlight-bi/searchlight/redirect"
)

// Pinger fails when what the server needs does not answer.
type Pinger interface {
	Ping(ctx context.Context) error
}

// Config sets up a Server. The services and Store are needed; the zero value
// of every other field is a good one.
type Config struct {
	v1.Services
	Store   Pinger
	Loader  app.Loader   // nil: files cannot be loaded over HTTP
	TempDir string       // where files wait to be loaded; empty: the system's
	Logger  *slog.Logger // nil: slog.Default

	// PublicURL is where clients find the server, such as
	// https://bi.example.com. With http the session cookie goes without Secure;
	// empty counts as https.
	PublicURL string
	CSRF      v1.CSRF
	// CORSOrigins are the web origins whose pages may call the API.
	CORSOrigins []string
	// CrossSite lets pages of CORSOrigins use cookies though they belong to
	// another site. It needs an https PublicURL.
	CrossSite bool
	// EmbedHosts are the web origins that may show pages of the server in a
	// frame. With an https PublicURL it makes CrossSite true.
	EmbedHosts []string
	// RedirectHosts are hosts that a browser may be sent to after a sign-in,
	// beside the server's own and EmbedHosts.
	RedirectHosts []string
	// SAML signs people in by their identity providers; nil: it is off.
	SAML *saml.Provider
	// NoGetLogin refuses login tokens that come in an address.
	NoGetLogin bool
	// Certificate makes Run speak TLS; nil: it speaks HTTP.
	Certificate *Certificate
	// HeaderTimeout is how long a client may take to send the header of a
	// request; 0: 20 seconds.
	HeaderTimeout time.Duration
	// TrustedProxies may name the client in X-Forwarded-For.
	TrustedProxies []netip.Prefix

	MaxRows     int            // longest page of a result; 0: v1.DefaultMaxRows
	Location    *time.Location // the server's time zone; nil: UTC
	ClusterName string
	ClusterID   searchlight.GUID
	Now         func() time.Time // nil: time.Now
	// DrainFor is how long requests may go on after the server was told to
	// stop; 0: 30 seconds.
	DrainFor time.Duration
}

const (
	// maxURL is the longest address; clients send long lists of ids in it.
	maxURL = 64 << 10
	// maxHeader leaves room for the address and cookies.
	maxHeader = 2 * maxURL

	defaultHeaderTimeout = 20 * time.Second
	// readTimeout lets the largest body come over a slow line.
	readTimeout = 10 * time.Minute
	// writeTimeout bounds answers that do not extend it, as streams do.
	writeTimeout = 15 * time.Minute
	idleTimeout  = 2 * time.Minute

	// Smaller answers are not worth compressing.
	compressFrom = 1400
	// The fastest level: results are long and lines are quick.
	compressLevel = 1
)

// loadPath is where files are loaded into the built-in store.
const loadPath = "/api/app/load"

// Server serves the API and its pages over HTTP.
type Server struct {
	config   Config
	public   *url.URL
	origins  v1.Origins
	embeds   v1.Origins
	policy   string // content security policy
	log      *slog.Logger
	api      *v1.API
	load     http.Handler // nil: files cannot be loaded over HTTP
	sso      http.Handler // nil: nobody signs in by an identity provider
	pages    http.Handler
	metrics  *metrics
	handler  http.Handler
	draining atomic.Bool
}

// New makes a Server. It fails when the configuration cannot be understood.
func New(c Config) (*Server, error) {
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.DrainFor == 0 {
		c.DrainFor = 30 * time.Second
	}
	if c.HeaderTimeout == 0 {
		c.HeaderTimeout = defaultHeaderTimeout
	}
	s := &Server{config: c, log: c.Logger, metrics: newMetrics()}
	var err error
	if s.public, err = parsePublicURL(c.PublicURL); err != nil {
		return nil, err
	}
	if c.Certificate != nil && s.public.Scheme == "http" {
		return nil, errors.New("the server speaks TLS, so the public URL must begin with https")
	}
	if s.origins, err = v1.ParseOrigins(c.CORSOrigins); err != nil {
		return nil, fmt.Errorf("CORS origins: %w", err)
	}
	if s.embeds, err = v1.ParseOrigins(c.EmbedHosts); err != nil {
		return nil, fmt.Errorf("embed hosts: %w", err)
	}
	s.policy = contentSecurityPolicy(s.embeds)
	redirects := redirect.Policy{Public: s.public}
	if redirects.Hosts, err = redirect.ParseHosts(slices.Concat(c.RedirectHosts, s.embeds.Hosts())); err != nil {
		return nil, err
	}
	if c.CrossSite && s.public.Scheme != "https" {
		return nil, errors.New("cross-site cookies need a public URL that begins with https")
	}
	c.CrossSite = c.CrossSite || len(s.embeds) > 0 && s.public.Scheme == "https"
	if c.CSRF, err = v1.ParseCSRF(string(c.CSRF)); err != nil {
		return nil, err
	}
	trusted := s.origins
	if s.public.Host != "" {
		own, err := v1.ParseOrigins([]string{s.public.Scheme + "://" + s.public.Host})
		if err != nil {
			return nil, err
		}
		trusted = append(own, trusted...)
	}
	services := c.Services
	services.Searcher = s.metrics.watch(services.Searcher, c.Now)
	s.api = v1.New(v1.Config{
		Services: services,
		MaxRows:  c.MaxRows, Location: c.Location, CSRF: c.CSRF, Origins: trusted,
		PlainHTTP: s.public.Scheme == "http", CrossSite: c.CrossSite, Redirects: redirects.Check, NoGetLogin: c.NoGetLogin,
		ClusterName: c.ClusterName, ClusterID: c.ClusterID, Now: c.Now,
	})
	if c.Loader != nil {
		s.load = s.api.Guard(loadPath, searchlight.EventUploadFinished, (&app.API{Loader: c.Loader, TempDir: c.TempDir}).Load)
	}
	if c.SAML != nil {
		s.sso = s.newSSO(c.SAML)
	}
	if s.pages, err = newPages(s); err != nil {
		return nil, err
	}
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(compressFrom), gzhttp.CompressionLevel(compressLevel), gzhttp.EnableZstd(false))
	if err != nil {
		return nil, err
	}
	s.handler = s.observe(s.harden(s.cors(compress(s.contain(s.normalise(http.HandlerFunc(s.route)))))))
	return s, nil
}

func parsePublicURL(text string) (*url.URL, error) {
	if text == "" {
		return &url.URL{Scheme: "https"}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the public URL %q is none; write it as https://bi.example.com", text)
	}
	return u, nil
}

// Handler serves what is public.
func (s *Server) Handler() http.Handler { return s.handler }

// API is the API that the server serves.
func (s *Server) API() *v1.API { return s.api }

// Run serves connections of listener until ctx ends. Then it takes no more
// requests, says so under /readyz, and returns once those under way are
// answered or DrainFor has passed. With a Certificate it speaks TLS, and HTTP/2
// to clients that want it.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	return s.serve(ctx, listener, s.handler, s.config.Certificate)
}

// RunAdmin serves AdminHandler likewise, always over HTTP.
func (s *Server) RunAdmin(ctx context.Context, listener net.Listener) error {
	return s.serve(ctx, listener, s.AdminHandler(), nil)
}

func (s *Server) serve(ctx context.Context, listener net.Listener, handler http.Handler, certificate *Certificate) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: s.config.HeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	done := make(chan error, 1)
	go func() {
		if certificate == nil {
			done <- server.Serve(listener)
			return
		}
		server.TLSConfig = certificate.config()
		done <- server.ServeTLS(listener, "", "")
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	drain, stop := context.WithTimeout(base, s.config.DrainFor)
	defer stop()
	if err := server.Shutdown(drain); err != nil {
		s.log.Warn("requests were broken off: they took longer than the time to drain", "drain", s.config.DrainFor)
		cancel()
		_ = server.Close() // there is nobody left to be told
	}
	<-done
	return nil
}

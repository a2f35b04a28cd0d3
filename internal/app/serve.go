package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"golang.org/x/sync/errgroup"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/server"
)

// listeners are the addresses of a server.
type listeners struct {
	base       string // where the API is found on this machine
	api, admin net.Listener
}

// listen takes the addresses of the Config.
func (a *App) listen() (err error) {
	l := &a.listeners
	if l.api, err = listen(a.config.Addr); err != nil || l.api == nil {
		return err
	}
	scheme := "http"
	if a.certificate != nil {
		scheme = "https"
	}
	l.base = baseURL(scheme, l.api.Addr())
	l.admin, err = listen(a.config.AdminAddr)
	return err
}

func listen(addr string) (net.Listener, error) {
	if addr == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("the address %s cannot be used: %w", addr, err)
	}
	return listener, nil
}

// close gives the addresses back, unless serving has done so.
func (l *listeners) close() {
	for _, listener := range []net.Listener{l.api, l.admin} {
		if listener != nil {
			_ = listener.Close() // it fails when it is closed already
		}
	}
}

// baseURL is where a listener is found on this machine.
func baseURL(scheme string, addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return scheme + "://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// openCertificate reads the TLS certificate, if there is to be one.
func (a *App) openCertificate() (err error) {
	c := a.config
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key are given together or not at all")
	}
	if c.TLSCert != "" {
		a.certificate, err = server.OpenCertificate(c.TLSCert, c.TLSKey, c.Now, a.log)
	}
	return err
}

// warnOfPlainHTTP says that passwords and sessions can be read on the way,
// unless they do not leave the machine.
func (a *App) warnOfPlainHTTP(public *url.URL) {
	if public.Scheme == "https" || isLoopback(public.Hostname()) && (a.config.PublicURL != "" || isLoopbackAddr(a.listeners.api.Addr())) {
		return
	}
	a.log.Warn("passwords and sessions travel in the clear: the public URL is plain http; give --tls-cert and --tls-key, or a proxy and an https --public-url")
	if len(a.config.EmbedHosts) > 0 {
		a.log.Warn("pages of other sites cannot sign in inside their frames: browsers keep cookies for them with https only")
	}
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func isLoopbackAddr(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// Run serves until ctx ends, and then until the requests under way are
// answered. ready is called with the address just before; it may be nil. The
// app was opened with an address, and runs once.
func (a *App) Run(ctx context.Context, ready func(base string)) error {
	group, ctx := errgroup.WithContext(ctx)
	if a.listeners.admin != nil {
		group.Go(func() error { return a.server.RunAdmin(ctx, a.listeners.admin) })
	}
	group.Go(func() error { return a.server.Run(ctx, a.listeners.api) })
	group.Go(func() error {
		a.Sessions.Run(ctx, func(err error) { a.log.Warn("old sessions could not be removed", "error", err) })
		return nil
	})
	if a.Sharing.Outbox != nil {
		group.Go(func() error { a.Sharing.Outbox.Run(ctx); return nil })
	}
	if ready != nil {
		ready(a.listeners.base)
	}
	return group.Wait()
}

// Handler answers the requests to the address of the API, as Run does, for those
// who need no socket. The app was opened with an address.
func (a *App) Handler() http.Handler { return a.server.Handler() }

// Services are what the API serves.
func (a *App) Services() v1.Services {
	return v1.Services{Sessions: a.Sessions, Trusted: a.Trusted, Auditor: a.Audit, Searcher: a.Query, Modeler: a.Metadata, Sharer: a.Sharing, Users: a.Directory, Groups: a.Directory}
}

func (a *App) makeServer(ctx context.Context) error {
	c := a.config
	public := a.publicURL()
	var proxies []netip.Prefix
	for _, p := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return fmt.Errorf("the trusted proxy %q is no network such as 10.0.0.0/8", p)
		}
		proxies = append(proxies, prefix)
	}
	provider, err := a.openSAML(ctx, public)
	if err != nil {
		return err
	}
	a.server, err = server.New(server.Config{
		Services: a.Services(), Store: a.Store, Logger: a.log,
		Loader: a, TempDir: c.DataDir,
		PublicURL: public, Certificate: a.certificate, EmbedHosts: c.EmbedHosts, RedirectHosts: c.RedirectHosts, SAML: provider, NoGetLogin: c.Security.TokenNoGet,
		CSRF: v1.CSRF(c.CSRF), CORSOrigins: c.CORSOrigins, CrossSite: c.CrossSite, TrustedProxies: proxies,
		MaxRows: c.MaxRows, Location: a.Query.Location, Now: c.Now,
	})
	if err != nil {
		return err
	}
	if u, err := url.Parse(public); err == nil { // as the server has seen
		a.warnOfPlainHTTP(u)
	}
	return nil
}

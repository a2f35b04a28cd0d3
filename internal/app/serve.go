package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"

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
	l.base = baseURL(l.api.Addr())
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
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
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
	if ready != nil {
		ready(a.listeners.base)
	}
	return group.Wait()
}

func (a *App) makeServer() (err error) {
	c := a.config
	public := c.PublicURL
	if public == "" {
		public = a.listeners.base
	}
	var proxies []netip.Prefix
	for _, p := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return fmt.Errorf("the trusted proxy %q is no network such as 10.0.0.0/8", p)
		}
		proxies = append(proxies, prefix)
	}
	a.server, err = server.New(server.Config{
		Sessions: a.Sessions, Searcher: a.Query, Modeler: a.Metadata, Store: a.Store, Logger: a.log,
		Loader: a, TempDir: c.DataDir,
		PublicURL: public, CSRF: v1.CSRF(c.CSRF), CORSOrigins: c.CORSOrigins, CrossSite: c.CrossSite, TrustedProxies: proxies,
		MaxRows: c.MaxRows, Location: a.Query.Location, Now: c.Now,
	})
	return err
}

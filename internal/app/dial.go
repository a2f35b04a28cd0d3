package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// gate lets connections lead to public addresses, and to those of local
// networks that the operator has named (security.md 10): whoever may make a
// connection must not reach what only this machine reaches.
type gate struct{ allowed []netip.Prefix }

// localNetworks are loopback and private addresses, those behind carriers, and
// those that only a test or a translator uses.
var localNetworks = prefixes("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "100.64.0.0/10",
	"198.18.0.0/15", "192.0.0.0/24", "240.0.0.0/4")

// forbiddenNetworks hold nothing but traps: link-local addresses, among them
// the metadata of clouds, multicast, and no address at all.
var forbiddenNetworks = prefixes("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "224.0.0.0/4", "ff00::/8", "0.0.0.0/8", "::/128",
	"64:ff9b::/96", "2002::/16")

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// newGate reads the networks that connections may lead to beside public ones.
func newGate(networks []string) (gate, error) {
	var g gate
	for _, text := range networks {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return gate{}, fmt.Errorf("--connection-networks: %q is no network such as 10.0.0.0/8", text)
		}
		g.allowed = append(g.allowed, network.Masked())
	}
	return g, nil
}

func (g gate) check(address netip.Addr) error {
	address = address.Unmap().WithZone("")
	within := func(p netip.Prefix) bool { return p.Contains(address) }
	if slices.ContainsFunc(forbiddenNetworks, within) || slices.ContainsFunc(localNetworks, within) && !slices.ContainsFunc(g.allowed, within) {
		return fmt.Errorf("connections may not lead to %s (connection-networks)", address)
	}
	return nil
}

// dial connects to an address that is allowed. It is looked at when the name
// has been resolved, so that a name which changes its mind gains nothing.
func (g gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{KeepAlive: 5 * time.Minute, Control: func(network, address string, _ syscall.RawConn) error {
		if network != "tcp4" && network != "tcp6" {
			return fmt.Errorf("connections lead over TCP, not %s", network)
		}
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return g.check(at.Addr())
	}}
	return d.DialContext(ctx, network, address)
}

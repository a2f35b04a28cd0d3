package app

import (
	"net"
	"net/netip"
	"strings"
	"testing"
)

func TestT39_ConnectionsDoNotReachLocalServices(t *testing.T) {
	open, err := newGate([]string{"10.1.0.0/16", "fd12::/16"})
	if err != nil {
		t.Fatal(err)
	}
	closed, err := newGate(nil)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]struct{ closed, open bool }{
		"93.184.216.34":        {true, true},
		"2606:2800:220:1::1":   {true, true},
		"10.1.2.3":             {false, true},
		"::ffff:10.1.2.3":      {false, true},
		"10.2.0.1":             {false, false},
		"fd12::1":              {false, true},
		"fd13::1":              {false, false},
		"127.0.0.1":            {false, false},
		"127.8.8.8":            {false, false},
		"::ffff:127.0.0.1":     {false, false},
		"::1":                  {false, false},
		"0.0.0.0":              {false, false},
		"::":                   {false, false},
		"169.254.169.254":      {false, false},
		"fe80::1%eth0":         {false, false},
		"fd00:ec2::254":        {false, false},
		"100.64.0.1":           {false, false},
		"192.168.1.1":          {false, false},
		"64:ff9b::7f00:1":      {false, false},
		"224.0.0.1":            {false, false},
		"255.255.255.255":      {false, false},
		"2002:7f00:1::":        {false, false},
		"::ffff:169.254.169.1": {false, false},
	} {
		at := netip.MustParseAddr(address)
		if got := closed.check(at) == nil; got != want.closed {
			t.Errorf("%s: %v, want %v", address, got, want.closed)
		}
		if got := open.check(at) == nil; got != want.open {
			t.Errorf("%s where 10.1.0.0/16 and fd12::/16 are allowed: %v, want %v", address, got, want.open)
		}
	}

	// What is listed even though it is a trap stays one.
	all, err := newGate([]string{"0.0.0.0/0", "::/0"})
	if err != nil {
		t.Fatal(err)
	}
	if all.check(netip.MustParseAddr("169.254.169.254")) == nil {
		t.Error("the metadata of clouds can be reached")
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	for _, host := range []string{"localhost", "127.0.0.1", "::ffff:127.0.0.1"} {
		conn, err := closed.dial(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err == nil {
			_ = conn.Close()
			t.Errorf("%s was dialled", host)
		} else if !strings.Contains(err.Error(), "connection-networks") && !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v", host, err)
		}
	}
	if conn, err := all.dial(t.Context(), "tcp", listener.Addr().String()); err != nil {
		t.Errorf("an allowed address: %v", err)
	} else {
		_ = conn.Close()
	}
	if _, err := all.dial(t.Context(), "unix", "/tmp/.s.PGSQL.5432"); err == nil {
		t.Error("a socket of the machine was dialled")
	}
	if _, err := newGate([]string{"localhost"}); err == nil {
		t.Error("a name was taken for a network")
	}
}

package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/mock"
	"github.com/searchlight-bi/searchlight/server"
)

// pair is a certificate with its key in two files.
type pair struct{ cert, key string }

func newPair(t *testing.T) pair {
	dir := t.TempDir()
	return pair{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
}

// issue writes a certificate of a name of its own into the files.
func (p pair) issue(t *testing.T, name string, ends time.Time) {
	t.Helper()
	cert, key := certificateFor(t, name, ends)
	p.write(t, cert, key)
}

func (p pair) write(t *testing.T, cert, key []byte) {
	t.Helper()
	for file, text := range map[string][]byte{p.cert: cert, p.key: key} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func certificateFor(t *testing.T, name string, ends time.Time) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: ends.Add(-48 * time.Hour), NotAfter: ends,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// secure is a server that speaks TLS.
type secure struct {
	*bench
	addr string
}

func newSecure(t *testing.T, p pair) *secure {
	t.Helper()
	var certificate *server.Certificate
	b := newBench(t, func(c *server.Config) {
		var err error
		if certificate, err = server.OpenCertificate(p.cert, p.key, c.Now, c.Logger); err != nil {
			t.Fatal(err)
		}
		c.Certificate, c.PublicURL = certificate, "https://bi.example.com"
	})
	return &secure{b, b.run()}
}

// run serves on a port of its own until the test ends.
func (b *bench) run() (addr string) {
	b.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.server.Run(ctx, listener) }()
	b.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	})
	return listener.Addr().String()
}

// name is that of the certificate which the server shows.
func (s *secure) name() string {
	s.t.Helper()
	conn, err := tls.Dial("tcp", s.addr, &tls.Config{InsecureSkipVerify: true}) // the name is what is asked for
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// becomes lets the server look at the files again and checks which certificate
// it shows then.
func (s *secure) becomes(name string) {
	s.t.Helper()
	s.pass(time.Minute)
	if got := s.name(); got != name {
		s.t.Errorf("the server shows %q, not %q", got, name)
	}
}

func tomorrow() time.Time { return time.Now().Add(24 * time.Hour) }

func TestTLS(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.issue(t, "first", tomorrow())
	s := newSecure(t, p)
	text, err := os.ReadFile(p.cert)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	for _, tt := range []struct {
		version, protocol uint16
		http2             bool
	}{
		{tls.VersionTLS13, 2, true}, {tls.VersionTLS12, 2, true}, {tls.VersionTLS13, 1, false},
	} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MaxVersion: tt.version}, ForceAttemptHTTP2: tt.http2}
		client := &http.Client{Transport: transport}
		response, err := client.Get("https://" + s.addr + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		transport.CloseIdleConnections()
		if response.StatusCode != 200 || response.ProtoMajor != int(tt.protocol) || response.TLS.Version != tt.version ||
			response.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
			t.Errorf("%d over HTTP/%d and TLS %x, headers %v", response.StatusCode, response.ProtoMajor, response.TLS.Version, response.Header)
		}
	}
	if conn, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	response, err := http.Get("http://" + s.addr + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("plain HTTP: %d", response.StatusCode)
	}
}

func TestCertificatesAreRenewed(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.issue(t, "first", tomorrow())
	s := newSecure(t, p)
	if got := s.name(); got != "first" {
		t.Fatalf("the server shows %q", got)
	}
	p.issue(t, "second", tomorrow())
	s.becomes("second")
	s.entry("was read again", p.cert)

	// Files that do not belong together, and then do.
	cert, key := certificateFor(t, "third", tomorrow())
	if err := os.WriteFile(p.cert, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	s.becomes("second")
	s.entry("the old one stays", "private key does not match public key", `"level":"ERROR"`)
	if err := os.WriteFile(p.key, key, 0o600); err != nil {
		t.Fatal(err)
	}
	s.becomes("third")

	// A file that is gone is logged once.
	if err := os.Remove(p.key); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.becomes("third")
	}
	s.entry("the old one stays", "no such file")
	if n := strings.Count(s.log.String(), "no such file"); n != 1 {
		t.Errorf("it is logged %d times", n)
	}
	// A link that is turned, as orchestrators do it, with an older file behind.
	p.issue(t, "fourth", tomorrow())
	s.becomes("fourth")
	other := newPair(t)
	other.issue(t, "fifth", tomorrow())
	before := time.Now().Add(-time.Hour)
	for _, turn := range []struct{ link, to string }{{p.cert, other.cert}, {p.key, other.key}} {
		if err := errors.Join(os.Chtimes(turn.to, before, before), os.Symlink(turn.to, turn.link+".new"), os.Rename(turn.link+".new", turn.link)); err != nil {
			t.Fatal(err)
		}
	}
	s.becomes("fifth")
	if strings.Contains(s.log.String(), "PRIVATE KEY") {
		t.Error("the log holds a key")
	}
}

func TestCertificatesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	cert, key := certificateFor(t, "one", tomorrow())
	_, other := certificateFor(t, "two", tomorrow())
	for name, tt := range map[string]struct{ cert, key []byte }{
		"another key":    {cert, other},
		"swapped":        {key, cert},
		"no certificate": {[]byte("x"), key},
		"empty":          {nil, nil},
	} {
		p := newPair(t)
		p.write(t, tt.cert, tt.key)
		if _, err := server.OpenCertificate(p.cert, p.key, time.Now, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), p.cert) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := server.OpenCertificate("/no/such/file", "/no/such/key", time.Now, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "/no/such/file") {
		t.Errorf("no files: %v", err)
	}
	p := newPair(t)
	p.issue(t, "old", time.Now().Add(-time.Hour))
	log := &logBuffer{}
	certificate, err := server.OpenCertificate(p.cert, p.key, time.Now, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil || !strings.Contains(log.String(), "has expired") {
		t.Errorf("%v, and in the log %s", err, log)
	}
	if _, err := server.New(server.Config{Services: mock.Services(), Certificate: certificate, PublicURL: "http://bi.example.com"}); err == nil {
		t.Error("TLS under a public URL of http was accepted")
	}
}

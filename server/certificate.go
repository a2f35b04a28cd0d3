package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often a connection may cause a look at the files.
const lookEvery = time.Second

// Certificate is a TLS certificate with its key, from two files. When they
// change they are read again, so that it is renewed without a restart. It is
// safe for concurrent use.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]fs.FileInfo // the files when they were last read
	looked  time.Time
}

// OpenCertificate reads a certificate, with those between it and its root, and
// its key, from files in PEM; now is its clock. It fails when they cannot be
// read, or do not belong together.
func OpenCertificate(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, now: now}
	var err error
	if c.seen, err = c.look(); err == nil {
		err = c.read()
	}
	if err != nil {
		return nil, err
	}
	c.looked = c.now()
	return c, nil
}

func (c *Certificate) look() ([2]fs.FileInfo, error) {
	var files [2]fs.FileInfo
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return [2]fs.FileInfo{}, fmt.Errorf("the TLS certificate cannot be read: %w", err)
		}
		files[i] = info
	}
	return files, nil
}

// read replaces the certificate by what is in the files.
func (c *Certificate) read() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("the TLS certificate cannot be read: %w", path)
	}
	if err != nil {
		return fmt.Errorf("%s and %s are no TLS certificate with its key: %w", c.certFile, c.keyFile, err)
	}
	c.current = &pair
	if ends := pair.Leaf.NotAfter; c.now().After(ends) {
		c.log.Warn("the TLS certificate has expired; browsers refuse it", "file", c.certFile, "expired", ends)
	}
	return nil
}

// get is the certificate for a connection. New files that are of no use leave
// the old certificate in place, and are logged once.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if now.Sub(c.looked) < lookEvery {
		return c.current, nil
	}
	c.looked = now
	files, err := c.look()
	if err == nil && same(files[0], c.seen[0]) && same(files[1], c.seen[1]) {
		return c.current, nil
	}
	stillGone := err != nil && c.seen[0] == nil
	c.seen = files
	if err == nil {
		err = c.read()
	}
	switch {
	case err == nil:
		c.log.Info("the TLS certificate was read again", "file", c.certFile, "expires", c.current.Leaf.NotAfter)
	case !stillGone:
		c.log.Error("the new TLS certificate is not used; the old one stays", "error", err)
	}
	return c.current, nil
}

func same(a, b fs.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func (c *Certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}
}

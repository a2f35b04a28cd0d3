package saml

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	crewjam "github.com/crewjam/saml"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/redirect"
)

// Where the service provider is found beneath the public address. They are
// written into the configurations of identity providers.
const (
	Prefix       = "/callosum/v1/saml/"
	MetadataPath = Prefix + "metadata"
	LoginPath    = Prefix + "login"
	ACSPath      = Prefix + "SSO"
	LogoutPath   = Prefix + "slo"
)

const (
	// DefaultSkew is how far the clocks of two servers may differ, MaxSkew how
	// far a configuration may let them. Above wideSkew somebody should know.
	DefaultSkew = 180 * time.Second
	MaxSkew     = time.Hour
	wideSkew    = 300 * time.Second
	// DefaultMaxAge is how long ago people may have proved who they are.
	DefaultMaxAge = 24 * time.Hour
	// maxDelay is how long a message may be under way.
	maxDelay = 90 * time.Second

	// RequestLife is how long the identity provider has to answer.
	RequestLife = 10 * time.Minute
	maxRequests = 5 // outstanding in one browser
)

// The library keeps its tolerance in globals. They are set once, to the widest
// that a configuration may ask for; the exact limits are checked here.
func init() {
	crewjam.MaxClockSkew = MaxSkew
	crewjam.MaxIssueDelay = MaxSkew + maxDelay
}

// Sessions opens sessions. *auth.Sessions implements it.
type Sessions interface {
	// Open fails with CodeUnauthenticated when the user may not sign in.
	Open(tx searchlight.Tx, r auth.OpenRequest) (*searchlight.SignIn, error)
}

// Sealer keeps the provider's own key from those who can read the database.
type Sealer interface {
	Seal(secret, place string) ([]byte, error)
	Open(sealed []byte, place string) (string, error)
}

// Source reads the metadata of identity providers, as XML. It is called again
// now and then, so that new certificates are taken without a restart.
type Source func() ([]byte, error)

// Config sets up a Provider. The first six fields are needed, Sealer unless
// Key is given; the zero value of every other field is a good one.
type Config struct {
	Store    searchlight.Store
	Sessions Sessions
	Sealer   Sealer
	// CheckName fails for what cannot be the name of a new user or group.
	CheckName func(name string) error
	// Public is where browsers find this server.
	Public *url.URL
	// Sources describe the identity providers. People who name none are sent to
	// the first.
	Sources []Source

	EntityID string // of this service provider; empty: urn:searchlight:<host>:saml
	// Certificate and Key in PEM sign what is sent; empty: a key that is made at
	// the first start and kept in the store. NextCertificate is published beside
	// it, before it takes its place.
	Certificate, Key, NextCertificate []byte

	// MailAttribute, NameAttribute and GroupsAttribute are the names of what is
	// read from assertions; empty: mail, displayName and roles.
	MailAttribute, NameAttribute, GroupsAttribute string

	CreateUsers  bool // unknown people get an account
	MapGroups    bool // the identity provider decides which groups people are in
	CreateGroups bool // and makes those that are missing
	Unsolicited  bool // sign-ins may begin at the identity provider
	ForceAuthn   bool // people sign in again, though the identity provider knows them
	SingleLogout bool // who signs out here also signs out there

	Skew   time.Duration // between clocks; 0: DefaultSkew, at most MaxSkew
	MaxAge time.Duration // of the proof of who somebody is; 0: DefaultMaxAge, negative: any
	// RedirectHosts are where a sign-in may lead to beside this server.
	RedirectHosts []string

	NewGUID func() searchlight.GUID // nil: random ones
	Random  io.Reader               // nil: crypto/rand
	Now     func() time.Time        // nil: time.Now
	Log     *slog.Logger            // nil: slog.Default
}

// Provider is a service provider of SAML. It is safe for concurrent use.
type Provider struct {
	config    Config
	redirects redirect.Policy
	acs, slo  url.URL
	key       *signer

	mu        sync.Mutex
	providers []*identityProvider
	states    []sourceState // of each Source
	checked   time.Time     // when the sources were last read
	warned    time.Time     // when expiring certificates were last spoken of
}

// Open reads the metadata and the key, which it makes when there is none. It
// fails when the configuration cannot be used, saying how to mend it.
func Open(ctx context.Context, c Config) (*Provider, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	hosts, err := redirect.ParseHosts(c.RedirectHosts)
	if err != nil {
		return nil, err
	}
	p := &Provider{config: c, redirects: redirect.Policy{Public: c.Public, Hosts: hosts}, states: make([]sourceState, len(c.Sources))}
	p.acs, p.slo = *c.Public.JoinPath(ACSPath), *c.Public.JoinPath(LogoutPath)
	if err := p.readSources(c.Now(), true); err != nil {
		return nil, err
	}
	if p.key, err = openKey(ctx, &p.config); err != nil {
		return nil, err
	}
	if c.Skew > wideSkew {
		c.Log.Warn("SAML accepts clocks that differ widely: a stolen response can be used for longer", "skew", c.Skew)
	}
	if c.Public.Scheme == "http" {
		c.Log.Warn("SAML over plain http works only when the identity provider is on the same site: " +
			"browsers send no cookie with the response of another one. Use https")
	}
	return p, nil
}

func (c *Config) complete() error {
	switch {
	case len(c.Sources) == 0:
		return errors.New("SAML needs the metadata of an identity provider")
	case c.Public == nil || c.Public.Host == "":
		return errors.New("SAML needs the public URL of this server, which identity providers send people back to")
	case c.Skew < 0 || c.Skew > MaxSkew:
		return fmt.Errorf("the clock skew of SAML is %v; it may be up to %v", c.Skew, MaxSkew)
	case (len(c.Certificate) == 0) != (len(c.Key) == 0):
		return errors.New("SAML needs both a certificate and its key, or neither")
	case len(c.NextCertificate) > 0 && len(c.Key) == 0:
		return errors.New("the next certificate of SAML needs a certificate and a key that it will follow")
	}
	orElse := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	orElse(&c.EntityID, "urn:searchlight:"+c.Public.Hostname()+":saml")
	orElse(&c.MailAttribute, "mail")
	orElse(&c.NameAttribute, "displayName")
	orElse(&c.GroupsAttribute, "roles")
	if c.Skew == 0 {
		c.Skew = DefaultSkew
	}
	if c.MaxAge == 0 {
		c.MaxAge = DefaultMaxAge
	}
	if c.NewGUID == nil {
		c.NewGUID = searchlight.NewGUID
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return nil
}

// SecureCookies reports whether cookies travel over https alone.
func (p *Provider) SecureCookies() bool { return p.config.Public.Scheme == "https" }

// random is 256 random bits as text for cookies, addresses and ids.
func (p *Provider) random() (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(p.config.Random, b[:]); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// guard runs a check of a message. A panic, such as that of a library which
// misses a part of the message, refuses it.
func (p *Provider) guard(ctx context.Context, check func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			p.config.Log.ErrorContext(ctx, "panic over a SAML message", "cause", cause, "stack", string(debug.Stack()))
			err = refuse("the message led to a panic: %v", cause)
		}
	}()
	return check()
}

// refused notes a refusal in the log and the audit log. Other errors are the
// caller's to tell.
func (p *Provider) refused(ctx context.Context, event searchlight.EventType, err error, data map[string]any) error {
	reason := reasonOf(err)
	if reason == "" {
		return err
	}
	description := "Sign-in by an identity provider refused"
	if event == searchlight.EventLogoutFailed {
		description = "Log-out by an identity provider ignored"
	}
	if data == nil {
		data = map[string]any{}
	}
	data["authMethod"] = string(searchlight.AuthSAML)
	p.config.Log.WarnContext(ctx, description, "reason", reason, "address", searchlight.OriginOf(ctx).Address)
	// Who leaves early is noted as well.
	audited := p.config.Store.Update(context.WithoutCancel(ctx), func(tx searchlight.Tx) error {
		return tx.Audit(&searchlight.Event{Type: event, Outcome: searchlight.Failure, Reason: reason, Description: description, Data: data})
	})
	if audited != nil {
		return audited
	}
	return err
}

package app

import (
	"time"

	"github.com/searchlight-bi/searchlight/auth"
)

// Config is how a server is set up. Fields that have a flag are named like
// it.
type Config struct {
	DataDir     string // holds the metadata, the built-in store and the secret key
	MetadataURL string // postgres://… instead of a file in DataDir; then there is no built-in store

	Addr           string   // where the API is served; empty: nowhere, the app is opened for its data alone
	AdminAddr      string   // where metrics are served; empty: nowhere
	PublicURL      string   // where clients find the server; empty: Addr, with https when there is a certificate
	TLSCert        string   // file in PEM; needs TLSKey; empty: the server speaks HTTP
	TLSKey         string   // file in PEM
	AdminPassword  string   // of tsadmin at the first start; empty: a random one
	SecretKey      string   // base64 of 32 bytes, instead of a file in DataDir
	OldSecretKeys  []string // that secrets may still be sealed with
	CSRF           string   // strict, browser or off
	CORSOrigins    []string // web origins whose pages may call the API
	EmbedHosts     []string // web origins that may show pages of the server in a frame
	RedirectHosts  []string // hosts that a sign-in may lead to
	CrossSite      bool     // their pages may belong to another site
	TrustedProxies []string // networks that may name the client
	MaxRows        int      // that one call returns at most; 0: the default
	// ConnectionNetworks are the local networks that connections may lead to.
	ConnectionNetworks []string
	TimeZone           string      // of dates in results; empty: UTC
	Threads            int         // of the built-in engine; 0: all
	MemoryLimit        string      // of the built-in engine, such as 4GB
	MinPassword        int         // characters of new passwords; 0: the default
	PasswordCost       auth.Params // of hashing them; zero: the default

	SMTPAddr         string // host:port of the mail server; empty: no mails are sent
	SMTPTLS          string // starttls, tls or none; empty: starttls
	SMTPUser         string // empty: without signing in
	SMTPPassword     string
	SMTPPasswordFile string   // holds the password instead
	MailFrom         string   // sender of mails
	MailDomains      []string // the only ones that mails go to; empty: all

	Security Security

	SAML SAML

	Now func() time.Time
}

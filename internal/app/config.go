package app

import (
	"time"
)

// Config is how a server is set up. The names of fields are those of the
// flags.
type Config struct {
	DataDir     string // holds the metadata, the built-in store and the secret key
	MetadataURL string // postgres://… instead of a file in DataDir; then there is no built-in store

	Addr           string   // where the API is served; empty: nowhere, the app is opened for its data alone
	AdminAddr      string   // where metrics are served; empty: nowhere
	PublicURL      string   // where clients find the server; empty: http on Addr
	AdminPassword  string   // of tsadmin at the first start; empty: a random one
	SecretKey      string   // base64 of 32 bytes, instead of a file in DataDir
	CSRF           string   // strict, browser or off
	CORSOrigins    []string // web origins whose pages may call the API
	CrossSite      bool     // their pages may belong to another site
	TrustedProxies []string // networks that may name the client
	MaxRows        int      // that one call returns at most; 0: the default
	TimeZone       string   // of dates in results; empty: UTC
	Threads        int      // of the built-in engine; 0: all
	MemoryLimit    string   // of the built-in engine, such as 4GB
	MinPassword    int      // characters of new passwords; 0: the default
	Now            func() time.Time
}

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"github.com/searchlight-bi/searchlight/internal/app"
)

// CLI is the command line. Every flag has an environment variable
// SEARCHLIGHT_<FLAG>, and may stand in a YAML file under its name.
type CLI struct {
	Common

	Serve   ServeCommand   `cmd:"" help:"Run the server."`
	Demo    DemoCommand    `cmd:"" help:"Run the server with the sample retail data, and a worksheet over it."`
	Load    LoadCommand    `cmd:"" help:"Load files as a table: CSV, TSV, JSON, NDJSON, Parquet, Arrow or XLSX."`
	User    UserCommand    `cmd:"" help:"Administer users while the server is stopped."`
	Audit   AuditCommand   `cmd:"" help:"Read the audit log while the server is stopped."`
	Rekey   RekeyCommand   `cmd:"" help:"Encrypt the secrets in the metadata with a new key while the server is stopped."`
	Version VersionCommand `cmd:"" help:"Print the version."`
}

// Common is what every command takes.
type Common struct {
	Config    kong.ConfigFlag `help:"YAML file with flags." placeholder:"FILE"`
	LogLevel  slog.Level      `help:"debug, info, warn or error." default:"info"`
	LogFormat string          `help:"text or json." enum:"text,json" default:"text"`
}

// StoreFlags say where data is kept.
type StoreFlags struct {
	DataDir       string   `help:"Directory of the metadata and the built-in store." default:"./searchlight-data" placeholder:"DIR"`
	MetadataURL   string   `help:"Keep the metadata in PostgreSQL instead: postgres://…" placeholder:"URL"`
	SecretKey     string   `hidden:"" help:"Base64 of the 32 bytes that secrets are encrypted with."`
	OldSecretKeys []string `hidden:"" help:"Keys that secrets may still be encrypted with."`
	Threads       int      `help:"Threads of the built-in engine; 0 takes all." default:"0"`
	MemoryLimit   string   `help:"Memory of the built-in engine, such as 4GB." placeholder:"SIZE"`
	MinPassword   int      `help:"Characters that new passwords need at least; 0 is the default of 10." default:"0"`
}

func (f StoreFlags) config() app.Config {
	return app.Config{DataDir: f.DataDir, MetadataURL: f.MetadataURL, SecretKey: f.SecretKey, OldSecretKeys: f.OldSecretKeys,
		Threads: f.Threads, MemoryLimit: f.MemoryLimit, MinPassword: f.MinPassword}
}

// ServerFlags say how the server is reached, and how it reaches people.
type ServerFlags struct {
	Addr               string   `help:"Address to serve on." default:":8080"`
	AdminAddr          string   `help:"Address to serve metrics on; none when empty." placeholder:"ADDR"`
	PublicURL          string   `help:"Where clients find the server, such as https://bi.example.com." placeholder:"URL"`
	TLSCert            string   `name:"tls-cert" help:"Certificate to serve TLS with, in PEM." placeholder:"FILE"`
	TLSKey             string   `name:"tls-key" help:"Key of the certificate, in PEM." placeholder:"FILE"`
	AdminPassword      string   `hidden:"" help:"Password of tsadmin at the first start."`
	CSRF               string   `name:"csrf" help:"When calls need X-Requested-By: strict, browser or off." enum:"strict,browser,off" default:"strict"`
	CORSOrigins        []string `name:"cors-origins" help:"Web origins whose pages may call the API." placeholder:"ORIGIN"`
	CrossSite          bool     `help:"Let pages of other sites among them use the session."`
	EmbedHosts         []string `help:"Web origins that may show pages of the server in a frame." placeholder:"ORIGIN"`
	RedirectHosts      []string `help:"Hosts that a sign-in may lead to, beside the server and those of embed-hosts." placeholder:"HOST"`
	TrustedProxies     []string `help:"Networks whose X-Forwarded-For is believed." placeholder:"CIDR"`
	MaxRows            int      `help:"Rows that one call returns at most." default:"100000"`
	ConnectionNetworks []string `help:"Local networks that connections may lead to, such as 10.0.0.0/8; none when empty." placeholder:"CIDR"`
	TimeZone           string   `help:"Time zone of dates in results." default:"UTC" placeholder:"NAME"`

	SecurityFlags

	SMTPAddr         string   `name:"smtp-addr" help:"Mail server; no mails are sent when empty." placeholder:"HOST:PORT"`
	SMTPTLS          string   `name:"smtp-tls" help:"How to speak to it: starttls, tls or none." enum:"starttls,tls,none" default:"starttls"`
	SMTPUser         string   `name:"smtp-user" help:"Who signs in there; nobody when empty." placeholder:"NAME"`
	SMTPPassword     string   `name:"smtp-password" hidden:"" help:"The password there."`
	SMTPPasswordFile string   `name:"smtp-password-file" help:"File with the password there." placeholder:"FILE"`
	MailFrom         string   `help:"Sender of mails, such as bi@example.com." placeholder:"ADDRESS"`
	MailDomains      []string `help:"Domains that mails go to, and no others; all when empty." placeholder:"DOMAIN"`

	SAML SAMLFlags `embed:"" prefix:"saml-"`
}

// SAMLFlags say how people sign in by their identity providers.
type SAMLFlags struct {
	IDPMetadata     []string      `name:"idp-metadata" help:"Metadata of identity providers that people may sign in at, as XML." placeholder:"FILE"`
	EntityID        string        `name:"entity-id" help:"Entity id of this server; urn:searchlight:<host>:saml when empty." placeholder:"ID"`
	Cert            string        `help:"Certificate of saml-key, in PEM; both are made when empty." placeholder:"FILE"`
	Key             string        `help:"RSA key that messages to identity providers are signed with, in PEM." placeholder:"FILE"`
	NextCert        string        `help:"Certificate that will follow, published with the first." placeholder:"FILE"`
	MailAttribute   string        `help:"Attribute with the mail address." default:"mail" placeholder:"NAME"`
	NameAttribute   string        `help:"Attribute with the display name." default:"displayName" placeholder:"NAME"`
	GroupsAttribute string        `help:"Attribute with the names of groups." default:"roles" placeholder:"NAME"`
	CreateUsers     bool          `help:"Make accounts for people who have none."`
	MapGroups       bool          `help:"Let the identity provider decide who is in which groups."`
	CreateGroups    bool          `help:"Make groups that it names and that are missing."`
	Unsolicited     bool          `help:"Let sign-ins begin at the identity provider."`
	ForceAuthn      bool          `help:"Ask people to prove who they are each time."`
	SingleLogout    bool          `help:"Sign people out at the identity provider as well."`
	Skew            time.Duration `help:"How far the clocks may differ, an hour at most." default:"180s"`
	MaxAge          time.Duration `help:"How long ago people may have proved who they are; 0 is any time." default:"24h"`
}

func (f ServerFlags) apply(c app.Config) app.Config {
	c.Addr, c.AdminAddr, c.PublicURL, c.AdminPassword = f.Addr, f.AdminAddr, f.PublicURL, f.AdminPassword
	c.TLSCert, c.TLSKey = f.TLSCert, f.TLSKey
	c.CSRF, c.CORSOrigins, c.CrossSite, c.TrustedProxies = f.CSRF, f.CORSOrigins, f.CrossSite, f.TrustedProxies
	c.EmbedHosts, c.RedirectHosts = f.EmbedHosts, f.RedirectHosts
	c.MaxRows, c.TimeZone, c.ConnectionNetworks = f.MaxRows, f.TimeZone, f.ConnectionNetworks
	c.Security = f.SecurityFlags.config()
	c.SMTPAddr, c.SMTPTLS, c.SMTPUser, c.SMTPPassword, c.SMTPPasswordFile = f.SMTPAddr, f.SMTPTLS, f.SMTPUser, f.SMTPPassword, f.SMTPPasswordFile
	c.MailFrom, c.MailDomains = f.MailFrom, f.MailDomains
	c.SAML = app.SAML(f.SAML)
	return c
}

// unseen are the flags that hold secrets and stand in the environment or the
// configuration file only, since everybody on the machine sees command lines.
var unseen = []string{"smtp-password", "old-secret-keys"}

// refuseSecrets fails when a secret stands on the command line.
func refuseSecrets(parsed *kong.Context) error {
	for _, step := range parsed.Path {
		if step.Flag != nil && !step.Resolved && slices.Contains(unseen, step.Flag.Name) {
			return fmt.Errorf("--%s is a secret, which others can see on the command line; give it in the environment as %s or in the configuration file",
				step.Flag.Name, step.Flag.Envs[0])
		}
	}
	return nil
}

// invocation is one run of a command.
type invocation struct {
	*Main
	ctx    context.Context
	common Common
}

func (i *invocation) logger() *slog.Logger {
	o := &slog.HandlerOptions{Level: i.common.LogLevel}
	if i.common.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(i.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(i.Stderr, o))
}

// open opens the program's stores.
func (i *invocation) open(c app.Config) (*app.App, error) {
	a, err := app.Open(i.ctx, c, i.logger())
	if err != nil {
		return nil, &startError{err}
	}
	return a, nil
}

// readConfiguration resolves flags from a YAML file. A key that is no flag is
// an error, so that a slip does not pass unseen.
func readConfiguration(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("the configuration file is no YAML mapping: %w", err)
	}
	return &configuration{values: values}, nil
}

type configuration struct{ values map[string]any }

// Validate implements kong.Resolver.
func (c *configuration) Validate(a *kong.Application) error {
	known := map[string]bool{}
	var collect func(n *kong.Node)
	collect = func(n *kong.Node) {
		for _, f := range n.Flags {
			known[f.Name] = true
		}
		for _, child := range n.Children {
			collect(child)
		}
	}
	collect(a.Node)
	for key := range c.values {
		if !known[key] {
			return fmt.Errorf("the configuration file has the key %q, which is no flag", key)
		}
	}
	return nil
}

// Resolve implements kong.Resolver. The environment comes before the file.
func (c *configuration) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	switch v := c.values[flag.Name].(type) {
	case nil:
		return nil, nil
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = fmt.Sprint(item)
		}
		return strings.Join(parts, ","), nil
	default:
		return fmt.Sprint(v), nil
	}
}

// VersionCommand prints the version.
type VersionCommand struct{}

// Run implements the command.
func (VersionCommand) Run(i *invocation) error {
	fmt.Fprintln(i.Stdout, "searchlight "+version())
	return nil
}

// version is that of the module, or the revision that the binary was built of.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "dev-" + s.Value[:12]
		}
	}
	return "dev"
}

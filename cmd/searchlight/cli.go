package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

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
	DataDir     string `help:"Directory of the metadata and the built-in store." default:"./searchlight-data" placeholder:"DIR"`
	MetadataURL string `help:"Keep the metadata in PostgreSQL instead: postgres://…" placeholder:"URL"`
	SecretKey   string `hidden:"" help:"Base64 of the 32 bytes that secrets are sealed with."`
	Threads     int    `help:"Threads of the built-in engine; 0 takes all." default:"0"`
	MemoryLimit string `help:"Memory of the built-in engine, such as 4GB." placeholder:"SIZE"`
	MinPassword int    `help:"Characters that new passwords need at least; 0 is the default of 10." default:"0"`
}

func (f StoreFlags) config() app.Config {
	return app.Config{DataDir: f.DataDir, MetadataURL: f.MetadataURL, SecretKey: f.SecretKey,
		Threads: f.Threads, MemoryLimit: f.MemoryLimit, MinPassword: f.MinPassword}
}

// ServerFlags say how the server is reached.
type ServerFlags struct {
	Addr           string   `help:"Address to serve on." default:":8080"`
	AdminAddr      string   `help:"Address to serve metrics on; none when empty." placeholder:"ADDR"`
	PublicURL      string   `help:"Where clients find the server, such as https://bi.example.com." placeholder:"URL"`
	AdminPassword  string   `hidden:"" help:"Password of tsadmin at the first start."`
	CSRF           string   `name:"csrf" help:"When calls need X-Requested-By: strict, browser or off." enum:"strict,browser,off" default:"strict"`
	CORSOrigins    []string `name:"cors-origins" help:"Web origins whose pages may call the API." placeholder:"ORIGIN"`
	CrossSite      bool     `help:"Let pages of other sites among them use the session."`
	TrustedProxies []string `help:"Networks whose X-Forwarded-For is believed." placeholder:"CIDR"`
	MaxRows        int      `help:"Rows that one call returns at most." default:"100000"`
	TimeZone       string   `help:"Time zone of dates in results." default:"UTC" placeholder:"NAME"`
}

func (f ServerFlags) apply(c app.Config) app.Config {
	c.Addr, c.AdminAddr, c.PublicURL, c.AdminPassword = f.Addr, f.AdminAddr, f.PublicURL, f.AdminPassword
	c.CSRF, c.CORSOrigins, c.CrossSite, c.TrustedProxies = f.CSRF, f.CORSOrigins, f.CrossSite, f.TrustedProxies
	c.MaxRows, c.TimeZone = f.MaxRows, f.TimeZone
	return c
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

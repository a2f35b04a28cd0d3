package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	postgresengine "github.com/searchlight-bi/searchlight/engine/postgres"
	"github.com/searchlight-bi/searchlight/internal/memo"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/seal"
	duckdbdialect "github.com/searchlight-bi/searchlight/sqlgen/duckdb"
	postgresdialect "github.com/searchlight-bi/searchlight/sqlgen/postgres"
)

// databases opens the engines behind connections, each once, and anew when its
// connection changes.
type databases struct {
	store    searchlight.Store
	embedded *duckdbengine.Engine // nil: this server has no built-in store
	loads    atomic.Int64         // of files into the built-in store
	claimed  sync.Map             // names in lower case of its tables that somebody works on
	secrets  *seal.Sealer
	gate     gate // which addresses connections lead to
	log      *slog.Logger

	known memo.Memo[searchlight.GUID, *openConnection] // those that the store has not moved past

	mu   sync.Mutex
	open map[searchlight.GUID]*openConnection
}

var (
	_ query.Engines      = (*databases)(nil)
	_ metadata.Databases = (*databases)(nil)
)

// Engine implements query.Engines.
func (d *databases) Engine(ctx context.Context, id searchlight.GUID) (query.Engine, error) {
	if id == searchlight.EmbeddedConnectionID {
		if d.embedded == nil {
			return query.Engine{}, searchlight.Errorf(searchlight.CodeInvalid,
				"This server has no built-in store; the data source must be on a connection")
		}
		return query.Engine{Engine: d.embedded, Dialect: duckdbdialect.Dialect{}, DataVersion: d.loads.Load()}, nil
	}
	state, err := d.store.Version(ctx)
	if err != nil {
		return query.Engine{}, err
	}
	c, ok := d.known.Get(state, id)
	if !ok {
		if c, err = d.connection(ctx, id); err != nil {
			return query.Engine{}, err
		}
		d.known.Put(state, id, c)
	}
	return query.Engine{Engine: c, Dialect: postgresdialect.Dialect{}, DataVersion: c.version}, nil
}

// connection opens a stored connection, or finds it open.
func (d *databases) connection(ctx context.Context, id searchlight.GUID) (*openConnection, error) {
	var o *searchlight.Object
	err := d.store.View(ctx, func(tx searchlight.Tx) (err error) {
		o, err = tx.Object(id)
		return err
	})
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeNotFound {
		return nil, &searchlight.Error{Code: searchlight.CodeEngine, Message: "The connection of the data source does not exist any more", Err: err}
	}
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	known, ok := d.open[id]
	d.mu.Unlock()
	if ok && known.version == o.Version {
		return known, nil
	}
	var c searchlight.Connection
	if err := json.Unmarshal(o.Content, &c); err != nil {
		return nil, fmt.Errorf("app: content of connection %s: %w", id, err)
	}
	e, err := d.connect(ctx, id, &c)
	if err != nil {
		return nil, &searchlight.Error{Code: searchlight.CodeEngine, Message: "The database behind the data source cannot be reached", Err: err}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if now, ok := d.open[id]; ok && now.version >= o.Version {
		go d.close(e) // another was faster
		return now, nil
	} else if ok {
		now.replace()
	}
	opened := &openConnection{Engine: e, databases: d, id: id, version: o.Version}
	d.open[id] = opened
	return opened, nil
}

func (d *databases) close(e engine.Engine) {
	if err := e.Close(); err != nil {
		d.log.Warn("closing a connection failed", "error", err)
	}
}

// connect opens a connection as its properties have it.
func (d *databases) connect(ctx context.Context, id searchlight.GUID, c *searchlight.Connection) (engine.Engine, error) {
	if c.Type != searchlight.PostgresConnectionType {
		return nil, fmt.Errorf("connections of type %s are not available", c.Type)
	}
	p := map[string]string{"host": "localhost", "port": "5432"}
	for _, property := range c.Properties {
		value := property.Value
		if property.Sealed != nil {
			secret, err := d.secrets.Open(property.Sealed, metadata.SecretContext(id, property.Key))
			if err != nil {
				return nil, fmt.Errorf("property %s: %w", property.Key, err)
			}
			value = secret
		}
		if value != "" {
			p[strings.ToLower(property.Key)] = value
		}
	}
	return postgresengine.Open(ctx, postgresURL(p), postgresengine.Options{Dial: d.gate.dial})
}

func postgresURL(p map[string]string) string {
	u := url.URL{Scheme: "postgres", Host: net.JoinHostPort(p["host"], p["port"]), Path: "/" + p["database"]}
	if p["user"] != "" {
		u.User = url.UserPassword(p["user"], p["password"])
	}
	q := url.Values{}
	for _, key := range []string{"sslmode", "application_name"} { // none that names a file of this machine
		if p[key] != "" {
			q.Set(key, p[key])
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Knows implements metadata.Databases.
func (d *databases) Knows(connectionType string) bool {
	return connectionType == searchlight.PostgresConnectionType || connectionType == searchlight.EmbeddedConnectionType && d.embedded != nil
}

// Describe implements metadata.Databases.
func (d *databases) Describe(ctx context.Context, id searchlight.GUID, c *searchlight.Connection, t engine.Table) ([]engine.Column, error) {
	if id == searchlight.EmbeddedConnectionID {
		if d.embedded == nil {
			return nil, &engine.Error{Kind: engine.KindUnreachable, Message: "this server has no built-in store"}
		}
		return d.embedded.Describe(ctx, t)
	}
	// The connection may differ from the stored one of that GUID, so it is
	// opened for this call.
	e, err := d.connect(ctx, id, c)
	if err != nil {
		return nil, err
	}
	defer d.close(e)
	return e.Describe(ctx, t)
}

// claim keeps others from loading and dropping a table of the built-in store
// until release is called.
func (d *databases) claim(table string) (release func(), err error) {
	name := strings.ToLower(table)
	if _, busy := d.claimed.LoadOrStore(name, true); busy {
		return nil, searchlight.Errorf(searchlight.CodeConflict, "The table %s is being loaded or deleted; try again when that is done", table)
	}
	return func() { d.claimed.Delete(name) }, nil
}

// Drop implements metadata.Databases. The tables go when their objects have
// gone: if the server ends between the two, a table that has no object gets one
// at the next start, for administrators.
func (d *databases) Drop(ctx context.Context, tables []engine.Table, forget func() error) error {
	if d.embedded == nil {
		return forget()
	}
	for _, t := range tables {
		release, err := d.claim(t.Name)
		if err != nil {
			return err
		}
		defer release()
	}
	// A caller who leaves ends the wait for loads of other tables; once objects
	// are forgotten their tables must go.
	quote := duckdbdialect.Dialect{}.Ident
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	hold := context.AfterFunc(ctx, cancel)
	err := d.embedded.Update(waiting, func(tx *duckdbengine.Tx) error {
		for _, t := range tables {
			drop := "DROP TABLE IF EXISTS " + quote(t.Schema) + "." + quote(t.Name)
			if _, err := tx.Exec(waiting, engine.Statement{SQL: drop}); err != nil {
				return err
			}
		}
		if !hold() {
			return context.Cause(ctx)
		}
		return forget()
	})
	d.loads.Add(1)
	return err
}

// uploads lists the tables of the built-in store.
func (d *databases) uploads(ctx context.Context, only string) ([]metadata.Upload, error) {
	names, err := d.embedded.Tables(ctx)
	if err != nil {
		return nil, err
	}
	var out []metadata.Upload
	for _, t := range names {
		if only != "" && t.Name != only {
			continue
		}
		columns, err := d.embedded.Describe(ctx, t)
		if err != nil {
			return nil, err
		}
		out = append(out, metadata.Upload{Table: t, Columns: columns})
	}
	return out, nil
}

func (d *databases) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.open {
		d.close(c.Engine)
	}
	d.open = nil
	if d.embedded != nil {
		d.close(d.embedded)
	}
}

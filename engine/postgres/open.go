package postgres

import (
	"context"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/searchlight-bi/searchlight/engine"
)

// Options are the settings of an engine. The zero value suits a server.
type Options struct {
	// MaxConnections bounds the queries that run at once; others wait. 0 is
	// defaultMaxConnections, or what pool_max_conns of the DSN says.
	MaxConnections int
	// StatementTimeout ends longer statements in the database; 0 leaves the
	// database's own setting.
	StatementTimeout time.Duration
	// ConnectTimeout bounds the making of a connection; 0 is
	// defaultConnectTimeout, or what connect_timeout of the DSN says.
	ConnectTimeout time.Duration
	// Dial makes the connections to the database's address; nil: any address
	// will do.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

const (
	defaultMaxConnections = 10
	defaultConnectTimeout = 10 * time.Second
	// cancelGrace is how long the database may take to obey a cancel request
	// before the connection is cut.
	cancelGrace = 3 * time.Second
)

// Engine is a pool of connections to one database.
type Engine struct {
	pool *pgxpool.Pool
}

var _ engine.Engine = (*Engine)(nil)

// Open makes an engine for a DSN, a postgres:// URL or a list of keywords and
// values, and checks that the database answers. It fails with an engine.Error
// of KindUnreachable.
//
// Sessions are read-only by default, which keeps mistakes out, not malice:
// give the login no more than the right to read.
func Open(ctx context.Context, dsn string, o Options) (*Engine, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, unreachable(err)
	}
	switch {
	case o.MaxConnections > 0:
		config.MaxConns = int32(min(o.MaxConnections, 1<<16))
	case config.MaxConns < defaultMaxConnections:
		config.MaxConns = defaultMaxConnections
	}
	conn := config.ConnConfig
	switch {
	case o.ConnectTimeout > 0:
		conn.ConnectTimeout = o.ConnectTimeout
	case conn.ConnectTimeout == 0 || conn.ConnectTimeout > defaultConnectTimeout:
		conn.ConnectTimeout = defaultConnectTimeout
	}
	if o.Dial != nil {
		conn.DialFunc = o.Dial
	}
	settings := map[string]string{
		"TimeZone":                      "UTC",
		"client_encoding":               "UTF8",
		"DateStyle":                     "ISO",
		"IntervalStyle":                 "postgres",
		"extra_float_digits":            "1",
		"default_transaction_read_only": "on",
	}
	if _, ok := conn.RuntimeParams["application_name"]; !ok {
		settings["application_name"] = "searchlight"
	}
	if o.StatementTimeout > 0 {
		settings["statement_timeout"] = strconv.FormatInt(max(1, o.StatementTimeout.Milliseconds()), 10)
	}
	for name, value := range settings {
		conn.RuntimeParams[name] = value
	}
	// The end of a context asks the database to stop; the connection lives on.
	conn.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelGrace}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, unreachable(err)
	}
	e := &Engine{pool: pool}
	if err := e.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return e, nil
}

// Ping implements engine.Engine.
func (e *Engine) Ping(ctx context.Context) error {
	c, err := e.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return newError(ctx, c.Conn().Ping(ctx))
}

// Close waits for running queries to be closed, then closes the connections.
func (e *Engine) Close() error {
	e.pool.Close()
	return nil
}

func (e *Engine) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	c, err := e.pool.Acquire(ctx)
	if err == nil {
		return c, nil
	}
	if cause := ctx.Err(); cause != nil {
		return nil, errCancelled(cause)
	}
	return nil, unreachable(err)
}

package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/searchlight-bi/searchlight/store/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options are the settings of a store; the zero value works.
type Options = sqlstore.Options

// Store is a searchlight.Store in a PostgreSQL database.
type Store = sqlstore.Store

// Open connects to the database of a postgres:// URL, in which pool_max_conns
// and the other settings of pgxpool are understood, and brings its schema up to
// date; servers that start at the same time do so one after another. It fails,
// and changes nothing, when the database was written by a newer version. Its
// errors never hold the password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open the metadata database: %w", err) // pgx masks the password
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	// A plan that is kept was made for tables as they were then: one for empty
	// tables goes through them from end to end when they have grown. And no
	// statement takes so long that it would pay to compile it.
	config.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_custom_plan"
	config.ConnConfig.RuntimeParams["jit"] = "off"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the metadata database: %w", err)
	}
	directory, err := fs.Sub(migrations, "migrations")
	if err != nil {
		pool.Close()
		return nil, err
	}
	b := &backend{pool: pool, reader: stdlib.OpenDBFromPool(pool), writer: stdlib.OpenDBFromPool(pool)}
	b.writer.SetMaxOpenConns(1)
	store, err := sqlstore.Open(ctx, b, directory, o)
	if err != nil {
		return nil, fmt.Errorf("open the metadata database on %s: %w", config.ConnConfig.Host, err)
	}
	return store, nil
}

// backend writes on one connection at a time: those who would wait for the lock
// wait in Go, and leave the connections to those who read.
type backend struct {
	pool           *pgxpool.Pool
	reader, writer *sql.DB
}

var _ sqlstore.Backend = (*backend)(nil)

func (b *backend) Reader() *sql.DB { return b.reader }

func (b *backend) View(ctx context.Context) (*sql.Tx, error) {
	return b.reader.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// Locking a table takes no snapshot, so a transaction that waited for the one
// before sees what that wrote, and nobody has to run again. The lock is what
// makes them run one by one; serializable isolation would add nothing but locks
// on what is read, which all databases of the server share the memory for. A
// server that hangs or is cut off in the middle loses the lock after a while.
const lockForUpdate = `SET LOCAL idle_in_transaction_session_timeout = '60s'; LOCK TABLE version IN EXCLUSIVE MODE`

func (b *backend) Update(ctx context.Context) (*sql.Tx, error) {
	return b.begin(ctx, sql.LevelRepeatableRead, lockForUpdate)
}

// The number of the lock means nothing; every version must use the same one.
const lockForMigrate = `SELECT pg_advisory_xact_lock(7308327815842984)`

// Migrate reads committed data, because its lock does take a snapshot.
func (b *backend) Migrate(ctx context.Context) (*sql.Tx, error) {
	return b.begin(ctx, sql.LevelReadCommitted, lockForMigrate)
}

func (b *backend) begin(ctx context.Context, level sql.IsolationLevel, lock string) (*sql.Tx, error) {
	tx, err := b.writer.BeginTx(ctx, &sql.TxOptions{Isolation: level})
	if err != nil {
		return nil, err
	}
	if err := b.RunScript(ctx, tx, lock); err != nil {
		_ = tx.Rollback()
		return nil, err
	}
	return tx, nil
}

func (b *backend) RunScript(ctx context.Context, tx *sql.Tx, script string) error {
	// Only the simple protocol takes several statements.
	_, err := tx.ExecContext(ctx, script, pgx.QueryExecModeSimpleProtocol)
	return err
}

func (b *backend) Statement(statement string) string {
	parts := strings.Split(statement, "?")
	var numbered strings.Builder
	for i, part := range parts {
		if i > 0 {
			numbered.WriteString("$" + strconv.Itoa(i))
		}
		numbered.WriteString(part)
	}
	return numbered.String()
}

func (b *backend) Elements() string { return `SELECT jsonb_array_elements_text(?::jsonb)` }

// Listed makes an array, once: PostgreSQL would make a join of IN, also inside
// of what is asked for each row.
func (b *backend) Listed(column string) string {
	return column + ` = ANY (ARRAY(` + b.Elements() + `))`
}

// Among makes a hash table, once: an array would be gone through for each row.
// IS TRUE keeps PostgreSQL from making a join of IN.
func (b *backend) Among(column string) string {
	return `(` + column + ` IN (` + b.Elements() + `)) IS TRUE`
}

func (b *backend) Pairs() string {
	return `(SELECT list.key, element.value FROM jsonb_each(?::jsonb) list, jsonb_array_elements_text(list.value) element) pairs`
}

func (b *backend) Unordered(column string) string { return column }

// The codes of PostgreSQL that mean something to the store.
const (
	codeUniqueViolation      = "23505"
	codeForeignKeyViolation  = "23503"
	codeSerializationFailure = "40001"
	codeDeadlockDetected     = "40P01"
	codeTooManyConnections   = "53300"
	classConnection          = "08"
	classShutdown            = "57P"
)

func (b *backend) Explain(query string) string { return `EXPLAIN ` + query }

func (b *backend) Classify(err error) sqlstore.Failure {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch {
		case e.Code == codeSerializationFailure, e.Code == codeDeadlockDetected:
			return sqlstore.FailureRetry
		case e.Code == codeUniqueViolation:
			return sqlstore.FailureDuplicate
		case e.Code == codeForeignKeyViolation:
			return sqlstore.FailureDangling
		case e.Code == codeTooManyConnections, strings.HasPrefix(e.Code, classConnection), strings.HasPrefix(e.Code, classShutdown):
			return sqlstore.FailureUnavailable
		}
		return sqlstore.FailureOther
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return sqlstore.FailureUnavailable
	}
	return sqlstore.FailureOther
}

func (b *backend) Ping(ctx context.Context) error { return b.pool.Ping(ctx) }

func (b *backend) Close() error {
	err := errors.Join(b.reader.Close(), b.writer.Close())
	b.pool.Close()
	return err
}

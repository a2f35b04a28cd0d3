package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"

	"github.com/searchlight-bi/searchlight/store/sqlstore"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options are the settings of a store; the zero value works.
type Options = sqlstore.Options

// staleness is how long the commands that run beside a server may wait to be
// noticed by it.
const staleness = 250 * time.Millisecond

// Store is a searchlight.Store in a SQLite file.
type Store = sqlstore.Store

// Open opens the database file, which it creates if there is none, readable
// for its owner alone; the directory must exist. It fails, and changes nothing,
// when the file is no database or was written by a newer version.
//
// Several processes may open the file; their writes wait for each other. What
// Update has written is on the disk when it returns.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	b, err := connect(path)
	if err != nil {
		return nil, fmt.Errorf("open the metadata database %s: %w", path, err)
	}
	directory, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if o.Staleness == 0 {
		o.Staleness = staleness
	}
	store, err := sqlstore.Open(ctx, b, directory, o)
	if err != nil {
		return nil, fmt.Errorf("open the metadata database %s: %w", path, err)
	}
	return store, nil
}

// backend has one connection that writes, so that writes queue in Go, where a
// context can end the wait, and several that read while it writes.
type backend struct {
	writer, reader *sql.DB
}

var _ sqlstore.Backend = (*backend)(nil)

func connect(path string) (*backend, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// Only a new file is opened here: closing an old one would give up the
	// locks that other connections of this process hold on it.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		if err := file.Close(); err != nil {
			return nil, err
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, err
	}

	settings := url.Values{
		"_busy_timeout": {"10000"}, // other processes, in milliseconds
		"_foreign_keys": {"true"},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"}, // a commit survives the loss of power
		// Requests ask the same few questions again and again.
		"_stmt_cache_size": {"100"},
	}
	b := &backend{}
	settings.Set("_txlock", "immediate")
	// Enough, in KiB, for ten thousand users at once: pages that must leave the
	// cache before the end of the transaction are written twice.
	settings.Set("_cache_size", "-16000")
	if b.writer, err = sql.Open("sqlite3", location(path, settings)); err != nil {
		return nil, err
	}
	settings.Del("_cache_size")
	settings.Set("_txlock", "deferred")
	settings.Set("_query_only", "true")
	if b.reader, err = sql.Open("sqlite3", location(path, settings)); err != nil {
		_ = b.writer.Close()
		return nil, err
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	b.writer.SetMaxOpenConns(1)
	b.reader.SetMaxOpenConns(readers)
	b.reader.SetMaxIdleConns(readers)
	return b, nil
}

func location(path string, settings url.Values) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: settings.Encode()}
	return u.String()
}

func (b *backend) View(ctx context.Context) (*sql.Tx, error)    { return b.reader.BeginTx(ctx, nil) }
func (b *backend) Reader() *sql.DB                              { return b.reader }
func (b *backend) Update(ctx context.Context) (*sql.Tx, error)  { return b.writer.BeginTx(ctx, nil) }
func (b *backend) Migrate(ctx context.Context) (*sql.Tx, error) { return b.writer.BeginTx(ctx, nil) }

func (b *backend) RunScript(ctx context.Context, tx *sql.Tx, script string) error {
	_, err := tx.ExecContext(ctx, script)
	return err
}

func (b *backend) Statement(statement string) string { return statement }

func (b *backend) Elements() string { return `SELECT value FROM json_each(?)` }

func (b *backend) Listed(column string) string { return column + ` IN (` + b.Elements() + `)` }

func (b *backend) Among(column string) string { return b.Listed(b.Unordered(column)) }

func (b *backend) Pairs() string {
	return `(SELECT list.key, element.value FROM json_each(?) list, json_each(list.value) element) pairs`
}

// Unordered: the planner of SQLite does not see what LIMIT saves.
func (b *backend) Unordered(column string) string { return `+` + column }

func (b *backend) Explain(query string) string { return `EXPLAIN QUERY PLAN ` + query }

func (b *backend) Classify(err error) sqlstore.Failure {
	e, ok := errors.AsType[sqlite3.Error](err)
	if !ok {
		return sqlstore.FailureOther
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey, sqlite3.ErrConstraintRowID:
		return sqlstore.FailureDuplicate
	case sqlite3.ErrConstraintForeignKey:
		return sqlstore.FailureDangling
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return sqlstore.FailureUnavailable
	}
	return sqlstore.FailureOther
}

func (b *backend) Ping(ctx context.Context) error {
	var one int
	return b.reader.QueryRowContext(ctx, `SELECT 1 FROM version`).Scan(&one)
}

func (b *backend) Close() error { return errors.Join(b.reader.Close(), b.writer.Close()) }

package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/store/sqlite"
	"github.com/searchlight-bi/searchlight/store/storetest"
)

func open(t testing.TB, path string, now func() time.Time) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// The path holds what means something in a URI.
func path(t testing.TB) string { return filepath.Join(t.TempDir(), "meta data?#%41.db") }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) searchlight.Store {
		return open(t, path(t), now)
	})
}

func TestSharedStore(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T, now func() time.Time) (first, second searchlight.Store) {
		path := path(t)
		return open(t, path, now), open(t, path, now)
	})
}

func TestT60_TamperingWithTheAuditLog(t *testing.T) {
	var file string
	storetest.RunTampering(t, func(t *testing.T, now func() time.Time) searchlight.Store {
		file = path(t)
		return open(t, file, now)
	}, func(statement string) error { return execute(file, statement) }, `
		DROP TRIGGER audit_log_insert; DROP TRIGGER audit_log_update; DROP TRIGGER audit_log_delete; DROP TRIGGER audit_anchor_update`)
}

func TestCopies(t *testing.T) {
	var file string
	storetest.RunCopies(t, func(t *testing.T, now func() time.Time) searchlight.Store {
		file = path(t)
		return open(t, file, now)
	}, func(query string) (n int, err error) {
		location := url.URL{Scheme: "file", Path: file}
		db, err := sql.Open("sqlite3", location.String())
		if err != nil {
			return 0, err
		}
		err = db.QueryRow(query).Scan(&n)
		return n, errors.Join(err, db.Close())
	})
}

func execute(path, statement string) error {
	location := url.URL{Scheme: "file", Path: path}
	db, err := sql.Open("sqlite3", location.String())
	if err != nil {
		return err
	}
	_, err = db.Exec(statement)
	return errors.Join(err, db.Close())
}

func TestPlans(t *testing.T) {
	// The tables of the lists, by their aliases, without an index.
	scan := regexp.MustCompile(`(?m)^SCAN (a|c|g|m|n|o|p|u|v|x|ot|part|whole)$`)
	along := regexp.MustCompile(`(?m)\((principal_id|author)=\?\)$`)
	storetest.RunPlans(t, open(t, path(t), time.Now), func() {}, scan, along)
}

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B, now func() time.Time) searchlight.Store {
		return open(b, path(b), now)
	}, func() {})
}

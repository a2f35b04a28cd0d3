// Package store_test compares the schemas of the metadata stores.
package store_test

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // driver pgx
	_ "github.com/mattn/go-sqlite3"    // driver sqlite3

	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/store/postgres"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

// column is what both databases must have alike.
type column struct {
	Table, Name string
	NotNull     bool
}

func TestSchemasAreAlike(t *testing.T) {
	postgresURL, sqlitePath := pgtest.Database(t), filepath.Join(t.TempDir(), "metadata.db")
	first, err := postgres.Open(t.Context(), postgresURL, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	second, err := sqlite.Open(t.Context(), sqlitePath, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = second.Close() }()

	const postgresColumns = `SELECT table_name, column_name, is_nullable = 'NO' FROM information_schema.columns
		WHERE table_schema = 'public' ORDER BY table_name COLLATE "C", ordinal_position`
	const sqliteColumns = `SELECT m.name, c.name, c."notnull" OR c.pk > 0 FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name, c.cid`
	sqliteURL := url.URL{Scheme: "file", Path: sqlitePath}
	got := read(t, "sqlite3", sqliteURL.String(), sqliteColumns, scanColumn)
	if want := read(t, "pgx", postgresURL, postgresColumns, scanColumn); !cmp.Equal(got, want) || len(want) < 60 {
		t.Errorf("the columns of PostgreSQL (-) and SQLite (+) differ:\n%s", cmp.Diff(want, got))
	}

	const postgresIndexes = `SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\_pkey' AND indexname NOT LIKE '%\_key' ORDER BY indexname COLLATE "C"`
	const sqliteIndexes = `SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite%' ORDER BY name`
	indexes := read(t, "sqlite3", sqliteURL.String(), sqliteIndexes, scanName)
	if want := read(t, "pgx", postgresURL, postgresIndexes, scanName); !cmp.Equal(indexes, want) || len(want) < 10 {
		t.Errorf("the indexes of PostgreSQL (-) and SQLite (+) differ:\n%s", cmp.Diff(want, indexes))
	}
}

func scanColumn(rows *sql.Rows, c *column) error  { return rows.Scan(&c.Table, &c.Name, &c.NotNull) }
func scanName(rows *sql.Rows, name *string) error { return rows.Scan(name) }

func read[T any](t *testing.T, driver, dsn, query string, scan func(*sql.Rows, *T) error) (values []T) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var value T
		if err := scan(rows, &value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

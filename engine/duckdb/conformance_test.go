package duckdb_test

import (
	"testing"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/engine/enginetest"
)

func TestConformance(t *testing.T) {
	enginetest.Run(t, enginetest.Harness{
		Open: func(t *testing.T) engine.Engine { return open(t, "", duckdb.Options{}) },
		Exec: func(t *testing.T, e engine.Engine, sql string) {
			t.Helper()
			exec(t, e.(*duckdb.Engine), sql)
		},
	})
}

func open(t testing.TB, path string, o duckdb.Options) *duckdb.Engine {
	t.Helper()
	e, err := duckdb.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func exec(t testing.TB, e *duckdb.Engine, sql string, args ...any) int64 {
	t.Helper()
	n, err := e.Exec(t.Context(), engine.Statement{SQL: sql, Args: args})
	if err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
	return n
}

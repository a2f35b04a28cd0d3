package postgres_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/enginetest"
	"github.com/searchlight-bi/searchlight/engine/postgres"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
)

func TestConformance(t *testing.T) {
	// Engines are read-only, so tables are made past them.
	dsns := map[engine.Engine]string{}
	enginetest.Run(t, enginetest.Harness{
		Open: func(t *testing.T) engine.Engine {
			dsn := pgtest.Database(t)
			e := open(t, dsn, postgres.Options{})
			dsns[e] = dsn
			return e
		},
		Exec: func(t *testing.T, e engine.Engine, sql string) {
			t.Helper()
			exec(t, dsns[e], sql)
		},
	})
}

func open(t testing.TB, dsn string, o postgres.Options) *postgres.Engine {
	t.Helper()
	e, err := postgres.Open(t.Context(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func exec(t testing.TB, dsn, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%.200s: %v", sql, err)
	}
}

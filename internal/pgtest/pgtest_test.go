package pgtest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/searchlight-bi/searchlight/internal/pgtest"
)

func TestDatabaseIsEmptyAndItsOwn(t *testing.T) {
	first, second := pgtest.Database(t), pgtest.Database(t)
	if first == second {
		t.Fatalf("both databases are %s", first)
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, first)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var tables int
	err = conn.QueryRow(ctx, `SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'`).Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d tables, error %v; want none", tables, err)
	}
}

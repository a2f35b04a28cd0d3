package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/store/postgres"
	"github.com/searchlight-bi/searchlight/store/storetest"
)

func open(t testing.TB, url string, now func() time.Time) *postgres.Store {
	t.Helper()
	store, err := postgres.Open(context.Background(), url, postgres.Options{Now: now})
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

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) searchlight.Store {
		return open(t, pgtest.Database(t), now)
	})
}

func TestSharedStore(t *testing.T) {
	storetest.RunShared(t, func(t *testing.T, now func() time.Time) (first, second searchlight.Store) {
		url := pgtest.Database(t)
		return open(t, url, now), open(t, url, now)
	})
}

func BenchmarkStore(b *testing.B) {
	url := pgtest.Database(b)
	storetest.Benchmark(b, func(b *testing.B, now func() time.Time) searchlight.Store {
		return open(b, url, now)
	}, func() { execute(b, url, `VACUUM ANALYZE`) })
}

func execute(t testing.TB, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

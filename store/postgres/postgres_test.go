package postgres_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
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

func TestT60_TamperingWithTheAuditLog(t *testing.T) {
	var url string
	storetest.RunTampering(t, func(t *testing.T, now func() time.Time) searchlight.Store {
		url = pgtest.Database(t)
		return open(t, url, now)
	}, func(statement string) error { return try(url, statement) },
		`DROP TRIGGER audit_log_rows ON audit_log; DROP TRIGGER audit_anchor_rows ON audit_anchor`)

	url = pgtest.Database(t)
	open(t, url, time.Now)
	for _, table := range []string{"audit_log", "audit_anchor"} {
		if err := try(url, `TRUNCATE `+table); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: error %v, want that the log is append-only", table, err)
		}
	}
}

func TestCopies(t *testing.T) {
	var url string
	storetest.RunCopies(t, func(t *testing.T, now func() time.Time) searchlight.Store {
		url = pgtest.Database(t)
		return open(t, url, now)
	}, func(query string) (n int, err error) {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return 0, err
		}
		err = conn.QueryRow(t.Context(), query).Scan(&n)
		return n, errors.Join(err, conn.Close(t.Context()))
	})
}

func TestPlans(t *testing.T) {
	url := pgtest.Database(t)
	scan := regexp.MustCompile(`Seq Scan on (objects|object_columns|access|grants|users|group_users|names|name_pieces)`)
	along := regexp.MustCompile(`Index Cond: \((principal_id|author) = [^)]*\)$`)
	storetest.RunPlans(t, open(t, url, time.Now), func() { execute(t, url, `VACUUM ANALYZE`) }, scan, along)
}

func BenchmarkStore(b *testing.B) {
	url := pgtest.Database(b)
	storetest.Benchmark(b, func(b *testing.B, now func() time.Time) searchlight.Store {
		return open(b, url, now)
	}, func() { execute(b, url, `VACUUM ANALYZE`) })
}

func execute(t testing.TB, url, statement string) {
	t.Helper()
	if err := try(url, statement); err != nil {
		t.Fatal(err)
	}
}

func try(url, statement string) error {
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(context.Background(), statement)
	return errors.Join(err, conn.Close(context.Background()))
}

package sqlite_test

import (
	"context"
	"path/filepath"
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

func BenchmarkStore(b *testing.B) {
	storetest.Benchmark(b, func(b *testing.B, now func() time.Time) searchlight.Store {
		return open(b, path(b), now)
	}, func() {})
}

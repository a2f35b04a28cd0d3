package sqlite_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/store/sqlite"
)

// changed makes a database, changes it behind the back of the store, and
// returns its path.
func changed(t *testing.T, statement string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "metadata.db")
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenRefuses(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "garbage.db")
	if err := os.WriteFile(garbage, bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, path, want string }{
		{"Newer", changed(t, `INSERT INTO schema_migrations VALUES ('0099_future', 'x', 0)`),
			"written by a newer version of Searchlight: this version does not know its migration 0099_future"},
		{"Other", changed(t, `UPDATE schema_migrations SET checksum = 'x'`), "its migration 0001_initial was another one"},
		{"Garbage", garbage, "not a database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, err := os.ReadFile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = sqlite.Open(t.Context(), c.path, sqlite.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, c.want)
			}
			if after, err := os.ReadFile(c.path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed, or is gone: %v", err)
			}
		})
	}
	if _, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "none", "metadata.db"), sqlite.Options{}); err == nil {
		t.Error("a missing directory is no error")
	}
}

func TestFileIsPrivate(t *testing.T) {
	path := path(t)
	open(t, path, time.Now)
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the mode of %s is %s", name, info.Mode())
		}
	}
}

func TestConcurrentOpen(t *testing.T) {
	path := path(t)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

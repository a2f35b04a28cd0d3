package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/store/postgres"
)

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ name, statement, want string }{
		{"Newer", `INSERT INTO schema_migrations VALUES ('0099_future', 'x', 0)`,
			"written by a newer version of Searchlight: this version does not know its migration 0099_future"},
		{"Other", `UPDATE schema_migrations SET checksum = 'x'`, "its migration 0001_initial was another one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := pgtest.Database(t)
			open(t, url, time.Now)
			execute(t, url, c.statement)
			_, err := postgres.Open(t.Context(), url, postgres.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, c.want)
			}
		})
	}
}

func TestOpenHidesPassword(t *testing.T) {
	for _, url := range []string{
		"postgres://someone:hunter2@127.0.0.1:1/none?connect_timeout=2",
		"postgres://someone:hunter2@127.0.0.1:port/none",
	} {
		_, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error %v, want one without the password", err)
		}
	}
}

func TestConcurrentOpen(t *testing.T) {
	url := pgtest.Database(t)
	var group sync.WaitGroup
	for range 5 {
		group.Go(func() {
			store, err := postgres.Open(t.Context(), url, postgres.Options{})
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

// Who waits to write keeps nobody from reading.
func TestReadingBesideManyWhoWait(t *testing.T) {
	store := open(t, pgtest.Database(t), time.Now)
	const writers = 20
	var group sync.WaitGroup
	defer group.Wait()
	err := store.Update(t.Context(), func(searchlight.Tx) error {
		var begun sync.WaitGroup
		begun.Add(writers)
		for range writers {
			group.Go(func() {
				begun.Done()
				if err := store.Update(t.Context(), func(searchlight.Tx) error { return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		begun.Wait()
		for range 50 { // the last of them may not have got that far
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			err := store.View(ctx, func(tx searchlight.Tx) error { _, err := tx.Version(); return err })
			cancel()
			if err != nil {
				return err
			}
			time.Sleep(2 * time.Millisecond)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Locks on what is read outlive their transaction while another is open, in any
// database of the server: together they can use up the memory for them.
func TestUpdateKeepsNoLocksOnWhatItReads(t *testing.T) {
	url := pgtest.Database(t)
	store := open(t, url, time.Now)
	err := store.Update(t.Context(), func(tx searchlight.Tx) error {
		users, err := tx.Users()
		if err != nil {
			return err
		}
		if err := tx.UpdateUser(&users[0]); err != nil {
			return err
		}
		var locks int
		count(t, url, &locks, `SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		if locks > 0 {
			t.Errorf("%d locks", locks)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A transaction that somebody else's commit has overtaken runs again.
func TestUpdateRunsAgain(t *testing.T) {
	url := pgtest.Database(t)
	store := open(t, url, time.Now)
	runs := 0
	err := store.Update(t.Context(), func(tx searchlight.Tx) error {
		runs++
		user, err := tx.User(searchlight.AdminUserID)
		if err != nil {
			return err
		}
		if runs == 1 { // without the lock that the store takes
			execute(t, url, `UPDATE users SET failed_logins = 7 WHERE name = 'tsadmin'`)
		}
		user.FailedLogins++
		return tx.UpdateUser(user)
	})
	if err != nil || runs != 2 {
		t.Fatalf("error %v after %d runs, want none after 2", err, runs)
	}
	err = store.View(t.Context(), func(tx searchlight.Tx) error {
		user, err := tx.User(searchlight.AdminUserID)
		if err == nil && user.FailedLogins != 8 {
			t.Errorf("%d failed logins, want 8", user.FailedLogins)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, url string, into *int, query string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if err := conn.QueryRow(t.Context(), query).Scan(into); err != nil {
		t.Fatal(err)
	}
}

package postgres_test

import (
	"strings"
	"sync"
	"testing"
	"time"

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

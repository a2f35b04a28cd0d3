package auth_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
)

// confirm says what Confirm makes of a password that is right or wrong:
// "yes", "no" or the code of its error.
func (d *desk) confirm(right bool, from netip.Addr) string {
	d.t.Helper()
	ctx := searchlight.WithOrigin(d.t.Context(), &searchlight.Origin{Address: from})
	ok, err := d.Confirm(ctx, d.user, func(context.Context) (bool, error) { return right, nil })
	switch {
	case err != nil:
		return string(searchlight.CodeOf(err))
	case ok:
		return "yes"
	}
	return "no"
}

func (d *desk) failures() (failed int, locked time.Time) {
	d.t.Helper()
	d.update(func(tx searchlight.Tx) error {
		u, err := tx.User(d.user)
		if err == nil {
			failed, locked = u.FailedLogins, u.LockedUntil
		}
		return err
	})
	return failed, locked
}

// Whoever has taken over a session guesses no better with it than without.
func TestT52_ConfirmCountsLikeASignIn(t *testing.T) {
	d := newDesk(t, auth.Config{})
	session := d.mustLogin()
	for range 3 {
		if got := d.confirm(false, elsewhere); got != "no" {
			t.Fatalf("a wrong password: %s", got)
		}
	}
	if got := d.confirm(true, elsewhere); got != "yes" {
		t.Fatalf("the right one after three: %s", got)
	}
	if failed, _ := d.failures(); failed != 0 {
		t.Errorf("%d failures after a success", failed)
	}
	for range 2 {
		d.confirm(false, elsewhere)
	}
	_, _ = d.login("mlopez", "wrong", elsewhere)
	d.confirm(false, elsewhere)
	if failed, locked := d.failures(); failed != 4 || !locked.Equal(d.now.Add(time.Hour)) {
		t.Errorf("%d failures, locked until %v", failed, locked)
	}
	for _, right := range []bool{true, false} {
		if got := d.confirm(right, elsewhere); got != "no" {
			t.Errorf("right %v while locked out: %s", right, got)
		}
	}
	if _, locked := d.failures(); !locked.Equal(d.now.Add(time.Hour)) {
		t.Error("a guess prolongs the lock")
	}
	if _, err := d.login("mlopez", password, elsewhere); searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
		t.Errorf("a sign-in while locked out: %v", err)
	}
	// At home there is a budget, and the session goes on.
	if got := d.confirm(true, home); got != "yes" {
		t.Errorf("at home: %s", got)
	}
	if !d.alive(session, true) {
		t.Error("the lock ended a session")
	}
	d.now = d.now.Add(time.Hour)
	if got := d.confirm(true, elsewhere); got != "yes" {
		t.Errorf("an hour later: %s", got)
	}
	var locks int
	d.update(func(tx searchlight.Tx) error {
		return tx.AuditLog(time.Time{}, time.Time{}, func(r *searchlight.Record) error {
			if strings.Contains(string(r.Entry), `"type":"ACCOUNT_LOCKED"`) {
				locks++
			}
			return nil
		})
	})
	if locks != 1 {
		t.Errorf("%d locks in the audit log, want 1", locks)
	}
}

func TestT52_ConfirmIsThrottled(t *testing.T) {
	d := newDesk(t, auth.Config{MaxFailures: 20})
	for range 10 {
		d.confirm(true, elsewhere) // costs nothing
	}
	for range 10 {
		d.confirm(false, elsewhere)
	}
	if got := d.confirm(true, elsewhere); got != string(searchlight.CodeThrottled) {
		t.Errorf("after ten wrong ones: %s", got)
	}
	if got := d.confirm(true, home); got != "yes" {
		t.Errorf("from another address: %s", got)
	}
	if _, err := d.login("mlopez", password, elsewhere); searchlight.CodeOf(err) != searchlight.CodeThrottled {
		t.Errorf("a sign-in from there: %v", err)
	}
}

func TestConfirmFails(t *testing.T) {
	d := newDesk(t, auth.Config{})
	broken := errors.New("no memory for a hash")
	if ok, err := d.Confirm(t.Context(), d.user, func(context.Context) (bool, error) { return true, broken }); ok || !errors.Is(err, broken) {
		t.Errorf("%v, %v", ok, err)
	}
	if failed, _ := d.failures(); failed != 0 {
		t.Errorf("%d failures for an error", failed)
	}
	ok, err := d.Confirm(t.Context(), searchlight.NewGUID(), func(context.Context) (bool, error) { return true, nil })
	if ok || searchlight.CodeOf(err) != searchlight.CodeNotFound {
		t.Errorf("nobody: %v, %v", ok, err)
	}
}

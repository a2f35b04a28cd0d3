package audit_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/audit"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

// office is a store with an audit log and a clock.
type office struct {
	*audit.Service
	t     *testing.T
	now   time.Time
	admin *searchlight.Subject
	other *searchlight.Subject
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, now: time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	o.Service = &audit.Service{Store: store, Now: clock}
	err = store.Update(t.Context(), func(tx searchlight.Tx) error {
		u := &searchlight.User{ID: searchlight.NewGUID(), Name: "mlopez", Type: searchlight.LocalUser, State: searchlight.UserActive}
		if err := tx.CreateUser(u); err != nil {
			return err
		}
		if o.other, err = tx.Subject(u.ID); err != nil {
			return err
		}
		o.admin, err = tx.Subject(searchlight.AdminUserID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) note(description string) {
	o.t.Helper()
	err := o.Store.Update(o.t.Context(), func(tx searchlight.Tx) error {
		return tx.Audit(searchlight.EventBy(o.other, searchlight.EventShared, description, nil))
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// entry is what the tests look at in a record.
type entry struct {
	Type string `json:"type"`
	Desc string `json:"desc"`
	Data struct {
		Outcome string `json:"outcome"`
		Reason  string `json:"reason"`
		Call    string `json:"call"`
	} `json:"data"`
}

func (o *office) entries(from, to time.Time) (list []entry) {
	o.t.Helper()
	err := o.Store.View(o.t.Context(), func(tx searchlight.Tx) error {
		return tx.AuditLog(from, to, func(r *searchlight.Record) error {
			var e entry
			if err := json.Unmarshal(r.Entry, &e); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		})
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

func TestReadTakesADay(t *testing.T) {
	o := newOffice(t)
	start := o.now
	for _, description := range []string{"first", "second", "third"} {
		o.note(description)
		o.now = o.now.Add(13 * time.Hour)
	}
	read := func(from, to time.Time) (list []string, err error) {
		err = o.Read(t.Context(), o.admin, from, to, func(r *searchlight.Record) error {
			var e entry
			err := json.Unmarshal(r.Entry, &e)
			list = append(list, e.Desc)
			return err
		})
		return list, err
	}
	if got, err := read(time.Time{}, time.Time{}); err != nil || strings.Join(got, " ") != "third" {
		t.Errorf("the last day: %q, %v", got, err)
	}
	if got, err := read(start, start.Add(24*time.Hour)); err != nil || strings.Join(got, " ") != "first second" {
		t.Errorf("the first day: %q, %v", got, err)
	}
	for _, window := range [][2]time.Time{{start, start.Add(24*time.Hour + 1)}, {start, start.Add(-1)}} {
		if _, err := read(window[0], window[1]); searchlight.CodeOf(err) != searchlight.CodeInvalid {
			t.Errorf("window %v: %v", window, err)
		}
	}
	visited := 0
	err := o.Read(t.Context(), o.other, time.Time{}, time.Time{}, func(*searchlight.Record) error { visited++; return nil })
	if searchlight.CodeOf(err) != searchlight.CodeForbidden || visited > 0 {
		t.Errorf("a user reads the log: %v", err)
	}
	reads := slices.DeleteFunc(o.entries(time.Time{}, time.Time{}), func(e entry) bool { return e.Type != string(searchlight.EventAuditRead) })
	if len(reads) != 2 {
		t.Errorf("%d reads are noted, want 2", len(reads))
	}
	stop := errors.New("stop")
	if err := o.Export(t.Context(), o.admin, time.Time{}, time.Time{}, func(*searchlight.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the error of a visit: %v", err)
	}
}

func TestFailuresAreNotedOnceAMinute(t *testing.T) {
	o := newOffice(t)
	refused := searchlight.Errorf(searchlight.CodeForbidden, "no")
	for range 3 {
		o.Failed(t.Context(), o.other, searchlight.EventShared, "POST /security/share", refused)
		o.Failed(t.Context(), o.other, "", "GET /user/list", refused)
		o.Failed(t.Context(), o.other, searchlight.EventShared, "POST /security/share", searchlight.Errorf(searchlight.CodeInvalid, "bad"))
	}
	o.now = o.now.Add(time.Minute)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	o.Failed(gone, o.other, "", "GET /user/list", refused)
	var got []string
	for _, e := range o.entries(time.Time{}, time.Time{}) {
		got = append(got, strings.Join([]string{e.Type, e.Data.Outcome, e.Data.Reason, e.Data.Call}, " "))
	}
	want := []string{
		"SHARE_OBJECTS FAILURE forbidden POST /security/share",
		"ACCESS_DENIED FAILURE forbidden GET /user/list",
		"SHARE_OBJECTS FAILURE invalid POST /security/share",
		"ACCESS_DENIED FAILURE forbidden GET /user/list",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestVerify(t *testing.T) {
	o := newOffice(t)
	for _, description := range []string{"one", "two", "three"} {
		o.note(description)
	}
	if records, err := o.Verify(t.Context(), o.admin); err != nil || records != 3 {
		t.Errorf("%d records, %v", records, err)
	}
	if _, err := o.Verify(t.Context(), o.other); searchlight.CodeOf(err) != searchlight.CodeForbidden {
		t.Errorf("a user verifies: %v", err)
	}
}

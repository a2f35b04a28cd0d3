package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
)

// Run runs the suite. Each test opens a store of its own.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) searchlight.Store) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"BuiltIns", builtInTests},
		{"Users", userTests},
		{"Groups", groupTests},
		{"Memberships", membershipTests},
		{"Subjects", subjectTests},
		{"Sessions", sessionTests},
		{"Tickets", ticketTests},
		{"Settings", settingTests},
		{"Audit", auditTests},
		{"Objects", objectTests},
		{"Columns", columnTests},
		{"Grants", grantTests},
		{"Labels", labelTests},
		{"Lists", listTests},
		{"Visible", visibleTests},
		{"Versions", versionTests},
		{"Transactions", transactionTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					c := &clock{time: start}
					test.run(&fixture{T: t, clock: c, store: open(t, c.now)})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*fixture)
}

// start is the time of the clock when a test begins. It has more than
// milliseconds, which no store may keep.
var start = time.Date(2021, 3, 4, 5, 6, 7, 891_234_567, time.UTC)

// clock is the time of a test; it moves only when told.
type clock struct {
	mu   sync.Mutex
	time time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = c.time.Add(d)
}

// fixture is a store under test.
type fixture struct {
	*testing.T
	clock *clock
	store searchlight.Store
}

// part runs a part of a test under a name of its own.
func (f *fixture) part(name string, do func(*fixture)) {
	f.Run(name, func(t *testing.T) { do(&fixture{T: t, clock: f.clock, store: f.store}) })
}

func (f *fixture) update(do func(searchlight.Tx) error) {
	f.Helper()
	if err := f.store.Update(f.Context(), do); err != nil {
		f.Fatalf("Update: %v", err)
	}
}

func (f *fixture) view(do func(searchlight.Tx) error) {
	f.Helper()
	if err := f.store.View(f.Context(), do); err != nil {
		f.Fatalf("View: %v", err)
	}
}

// refused runs an Update that must fail with a code.
func (f *fixture) refused(code searchlight.ErrorCode, do func(searchlight.Tx) error) {
	f.Helper()
	err := f.store.Update(f.Context(), do)
	if err == nil || searchlight.CodeOf(err) != code {
		f.Errorf("error %v, want one with code %s", err, code)
	}
}

// refusedWhole runs a part of an Update that must fail with a code; the rest
// goes on, and is kept.
func (f *fixture) refusedWhole(code searchlight.ErrorCode, do func(searchlight.Tx) error) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		if err := do(tx); err == nil || searchlight.CodeOf(err) != code {
			f.Errorf("error %v, want one with code %s", err, code)
		}
		return nil
	})
}

// missing runs a View that must fail with CodeNotFound.
func (f *fixture) missing(do func(searchlight.Tx) error) {
	f.Helper()
	err := f.store.View(f.Context(), do)
	if err == nil || searchlight.CodeOf(err) != searchlight.CodeNotFound {
		f.Errorf("error %v, want one with code %s", err, searchlight.CodeNotFound)
	}
}

func (f *fixture) equal(got, want any) {
	f.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("not as wanted (-want +got):\n%s", diff)
	}
}

func (f *fixture) version() (version int64) {
	f.Helper()
	f.view(func(tx searchlight.Tx) (err error) {
		version, err = tx.Version()
		return err
	})
	return version
}

func (f *fixture) object(id searchlight.GUID) (o *searchlight.Object) {
	f.Helper()
	f.view(func(tx searchlight.Tx) (err error) {
		o, err = tx.Object(id)
		return err
	})
	return o
}

func (f *fixture) createUsers(users ...*searchlight.User) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		for _, u := range users {
			if err := tx.CreateUser(u); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *fixture) createGroups(groups ...*searchlight.Group) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		for _, g := range groups {
			if err := tx.CreateGroup(g); err != nil {
				return err
			}
		}
		return nil
	})
}

// user and group read a principal by the number of its GUID.
func (f *fixture) user(n int) (u *searchlight.User) {
	f.Helper()
	f.view(func(tx searchlight.Tx) (err error) {
		u, err = tx.User(id(n))
		return err
	})
	return u
}

func (f *fixture) group(n int) (g *searchlight.Group) {
	f.Helper()
	f.view(func(tx searchlight.Tx) (err error) {
		g, err = tx.Group(id(n))
		return err
	})
	return g
}

func (f *fixture) createObjects(objects ...*searchlight.Object) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		for _, o := range objects {
			if err := tx.CreateObject(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// id makes the GUIDs of a test; they are in the order of the numbers.
func id(n int) searchlight.GUID {
	return searchlight.GUID(fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
}

// at is a time in whole milliseconds.
func at(minutes int) time.Time {
	return start.Truncate(time.Millisecond).Add(time.Duration(minutes) * time.Minute)
}

func user(n int, name string) *searchlight.User {
	return &searchlight.User{
		ID: id(n), Name: name, DisplayName: "The " + name, Email: name + "@example.com", Type: searchlight.LocalUser,
		State: searchlight.UserActive, Visibility: searchlight.Sharable, PasswordHash: "$argon2id$" + name,
		Author: searchlight.AdminUserID, Created: at(1), Modified: at(2), ModifiedBy: searchlight.AdminUserID, Version: 1,
	}
}

func group(n int, name string, privileges ...searchlight.Privilege) *searchlight.Group {
	return &searchlight.Group{
		ID: id(n), Name: name, DisplayName: "The " + name, Type: searchlight.LocalGroup, Visibility: searchlight.Sharable, Privileges: privileges,
		Author: searchlight.AdminUserID, Created: at(1), Modified: at(2), ModifiedBy: searchlight.AdminUserID, Version: 1,
	}
}

func worksheet(n int, name string, references ...searchlight.GUID) *searchlight.Object {
	return &searchlight.Object{
		Header: searchlight.Header{
			ID: id(n), Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: name,
			Author: searchlight.AdminUserID, Created: at(1), Modified: at(2), ModifiedBy: searchlight.SuperUserID, Owner: id(n),
		},
		Content:    []byte(`{"Columns":[]}`),
		References: references,
	}
}

func table(n int, name, physical string) *searchlight.Object {
	o := worksheet(n, name)
	o.Subtype = searchlight.SubtypeTable
	o.Connection = searchlight.EmbeddedConnectionID
	o.Database, o.Schema, o.PhysicalTable = "memory", "main", physical
	return o
}

func tag(n int, name string) *searchlight.Object {
	o := worksheet(n, name)
	o.Type, o.Subtype, o.Content = searchlight.TypeTag, "", nil
	return o
}

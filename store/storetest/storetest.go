package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
)

// Seeder is what the transactions of a store can do beyond searchlight.Tx; the
// suite needs it to make groups, tags and favourites.
type Seeder interface {
	CreateGroup(g *searchlight.Group, parents ...searchlight.GUID) error
	TagObject(object, tag searchlight.GUID) error
	AddFavorite(user, object searchlight.GUID) error
}

// Run runs the suite. Each test opens a store of its own.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) searchlight.Store) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"BuiltIns", builtInTests},
		{"Users", userTests},
		{"Subjects", subjectTests},
		{"Sessions", sessionTests},
		{"Objects", objectTests},
		{"Lists", listTests},
		{"Versions", versionTests},
		{"Transactions", transactionTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, test := range group.tests {
				t.Run(test.name, func(t *testing.T) {
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

// seed runs an Update with what only a Seeder can do.
func (f *fixture) seed(do func(Seeder) error) {
	f.Helper()
	f.update(func(tx searchlight.Tx) error {
		seeder, ok := tx.(Seeder)
		if !ok {
			return fmt.Errorf("%T is no storetest.Seeder", tx)
		}
		return do(seeder)
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
		ID: id(n), Name: name, DisplayName: "The " + name, Email: name + "@example.com", Type: "LOCAL_USER",
		State: searchlight.UserActive, PasswordHash: "$argon2id$" + name, Created: at(1), Modified: at(2),
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

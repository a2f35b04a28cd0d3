package directory_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth"
	"github.com/searchlight-bi/searchlight/directory"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/store/postgres"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

const good = "Correct Horse 7"

// bench is a service on a store with the administrator root and the user ann.
type bench struct {
	testing.TB
	store   searchlight.Store
	service *directory.Service
	hashes  atomic.Int64 // how many passwords were hashed
	now     atomic.Int64 // of the store, in milliseconds

	root, ann *searchlight.Subject
}

// counting counts what it hashes.
type counting struct {
	*auth.Hasher
	count *atomic.Int64
}

func (c counting) Hash(ctx context.Context, password string) (string, error) {
	c.count.Add(1)
	return c.Hasher.Hash(ctx, password)
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{TB: t}
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{Now: b.clock})
	b.must(err)
	b.begin(store)
	return b
}

func newPostgresBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{TB: t}
	store, err := postgres.Open(t.Context(), pgtest.Database(t), postgres.Options{Now: b.clock})
	b.must(err)
	b.begin(store)
	return b
}

// onStores runs a test on all kinds of stores.
func onStores(t *testing.T, test func(*bench)) {
	t.Run("SQLite", func(t *testing.T) { test(newBench(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(newPostgresBench(t)) })
}

func (b *bench) clock() time.Time { return time.UnixMilli(b.now.Load()) }

func (b *bench) begin(store searchlight.Store) {
	b.now.Store(1_600_000_000_000)
	b.store = store
	b.Cleanup(func() { _ = store.Close() })
	hasher := auth.NewHasher(auth.Params{Memory: 64, Time: 1, Threads: 1}, nil)
	b.service = &directory.Service{Store: store, Policy: auth.Policy{}, Hasher: counting{hasher, &b.hashes},
		Attempts: auth.NewSessions(store, auth.Config{Hasher: hasher, Now: b.clock})}
	admin := b.subject(searchlight.AdminUserID)
	b.root = b.subject(b.create(admin, directory.NewUser{Name: "root", Password: good, Groups: []searchlight.GUID{searchlight.AdminGroupID}}).ID)
	b.ann = b.subject(b.create(b.root, directory.NewUser{Name: "ann", Password: good}).ID)
	b.hashes.Store(0)
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) equal(got, want any) {
	b.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		b.Errorf("want - got +:\n%s", diff)
	}
}

// refused checks the code and a part of the message of an error.
func (b *bench) refused(err error, code searchlight.ErrorCode, text string) {
	b.Helper()
	if err == nil {
		b.Errorf("no error; want %s with %q", code, text)
		return
	}
	if e, ok := errors.AsType[*searchlight.Error](err); !ok || e.Code != code || !strings.Contains(e.Message, text) {
		b.Errorf("got %v; want %s with %q", err, code, text)
	}
}

func (b *bench) view(f func(searchlight.Tx) error) { b.Helper(); b.must(b.store.View(b.Context(), f)) }
func (b *bench) update(f func(searchlight.Tx) error) {
	b.Helper()
	b.must(b.store.Update(b.Context(), f))
}

func (b *bench) subject(id searchlight.GUID) (s *searchlight.Subject) {
	b.Helper()
	b.view(func(tx searchlight.Tx) (err error) {
		s, err = tx.Subject(id)
		return err
	})
	return s
}

func (b *bench) create(by *searchlight.Subject, n directory.NewUser) *directory.User {
	b.Helper()
	if n.Password == "" {
		n.Password = good
	}
	u, err := b.service.CreateUser(b.Context(), by, n)
	b.must(err)
	return u
}

// group makes a group in others.
func (b *bench) group(name string, privileges []searchlight.Privilege, in ...searchlight.GUID) searchlight.GUID {
	b.Helper()
	g, err := b.service.CreateGroup(b.Context(), b.root, directory.NewGroup{Name: name, Privileges: privileges})
	b.must(err)
	for _, parent := range in {
		b.must(b.service.JoinGroups(b.Context(), b.root, []searchlight.GUID{g.ID}, parent))
	}
	return g.ID
}

func (b *bench) user(id searchlight.GUID) *directory.User {
	b.Helper()
	u, err := b.service.User(b.Context(), b.root, directory.Ref{ID: id})
	b.must(err)
	return u
}

func (b *bench) groupOf(id searchlight.GUID) *directory.Group {
	b.Helper()
	g, err := b.service.Group(b.Context(), b.root, directory.Ref{ID: id})
	b.must(err)
	return g
}

// groupNames are the names of the groups that a user is directly in.
func (b *bench) groupNames(user searchlight.GUID) (names []string) {
	b.Helper()
	groups, err := b.service.UserGroups(b.Context(), b.root, user)
	b.must(err)
	for _, g := range groups {
		names = append(names, g.Name)
	}
	return names
}

// session opens a session of a user and returns its hash.
func (b *bench) session(user searchlight.GUID, n byte) [32]byte {
	b.Helper()
	hash := [32]byte{n}
	b.update(func(tx searchlight.Tx) error {
		if err := tx.PutTicket(&searchlight.Ticket{Kind: "login-token", Key: hash, User: user, Expires: tx.Now().Add(time.Hour)}); err != nil {
			return err
		}
		return tx.CreateSession(&searchlight.Session{TokenHash: hash, UserID: user, Method: searchlight.AuthPassword, Created: tx.Now(), LastActive: tx.Now()})
	})
	return hash
}

// alive tells which of the sessions, and which of the login tokens made with
// them, are still there.
func (b *bench) alive(hashes ...[32]byte) (sessions, tokens []byte) {
	b.Helper()
	b.view(func(tx searchlight.Tx) error {
		for _, hash := range hashes {
			if _, err := tx.Session(hash); err == nil {
				sessions = append(sessions, hash[0])
			}
			if _, err := tx.Ticket("login-token", hash); err == nil {
				tokens = append(tokens, hash[0])
			}
		}
		return nil
	})
	return sessions, tokens
}

// event is an entry of the audit log as tests look at it.
type event struct {
	Type string
	User string
	Data map[string]any
}

// events are those since the last call.
func (b *bench) events() (list []event) {
	b.Helper()
	b.view(func(tx searchlight.Tx) error {
		return tx.AuditLog(time.Time{}, time.Time{}, func(r *searchlight.Record) error {
			var e struct {
				Type     string         `json:"type"`
				UserName string         `json:"userName"`
				Data     map[string]any `json:"data"`
			}
			if err := json.Unmarshal(r.Entry, &e); err != nil {
				return err
			}
			delete(e.Data, "outcome")
			list = append(list, event{e.Type, e.UserName, e.Data})
			return nil
		})
	})
	return list
}

func (b *bench) lastEvents(n int) []event {
	b.Helper()
	list := b.events()
	return list[max(0, len(list)-n):]
}

func named(id searchlight.GUID, name string) map[string]any {
	return map[string]any{"id": string(id), "name": name}
}

func list(values ...any) []any { return append([]any{}, values...) }

// unchanged checks that do leaves users, groups, memberships and the audit log
// as they are.
func (b *bench) unchanged(do func()) {
	b.Helper()
	before := b.state()
	do()
	if after := b.state(); !reflect.DeepEqual(before, after) {
		b.Errorf("changed: %s", cmp.Diff(before, after))
	}
}

// untouched is unchanged but for the audit log.
func (b *bench) untouched(do func()) {
	b.Helper()
	before := b.state()
	do()
	after := b.state()
	before.Events, after.Events = nil, nil
	b.equal(after, before)
}

type state struct {
	Users   []searchlight.User
	Groups  []searchlight.Group
	Members *searchlight.Memberships
	Version int64
	Events  []event
}

func (b *bench) state() (s state) {
	b.Helper()
	b.view(func(tx searchlight.Tx) (err error) {
		if s.Users, err = tx.Users(); err != nil {
			return err
		}
		if s.Groups, err = tx.Groups(); err != nil {
			return err
		}
		if s.Version, err = tx.Version(); err != nil {
			return err
		}
		s.Members, err = tx.Memberships()
		return err
	})
	s.Events = b.events()
	return s
}

func sortedNames[T any](things []T, name func(T) string) []string {
	var names []string
	for _, thing := range things {
		names = append(names, name(thing))
	}
	slices.Sort(names)
	return names
}

func guid(n int) searchlight.GUID {
	return searchlight.GUID(fmt.Sprintf("33333333-0000-4000-8000-%012d", n))
}

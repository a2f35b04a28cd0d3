package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/pgtest"
	"github.com/searchlight-bi/searchlight/internal/testsize"
	postgresstore "github.com/searchlight-bi/searchlight/store/postgres"
	sqlitestore "github.com/searchlight-bi/searchlight/store/sqlite"
)

// company is a list for user/sync: groups five levels deep, of which each is in
// one or two of the level above, and users in six of them. generation is in
// all display names.
func company(prefix string, users, groups, generation int) (list []principal) {
	const levels = 5
	perLevel := groups / levels
	group := func(level, n int) string { return fmt.Sprintf("%s group %d.%d", prefix, level, n%perLevel) }
	for level := range levels {
		for n := range perLevel {
			p := principal{group(level, n), fmt.Sprint("generation ", generation), "LOCAL_GROUP", []string{}}
			if level > 0 {
				p.Groups = slices.Compact([]string{group(level-1, n/2), group(level-1, n+1)})
			}
			list = append(list, p)
		}
	}
	for n := range users {
		p := principal{fmt.Sprintf("%s user %d", prefix, n), fmt.Sprint("generation ", generation), "LOCAL_USER", []string{"All"}}
		for level := range levels {
			p.Groups = append(p.Groups, group(level, n*(level+1)))
		}
		list = append(list, p)
	}
	return list
}

// people is what a sync changes.
type people struct {
	Names       []string // of users and groups, with display names
	Memberships map[string][]string
}

func (in *installation) people(t *testing.T) people {
	t.Helper()
	s := in.principals(t)
	p := people{Memberships: map[string][]string{}}
	for name, u := range s.users {
		p.Names = append(p.Names, "user "+name+": "+u.DisplayName)
		p.Memberships["user "+name] = s.namesOf(s.memberships.Users[u.ID])
	}
	for name, g := range s.groups {
		p.Names = append(p.Names, "group "+name+": "+g.DisplayName)
		p.Memberships["group "+name] = s.namesOf(s.memberships.Groups[g.ID])
	}
	slices.Sort(p.Names)
	return p
}

// with is what people become by a list that deletes nobody.
func (p people) with(list []principal) people {
	next := people{Memberships: map[string][]string{}}
	for member, groups := range p.Memberships {
		next.Memberships[member] = groups
	}
	listed := map[string]bool{}
	for _, l := range list {
		kind := strings.ToLower(strings.TrimPrefix(l.Type, "LOCAL_")) + " "
		listed[kind+l.Name] = true
		next.Names = append(next.Names, kind+l.Name+": "+l.DisplayName)
		groups := slices.Clone(l.Groups)
		slices.Sort(groups)
		next.Memberships[kind+l.Name] = append([]string{}, slices.Compact(groups)...)
	}
	for _, name := range p.Names {
		if who, _, _ := strings.Cut(name, ": "); !listed[who] {
			next.Names = append(next.Names, name)
		}
	}
	slices.Sort(next.Names)
	return next
}

func (p people) check(t *testing.T, what string, want people) {
	t.Helper()
	if !slices.Equal(p.Names, want.Names) {
		t.Fatalf("%s: %d users and groups, not the %d that were expected, or others", what, len(p.Names), len(want.Names))
	}
	for member, groups := range want.Memberships {
		if !slices.Equal(p.Memberships[member], groups) {
			t.Fatalf("%s: %s is in %q; want %q", what, member, p.Memberships[member], groups)
		}
	}
}

const syncedPassword = "Nine-Lanterns-Glow-4"

// mustSync synchronises as the administrator.
func mustSync(t *testing.T, c *caller, list []principal, pairs ...string) synced {
	t.Helper()
	a, err := c.sync(list, append([]string{"password", syncedPassword}, pairs...)...)
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %.300s %v", a.status, a.body, err)
	}
	var got synced
	a.decode(t, &got)
	return got
}

// administrator is a caller who is signed in as tsadmin.
func administrator(t *testing.T, base string) *caller {
	t.Helper()
	c := newCaller(t, base, 0)
	c.http = login(t, base).http
	return c
}

// TestSyncIsAllOrNothing: and a dry run says what the real one does. It takes
// fewer than the 10,000 that the benchmarks measure.
func TestSyncIsAllOrNothing(t *testing.T) {
	t.Parallel()
	onMetadata(t, func(t *testing.T, in *installation) {
		users, groups := testsize.Times(450), testsize.Times(50)
		c := administrator(t, in.server.base)
		before := in.people(t)
		first, second := company("a", users, groups, 1), company("a", users, groups, 2)

		bad := append(slices.Clone(first), principal{"last", "Last", "LOCAL_USER", []string{"no such group"}})
		a, err := c.sync(bad, "applyChanges", "true", "removeDeleted", "false", "password", syncedPassword)
		if err != nil || a.status != http.StatusInternalServerError || !strings.Contains(string(a.body), "no such group") {
			t.Fatalf("%d %.300s %v", a.status, a.body, err)
		}
		in.people(t).check(t, "after a list with a mistake", before)

		dry := mustSync(t, c, first, "applyChanges", "false", "removeDeleted", "false")
		if got := dry.counts(); got != [6]int{users, 0, 0, groups, 0, 0} {
			t.Errorf("dry run: %v", got)
		}
		in.people(t).check(t, "after a dry run", before)
		began := time.Now()
		if done := mustSync(t, c, first, "applyChanges", "true", "removeDeleted", "false"); !reflect.DeepEqual(done, dry) {
			t.Errorf("the dry run said %v, the real one %v", dry.counts(), done.counts())
		}
		t.Logf("all are new: %s", time.Since(began).Round(time.Millisecond))
		after := before.with(first)
		in.people(t).check(t, "after the sync", after)

		began = time.Now()
		if got := mustSync(t, c, second, "applyChanges", "true", "removeDeleted", "false").counts(); got != [6]int{0, users, 0, 0, groups, 0} {
			t.Errorf("second generation: %v", got)
		}
		t.Logf("all differ: %s", time.Since(began).Round(time.Millisecond))
		in.people(t).check(t, "after the second sync", after.with(second))
	})
}

// TestKilledWhileSyncing kills the server within a sync, at different moments:
// what it finds afterwards is the state before or after.
func TestKilledWhileSyncing(t *testing.T) {
	t.Parallel()
	kill := func(t *testing.T, dir string, open func() searchlight.Store, flags ...string) {
		server := startChild(t, "serve", dir, flags...)
		c := administrator(t, server.base)
		const users, groups = 900, 100
		generation := 1
		began := time.Now()
		mustSync(t, c, company("a", users, groups, generation), "applyChanges", "true", "removeDeleted", "false")
		whole := time.Since(began)
		store := open()
		defer func() { _ = store.Close() }()
		in := &installation{store: store}
		outcomes := map[string]int{}
		const moments = 5
		for moment := range moments {
			before := in.people(t)
			next := company("a", users, groups, generation+1)
			victim := server
			killed := make(chan struct{})
			time.AfterFunc(whole*time.Duration(1+2*moment)/(2*moments), func() { victim.kill(); close(killed) })
			a, err := c.sync(next, "applyChanges", "true", "removeDeleted", "false")
			<-killed
			found := in.people(t)
			switch want := before.with(next); {
			case slices.Equal(found.Names, want.Names):
				found.check(t, "after", want)
				outcomes["after"]++
				generation++
			case err == nil:
				t.Fatalf("moment %d: the sync was confirmed (%d) and is not there", moment, a.status)
			default:
				found.check(t, fmt.Sprintf("moment %d, before", moment), before)
				outcomes["before"]++
			}
			// Signing in shows that the server starts on what is left.
			server = startChild(t, "serve", dir, flags...)
			c = administrator(t, server.base)
		}
		t.Logf("killed within %s: %v", whole.Round(time.Millisecond), outcomes)
		if outcomes["before"] == 0 {
			t.Error("no sync was killed in its middle")
		}
		if got := mustSync(t, c, company("a", users, groups, generation+1), "applyChanges", "true", "removeDeleted", "false").counts(); got != [6]int{0, users, 0, 0, groups, 0} {
			t.Errorf("the sync after: %v", got)
		}
		in.view(t, func(tx searchlight.Tx) error {
			_, err := searchlight.VerifyAudit(tx)
			return err
		})
	}
	t.Run("SQLite", func(t *testing.T) {
		dir := t.TempDir()
		kill(t, dir, func() searchlight.Store {
			store, err := sqlitestore.Open(t.Context(), dir+"/metadata.db", sqlitestore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return store
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		metadata := pgtest.Database(t)
		kill(t, t.TempDir(), func() searchlight.Store {
			store, err := postgresstore.Open(t.Context(), metadata, postgresstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return store
		}, "--metadata-url", metadata, "--secret-key", randomKey(t))
	})
}

// TestTwoSyncsAtOnce: two lists that each delete who is not in them, sent at
// the same time, leave what one after the other would.
func TestTwoSyncsAtOnce(t *testing.T) {
	t.Parallel()
	onMetadata(t, func(t *testing.T, in *installation) {
		const users, groups = 300, 100
		c := administrator(t, in.server.base)
		empty := in.people(t)
		// Half of the people are in both lists.
		both := company("both", users, groups, 0)
		lists := [2][]principal{append(company("one", users, groups, 1), both...), append(company("two", users, groups, 2), both...)}
		for round := range 2 {
			if got := mustSync(t, c, []principal{}, "applyChanges", "true", "removeDeleted", "true").counts(); round == 0 && got != [6]int{} {
				t.Errorf("emptied: %v", got)
			}
			var results [2]synced
			var group sync.WaitGroup
			for i := range lists {
				group.Go(func() {
					a, err := c.sync(lists[i], "applyChanges", "true", "removeDeleted", "true", "password", syncedPassword)
					if err == nil && a.status != http.StatusOK {
						err = fmt.Errorf("%d %.300s", a.status, a.body)
					}
					if err == nil {
						err = json.Unmarshal(a.body, &results[i])
					}
					if err != nil {
						t.Errorf("list %d: %v", i, err)
					}
				})
			}
			group.Wait()
			if t.Failed() {
				return
			}
			last := slices.IndexFunc(results[:], func(r synced) bool { return len(r.UsersDeleted) > 0 })
			if last < 0 {
				t.Fatal("neither sync came second")
			}
			if got := results[1-last].counts(); got != [6]int{2 * users, 0, 0, 2 * groups, 0, 0} {
				t.Errorf("the first: %v", got)
			}
			if got := results[last].counts(); got != [6]int{users, 0, users, groups, 0, groups} {
				t.Errorf("the second: %v", got)
			}
			in.people(t).check(t, fmt.Sprintf("round %d", round), empty.with(lists[last]))
		}
	})
}

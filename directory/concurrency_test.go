package directory_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

// meddlingStore does something before the next Update.
type meddlingStore struct {
	searchlight.Store
	before func()
}

func (s *meddlingStore) Update(ctx context.Context, f func(searchlight.Tx) error) error {
	if s.before != nil {
		s.before()
	}
	return s.Store.Update(ctx, f)
}

// Fifty clients create, change, regroup and delete side by side, on principals
// of their own and on shared ones; nothing that succeeded is lost.
func TestNoUpdateIsLost(t *testing.T) {
	t.Parallel()
	onStores(t, func(b *bench) {
		const clients, rounds = 50, 2
		shared := b.group("shared", nil)
		everybody := b.create(b.root, directory.NewUser{Name: "everybody"}).ID
		privileges := []searchlight.Privilege{searchlight.PrivilegeDeveloper, searchlight.PrivilegeDataDownloading, searchlight.PrivilegeJobScheduling}
		var clientsDone sync.WaitGroup
		for n := range clients {
			clientsDone.Go(func() {
				if err := busyClient(b, n, rounds, shared, everybody, privileges[n%len(privileges)]); err != nil {
					b.Errorf("client %d: %v", n, err)
				}
			})
		}
		clientsDone.Wait()

		var wantMembers, wantTeams, wantChildren []string
		for n := range clients {
			wantMembers = append(wantMembers, fmt.Sprint("user ", n))
			wantTeams = append(wantTeams, fmt.Sprint("team ", n))
			wantChildren = append(wantChildren, fmt.Sprint("team ", n))
		}
		members, err := b.service.GroupUsers(b.Context(), b.root, shared)
		b.must(err)
		name := func(u directory.User) string { return u.Name }
		b.equal(sortedNames(members, name), sortedNames(wantMembers, func(s string) string { return s }))
		groups, err := b.service.Subgroups(b.Context(), b.root, shared)
		b.must(err)
		b.equal(sortedNames(groups, func(g directory.Group) string { return g.Name }), sortedNames(wantChildren, func(s string) string { return s }))
		b.equal(sortedNames(b.groupNames(everybody), func(s string) string { return s }), sortedNames(append(wantTeams, "All"), func(s string) string { return s }))
		b.equal(b.groupOf(shared).Privileges, []searchlight.Privilege{"DATADOWNLOADING", "DEVELOPER", "JOBSCHEDULING"})
		u := b.user(everybody)
		b.equal([]any{len(u.Preferences.Other), u.Version}, []any{clients, int64(1 + clients)})
		for _, m := range members {
			b.equal([]any{m.DisplayName, m.Version}, []any{fmt.Sprint(m.Name, " ", rounds-1), int64(1 + rounds)})
		}
		b.view(func(tx searchlight.Tx) error {
			users, err := tx.Users()
			b.equal(len(users), clients+7) // four built in, root, ann, everybody
			return err
		})
	})
}

func busyClient(b *bench, n, rounds int, shared, everybody searchlight.GUID, privilege searchlight.Privilege) error {
	ctx, s := context.Background(), b.service
	u, err := s.CreateUser(ctx, b.root, directory.NewUser{Name: fmt.Sprint("user ", n), Password: good, Groups: []searchlight.GUID{shared}})
	if err != nil {
		return err
	}
	g, err := s.CreateGroup(ctx, b.root, directory.NewGroup{Name: fmt.Sprint("team ", n)})
	if err != nil {
		return err
	}
	key := fmt.Sprint("key ", n)
	for _, step := range []func() error{
		func() error { return s.Join(ctx, b.root, []searchlight.GUID{everybody}, []searchlight.GUID{g.ID}) },
		func() error { return s.JoinGroups(ctx, b.root, []searchlight.GUID{g.ID}, shared) },
		func() error { _, err := s.AddPrivilege(ctx, b.root, privilege, "shared"); return err },
		func() error {
			return s.UpdatePreferences(ctx, b.root, directory.Ref{ID: everybody}, directory.PreferenceChange{Set: rawMap(`{"` + key + `":true}`)})
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	for round := range rounds {
		if err := s.UpdateUser(ctx, b.root, u.ID, directory.UserChange{DisplayName: new(fmt.Sprint(u.Name, " ", round))}, [32]byte{}); err != nil {
			return err
		}
		short, err := s.CreateUser(ctx, b.root, directory.NewUser{Name: fmt.Sprintf("short-lived %d %d", n, round), Password: good, Groups: []searchlight.GUID{shared, g.ID}})
		if err != nil {
			return err
		}
		if err := s.DeleteUsers(ctx, b.root, short.ID); err != nil {
			return err
		}
	}
	return nil
}

// Two administrators who put each other out at the same moment: one stays
// (security.md T-09).
func TestT09_TwoAdministratorsAtOnce(t *testing.T) {
	t.Parallel()
	onStores(t, func(b *bench) {
		b.must(b.service.Leave(b.Context(), b.root, []searchlight.GUID{searchlight.AdminUserID}, []searchlight.GUID{searchlight.AdminGroupID}))
		for round := range 5 {
			second := b.subject(b.create(b.root, directory.NewUser{Name: fmt.Sprint("second ", round), Groups: []searchlight.GUID{searchlight.AdminGroupID}}).ID)
			done := make(chan error)
			for _, pair := range [][2]*searchlight.Subject{{b.root, second}, {second, b.root}} {
				go func() {
					done <- b.service.Leave(b.Context(), pair[0], []searchlight.GUID{pair[1].User.ID}, []searchlight.GUID{searchlight.AdminGroupID})
				}()
			}
			var failed []error
			for range 2 {
				if err := <-done; err != nil {
					failed = append(failed, err)
				}
			}
			if len(failed) != 1 || searchlight.CodeOf(failed[0]) != searchlight.CodeForbidden {
				b.Fatalf("got %v; want one refusal", failed)
			}
			if b.root = b.subject(b.root.User.ID); !b.root.IsAdmin() {
				b.root = b.subject(second.User.ID)
			}
			b.equal(b.root.IsAdmin(), true)
		}
	})
}

package directory_test

import (
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

func TestCreateUser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	finance, sales := b.group("finance", nil), b.group("sales", nil)
	b.must(b.service.JoinGroups(b.Context(), b.root, []searchlight.GUID{sales}, finance))
	got := b.create(b.root, directory.NewUser{Name: `User "3"`, DisplayName: "Number 3", Email: "three@example.com", Visibility: searchlight.NonSharable, Groups: []searchlight.GUID{sales}})
	stored := b.user(got.ID)
	b.equal(got, stored)
	if !strings.HasPrefix(got.PasswordHash, "$argon2id$") {
		t.Error("the password is not hashed")
	}
	got.PasswordHash = ""
	b.equal(got, &directory.User{
		User: searchlight.User{ID: got.ID, Name: `User "3"`, DisplayName: "Number 3", Email: "three@example.com", Type: searchlight.LocalUser, State: searchlight.UserActive,
			Visibility: searchlight.NonSharable, MustChangePassword: true, Author: b.root.User.ID, ModifiedBy: b.root.User.ID,
			Created: b.clock().UTC(), Modified: b.clock().UTC(), Version: 1},
		Groups:    []searchlight.GUID{searchlight.AllGroupID, sales},
		Inherited: []searchlight.GUID{searchlight.AllGroupID, sales, finance},
	})
	b.equal(b.lastEvents(2), []event{
		{"USERS_CREATED", "root", map[string]any{"users": list(named(got.ID, `User "3"`))}},
		{"PRINCIPALS_IN_GROUP_UPDATE", "root", map[string]any{
			"added": list(map[string]any{"principal": named(got.ID, `User "3"`), "group": named(sales, "sales")}), "removed": list()}},
	})

	sso := b.create(b.root, directory.NewUser{Name: "sso", Type: searchlight.SAMLUser})
	b.equal([]any{sso.PasswordHash, sso.MustChangePassword, sso.DisplayName}, []any{"", false, "sso"})
}

func TestCreateUserRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, tt := range []struct {
		n    directory.NewUser
		code searchlight.ErrorCode
		text string
	}{
		{directory.NewUser{Name: "ANN", Password: good}, searchlight.CodeConflict, "already a user"},
		{directory.NewUser{Name: "ａｎｎ", Password: good}, searchlight.CodeConflict, "already a user"},
		{directory.NewUser{Name: "ｓｕ", Password: good}, searchlight.CodeInvalid, "reserved"},
		{directory.NewUser{Name: "zoe"}, searchlight.CodeInvalid, "needs a password"},
		{directory.NewUser{Name: "zoe", Password: "short"}, searchlight.CodeInvalid, "password"},
		{directory.NewUser{Name: "zoe", Password: "Zoe is my 1st name"}, searchlight.CodeInvalid, "password"},
		{directory.NewUser{Name: "zoe", Password: good, DisplayName: "a\nb"}, searchlight.CodeInvalid, "display name"},
		{directory.NewUser{Name: "zoe", Password: good, Email: "no address"}, searchlight.CodeInvalid, "e-mail"},
		{directory.NewUser{Name: "zoe", Password: good, Email: "Zoe <zoe@example.com>"}, searchlight.CodeInvalid, "e-mail"},
		{directory.NewUser{Name: "zoe", Password: good, Email: "a@example.com\r\nBcc: x@example.com"}, searchlight.CodeInvalid, "e-mail"},
		{directory.NewUser{Name: "zoe", Password: good, Type: searchlight.LocalGroup}, searchlight.CodeInvalid, "LOCAL_GROUP"},
		{directory.NewUser{Name: "zoe", Password: good, Visibility: "PUBLIC"}, searchlight.CodeInvalid, "PUBLIC"},
		{directory.NewUser{Name: "zoe", Password: good, Groups: []searchlight.GUID{guid(1)}}, searchlight.CodeNotFound, "no group"},
		{directory.NewUser{Name: "zoe", Password: good, Groups: []searchlight.GUID{searchlight.SystemGroupID}}, searchlight.CodeForbidden, "System"},
	} {
		b.unchanged(func() {
			_, err := b.service.CreateUser(b.Context(), b.root, tt.n)
			b.refused(err, tt.code, tt.text)
		})
	}
}

// Nobody but administrators manages anybody, whatever else they hold
// (security.md 2.2, T-06).
func TestT06_OnlyAdministratorsManage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var all []searchlight.Privilege
	for _, p := range searchlight.GrantablePrivileges {
		if p != searchlight.PrivilegeAdministration {
			all = append(all, p)
		}
	}
	managers := b.group("managers", all)
	b.must(b.service.Join(b.Context(), b.root, []searchlight.GUID{b.ann.User.ID}, []searchlight.GUID{managers}))
	b.ann = b.subject(b.ann.User.ID)
	scoped := *b.root
	scoped.Scope = guid(1)
	ctx, s, own := b.Context(), b.service, b.ann.User.ID
	ids, admins := []searchlight.GUID{own}, []searchlight.GUID{searchlight.AdminGroupID}
	for _, caller := range []*searchlight.Subject{b.ann, &scoped} {
		for name, call := range map[string]func() error{
			"Users":      func() error { _, err := s.Users(ctx, caller); return err },
			"User":       func() error { _, err := s.User(ctx, caller, directory.Ref{ID: own}); return err },
			"CreateUser": func() error { _, err := s.CreateUser(ctx, caller, directory.NewUser{Name: "x"}); return err },
			"UpdateUser": func() error {
				return s.UpdateUser(ctx, caller, searchlight.AdminUserID, directory.UserChange{Email: new("x@example.com")}, [32]byte{})
			},
			"DeleteUsers": func() error { return s.DeleteUsers(ctx, caller, own) },
			"SetEmail":    func() error { return s.SetEmail(ctx, caller, own, "x@example.com") },
			"UpdatePassword": func() error {
				_, err := s.UpdatePassword(ctx, caller, directory.PasswordChange{Name: "tsadmin", Current: good, New: "Another Horse 8"})
				return err
			},
			"UpdatePreferences": func() error {
				return s.UpdatePreferences(ctx, caller, directory.Ref{Name: "tsadmin"}, directory.PreferenceChange{Proto: []byte("x")})
			},
			"PreferencesOfNobody": func() error {
				return s.UpdatePreferences(ctx, caller, directory.Ref{ID: guid(9)}, directory.PreferenceChange{Proto: []byte("x")})
			},
			"Deactivate":  func() error { _, err := s.Deactivate(ctx, caller, "tsadmin"); return err },
			"InviteReset": func() error { _, err := s.InviteReset(ctx, caller, searchlight.AdminUserID); return err },
			"InvalidateSessions": func() error {
				return s.InvalidateSessions(ctx, caller, directory.Invalidation{Names: []string{"tsadmin"}})
			},
			"TransferOwnership": func() error { return s.TransferOwnership(ctx, caller, directory.Transfer{From: "tsadmin", To: "ann"}) },
			"Sync":              func() error { _, err := s.Sync(ctx, caller, directory.SyncRequest{}); return err },
			"Groups":            func() error { _, err := s.Groups(ctx, caller); return err },
			"Group":             func() error { _, err := s.Group(ctx, caller, directory.Ref{Name: "managers"}); return err },
			"CreateGroup":       func() error { _, err := s.CreateGroup(ctx, caller, directory.NewGroup{Name: "x"}); return err },
			"UpdateGroup": func() error {
				return s.UpdateGroup(ctx, caller, managers, directory.GroupChange{Privileges: &[]searchlight.Privilege{"ADMINISTRATION"}})
			},
			"DeleteGroups": func() error { return s.DeleteGroups(ctx, caller, managers) },
			"AddPrivilege": func() error { _, err := s.AddPrivilege(ctx, caller, "ADMINISTRATION", "managers"); return err },
			"RemovePrivilege": func() error {
				_, err := s.RemovePrivilege(ctx, caller, searchlight.PrivilegeNoPinboards, "managers")
				return err
			},
			"UserGroups":    func() error { _, err := s.UserGroups(ctx, caller, own); return err },
			"GroupUsers":    func() error { _, err := s.GroupUsers(ctx, caller, managers); return err },
			"Subgroups":     func() error { _, err := s.Subgroups(ctx, caller, managers); return err },
			"Join":          func() error { return s.Join(ctx, caller, ids, admins) },
			"Leave":         func() error { return s.Leave(ctx, caller, ids, admins) },
			"SetUserGroups": func() error { return s.SetUserGroups(ctx, caller, own, admins) },
			"SetGroupUsers": func() error { return s.SetGroupUsers(ctx, caller, searchlight.AdminGroupID, ids) },
			"JoinGroups": func() error {
				return s.JoinGroups(ctx, caller, []searchlight.GUID{managers}, searchlight.AdminGroupID)
			},
			"LeaveGroups": func() error { return s.LeaveGroups(ctx, caller, []searchlight.GUID{managers}, managers) },
			"SetSubgroups": func() error {
				return s.SetSubgroups(ctx, caller, searchlight.AdminGroupID, []searchlight.GUID{managers})
			},
		} {
			b.unchanged(func() {
				if err := call(); err == nil || searchlight.CodeOf(err) != searchlight.CodeForbidden {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
	}
}

// What callers were when they signed in does not count, but what they are when
// the change is made (security.md 0.4).
func TestAuthorityIsReadInTheTransaction(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	second := b.subject(b.create(b.root, directory.NewUser{Name: "second", Groups: []searchlight.GUID{searchlight.AdminGroupID}}).ID)
	gone := b.subject(b.create(b.root, directory.NewUser{Name: "gone", Groups: []searchlight.GUID{searchlight.AdminGroupID}}).ID)
	b.must(b.service.Leave(b.Context(), b.root, []searchlight.GUID{second.User.ID}, []searchlight.GUID{searchlight.AdminGroupID}))
	b.must(b.service.DeleteUsers(b.Context(), b.root, gone.User.ID))
	b.unchanged(func() {
		b.refused(b.service.DeleteUsers(b.Context(), second, b.ann.User.ID), searchlight.CodeForbidden, "ADMINISTRATION")
		b.refused(b.service.DeleteUsers(b.Context(), gone, b.ann.User.ID), searchlight.CodeUnauthenticated, "deleted")
	})
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	finance := b.group("finance", nil)
	ann := b.ann.User.ID
	before := b.user(ann)
	b.now.Add(1000)
	b.must(b.service.UpdateUser(b.Context(), b.root, ann, directory.UserChange{
		DisplayName: new("Ann Lee"), Email: new("ann@example.com"), Visibility: new(searchlight.NonSharable), Groups: &[]searchlight.GUID{finance},
		Preferences: directory.PreferenceChange{Set: rawMap(`{"preferredLocale":"de-DE","notifyOnShare":false,"theme":{"dark":true}}`)},
	}, [32]byte{}))
	want := *before
	want.DisplayName, want.Email, want.Visibility, want.Groups = "Ann Lee", "ann@example.com", searchlight.NonSharable, []searchlight.GUID{searchlight.AllGroupID, finance}
	want.Inherited = want.Groups
	want.Preferences = searchlight.Preferences{Locale: "de-DE", NotifyOnShare: new(false), Other: rawMap(`{"theme":{"dark":true}}`)}
	want.Modified, want.ModifiedBy, want.Version = b.clock().UTC(), b.root.User.ID, before.Version+1
	b.equal(b.user(ann), &want)
	b.equal(b.lastEvents(2)[0], event{"USERS_MODIFIED", "root", map[string]any{
		"users": list(named(ann, "ann")), "changed": list("displayName", "mail", "visibility", "preferences")}})

	// The same again is no change.
	b.unchanged(func() {
		b.must(b.service.UpdateUser(b.Context(), b.root, ann, directory.UserChange{
			Name: new("ann"), DisplayName: new("Ann Lee"), Type: new(searchlight.LocalUser), State: new(searchlight.UserActive), Groups: &[]searchlight.GUID{finance, searchlight.AllGroupID},
			Preferences: directory.PreferenceChange{Set: rawMap(`{"preferredLocale":"de-DE","showWalkMe":true}`)},
		}, [32]byte{}))
	})
}

func TestUpdateUserRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, tt := range []struct {
		id   searchlight.GUID
		w    directory.UserChange
		code searchlight.ErrorCode
		text string
	}{
		{guid(1), directory.UserChange{Email: new("")}, searchlight.CodeNotFound, "no user"},
		{guid(1), directory.UserChange{Password: new(good)}, searchlight.CodeNotFound, "no user"},
		{b.ann.User.ID, directory.UserChange{Name: new("ROOT")}, searchlight.CodeConflict, "already a user"},
		{b.ann.User.ID, directory.UserChange{Name: new("su")}, searchlight.CodeInvalid, "reserved"},
		{b.ann.User.ID, directory.UserChange{Type: new(searchlight.LocalGroup)}, searchlight.CodeInvalid, "type of users"},
		{b.ann.User.ID, directory.UserChange{State: new(searchlight.UserPending)}, searchlight.CodeInvalid, "PENDING"},
		{b.ann.User.ID, directory.UserChange{State: new(searchlight.UserState("ASLEEP"))}, searchlight.CodeInvalid, "ASLEEP"},
		{b.ann.User.ID, directory.UserChange{DisplayName: new("")}, searchlight.CodeInvalid, "display name"},
		{b.ann.User.ID, directory.UserChange{Email: new("x")}, searchlight.CodeInvalid, "e-mail"},
		{b.ann.User.ID, directory.UserChange{Password: new("short")}, searchlight.CodeInvalid, "password"},
		{b.ann.User.ID, directory.UserChange{Password: new(good), Type: new(searchlight.SAMLUser)}, searchlight.CodeInvalid, "no password here"},
		{b.ann.User.ID, directory.UserChange{Preferences: directory.PreferenceChange{Set: rawMap(`{"preferredLocale":"xx-XX"}`)}}, searchlight.CodeInvalid, "locale"},
		{b.ann.User.ID, directory.UserChange{Groups: &[]searchlight.GUID{guid(1)}}, searchlight.CodeNotFound, "no group"},
		{searchlight.AdminUserID, directory.UserChange{Name: new("boss")}, searchlight.CodeForbidden, "built in"},
		{searchlight.AdminUserID, directory.UserChange{Type: new(searchlight.SAMLUser)}, searchlight.CodeForbidden, "built in"},
		{searchlight.SuperUserID, directory.UserChange{DisplayName: new("x")}, searchlight.CodeForbidden, "built in"},
		{searchlight.SystemUserID, directory.UserChange{State: new(searchlight.UserInactive)}, searchlight.CodeForbidden, "built in"},
		{searchlight.GuestUserID, directory.UserChange{State: new(searchlight.UserActive)}, searchlight.CodeForbidden, "built in"},
		{searchlight.GuestUserID, directory.UserChange{Password: new(good)}, searchlight.CodeForbidden, "built in"},
	} {
		b.unchanged(func() {
			b.refused(b.service.UpdateUser(b.Context(), b.root, tt.id, tt.w, [32]byte{}), tt.code, tt.text)
		})
	}
}

// Users may send their whole object back; of that their preferences alone take
// effect (security.md T-05).
func TestT05_MassAssignment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	before := b.user(b.ann.User.ID)
	w := directory.UserChange{
		Name: new("boss"), DisplayName: new("Administrator"), Email: new("x@example.com"), Type: new(searchlight.SAMLUser), State: new(searchlight.UserSuspended),
		Visibility: new(searchlight.NonSharable), Groups: &[]searchlight.GUID{searchlight.AdminGroupID}, Password: new("Another Horse 8"),
	}
	b.unchanged(func() { b.must(b.service.UpdateUser(b.Context(), b.ann, b.ann.User.ID, w, [32]byte{})) })
	w.Preferences.Set = rawMap(`{"notifyOnShare":false}`)
	b.must(b.service.UpdateUser(b.Context(), b.ann, b.ann.User.ID, w, [32]byte{}))
	want := *before
	want.Preferences.NotifyOnShare, want.Version, want.ModifiedBy = new(false), before.Version+1, b.ann.User.ID
	b.equal(b.user(b.ann.User.ID), &want)
	b.equal(b.lastEvents(1), []event{{"PREFERENCES_CHANGED", "ann", map[string]any{"user": named(b.ann.User.ID, "ann")}}})
	b.unchanged(func() {
		b.refused(b.service.UpdateUser(b.Context(), b.ann, b.root.User.ID, w, [32]byte{}), searchlight.CodeForbidden, "another user")
	})
}

// What ends the sessions and tokens of a user (security.md 6.3, T-54).
func TestT54_WhatEndsSessions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do   func(b *bench, id searchlight.GUID) error
		ends bool
	}{
		"rename": {update(directory.UserChange{Name: new("anne")}), true},
		"case":   {update(directory.UserChange{Name: new("Ann")}), true},
		"type":   {update(directory.UserChange{Type: new(searchlight.SAMLUser)}), true},
		"inactive": {func(b *bench, id searchlight.GUID) error {
			_, err := b.service.Deactivate(b.Context(), b.root, "ann")
			return err
		}, true},
		"suspended": {update(directory.UserChange{State: new(searchlight.UserSuspended)}), true},
		"expired":   {update(directory.UserChange{State: new(searchlight.UserExpired)}), true},
		"locked":    {update(directory.UserChange{State: new(searchlight.UserLocked)}), true},
		"password":  {update(directory.UserChange{Password: new("Another Horse 8")}), true},
		"deleted":   {func(b *bench, id searchlight.GUID) error { return b.service.DeleteUsers(b.Context(), b.root, id) }, true},
		"invalidate": {func(b *bench, id searchlight.GUID) error {
			return b.service.InvalidateSessions(b.Context(), b.root, directory.Invalidation{IDs: []searchlight.GUID{id}})
		}, true},
		"display": {update(directory.UserChange{DisplayName: new("x"), Email: new("x@example.com"), Visibility: new(searchlight.NonSharable)}), false},
		"active":  {update(directory.UserChange{State: new(searchlight.UserActive)}), false},
		"groups":  {update(directory.UserChange{Groups: &[]searchlight.GUID{searchlight.AdminGroupID}}), false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			one, two, other := b.session(b.ann.User.ID, 1), b.session(b.ann.User.ID, 2), b.session(b.root.User.ID, 3)
			b.must(tt.do(b, b.ann.User.ID))
			want := []byte{1, 2, 3}
			if tt.ends {
				want = []byte{3}
			}
			sessions, tokens := b.alive(one, two, other)
			b.equal([2][]byte{sessions, tokens}, [2][]byte{want, want})
		})
	}
}

func update(w directory.UserChange) func(*bench, searchlight.GUID) error {
	return func(b *bench, id searchlight.GUID) error {
		return b.service.UpdateUser(b.Context(), b.root, id, w, [32]byte{})
	}
}

func TestTypesAndStates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.ann.User.ID
	b.update(func(tx searchlight.Tx) error {
		u, err := tx.User(id)
		if err != nil {
			return err
		}
		u.Identity, u.FailedLogins, u.LockedUntil = "idp ann", 4, tx.Now().Add(time.Hour)
		return tx.UpdateUser(u)
	})
	b.must(b.service.UpdateUser(b.Context(), b.root, id, directory.UserChange{State: new(searchlight.UserActive)}, [32]byte{}))
	u := b.user(id)
	b.equal([]any{u.FailedLogins, u.LockedUntil, u.Identity}, []any{0, time.Time{}, "idp ann"})
	b.equal(b.lastEvents(1)[0].Data["changed"], list("lock"))

	b.must(b.service.UpdateUser(b.Context(), b.root, id, directory.UserChange{Type: new(searchlight.SAMLUser), Name: new("anne")}, [32]byte{}))
	u = b.user(id)
	b.equal([]any{u.PasswordHash, u.MustChangePassword, u.Identity, u.Type}, []any{"", false, "", searchlight.SAMLUser})
	b.equal(b.lastEvents(1), []event{{"USERS_MODIFIED", "root", map[string]any{"users": list(named(id, "anne")), "changed": list("name", "type"),
		"oldName": "ann", "newName": "anne", "oldType": "LOCAL_USER", "newType": "SAML_USER"}}})

	// Back again, with a password in the same call.
	b.must(b.service.UpdateUser(b.Context(), b.root, id, directory.UserChange{Type: new(searchlight.LocalUser), Password: new("Another Horse 8")}, [32]byte{}))
	u = b.user(id)
	b.equal([]any{u.PasswordHash != "", u.MustChangePassword, u.Type}, []any{true, true, searchlight.LocalUser})
}

func TestDeleteUsers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	zoe := b.create(b.root, directory.NewUser{Name: "zoe"}).ID
	b.unchanged(func() {
		b.refused(b.service.DeleteUsers(b.Context(), b.root, zoe, guid(1)), searchlight.CodeNotFound, "no user")
		for _, id := range []searchlight.GUID{searchlight.AdminUserID, searchlight.SuperUserID, searchlight.SystemUserID, searchlight.GuestUserID} {
			b.refused(b.service.DeleteUsers(b.Context(), b.root, zoe, id), searchlight.CodeForbidden, "built in")
		}
	})
	b.must(b.service.DeleteUsers(b.Context(), b.root, zoe, b.ann.User.ID, zoe))
	users, err := b.service.Users(b.Context(), b.root)
	b.must(err)
	b.equal(sortedNames(users, func(u directory.User) string { return u.Name }), []string{"guest", "root", "su", "system", "tsadmin"})
	b.equal(b.lastEvents(1), []event{{"USERS_DELETED", "root", map[string]any{"users": list(named(zoe, "zoe"), named(b.ann.User.ID, "ann"))}}})
}

// An administrator who can sign in is always left, whichever way the last one
// would go (security.md 1.5, T-09).
func TestT09_TheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, s, root := b.Context(), b.service, b.root.User.ID
	staff := b.group("staff", []searchlight.Privilege{searchlight.PrivilegeAdministration})
	inner := b.group("inner", nil, staff)
	// root is an administrator through inner alone, and tsadmin is none.
	b.must(s.Join(ctx, b.root, []searchlight.GUID{root}, []searchlight.GUID{inner}))
	b.must(s.Leave(ctx, b.root, []searchlight.GUID{root, searchlight.AdminUserID}, []searchlight.GUID{searchlight.AdminGroupID}))
	b.unchanged(func() {
		for name, err := range map[string]error{
			"delete":          s.DeleteUsers(ctx, b.root, root),
			"deactivate":      update(directory.UserChange{State: new(searchlight.UserInactive)})(b, root),
			"suspend":         update(directory.UserChange{State: new(searchlight.UserSuspended)})(b, root),
			"regroup":         s.SetUserGroups(ctx, b.root, root, nil),
			"leave":           s.Leave(ctx, b.root, []searchlight.GUID{root}, []searchlight.GUID{inner}),
			"empty group":     s.SetGroupUsers(ctx, b.root, inner, nil),
			"leave group":     s.LeaveGroups(ctx, b.root, []searchlight.GUID{inner}, staff),
			"empty subgroups": s.SetSubgroups(ctx, b.root, staff, nil),
			"delete group":    s.DeleteGroups(ctx, b.root, inner),
			"delete parent":   s.DeleteGroups(ctx, b.root, staff),
			"group object":    s.UpdateGroup(ctx, b.root, staff, directory.GroupChange{Privileges: &[]searchlight.Privilege{}}),
		} {
			if err == nil || searchlight.CodeOf(err) != searchlight.CodeConflict {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := s.Deactivate(ctx, b.root, "root")
		b.refused(err, searchlight.CodeConflict, "nobody would be left")
		_, err = s.RemovePrivilege(ctx, b.root, searchlight.PrivilegeAdministration, "staff")
		b.refused(err, searchlight.CodeConflict, "nobody would be left")
		_, err = s.Sync(ctx, b.root, directory.SyncRequest{Apply: true, RemoveDeleted: new(true)})
		b.refused(err, searchlight.CodeConflict, "nobody would be left")
	})
	// Locked users count: a lock passes, and guessing must not decide who stays.
	b.must(update(directory.UserChange{State: new(searchlight.UserLocked)})(b, root))
}

func TestFindUser(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, ref := range []directory.Ref{{Name: "ANN"}, {ID: b.ann.User.ID}, {ID: b.ann.User.ID, Name: "ignored"}} {
		u, err := b.service.User(b.Context(), b.root, ref)
		b.must(err)
		b.equal(u.Name, "ann")
	}
	for _, ref := range []directory.Ref{{Name: "nobody"}, {Name: "a\x00"}, {ID: guid(1)}} {
		_, err := b.service.User(b.Context(), b.root, ref)
		b.refused(err, searchlight.CodeNotFound, "here is no user")
	}
}

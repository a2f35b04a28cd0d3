package directory_test

import (
	"fmt"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

func TestCreateGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	got, err := b.service.CreateGroup(b.Context(), b.root, directory.NewGroup{Name: "Sales Team, East", DisplayName: "East", Description: "line 1\nline 2", Visibility: searchlight.NonSharable,
		Privileges: []searchlight.Privilege{searchlight.PrivilegeDataDownloading, searchlight.PrivilegeAuthoring, searchlight.PrivilegeBypassRLS}})
	b.must(err)
	b.equal(got, b.groupOf(got.ID))
	b.equal(got, &directory.Group{
		Group: searchlight.Group{ID: got.ID, Name: "Sales Team, East", DisplayName: "East", Description: "line 1\nline 2", Type: searchlight.LocalGroup, Visibility: searchlight.NonSharable,
			Privileges: []searchlight.Privilege{searchlight.PrivilegeBypassRLS, searchlight.PrivilegeDataDownloading},
			Author:     b.root.User.ID, ModifiedBy: b.root.User.ID, Created: b.clock().UTC(), Modified: b.clock().UTC(), Version: 1},
		Parents: []searchlight.GUID{}, Inherited: []searchlight.GUID{},
	})
	b.equal(b.lastEvents(2), []event{
		{"USER_GROUPS_CREATED", "root", map[string]any{"groups": list(named(got.ID, "Sales Team, East"))}},
		{"PRIVILEGE_CHANGES", "root", map[string]any{"groupIdentity": named(got.ID, "Sales Team, East"), "severity": "high",
			"modifiedPrivileges": map[string]any{"added": list("BYPASSRLS", "DATADOWNLOADING"), "removed": list()}, "currentPrivileges": list("BYPASSRLS", "DATADOWNLOADING")}},
	})
	for _, tt := range []struct {
		n    directory.NewGroup
		code searchlight.ErrorCode
		text string
	}{
		{directory.NewGroup{Name: "sales team, EAST"}, searchlight.CodeConflict, "already a group"},
		{directory.NewGroup{Name: "aLL"}, searchlight.CodeInvalid, "reserved"},
		{directory.NewGroup{Name: "a\tb"}, searchlight.CodeInvalid, "U+0009"},
		{directory.NewGroup{Name: "x", Type: searchlight.LocalUser}, searchlight.CodeInvalid, "type of groups"},
		{directory.NewGroup{Name: "x", Visibility: "x"}, searchlight.CodeInvalid, "visibility"},
		{directory.NewGroup{Name: "x", Description: "a\x01"}, searchlight.CodeInvalid, "description"},
		{directory.NewGroup{Name: "x", Privileges: []searchlight.Privilege{"ROLE_ADMINISTRATION"}}, searchlight.CodeInvalid, "ROLE_ADMINISTRATION"},
		{directory.NewGroup{Name: "x", Privileges: []searchlight.Privilege{searchlight.PrivilegeSystemManagement}}, searchlight.CodeInvalid, "SYSTEMMANAGEMENT"},
	} {
		b.unchanged(func() {
			_, err := b.service.CreateGroup(b.Context(), b.root, tt.n)
			b.refused(err, tt.code, tt.text)
		})
	}
	b.create(b.root, directory.NewUser{Name: "Sales Team, East"}) // users and groups may share a name
}

func TestUpdateGroup(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	parent, id := b.group("parent", nil), b.group("staff", []searchlight.Privilege{searchlight.PrivilegeDeveloper})
	pinboards := []searchlight.GUID{guid(2), guid(1)}
	for _, p := range pinboards {
		b.update(func(tx searchlight.Tx) error {
			return tx.CreateObject(&searchlight.Object{Header: searchlight.Header{ID: p, Type: searchlight.TypePinboard, Name: "p", Author: b.root.User.ID, Owner: p}, Content: []byte("{}")})
		})
	}
	before := b.groupOf(id)
	b.now.Add(1000)
	w := directory.GroupChange{Name: new("Staff 2"), DisplayName: new("All staff"), Description: new("who works here"), Type: new(searchlight.TeamGroup), Visibility: new(searchlight.NonSharable),
		Privileges: &[]searchlight.Privilege{searchlight.PrivilegeA3Analysis}, Parents: &[]searchlight.GUID{parent}, Pinboards: &pinboards, AssignableByToken: new(true), AssignableBySSO: new(true)}
	b.must(b.service.UpdateGroup(b.Context(), b.root, id, w))
	want := *before
	want.Name, want.DisplayName, want.Description, want.Type, want.Visibility = "Staff 2", "All staff", "who works here", searchlight.TeamGroup, searchlight.NonSharable
	want.Privileges, want.Parents, want.Inherited, want.Pinboards = *w.Privileges, *w.Parents, *w.Parents, pinboards
	want.AssignableByToken, want.AssignableBySSO, want.Modified, want.Version = true, true, b.clock().UTC(), before.Version+1
	b.equal(b.groupOf(id), &want)
	b.equal(b.lastEvents(3), []event{
		{"USER_GROUP_MODIFIED", "root", map[string]any{"groups": list(named(id, "Staff 2")), "oldName": "staff", "newName": "Staff 2", "severity": "high",
			"changed": list("name", "displayName", "description", "type", "visibility", "assignableByToken", "assignableBySSO", "pinboards")}},
		{"PRIVILEGE_CHANGES", "root", map[string]any{"groupIdentity": named(id, "Staff 2"),
			"modifiedPrivileges": map[string]any{"added": list("A3ANALYSIS"), "removed": list("DEVELOPER")}, "currentPrivileges": list("A3ANALYSIS")}},
		{"PRINCIPALS_IN_GROUP_UPDATE", "root", map[string]any{"added": list(map[string]any{"principal": named(id, "Staff 2"), "group": named(parent, "parent")}), "removed": list()}},
	})
	b.unchanged(func() { b.must(b.service.UpdateGroup(b.Context(), b.root, id, w)) })

	for _, tt := range []struct {
		id   searchlight.GUID
		w    directory.GroupChange
		code searchlight.ErrorCode
		text string
	}{
		{guid(1), directory.GroupChange{}, searchlight.CodeNotFound, "no group"},
		{id, directory.GroupChange{Name: new("PARENT")}, searchlight.CodeConflict, "already a group"},
		{id, directory.GroupChange{Name: new("All")}, searchlight.CodeInvalid, "reserved"},
		{id, directory.GroupChange{Type: new(searchlight.LocalUser)}, searchlight.CodeInvalid, "type of groups"},
		{id, directory.GroupChange{Pinboards: &[]searchlight.GUID{guid(1), guid(2), guid(3), guid(4)}}, searchlight.CodeInvalid, "at most 3"},
		{id, directory.GroupChange{Pinboards: &[]searchlight.GUID{guid(3)}}, searchlight.CodeInvalid, string(guid(3))},
		{id, directory.GroupChange{Pinboards: &[]searchlight.GUID{searchlight.EmbeddedConnectionID}}, searchlight.CodeInvalid, "no pinboard"},
		{id, directory.GroupChange{Parents: &[]searchlight.GUID{guid(1)}}, searchlight.CodeNotFound, "no group"},
		{id, directory.GroupChange{Parents: &[]searchlight.GUID{id}}, searchlight.CodeInvalid, "inside itself"},
		{searchlight.AllGroupID, directory.GroupChange{Name: new("Everybody")}, searchlight.CodeForbidden, "built in"},
		{searchlight.AdminGroupID, directory.GroupChange{Type: new(searchlight.TeamGroup)}, searchlight.CodeForbidden, "built in"},
		{searchlight.AllGroupID, directory.GroupChange{Privileges: &[]searchlight.Privilege{searchlight.PrivilegeDeveloper}}, searchlight.CodeInvalid, "everybody"},
		{searchlight.AllGroupID, directory.GroupChange{Parents: &[]searchlight.GUID{searchlight.AdminGroupID}}, searchlight.CodeInvalid, "All cannot be in another"},
		{searchlight.AdminGroupID, directory.GroupChange{Privileges: &[]searchlight.Privilege{}}, searchlight.CodeInvalid, "keeps ADMINISTRATION"},
		{searchlight.SystemGroupID, directory.GroupChange{Privileges: &[]searchlight.Privilege{}}, searchlight.CodeForbidden, "System"},
	} {
		b.unchanged(func() {
			b.refused(b.service.UpdateGroup(b.Context(), b.root, tt.id, tt.w), tt.code, tt.text)
		})
	}
	// Whole objects of built-in groups may be sent back.
	for _, id := range []searchlight.GUID{searchlight.AllGroupID, searchlight.AdminGroupID, searchlight.SystemGroupID} {
		g := b.groupOf(id)
		b.unchanged(func() {
			b.must(b.service.UpdateGroup(b.Context(), b.root, id, directory.GroupChange{Name: &g.Name, DisplayName: &g.DisplayName, Type: &g.Type, Visibility: &g.Visibility,
				Privileges: &g.Privileges, Parents: &g.Parents}))
		})
	}
}

func TestDeleteGroups(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	outer := b.group("outer", nil)
	inner := b.group("inner", nil, outer)
	b.must(b.service.Join(b.Context(), b.root, []searchlight.GUID{b.ann.User.ID}, []searchlight.GUID{inner}))
	b.unchanged(func() {
		b.refused(b.service.DeleteGroups(b.Context(), b.root, inner, guid(1)), searchlight.CodeNotFound, "no group")
		for _, id := range []searchlight.GUID{searchlight.AllGroupID, searchlight.AdminGroupID, searchlight.SystemGroupID} {
			b.refused(b.service.DeleteGroups(b.Context(), b.root, inner, id), searchlight.CodeForbidden, "built in")
		}
	})
	b.must(b.service.DeleteGroups(b.Context(), b.root, inner, outer))
	b.equal(b.groupNames(b.ann.User.ID), []string{"All"})
	b.equal(b.lastEvents(1), []event{{"USER_GROUPS_DELETED", "root", map[string]any{"groups": list(named(inner, "inner"), named(outer, "outer"))}}})
}

func TestPrivileges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two := b.group("one", nil), b.group("two", []searchlight.Privilege{searchlight.PrivilegeDataManagement})
	has := func(id searchlight.GUID) []searchlight.Privilege { return b.groupOf(id).Privileges }
	add := func(p searchlight.Privilege, names ...string) error {
		groups, err := b.service.AddPrivilege(b.Context(), b.root, p, names...)
		for i := range groups {
			b.equal(&groups[i], b.groupOf(groups[i].ID))
		}
		return err
	}
	remove := func(p searchlight.Privilege, names ...string) error {
		_, err := b.service.RemovePrivilege(b.Context(), b.root, p, names...)
		return err
	}
	b.must(add(searchlight.PrivilegeDataDownloading, "ONE", "two", "ALL_GROUP"))
	b.equal(has(one), []searchlight.Privilege{"DATADOWNLOADING"})
	b.equal(has(two), []searchlight.Privilege{"DATADOWNLOADING", "DATAMANAGEMENT"})
	b.equal(has(searchlight.AllGroupID), []searchlight.Privilege{"AUTHORING", "DATADOWNLOADING"})
	b.unchanged(func() {
		b.must(add(searchlight.PrivilegeDataDownloading, "one"))  // has it
		b.must(remove(searchlight.PrivilegeDeveloper, "one"))     // never had it
		b.must(add(searchlight.PrivilegeAuthoring, "one", "All")) // everybody has it
		b.must(remove(searchlight.PrivilegeAuthoring, "one", "All"))
		b.must(remove(searchlight.PrivilegeBypassRLS, "Administrator", "System", "All"))
	})
	b.must(remove(searchlight.PrivilegeDataDownloading, "one", "All"))
	b.equal(has(one), []searchlight.Privilege(nil))
	b.equal(has(searchlight.AllGroupID), []searchlight.Privilege{"AUTHORING"})
	b.equal(b.lastEvents(1), []event{{"PRIVILEGE_CHANGES", "root", map[string]any{"groupIdentity": named(searchlight.AllGroupID, "All"),
		"modifiedPrivileges": map[string]any{"added": list(), "removed": list("DATADOWNLOADING")}, "currentPrivileges": list("AUTHORING")}}})
	b.must(add(searchlight.PrivilegeAdministration, "one"))
	b.equal(b.lastEvents(1)[0].Data["severity"], "high")

	for _, tt := range []struct {
		change func(searchlight.Privilege, ...string) error
		p      searchlight.Privilege
		groups []string
		code   searchlight.ErrorCode
		text   string
	}{
		{add, searchlight.PrivilegeDeveloper, []string{"two", "nobody"}, searchlight.CodeNotFound, "nobody"},
		{remove, searchlight.PrivilegeDataManagement, []string{"two", "nobody"}, searchlight.CodeNotFound, "nobody"},
		{add, searchlight.PrivilegeDeveloper, []string{"two", "All"}, searchlight.CodeInvalid, "everybody"},
		{add, searchlight.PrivilegeSystemManagement, []string{"two"}, searchlight.CodeInvalid, "SYSTEMMANAGEMENT"},
		{remove, searchlight.PrivilegeSystemManagement, []string{"System"}, searchlight.CodeInvalid, "SYSTEMMANAGEMENT"},
		{add, searchlight.PrivilegeDeveloper, []string{"System"}, searchlight.CodeForbidden, "System"},
		{add, "TAGMANAGEMENT", []string{"two"}, searchlight.CodeInvalid, "TAGMANAGEMENT"},
		{remove, searchlight.PrivilegeAdministration, []string{"Administrator"}, searchlight.CodeInvalid, "keeps ADMINISTRATION"},
	} {
		b.unchanged(func() { b.refused(tt.change(tt.p, tt.groups...), tt.code, tt.text) })
	}
}

func TestMemberships(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, s := b.Context(), b.service
	zoe := b.create(b.root, directory.NewUser{Name: "zoe"}).ID
	ann, all := b.ann.User.ID, searchlight.AllGroupID
	one, two, three := b.group("one", nil), b.group("two", nil), b.group("three", nil)
	check := func(wantAnn, wantZoe []string) {
		t.Helper()
		b.equal([2][]string{b.groupNames(ann), b.groupNames(zoe)}, [2][]string{wantAnn, wantZoe})
	}
	ids := func(list ...searchlight.GUID) []searchlight.GUID { return list }

	b.must(s.Join(ctx, b.root, ids(ann, zoe), ids(one, two)))
	check([]string{"All", "one", "two"}, []string{"All", "one", "two"})
	b.must(s.Leave(ctx, b.root, ids(ann), ids(one, three)))
	check([]string{"All", "two"}, []string{"All", "one", "two"})
	b.equal(b.lastEvents(1), []event{{"PRINCIPALS_IN_GROUP_UPDATE", "root", map[string]any{"added": list(),
		"removed": list(map[string]any{"principal": named(ann, "ann"), "group": named(one, "one")})}}})
	b.must(s.SetUserGroups(ctx, b.root, ann, ids(three, one)))
	check([]string{"All", "one", "three"}, []string{"All", "one", "two"})
	b.must(s.SetUserGroups(ctx, b.root, zoe, nil))
	check([]string{"All", "one", "three"}, []string{"All"})
	b.must(s.SetGroupUsers(ctx, b.root, one, ids(zoe)))
	check([]string{"All", "three"}, []string{"All", "one"})
	users, err := s.GroupUsers(ctx, b.root, one)
	b.must(err)
	b.equal(users, []directory.User{*b.user(zoe)})
	b.must(s.SetGroupUsers(ctx, b.root, one, nil))
	check([]string{"All", "three"}, []string{"All"})
	b.unchanged(func() {
		b.must(s.Join(ctx, b.root, ids(ann), ids(all, three)))
		b.must(s.Leave(ctx, b.root, ids(zoe), ids(one)))
		b.must(s.Join(ctx, b.root, ids(searchlight.SuperUserID), ids(all, searchlight.SystemGroupID)))
	})

	// Groups in groups.
	b.must(s.JoinGroups(ctx, b.root, ids(one, two), three))
	b.must(s.JoinGroups(ctx, b.root, ids(one), two))
	b.equal([2][]searchlight.GUID{b.groupOf(one).Parents, b.groupOf(one).Inherited}, [2][]searchlight.GUID{{three, two}, {three, two}})
	members, err := s.Subgroups(ctx, b.root, three)
	b.must(err)
	b.equal(members, []directory.Group{*b.groupOf(one), *b.groupOf(two)})
	b.must(s.LeaveGroups(ctx, b.root, ids(one), three))
	b.equal([2][]searchlight.GUID{b.groupOf(one).Parents, b.groupOf(one).Inherited}, [2][]searchlight.GUID{{two}, {two, three}})
	b.must(s.SetSubgroups(ctx, b.root, three, ids(one)))
	b.equal([2][]searchlight.GUID{b.groupOf(one).Parents, b.groupOf(two).Parents}, [2][]searchlight.GUID{{three, two}, {}})
	b.must(s.JoinGroups(ctx, b.root, ids(three), searchlight.AdminGroupID))
	b.equal(b.lastEvents(1)[0].Data["severity"], "high")
	b.must(s.Join(ctx, b.root, ids(ann), ids(one)))
	b.equal([]any{b.lastEvents(1)[0].Data["severity"], b.subject(ann).IsAdmin()}, []any{"high", true})

	for _, tt := range []struct {
		err  func() error
		code searchlight.ErrorCode
		text string
	}{
		{func() error { return s.Join(ctx, b.root, ids(ann, guid(1)), ids(two)) }, searchlight.CodeNotFound, "no user"},
		{func() error { return s.Join(ctx, b.root, ids(ann), ids(two, guid(1))) }, searchlight.CodeNotFound, "no group"},
		{func() error { return s.Leave(ctx, b.root, ids(ann), ids(guid(1))) }, searchlight.CodeNotFound, "no group"},
		{func() error { return s.SetUserGroups(ctx, b.root, guid(1), nil) }, searchlight.CodeNotFound, "no user"},
		{func() error { return s.SetGroupUsers(ctx, b.root, guid(1), ids(ann)) }, searchlight.CodeNotFound, "no group"},
		{func() error { return s.SetGroupUsers(ctx, b.root, two, ids(guid(1))) }, searchlight.CodeNotFound, "no user"},
		{func() error { return s.SetSubgroups(ctx, b.root, guid(1), nil) }, searchlight.CodeNotFound, "no group"},
		{func() error { return s.JoinGroups(ctx, b.root, ids(guid(1)), two) }, searchlight.CodeNotFound, "no group"},
		{func() error { return s.JoinGroups(ctx, b.root, ids(two), guid(1)) }, searchlight.CodeNotFound, "no group"},
		{func() error { return s.Leave(ctx, b.root, ids(ann), ids(three, all)) }, searchlight.CodeInvalid, "in the group All"},
		{func() error { return s.SetGroupUsers(ctx, b.root, all, ids(ann)) }, searchlight.CodeInvalid, "in the group All"},
		{func() error { return s.Join(ctx, b.root, ids(ann), ids(searchlight.SystemGroupID)) }, searchlight.CodeForbidden, "System"},
		{func() error { return s.Join(ctx, b.root, ids(searchlight.GuestUserID), ids(two)) }, searchlight.CodeForbidden, "built in"},
		{func() error {
			return s.Leave(ctx, b.root, ids(searchlight.SuperUserID), ids(searchlight.AdminGroupID))
		}, searchlight.CodeForbidden, "built in"},
		{func() error { return s.SetGroupUsers(ctx, b.root, searchlight.SystemGroupID, nil) }, searchlight.CodeForbidden, "built in"},
		{func() error { return s.JoinGroups(ctx, b.root, ids(three), one) }, searchlight.CodeInvalid, "inside itself"},
		{func() error { return s.JoinGroups(ctx, b.root, ids(one), one) }, searchlight.CodeInvalid, "inside itself"},
		{func() error { return s.JoinGroups(ctx, b.root, ids(all), searchlight.AdminGroupID) }, searchlight.CodeInvalid, "All"},
		{func() error { return s.JoinGroups(ctx, b.root, ids(one), searchlight.SystemGroupID) }, searchlight.CodeForbidden, "System"},
		{func() error { return s.JoinGroups(ctx, b.root, ids(searchlight.SystemGroupID), one) }, searchlight.CodeForbidden, "System"},
	} {
		b.unchanged(func() { b.refused(tt.err(), tt.code, tt.text) })
	}
}

func TestGroupsAreAtMost32Deep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	last := b.group("1", nil)
	for n := 2; n <= 32; n++ {
		last = b.group(fmt.Sprint(n), nil, last)
	}
	b.equal(len(b.groupOf(last).Inherited), 31)
	one := b.group("33", nil)
	b.refused(b.service.JoinGroups(b.Context(), b.root, []searchlight.GUID{one}, last), searchlight.CodeInvalid, "32")
}

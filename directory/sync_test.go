package directory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/directory"
)

func user(name string, groups ...string) directory.Principal {
	p := directory.Principal{Name: name, Type: searchlight.LocalUser}
	if groups != nil {
		p.Groups = &groups
	}
	return p
}

func group(name string, groups ...string) directory.Principal {
	p := user(name, groups...)
	p.Type = searchlight.LocalGroup
	return p
}

func (b *bench) sync(r directory.SyncRequest) *directory.SyncResult {
	b.Helper()
	result, err := b.service.Sync(b.Context(), b.root, r)
	b.must(err)
	return result
}

func TestSync(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	old, kept := b.group("old", nil), b.group("kept", []searchlight.Privilege{searchlight.PrivilegeDeveloper}, b.group("top", nil))
	zoe := b.create(b.root, directory.NewUser{Name: "Zoe", DisplayName: "Zoe Z", Email: "zoe@example.com", Groups: []searchlight.GUID{old}})
	gone := b.create(b.root, directory.NewUser{Name: "gone"})
	b.hashes.Store(0)
	session := b.session(gone.ID, 1)

	full := user("New One", "finance", "All")
	full.DisplayName, full.Mail, full.Visibility, full.Password = new("Number One"), new("one@example.com"), new(searchlight.NonSharable), new("Very Own Horse 1")
	changed := user("zoe", "Finance")
	changed.DisplayName = new("Zoe X")
	finance := group("finance", "kept")
	finance.DisplayName, finance.Description, finance.Visibility = new("Finance"), new("money"), new(searchlight.NonSharable)
	sso := user("sso")
	sso.Type = searchlight.SAMLUser
	r := directory.SyncRequest{Password: "Shared Secret 9", RemoveDeleted: new(true), Principals: []directory.Principal{
		full, changed, sso, finance, user("two"), group("KEPT"), group("top"), group("All"), user("su", "All"), user("ann"), user("tsadmin", "Administrator"),
	}}
	want := &directory.SyncResult{
		UsersAdded: []string{"New One", "sso", "two"}, UsersUpdated: []string{"Zoe"}, UsersDeleted: []string{"gone"},
		GroupsAdded: []string{"finance"}, GroupsDeleted: []string{"old"},
	}
	b.unchanged(func() { b.equal(b.sync(r), want) }) // a dry run
	b.equal(b.hashes.Load(), int64(0))

	b.now.Add(1000)
	r.Apply = true
	b.equal(b.sync(r), want)
	b.equal(b.hashes.Load(), int64(2))
	one, err := b.service.User(b.Context(), b.root, directory.Ref{Name: "new one"})
	b.must(err)
	f, err := b.service.Group(b.Context(), b.root, directory.Ref{Name: "finance"})
	b.must(err)
	b.equal(f, &directory.Group{
		Group: searchlight.Group{ID: f.ID, Name: "finance", DisplayName: "Finance", Description: "money", Type: searchlight.LocalGroup, Visibility: searchlight.NonSharable,
			Author: b.root.User.ID, ModifiedBy: b.root.User.ID, Created: b.clock().UTC(), Modified: b.clock().UTC(), Version: 1},
		Parents: []searchlight.GUID{kept}, Inherited: []searchlight.GUID{kept, b.groupOf(kept).Parents[0]},
	})
	b.equal(b.knows(one.ID, "Very Own Horse 1"), true)
	one.PasswordHash = ""
	b.equal(one, &directory.User{
		User: searchlight.User{ID: one.ID, Name: "New One", DisplayName: "Number One", Email: "one@example.com", Type: searchlight.LocalUser, State: searchlight.UserActive,
			Visibility: searchlight.NonSharable, MustChangePassword: true, Author: b.root.User.ID, ModifiedBy: b.root.User.ID, Created: b.clock().UTC(), Modified: b.clock().UTC(), Version: 1},
		Groups: []searchlight.GUID{searchlight.AllGroupID, f.ID}, Inherited: []searchlight.GUID{searchlight.AllGroupID, f.ID, kept, b.groupOf(kept).Parents[0]},
	})
	two, err := b.service.User(b.Context(), b.root, directory.Ref{Name: "two"})
	b.must(err)
	b.equal([]any{b.knows(two.ID, "Shared Secret 9"), two.DisplayName, two.Groups}, []any{true, "two", []searchlight.GUID{searchlight.AllGroupID}})
	after := b.user(zoe.ID)
	b.equal([]any{after.Name, after.DisplayName, after.Email, after.PasswordHash, after.Groups},
		[]any{"Zoe", "Zoe X", "zoe@example.com", zoe.PasswordHash, []searchlight.GUID{searchlight.AllGroupID, f.ID}})
	sessions, _ := b.alive(session)
	b.equal(sessions, []byte(nil))
	b.equal(b.groupNames(searchlight.SuperUserID), []string{"Administrator", "All", "System"})
	b.equal(b.groupNames(b.root.User.ID), []string{"Administrator", "All"}) // the caller, who is not in the list
	events := b.lastEvents(6)
	var types []string
	for _, e := range events {
		types = append(types, e.Type)
	}
	b.equal(types, []string{"USER_GROUPS_CREATED", "USERS_CREATED", "USERS_MODIFIED", "PRINCIPALS_IN_GROUP_UPDATE", "USERS_DELETED", "USER_GROUPS_DELETED"})
	b.equal(events[2], event{"USERS_MODIFIED", "root", map[string]any{"users": list(map[string]any{"id": string(zoe.ID), "name": "Zoe", "changed": list("displayName")})}})
	if text := fmt.Sprint(b.events()); strings.Contains(text, "Horse") || strings.Contains(text, "Secret") || strings.Contains(text, "argon2") {
		t.Error("a password is in the audit log")
	}

	b.unchanged(func() { b.equal(b.sync(r), &directory.SyncResult{}) }) // nothing differs any more
}

// Lists that are about a few principals leave the others alone, and what is
// null stays.
func TestSyncOfAPart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	inner := b.group("inner", nil, b.group("outer", nil))
	b.must(b.service.Join(b.Context(), b.root, []searchlight.GUID{b.ann.User.ID}, []searchlight.GUID{inner}))
	part := func(list ...directory.Principal) *directory.SyncResult {
		return b.sync(directory.SyncRequest{Apply: true, RemoveDeleted: new(false), Principals: list})
	}
	b.unchanged(func() { b.equal(part(user("ann"), group("inner")), &directory.SyncResult{}) })
	empty := []string{}
	b.equal(part(directory.Principal{Name: "Ann", Type: searchlight.SAMLUser, Groups: &empty}, directory.Principal{Name: "inner", Type: searchlight.TeamGroup, Groups: &empty}),
		&directory.SyncResult{UsersUpdated: []string{"ann"}, GroupsUpdated: []string{"inner"}})
	ann := b.user(b.ann.User.ID)
	b.equal([]any{ann.Groups, ann.Type, ann.PasswordHash, b.groupOf(inner).Parents, b.groupOf(inner).Type},
		[]any{[]searchlight.GUID{searchlight.AllGroupID}, searchlight.SAMLUser, "", []searchlight.GUID{}, searchlight.TeamGroup})
	clear := user("ann")
	clear.Type, clear.Mail = searchlight.SAMLUser, new("")
	b.must(update(directory.UserChange{Email: new("ann@example.com")})(b, b.ann.User.ID))
	b.equal(part(clear), &directory.SyncResult{UsersUpdated: []string{"ann"}})
	b.equal(b.user(b.ann.User.ID).Email, "")
	// Somebody gains ADMINISTRATION.
	part(group("inner", "Administrator"))
	b.equal(b.lastEvents(1), []event{{"PRINCIPALS_IN_GROUP_UPDATE", "root", map[string]any{"sync": true, "users": 0.0, "groups": 1.0, "severity": "high"}}})
	part(user("ann", "inner"))
	b.equal(b.lastEvents(1)[0].Data["severity"], "high")
	part(user("ann"), group("x"), group("y", "x"))
	part(user("ann", "y"))
	b.equal(b.lastEvents(1)[0].Data["severity"], nil)
}

func TestSyncRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for n := range 4 {
		b.create(b.root, directory.NewUser{Name: fmt.Sprint("user ", n)})
	}
	b.group("staff", nil)
	weak := user("new")
	weak.Password = new("short")
	mail := user("new")
	mail.Mail = new("no address")
	visible := user("ann")
	visible.Visibility = new(searchlight.Visibility("x"))
	typed := func(name string, t searchlight.PrincipalType) directory.Principal {
		return directory.Principal{Name: name, Type: t}
	}
	for name, tt := range map[string]struct {
		list   []directory.Principal
		remove *bool
		code   searchlight.ErrorCode
		inList bool
		text   string
	}{
		"no name":            {[]directory.Principal{user("a"), user("")}, new(false), searchlight.CodeInvalid, true, "principal 2"},
		"no type":            {[]directory.Principal{typed("a", "")}, new(false), searchlight.CodeInvalid, true, "principalTypeEnum"},
		"unknown type":       {[]directory.Principal{typed("a", "ALIEN_USER")}, new(false), searchlight.CodeInvalid, true, "ALIEN_USER"},
		"twice":              {[]directory.Principal{user("ann"), group("ann"), user("ANN")}, new(false), searchlight.CodeInvalid, true, "twice"},
		"visibility":         {[]directory.Principal{visible}, new(false), searchlight.CodeInvalid, true, "visibility"},
		"unknown group":      {[]directory.Principal{user("ann", "nobody")}, new(false), searchlight.CodeInvalid, true, "nobody"},
		"unknown parent":     {[]directory.Principal{group("staff", "nobody")}, new(false), searchlight.CodeInvalid, true, "nobody"},
		"circle":             {[]directory.Principal{group("a", "b"), group("b", "a")}, new(false), searchlight.CodeInvalid, true, "inside itself"},
		"bad name":           {[]directory.Principal{user("a\x01")}, new(false), searchlight.CodeInvalid, true, "U+0001"},
		"reserved name":      {[]directory.Principal{user("Administrator")}, new(false), searchlight.CodeInvalid, true, "reserved"},
		"bad mail":           {[]directory.Principal{mail}, new(false), searchlight.CodeInvalid, true, "e-mail"},
		"All inside":         {[]directory.Principal{group("All", "Administrator")}, new(false), searchlight.CodeInvalid, true, "All"},
		"into System":        {[]directory.Principal{user("ann", "System")}, new(false), searchlight.CodeForbidden, false, "System"},
		"new into System":    {[]directory.Principal{typedInto("new", "System")}, new(false), searchlight.CodeForbidden, false, "System"},
		"type of a built-in": {[]directory.Principal{typed("tsadmin", searchlight.SAMLUser)}, new(false), searchlight.CodeForbidden, false, "built in"},
		"no password":        {[]directory.Principal{user("new")}, new(false), searchlight.CodeInvalid, false, "password"},
		"weak password":      {[]directory.Principal{weak}, new(false), searchlight.CodeInvalid, false, "password"},
		"too many go":        {[]directory.Principal{user("ann")}, nil, searchlight.CodeInvalid, false, "removeDeleted=true"},
		"no administrator":   {[]directory.Principal{user("tsadmin", []string{"All"}...), user("root", []string{"All"}...)}, new(false), searchlight.CodeConflict, false, "nobody would be left"},
	} {
		for _, apply := range []bool{false, true} {
			b.unchanged(func() {
				_, err := b.service.Sync(b.Context(), b.root, directory.SyncRequest{Principals: tt.list, Apply: apply, RemoveDeleted: tt.remove})
				b.refused(err, tt.code, tt.text)
				if _, inList := errors.AsType[*directory.ListError](err); inList != tt.inList {
					t.Errorf("%s: a mistake in the list: %v", name, inList)
				}
			})
		}
	}
	// Half of the users may go unasked: of six these are three.
	result := b.sync(directory.SyncRequest{Apply: true, Principals: []directory.Principal{user("ann"), user("user 1"), group("staff")}})
	b.equal(result, &directory.SyncResult{UsersDeleted: []string{"user 0", "user 2", "user 3"}})
}

func typedInto(name string, groups ...string) directory.Principal {
	p := user(name, groups...)
	p.Type = searchlight.SAMLUser
	return p
}

// Two syncs at once run one after the other, each as a whole.
func TestTwoSyncsAtOnce(t *testing.T) {
	t.Parallel()
	onStores(t, func(b *bench) {
		lists := make([][]directory.Principal, 2)
		for n := range lists {
			team := fmt.Sprint("team ", n)
			lists[n] = []directory.Principal{group(team)}
			for u := range 200 {
				p := user(fmt.Sprint("user ", u), team)
				p.DisplayName = &team
				lists[n] = append(lists[n], p)
			}
		}
		done := make(chan error)
		for n := range 8 {
			go func() {
				_, err := b.service.Sync(b.Context(), b.root, directory.SyncRequest{Principals: lists[n%2], Apply: true, RemoveDeleted: new(true), Password: "Shared Secret 9"})
				done <- err
			}()
		}
		for range 8 {
			b.must(<-done)
		}
		users, err := b.service.Users(b.Context(), b.root)
		b.must(err)
		groups, err := b.service.Groups(b.Context(), b.root)
		b.must(err)
		b.equal([]int{len(users), len(groups)}, []int{205, 4}) // four built in and root; three built in
		last := ""
		for _, u := range users {
			if strings.HasPrefix(u.Name, "user ") {
				if last == "" {
					last = u.DisplayName
				}
				b.equal([]any{u.DisplayName, b.groupNames(u.ID)}, []any{last, []string{"All", last}})
			}
		}
		b.equal(sortedNames(groups, func(g directory.Group) string { return g.Name }), []string{"Administrator", "All", "System", last})
	})
}

// Users who are deleted between the look at the list and the transaction are
// new, and their passwords are hashed after all.
func TestSyncMeetsADeletion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	store := &meddlingStore{Store: b.store}
	b.service.Store = store
	ann := user("ann")
	ann.Password = new("Very Own Horse 1")
	store.before = func() {
		store.before = nil
		b.update(func(tx searchlight.Tx) error { return tx.DeleteUser(b.ann.User.ID) })
	}
	result := b.sync(directory.SyncRequest{Principals: []directory.Principal{ann}, Apply: true, RemoveDeleted: new(false)})
	b.equal(result, &directory.SyncResult{UsersAdded: []string{"ann"}})
	got, err := b.service.User(b.Context(), b.root, directory.Ref{Name: "ann"})
	b.must(err)
	b.equal([]any{got.ID != b.ann.User.ID, b.knows(got.ID, "Very Own Horse 1")}, []any{true, true})
}

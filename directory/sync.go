package directory

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// Principal is a user or a group as an outside directory has it; nil leaves
// what is stored as it is, or stands for the default of a new principal.
type Principal struct {
	Name        string
	Type        searchlight.PrincipalType
	DisplayName *string
	Description *string // of groups
	Mail        *string // of users
	Visibility  *searchlight.Visibility
	Groups      *[]string // names of all groups that it is directly in; users are in All anyway
	Password    *string   // of a new LOCAL_USER; never changes one that there is
}

// SyncRequest makes users and groups equal a list (api-v1.md 2.7).
type SyncRequest struct {
	Principals    []Principal
	Apply         bool   // false: only say what would change
	RemoveDeleted *bool  // delete what is not in the list; nil: true, but not more than half of the users
	Password      string // of new LOCAL_USERs without one of their own
}

// SyncResult lists the names of what was, or would be, changed: what is in the
// list in its order, what is deleted by name.
type SyncResult struct {
	UsersAdded, UsersUpdated, UsersDeleted    []string
	GroupsAdded, GroupsUpdated, GroupsDeleted []string
}

// Sync makes users and groups equal a list, in one transaction. Built-in
// principals and the caller are never deleted, and su, system and guest stay
// as they are. New users are to choose a password of their own at the first
// sign-in in the web application.
//
// It needs ADMINISTRATION. It fails with a ListError for mistakes in the list,
// with CodeInvalid for missing and bad passwords and when too many users would
// be deleted unasked, with CodeForbidden for changes of what is built in, and
// with CodeConflict when no administrator would be left.
func (s *Service) Sync(ctx context.Context, caller *searchlight.Subject, r SyncRequest) (*SyncResult, error) {
	if err := caller.Require(searchlight.PrivilegeAdministration); err != nil {
		return nil, err
	}
	list, err := readList(&r)
	if err != nil {
		return nil, err
	}
	passwords := &passwords{service: s, shared: r.Password, dry: !r.Apply, hashes: map[string]string{}}
	if err := passwords.wantNew(ctx, list); err != nil {
		return nil, err
	}
	for {
		if err := passwords.hash(ctx); err != nil {
			return nil, err
		}
		var result *SyncResult
		err := s.administer(ctx, caller, func(c *change) error {
			run := &syncRun{change: c, request: &r, list: list, passwords: passwords}
			return run.do(&result)
		})
		switch {
		case err == nil, errors.Is(err, errDry):
			return result, nil
		case !errors.Is(err, errUnhashed): // users were deleted meanwhile, and are new now
			return nil, err
		}
	}
}

// errDry undoes a dry run, and errUnhashed one that lacks hashes: they take too
// long to be made in a transaction.
var (
	errDry      = errors.New("a dry run")
	errUnhashed = errors.New("passwords are not hashed yet")
)

// entry is a principal of the list.
type entry struct {
	*Principal
	key string // its name, folded
	who string // for messages
}

type syncList struct {
	users, groups  []entry
	userKeys       map[string]bool
	groupKeys      map[string]bool
	explicitRemove bool
	remove         bool
}

// readList looks at what a list says by itself.
func readList(r *SyncRequest) (*syncList, error) {
	l := &syncList{userKeys: map[string]bool{}, groupKeys: map[string]bool{}, remove: true}
	if r.RemoveDeleted != nil {
		l.explicitRemove, l.remove = *r.RemoveDeleted, *r.RemoveDeleted
	}
	for i := range r.Principals {
		p := &r.Principals[i]
		e := entry{Principal: p, key: fold(p.Name), who: who(p, i)}
		keys, entries := l.groupKeys, &l.groups
		if p.Type.IsUser() {
			keys, entries = l.userKeys, &l.users
		}
		switch {
		case p.Name == "":
			return nil, errListName(e.who)
		case !isType(p.Type):
			return nil, errListType(e.who, p.Type)
		case keys[e.key]:
			return nil, errListTwice(e.who)
		case p.Visibility != nil && checkVisibility(*p.Visibility) != nil:
			return nil, errInList(e.who, checkVisibility(*p.Visibility))
		}
		keys[e.key] = true
		*entries = append(*entries, e)
	}
	return l, nil
}

// syncRun is a sync in its transaction. Everything is read once, compared in
// memory, and written in bulk.
type syncRun struct {
	*change
	request   *SyncRequest
	list      *syncList
	passwords *passwords
	result    SyncResult

	users       []searchlight.User
	groups      []searchlight.Group
	memberships *searchlight.Memberships
	userByKey   map[string]*searchlight.User
	groupByKey  map[string]*searchlight.Group // with those that are new

	newUsers   []*searchlight.User
	userGroups map[searchlight.GUID][]searchlight.GUID // of new users and of those whose groups change
	parents    map[searchlight.GUID][]searchlight.GUID // of groups whose parents change
	joined     map[searchlight.GUID]bool               // groups that somebody joined
}

func (r *syncRun) do(result **SyncResult) error {
	if err := r.read(); err != nil {
		return err
	}
	for _, step := range []func() error{r.addGroups, r.updateGroups, r.addUsers, r.updateUsers, r.regroup, r.remove} {
		if err := step(); err != nil {
			return err
		}
	}
	*result = &r.result
	if r.request.Apply {
		return nil
	}
	return firstError(r.keepsAdministrator(), errDry)
}

func (r *syncRun) read() (err error) {
	if r.users, err = r.Users(); err != nil {
		return err
	}
	if r.groups, err = r.Groups(); err != nil {
		return err
	}
	if r.memberships, err = r.Memberships(); err != nil {
		return err
	}
	r.userByKey = make(map[string]*searchlight.User, len(r.users))
	for i := range r.users {
		r.userByKey[fold(r.users[i].Name)] = &r.users[i]
	}
	r.groupByKey = make(map[string]*searchlight.Group, len(r.groups))
	for i := range r.groups {
		r.groupByKey[fold(r.groups[i].Name)] = &r.groups[i]
	}
	r.userGroups = map[searchlight.GUID][]searchlight.GUID{}
	r.parents = map[searchlight.GUID][]searchlight.GUID{}
	r.joined = map[searchlight.GUID]bool{}
	return nil
}

// addGroups makes the groups that are new, so that everything that follows
// finds them.
func (r *syncRun) addGroups() error {
	var made []identity
	var written []*searchlight.Group
	for _, e := range r.list.groups {
		if r.groupByKey[e.key] != nil {
			continue
		}
		n := NewGroup{Name: e.Name, DisplayName: valueOf(e.DisplayName), Description: valueOf(e.Description), Type: e.Type, Visibility: valueOf(e.Visibility)}
		g, err := n.group()
		if err != nil {
			return errInList(e.who, err)
		}
		g.ID, g.Author, g.ModifiedBy, g.Created, g.Modified = r.service.newGUID(), r.by.User.ID, r.by.User.ID, r.Now(), r.Now()
		r.groupByKey[e.key] = &g
		written = append(written, &g)
		made = append(made, ofGroup(&g))
		r.result.GroupsAdded = append(r.result.GroupsAdded, g.Name)
	}
	if err := r.CreateGroups(written); err != nil {
		return err
	}
	return auditList(r.change, searchlight.EventGroupsCreated, "Groups created by a sync", "groups", made)
}

// updateGroups brings the attributes of groups in line, and notes the parents
// of all of them.
func (r *syncRun) updateGroups() error {
	isNew := make(map[string]bool, len(r.result.GroupsAdded))
	for _, name := range r.result.GroupsAdded {
		isNew[fold(name)] = true
	}
	var changed []updated
	var written []*searchlight.Group
	for _, e := range r.list.groups {
		g := r.groupByKey[e.key]
		edited := false
		if !isNew[e.key] {
			edit, err := r.editGroup(g, &GroupChange{DisplayName: nonEmpty(e.DisplayName), Description: e.Description, Type: &e.Type, Visibility: e.Visibility})
			if err != nil {
				return inList(e, err)
			}
			if edited = edit != nil; edited {
				changed = append(changed, updated{ofGroup(g), edit.data["changed"].([]string)})
				written = append(written, g)
			}
		}
		moved, err := r.noteParents(e, g)
		if err != nil {
			return err
		}
		if !isNew[e.key] && (moved || edited) {
			r.result.GroupsUpdated = append(r.result.GroupsUpdated, g.Name)
		}
	}
	if err := r.UpdateGroups(written); err != nil {
		return err
	}
	return auditList(r.change, searchlight.EventGroupModified, "Groups changed by a sync", "groups", changed)
}

func (r *syncRun) noteParents(e entry, g *searchlight.Group) (moved bool, err error) {
	want, given, err := r.groupsOf(e)
	if err != nil || !given {
		return false, err
	}
	have := r.memberships.Groups[g.ID]
	in, out := difference(have, want)
	if len(in)+len(out) == 0 {
		return false, nil
	}
	if err := mayNest(g.ID, in); err != nil {
		return false, inList(e, err)
	}
	r.parents[g.ID] = apply(have, in, out)
	r.join(in)
	return true, nil
}

// groupsOf finds the groups that a principal of the list is in, if it says so.
func (r *syncRun) groupsOf(e entry) (ids []searchlight.GUID, given bool, err error) {
	if e.Groups == nil {
		return nil, false, nil
	}
	for _, name := range *e.Groups {
		g := r.groupByKey[fold(name)]
		if g == nil {
			return nil, false, errListGroup(e.who, name)
		}
		ids = append(ids, g.ID)
	}
	return unique(ids), true, nil
}

func (r *syncRun) join(groups []searchlight.GUID) {
	for _, id := range groups {
		r.joined[id] = true
	}
}

func (r *syncRun) addUsers() error {
	var made []identity
	unhashed := false
	for _, e := range r.list.users {
		if r.userByKey[e.key] != nil {
			continue
		}
		n := NewUser{Name: e.Name, DisplayName: valueOf(e.DisplayName), Email: valueOf(e.Mail), Type: e.Type, Visibility: valueOf(e.Visibility)}
		u, err := n.user()
		if err != nil {
			return errInList(e.who, err)
		}
		ready, err := r.passwords.use(&u, e)
		if err != nil {
			return err
		}
		groups, _, err := r.groupsOf(e)
		if err != nil {
			return err
		}
		if slices.Contains(groups, searchlight.SystemGroupID) {
			return inList(e, errSystemGroup())
		}
		unhashed = unhashed || !ready
		u.ID, u.Author, u.ModifiedBy, u.Created, u.Modified = r.service.newGUID(), r.by.User.ID, r.by.User.ID, r.Now(), r.Now()
		r.newUsers = append(r.newUsers, &u)
		r.userGroups[u.ID] = groups
		r.join(groups)
		made = append(made, ofUser(&u))
		r.result.UsersAdded = append(r.result.UsersAdded, u.Name)
	}
	if unhashed {
		return errUnhashed
	}
	if err := r.CreateUsers(r.newUsers, r.userGroups); err != nil {
		return err
	}
	clear(r.userGroups)
	return auditList(r.change, searchlight.EventUsersCreated, "Users created by a sync", "users", made)
}

// updated is how the events of a sync name what they changed.
type updated struct {
	identity
	Changed []string `json:"changed"`
}

func (r *syncRun) updateUsers() error {
	var changed []updated
	var written []*searchlight.User
	var ended []searchlight.GUID // whose sessions end
	for _, e := range r.list.users {
		u := r.userByKey[e.key]
		if u == nil || u.IsProtected() {
			continue
		}
		data, ends, err := r.editUser(u, &UserChange{DisplayName: nonEmpty(e.DisplayName), Email: e.Mail, Type: &e.Type, Visibility: e.Visibility})
		if err != nil {
			return inList(e, err)
		}
		if data != nil {
			changed = append(changed, updated{ofUser(u), data["changed"].([]string)})
			written = append(written, u)
		}
		if ends {
			ended = append(ended, u.ID)
		}
		want, given, err := r.groupsOf(e)
		if err != nil {
			return err
		}
		moved := false
		if given {
			have := r.memberships.Users[u.ID]
			in, out := difference(have, unique(append(want, searchlight.AllGroupID)))
			if slices.Contains(in, searchlight.SystemGroupID) {
				return inList(e, errSystemGroup())
			}
			if moved = len(in)+len(out) > 0; moved {
				r.userGroups[u.ID] = apply(have, in, out)
				r.join(in)
			}
		}
		if moved || data != nil {
			r.result.UsersUpdated = append(r.result.UsersUpdated, u.Name)
		}
	}
	if err := r.UpdateUsers(written); err != nil {
		return err
	}
	if err := r.EndSessions(ended...); err != nil {
		return err
	}
	return auditList(r.change, searchlight.EventUsersModified, "Users changed by a sync", "users", changed)
}

// regroup writes the memberships that differ.
func (r *syncRun) regroup() error {
	if err := r.Tx.SetGroupParents(r.parents); err != nil {
		if isCode(err, searchlight.CodeInvalid) { // a circle, or too deep
			return errInList("the groups", err)
		}
		return err
	}
	if err := r.Tx.SetUserGroups(r.userGroups); err != nil {
		return err
	}
	if len(r.parents)+len(r.userGroups)+len(r.joined) == 0 {
		return nil
	}
	data := map[string]any{"sync": true, "users": len(r.userGroups) + len(r.newUsers), "groups": len(r.parents)}
	if r.giveHigh() {
		data["severity"] = severityHigh
	}
	return r.audit(searchlight.EventMembershipChanged, "Members of groups changed by a sync", data)
}

// giveHigh is as that of a change, without asking the store for each group.
func (r *syncRun) giveHigh() bool {
	carries := map[searchlight.GUID]bool{}
	for _, g := range r.groupByKey {
		carries[g.ID] = slices.ContainsFunc(g.Privileges, isHigh)
	}
	parents := maps.Clone(r.memberships.Groups)
	maps.Copy(parents, r.parents)
	h := newHierarchy(r.groups, &searchlight.Memberships{Groups: parents})
	for id := range r.joined {
		if carries[id] || slices.ContainsFunc(h.ancestors(id), func(above searchlight.GUID) bool { return carries[above] }) {
			return true
		}
	}
	return false
}

// remove deletes what is not in the list.
func (r *syncRun) remove() error {
	if !r.list.remove {
		return nil
	}
	var users []searchlight.User
	removable := 0
	for _, u := range r.users {
		if searchlight.IsBuiltIn(u.ID) {
			continue
		}
		removable++
		if !r.list.userKeys[fold(u.Name)] && u.ID != r.by.User.ID {
			users = append(users, u)
			r.result.UsersDeleted = append(r.result.UsersDeleted, u.Name)
		}
	}
	if !r.list.explicitRemove && 2*len(users) > removable {
		return errTooManyRemoved(len(users), removable)
	}
	var groups []searchlight.Group
	for _, g := range r.groups {
		if !searchlight.IsBuiltIn(g.ID) && !r.list.groupKeys[fold(g.Name)] {
			groups = append(groups, g)
			r.result.GroupsDeleted = append(r.result.GroupsDeleted, g.Name)
		}
	}
	if err := r.deleteUsers(users); err != nil {
		return err
	}
	return r.deleteGroups(groups)
}

func auditList[T any](c *change, t searchlight.EventType, description, key string, list []T) error {
	if len(list) == 0 {
		return nil
	}
	return c.audit(t, description, map[string]any{key: list})
}

// inList says where in the list a mistake is; what is no mistake of the list
// stays as it is.
func inList(e entry, err error) error {
	if isCode(err, searchlight.CodeInvalid) {
		return errInList(e.who, err)
	}
	return err
}

func valueOf[T any](p *T) (value T) {
	if p != nil {
		value = *p
	}
	return value
}

// nonEmpty takes an empty text for none.
func nonEmpty(p *string) *string {
	if p == nil || *p == "" {
		return nil
	}
	return p
}

package directory

import (
	"context"
	"slices"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// User is a user with the groups that it is in.
type User struct {
	searchlight.User
	Groups    []searchlight.GUID // directly, by name
	Inherited []searchlight.GUID // Groups, and then those above them by name
}

// Users lists the users by name. It needs ADMINISTRATION.
func (s *Service) Users(ctx context.Context, caller *searchlight.Subject) (users []User, err error) {
	err = s.consult(ctx, caller, func(tx searchlight.Tx) error {
		all, err := tx.Users()
		if err != nil {
			return err
		}
		users, err = describeUsers(tx, all)
		return err
	})
	return users, err
}

// User finds a user. It needs ADMINISTRATION, and fails with CodeNotFound.
func (s *Service) User(ctx context.Context, caller *searchlight.Subject, ref Ref) (user *User, err error) {
	err = s.consult(ctx, caller, func(tx searchlight.Tx) error {
		u, err := findUser(tx, ref)
		if err != nil {
			return err
		}
		user, err = describeUser(tx, u)
		return err
	})
	return user, err
}

// CheckUsers fails with CodeNotFound when one of the users is not there. It
// needs ADMINISTRATION.
func (s *Service) CheckUsers(ctx context.Context, caller *searchlight.Subject, ids ...searchlight.GUID) error {
	return s.consult(ctx, caller, func(tx searchlight.Tx) error {
		users, err := tx.UsersAmong(ids...)
		if err != nil {
			return err
		}
		there := make(map[searchlight.GUID]bool, len(users))
		for i := range users {
			there[users[i].ID] = true
		}
		for _, id := range ids {
			if !there[id] {
				_, err := tx.User(id)
				return err
			}
		}
		return nil
	})
}

func findUser(tx searchlight.Tx, ref Ref) (*searchlight.User, error) {
	if ref.ID != "" {
		return tx.User(ref.ID)
	}
	return userNamed(tx, ref.Name)
}

// userNamed takes a name that no user can have for one that no user has.
func userNamed(tx searchlight.Tx, name string) (*searchlight.User, error) {
	u, err := tx.UserByName(name)
	if isCode(err, searchlight.CodeInvalid) || isCode(err, searchlight.CodeNotFound) {
		return nil, errNoUserNamed(name)
	}
	return u, err
}

// NewUser is a user to be made.
type NewUser struct {
	Name        string
	DisplayName string // empty: Name
	Email       string
	Type        searchlight.PrincipalType // empty: LocalUser
	Visibility  searchlight.Visibility    // empty: Sharable
	Password    string                    // of a LocalUser; others have none
	Groups      []searchlight.GUID
}

// CreateUser makes an active user, a member of All and of the groups given.
// Since the caller knows the password, the user is to choose another at the
// first sign-in in the web application. It needs ADMINISTRATION, and fails
// with CodeInvalid, CodeConflict when the name is taken, and CodeNotFound when
// a group is not there.
func (s *Service) CreateUser(ctx context.Context, caller *searchlight.Subject, n NewUser) (created *User, err error) {
	if err := caller.Require(searchlight.PrivilegeAdministration); err != nil {
		return nil, err
	}
	u, err := n.user()
	if err != nil {
		return nil, err
	}
	if u.Type == searchlight.LocalUser {
		if n.Password == "" {
			return nil, errPasswordMissing()
		}
		if u.PasswordHash, err = s.hash(ctx, n.Password, &u); err != nil {
			return nil, err
		}
		u.MustChangePassword = true
	}
	u.ID = s.newGUID()
	err = s.administer(ctx, caller, func(c *change) error {
		u := u
		u.Author, u.ModifiedBy, u.Created, u.Modified = c.by.User.ID, c.by.User.ID, c.Now(), c.Now()
		if err := c.CreateUser(&u); err != nil {
			return err
		}
		if err := c.audit(searchlight.EventUsersCreated, "User created", map[string]any{"users": []identity{ofUser(&u)}}); err != nil {
			return err
		}
		if err := c.regroupUsers([]searchlight.GUID{u.ID}, joining(n.Groups)); err != nil {
			return err
		}
		created, err = describeUser(c, &u)
		return err
	})
	return created, err
}

// user checks what was given and fills in the rest.
func (n *NewUser) user() (searchlight.User, error) {
	u := searchlight.User{Name: n.Name, DisplayName: n.DisplayName, Email: n.Email, Type: n.Type, Visibility: n.Visibility,
		State: searchlight.UserActive}
	if u.DisplayName == "" {
		u.DisplayName = u.Name
	}
	if u.Type == "" {
		u.Type = searchlight.LocalUser
	}
	if u.Visibility == "" {
		u.Visibility = searchlight.Sharable
	}
	return u, firstError(CheckName(u.Name), checkDisplayName(u.DisplayName), checkEmail(u.Email), checkUserType(u.Type), checkVisibility(u.Visibility))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// hash checks a new password of a user and makes what is kept of it.
func (s *Service) hash(ctx context.Context, password string, u *searchlight.User) (string, error) {
	if err := s.Policy.Check(password, u); err != nil {
		return "", err
	}
	return s.Hasher.Hash(ctx, password)
}

// UserChange is what to change of a user; nil leaves things as they are.
type UserChange struct {
	Name, DisplayName, Email *string
	Type                     *searchlight.PrincipalType
	State                    *searchlight.UserState
	Visibility               *searchlight.Visibility
	Groups                   *[]searchlight.GUID // all that it is directly in, besides All
	Password                 *string
	Preferences              PreferenceChange
}

// settableStates are what an administrator may put a user into. PENDING comes
// from an invitation alone.
var settableStates = []searchlight.UserState{
	searchlight.UserActive, searchlight.UserInactive, searchlight.UserExpired, searchlight.UserLocked, searchlight.UserSuspended,
}

// ended reports whether a user in this state may have no sessions.
func ended(s searchlight.UserState) bool {
	return s != searchlight.UserActive && s != searchlight.UserLocked
}

// UpdateUser changes a user. Without ADMINISTRATION callers may change
// themselves, and of that their preferences alone: the rest has no effect,
// since clients send whole objects back (security.md T-05).
//
// A new name, type or password, and every state but ACTIVE, end the user's
// sessions; keep is one that goes on when it is the caller's own password that
// changes. It fails with CodeInvalid, CodeNotFound, CodeForbidden for others
// and for what is built in, and CodeConflict when the name is taken or no
// administrator would be left.
func (s *Service) UpdateUser(ctx context.Context, caller *searchlight.Subject, id searchlight.GUID, w UserChange, keep [32]byte) error {
	if !caller.IsAdmin() {
		if id != caller.User.ID || caller.Scope != "" {
			return errNotYours()
		}
		return s.UpdatePreferences(ctx, caller, Ref{ID: id}, w.Preferences)
	}
	var hash string
	if w.Password != nil {
		var err error
		if hash, err = s.hashFor(ctx, id, *w.Password, &w); err != nil {
			return err
		}
	}
	return s.administer(ctx, caller, func(c *change) error {
		u, err := c.changeableUser(id)
		if err != nil {
			return err
		}
		if err := c.updateUser(u, &w); err != nil {
			return err
		}
		if w.Password != nil {
			if err := c.setPassword(u, hash, keep); err != nil {
				return err
			}
		}
		if w.Groups == nil {
			return nil
		}
		return c.regroupUsers([]searchlight.GUID{id}, replacing(*w.Groups))
	})
}

// hashFor hashes a password for a user as it will be.
func (s *Service) hashFor(ctx context.Context, id searchlight.GUID, password string, w *UserChange) (string, error) {
	var u *searchlight.User
	err := s.Store.View(ctx, func(tx searchlight.Tx) (err error) {
		u, err = tx.User(id)
		return err
	})
	if err != nil {
		return "", err
	}
	replace(&u.Name, w.Name)
	replace(&u.DisplayName, w.DisplayName)
	replace(&u.Type, w.Type)
	if u.Type != searchlight.LocalUser {
		return "", errNoPassword(u.Name)
	}
	return s.hash(ctx, password, u)
}

// replace sets what there is a value for, and reports whether it differs.
func replace[T comparable](field, value *T) bool {
	if value == nil || *field == *value {
		return false
	}
	*field = *value
	return true
}

// changeableUser is a user that calls may change.
func (c *change) changeableUser(id searchlight.GUID) (*searchlight.User, error) {
	u, err := c.User(id)
	if err == nil && u.IsProtected() {
		err = errProtected(u.Name)
	}
	return u, err
}

// updateUser writes what differs, with its consequences.
func (c *change) updateUser(u *searchlight.User, w *UserChange) error {
	data, err := c.writeUser(u, w)
	if err != nil || data == nil {
		return err
	}
	data["users"] = []identity{ofUser(u)}
	return c.audit(searchlight.EventUsersModified, "User changed", data)
}

// writeUser is updateUser without the event, of which it returns what there is
// to say; nil when nothing differs.
func (c *change) writeUser(u *searchlight.User, w *UserChange) (data map[string]any, err error) {
	data, ends, err := c.editUser(u, w)
	if err != nil || data == nil {
		return nil, err
	}
	if err := c.Tx.UpdateUser(u); err != nil {
		return nil, err
	}
	if ends {
		err = c.endSessions(u.ID, [32]byte{})
	}
	return data, err
}

// editUser is writeUser without writing; ends reports whether the change ends
// what the user is signed in with.
func (c *change) editUser(u *searchlight.User, w *UserChange) (data map[string]any, ends bool, err error) {
	before := *u
	var e edits
	set(&e, "name", &u.Name, w.Name, mayRename(u.ID, before.Name))
	set(&e, "displayName", &u.DisplayName, w.DisplayName, checkDisplayName)
	set(&e, "mail", &u.Email, w.Email, checkEmail)
	set(&e, "type", &u.Type, w.Type, mayRetype(u.ID, u.Name, checkUserType))
	set(&e, "state", &u.State, w.State, checkState)
	set(&e, "visibility", &u.Visibility, w.Visibility, checkVisibility)
	if differs, err := w.Preferences.apply(&u.Preferences); differs || err != nil {
		e.note("preferences", err)
	}
	if w.State != nil && *w.State == searchlight.UserActive && (u.FailedLogins > 0 || !u.LockedUntil.IsZero()) {
		u.FailedLogins, u.LockedUntil = 0, time.Time{}
		e.note("lock", nil)
	}
	if e.err != nil || len(e.fields) == 0 {
		return nil, false, e.err
	}
	if u.Type != before.Type {
		u.Identity = ""
		if u.Type != searchlight.LocalUser {
			u.PasswordHash, u.MustChangePassword = "", false
		}
	}
	u.Modified, u.ModifiedBy = c.Now(), c.by.User.ID
	data = map[string]any{"changed": e.fields}
	noteChange(data, "Name", before.Name, u.Name)
	noteChange(data, "State", before.State, u.State)
	noteChange(data, "Type", before.Type, u.Type)
	return data, u.Name != before.Name || u.Type != before.Type || u.State != before.State && u.State != searchlight.UserActive, nil
}

// noteChange keeps an old and a new value that differ for an event.
func noteChange[T comparable](data map[string]any, what string, from, to T) {
	if from != to {
		data["old"+what], data["new"+what] = from, to
	}
}

// edits are the fields of something that change, up to the first mistake.
type edits struct {
	fields []string
	err    error
}

func (e *edits) note(field string, err error) {
	e.fields = append(e.fields, field)
	if e.err == nil {
		e.err = err
	}
}

// set gives a field another value, which check looks at.
func set[T comparable](e *edits, field string, at, value *T, check func(T) error) {
	if replace(at, value) {
		e.note(field, check(*at))
	}
}

func anything[T any](T) error { return nil }

func mayRename(id searchlight.GUID, from string) func(string) error {
	return func(to string) error {
		if searchlight.IsBuiltIn(id) {
			return errBuiltIn(from)
		}
		return CheckName(to)
	}
}

func mayRetype(id searchlight.GUID, name string, check func(searchlight.PrincipalType) error) func(searchlight.PrincipalType) error {
	return func(t searchlight.PrincipalType) error {
		if searchlight.IsBuiltIn(id) {
			return errBuiltIn(name)
		}
		return check(t)
	}
}

func checkState(s searchlight.UserState) error {
	if !slices.Contains(settableStates, s) {
		return errState(s)
	}
	return nil
}

// SetEmail gives a user another address; an empty one takes it away. It needs
// ADMINISTRATION, and fails with CodeInvalid, CodeNotFound and CodeForbidden.
func (s *Service) SetEmail(ctx context.Context, caller *searchlight.Subject, id searchlight.GUID, email string) error {
	return s.administer(ctx, caller, func(c *change) error {
		u, err := c.changeableUser(id)
		if err != nil {
			return err
		}
		return c.updateUser(u, &UserChange{Email: &email})
	})
}

// DeleteUsers deletes users with their sessions, memberships and shares. What
// they made stays, under their IDs. It needs ADMINISTRATION, and fails with
// CodeNotFound, CodeForbidden for what is built in, and CodeConflict when no
// administrator would be left; then none is deleted.
func (s *Service) DeleteUsers(ctx context.Context, caller *searchlight.Subject, ids ...searchlight.GUID) error {
	return s.administer(ctx, caller, func(c *change) error {
		var users []searchlight.User
		for _, id := range unique(ids) {
			u, err := c.User(id)
			if err != nil {
				return err
			}
			if searchlight.IsBuiltIn(id) {
				return errBuiltIn(u.Name)
			}
			users = append(users, *u)
		}
		return c.deleteUsers(users)
	})
}

func (c *change) deleteUsers(users []searchlight.User) error {
	if len(users) == 0 {
		return nil
	}
	if err := c.rememberAuthors(users); err != nil {
		return err
	}
	deleted, ids := make([]identity, len(users)), make([]searchlight.GUID, len(users))
	for i := range users {
		deleted[i], ids[i] = ofUser(&users[i]), users[i].ID
	}
	if err := c.DeleteUsers(ids...); err != nil {
		return err
	}
	return c.audit(searchlight.EventUsersDeleted, "Users deleted", map[string]any{"users": deleted})
}

// unique drops what was there before, in order.
func unique[T comparable](list []T) []T {
	seen := make(map[T]bool, len(list))
	var once []T
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			once = append(once, v)
		}
	}
	return once
}

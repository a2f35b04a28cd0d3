package sqlstore

import (
	"encoding/json"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

const userColumns = `id, name, display_name, email, type, state, visibility, password_hash, must_change_password, identity,
	preferences, home_pinboard, first_login, author, created, modified, modified_by, version, failed_logins, locked_until`

func scanUser(row scanner, u *searchlight.User) error {
	var preferences string
	err := row.Scan(&u.ID, &u.Name, &u.DisplayName, &u.Email, &u.Type, &u.State, &u.Visibility, &u.PasswordHash, &u.MustChangePassword, &u.Identity,
		&preferences, &u.HomePinboard, instantOf{&u.FirstLogin}, &u.Author, instantOf{&u.Created}, instantOf{&u.Modified}, &u.ModifiedBy,
		&u.Version, &u.FailedLogins, instantOf{&u.LockedUntil})
	if err != nil || preferences == noPreferences {
		return err
	}
	return json.Unmarshal([]byte(preferences), &u.Preferences)
}

// noPreferences is the JSON text of most users' preferences.
const noPreferences = `{}`

// User implements searchlight.Tx.
func (tx *Tx) User(id searchlight.GUID) (*searchlight.User, error) {
	return tx.user(errNoUser(id), `id = ?`, id)
}

// UserByName implements searchlight.Tx.
func (tx *Tx) UserByName(name string) (*searchlight.User, error) {
	if !storable(name) {
		return nil, errText()
	}
	return tx.user(errNoUserNamed(name), `name_key = ?`, fold(name))
}

// UserByIdentity implements searchlight.Tx. Nobody has the empty identity.
func (tx *Tx) UserByIdentity(identity string) (*searchlight.User, error) {
	return tx.user(errNoIdentity(), `identity <> '' AND identity = ?`, identity)
}

func (tx *Tx) user(missing error, condition string, arg any) (*searchlight.User, error) {
	u, err := one(tx, scanUser, `SELECT `+userColumns+` FROM users WHERE `+condition, arg)
	if err != nil {
		return nil, orMissing(err, missing)
	}
	return &u, nil
}

// Users implements searchlight.Tx.
func (tx *Tx) Users() ([]searchlight.User, error) {
	return all(tx, scanUser, `SELECT `+userColumns+` FROM users ORDER BY name_key`)
}

// UsersAmong implements searchlight.Tx.
func (tx *Tx) UsersAmong(ids ...searchlight.GUID) ([]searchlight.User, error) {
	return all(tx, scanUser, `SELECT `+userColumns+` FROM users WHERE `+tx.store.backend.Listed(`id`)+` ORDER BY name_key`, jsonOf(guidsAmong(ids)))
}

// CreateUser implements searchlight.Tx, as CreateUsers does.
func (tx *Tx) CreateUser(u *searchlight.User, groups ...searchlight.GUID) error {
	return tx.CreateUsers([]*searchlight.User{u}, map[searchlight.GUID][]searchlight.GUID{u.ID: groups})
}

// CreateUsers implements searchlight.Tx. Version becomes 1. What is not set
// becomes what it is for a user that the system has just made: Author the
// system, ModifiedBy the author, Created and Modified the time of the
// transaction, Visibility that everybody may share with the user. It fails
// with CodeNotFound when there is no such group.
func (tx *Tx) CreateUsers(users []*searchlight.User, groups map[searchlight.GUID][]searchlight.GUID) error {
	if len(users) == 0 {
		return nil
	}
	if err := tx.freeUserIDs(users); err != nil {
		return err
	}
	keys, err := tx.freeForUsers(users)
	if err != nil {
		return err
	}
	memberships := make(map[searchlight.GUID][]searchlight.GUID, len(users))
	for _, u := range users {
		memberships[u.ID] = groups[u.ID]
	}
	if err := tx.knownGroups(memberships); err != nil {
		return err
	}
	rows := make([][]any, len(users))
	for i, u := range users {
		tx.fillUser(u)
		values, err := userValues(u, keys[i])
		if err != nil {
			return err
		}
		rows[i] = append(values, u.Author, instant(u.Created), u.Version, u.ID)
	}
	if err := tx.insert(`users (`+userSettable+`, author, created, version, id)`, rows, ``); err != nil {
		return err
	}
	tx.changes++
	return tx.addToGroups(memberships)
}

func (tx *Tx) fillUser(u *searchlight.User) {
	if u.Author == "" {
		set(tx, &u.Author, searchlight.SystemUserID)
	}
	if u.ModifiedBy == "" {
		set(tx, &u.ModifiedBy, u.Author)
	}
	if u.Created.IsZero() {
		set(tx, &u.Created, tx.now)
	}
	if u.Modified.IsZero() {
		set(tx, &u.Modified, u.Created)
	}
	if u.Visibility == "" {
		set(tx, &u.Visibility, searchlight.Sharable)
	}
	set(tx, &u.Version, 1)
}

// UpdateUser implements searchlight.Tx. It fails with CodeNotFound when there
// is no such user. It is not UpdateUsers of one, which would first ask for the
// version.
func (tx *Tx) UpdateUser(u *searchlight.User) error {
	keys, err := tx.freeForUsers([]*searchlight.User{u})
	if err != nil {
		return err
	}
	values, err := userValues(u, keys[0])
	if err != nil {
		return err
	}
	updated, err := tx.exec(`UPDATE users SET (`+userSettable+`, version) = (`+placeholders(len(values))+`, version + 1) WHERE id = ? AND version = ?`,
		append(values, u.ID, u.Version)...)
	if err != nil {
		return err
	}
	if updated == 0 {
		if _, err := tx.User(u.ID); err != nil {
			return err
		}
		return errUserChanged(u.Name)
	}
	set(tx, &u.Version, u.Version+1)
	tx.changes++
	return nil
}

// UpdateUsers implements searchlight.Tx. It fails with CodeNotFound when one of
// the users is not there.
func (tx *Tx) UpdateUsers(users []*searchlight.User) error {
	if len(users) == 0 {
		return nil
	}
	ids, err := userIDs(users, errUserTwice)
	if err != nil {
		return err
	}
	keys, err := tx.freeForUsers(users)
	if err != nil {
		return err
	}
	if err := tx.unchangedUsers(users, ids); err != nil {
		return err
	}
	rows := make([][]any, len(users))
	for i, u := range users {
		values, err := userValues(u, keys[i])
		if err != nil {
			return err
		}
		rows[i] = append(values, u.Author, instant(u.Created), u.Version+1, u.ID)
	}
	// Nothing is inserted: all of them are there. What cannot be changed is
	// given because a row must have it.
	if err := tx.insert(`users (`+userSettable+`, author, created, version, id)`, rows, updateUsers); err != nil {
		return err
	}
	for _, u := range users {
		set(tx, &u.Version, u.Version+1)
	}
	tx.changes++
	return nil
}

var updateUsers = ` ON CONFLICT (id) DO UPDATE SET (` + userSettable + `, version) = (excluded.` +
	strings.Join(strings.Fields(userSettable), ` excluded.`) + `, excluded.version)`

// unchangedUsers fails unless all of the users are there, in the versions that
// they have here.
func (tx *Tx) unchangedUsers(users []*searchlight.User, ids []searchlight.GUID) error {
	type stored struct {
		id      searchlight.GUID
		version int64
	}
	found, err := all(tx, func(row scanner, s *stored) error { return row.Scan(&s.id, &s.version) },
		`SELECT id, version FROM users WHERE `+tx.store.backend.Listed(`id`), jsonOf(guidsAmong(ids)))
	if err != nil {
		return err
	}
	versions := make(map[searchlight.GUID]int64, len(found))
	for _, s := range found {
		versions[s.id] = s.version
	}
	for _, u := range users {
		switch version, ok := versions[u.ID]; {
		case !ok:
			return errNoUser(u.ID)
		case version != u.Version:
			return errUserChanged(u.Name)
		}
	}
	return nil
}

// CountLogin implements searchlight.Tx. It fails with CodeNotFound when there
// is no such user.
func (tx *Tx) CountLogin(u *searchlight.User) error {
	updated, err := tx.exec(`UPDATE users SET failed_logins = ?, locked_until = ?, first_login = ?, password_hash = ? WHERE id = ?`,
		u.FailedLogins, instant(u.LockedUntil), instant(u.FirstLogin), u.PasswordHash, u.ID)
	if err != nil {
		return err
	}
	if updated == 0 {
		return errNoUser(u.ID)
	}
	return nil
}

// DeleteUser implements searchlight.Tx. It fails with CodeNotFound when there
// is no such user.
func (tx *Tx) DeleteUser(id searchlight.GUID) error {
	deleted, err := tx.exec(`DELETE FROM users WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if deleted == 0 {
		return errNoUser(id)
	}
	tx.changes++
	_, err = tx.exec(`DELETE FROM group_users WHERE user_id = ?`, id)
	return err
}

// DeleteUsers implements searchlight.Tx. It fails with CodeNotFound when one of
// them is not there.
func (tx *Tx) DeleteUsers(ids ...searchlight.GUID) error {
	if len(ids) == 0 {
		return nil
	}
	if err := tx.allThere(`users`, ids, errNoUser); err != nil {
		return err
	}
	listed := jsonOf(guidsAmong(ids))
	if _, err := tx.exec(`DELETE FROM users WHERE `+tx.store.backend.Listed(`id`), listed); err != nil {
		return err
	}
	tx.changes++
	_, err := tx.exec(`DELETE FROM group_users WHERE `+tx.store.backend.Listed(`user_id`), listed)
	return err
}

// Authors implements searchlight.Tx.
func (tx *Tx) Authors(among ...searchlight.GUID) ([]searchlight.GUID, error) {
	return all(tx, scanGUID, `SELECT u.id FROM users u WHERE `+tx.store.backend.Listed(`u.id`)+`
		AND EXISTS (SELECT 1 FROM objects o WHERE o.author = u.id) ORDER BY u.id`, jsonOf(guidsAmong(among)))
}

// userSettable are the columns that an update may change, in the order of
// userValues.
const userSettable = `name, name_key, display_name, display_key, email, type, state, visibility, password_hash, must_change_password,
	identity, preferences, home_pinboard, first_login, modified, modified_by, failed_logins, locked_until`

func userValues(u *searchlight.User, key string) ([]any, error) {
	displayKey, err := nameKey(u.DisplayName)
	if err != nil {
		return nil, err
	}
	preferences, err := json.Marshal(u.Preferences)
	if err != nil {
		return nil, errPreferences(err)
	}
	return []any{u.Name, key, u.DisplayName, displayKey, u.Email, u.Type, u.State, u.Visibility, u.PasswordHash, u.MustChangePassword,
		u.Identity, string(preferences), u.HomePinboard, instant(u.FirstLogin), instant(u.Modified), u.ModifiedBy, u.FailedLogins, instant(u.LockedUntil)}, nil
}

// freeForUsers returns the keys of the users' names, after a look that nobody
// else has what must be unique. Looking first is enough, because transactions
// that write run one by one.
func (tx *Tx) freeForUsers(users []*searchlight.User) (keys []string, err error) {
	keys = make([]string, len(users))
	names := make(map[string]*searchlight.User, len(users))
	identities := make(map[string]*searchlight.User)
	identityKeys := []string{}
	for i, u := range users {
		if keys[i], err = nameKey(u.Name); err != nil {
			return nil, err
		}
		if names[keys[i]] != nil {
			return nil, errUserExists(u.Name)
		}
		names[keys[i]] = u
		if u.Identity == "" {
			continue
		}
		if !storable(u.Identity) {
			return nil, errText()
		}
		if len(u.Identity) > maxKeyBytes {
			return nil, errIdentityTooLong()
		}
		if identities[u.Identity] != nil {
			return nil, errIdentityTaken(u.Name)
		}
		identities[u.Identity] = u
		identityKeys = append(identityKeys, u.Identity)
	}

	owners, err := tx.ownersOf(`name_key`, keys)
	if err != nil {
		return nil, err
	}
	for _, o := range owners {
		if u := names[o.key]; u.ID != o.id {
			return nil, errUserExists(u.Name)
		}
	}
	if len(identityKeys) == 0 {
		return keys, nil
	}
	owners, err = tx.ownersOf(`identity`, identityKeys)
	if err != nil {
		return nil, err
	}
	for _, o := range owners {
		if u := identities[o.key]; u.ID != o.id {
			return nil, errIdentityTaken(u.Name)
		}
	}
	return keys, nil
}

func (tx *Tx) freeUserIDs(users []*searchlight.User) error {
	ids, err := userIDs(users, errUserIDTaken)
	if err != nil {
		return err
	}
	owners, err := tx.ownersOf(`id`, guidsAmong(ids))
	if err == nil && len(owners) > 0 {
		err = errUserIDTaken(owners[0].id)
	}
	return err
}

// userIDs fails with twice of an ID that two of the users have.
func userIDs(users []*searchlight.User, twice func(searchlight.GUID) error) ([]searchlight.GUID, error) {
	ids := make([]searchlight.GUID, len(users))
	seen := make(map[searchlight.GUID]bool, len(users))
	for i, u := range users {
		if seen[u.ID] {
			return nil, twice(u.ID)
		}
		ids[i], seen[u.ID] = u.ID, true
	}
	return ids, nil
}

// owner is a user who has what must be unique.
type owner struct {
	key string
	id  searchlight.GUID
}

func (tx *Tx) ownersOf(column string, keys []string) ([]owner, error) {
	return all(tx, func(row scanner, o *owner) error { return row.Scan(&o.key, &o.id) },
		`SELECT `+column+`, id FROM users WHERE `+tx.store.backend.Listed(column)+` ORDER BY id`, jsonOf(keys))
}

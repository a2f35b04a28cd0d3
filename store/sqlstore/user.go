package sqlstore

import (
	"github.com/searchlight-bi/searchlight"
)

const userColumns = `id, name, display_name, email, type, state, password_hash, created, modified, failed_logins, locked_until`

func scanUser(row scanner, u *searchlight.User) error {
	return row.Scan(&u.ID, &u.Name, &u.DisplayName, &u.Email, &u.Type, &u.State, &u.PasswordHash,
		instantOf{&u.Created}, instantOf{&u.Modified}, &u.FailedLogins, instantOf{&u.LockedUntil})
}

// User implements searchlight.Tx.
func (tx *Tx) User(id searchlight.GUID) (*searchlight.User, error) {
	u, err := one(tx, scanUser, `SELECT `+userColumns+` FROM users WHERE id = ?`, id)
	if err != nil {
		return nil, orMissing(err, errNoUser(id))
	}
	return &u, nil
}

// UserByName implements searchlight.Tx.
func (tx *Tx) UserByName(name string) (*searchlight.User, error) {
	if !storable(name) {
		return nil, errText()
	}
	u, err := one(tx, scanUser, `SELECT `+userColumns+` FROM users WHERE name_key = ?`, fold(name))
	if err != nil {
		return nil, orMissing(err, errNoUserNamed(name))
	}
	return &u, nil
}

// Users implements searchlight.Tx.
func (tx *Tx) Users() ([]searchlight.User, error) {
	return all(tx, scanUser, `SELECT `+userColumns+` FROM users ORDER BY name_key`)
}

// CreateUser implements searchlight.Tx. A zero Created or Modified becomes the
// time of the transaction.
func (tx *Tx) CreateUser(u *searchlight.User, groups ...searchlight.GUID) error {
	key, err := tx.freeUserName(u)
	if err != nil {
		return err
	}
	if u.Created.IsZero() {
		set(tx, &u.Created, tx.now)
	}
	if u.Modified.IsZero() {
		set(tx, &u.Modified, u.Created)
	}
	inserted, err := tx.exec(`INSERT INTO users (`+userColumns+`, name_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		u.ID, u.Name, u.DisplayName, u.Email, u.Type, u.State, u.PasswordHash,
		instant(u.Created), instant(u.Modified), u.FailedLogins, instant(u.LockedUntil), key)
	if err != nil {
		return err
	}
	if inserted == 0 {
		return errUserIDTaken(u.ID)
	}
	tx.changes++

	for _, group := range append([]searchlight.GUID{searchlight.AllGroupID}, groups...) {
		if _, err := tx.Group(group); err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO group_users (group_id, user_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, group, u.ID); err != nil {
			return err
		}
	}
	return nil
}

// UpdateUser implements searchlight.Tx. It fails with CodeNotFound when there
// is no such user and with CodeConflict when another one has the name.
func (tx *Tx) UpdateUser(u *searchlight.User) error {
	key, err := tx.freeUserName(u)
	if err != nil {
		return err
	}
	updated, err := tx.exec(`UPDATE users SET name = ?, name_key = ?, display_name = ?, email = ?, type = ?, state = ?,
		password_hash = ?, modified = ?, failed_logins = ?, locked_until = ? WHERE id = ?`,
		u.Name, key, u.DisplayName, u.Email, u.Type, u.State,
		u.PasswordHash, instant(u.Modified), u.FailedLogins, instant(u.LockedUntil), u.ID)
	if err != nil {
		return err
	}
	if updated == 0 {
		return errNoUser(u.ID)
	}
	tx.changes++
	return nil
}

// freeUserName returns the key of the user's name, which no other user has.
// Looking first is enough, because transactions that write run one by one.
func (tx *Tx) freeUserName(u *searchlight.User) (string, error) {
	key, err := nameKey(u.Name)
	if err != nil {
		return "", err
	}
	taken, err := tx.exists(`SELECT 1 FROM users WHERE name_key = ? AND id <> ?`, key, u.ID)
	if err != nil {
		return "", err
	}
	if taken {
		return "", errUserExists(u.Name)
	}
	return key, nil
}

// groupsOfUser is a table of the groups that a user is in, directly or through
// other groups. UNION keeps each once, so a cycle of groups does no harm.
const groupsOfUser = `WITH RECURSIVE membership (group_id) AS (
	SELECT group_id FROM group_users WHERE user_id = ?
	UNION
	SELECT g.group_id FROM group_groups g JOIN membership m ON g.member_id = m.group_id
) `

// Subject implements searchlight.Tx. Groups are in the order of their names,
// privileges in alphabetical order.
func (tx *Tx) Subject(userID searchlight.GUID) (*searchlight.Subject, error) {
	user, err := tx.User(userID)
	if err != nil {
		return nil, err
	}
	subject := &searchlight.Subject{User: *user}

	type group struct {
		id   searchlight.GUID
		name string
	}
	groups, err := all(tx, func(row scanner, g *group) error { return row.Scan(&g.id, &g.name) },
		groupsOfUser+`SELECT g.id, g.name FROM groups g JOIN membership m ON m.group_id = g.id ORDER BY g.name_key`, userID)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		subject.Groups = append(subject.Groups, g.id)
		subject.GroupNames = append(subject.GroupNames, g.name)
	}
	subject.Privileges, err = all(tx, scanPrivilege,
		groupsOfUser+`SELECT DISTINCT p.privilege FROM group_privileges p JOIN membership m ON m.group_id = p.group_id ORDER BY p.privilege`, userID)
	if err != nil {
		return nil, err
	}
	return subject, nil
}

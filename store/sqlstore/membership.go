package sqlstore

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// maxGroupDepth is the length of the longest chain of groups, each inside the
// next (security.md 1.5).
const maxGroupDepth = 32

// Memberships implements searchlight.Tx. The groups of each are in the order
// of their IDs.
func (tx *Tx) Memberships() (*searchlight.Memberships, error) {
	users, err := tx.edges(`SELECT user_id, string_agg(group_id, ',') FROM group_users GROUP BY user_id`)
	if err != nil {
		return nil, err
	}
	groups, err := tx.groupEdges()
	if err != nil {
		return nil, err
	}
	return &searchlight.Memberships{Users: users, Groups: groups}, nil
}

func (tx *Tx) groupEdges() (map[searchlight.GUID][]searchlight.GUID, error) {
	return tx.edges(`SELECT member_id, string_agg(group_id, ',') FROM group_groups GROUP BY member_id`)
}

// edges reads who is in which groups. A row for each group would take several
// times as long.
func (tx *Tx) edges(query string) (map[searchlight.GUID][]searchlight.GUID, error) {
	type membership struct {
		member searchlight.GUID
		groups string
	}
	memberships, err := all(tx, func(row scanner, m *membership) error { return row.Scan(&m.member, &m.groups) }, query)
	if err != nil {
		return nil, err
	}
	edges := make(map[searchlight.GUID][]searchlight.GUID, len(memberships))
	for _, m := range memberships {
		groups := make([]searchlight.GUID, 0, strings.Count(m.groups, ",")+1)
		for group := range strings.SplitSeq(m.groups, ",") {
			groups = append(groups, searchlight.GUID(group))
		}
		slices.Sort(groups)
		edges[m.member] = groups
	}
	return edges, nil
}

// SetUserGroups implements searchlight.Tx.
func (tx *Tx) SetUserGroups(groups map[searchlight.GUID][]searchlight.GUID) error {
	if len(groups) == 0 {
		return nil
	}
	users := slices.Sorted(maps.Keys(groups))
	if err := tx.allThere(`users`, users, errNoUser); err != nil {
		return err
	}
	if err := tx.knownGroups(groups); err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM group_users WHERE `+tx.store.backend.Listed(`user_id`), jsonOf(users)); err != nil {
		return err
	}
	return tx.addToGroups(groups)
}

// addToGroups makes users, who are in no group, members of All and of the
// groups given, which are known.
func (tx *Tx) addToGroups(groups map[searchlight.GUID][]searchlight.GUID) error {
	all := make(map[searchlight.GUID][]searchlight.GUID, len(groups))
	for user, list := range groups {
		all[user] = distinct(append(slices.Clone(list), searchlight.AllGroupID))
	}
	tx.changes++
	return tx.insertPairs(`group_users (user_id, group_id)`, all)
}

// insertPairs writes a row for each group of each member; no list is nil.
func (tx *Tx) insertPairs(into string, groups map[searchlight.GUID][]searchlight.GUID) error {
	text, err := json.Marshal(groups)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO `+into+` SELECT key, value FROM `+tx.store.backend.Pairs(), string(text))
	return err
}

// SetGroupParents implements searchlight.Tx. It fails with CodeNotFound for
// unknown groups.
func (tx *Tx) SetGroupParents(parents map[searchlight.GUID][]searchlight.GUID) error {
	if len(parents) == 0 {
		return nil
	}
	members := slices.Sorted(maps.Keys(parents))
	if err := tx.allThere(`groups`, members, errNoGroup); err != nil {
		return err
	}
	if err := tx.knownGroups(parents); err != nil {
		return err
	}
	edges, err := tx.groupEdges()
	if err != nil {
		return err
	}
	maps.Copy(edges, parents)
	if err := tx.checkHierarchy(edges); err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM group_groups WHERE `+tx.store.backend.Listed(`member_id`), jsonOf(members)); err != nil {
		return err
	}
	all := make(map[searchlight.GUID][]searchlight.GUID, len(parents))
	for member, list := range parents {
		if len(list) > 0 {
			all[member] = distinct(slices.Clone(list))
		}
	}
	tx.changes++
	return tx.insertPairs(`group_groups (member_id, group_id)`, all)
}

// checkHierarchy fails when groups are inside each other in a circle, or too
// deep. It looks at each edge once.
func (tx *Tx) checkHierarchy(parents map[searchlight.GUID][]searchlight.GUID) error {
	const open = -1                          // a group whose parents are being looked at
	depths := make(map[searchlight.GUID]int) // the longest chain from a group upwards, itself included
	var visit func(searchlight.GUID) error
	visit = func(group searchlight.GUID) error {
		switch {
		case depths[group] == open:
			return tx.aboutGroup(errCircle, group)
		case depths[group] > 0:
			return nil
		}
		depths[group] = open
		depth := 1
		for _, parent := range parents[group] {
			if err := visit(parent); err != nil {
				return err
			}
			depth = max(depth, depths[parent]+1)
		}
		if depth > maxGroupDepth {
			return tx.aboutGroup(errTooDeep, group)
		}
		depths[group] = depth
		return nil
	}
	for _, group := range slices.Sorted(maps.Keys(parents)) {
		if err := visit(group); err != nil {
			return err
		}
	}
	return nil
}

// aboutGroup is an error that names a group.
func (tx *Tx) aboutGroup(about func(name string) error, id searchlight.GUID) error {
	g, err := tx.Group(id)
	if err != nil {
		return err
	}
	return about(g.Name)
}

// knownGroups fails with CodeNotFound when one of the groups is not there.
func (tx *Tx) knownGroups(groups map[searchlight.GUID][]searchlight.GUID) error {
	return tx.allThere(`groups`, distinct(slices.Concat(slices.Collect(maps.Values(groups))...)), errNoGroup)
}

// allThere fails with missing of the first of the IDs that is not in a table.
func (tx *Tx) allThere(table string, ids []searchlight.GUID, missing func(searchlight.GUID) error) error {
	found, err := all(tx, scanGUID, `SELECT id FROM `+table+` WHERE `+tx.store.backend.Listed(`id`), jsonOf(guidsAmong(ids)))
	if err != nil {
		return err
	}
	there := make(map[searchlight.GUID]bool, len(found))
	for _, id := range found {
		there[id] = true
	}
	for _, id := range ids {
		if !there[id] {
			return missing(id)
		}
	}
	return nil
}

func distinct(ids []searchlight.GUID) []searchlight.GUID {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// UserGroups implements searchlight.Tx. Nobody is in no group.
func (tx *Tx) UserGroups(user searchlight.GUID) ([]searchlight.Group, error) {
	return tx.groups(`SELECT `+groupColumns+` FROM groups g JOIN group_users m ON m.group_id = g.id WHERE m.user_id = ? ORDER BY g.name_key`, user)
}

// GroupParents implements searchlight.Tx.
func (tx *Tx) GroupParents(group searchlight.GUID) ([]searchlight.Group, error) {
	return tx.groups(`SELECT `+groupColumns+` FROM groups g JOIN group_groups m ON m.group_id = g.id WHERE m.member_id = ? ORDER BY g.name_key`, group)
}

// GroupUsers implements searchlight.Tx.
func (tx *Tx) GroupUsers(group searchlight.GUID) ([]searchlight.User, error) {
	return all(tx, scanUser, `SELECT `+userColumns+` FROM users WHERE id IN (SELECT user_id FROM group_users WHERE group_id = ?) ORDER BY name_key`, group)
}

// GroupMembers implements searchlight.Tx.
func (tx *Tx) GroupMembers(group searchlight.GUID) ([]searchlight.Group, error) {
	return tx.groups(`SELECT `+groupColumns+` FROM groups g JOIN group_groups m ON m.member_id = g.id WHERE m.group_id = ? ORDER BY g.name_key`, group)
}

// Ancestors implements searchlight.Tx.
func (tx *Tx) Ancestors(group searchlight.GUID) ([]searchlight.Group, error) {
	return tx.groups(`WITH RECURSIVE above (id) AS (
			SELECT group_id FROM group_groups WHERE member_id = ?
			UNION
			SELECT m.group_id FROM group_groups m JOIN above a ON m.member_id = a.id
		) SELECT `+groupColumns+` FROM groups g JOIN above a ON a.id = g.id ORDER BY g.name_key`, group)
}

// Administrators implements searchlight.Tx. Users who are locked count: a lock
// passes by itself, and guessing passwords must not change who is left.
func (tx *Tx) Administrators() (int, error) {
	holders, err := all(tx, scanGUID, `WITH RECURSIVE holder (id) AS (
			SELECT group_id FROM group_privileges WHERE privilege = ?
			UNION
			SELECT m.member_id FROM group_groups m JOIN holder h ON m.group_id = h.id
		) SELECT id FROM holder`, searchlight.PrivilegeAdministration)
	if err != nil {
		return 0, err
	}
	// In one statement PostgreSQL would begin with the users.
	return one(tx, func(row scanner, n *int) error { return row.Scan(n) },
		`SELECT count(*) FROM users u WHERE u.state IN (?, ?) AND u.id NOT IN (?, ?, ?)
			AND u.id IN (SELECT m.user_id FROM group_users m WHERE `+tx.store.backend.Listed(`m.group_id`)+`)`,
		searchlight.UserActive, searchlight.UserLocked,
		searchlight.SuperUserID, searchlight.SystemUserID, searchlight.GuestUserID, jsonOf(guidsAmong(holders)))
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

	// One row for each group and privilege; a group without any has one.
	type membership struct {
		group     searchlight.GUID
		name      string
		privilege searchlight.Privilege
	}
	found, err := all(tx, func(row scanner, m *membership) error { return row.Scan(&m.group, &m.name, &m.privilege) },
		groupsOfUser+`SELECT g.id, g.name, coalesce(p.privilege, '') FROM membership m JOIN groups g ON g.id = m.group_id
			LEFT JOIN group_privileges p ON p.group_id = g.id ORDER BY g.name_key, g.id`, userID)
	if err != nil {
		return nil, err
	}
	for _, m := range found {
		if n := len(subject.Groups); n == 0 || subject.Groups[n-1] != m.group {
			subject.Groups = append(subject.Groups, m.group)
			subject.GroupNames = append(subject.GroupNames, m.name)
		}
		if m.privilege != "" {
			subject.Privileges = append(subject.Privileges, m.privilege)
		}
	}
	slices.Sort(subject.Privileges)
	subject.Privileges = slices.Compact(subject.Privileges)
	return subject, nil
}

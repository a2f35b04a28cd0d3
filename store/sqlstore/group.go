package sqlstore

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

const groupColumns = `g.id, g.name, g.display_name, g.description, g.type, g.visibility, g.pinboards, g.assignable_by_token, g.assignable_by_sso,
	g.author, g.created, g.modified, g.modified_by, g.version`

func scanGroup(row scanner, g *searchlight.Group) error {
	var pinboards string
	err := row.Scan(&g.ID, &g.Name, &g.DisplayName, &g.Description, &g.Type, &g.Visibility, &pinboards, &g.AssignableByToken, &g.AssignableBySSO,
		&g.Author, instantOf{&g.Created}, instantOf{&g.Modified}, &g.ModifiedBy, &g.Version)
	if err != nil || pinboards == noPinboards {
		return err
	}
	return json.Unmarshal([]byte(pinboards), &g.Pinboards)
}

// noPinboards is the JSON text of most groups' pinboards.
const noPinboards = `[]`

// Group implements searchlight.Tx. Privileges are in alphabetical order.
func (tx *Tx) Group(id searchlight.GUID) (*searchlight.Group, error) {
	return tx.group(errNoGroup(id), `g.id = ?`, id)
}

// GroupByName implements searchlight.Tx.
func (tx *Tx) GroupByName(name string) (*searchlight.Group, error) {
	if !storable(name) {
		return nil, errText()
	}
	return tx.group(errNoGroupNamed(name), `g.name_key = ?`, fold(name))
}

func (tx *Tx) group(missing error, condition string, arg any) (*searchlight.Group, error) {
	groups, err := tx.groups(`SELECT `+groupColumns+` FROM groups g WHERE `+condition, arg)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		return nil, missing
	}
	return &groups[0], nil
}

// Groups implements searchlight.Tx. Privileges are in alphabetical order.
func (tx *Tx) Groups() ([]searchlight.Group, error) {
	return tx.groups(`SELECT ` + groupColumns + ` FROM groups g ORDER BY g.name_key`)
}

// groups reads groups with their privileges.
func (tx *Tx) groups(query string, args ...any) ([]searchlight.Group, error) {
	groups, err := all(tx, scanGroup, query, args...)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	ids := make([]string, len(groups))
	at := make(map[searchlight.GUID]int, len(groups))
	for i, g := range groups {
		ids[i], at[g.ID] = string(g.ID), i
	}
	type privilege struct {
		group     searchlight.GUID
		privilege searchlight.Privilege
	}
	privileges, err := all(tx, func(row scanner, p *privilege) error { return row.Scan(&p.group, &p.privilege) },
		`SELECT group_id, privilege FROM group_privileges WHERE `+tx.store.backend.Listed(`group_id`)+` ORDER BY privilege`, jsonOf(ids))
	if err != nil {
		return nil, err
	}
	for _, p := range privileges {
		g := &groups[at[p.group]]
		g.Privileges = append(g.Privileges, p.privilege)
	}
	return groups, nil
}

// CreateGroup implements searchlight.Tx, as CreateGroups does.
func (tx *Tx) CreateGroup(g *searchlight.Group) error {
	return tx.CreateGroups([]*searchlight.Group{g})
}

// CreateGroups implements searchlight.Tx. It fails with CodeConflict also when
// an ID is taken. What is not set becomes what CreateUsers makes of it.
func (tx *Tx) CreateGroups(groups []*searchlight.Group) error {
	if len(groups) == 0 {
		return nil
	}
	keys, err := tx.freeForGroups(groups)
	if err != nil {
		return err
	}
	if err := tx.freeGroupIDs(groups); err != nil {
		return err
	}
	rows := make([][]any, len(groups))
	for i, g := range groups {
		tx.fillGroup(g)
		if rows[i], err = groupRow(g, keys[i], g.Version); err != nil {
			return err
		}
	}
	if err := tx.insert(groupTable, rows, ``); err != nil {
		return err
	}
	tx.changes++
	return tx.addPrivileges(groups)
}

func (tx *Tx) fillGroup(g *searchlight.Group) {
	if g.Author == "" {
		set(tx, &g.Author, searchlight.SystemUserID)
	}
	if g.ModifiedBy == "" {
		set(tx, &g.ModifiedBy, g.Author)
	}
	if g.Created.IsZero() {
		set(tx, &g.Created, tx.now)
	}
	if g.Modified.IsZero() {
		set(tx, &g.Modified, g.Created)
	}
	if g.Visibility == "" {
		set(tx, &g.Visibility, searchlight.Sharable)
	}
	set(tx, &g.Version, 1)
}

// UpdateGroup implements searchlight.Tx, as UpdateGroups does.
func (tx *Tx) UpdateGroup(g *searchlight.Group) error {
	return tx.UpdateGroups([]*searchlight.Group{g})
}

// UpdateGroups implements searchlight.Tx. It fails with CodeNotFound when one
// of the groups is not there.
func (tx *Tx) UpdateGroups(groups []*searchlight.Group) error {
	if len(groups) == 0 {
		return nil
	}
	ids, err := tx.unchangedGroups(groups)
	if err != nil {
		return err
	}
	keys, err := tx.freeForGroups(groups)
	if err != nil {
		return err
	}
	rows := make([][]any, len(groups))
	for i, g := range groups {
		if rows[i], err = groupRow(g, keys[i], g.Version+1); err != nil {
			return err
		}
	}
	// Nothing is inserted, as in UpdateUsers.
	if err := tx.insert(groupTable, rows, updateGroups); err != nil {
		return err
	}
	for _, g := range groups {
		set(tx, &g.Version, g.Version+1)
	}
	tx.changes++
	if _, err := tx.exec(`DELETE FROM group_privileges WHERE `+tx.store.backend.Listed(`group_id`), jsonOf(guidsAmong(ids))); err != nil {
		return err
	}
	return tx.addPrivileges(groups)
}

var updateGroups = ` ON CONFLICT (id) DO UPDATE SET (` + groupSettable + `, version) = (excluded.` +
	strings.Join(strings.Fields(groupSettable), ` excluded.`) + `, excluded.version)`

// unchangedGroups fails unless all of the groups are there, in the versions
// that they have here, and each is given once.
func (tx *Tx) unchangedGroups(groups []*searchlight.Group) ([]searchlight.GUID, error) {
	type stored struct {
		id      searchlight.GUID
		version int64
	}
	ids, err := groupIDs(groups, errGroupTwice)
	if err != nil {
		return nil, err
	}
	found, err := all(tx, func(row scanner, s *stored) error { return row.Scan(&s.id, &s.version) },
		`SELECT id, version FROM groups WHERE `+tx.store.backend.Listed(`id`), jsonOf(guidsAmong(ids)))
	if err != nil {
		return nil, err
	}
	versions := make(map[searchlight.GUID]int64, len(found))
	for _, s := range found {
		versions[s.id] = s.version
	}
	for _, g := range groups {
		switch version, ok := versions[g.ID]; {
		case !ok:
			return nil, errNoGroup(g.ID)
		case version != g.Version:
			return nil, errGroupChanged(g.Name)
		}
	}
	return ids, nil
}

// DeleteGroup implements searchlight.Tx, as DeleteGroups does.
func (tx *Tx) DeleteGroup(id searchlight.GUID) error { return tx.DeleteGroups(id) }

// DeleteGroups implements searchlight.Tx. It fails with CodeNotFound when one
// of them is not there.
func (tx *Tx) DeleteGroups(ids ...searchlight.GUID) error {
	if len(ids) == 0 {
		return nil
	}
	if err := tx.allThere(`groups`, ids, errNoGroup); err != nil {
		return err
	}
	listed := jsonOf(guidsAmong(ids))
	if _, err := tx.exec(`DELETE FROM groups WHERE `+tx.store.backend.Listed(`id`), listed); err != nil {
		return err
	}
	tx.changes++
	_, err := tx.exec(`DELETE FROM group_users WHERE `+tx.store.backend.Listed(`group_id`), listed)
	return err
}

// addPrivileges writes those of groups that have none yet.
func (tx *Tx) addPrivileges(groups []*searchlight.Group) error {
	var rows [][]any
	for _, g := range groups {
		for _, p := range slices.Compact(slices.Sorted(slices.Values(g.Privileges))) {
			rows = append(rows, []any{g.ID, p})
		}
	}
	return tx.insert(`group_privileges (group_id, privilege)`, rows, ``)
}

// groupSettable are the columns that an update may change.
const groupSettable = `name, name_key, display_name, display_key, description, type, visibility, pinboards, assignable_by_token,
	assignable_by_sso, modified, modified_by`

const groupTable = `groups (` + groupSettable + `, author, created, version, id)`

// groupRow is a row of groupTable.
func groupRow(g *searchlight.Group, key string, version int64) ([]any, error) {
	displayKey, err := nameKey(g.DisplayName)
	if err != nil {
		return nil, err
	}
	pinboards := noPinboards
	if len(g.Pinboards) > 0 {
		pinboards = jsonOf(g.Pinboards)
	}
	return []any{g.Name, key, g.DisplayName, displayKey, g.Description, g.Type, g.Visibility, pinboards, g.AssignableByToken,
		g.AssignableBySSO, instant(g.Modified), g.ModifiedBy, g.Author, instant(g.Created), version, g.ID}, nil
}

// freeForGroups returns the keys of the groups' names, which no other groups
// have.
func (tx *Tx) freeForGroups(groups []*searchlight.Group) (keys []string, err error) {
	keys = make([]string, len(groups))
	names := make(map[string]*searchlight.Group, len(groups))
	for i, g := range groups {
		if keys[i], err = nameKey(g.Name); err != nil {
			return nil, err
		}
		if names[keys[i]] != nil {
			return nil, errGroupExists(g.Name)
		}
		names[keys[i]] = g
	}
	owners, err := all(tx, func(row scanner, o *owner) error { return row.Scan(&o.key, &o.id) },
		`SELECT name_key, id FROM groups WHERE `+tx.store.backend.Listed(`name_key`)+` ORDER BY id`, jsonOf(keys))
	if err != nil {
		return nil, err
	}
	for _, o := range owners {
		if g := names[o.key]; g.ID != o.id {
			return nil, errGroupExists(g.Name)
		}
	}
	return keys, nil
}

func (tx *Tx) freeGroupIDs(groups []*searchlight.Group) error {
	ids, err := groupIDs(groups, errGroupIDTaken)
	if err != nil {
		return err
	}
	taken, err := all(tx, scanGUID, `SELECT id FROM groups WHERE `+tx.store.backend.Listed(`id`)+` ORDER BY id`, jsonOf(guidsAmong(ids)))
	if err == nil && len(taken) > 0 {
		err = errGroupIDTaken(taken[0])
	}
	return err
}

// groupIDs fails with twice of an ID that two of the groups have.
func groupIDs(groups []*searchlight.Group, twice func(searchlight.GUID) error) ([]searchlight.GUID, error) {
	ids := make([]searchlight.GUID, len(groups))
	seen := make(map[searchlight.GUID]bool, len(groups))
	for i, g := range groups {
		if seen[g.ID] {
			return nil, twice(g.ID)
		}
		ids[i], seen[g.ID] = g.ID, true
	}
	return ids, nil
}

package sqlstore

import (
	"github.com/searchlight-bi/searchlight"
)

const groupColumns = `id, name, display_name, description, type, created, modified`

func scanGroup(row scanner, g *searchlight.Group) error {
	return row.Scan(&g.ID, &g.Name, &g.DisplayName, &g.Description, &g.Type, instantOf{&g.Created}, instantOf{&g.Modified})
}

func scanPrivilege(row scanner, p *searchlight.Privilege) error { return row.Scan(p) }

// Group implements searchlight.Tx. Privileges are in alphabetical order.
func (tx *Tx) Group(id searchlight.GUID) (*searchlight.Group, error) {
	return tx.group(errNoGroup(id), `id = ?`, id)
}

// GroupByName implements searchlight.Tx.
func (tx *Tx) GroupByName(name string) (*searchlight.Group, error) {
	if !storable(name) {
		return nil, errText()
	}
	return tx.group(errNoGroupNamed(name), `name_key = ?`, fold(name))
}

func (tx *Tx) group(missing error, condition string, arg any) (*searchlight.Group, error) {
	g, err := one(tx, scanGroup, `SELECT `+groupColumns+` FROM groups WHERE `+condition, arg)
	if err != nil {
		return nil, orMissing(err, missing)
	}
	g.Privileges, err = all(tx, scanPrivilege, `SELECT privilege FROM group_privileges WHERE group_id = ? ORDER BY privilege`, g.ID)
	if err != nil {
		return nil, err
	}
	return &g, nil
}

// CreateGroup writes a new group with its privileges, as a member of the
// parents. It fails with CodeConflict when the name or the ID is taken, and
// with CodeNotFound when there is no such parent.
func (tx *Tx) CreateGroup(g *searchlight.Group, parents ...searchlight.GUID) error {
	key, err := nameKey(g.Name)
	if err != nil {
		return err
	}
	taken, err := tx.exists(`SELECT 1 FROM groups WHERE name_key = ? AND id <> ?`, key, g.ID)
	if err != nil {
		return err
	}
	if taken {
		return errGroupExists(g.Name)
	}
	if g.Created.IsZero() {
		set(tx, &g.Created, tx.now)
	}
	if g.Modified.IsZero() {
		set(tx, &g.Modified, g.Created)
	}
	inserted, err := tx.exec(`INSERT INTO groups (`+groupColumns+`, name_key) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		g.ID, g.Name, g.DisplayName, g.Description, g.Type, instant(g.Created), instant(g.Modified), key)
	if err != nil {
		return err
	}
	if inserted == 0 {
		return errGroupIDTaken(g.ID)
	}
	tx.changes++
	for _, privilege := range g.Privileges {
		if _, err := tx.exec(`INSERT INTO group_privileges (group_id, privilege) VALUES (?, ?) ON CONFLICT DO NOTHING`, g.ID, privilege); err != nil {
			return err
		}
	}
	for _, parent := range parents {
		if _, err := tx.Group(parent); err != nil {
			return err
		}
		if _, err := tx.exec(`INSERT INTO group_groups (group_id, member_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, parent, g.ID); err != nil {
			return err
		}
	}
	return nil
}

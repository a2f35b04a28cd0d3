package sqlstore

import "github.com/searchlight-bi/searchlight"

// grantLevel is what a grant g means for its object as a whole: a grant of a
// column is of part of it. It takes the level PartialAccess.
const grantLevel = `CASE WHEN g.item_id = g.object_id THEN g.level ELSE ? END`

// Granted implements searchlight.Tx.
func (tx *Tx) Granted(principals, objects []searchlight.GUID) (map[searchlight.GUID]searchlight.Level, error) {
	type granted struct {
		item  searchlight.GUID
		level searchlight.Level
	}
	listed, among := tx.store.backend.Listed, tx.store.backend.Among
	found, err := all(tx, func(row scanner, g *granted) error { return row.Scan(&g.item, &g.level) },
		`SELECT g.object_id, max(`+grantLevel+`) FROM grants g WHERE `+listed(`g.object_id`)+` AND `+among(`g.principal_id`)+` GROUP BY g.object_id
		UNION ALL
		SELECT g.item_id, max(g.level) FROM grants g WHERE `+listed(`g.item_id`)+` AND g.item_id <> g.object_id AND `+among(`g.principal_id`)+` GROUP BY g.item_id`,
		searchlight.PartialAccess, jsonOf(guidsAmong(objects)), jsonOf(guidsAmong(principals)),
		jsonOf(guidsAmong(objects)), jsonOf(guidsAmong(principals)))
	if err != nil {
		return nil, err
	}
	levels := make(map[searchlight.GUID]searchlight.Level, len(found))
	for _, g := range found {
		levels[g.item] = g.level
	}
	return levels, nil
}

// GrantedColumns implements searchlight.Tx. The columns are in their order in
// the table.
func (tx *Tx) GrantedColumns(principals []searchlight.GUID, table searchlight.GUID) ([]searchlight.GUID, error) {
	return all(tx, scanGUID, `SELECT c.id FROM object_columns c WHERE c.object_id = ? AND c.id IN (
			SELECT g.item_id FROM grants g WHERE g.object_id = ? AND `+tx.store.backend.Among(`g.principal_id`)+`)
		ORDER BY c.position`, table, table, jsonOf(guidsAmong(principals)))
}

func scanGrant(row scanner, g *searchlight.Grant) error {
	return row.Scan(&g.Object, &g.Principal, &g.Level, &g.GrantedBy)
}

// Grants implements searchlight.Tx.
func (tx *Tx) Grants(objects ...searchlight.GUID) ([]searchlight.Grant, error) {
	return all(tx, scanGrant, `SELECT item_id, principal_id, level, granted_by FROM grants WHERE `+tx.store.backend.Listed(`item_id`)+`
		ORDER BY item_id, principal_id`, jsonOf(guidsAmong(objects)))
}

// SetGrant implements searchlight.Tx. A grant on a table takes the place of
// the principal's grants on its columns, and one on a column is idle where the
// principal has as much on the table. It fails with CodeInvalid on a level that
// cannot be granted, and on an object that is a part of another.
func (tx *Tx) SetGrant(g searchlight.Grant) error {
	if g.Level != searchlight.ReadOnly && g.Level != searchlight.Modify {
		return errGrantLevel(g.Level)
	}
	holder, err := tx.holderOf(g.Object)
	if err != nil {
		return err
	}
	if holder.owner != holder.id {
		return errGrantOfPart(g.Object, holder.owner)
	}
	there, err := tx.exists(`SELECT 1 FROM users WHERE id = ? UNION ALL SELECT 1 FROM groups WHERE id = ?`, g.Principal, g.Principal)
	if err != nil {
		return err
	}
	if !there {
		return errNoPrincipal(g.Principal)
	}
	// With the object every index is right, whatever is known of the table.
	idle, err := tx.exists(`SELECT 1 FROM grants WHERE principal_id = ? AND object_id = ? AND item_id = ? AND level = ? AND granted_by = ?
		UNION ALL SELECT 1 FROM grants WHERE principal_id = ? AND object_id = ? AND item_id = ? AND item_id <> ? AND level >= ?`,
		g.Principal, holder.id, g.Object, g.Level, g.GrantedBy, g.Principal, holder.id, holder.id, g.Object, g.Level)
	if err != nil || idle {
		return err
	}
	_, err = tx.exec(`INSERT INTO grants (item_id, principal_id, object_id, level, granted_by) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (item_id, principal_id) DO UPDATE SET level = excluded.level, granted_by = excluded.granted_by`,
		g.Object, g.Principal, holder.id, g.Level, g.GrantedBy)
	if err != nil {
		return err
	}
	if g.Object == holder.id {
		_, err = tx.exec(`DELETE FROM grants WHERE object_id = ? AND principal_id = ? AND item_id <> object_id`, holder.id, g.Principal)
		if err != nil {
			return err
		}
	}
	tx.changes++
	return tx.writeAccessOf(g.Principal, holder.id)
}

// DeleteGrant implements searchlight.Tx. The grants on the columns of a table
// stay.
func (tx *Tx) DeleteGrant(object, principal searchlight.GUID) error {
	deleted, err := tx.exec(`DELETE FROM grants WHERE item_id = ? AND principal_id = ?`, object, principal)
	if err != nil || deleted == 0 {
		return err
	}
	holder, err := tx.holderOf(object)
	if err != nil {
		return err
	}
	tx.changes++
	return tx.writeAccessOf(principal, holder.id)
}

// accessColumns are those of the table access, which holds who sees what in a
// form that lists can be read from.
const accessColumns = `object_id, principal_id, level, type, subtype, name_key, author_key, created, modified, hidden, auto_created`

// writeAccess brings the table access up to date with stored objects.
// Visualizations, which lists of everything leave out, have nothing there.
func (tx *Tx) writeAccess(objects ...searchlight.GUID) error {
	listed, ids := tx.store.backend.Listed, jsonOf(objects)
	if _, err := tx.exec(`DELETE FROM access WHERE `+listed(`object_id`), ids); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO access (`+accessColumns+`)
		SELECT o.id, a.principal_id, max(a.level), o.type, o.subtype, o.name_key, o.author_key, o.created, o.modified, o.hidden, o.auto_created FROM (
			SELECT o.id, o.author AS principal_id, CAST(? AS INTEGER) AS level FROM objects o WHERE `+listed(`o.id`)+`
			UNION ALL
			SELECT o.id, g.principal_id, `+grantLevel+` FROM objects o JOIN grants g ON g.object_id = o.owner WHERE `+listed(`o.id`)+`
		) a JOIN objects o ON o.id = a.id
		WHERE o.type <> ? GROUP BY o.id, a.principal_id`,
		searchlight.Modify, ids, searchlight.PartialAccess, ids, searchlight.TypeVisualization)
	return err
}

// writeAccessOf brings the table access up to date with what a principal may
// do with an object that is no part. The planner has no choice: a principal may
// have been granted far more than this.
func (tx *Tx) writeAccessOf(principal, object searchlight.GUID) error {
	if _, err := tx.exec(`DELETE FROM access WHERE object_id = ? AND principal_id = ?`, object, principal); err != nil {
		return err
	}
	_, err := tx.exec(`INSERT INTO access (`+accessColumns+`)
		SELECT o.id, ?, highest.level, o.type, o.subtype, o.name_key, o.author_key, o.created, o.modified, o.hidden, o.auto_created FROM objects o, (
			SELECT max(level) AS level FROM (
				SELECT CASE WHEN o.author = ? THEN CAST(? AS INTEGER) END AS level FROM objects o WHERE o.id = ?
				UNION ALL
				SELECT `+grantLevel+` FROM grants g WHERE g.object_id = ? AND g.principal_id = ?
			) levels
		) highest WHERE o.id = ? AND o.type <> ? AND highest.level IS NOT NULL`,
		principal, principal, searchlight.Modify, object, searchlight.PartialAccess, object, principal, object, searchlight.TypeVisualization)
	return err
}

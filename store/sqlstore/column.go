package sqlstore

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
)

func scanColumn(row scanner, c *searchlight.ObjectColumn) error {
	return row.Scan(&c.ID, &c.Name, &c.Hidden, &c.Formula)
}

func (tx *Tx) columnsOf(object searchlight.GUID) ([]searchlight.ObjectColumn, error) {
	return all(tx, scanColumn, `SELECT id, name, hidden, formula FROM object_columns WHERE object_id = ? ORDER BY position`, object)
}

// insertColumns writes the columns of an object that has none stored.
func (tx *Tx) insertColumns(o *searchlight.Object) error {
	if err := tx.freeForColumns(o.Columns); err != nil {
		return err
	}
	rows := make([][]any, len(o.Columns))
	for i, c := range o.Columns {
		key, err := nameKey(c.Name)
		if err != nil {
			return err
		}
		rows[i] = []any{c.ID, o.ID, i, c.Name, key, c.Hidden, c.Formula}
	}
	return tx.insert(`object_columns (id, object_id, position, name, name_key, hidden, formula)`, rows, ``)
}

// updateColumns makes the columns of a stored object those that it has now.
// Columns that stay keep their grants and tags; those of the others go.
func (tx *Tx) updateColumns(o *searchlight.Object) error {
	stored, err := tx.columnsOf(o.ID)
	if err != nil || slices.Equal(stored, o.Columns) {
		return err
	}
	if _, err := tx.exec(`DELETE FROM object_columns WHERE object_id = ?`, o.ID); err != nil {
		return err
	}
	if err := tx.insertColumns(o); err != nil {
		return err
	}
	for _, table := range []string{`grants`, `object_tags`} {
		_, err := tx.exec(`DELETE FROM `+table+` WHERE object_id = ? AND item_id <> object_id
			AND item_id NOT IN (SELECT c.id FROM object_columns c WHERE c.object_id = ?)`, o.ID, o.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// freeForColumns fails with CodeConflict when one of the IDs of new columns is
// taken.
func (tx *Tx) freeForColumns(columns []searchlight.ObjectColumn) error {
	if len(columns) == 0 {
		return nil
	}
	ids := make([]searchlight.GUID, len(columns))
	for i, c := range columns {
		if ids[i] = c.ID; slices.Contains(ids[:i], c.ID) {
			return errObjectExists(c.ID)
		}
	}
	listed, arg := tx.store.backend.Listed(`id`), jsonOf(guidsAmong(ids))
	taken, err := all(tx, scanGUID, `SELECT id FROM objects WHERE `+listed+` UNION ALL SELECT id FROM object_columns WHERE `+listed+` ORDER BY 1`, arg, arg)
	if err != nil || len(taken) == 0 {
		return err
	}
	return errObjectExists(taken[0])
}

// columnHeader are the fields of the header of a column c of the object o.
const columnHeader = `c.id, c.formula, c.name, o.author, o.created, o.modified, o.modified_by, o.id, c.hidden, o.version`

func scanColumnHeader(row scanner, h *searchlight.Header) error {
	var formula bool
	if err := row.Scan(&h.ID, &formula, &h.Name, &h.Author, instantOf{&h.Created}, instantOf{&h.Modified}, &h.ModifiedBy, &h.Owner, &h.Hidden, &h.Version); err != nil {
		return err
	}
	h.Type = searchlight.TypeLogicalColumn
	if formula {
		h.Subtype = searchlight.SubtypeFormula
	}
	return nil
}

// Column implements searchlight.Tx. Author, times and Version are those of the
// table.
func (tx *Tx) Column(id searchlight.GUID) (*searchlight.Header, error) {
	h, err := one(tx, scanColumnHeader, `SELECT `+columnHeader+` FROM object_columns c JOIN objects o ON o.id = c.object_id WHERE c.id = ?`, id)
	if err != nil {
		return nil, orMissing(err, errNoColumn(id))
	}
	return &h, nil
}

// holder is the object that an item, itself or one of its columns, is of.
type holder struct{ id, owner searchlight.GUID }

func (tx *Tx) holderOf(item searchlight.GUID) (holder, error) {
	h, err := one(tx, func(row scanner, h *holder) error { return row.Scan(&h.id, &h.owner) },
		`SELECT o.id, o.owner FROM objects o WHERE o.id = ?
		UNION ALL SELECT o.id, o.owner FROM object_columns c JOIN objects o ON o.id = c.object_id WHERE c.id = ?`, item, item)
	return h, orMissing(err, errNoObject(item))
}

// walkTables chooses where a list of columns begins: with the tables that the
// viewer sees when these are few, and else with the tables or columns in the
// order of the list.
func (l *list) walkTables() error {
	q, b := l.query, l.tx.store.backend
	if q.Fetch != nil || q.Viewer.Scope != "" {
		return nil // begin with what was picked
	}
	principals := q.For
	if principals == nil && !seesAll(q.Viewer) {
		principals = q.Viewer.Principals()
	}
	if principals != nil {
		listed := jsonOf(guidsAmong(principals))
		few, err := l.few(&l.where, `o.id`, `SELECT a.object_id FROM access a WHERE `+b.Listed(`a.principal_id`)+` AND a.type = ?`,
			listed, searchlight.TypeLogicalTable)
		if err != nil || few {
			return err
		}
		// The same of the table alone, before its columns are looked at.
		l.where.and(probe(`SELECT 1 FROM access a WHERE a.object_id = o.id AND `+b.Among(`a.principal_id`)), listed)
	}
	// SQLite keeps the order of a CROSS JOIN.
	switch l.order.key {
	case l.kind.created, l.kind.modified:
		l.order.rows = `objects o CROSS JOIN object_columns c`
	default:
		l.order.rows = `object_columns c CROSS JOIN objects o`
	}
	l.where.and(`c.object_id = o.id`)
	return nil
}

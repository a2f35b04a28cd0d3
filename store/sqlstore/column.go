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
// viewer sees, all at once when these are few, or in the order of the list; and
// else with all columns or tables in the order of the list.
func (l *list) walkTables() error {
	q, b := l.query, l.tx.store.backend
	if q.Fetch != nil || q.Viewer.Scope != "" {
		return nil // begin with what was picked
	}
	// SQLite keeps the order of a CROSS JOIN.
	byTable, table := l.order.key != l.kind.key(), `c.object_id`
	if l.order.rows = `object_columns c CROSS JOIN objects o`; byTable {
		l.order.rows, table = `objects o CROSS JOIN object_columns c`, `o.id`
	}
	l.where.and(`c.object_id = o.id`)

	principals := q.For
	if principals == nil && !seesAll(q.Viewer) {
		principals = q.Viewer.Principals()
	}
	if principals == nil {
		return nil
	}
	listed := jsonOf(guidsAmong(principals))
	few, err := l.few(&l.where, `o.id`, `SELECT a.object_id FROM access a WHERE `+b.Listed(`a.principal_id`)+` AND a.type = ?`,
		listed, searchlight.TypeLogicalTable)
	if err != nil {
		return err
	}
	if few {
		l.order.rows = `objects o CROSS JOIN object_columns c`
		return nil
	}
	// The same of the table alone, before its columns, or the row of a column's
	// table, are looked at.
	l.where.and(probe(`SELECT 1 FROM access a WHERE a.object_id = `+table+` AND `+b.Among(`a.principal_id`)), listed)
	if byTable {
		l.tables, err = l.tablesOf(principals)
	}
	return err
}

// tablesOf is the list of the tables that principals have access to, in the
// order of a list of columns.
func (l *list) tablesOf(principals []searchlight.GUID) (*shared, error) {
	tables := &list{tx: l.tx, kind: objectKind, query: searchlight.ListQuery{
		Viewer: &searchlight.Subject{}, For: principals, AtLeast: searchlight.PartialAccess, Types: []searchlight.ObjectType{searchlight.TypeLogicalTable},
		Sort: l.query.Sort, Ascending: l.query.Ascending, ShowHidden: l.query.ShowHidden}}
	tables.query.Viewer.Privileges = []searchlight.Privilege{searchlight.PrivilegeAdministration} // what the viewer sees is said by For
	var err error
	if tables.order, err = orderOf(tables.query, &tables.kind); err != nil {
		return nil, err
	}
	return tables.sharedPart()
}

// tablesRun finds the columns on a page from so many of the first tables as it
// takes. A table may tie with others that are not among them, and the columns
// of all those are in one order; those of tables before it are complete.
func (l *list) tablesRun(offset, limit int) ([]searchlight.GUID, error) {
	before := ` < `
	if l.order.descending {
		before = ` > `
	}
	for n := offset + limit; n <= maxMerged; n *= 4 {
		tables, err := l.tx.sharedRun(l.tables, 0, n)
		if err != nil {
			return nil, err
		}
		where := l.where.with(l.tx.store.backend.Listed(`o.id`), jsonOf(tables))
		if len(tables) == n {
			where = where.with(l.order.key+before+`(SELECT `+l.order.key+` FROM objects o WHERE o.id = ?)`, tables[n-1])
		}
		ids, err := l.walk(where, l.order, offset, limit)
		if err != nil || len(ids) == limit || len(tables) < n {
			return ids, err
		}
	}
	return l.walk(l.where, l.order, offset, limit)
}

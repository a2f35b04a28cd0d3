package sqlstore

import (
	"encoding/json"

	"github.com/searchlight-bi/searchlight"
)

// headerColumns are those of a Header, of the objects called o.
const headerColumns = `o.id, o.type, o.subtype, o.name, o.description, o.author, o.created, o.modified, o.modified_by,
	o.owner, o.auto_created, o.hidden, o.version, o.connection, o.connection_type, o.database_name, o.schema_name, o.physical_table`

func headerFields(h *searchlight.Header) []any {
	return []any{&h.ID, &h.Type, &h.Subtype, &h.Name, &h.Description, &h.Author, instantOf{&h.Created}, instantOf{&h.Modified}, &h.ModifiedBy,
		&h.Owner, &h.AutoCreated, &h.Hidden, &h.Version, &h.Connection, &h.ConnectionType, &h.Database, &h.Schema, &h.PhysicalTable}
}

func scanHeader(row scanner, h *searchlight.Header) error { return row.Scan(headerFields(h)...) }

func scanObject(row scanner, o *searchlight.Object) error {
	var content string
	if err := row.Scan(append(headerFields(&o.Header), &content)...); err != nil {
		return err
	}
	if content != "" {
		o.Content = json.RawMessage(content)
	}
	return nil
}

func scanGUID(row scanner, id *searchlight.GUID) error { return row.Scan(id) }

// Object implements searchlight.Tx. References are in the order of their IDs.
func (tx *Tx) Object(id searchlight.GUID) (*searchlight.Object, error) {
	o, err := one(tx, scanObject, `SELECT `+headerColumns+`, o.content FROM objects o WHERE o.id = ?`, id)
	if err != nil {
		return nil, orMissing(err, errNoObject(id))
	}
	o.References, err = all(tx, scanGUID, `SELECT target_id FROM object_references WHERE object_id = ? ORDER BY target_id`, id)
	if err != nil {
		return nil, err
	}
	if o.Columns, err = tx.columnsOf(id); err != nil {
		return nil, err
	}
	return &o, nil
}

// Header implements searchlight.Tx.
func (tx *Tx) Header(id searchlight.GUID) (*searchlight.Header, error) {
	h, err := one(tx, scanHeader, `SELECT `+headerColumns+` FROM objects o WHERE o.id = ?`, id)
	if err != nil {
		return nil, orMissing(err, errNoObject(id))
	}
	return &h, nil
}

// ObjectsNamed implements searchlight.Tx. The headers are in the order of
// their IDs.
func (tx *Tx) ObjectsNamed(t searchlight.ObjectType, name string) ([]searchlight.Header, error) {
	if !storable(name) {
		return nil, errText()
	}
	// The key is in an index, the name is not.
	return all(tx, scanHeader, `SELECT `+headerColumns+` FROM objects o WHERE o.type = ? AND o.name_key = ? AND o.name = ? ORDER BY o.id`,
		t, fold(name), name)
}

// TableAt implements searchlight.Tx.
func (tx *Tx) TableAt(connection searchlight.GUID, database, schema, table string) (*searchlight.Header, error) {
	h, err := one(tx, scanHeader, `SELECT `+headerColumns+` FROM objects o WHERE o.physical_table <> ''
		AND o.connection = ? AND o.database_name = ? AND o.schema_name = ? AND o.physical_table = ?`,
		connection, database, schema, table)
	if err != nil {
		return nil, orMissing(err, errNoTableAt(database, schema, table))
	}
	return &h, nil
}

// CreateObject implements searchlight.Tx. What is not set becomes what it is
// for an object at top level that its author has just made: Created and
// Modified the time of the transaction, Owner the object, ModifiedBy the
// author. The name of a tag is unique ignoring case: CodeConflict.
func (tx *Tx) CreateObject(o *searchlight.Object) error {
	key, err := tx.freeForObject(o)
	if err != nil {
		return err
	}
	if o.Created.IsZero() {
		set(tx, &o.Created, tx.now)
	}
	if o.Modified.IsZero() {
		set(tx, &o.Modified, o.Created)
	}
	if o.Owner == "" {
		set(tx, &o.Owner, o.ID)
	}
	if o.ModifiedBy == "" {
		set(tx, &o.ModifiedBy, o.Author)
	}
	set(tx, &o.Version, 1)
	taken, err := tx.exists(`SELECT 1 FROM object_columns WHERE id = ?`, o.ID)
	if err != nil {
		return err
	}
	if taken {
		return errObjectExists(o.ID)
	}
	inserted, err := tx.exec(`INSERT INTO objects (type, subtype, name, name_key, description, author, author_key, created, modified, modified_by,
		owner, auto_created, hidden, connection, connection_type, database_name, schema_name, physical_table, content, version, id)
		VALUES (?, ?, ?, ?, ?, ?, `+authorKey+`, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		append(objectValues(o, key), o.Version, o.ID)...)
	if err != nil {
		return err
	}
	if inserted == 0 {
		return errObjectExists(o.ID)
	}
	tx.changes++
	if err := tx.writeReferences(o); err != nil {
		return err
	}
	if err := tx.insertColumns(o); err != nil {
		return err
	}
	names, err := namesIn(o)
	if err != nil {
		return err
	}
	if err := tx.learnNames(names); err != nil {
		return err
	}
	if o.Owner != o.ID || o.Type == searchlight.TypeVisualization { // the one may have been shared already
		return tx.writeAccess(o.ID)
	}
	_, err = tx.exec(`INSERT INTO access (`+accessColumns+`) VALUES (?, ?, ?, ?, ?, ?, `+authorKey+`, ?, ?, ?, ?)`,
		o.ID, o.Author, searchlight.Modify, o.Type, o.Subtype, key, o.Author, instant(o.Created), instant(o.Modified), o.Hidden, o.AutoCreated)
	return err
}

// UpdateObject implements searchlight.Tx. It fails with CodeNotFound when
// there is no such object.
func (tx *Tx) UpdateObject(o *searchlight.Object) error {
	key, err := tx.freeForObject(o)
	if err != nil {
		return err
	}
	before, err := tx.storedNames(`o.id = ?`, o.ID)
	if err != nil {
		return err
	}
	after, err := namesIn(o)
	if err != nil {
		return err
	}
	updated, err := tx.exec(`UPDATE objects SET type = ?, subtype = ?, name = ?, name_key = ?, description = ?, author = ?, author_key = `+authorKey+`, created = ?,
		modified = ?, modified_by = ?, owner = ?, auto_created = ?, hidden = ?, connection = ?, connection_type = ?, database_name = ?,
		schema_name = ?, physical_table = ?, content = ?, version = version + 1 WHERE id = ? AND version = ?`,
		append(objectValues(o, key), o.ID, o.Version)...)
	if err != nil {
		return err
	}
	if updated == 0 {
		if _, err := tx.Header(o.ID); err != nil {
			return err
		}
		return errObjectChanged(o.ID)
	}
	set(tx, &o.Version, o.Version+1)
	tx.changes++
	if _, err := tx.exec(`DELETE FROM object_references WHERE object_id = ?`, o.ID); err != nil {
		return err
	}
	if err := tx.writeReferences(o); err != nil {
		return err
	}
	if err := tx.updateColumns(o); err != nil {
		return err
	}
	if err := tx.replaceNames(before, after); err != nil {
		return err
	}
	return tx.writeAccess(o.ID)
}

// DeleteObject implements searchlight.Tx. The parts of the object go with it.
// References to it stay, as they do in the content of its dependents.
func (tx *Tx) DeleteObject(id searchlight.GUID) error {
	names, err := tx.storedNames(`(o.id = ? OR o.owner = ?)`, id, id)
	if err != nil {
		return err
	}
	deleted, err := tx.exec(`DELETE FROM objects WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if deleted == 0 {
		return errNoObject(id)
	}
	if _, err := tx.exec(`DELETE FROM objects WHERE owner = ?`, id); err != nil {
		return err
	}
	tx.changes++
	return tx.forgetNames(names)
}

// ChangeAuthor implements searchlight.Tx. The parts of an object go with it,
// those that from made. The IDs are in their order. The objects count as
// modified, by the new author.
func (tx *Tx) ChangeAuthor(ids []searchlight.GUID, from, to searchlight.GUID) ([]searchlight.GUID, error) {
	if _, err := tx.User(to); err != nil {
		return nil, err
	}
	if from == to {
		return nil, nil
	}
	condition, args := `author = ?`, []any{from}
	if ids != nil {
		listed := jsonOf(guidsAmong(ids))
		condition += ` AND (` + tx.store.backend.Listed(`id`) + ` OR ` + tx.store.backend.Listed(`owner`) + `)`
		args = append(args, listed, listed)
	}
	changed, err := all(tx, scanGUID, `SELECT id FROM objects WHERE `+condition+` ORDER BY id`, args...)
	if err != nil || len(changed) == 0 {
		return nil, err
	}
	_, err = tx.exec(`UPDATE objects SET author = ?, author_key = `+authorKey+`, modified = ?, modified_by = ?, version = version + 1 WHERE `+tx.store.backend.Listed(`id`),
		to, to, instant(tx.now), to, jsonOf(changed))
	if err != nil {
		return nil, err
	}
	tx.changes++
	return changed, tx.writeAccess(changed...)
}

// Parts implements searchlight.Tx.
func (tx *Tx) Parts(id searchlight.GUID) ([]searchlight.Header, error) {
	return all(tx, scanHeader, `SELECT `+headerColumns+` FROM objects o WHERE o.owner = ? AND o.id <> ? ORDER BY o.created, o.id`, id, id)
}

// Dependents implements searchlight.Tx. The headers are in the order of names.
func (tx *Tx) Dependents(id searchlight.GUID) ([]searchlight.Header, error) {
	return all(tx, scanHeader, `SELECT `+headerColumns+` FROM object_references r JOIN objects o ON o.id = r.object_id
		WHERE r.target_id = ? ORDER BY o.name_key, o.id`, id)
}

// authorKey is the key of the name of an author, who may be gone.
const authorKey = `coalesce((SELECT u.name_key FROM users u WHERE u.id = ?), '')`

// objectValues are the values of an object in the order of the statements that
// write them, without ID and Version.
func objectValues(o *searchlight.Object, nameKey string) []any {
	return []any{o.Type, o.Subtype, o.Name, nameKey, o.Description, o.Author, o.Author, instant(o.Created), instant(o.Modified), o.ModifiedBy,
		o.Owner, o.AutoCreated, o.Hidden, o.Connection, o.ConnectionType, o.Database, o.Schema, o.PhysicalTable, string(o.Content)}
}

func (tx *Tx) writeReferences(o *searchlight.Object) error {
	for _, target := range o.References {
		if _, err := tx.exec(`INSERT INTO object_references (object_id, target_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, o.ID, target); err != nil {
			return err
		}
	}
	return nil
}

// freeForObject returns the key of the object's name, after a look that no
// other object has what must be unique.
func (tx *Tx) freeForObject(o *searchlight.Object) (string, error) {
	key, err := nameKey(o.Name)
	if err != nil {
		return "", err
	}
	if o.Type == searchlight.TypeTag {
		taken, err := tx.exists(`SELECT 1 FROM objects WHERE type = ? AND name_key = ? AND id <> ?`, o.Type, key, o.ID)
		if err != nil {
			return "", err
		}
		if taken {
			return "", errTagExists(o.Name)
		}
	}
	if o.PhysicalTable == "" {
		return key, nil
	}
	if len(o.Database)+len(o.Schema)+len(o.PhysicalTable) > maxKeyBytes {
		return "", errNameTooLong()
	}
	other, err := tx.TableAt(o.Connection, o.Database, o.Schema, o.PhysicalTable)
	switch {
	case err == nil && other.ID != o.ID:
		return "", errTableExists(o.Database, o.Schema, o.PhysicalTable)
	case err != nil && searchlight.CodeOf(err) != searchlight.CodeNotFound:
		return "", err
	}
	return key, nil
}

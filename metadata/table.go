package metadata

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/tml"
)

func (im *importer) convertTables() error {
	if err := im.each(tml.KindTable, im.convertTable); err != nil {
		return err
	}
	im.tables = changes{}
	return im.each(tml.KindTable, func(e *entry) error {
		im.tables[e.target] = change{model.TableDefinition{Header: e.object.Header, Table: e.table}, &e.renamed}
		return nil
	})
}

// convertTable finds the table object and everything but its joins, which may
// point at tables that come later.
func (im *importer) convertTable(e *entry) error {
	d := e.doc.Table
	if e.checkPlace(); e.failed() {
		return nil
	}
	connection, ok, err := im.connectionOf(e)
	if err != nil || !ok {
		return err
	}
	if err := im.claimTable(e, connection.id); err != nil || e.failed() {
		return err
	}
	if len(d.Parameters) > 0 {
		e.fail(e.doc.Root().Key("parameters"), codeNotAvailable, "Parameters are not available yet.")
	}
	h := &e.object.Header
	h.Description = d.Description
	h.Connection, h.Database, h.Schema, h.PhysicalTable = connection.id, d.DB, d.Schema, d.DBTable
	h.Subtype = searchlight.SubtypeTable
	if connection.id == searchlight.EmbeddedConnectionID {
		h.Subtype = searchlight.SubtypeUpload
	}
	e.table = &searchlight.Table{Columns: slices.Clone(d.Columns), Extra: d.Extra}
	e.renamed = renames{from: h.Name, to: h.Name}
	var stored searchlight.Table
	if e.existing != nil {
		if err := decodeContent(e.existing, &stored); err != nil {
			return err
		}
		e.renamed.from = e.existing.Name
		e.table.Joins, e.table.Rules, e.table.RulePaths = stored.Joins, stored.Rules, stored.RulePaths
		e.table.Extra = keepExtra(stored.Extra, d.Extra)
	}
	var removed []int
	e.renamed.columns, removed = pairColumns(tableColumns(stored.Columns), tableColumns(e.table.Columns), im.s.newGUID)
	for _, i := range removed {
		e.removed = append(e.removed, stored.Columns[i])
	}
	for i, c := range e.table.Columns {
		e.checkCalendar(e.doc.ColumnsPath().Item(i), c.Properties)
	}
	im.checkPhysical(e, connection)
	return nil
}

// checkPlace bounds the names that say where a table is.
func (e *entry) checkPlace() {
	d := e.doc.Table
	for key, name := range map[string]string{"db": d.DB, "schema": d.Schema, "db_table": d.DBTable} {
		if len(name) > maxNameBytes {
			e.fail(e.doc.Root().Key(key), codeLimit, "The name has %d bytes; %d are allowed.", len(name), maxNameBytes)
		}
	}
}

// checkCalendar warns of calendars that the server does not have.
func (e *entry) checkCalendar(column tml.Path, p searchlight.ColumnProperties) {
	switch p.Calendar {
	case "", "default", "calendar", "CALENDAR_TYPE_GREGORIAN":
		return
	}
	e.warn(column.Key("properties").Key("calendar"), codeRemark, "There is no calendar <b> %s </b>; the Gregorian one is used.", p.Calendar)
}

// connectionRef is the connection of a table.
type connectionRef struct {
	id      searchlight.GUID
	content *searchlight.Connection
}

// connectionOf finds the connection of a table document; without one the table
// lives in the built-in store.
func (im *importer) connectionOf(e *entry) (connectionRef, bool, error) {
	d := e.doc.Table
	if d.Connection == nil {
		return connectionRef{searchlight.EmbeddedConnectionID, &searchlight.Connection{Type: searchlight.EmbeddedConnectionType}}, true, nil
	}
	ref, ok, err := im.resolve(e, *d.Connection, tml.KindConnection)
	if err != nil || !ok {
		return connectionRef{}, false, err
	}
	if ref.entry != nil {
		return connectionRef{ref.header.ID, ref.entry.conn}, !ref.entry.failed(), nil
	}
	stored, err := im.tx.Object(ref.header.ID)
	if err != nil {
		return connectionRef{}, false, err
	}
	content := &searchlight.Connection{}
	return connectionRef{ref.header.ID, content}, true, decodeContent(stored, content)
}

// linkTables resolves the joins of tables, now that all tables are known.
func (im *importer) linkTables() error {
	return im.each(tml.KindTable, func(e *entry) error {
		joins, err := im.joins(e, e.doc.Table.JoinsWith, renameJoins(e.table.Joins, e.target, e.renamed.from, im.tables.names))
		if err != nil || e.failed() {
			return err
		}
		e.table.Joins = joins
		return nil
	})
}

// checkTables verifies the joins of the tables.
func (im *importer) checkTables() error {
	return im.each(tml.KindTable, func(e *entry) error {
		return im.checkJoins(e, im.tables[e.target].definition, e.doc.Table.JoinsWith, e.table.Joins)
	})
}

// joins merges the joins of a document into the stored ones: they are added
// and changed by name and never removed (tml.md 3.6).
func (im *importer) joins(e *entry, docs []tml.JoinDoc, stored []searchlight.TableJoin) ([]searchlight.TableJoin, error) {
	out := slices.Clone(stored)
	for _, j := range docs {
		target, ok, err := im.resolve(e, j.Target, tml.KindTable, tml.KindWorksheet)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		join := j.TableJoin
		join.Destination = target.header.ID
		join.OneToOne, join.Cardinality = cardinality(join.OneToOne, join.Cardinality)
		at := slices.IndexFunc(out, func(x searchlight.TableJoin) bool { return x.Name == join.Name })
		if at < 0 {
			join.ID = im.s.newGUID()
			out = append(out, join)
			continue
		}
		old := out[at]
		join.ID = old.ID
		if join.Cardinality == "" && j.Cardinality == "" && (join.OneToOne == nil || !*join.OneToOne) {
			join.Cardinality = old.Cardinality // older files cannot say it
		}
		if old.On != join.On || old.Type != join.Type || old.Destination != join.Destination {
			e.warn(j.Path, codeRemark, "The join <b> %s </b> was changed; everything that uses it changes as well.", join.Name)
		}
		out[at] = join
	}
	return out, nil
}

// cardinality says what older readers understand in their way: one to one as
// a flag, and many to one not at all.
func cardinality(oneToOne *bool, c searchlight.Cardinality) (*bool, searchlight.Cardinality) {
	is := c == searchlight.OneToOne
	switch {
	case is, c == searchlight.ManyToOne && oneToOne != nil:
		return &is, ""
	case c == searchlight.ManyToOne:
		return nil, ""
	}
	return oneToOne, c
}

// checkJoins verifies the joins that a document gives to its object, own.
func (im *importer) checkJoins(e *entry, own model.TableDefinition, docs []tml.JoinDoc, joins []searchlight.TableJoin) error {
	for _, doc := range docs {
		at := slices.IndexFunc(joins, func(x searchlight.TableJoin) bool { return x.Name == doc.Name })
		if at < 0 {
			continue
		}
		to, ok, err := im.tables.table(im, joins[at].Destination)
		if err != nil {
			return err
		}
		path, back := doc.Target.Path, func(j searchlight.TableJoin) bool { return j.Name == doc.Name && j.Destination == own.Header.ID }
		switch {
		case !ok:
			e.fail(path, codeNotAvailable, "A join to <b> %s </b> is not available yet; join to tables.", doc.Target.LookupName())
		case to.Header.ID == own.Header.ID:
			e.fail(path, codeJoin, "The join <b> %s </b> leads from the table to itself.", doc.Name)
		case to.Header.Connection != own.Header.Connection:
			e.fail(path, codeJoin, "The join <b> %s </b> leads to a table of another connection.", doc.Name)
		case slices.ContainsFunc(to.Table.Joins, back):
			e.fail(doc.Path, codeJoin, "The join <b> %s </b> leads from <b> %s </b> to this table; a join of another direction needs another name.", doc.Name, to.Header.Name)
		default:
			e.addProblems(model.CheckJoin(joins[at].On, own, to, string(doc.Path)))
		}
	}
	return nil
}

// referencesOf lists what an object is built on, each once.
func referencesOf(ids []searchlight.GUID, joins []searchlight.TableJoin) []searchlight.GUID {
	for _, j := range joins {
		ids = append(ids, j.Destination)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

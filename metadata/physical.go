package metadata

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
)

// physicalTables remembers what databases said of physical tables.
type physicalTables struct {
	known  map[string]described
	wanted []wantedTable
}

type described struct {
	columns []engine.Column
	err     error
}

type wantedTable struct {
	key        string
	id         searchlight.GUID
	connection *searchlight.Connection
	table      engine.Table
}

// errPhysicalUnknown says that an attempt met a table that nobody has looked at.
var errPhysicalUnknown = errors.New("metadata: a physical table has not been looked at")

// columns returns what is known of a table; it reports false, and has the
// table looked at before the next attempt, when nothing is.
func (p *physicalTables) columns(id searchlight.GUID, c *searchlight.Connection, t engine.Table) (described, bool) {
	key := fmt.Sprintf("%s %+v %q", id, *c, t)
	if d, ok := p.known[key]; ok {
		return d, true
	}
	if !slices.ContainsFunc(p.wanted, func(w wantedTable) bool { return w.key == key }) {
		p.wanted = append(p.wanted, wantedTable{key, id, c, t})
	}
	return described{}, false
}

// fetch looks at the tables that are wanted. What a database says against one
// table is that table's finding; only the end of ctx stops it.
func (p *physicalTables) fetch(ctx context.Context, databases Databases) error {
	for _, w := range p.wanted {
		columns, err := databases.Describe(ctx, w.id, w.connection, w.table)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.known[w.key] = described{columns, err}
	}
	p.wanted = nil
	return nil
}

// checkPhysical compares a table with the database (tml.md 2.7).
func (im *importer) checkPhysical(e *entry, connection connectionRef) {
	if im.r.SkipPhysical {
		return
	}
	d, at := e.doc.Table, e.doc.Root()
	found, known := im.physical.columns(connection.id, connection.content, engine.Table{Database: d.DB, Schema: d.Schema, Name: d.DBTable})
	if !known {
		return
	}
	if found.err != nil {
		if x, ok := errors.AsType[*engine.Error](found.err); ok && x.Kind == engine.KindNoTable {
			e.fail(at.Key("db_table"), codeDatabase, "Table <b> %s </b> does not exist in the connection.", d.DBTable)
		} else {
			e.fail(at.Key("connection"), codeDatabase, "The database of the table cannot be looked into; check the connection, or import with skip_cdw_validation_for_tables.")
		}
		return
	}
	for i, c := range e.table.Columns {
		path := e.doc.ColumnsPath().Item(i)
		k := slices.IndexFunc(found.columns, func(x engine.Column) bool { return x.Name == c.PhysicalName })
		if k < 0 {
			e.fail(path.Key("db_column_name"), codeDatabase, "Column <b> %s </b> does not exist in table <b> %s </b> of the connection.", c.PhysicalName, d.DBTable)
			continue
		}
		if !fits(found.columns[k].Type, c.Type) {
			e.fail(path.Key("db_column_properties").Key("data_type"), codeDatabase, "DataType <b> %s </b> does not match CDW DataType <b> %s </b> of column <b> %s </b>.",
				c.Type, found.columns[k].Native, c.PhysicalName)
		}
	}
}

// fits reports whether a column of a database can be used as a type: without
// loss, or as a floating-point number. Decimal numbers come from engines as
// DOUBLE.
func fits(have, want datatype.Type) bool {
	switch {
	case have == datatype.Unknown:
		return false
	case have == want, have.IsText() && want.IsText():
		return true
	case have == datatype.Int32 && want == datatype.Int64:
		return true
	}
	return have.IsNumeric() && (want == datatype.Double || want == datatype.Float && !have.IsInteger())
}

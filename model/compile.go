package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/source"
)

// Definition is a data source as people defined it, with the tables beneath.
// Of Table and Worksheet one is set.
type Definition struct {
	Header    searchlight.Header
	Table     *searchlight.Table
	Worksheet *searchlight.Worksheet
	// Tables are those beneath a worksheet, and those that rules of the tables
	// lead to.
	Tables map[searchlight.GUID]TableDefinition
}

// TableDefinition is a table with its header.
type TableDefinition struct {
	Header searchlight.Header
	Table  *searchlight.Table
}

// Compile makes a model of a definition. With a problem that is no warning the
// model is nil. A row-level security rule that has no meaning is no problem of
// the model: it is Broken.
func Compile(d Definition) (*Model, []Problem) {
	c := &compiler{
		m: &Model{ID: d.Header.ID, Name: d.Header.Name, Kind: d.Header.Subtype,
			Connection: d.Header.Connection, Progressive: true, byName: map[string]int{}, paths: map[string]NodeID{}},
		byTable: map[NodeID]TableDefinition{},
		tables:  d.Tables,
	}
	if d.Worksheet != nil {
		c.worksheet(d)
	} else {
		c.table(d)
	}
	if slices.ContainsFunc(c.problems, func(p Problem) bool { return !p.Warning }) {
		return nil, c.problems
	}
	if d.Worksheet == nil || !d.Worksheet.BypassRLS {
		c.rules()
	}
	return c.m, c.problems
}

type compiler struct {
	m        *Model
	problems []Problem
	byTable  map[NodeID]TableDefinition
	tables   map[searchlight.GUID]TableDefinition
	// columnIDs finds the physical columns of a node by lower case display name.
	columnIDs []map[string]expr.ColumnID
	formulas  *formulas
}

func (c *compiler) problem(p Problem) { c.problems = append(c.problems, p) }

// addNode adds a role of a table with its physical columns.
func (c *compiler) addNode(path string, t TableDefinition) NodeID {
	n := newNode(NodeID(len(c.m.Nodes)), path, t.Header)
	c.m.Nodes = append(c.m.Nodes, n)
	c.addPhysical(n.ID, t)
	return n.ID
}

func newNode(id NodeID, path string, h searchlight.Header) Node {
	return Node{ID: id, Path: path, Table: h.ID, Name: h.Name,
		Place: Place{Database: h.Database, Schema: h.Schema, Table: h.PhysicalTable}}
}

// addPhysical adds the columns of the latest node.
func (c *compiler) addPhysical(id NodeID, t TableDefinition) {
	c.byTable[id] = t
	c.m.first = append(c.m.first, len(c.m.physical))
	names := map[string]expr.ColumnID{}
	for _, col := range t.Table.Columns {
		p := Physical{ID: expr.ColumnID(len(c.m.physical) + 1), Node: id, Name: col.Name, Column: col.PhysicalName, Type: col.Type, Source: col.ID}
		c.m.physical = append(c.m.physical, p)
		names[strings.ToLower(col.Name)] = p.ID
	}
	c.columnIDs = append(c.columnIDs, names)
}

// physical finds a column of a node by display name.
func (c *compiler) physical(n NodeID, name string) (expr.Column, bool) {
	id, ok := c.columnIDs[n][strings.ToLower(name)]
	if !ok {
		return expr.Column{}, false
	}
	return c.m.column(id), true
}

// column is the value of a physical column in a row.
func (m *Model) column(id expr.ColumnID) expr.Column {
	p := m.physical[id-1]
	return expr.Column{ID: id, Name: m.Node(p.Node).Path + "::" + p.Name, Typ: p.Type}
}

// addColumn adds a shown column.
func (c *compiler) addColumn(col Column, path string) {
	key := strings.ToLower(col.Name)
	if _, taken := c.m.byName[key]; taken {
		c.problem(Problem{Number: 14904, Path: path, Message: fmt.Sprintf("Multiple columns with the same name found: %s", col.Name)})
		return
	}
	c.m.byName[key] = len(c.m.Columns)
	c.m.Columns = append(c.m.Columns, col)
}

// table compiles a single table.
func (c *compiler) table(d Definition) {
	n := c.addNode(d.Header.Name, TableDefinition{Header: d.Header, Table: d.Table})
	c.m.paths[strings.ToLower(d.Header.Name)] = n
	for i, col := range d.Table.Columns {
		id := c.columnIDs[n][strings.ToLower(col.Name)]
		path := "table->columns" + ordinal(i)
		out := shown(col.ID, col.Name, col.Properties, c.m.column(id))
		out.Path, out.Nodes, out.Sources = c.m.Nodes[n].Path, SetOf(n), []searchlight.GUID{col.ID}
		c.checkAggregation(out, path)
		c.addColumn(out, path)
	}
	c.m.connect()
}

// shown makes a column of an expression and its properties.
func shown(id searchlight.GUID, name string, p searchlight.ColumnProperties, e expr.Expr) Column {
	col := Column{
		ID: id, Name: name, Role: p.Role, Aggregation: p.Aggregation, Type: e.Type(), Expr: e,
		Aggregated: e.Level() == expr.LevelAgg,
		Hidden:     p.Hidden != nil && *p.Hidden,
		Synonyms:   p.Synonyms, DateBucket: p.DefaultDateBucket(),
		Attribution: p.IsAttributionDimension == nil || *p.IsAttributionDimension,
	}
	if p.ValueCasing == "UPPER" || p.ValueCasing == "LOWER" {
		col.Casing = p.ValueCasing
	}
	if col.Role == datatype.Measure && (col.Aggregation == datatype.DefaultAggregation || col.Aggregation == datatype.None) {
		col.Aggregation = datatype.Sum
	}
	return col
}

func (c *compiler) checkAggregation(col Column, path string) {
	switch {
	case col.Aggregated && col.Role == datatype.Attribute:
		c.problem(Problem{Number: 14516, Path: path + "->properties->column_type",
			Message: fmt.Sprintf("E403: %s aggregates, so it must be a MEASURE", bold(col.Name))})
	case !col.Aggregated && col.Role == datatype.Measure && col.Aggregation.NeedsNumber() && !col.Type.IsNumeric():
		c.problem(Problem{Number: 14528, Path: path + "->properties->aggregation",
			Message: fmt.Sprintf("Cannot apply %s to column %s of type %s: it needs a numeric column", col.Aggregation, bold(col.Name), col.Type)})
	}
}

// bold marks a name as the vendor's messages do.
func bold(s string) string { return "<b> " + s + " </b>" }

// ordinal is the position of a list item in a path: (1st), (2nd) …
func ordinal(i int) string { return "(" + source.Ordinal(i+1) + ")" }

// diagnose turns diagnostics of an expression into problems; what introduces
// errors.
func (c *compiler) diagnose(path, what string, text *source.Text, ds source.Diagnostics) {
	for _, d := range ds {
		number := d.Number
		if number == 0 {
			number = 14516
		}
		message := d.Sentence()
		if d.Severity == source.SeverityError {
			message = what + message
		}
		c.problem(Problem{Warning: d.Severity == source.SeverityWarning, Number: number, Path: path,
			Message: message, Text: text, Diagnostic: &d})
	}
}

// node finds a role by path id, or by alias where a table has one role.
func (c *compiler) node(path string) (NodeID, bool) {
	n, ok := c.m.paths[strings.ToLower(path)]
	return n, ok
}

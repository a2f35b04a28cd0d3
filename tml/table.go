package tml

import (
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
)

// table reads the body of a table (tml.md 2.7).
func (r *reader) table(o *object) {
	t := &TableDoc{Name: o.required("name"), Description: o.textPointer("description")}
	r.doc.Name, r.doc.Table = t.Name, t
	if n := o.node.get("db"); n != nil && n.kind == scalar && n.text == "" && n.quoted {
		o.ignore("db")
		r.fail(codeCompulsory, o.path.Key("db"), n, "db cannot be left empty")
	} else {
		t.DB = o.required("db")
	}
	t.Schema = o.required("schema")
	t.DBTable = o.required("db_table")
	if c := o.object("connection"); c != nil {
		id := c.identity()
		c.ignore("type")
		c.close()
		t.Connection = &id
	}
	t.Columns = r.tableColumns(o)
	t.RLS = r.rls(o)
	t.JoinsWith = r.joinsWith(o)
	if o.has("joins") { // older files
		t.JoinsWith = append(t.JoinsWith, r.joinList(o, "joins")...)
	}
	t.Parameters = r.parameters(o)
	t.Extra = o.extra("dataset_id", "properties")
	o.ignore("joins")
}

func (r *reader) tableColumns(o *object) []searchlight.TableColumn {
	var columns []searchlight.TableColumn
	names, physical := unique{}, unique{}
	for _, c := range o.requiredObjects("columns") {
		col := searchlight.TableColumn{Name: c.required("name"), Description: c.text("description"), PhysicalName: c.text("db_column_name")}
		if col.PhysicalName == "" && col.Name != "" {
			r.warn(c.path.Key("db_column_name"), c.node, "Field <b> %s </b> is missing; <b> %s </b> is taken.", c.path.Key("db_column_name"), col.Name)
			col.PhysicalName = col.Name
		}
		var hasRole bool
		col.Properties, hasRole = c.properties()
		col.Type = r.columnType(c)
		if !hasRole && col.Type.IsNumeric() {
			col.Properties.Role = datatype.Measure
		}
		r.checkAggregation(c, col)
		if col.Type.IsNumeric() {
			col.Properties = withDefaults(col.Properties)
		}
		c.ignore("is_primary_key", "is_foreign_key")
		c.close()
		if col.Name != "" && !names.add(strings.ToLower(col.Name)) {
			r.failDuplicateColumn(c.path.Key("name"), c.node.get("name"), col.Name)
		}
		if col.PhysicalName != "" && !physical.add(col.PhysicalName) {
			r.failDuplicate(c.path.Key("db_column_name"), c.node.get("db_column_name"), "columns", col.PhysicalName)
		}
		columns = append(columns, col)
	}
	return columns
}

// columnType reads the type of a column, in older files on the column itself.
func (r *reader) columnType(c *object) datatype.Type {
	holder := c.object("db_column_properties")
	switch {
	case holder == nil && c.has("data_type"):
		holder = c
	case holder == nil:
		c.ignore("data_type")
		if !c.has("db_column_properties") {
			r.failMissing(c.path.Key("db_column_properties"), c.node)
		}
		return datatype.Unknown
	default:
		defer holder.close()
	}
	name := holder.required("data_type")
	if name == "" {
		return datatype.Unknown
	}
	t, ok := datatype.ParseType(name)
	if !ok {
		r.failDataType(holder.path.Key("data_type"), holder.node.get("data_type"))
	}
	return t
}

// checkAggregation refuses aggregations of numbers on other types.
func (r *reader) checkAggregation(c *object, col searchlight.TableColumn) {
	a := col.Properties.Aggregation
	if !a.NeedsNumber() || col.Type == datatype.Unknown || col.Type.IsNumeric() {
		return
	}
	path := c.path.Key("properties").Key("aggregation")
	n := c.node.get("properties").get("aggregation")
	r.fail(codeValue, path, n, "Invalid value <b> %s </b> of field <b> %s </b>. The column <b> %s </b> of type %s is not numeric.",
		a, path, col.Name, col.Type)
}

// rls reads the row security of a table; an empty list of rules counts, a
// missing or empty block does not. A block must say its rules: without them it
// would take away those that are there.
func (r *reader) rls(o *object) *RLS {
	m := o.object("rls_rules")
	if m == nil {
		return nil
	}
	rls := &RLS{Path: m.path, Joins: r.joins(m)}
	for _, t := range m.objects("tables") {
		rls.Tables = append(rls.Tables, t.identity())
		t.close()
	}
	ids, names := unique{}, unique{}
	for _, p := range m.objects("table_paths") {
		path := RLSPath{TablePath: p.tablePath(), Columns: p.texts("column"), Path: p.path}
		p.close()
		if path.ID != "" && !ids.add(strings.ToLower(path.ID)) {
			r.failDuplicate(p.path.Key("id"), p.node.get("id"), "table paths", path.ID)
		}
		rls.Paths = append(rls.Paths, path)
	}
	if m.value("rules") == nil {
		r.failMissing(m.path.Key("rules"), m.node)
	}
	for _, n := range m.objects("rules") {
		rule := RLSRule{Name: n.required("name"), Expr: n.required("expr"), Path: n.path}
		n.close()
		if rule.Name != "" && !names.add(rule.Name) {
			r.failDuplicate(n.path.Key("name"), n.node.get("name"), "rules", rule.Name)
		}
		rls.Rules = append(rls.Rules, rule)
	}
	m.ignore("table")
	m.close()
	return rls
}

// tablePath reads one entry of table_paths without its columns (tml.md 2.3).
func (o *object) tablePath() searchlight.TablePath {
	p := searchlight.TablePath{ID: o.required("id"), Table: o.required("table")}
	for _, root := range o.objects("join_path") {
		p.JoinPaths = append(p.JoinPaths, root.texts("join"))
		root.close()
	}
	if len(p.JoinPaths) == 0 {
		p.JoinPaths = [][]string{nil}
	}
	return p
}

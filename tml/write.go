package tml

import (
	"slices"
	"strconv"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
)

// Options say how a document is written.
type Options struct {
	JSON bool
	// Newer adds the keys that are newer than version 7
	// (export_schema_version=v2); without it they are left out, since older
	// readers refuse a file that has them.
	Newer bool
}

// YAML is the canonical text of the document (tml.md 1.3).
func (d *Document) YAML() string { return d.Format(Options{}) }

// JSON is the document as one JSON text (tml.md 1.4).
func (d *Document) JSON() string { return d.Format(Options{JSON: true}) }

// Format is the text of the document with options. Equal documents give equal
// texts.
func (d *Document) Format(options Options) string {
	e := encoder{options}
	n := newMapping()
	if d.Bare {
		n = e.connection(d.Connection, true)
	} else {
		n.putText("guid", string(d.GUID))
		if options.Newer {
			n.putText("obj_id", d.ObjectID)
		}
		switch {
		case d.Table != nil:
			n.set(string(KindTable), e.table(d.Table))
		case d.Worksheet != nil:
			n.set(string(KindWorksheet), e.worksheet(d.Worksheet))
		case d.Connection != nil:
			n.set(string(KindConnection), e.connection(d.Connection, false))
		}
	}
	if options.JSON {
		return spacedJSON(n)
	}
	return yamlText(n)
}

// encoder turns documents into trees with their keys in the order of the
// reference.
type encoder struct{ Options }

func newMapping() *node { return &node{kind: mapping} }

func (n *node) set(key string, value *node) {
	n.entries = append(n.entries, entry{key: key, value: value})
}

// The setters below leave out what is absent.

func (n *node) putText(key, value string) {
	if value != "" {
		n.set(key, textNode(value))
	}
}

func (n *node) textPointer(key string, value *string) {
	if value != nil {
		n.putText(key, *value)
	}
}

func (n *node) flag(key string, value *bool) {
	if value != nil {
		n.set(key, boolNode(*value))
	}
}

func (n *node) texts(key string, list []string) {
	if len(list) > 0 {
		n.set(key, textsNode(list))
	}
}

func (n *node) number(key string, value float64) {
	if value != 0 {
		n.set(key, numberNode(value))
	}
}

// numberNode writes a number with a decimal point.
func numberNode(v float64) *node {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !slices.Contains([]byte(text), '.') {
		text += ".0"
	}
	return bareNode(text)
}

func (n *node) block(key string, value *node) {
	if value != nil && (len(value.entries) > 0 || len(value.items) > 0) {
		n.set(key, value)
	}
}

func (n *node) extra(bag searchlight.Extra, keys ...string) {
	for _, key := range keys {
		raw, ok := bag[key]
		if !ok {
			continue
		}
		if value, faults := parseTree(string(raw)); value != nil && len(faults) == 0 {
			n.set(key, value)
		}
	}
}

func list[T any](values []T, encode func(T) *node) *node {
	n := &node{kind: sequence}
	for _, v := range values {
		n.items = append(n.items, encode(v))
	}
	return n
}

func (e encoder) identity(id Identity) *node {
	n := newMapping()
	n.putText("id", id.ID)
	n.putText("name", id.Name)
	n.putText("fqn", id.FQN)
	if e.Newer {
		n.putText("obj_id", id.ObjectID)
	}
	return n
}

func (e encoder) table(t *TableDoc) *node {
	n := newMapping()
	n.putText("name", t.Name)
	n.textPointer("description", t.Description)
	n.putText("db", t.DB)
	n.putText("schema", t.Schema)
	n.putText("db_table", t.DBTable)
	if t.Connection != nil {
		n.block("connection", e.identity(*t.Connection))
	}
	n.block("columns", list(t.Columns, e.tableColumn))
	if t.RLS != nil {
		n.set("rls_rules", e.rls(t.RLS))
	}
	n.block("joins_with", list(t.JoinsWith, e.joinWith))
	n.block("parameters", list(t.Parameters, e.parameter))
	if e.Newer {
		n.extra(t.Extra, "dataset_id", "properties")
	}
	return n
}

func (e encoder) tableColumn(c searchlight.TableColumn) *node {
	n := newMapping()
	n.putText("name", c.Name)
	n.putText("description", c.Description)
	n.putText("db_column_name", c.PhysicalName)
	n.block("properties", e.properties(c.Properties, true))
	kind := newMapping()
	kind.putText("data_type", c.Type.String())
	n.block("db_column_properties", kind)
	return n
}

func (e encoder) properties(p searchlight.ColumnProperties, hasRole bool) *node {
	n := newMapping()
	if hasRole {
		n.putText("column_type", p.Role.String())
	}
	n.putText("aggregation", p.Aggregation.String())
	n.putText("index_type", p.IndexType)
	n.number("index_priority", p.IndexPriority)
	n.texts("synonyms", p.Synonyms)
	n.flag("is_attribution_dimension", p.IsAttributionDimension)
	n.flag("is_additive", p.IsAdditive)
	n.putText("calendar", p.Calendar)
	n.putText("format_pattern", p.FormatPattern)
	if c := p.Currency; c != nil {
		m := newMapping()
		m.onlyTrue("is_browser", c.Browser)
		m.putText("column", c.Column)
		m.putText("iso_code", c.ISOCode)
		n.block("currency_type", m)
	}
	n.flag("is_hidden", p.Hidden)
	if g := p.Geo; g != nil {
		n.block("geo_config", geo(g))
	}
	n.putText("spotiq_preference", p.SpotIQ)
	n.flag("search_iq_preferred", p.SearchIQPreferred)
	n.putText("hierarchical_column_name", p.HierarchicalColumn)
	n.putText("synonym_type", p.SynonymType)
	n.putText("value_casing", p.ValueCasing)
	n.texts("custom_order", p.CustomOrder)
	if e.Newer {
		n.extra(p.Extra, "ai_context", "default_date_bucket", "use_cases")
	}
	return n
}

func (n *node) onlyTrue(key string, value bool) {
	if value {
		n.set(key, boolNode(true))
	}
}

func geo(g *searchlight.Geo) *node {
	n := newMapping()
	n.onlyTrue("latitude", g.Latitude)
	n.onlyTrue("longitude", g.Longitude)
	n.onlyTrue("country", g.Country)
	if g.RegionName != "" || g.RegionIn != "" {
		region := newMapping()
		region.putText("country", g.RegionIn)
		region.putText("region_name", g.RegionName)
		n.set("region_name", region)
	}
	n.putText("custom_file_guid", g.CustomFile)
	n.putText("geometryType", g.GeometryType)
	return n
}

func (e encoder) rls(r *RLS) *node {
	n := newMapping()
	n.block("tables", list(r.Tables, e.identity))
	n.block("joins", list(r.Joins, e.join))
	n.block("table_paths", list(r.Paths, func(p RLSPath) *node {
		path := tablePath(p.TablePath)
		path.texts("column", p.Columns)
		return path
	}))
	n.set("rules", list(r.Rules, func(r RLSRule) *node {
		rule := newMapping()
		rule.putText("name", r.Name)
		rule.putText("expr", r.Expr)
		return rule
	}))
	return n
}

func (e encoder) join(j searchlight.WorksheetJoin) *node {
	n := newMapping()
	n.putText("id", j.ID)
	n.putText("name", j.Name)
	n.putText("source", j.Source)
	n.putText("destination", j.Destination)
	if j.On != "" {
		n.texts("on", []string{j.On})
	}
	n.putText("type", string(j.Type))
	n.set("is_one_to_one", boolNode(j.OneToOne))
	if e.Newer {
		n.putText("cardinality", string(j.Cardinality))
	}
	return n
}

func (e encoder) joinWith(j JoinDoc) *node {
	n := newMapping()
	n.putText("name", j.Name)
	n.putText("description", j.Description)
	n.block("destination", e.identity(j.Target))
	n.putText("on", j.On)
	n.putText("type", string(j.Type))
	n.flag("is_one_to_one", j.OneToOne)
	if e.Newer {
		n.putText("cardinality", string(j.Cardinality))
	}
	return n
}

func tablePath(p searchlight.TablePath) *node {
	n := newMapping()
	n.putText("id", p.ID)
	n.putText("table", p.Table)
	n.block("join_path", list(p.JoinPaths, func(joins []string) *node {
		root := newMapping()
		root.texts("join", joins)
		return root
	}))
	return n
}

func (e encoder) worksheet(w *WorksheetDoc) *node {
	n := newMapping()
	n.putText("name", w.Name)
	n.textPointer("description", w.Description)
	n.block("tables", list(w.Tables, e.identity))
	n.block("joins", list(w.Joins, e.join))
	if !w.ImpliedPath {
		n.block("table_paths", list(w.Paths, tablePath))
	}
	n.block("formulas", list(w.Formulas, formula))
	n.block("filters", list(w.Filters, e.filter))
	columns := &node{kind: sequence}
	for i, c := range w.Columns {
		columns.items = append(columns.items, e.worksheetColumn(c, !slices.Contains(w.NoRole, i)))
	}
	n.block("worksheet_columns", columns)
	properties := newMapping()
	properties.set("is_bypass_rls", boolNode(w.BypassRLS))
	properties.set("join_progressive", boolNode(w.Progressive))
	n.set("properties", properties)
	n.block("joins_with", list(w.JoinsWith, e.joinWith))
	if e.Newer {
		n.putText("generation_type", w.Generation)
	}
	n.block("lesson_plans", list(w.Lessons, func(l searchlight.LessonPlan) *node {
		plan := newMapping()
		plan.set("lesson_id", bareNode(strconv.Itoa(l.ID)))
		plan.putText("lesson_plan_string", l.Text)
		return plan
	}))
	n.block("parameters", list(w.Parameters, e.parameter))
	if e.Newer {
		n.extra(w.Extra, "action_object_associations", "use_cases")
	}
	return n
}

func (e encoder) worksheetColumn(c searchlight.WorksheetColumn, hasRole bool) *node {
	n := newMapping()
	n.putText("name", c.Name)
	n.putText("description", c.Description)
	n.putText("column_id", c.ColumnID)
	n.putText("formula_id", c.FormulaID)
	n.block("properties", e.properties(c.Properties, hasRole))
	return n
}

func formula(f searchlight.Formula) *node {
	n := newMapping()
	n.putText("id", f.ID)
	n.putText("name", f.Name)
	n.putText("expr", f.Expr)
	properties := newMapping()
	if f.Role != nil {
		properties.putText("column_type", f.Role.String())
	}
	if f.Aggregation != datatype.DefaultAggregation {
		properties.putText("aggregation", f.Aggregation.String())
	}
	n.block("properties", properties)
	n.set("was_auto_generated", boolNode(f.AutoGenerated))
	return n
}

func (e encoder) filter(f searchlight.Filter) *node {
	n := newMapping()
	n.texts("column", f.Columns)
	n.putText("oper", f.Operator)
	n.texts("values", f.Values)
	n.texts("excluded_visualizations", f.Excluded)
	n.flag("is_mandatory", f.Mandatory)
	if len(f.DateFilter) > 0 {
		n.extra(searchlight.Extra{"date_filter": f.DateFilter}, "date_filter")
	}
	n.flag("is_single_value", f.SingleValue)
	n.putText("display_name", f.DisplayName)
	if e.Newer {
		n.texts("apply_on_tables", f.ApplyOnTables)
	}
	return n
}

func (e encoder) parameter(p Parameter) *node {
	n := newMapping()
	n.putText("id", p.ID)
	n.putText("name", p.Name)
	n.putText("data_type", p.DataType)
	n.putText("default_value", p.Default)
	if len(p.Choices) > 0 {
		config := newMapping()
		config.set("list_choice", list(p.Choices, func(c ParameterChoice) *node {
			choice := newMapping()
			choice.putText("value", c.Value)
			choice.putText("display_name", c.DisplayName)
			return choice
		}))
		n.set("list_config", config)
	}
	n.putText("list_column_id", p.ListColumnID)
	if r := p.Range; r != nil {
		config := newMapping()
		config.putText("range_min", r.Min)
		config.putText("range_max", r.Max)
		config.flag("include_min", r.IncludeMin)
		config.flag("include_max", r.IncludeMax)
		n.block("range_config", config)
	}
	n.putText("sap_parameter_name", p.SAPName)
	n.texts("linked_parameters", p.Linked)
	n.putText("description", p.Description)
	return n
}

func (e encoder) connection(c *ConnectionDoc, bare bool) *node {
	n := newMapping()
	n.putText("name", c.Name)
	n.putText("type", c.Type)
	n.putText("authentication_type", c.Authentication)
	properties := list(c.Properties, func(p searchlight.ConnectionProperty) *node {
		property := newMapping()
		property.putText("key", p.Key)
		property.set("value", textNode(p.Value))
		return property
	})
	if bare || len(properties.items) > 0 { // a bare file is known by this key
		n.set("properties", properties)
	}
	if bare {
		n.block("table", list(c.Tables, remappedTable))
	}
	n.textPointer("description", c.Description)
	return n
}

func remappedTable(t RemappedTable) *node {
	n := newMapping()
	n.putText("name", t.Name)
	n.putText("id", t.ID)
	place := newMapping()
	place.putText("db_name", t.DB)
	place.putText("schema_name", t.Schema)
	place.putText("table_name", t.Table)
	n.block("external_table", place)
	n.block("column", list(t.Columns, func(c RemappedColumn) *node {
		column := newMapping()
		column.putText("name", c.Name)
		column.putText("id", c.ID)
		column.putText("data_type", c.DataType)
		column.putText("external_column", c.ExternalColumn)
		return column
	}))
	return n
}

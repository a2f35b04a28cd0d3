package tml

import (
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// worksheet reads the body of a worksheet (tml.md 2.8).
func (r *reader) worksheet(o *object) {
	w := r.worksheetCommon(o)
	if schema := o.object("schema"); schema != nil {
		r.schema(schema, schema.requiredObjects("tables"), w)
		schema.close()
		o.ignore("tables", "joins", "table_paths")
	} else {
		r.worksheetTables(o, w)
		w.Joins = r.joins(o)
		r.worksheetPaths(o, w)
	}
	r.worksheetColumns(o, "worksheet_columns", w)
	w.Generation = o.text("generation_type")
	w.Extra = o.extra("action_object_associations", "use_cases")
}

// worksheetCommon reads what both formats of worksheets spell alike.
func (r *reader) worksheetCommon(o *object) *WorksheetDoc {
	w := &WorksheetDoc{Name: o.required("name"), Description: o.textPointer("description"), Progressive: true}
	r.doc.Name, r.doc.Worksheet = w.Name, w
	w.Formulas = r.formulas(o)
	w.Filters = r.filters(o)
	if p := o.object("properties"); p != nil {
		w.BypassRLS = p.isSet("is_bypass_rls")
		if b := p.flag("join_progressive"); b != nil {
			w.Progressive = *b
		}
		p.close()
	}
	w.JoinsWith = r.joinsWith(o)
	for _, l := range o.objects("lesson_plans") {
		id, _ := l.integer("lesson_id")
		w.Lessons = append(w.Lessons, searchlight.LessonPlan{ID: id, Text: l.text("lesson_plan_string")})
		l.close()
	}
	w.Parameters = r.parameters(o)
	return w
}

func (r *reader) worksheetTables(o *object, w *WorksheetDoc) {
	aliases := unique{}
	for _, t := range o.requiredObjects("tables") {
		id := t.identity()
		if id.ID == "" {
			id.ID = t.text("alias") // older files
		}
		t.ignore("alias")
		t.close()
		if alias := id.Alias(); alias != "" && !aliases.add(alias) {
			r.fail(codeDuplicate, t.path, t.node, "Multiple tables have same alias <b> %s </b>", alias)
		}
		w.Tables = append(w.Tables, id)
	}
}

func (r *reader) worksheetPaths(o *object, w *WorksheetDoc) {
	ids := unique{}
	for _, p := range o.objects("table_paths") {
		path := p.tablePath()
		p.close()
		if path.ID != "" && !ids.add(path.ID) {
			r.failDuplicate(p.path.Key("id"), p.node.get("id"), "table paths", path.ID)
		}
		w.Paths = append(w.Paths, path)
	}
	switch {
	case len(w.Paths) > 0 || o.has("table_paths"):
	case len(w.Tables) == 1:
		alias := w.Tables[0].Alias()
		w.Paths = []searchlight.TablePath{{ID: alias + "_1", Table: alias, JoinPaths: [][]string{nil}}}
		w.ImpliedPath = true
	case len(w.Tables) > 1:
		r.failMissing(o.path.Key("table_paths"), o.node)
	}
}

func (r *reader) worksheetColumns(o *object, key string, w *WorksheetDoc) {
	names, ids := unique{}, unique{}
	for _, c := range o.requiredObjects(key) {
		col := searchlight.WorksheetColumn{Name: c.required("name"), Description: c.text("description"),
			ColumnID: c.text("column_id"), FormulaID: c.text("formula_id")}
		var hasRole bool
		if col.Properties, hasRole = c.properties(); hasRole {
			col.Properties = withDefaults(col.Properties)
		} else {
			w.NoRole = append(w.NoRole, len(w.Columns))
		}
		c.close()
		if (col.ColumnID == "") == (col.FormulaID == "") {
			r.fail(codeCompulsory, c.path, c.node, "Exactly one of <b> column_id, formula_id </b> must be populated in <b> %s </b>", c.path)
		}
		if col.Name != "" && !names.add(strings.ToLower(col.Name)) {
			r.failDuplicateColumn(c.path.Key("name"), c.node.get("name"), col.Name)
		}
		if col.ColumnID != "" && !ids.add(col.ColumnID) {
			r.fail(codeDuplicate, c.path.Key("column_id"), c.node.get("column_id"),
				"columns should have unique column_id values; <b> %s </b> occurs twice. A formula can show a column again.", col.ColumnID)
		}
		w.Columns = append(w.Columns, col)
	}
}

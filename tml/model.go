package tml

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// model reads the body of a worksheet in the second format (tml.md 2.8).
func (r *reader) model(o *object) {
	w := r.worksheetCommon(o)
	r.schema(o, o.requiredObjects("model_tables"), w)
	if n := o.value("joins"); n != nil {
		r.fail(codeCompulsory, o.path.Key("joins"), n, "destination is missing: joins of a model belong to the entries of <b> %s </b>", o.path.Key("model_tables"))
	}
	r.worksheetColumns(o, "columns", w)
	for i, f := range w.Formulas {
		shown := func(c searchlight.WorksheetColumn) bool {
			return c.FormulaID != "" && (c.FormulaID == f.ID || c.FormulaID == f.Name)
		}
		if !slices.ContainsFunc(w.Columns, shown) {
			path := o.path.Key("formulas").Item(i)
			r.warn(path, o.node.get("formulas"), "No column shows the formula <b> %s </b>.", f.Name)
		}
	}
	w.Extra = o.extra("column_groups", "constraints", "aggregated_models", "action_object_associations")
}

// schema reads tables with their joins in the second format and lays them out
// as the tables, joins and paths of the first. The paths are called like the
// tables, since that is how expressions of the file call them.
func (r *reader) schema(o *object, entries []*object, w *WorksheetDoc) {
	aliases := unique{}
	for _, t := range entries {
		id := Identity{Name: t.required("name"), FQN: t.text("fqn"), ObjectID: t.text("obj_id"), Path: t.path}
		if own := t.scalar("id"); own != nil && own.text != id.Name {
			r.fail(codeUnknownName, t.path.Key("id"), own, "The id <b> %s </b> must equal the name <b> %s </b>; use alias for another name.", own.text, id.Name)
		}
		if alias := t.text("alias"); alias != id.Name {
			id.ID = alias
		}
		if id.Alias() != "" && !aliases.add(id.Alias()) {
			r.fail(codeDuplicate, t.path, t.node, "Multiple tables have same alias <b> %s </b>", id.Alias())
		}
		w.Tables = append(w.Tables, id)
	}
	pairs := map[[2]string]bool{}
	for i, t := range entries {
		for _, j := range t.objects("joins") {
			r.schemaJoin(j, w.Tables[i].Alias(), aliases, pairs, w)
		}
		t.close()
	}
	w.Paths = joinPaths(w.Tables, w.Joins)
	for _, p := range w.Paths {
		if len(p.JoinPaths) == 0 {
			r.fail(codeJoin, o.path, o.node, "The joins of <b> %s </b> run in a circle or in too many ways.", p.Table)
		}
	}
}

func (r *reader) schemaJoin(j *object, from string, aliases unique, pairs map[[2]string]bool, w *WorksheetDoc) {
	to := j.required("with")
	join := searchlight.WorksheetJoin{Name: j.text("referencing_join"), Source: from, Destination: to, On: j.condition("on")}
	if join.Name == "" {
		join.Name = from + "_to_" + to
		if join.On == "" {
			r.failMissing(j.path.Key("on"), j.node)
		}
	}
	join.Type = j.joinType()
	join.Cardinality = j.cardinality()
	join.OneToOne = join.Cardinality == searchlight.OneToOne
	if join.OneToOne || join.Cardinality == searchlight.ManyToOne {
		join.Cardinality = ""
	}
	if join.On != "" && (!j.has("type") || !j.has("cardinality")) {
		r.fail(codeCompulsory, j.path, j.node, "A join with <b> on </b> needs both type and cardinality in <b> %s </b>", j.path)
	}
	j.close()
	switch pair := [2]string{from, to}; {
	case to == "":
		return
	case !aliases[to]:
		r.fail(codeUnknownName, j.path.Key("with"), j.node.get("with"), "<b> %s </b> does not exist in schema", to)
		return
	case pairs[pair]:
		r.fail(codeDuplicate, j.path, j.node, "The tables <b> %s </b> and <b> %s </b> are joined twice.", from, to)
		return
	default:
		pairs[pair] = true
	}
	w.Joins = append(w.Joins, join)
}

// maxJoinPaths bounds the ways that lead to one table.
const maxJoinPaths = 100

// joinPaths makes one path a table: every way of joins from a table that
// nobody joins to. A table without any way lies on a circle.
func joinPaths(tables []Identity, joins []searchlight.WorksheetJoin) []searchlight.TablePath {
	into := map[string][]searchlight.WorksheetJoin{}
	for _, j := range joins {
		into[j.Destination] = append(into[j.Destination], j)
	}
	var ways func(table string, above []string) [][]string
	ways = func(table string, above []string) [][]string {
		if len(into[table]) == 0 {
			return [][]string{nil}
		}
		var found [][]string
		for _, j := range into[table] {
			if slices.Contains(above, j.Source) || j.Source == table || len(above) > maxDepth {
				continue
			}
			for _, way := range ways(j.Source, append(above, table)) {
				if len(found) > maxJoinPaths {
					return nil
				}
				found = append(found, append(slices.Clone(way), j.Name))
			}
		}
		return found
	}
	var paths []searchlight.TablePath
	for _, t := range tables {
		paths = append(paths, searchlight.TablePath{ID: t.Alias(), Table: t.Alias(), JoinPaths: ways(t.Alias(), nil)})
	}
	return paths
}

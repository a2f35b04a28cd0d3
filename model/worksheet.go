package model

import (
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/expr"
)

// worksheet compiles a worksheet: roles, joins, formulas, columns, filters.
func (c *compiler) worksheet(d Definition) {
	w := d.Worksheet
	c.m.Progressive = w.Progressive
	r := &roles{c: c, w: w, tables: map[string]TableDefinition{}, joins: map[string]*searchlight.WorksheetJoin{}}
	if !r.collect(d) {
		return
	}
	r.build()
	if len(c.problems) > 0 {
		return
	}
	if ambiguous := c.m.connect(); ambiguous != "" {
		c.problem(Problem{Number: 14909, Path: "worksheet->table_paths",
			Message: "The joins are ambiguous: " + ambiguous + ". Give the table a path of its own for each role"})
		return
	}
	c.formulas = c.compileFormulas(w)
	seen := map[string]bool{}
	for i, col := range w.Columns {
		c.worksheetColumn(col, "worksheet->worksheet_columns"+ordinal(i), seen)
	}
	for i, f := range w.Filters {
		if len(f.Columns) == 1 && c.isBroken(w, f.Columns[0]) {
			continue // the column's own problem is reported
		}
		c.filter(f, "worksheet->filters"+ordinal(i))
	}
}

// isBroken reports whether a column that the worksheet defines is missing for
// a problem of its own.
func (c *compiler) isBroken(w *searchlight.Worksheet, name string) bool {
	if _, ok := c.m.Lookup(name); ok {
		return false
	}
	return slices.ContainsFunc(w.Columns, func(col searchlight.WorksheetColumn) bool { return strings.EqualFold(col.Name, name) })
}

func (c *compiler) worksheetColumn(col searchlight.WorksheetColumn, path string, seen map[string]bool) {
	var e expr.Expr
	var formula, from string
	if col.FormulaID != "" {
		f := c.formulas.find(col.FormulaID)
		if f == nil {
			c.wrongColumn(path+"->formula_id", col.FormulaID)
			return
		}
		if f.expr == nil {
			return // its own problem is reported
		}
		e, formula = f.expr, f.def.Name
	} else {
		if key := strings.ToLower(col.ColumnID); seen[key] {
			c.problem(Problem{Number: 14904, Path: path + "->column_id",
				Message: "columns should have unique column_id values: " + bold(col.ColumnID) + " occurs twice"})
			return
		}
		seen[strings.ToLower(col.ColumnID)] = true
		column, node, ok := c.columnID(col.ColumnID)
		if !ok {
			c.wrongColumn(path+"->column_id", col.ColumnID)
			return
		}
		e, from = column, c.m.Nodes[node].Path
	}
	out := shown(col.ID, col.Name, col.Properties, e)
	out.Formula, out.Path, out.Nodes, out.Sources = formula, from, c.m.NodesOf(e), c.m.sourcesOf(e)
	c.checkAggregation(out, path)
	c.addColumn(out, path)
}

func (c *compiler) wrongColumn(path, value string) {
	c.problem(Problem{Number: 14547, Path: path,
		Message: "Unable to create worksheet column(s). These column_id/formula_id values are incorrect: " + bold(value)})
}

// columnID resolves PATH::Column, splitting at the first :: that has a known
// path to its left.
func (c *compiler) columnID(s string) (expr.Column, NodeID, bool) {
	for i := 0; ; i++ {
		at := strings.Index(s[i:], "::")
		if at < 0 {
			return expr.Column{}, 0, false
		}
		i += at
		if n, ok := c.m.paths[strings.ToLower(s[:i])]; ok {
			if col, ok := c.physical(n, s[i+2:]); ok {
				return col, n, true
			}
		}
	}
}

// roles turns the table paths and joins of a worksheet into nodes and edges.
type roles struct {
	c      *compiler
	w      *searchlight.Worksheet
	tables map[string]TableDefinition // by alias
	joins  map[string]*searchlight.WorksheetJoin
	roots  map[string][]string // ids of the root paths of an alias
	// entries finds the path that is reached from a root by a way.
	entries map[string]string
	edges   map[string]bool
}

// collect indexes tables, joins and paths.
func (r *roles) collect(d Definition) bool {
	c := r.c
	before := len(c.problems)
	for i, t := range r.w.Tables {
		def, ok := d.Tables[t.Table]
		if !ok {
			c.problem(Problem{Number: 14502, Path: "worksheet->tables" + ordinal(i),
				Message: "Referenced table with name " + bold(t.Alias) + " not found."})
			continue
		}
		if def.Header.Connection != d.Header.Connection {
			c.problem(Problem{Number: 14909, Path: "worksheet->tables" + ordinal(i),
				Message: "All tables of a worksheet must come from one connection; " + bold(t.Alias) + " comes from another"})
		}
		r.tables[t.Alias] = def
	}
	for i := range r.w.Joins {
		j := &r.w.Joins[i]
		r.joins[j.Name] = j
		for _, end := range []struct{ key, alias string }{{"source", j.Source}, {"destination", j.Destination}} {
			if !slices.ContainsFunc(r.w.Tables, func(t searchlight.WorksheetTable) bool { return t.Alias == end.alias }) {
				c.problem(Problem{Number: 14906, Path: "worksheet->joins" + ordinal(i) + "->" + end.key,
					Message: "Table " + bold(end.alias) + " is not among the tables of the worksheet"})
			}
		}
	}
	if cycle := r.cycle(); cycle != "" {
		c.problem(Problem{Number: 14914, Path: "worksheet->joins", Message: "The joins form a cycle: " + cycle})
	}
	r.roots, r.entries, r.edges = map[string][]string{}, map[string]string{}, map[string]bool{}
	for i, p := range r.w.Paths {
		named := func(t searchlight.WorksheetTable) bool { return t.Alias == p.Table }
		if _, ok := r.tables[p.Table]; !ok {
			if slices.ContainsFunc(r.w.Tables, named) {
				continue // reported with the tables
			}
			c.problem(Problem{Number: 14906, Path: "worksheet->table_paths" + ordinal(i) + "->table",
				Message: "Table " + bold(p.Table) + " is not among the tables of the worksheet"})
			continue
		}
		if len(p.JoinPaths) == 0 || slices.ContainsFunc(p.JoinPaths, func(e []string) bool { return len(e) == 0 }) {
			r.roots[p.Table] = append(r.roots[p.Table], p.ID)
		}
	}
	return len(c.problems) == before
}

// build makes a node of each path and joins them along their ways.
func (r *roles) build() {
	c := r.c
	byAlias := map[string][]NodeID{}
	for i, p := range r.w.Paths {
		if _, taken := c.m.paths[strings.ToLower(p.ID)]; taken {
			c.problem(Problem{Number: 14904, Path: "worksheet->table_paths" + ordinal(i) + "->id",
				Message: "Multiple table paths have the same name " + bold(p.ID)})
			continue
		}
		n := c.addNode(p.ID, r.tables[p.Table])
		c.m.paths[strings.ToLower(p.ID)] = n
		byAlias[p.Table] = append(byAlias[p.Table], n)
		for _, way := range p.JoinPaths {
			if len(way) > 0 {
				if root, ok := r.rootOf(way); ok {
					r.entries[wayKey(root, way)] = p.ID
				}
			}
		}
	}
	if len(c.problems) > 0 {
		return
	}
	// Where a table has one role, its name serves as well as the path's.
	for alias, nodes := range byAlias {
		if _, taken := c.m.paths[strings.ToLower(alias)]; !taken && len(nodes) == 1 {
			c.m.paths[strings.ToLower(alias)] = nodes[0]
		}
	}
	for i, p := range r.w.Paths {
		for k, way := range p.JoinPaths {
			if len(way) > 0 {
				r.walk(p, way, fmt.Sprintf("worksheet->table_paths%s->join_path%s", ordinal(i), ordinal(k)))
			}
		}
	}
}

func wayKey(root string, way []string) string { return root + "\x00" + strings.Join(way, "\x00") }

// rootOf is the path of the table at which a way starts.
func (r *roles) rootOf(way []string) (string, bool) {
	j, ok := r.joins[way[0]]
	if !ok || len(r.roots[j.Source]) != 1 {
		return "", false
	}
	return r.roots[j.Source][0], true
}

// walk joins the roles along a way from its root to a path.
func (r *roles) walk(p searchlight.TablePath, way []string, at string) {
	c := r.c
	for _, name := range way {
		if _, ok := r.joins[name]; !ok {
			c.problem(Problem{Number: 14906, Path: at, Message: "Join " + bold(name) + " is not among the joins of the worksheet"})
			return
		}
	}
	root, ok := r.rootOf(way)
	if !ok {
		start := r.joins[way[0]].Source
		c.problem(Problem{Number: 14909, Path: at, Message: fmt.Sprintf(
			"The path %s starts at %s, which must have exactly one path that is a root itself", bold(p.ID), bold(start))})
		return
	}
	from, alias := c.m.paths[strings.ToLower(root)], r.joins[way[0]].Source
	for i, name := range way {
		j := r.joins[name]
		if j.Source != alias {
			c.problem(Problem{Number: 14909, Path: at, Message: fmt.Sprintf(
				"In the path %s the join %s starts at %s, but the join before it ends at %s", bold(p.ID), bold(name), j.Source, alias)})
			return
		}
		to := r.role(p, root, way, i, j)
		if i == len(way)-1 && j.Destination != p.Table {
			c.problem(Problem{Number: 14909, Path: at, Message: fmt.Sprintf(
				"The path %s ends at %s, but it is a path of %s", bold(p.ID), bold(j.Destination), bold(p.Table))})
			return
		}
		r.connect(from, to, j, at)
		from, alias = to, j.Destination
	}
}

// role is the node at step i of a way: the path itself at its end, another
// path that the same way leads to, or a role without a path of its own.
func (r *roles) role(p searchlight.TablePath, root string, way []string, i int, j *searchlight.WorksheetJoin) NodeID {
	c := r.c
	if i == len(way)-1 {
		return c.m.paths[strings.ToLower(p.ID)]
	}
	key := wayKey(root, way[:i+1])
	if id, ok := r.entries[key]; ok {
		return c.m.paths[strings.ToLower(id)]
	}
	id := fmt.Sprintf("%s>%s", root, strings.Join(way[:i+1], ">"))
	r.entries[key] = id
	n := c.addNode(id, r.tables[j.Destination])
	c.m.paths[strings.ToLower(id)] = n
	return n
}

// connect adds an edge for a worksheet join between two roles.
func (r *roles) connect(from, to NodeID, j *searchlight.WorksheetJoin, at string) {
	key := fmt.Sprintf("%d>%d>%s", from, to, j.Name)
	if r.edges[key] {
		return
	}
	r.edges[key] = true
	c := r.c
	e := Edge{From: from, To: to, Name: j.Name, Type: j.Type, ToUnique: true}
	on := j.On
	for _, shared := range c.byTable[from].Table.Joins {
		if shared.Name != j.Name || shared.Destination != c.m.Nodes[to].Table {
			continue
		}
		if on == "" {
			on = shared.On
		}
		e.setCardinality(shared.Cardinality, shared.OneToOne != nil && *shared.OneToOne)
	}
	if j.Cardinality != "" || j.OneToOne {
		e.setCardinality(j.Cardinality, j.OneToOne)
	}
	if on == "" {
		c.problem(Problem{Number: 14906, Path: at, Message: fmt.Sprintf("%s has no join %s to %s",
			bold(c.m.Nodes[from].Name), bold(j.Name), bold(c.m.Nodes[to].Name))})
		return
	}
	ends := [2]joinEnd{
		{names: []string{j.Source, c.m.Nodes[from].Name}, node: from},
		{names: []string{j.Destination, c.m.Nodes[to].Name}, node: to},
	}
	var ok bool
	if e.On, e.Keys, ok = c.joinCondition(on, ends, at); ok {
		c.m.Edges = append(c.m.Edges, e)
	}
}

// setCardinality says which end of a join has at most one partner; many-to-one
// is the default.
func (e *Edge) setCardinality(c searchlight.Cardinality, oneToOne bool) {
	e.ToUnique = c != searchlight.OneToMany && c != searchlight.ManyToMany
	e.FromUnique = c == searchlight.OneToMany || c == searchlight.OneToOne || c == "" && oneToOne
}

// cycle describes joins that lead from a table back to it, if there are any.
func (r *roles) cycle() string {
	done := map[string]bool{}
	var trail []string
	var visit func(alias string) bool
	visit = func(alias string) bool {
		if at := slices.Index(trail, alias); at >= 0 {
			trail = append(trail[at:], alias)
			return true
		}
		if done[alias] {
			return false
		}
		trail = append(trail, alias)
		for _, j := range r.w.Joins {
			if j.Source == alias && visit(j.Destination) {
				return true
			}
		}
		trail = trail[:len(trail)-1]
		done[alias] = true
		return false
	}
	for _, j := range r.w.Joins {
		if visit(j.Source) {
			return strings.Join(trail, " > ")
		}
	}
	return ""
}

package plan

import (
	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/source"
)

// Page is the part of the result that is wanted.
type Page struct {
	Offset int
	Count  int
}

// Build plans a query. Diagnostics are errors, when the query cannot be
// answered with right numbers, or warnings that belong beside the result.
func Build(q *bind.Query, page Page) (*Plan, source.Diagnostics) {
	b := newBuilder(q)
	root := b.measures()
	if b.diags.HasErrors() {
		return nil, b.diags
	}
	root, keys := b.top(root)
	if len(keys) > 0 {
		root = &Sort{Input: root, Keys: keys}
	}
	return &Plan{Root: &Limit{Input: root, Offset: page.Offset, Count: page.Count}, Outputs: b.outputs(), Query: q}, b.diags
}

// Count plans the number of rows that the query has in all, as a single row.
func Count(q *bind.Query) (*Plan, source.Diagnostics) {
	b := newBuilder(q)
	root := b.measures()
	if b.diags.HasErrors() {
		return nil, b.diags
	}
	root, _ = b.top(root)
	count := expr.Agg{Fn: expr.AggCount, Arg: expr.Int(1), Typ: expr.Int(1).Typ}
	id := b.id()
	return &Plan{
		Root:    &Aggregate{Input: root, Aggs: []AggColumn{{ID: id, Agg: count, Home: wholeInput}}},
		Outputs: []Output{{ID: id, Name: "count", Type: count.Typ}},
		Query:   q,
	}, nil
}

// wholeInput is the home of an aggregate that counts the rows of its input,
// whatever they stand for.
const wholeInput model.NodeID = -1

type builder struct {
	q     *bind.Query
	m     *model.Model
	last  expr.ColumnID
	diags source.Diagnostics
	used  model.NodeSet // by any output or filter

	aggs     []aggregate
	branches []*branch
	columns  []expr.ColumnID // by output, in the final rows
}

// aggregate is a base aggregate, which several outputs may share.
type aggregate struct {
	agg    expr.Agg
	home   model.NodeID
	id     expr.ColumnID
	output int // that mentions it first, -1 for a condition
}

func newBuilder(q *bind.Query) *builder {
	b := &builder{q: q, m: q.Model, last: expr.ColumnID(q.Model.PhysicalColumns())}
	for _, o := range q.Outputs {
		b.used = b.used.Union(b.m.NodesOf(o.Expr))
	}
	for _, f := range q.Where {
		if f.Given {
			b.used = b.used.Union(f.Nodes)
		}
	}
	for _, h := range q.Having {
		b.used = b.used.Union(b.m.NodesOf(h))
	}
	return b
}

func (b *builder) id() expr.ColumnID {
	b.last++
	return b.last
}

// measures builds everything up to one row for each combination of the
// attributes, with a column for each output, conditions on groups applied.
func (b *builder) measures() Node {
	b.collectAggregates()
	if b.diags.HasErrors() {
		return nil
	}
	b.makeBranches()
	b.assignFilters()
	if b.diags.HasErrors() {
		return nil
	}
	root, groups := b.mergeBranches()
	if b.diags.HasErrors() {
		return nil
	}
	if len(b.q.Having) > 0 {
		root = &Filter{Input: root, Cond: b.overGroups(expr.And(b.q.Having...))}
	}
	final := &Project{Input: root}
	b.columns = make([]expr.ColumnID, len(b.q.Outputs))
	for i, o := range b.q.Outputs {
		b.columns[i] = b.id()
		c := Computed{ID: b.columns[i], Name: o.Name}
		if o.Grouped {
			c.Expr = expr.Column{ID: groups[i], Name: o.Name, Typ: o.Expr.Type()}
		} else {
			c.Expr = b.overGroups(o.Expr)
		}
		final.Cols = append(final.Cols, c)
	}
	return final
}

// collectAggregates finds the base aggregates of outputs and conditions and
// the table at whose grain each counts.
func (b *builder) collectAggregates() {
	seen := map[string]bool{}
	collect := func(e expr.Expr, output int) {
		expr.Walk(e, func(e expr.Expr) bool {
			a, ok := e.(expr.Agg)
			if !ok {
				return true
			}
			if !seen[a.String()] {
				seen[a.String()] = true
				b.aggs = append(b.aggs, aggregate{agg: a, output: output, home: wholeInput})
			}
			return false
		})
	}
	for i, o := range b.q.Outputs {
		if !o.Grouped {
			collect(o.Expr, i)
		}
	}
	for _, h := range b.q.Having {
		collect(h, -1)
	}
	for i := range b.aggs {
		a := &b.aggs[i]
		a.id = b.id()
		nodes := b.m.NodesOf(a.agg.Arg)
		if nodes.Len() == 0 {
			continue
		}
		root, rivals, ok := b.m.Root(nodes, b.used)
		if !ok {
			b.report(errMixedFacts(b.labelOf(a.output), b.tableNames(nodes), b.spanOf(a.output)))
			return
		}
		b.warnRivals(root, rivals, a.output)
		a.home = root
	}
	b.placeCounts()
}

// placeCounts gives aggregates of constants, such as count ( 1 ), the table
// of the first other aggregate, or else the one that the attributes follow from.
func (b *builder) placeCounts() {
	home, found := wholeInput, false
	for _, a := range b.aggs {
		if a.home != wholeInput {
			home, found = a.home, true
			break
		}
	}
	for i := range b.aggs {
		a := &b.aggs[i]
		if a.home != wholeInput {
			continue
		}
		if !found {
			var rivals []model.NodeID
			home, rivals, found = b.m.Root(b.used, model.NodeSet{})
			if !found {
				b.report(errMixedFacts(b.labelOf(a.output), b.tableNames(b.used), b.spanOf(a.output)))
				return
			}
			b.warnRivals(home, rivals, a.output)
		}
		a.home = home
	}
}

// overGroups puts the columns of the grouped rows in place of the aggregates
// in e.
func (b *builder) overGroups(e expr.Expr) expr.Expr {
	if a, ok := e.(expr.Agg); ok {
		for _, known := range b.aggs {
			if known.agg.String() == a.String() {
				column := expr.Column{ID: known.id, Name: string(a.Fn), Typ: a.Typ}
				if len(b.branches) > 1 && (a.Fn == expr.AggCount || a.Fn == expr.AggCountDistinct || a.Fn == expr.AggApproxCount) {
					return expr.Coalesce(a.Typ, column, expr.Int(0)) // a side without rows counts none
				}
				return column
			}
		}
	}
	if c, ok := e.(expr.Call); ok {
		args := make([]expr.Expr, len(c.Args))
		for i, a := range c.Args {
			args[i] = b.overGroups(a)
		}
		c.Args = args
		return c
	}
	return e
}

// top applies the query's top phrase and returns the order in which the result
// is to be shown, which is total: no two rows are equal under it.
func (b *builder) top(root Node) (Node, []SortKey) {
	q := b.q
	asked := func() []SortKey {
		var keys []SortKey
		for _, o := range q.Order {
			keys = append(keys, SortKey{b.columns[o.Output], o.Descending})
		}
		return b.total(keys)
	}
	if q.Top == nil {
		return root, asked()
	}
	ranking := SortKey{b.columns[q.Top.By], !q.Top.Ascending}
	if len(q.Top.Partition) == 0 {
		keys := b.total([]SortKey{ranking})
		if len(keys) > 0 {
			root = &Sort{Input: root, Keys: keys}
		}
		root = &Limit{Input: root, Count: q.Top.N}
		if len(q.Order) > 0 {
			keys = asked()
		}
		return root, keys
	}
	rank := &Rank{Input: root, ID: b.id(), Order: b.total([]SortKey{ranking})}
	var shown []SortKey
	for _, p := range q.Top.Partition {
		rank.Partition = append(rank.Partition, b.columns[p])
		shown = append(shown, SortKey{ID: b.columns[p]})
	}
	root = &Filter{Input: rank, Cond: expr.Compare(expr.OpLe,
		expr.Column{ID: rank.ID, Name: "rank", Typ: expr.Int(0).Typ}, expr.Int(int64(q.Top.N)))}
	if len(q.Order) > 0 {
		return root, asked()
	}
	return root, b.total(append(shown, ranking))
}

// total adds the attributes that keys leave out, so that the order is total.
func (b *builder) total(keys []SortKey) []SortKey {
	seen := map[expr.ColumnID]bool{}
	for _, k := range keys {
		seen[k.ID] = true
	}
	for i, o := range b.q.Outputs {
		if o.Grouped && !seen[b.columns[i]] {
			keys = append(keys, SortKey{ID: b.columns[i]})
		}
	}
	return keys
}

func (b *builder) outputs() []Output {
	out := make([]Output, len(b.q.Outputs))
	for i, o := range b.q.Outputs {
		out[i] = Output{ID: b.columns[i], Name: o.Name, Type: o.Expr.Type()}
	}
	return out
}

func (b *builder) report(d source.Diagnostic) {
	for _, have := range b.diags {
		if have.String() == d.String() {
			return
		}
	}
	b.diags = append(b.diags, d)
}

func (b *builder) labelOf(output int) string {
	if output < 0 {
		return "a condition"
	}
	return b.q.Outputs[output].Name
}

func (b *builder) spanOf(output int) source.Span {
	if output < 0 {
		return source.Span{}
	}
	return b.q.Outputs[output].Span
}

func (b *builder) warnRivals(root model.NodeID, rivals []model.NodeID, output int) {
	if len(rivals) == 0 {
		return
	}
	names := []string{}
	for _, r := range rivals {
		names = append(names, b.nameOf(r))
	}
	b.report(warnSeveralPaths(b.nameOf(root), names, b.spanOf(output)))
}

func (b *builder) tableNames(nodes model.NodeSet) []string {
	var names []string
	for _, n := range nodes.Nodes() {
		names = append(names, b.nameOf(n))
	}
	return names
}

// nameOf names a table in a message. The tables beneath a worksheet are not for
// everybody who may read it, so they go by a column that the person sees.
func (b *builder) nameOf(n model.NodeID) string {
	if b.m.Kind != searchlight.SubtypeWorksheet {
		return b.m.Nodes[n].Name
	}
	for i := range b.m.Columns {
		c := &b.m.Columns[i]
		if c.Nodes.Len() == 1 && c.Nodes.Has(n) && !c.Hidden && (b.q.Visible == nil || b.q.Visible(c)) {
			return "the table of [" + c.Name + "]"
		}
	}
	return "another table"
}

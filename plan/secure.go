package plan

import (
	"slices"

	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
)

// guard reads tables of the model as row-level security lets the person see
// them (security.md 4.2): the rows that meet the rules of their table and that
// have a partner, which may be seen itself, in each table with rules that they
// determine, whether or not the search uses that table. Nothing else reads a
// table of the model.
type guard struct {
	b *builder
	// needed are the joins to the tables with rules that the first table's rows
	// determine, and to those between.
	needed []model.Step
	// met are the needed joins which the relation makes by itself.
	met []model.Step
	// alone says that each table has to look for all partners by itself.
	alone bool
	// fenced says that conditions on the relation can fail on rows that the
	// person may not see.
	fenced bool
}

// guard prepares to read a table and those that steps join to it. ties are
// further joins, to rows that are guarded already; filters are conditions on
// the relation.
//
// A needed join that the relation makes anyway need not be looked for as well:
// it is made an inner one, which gives the same rows as long as each row of the
// relation is one of the first table. A right or full join keeps others.
func (b *builder) guard(n model.NodeID, steps, ties []model.Step, filters []bind.Filter) *guard {
	g := &guard{b: b}
	if len(b.q.Rules) == 0 {
		return g
	}
	g.fenced = slices.ContainsFunc(filters, func(f bind.Filter) bool { return expr.CanFail(f.Expr) })
	g.alone = g.fenced || slices.ContainsFunc(steps, func(s model.Step) bool {
		kind := joinKind(s.Edge.Type, s.Forward)
		return kind == RightJoin || kind == FullJoin
	})
	if !g.alone {
		g.needed = b.needs(n)
		g.met = append(slices.Clone(steps), ties...)
	}
	return g
}

// needs lists the joins to the tables with rules that rows of n determine.
func (b *builder) needs(n model.NodeID) []model.Step {
	var ruled model.NodeSet
	for other := range b.q.Rules {
		if b.m.Reach(n).Has(other) {
			ruled = ruled.With(other)
		}
	}
	return b.m.Steps(n, ruled)
}

// read reads the columns used of a table.
func (g *guard) read(n model.NodeID, used map[expr.ColumnID]bool) Node {
	if g.alone {
		root := g.b.guarded(n, g.b.needs(n), used)
		if _, open := root.(*Scan); !open && g.fenced {
			root = &Fence{Input: root}
		}
		return root
	}
	return g.b.guarded(n, slices.DeleteFunc(slices.Clone(g.needed), g.meets), used)
}

func (g *guard) meets(s model.Step) bool { return slices.Contains(g.met, s) }

// joinAll joins tables to a relation.
func (g *guard) joinAll(root Node, steps []model.Step, used map[expr.ColumnID]bool) Node {
	for _, s := range steps {
		j := &Join{Left: root, Right: g.read(s.To, used), On: s.Edge.On, Kind: joinKind(s.Edge.Type, s.Forward),
			RightUnique: s.Edge.ToUnique, LeftUnique: s.Edge.FromUnique}
		if !s.Forward {
			j.RightUnique, j.LeftUnique = j.LeftUnique, j.RightUnique
		}
		if slices.Contains(g.needed, s) {
			j.Kind = InnerJoin
		}
		root = j
	}
	return root
}

// guarded reads the rows of a table that meet its rules and that have partners
// by the joins that start at it and, beyond them, by the others. into is the
// join that leads to it, if there is one.
func (b *builder) guarded(n model.NodeID, needed []model.Step, used map[expr.ColumnID]bool, into ...expr.Expr) Node {
	ties := into
	for _, s := range needed {
		if s.From == n {
			ties = append(ties, s.Edge.On)
		}
	}
	root := b.secured(n, used, ties)
	for _, s := range needed {
		if s.From == n {
			root = &SemiJoin{Input: root, Sub: b.guarded(s.To, needed, nil, s.Edge.On), On: s.Edge.On}
		}
	}
	return root
}

// secured reads the rows of a table that meet its rules, with the columns used
// and those that ties read.
func (b *builder) secured(n model.NodeID, used map[expr.ColumnID]bool, ties []expr.Expr) Node {
	rows, ruled := b.q.Rules[n]
	if !ruled {
		return b.scan(n, used, ties)
	}
	s := &Secure{}
	for _, a := range rows.Any {
		planned := Alternative{Cond: a.Cond}
		ties = append(ties, a.Cond)
		for _, e := range a.Exists {
			sub, on := b.ruleRows(e.Tables, e.Cond)
			planned.Exists = append(planned.Exists, Exists{Sub: sub, On: on})
			ties = append(ties, on)
		}
		s.Any = append(s.Any, planned)
	}
	s.Input = b.scan(n, used, ties)
	return s
}

// ruleRows joins rule tables, which are read without rules of their own, and
// returns what ties them to the row that is looked at, with the condition.
func (b *builder) ruleRows(tables []model.NodeID, cond expr.Expr) (Node, expr.Expr) {
	on := []expr.Expr{cond}
	for _, t := range tables {
		on = append(on, b.m.RuleTable(t).On)
	}
	var root Node
	var ties []expr.Expr
	for _, t := range tables {
		table, scan := b.m.RuleTable(t), b.scan(t, nil, on)
		first := b.m.RuleTable(table.From) == nil
		if first {
			ties = append(ties, table.On)
		}
		switch {
		case root == nil:
			root = scan
		case first:
			root = &Join{Kind: CrossJoin, Left: root, Right: scan, On: expr.And()}
		default:
			root = &Join{Kind: InnerJoin, Left: root, Right: scan, On: table.On}
		}
	}
	return root, expr.And(append(ties, cond)...)
}

// scan reads the columns of a table that are used and those that expressions
// read.
func (b *builder) scan(n model.NodeID, used map[expr.ColumnID]bool, read []expr.Expr) *Scan {
	node := b.m.Node(n)
	s := &Scan{Node: n, Path: node.Path, Place: node.Place}
	var also []expr.ColumnID
	for _, e := range read {
		also = append(also, expr.Columns(e)...)
	}
	for _, p := range b.m.ColumnsOf(n) {
		if used[p.ID] || slices.Contains(also, p.ID) {
			s.Cols = append(s.Cols, ScanColumn{Column{ID: p.ID, Name: node.Path + "::" + p.Name, Type: p.Type}, p.Column})
		}
	}
	return s
}

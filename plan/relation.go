package plan

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
)

// neededNodes is the set of tables that a branch joins.
func (b *builder) neededNodes(br *branch) model.NodeSet {
	if !b.m.Progressive {
		return b.m.Reach(br.base)
	}
	nodes := model.SetOf(br.base, br.home)
	for _, e := range b.branchExprs(br) {
		nodes = nodes.Union(b.m.NodesOf(e))
	}
	for _, s := range br.semi {
		nodes = nodes.Union(b.semiSteps(s).outside)
	}
	return nodes
}

// branchExprs lists what a branch computes from rows.
func (b *builder) branchExprs(br *branch) []expr.Expr {
	var out []expr.Expr
	for _, g := range br.groups {
		out = append(out, b.q.Outputs[g].Expr)
	}
	for _, a := range br.aggs {
		out = append(out, b.aggs[a].agg.Arg)
	}
	for _, f := range br.filters {
		out = append(out, f.Expr)
	}
	return out
}

// relation builds the joined and filtered rows of a branch, at the grain of
// its base. key lists columns that are wanted besides; mark, unless 0, is to be
// null in rows that joins keep without a row of base.
func (b *builder) relation(br *branch, key []expr.ColumnID, mark expr.ColumnID) Node {
	steps := b.m.Steps(br.base, b.neededNodes(br))
	semis := make([]semiPlan, len(br.semi))
	exprs := b.branchExprs(br)
	for i, s := range br.semi {
		semis[i] = b.planSemi(s)
		exprs = append(exprs, semis[i].on)
	}
	for _, s := range steps {
		exprs = append(exprs, s.Edge.On)
	}
	used := columnSet(exprs)
	for _, k := range key {
		used[k] = true
	}
	filters := br.filters
	for _, s := range br.semi {
		filters = slices.Concat(filters, s.filters)
	}
	guard := b.guard(br.base, steps, nil, filters)
	root := guard.read(br.base, used)
	if mark != 0 {
		root = marked(root, mark)
	}
	root = guard.joinAll(root, steps, used)
	if len(br.filters) > 0 {
		root = &Filter{Input: root, Cond: conjunction(br.filters)}
	}
	for _, s := range semis {
		root = &SemiJoin{Input: root, Sub: s.sub, On: s.on}
	}
	return root
}

// marked adds a column that is true in each row.
func marked(n Node, mark expr.ColumnID) Node {
	p := &Project{Input: n}
	for _, c := range n.Columns() {
		p.Cols = append(p.Cols, Computed{ID: c.ID, Name: c.Name, Expr: expr.Column{ID: c.ID, Name: c.Name, Typ: c.Type}})
	}
	p.Cols = append(p.Cols, Computed{ID: mark, Name: "row", Expr: expr.True})
	return p
}

// countsRows reports whether a branch aggregates a constant, such as
// count ( 1 ), over joins that keep rows without a row of its base.
func (b *builder) countsRows(br *branch) bool {
	constant := slices.ContainsFunc(br.aggs, func(a int) bool { return b.aggs[a].agg.Arg.Level() == expr.LevelConst })
	return constant && slices.ContainsFunc(b.m.Steps(br.base, b.neededNodes(br)), func(s model.Step) bool {
		kind := joinKind(s.Edge.Type, s.Forward)
		return kind == RightJoin || kind == FullJoin
	})
}

// ifPresent gives a constant a value only in rows in which present has one.
func ifPresent(present expr.Column, constant expr.Expr) expr.Expr {
	return expr.Call{Op: expr.OpCase, Typ: constant.Type(),
		Args: []expr.Expr{expr.Not(expr.IsNull(present)), constant, expr.Const{Typ: constant.Type()}}}
}

func joinKind(t searchlight.JoinType, forward bool) JoinKind {
	switch t {
	case searchlight.JoinLeftOuter:
		if forward {
			return LeftJoin
		}
		return RightJoin
	case searchlight.JoinRightOuter:
		if forward {
			return RightJoin
		}
		return LeftJoin
	case searchlight.JoinOuter:
		return FullJoin
	}
	return InnerJoin
}

// semiPlan is a filtered many side, with the condition that ties its rows to
// those of the anchor.
type semiPlan struct {
	sub Node
	on  expr.Expr
}

// semiSteps are the joins that a semi filter needs, split at its anchor: those
// up to it, the one that ties rows to it, and the tables from it on, which the
// filtered rows have.
type semiSteps struct {
	inner   []model.Step
	tie     []model.Step
	outside model.NodeSet
}

func (b *builder) semiSteps(s semiFilter) semiSteps {
	nodes := model.SetOf(s.anchor)
	for _, f := range s.filters {
		nodes = nodes.Union(f.Nodes)
	}
	out := semiSteps{outside: model.SetOf(s.anchor)}
	for _, step := range b.m.Steps(s.many, nodes) {
		switch {
		case step.To == s.anchor:
			out.tie = append(out.tie, step)
		case out.outside.Has(step.From):
			out.outside = out.outside.With(step.To)
		default:
			out.inner = append(out.inner, step)
		}
	}
	return out
}

// planSemi builds the rows of the many side up to, but without, the anchor;
// the join that would bring the anchor becomes the condition.
func (b *builder) planSemi(s semiFilter) semiPlan {
	steps := b.semiSteps(s)
	inner, outside := steps.inner, steps.outside
	var on []expr.Expr
	for _, step := range steps.tie {
		on = append(on, step.Edge.On)
	}
	cond := conjunction(s.filters)
	exprs := append([]expr.Expr{cond}, on...)
	for _, step := range inner {
		exprs = append(exprs, step.Edge.On)
	}
	used := columnSet(exprs)
	guard := b.guard(s.many, inner, steps.tie, s.filters)
	sub := guard.joinAll(guard.read(s.many, used), inner, used)
	if b.m.NodesOf(cond).Minus(outside).Len() == b.m.NodesOf(cond).Len() {
		return semiPlan{sub: &Filter{Input: sub, Cond: cond}, on: expr.And(on...)}
	}
	return semiPlan{sub: sub, on: expr.And(append(on, cond)...)}
}

// aggregate builds a branch: its rows, grouped.
func (b *builder) aggregate(br *branch) Node {
	br.groupIDs = map[int]expr.ColumnID{}
	for _, g := range br.groups {
		br.groupIDs[g] = b.id()
	}
	fan := br.base != br.home && slices.ContainsFunc(br.aggs, func(a int) bool { return b.aggs[a].agg.Fn.DuplicatesMatter() })
	if fan {
		return b.aggregateFan(br)
	}
	mark := expr.ColumnID(0)
	if b.countsRows(br) {
		mark = b.id()
	}
	agg := &Aggregate{Input: b.relation(br, nil, mark)}
	for _, g := range br.groups {
		o := b.q.Outputs[g]
		agg.Group = append(agg.Group, Computed{ID: br.groupIDs[g], Name: o.Name, Expr: o.Expr})
	}
	for _, a := range br.aggs {
		base := b.aggs[a].agg
		if mark != 0 && base.Arg.Level() == expr.LevelConst {
			base.Arg = ifPresent(expr.Column{ID: mark, Name: "row", Typ: datatype.Bool}, base.Arg)
		}
		agg.Aggs = append(agg.Aggs, AggColumn{ID: b.aggs[a].id, Agg: base, Home: br.home})
	}
	return agg
}

// aggregateFan builds a branch whose attributes lie on the many side of its
// table: each row of the table counts once in each group (search-language.md
// 6.2), so duplicates are removed before aggregating.
func (b *builder) aggregateFan(br *branch) Node {
	key := b.m.Key(br.home)
	if key == nil {
		b.report(errNoKey(b.nameOf(br.home), b.q.Outputs[br.groups[0]].Name, b.spanOf(b.aggs[br.aggs[0]].output)))
		return nil
	}
	once := &Project{Input: b.relation(br, key, 0)}
	agg := &Aggregate{}
	for _, g := range br.groups {
		o := b.q.Outputs[g]
		id := b.id()
		once.Cols = append(once.Cols, Computed{ID: id, Name: o.Name, Expr: o.Expr})
		agg.Group = append(agg.Group, Computed{ID: br.groupIDs[g], Name: o.Name,
			Expr: expr.Column{ID: id, Name: o.Name, Typ: o.Expr.Type()}})
	}
	var keyIDs []expr.ColumnID
	for _, k := range key {
		p := b.m.Physical(k)
		id := b.id()
		keyIDs = append(keyIDs, id)
		once.Cols = append(once.Cols, Computed{ID: id, Name: "key " + p.Name, Expr: expr.Column{ID: k, Name: p.Name, Typ: p.Type}})
	}
	argIDs := map[string]expr.ColumnID{}
	for _, a := range br.aggs {
		base := b.aggs[a].agg
		if base.Arg.Level() != expr.LevelConst {
			id, seen := argIDs[base.Arg.String()]
			if !seen {
				id = b.id()
				argIDs[base.Arg.String()] = id
				once.Cols = append(once.Cols, Computed{ID: id, Name: "value", Expr: base.Arg})
			}
			base.Arg = expr.Column{ID: id, Name: "value", Typ: base.Arg.Type()}
		} else {
			// A constant counts rows of the table, which a missing partner is not.
			base.Arg = ifPresent(expr.Column{ID: keyIDs[0], Name: "key", Typ: b.m.Physical(key[0]).Type}, base.Arg)
		}
		agg.Aggs = append(agg.Aggs, AggColumn{ID: b.aggs[a].id, Agg: base, Home: br.home})
	}
	agg.Input = &Distinct{Input: once, Of: br.home, Path: b.m.Nodes[br.home].Path, Key: keyIDs}
	return agg
}

func conjunction(filters []bind.Filter) expr.Expr {
	conds := make([]expr.Expr, len(filters))
	for i, f := range filters {
		conds[i] = f.Expr
	}
	return expr.And(conds...)
}

func columnSet(exprs []expr.Expr) map[expr.ColumnID]bool {
	used := map[expr.ColumnID]bool{}
	for _, e := range exprs {
		for _, id := range expr.Columns(e) {
			used[id] = true
		}
	}
	return used
}

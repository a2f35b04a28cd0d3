package plan

import (
	"cmp"
	"slices"

	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
)

// branch is the part of a query that one table's rows answer: the aggregates
// at that table's grain, grouped by the attributes that its rows determine.
type branch struct {
	home     model.NodeID // at whose grain the aggregates count
	base     model.NodeID // whose rows are read: home, or a table on its many side
	aggs     []int        // indexes of builder.aggs
	groups   []int        // indexes of outputs
	filters  []bind.Filter
	semi     []semiFilter
	filtered bool // by a given filter that not every branch has

	groupIDs map[int]expr.ColumnID // by output
}

// semiFilter keeps rows of an anchor that have a row on the many side which
// meets all conditions.
type semiFilter struct {
	anchor  model.NodeID
	many    model.NodeID
	filters []bind.Filter
}

// makeBranches groups aggregates by home and adds branches for attributes that
// no aggregate's table determines.
func (b *builder) makeBranches() {
	for i, a := range b.aggs {
		at := slices.IndexFunc(b.branches, func(br *branch) bool { return br.home == a.home })
		if at < 0 {
			b.branches = append(b.branches, &branch{home: a.home, base: a.home})
			at = len(b.branches) - 1
		}
		b.branches[at].aggs = append(b.branches[at].aggs, i)
	}
	several := len(b.branches) > 1
	covered := map[int]bool{}
	for _, br := range b.branches {
		b.chooseBase(br, several)
		for _, g := range br.groups {
			covered[g] = true
		}
	}
	for {
		var left []int
		for i, o := range b.q.Outputs {
			if o.Grouped && !covered[i] {
				left = append(left, i)
			}
		}
		if len(left) == 0 {
			break
		}
		br := b.attributeBranch(left)
		b.branches = append(b.branches, br)
		for _, g := range br.groups {
			covered[g] = true
		}
	}
	if len(b.branches) == 0 { // constants alone
		b.branches = append(b.branches, &branch{})
	}
}

// chooseBase decides whose rows a branch reads. Attributes on the many side of
// its table (a fan) are reached by reading that side.
func (b *builder) chooseBase(br *branch, several bool) {
	br.base = b.rowsFor(br.home)
	br.groups = b.attributesFrom(br.base, br.home, several)
	var wanted model.NodeSet
	for _, o := range b.q.Outputs {
		if o.Grouped {
			wanted = wanted.Union(b.m.NodesOf(o.Expr))
		}
	}
	if wanted.SubsetOf(b.m.Reach(br.base)) {
		return
	}
	type choice struct {
		node   model.NodeID
		groups []int
	}
	best := []choice{{br.home, br.groups}}
	for _, n := range b.m.Nodes {
		if n.ID == br.home || !b.m.Reach(n.ID).Has(br.home) {
			continue
		}
		c := choice{n.ID, b.attributesFrom(n.ID, br.home, several)}
		switch {
		case len(c.groups) > len(best[0].groups):
			best = []choice{c}
		case len(c.groups) == len(best[0].groups) && best[0].node != br.home:
			best = append(best, c)
		}
	}
	if best[0].node == br.home {
		return
	}
	nodes := model.SetOf(br.home)
	for _, g := range best[0].groups {
		nodes = nodes.Union(b.m.NodesOf(b.q.Outputs[g].Expr))
	}
	root, rivals, ok := b.m.Root(nodes, b.used)
	if !ok {
		root = best[0].node
	}
	b.warnRivals(root, rivals, b.aggs[br.aggs[0]].output)
	br.base, br.groups = root, b.attributesFrom(root, br.home, several)
}

// rowsFor is the table whose rows a branch of a table reads: the table itself,
// or, in a model that always joins all of its tables, the one that determines
// them all, where there is one (search-language.md 6.1).
func (b *builder) rowsFor(n model.NodeID) model.NodeID {
	if b.m.Progressive {
		return n
	}
	var all model.NodeSet
	for _, node := range b.m.Nodes {
		all = all.With(node.ID)
	}
	if root, _, ok := b.m.Root(all, model.NodeSet{}); ok {
		return root
	}
	return n
}

// attributesFrom lists the grouped outputs that rows of base determine. Where
// there are several facts, an attribute that facts do not share counts only
// for the table that it stands in.
func (b *builder) attributesFrom(base, home model.NodeID, several bool) []int {
	var out []int
	for i, o := range b.q.Outputs {
		if !o.Grouped {
			continue
		}
		nodes := b.m.NodesOf(o.Expr)
		if !nodes.SubsetOf(b.m.Reach(base)) || several && !o.Attribution && !nodes.Has(home) {
			continue
		}
		out = append(out, i)
	}
	return out
}

// attributeBranch makes a branch without aggregates for as many of the given
// outputs as one table's rows determine.
func (b *builder) attributeBranch(left []int) *branch {
	nodesOf := func(outputs []int) model.NodeSet {
		var s model.NodeSet
		for _, i := range outputs {
			s = s.Union(b.m.NodesOf(b.q.Outputs[i].Expr))
		}
		return s
	}
	root, rivals, ok := b.m.Root(nodesOf(left), b.used)
	if !ok {
		// No table determines them all: take one that determines the most, the
		// rest follows in further branches.
		var best []int
		for _, n := range b.m.Nodes {
			var from []int
			for _, i := range left {
				if b.m.NodesOf(b.q.Outputs[i].Expr).SubsetOf(b.m.Reach(n.ID)) {
					from = append(from, i)
				}
			}
			if len(from) > len(best) {
				best = from
			}
		}
		root, rivals, ok = b.m.Root(nodesOf(best), b.used)
	}
	if !ok || len(left) == 0 {
		return &branch{}
	}
	b.warnRivals(root, rivals, left[0])
	br := &branch{home: root, base: b.rowsFor(root)}
	for _, i := range b.attributesFrom(br.base, root, false) {
		if len(b.branches) == 0 || b.q.Outputs[i].Attribution || slices.Contains(left, i) {
			br.groups = append(br.groups, i)
		}
	}
	return br
}

// assignFilters gives each filter to the branches whose rows it concerns
// (search-language.md 6.2, 6.3). All branches are there before the first filter
// is given, so that the order of the filters means nothing.
func (b *builder) assignFilters() {
	for _, f := range b.q.Where {
		if !f.Given || slices.ContainsFunc(b.branches, func(br *branch) bool { _, ok := b.filterWay(br, f); return ok }) {
			continue
		}
		if br := b.filterBranch(f); br != nil {
			b.branches = append(b.branches, br)
		} else {
			b.report(warnFilterWithoutEffect(f.Label, f.Span))
		}
	}
	for _, f := range b.q.Where {
		var where []*branch
		for _, br := range b.branches {
			if way, ok := b.filterWay(br, f); ok {
				b.warnRivals(way.many, way.rivals, -1)
				br.addFilter(f, way)
				where = append(where, br)
			}
		}
		if f.Given && len(where) < len(b.branches) {
			for _, br := range where {
				br.filtered = true
			}
		}
	}
}

// filterWay is how the rows of a branch are filtered: by what they determine
// themselves, or by rows of a table on the many side of an anchor.
type filterWay struct {
	direct       bool
	anchor, many model.NodeID
	rivals       []model.NodeID
}

// filterWay reports false when f does not concern the branch.
func (b *builder) filterWay(br *branch, f bind.Filter) (filterWay, bool) {
	if len(f.Paths) > 0 && !b.usesPath(br, f.Paths) {
		return filterWay{}, false
	}
	if f.Nodes.SubsetOf(b.m.Reach(br.base)) {
		return filterWay{direct: true}, true
	}
	for _, anchor := range []model.NodeID{br.base, br.home} {
		if many, rivals, ok := b.m.Root(f.Nodes.With(anchor), b.used); ok && many != anchor {
			return filterWay{anchor: anchor, many: many, rivals: rivals}, true
		}
	}
	return filterWay{}, false
}

func (br *branch) addFilter(f bind.Filter, way filterWay) {
	if way.direct {
		br.filters = append(br.filters, f)
		return
	}
	for i := range br.semi {
		if s := &br.semi[i]; s.anchor == way.anchor && s.many == way.many {
			s.filters = append(s.filters, f)
			return
		}
	}
	br.semi = append(br.semi, semiFilter{way.anchor, way.many, []bind.Filter{f}})
}

// filterBranch makes a branch for a filter on a fact that nothing else in the
// search reads: it decides which combinations of the shared attributes exist.
// It is nil where the fact shares none.
func (b *builder) filterBranch(f bind.Filter) *branch {
	root, rivals, ok := b.m.Root(f.Nodes, b.used)
	if !ok {
		return nil
	}
	groups := b.attributesFrom(root, root, true)
	if len(groups) == 0 {
		return nil
	}
	b.warnRivals(root, rivals, -1)
	return &branch{home: root, base: root, groups: groups}
}

func (b *builder) usesPath(br *branch, paths []string) bool {
	for _, n := range b.neededNodes(br).Nodes() {
		if slices.Contains(paths, b.m.Nodes[n].Path) {
			return true
		}
	}
	return false
}

// orderBranches puts filtered branches first and those with more attributes
// before others, so that each can be merged onto what stands before it.
func (b *builder) orderBranches() []*branch {
	out := slices.Clone(b.branches)
	slices.SortStableFunc(out, func(x, y *branch) int {
		return cmp.Or(cmp.Compare(boolRank(x.filtered), boolRank(y.filtered)), cmp.Compare(len(y.groups), len(x.groups)))
	})
	return out
}

func boolRank(first bool) int {
	if first {
		return 0
	}
	return 1
}

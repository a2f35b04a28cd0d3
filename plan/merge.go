package plan

import (
	"github.com/searchlight-bi/searchlight/expr"
)

// mergeBranches aggregates each branch and brings them together on the
// attributes that they share (search-language.md 6.3). It returns, by output,
// the column that holds each attribute.
func (b *builder) mergeBranches() (Node, map[int]expr.ColumnID) {
	branches := b.orderBranches()
	root := b.aggregate(branches[0])
	if root == nil {
		return nil, nil
	}
	groups := branches[0].groupIDs
	for _, br := range branches[1:] {
		side := b.aggregate(br)
		if side == nil {
			return nil, nil
		}
		m := &Merge{Left: root, Right: side, Kind: FullJoin}
		merged := map[int]expr.ColumnID{}
		for i, o := range b.q.Outputs {
			left, onLeft := groups[i]
			right, onRight := br.groupIDs[i]
			switch {
			case onLeft && onRight:
				key := MergeKey{Left: left, Right: right, ID: b.id(), Name: o.Name, Type: o.Expr.Type()}
				m.Keys = append(m.Keys, key)
				merged[i] = key.ID
			case onLeft:
				merged[i] = left
			case onRight:
				merged[i] = right
			}
		}
		switch {
		case len(m.Keys) == 0 && len(groups) > 0 && len(br.groups) > 0:
			b.report(errCartesian(b.nameOf(branches[0].home), b.nameOf(br.home), b.q.Outputs[br.groups[0]].Span))
			return nil, nil
		case len(m.Keys) == 0:
			m.Kind = CrossJoin
		case branches[0].filtered && br.filtered:
			m.Kind = InnerJoin
		case branches[0].filtered:
			m.Kind = LeftJoin
		}
		b.warnRepeats(branches[0], br, groups)
		root, groups = m, merged
	}
	return root, groups
}

// warnRepeats says which measures stand on more rows than they have values.
func (b *builder) warnRepeats(first, br *branch, groups map[int]expr.ColumnID) {
	for i, o := range b.q.Outputs {
		if !o.Grouped {
			continue
		}
		_, onLeft := groups[i]
		_, onRight := br.groupIDs[i]
		switch {
		case onLeft && !onRight && len(br.aggs) > 0:
			a := b.aggs[br.aggs[0]]
			b.report(warnRepeated(b.labelOf(a.output), o.Name, b.spanOf(a.output)))
		case onRight && !onLeft && len(first.aggs) > 0:
			a := b.aggs[first.aggs[0]]
			b.report(warnRepeated(b.labelOf(a.output), o.Name, b.spanOf(a.output)))
		}
	}
}

package rewrite

import (
	"github.com/searchlight-bi/searchlight/plan"
)

// mergeLimits makes one limit of two that follow each other, such as the page
// of a top 10.
func mergeLimits(n plan.Node) plan.Node {
	outer, ok := n.(*plan.Limit)
	if !ok {
		return n
	}
	below := outer.Input
	// A sort that repeats the order of the limit beneath it changes nothing.
	if s, ok := below.(*plan.Sort); ok {
		if l, ok := s.Input.(*plan.Limit); ok {
			if under, ok := l.Input.(*plan.Sort); ok && sameKeys(s.Keys, under.Keys) {
				below = l
			}
		}
	}
	inner, ok := below.(*plan.Limit)
	if !ok {
		return n
	}
	return &plan.Limit{
		Input:  inner.Input,
		Offset: inner.Offset + outer.Offset,
		Count:  max(0, min(outer.Count, inner.Count-outer.Offset)),
	}
}

func sameKeys(a, b []plan.SortKey) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

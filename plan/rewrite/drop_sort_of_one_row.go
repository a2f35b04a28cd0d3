package rewrite

import (
	"github.com/searchlight-bi/searchlight/plan"
)

// dropSortOfOneRow removes the sort of a global aggregate, which has one row.
func dropSortOfOneRow(n plan.Node) plan.Node {
	s, ok := n.(*plan.Sort)
	if !ok {
		return n
	}
	below := s.Input
	for {
		switch x := below.(type) {
		case *plan.Project:
			below = x.Input
			continue
		case *plan.Filter:
			below = x.Input
			continue
		case *plan.Aggregate:
			if len(x.Group) == 0 {
				return s.Input
			}
		}
		return n
	}
}

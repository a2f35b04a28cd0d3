package rewrite

import (
	"github.com/searchlight-bi/searchlight/plan"
)

// Pass is one rewrite of a node whose inputs are rewritten already. It returns
// its argument when it does not apply.
type Pass struct {
	Name    string
	Rewrite func(plan.Node) plan.Node
}

// Passes are applied to each node from the leaves up, in this order. The order
// matters only where said.
var Passes = []Pass{
	{"drop-sort-of-one-row", dropSortOfOneRow},
	{"merge-limits", mergeLimits},
}

// Apply runs the passes over a plan.
func Apply(p *plan.Plan) *plan.Plan { return ApplyOnly(p, Passes) }

// ApplyOnly runs some passes over a plan.
func ApplyOnly(p *plan.Plan, passes []Pass) *plan.Plan {
	return &plan.Plan{Root: rewrite(p.Root, passes), Outputs: p.Outputs, Query: p.Query}
}

// rewrite leaves Fence and Secure as they are, with all beneath them.
func rewrite(n plan.Node, passes []Pass) plan.Node {
	switch x := n.(type) {
	case *plan.Join:
		c := *x
		c.Left, c.Right = rewrite(x.Left, passes), rewrite(x.Right, passes)
		n = &c
	case *plan.SemiJoin:
		c := *x
		c.Input, c.Sub = rewrite(x.Input, passes), rewrite(x.Sub, passes)
		n = &c
	case *plan.Filter:
		c := *x
		c.Input = rewrite(x.Input, passes)
		n = &c
	case *plan.Project:
		c := *x
		c.Input = rewrite(x.Input, passes)
		n = &c
	case *plan.Distinct:
		c := *x
		c.Input = rewrite(x.Input, passes)
		n = &c
	case *plan.Aggregate:
		c := *x
		c.Input = rewrite(x.Input, passes)
		n = &c
	case *plan.Merge:
		c := *x
		c.Left, c.Right = rewrite(x.Left, passes), rewrite(x.Right, passes)
		n = &c
	case *plan.Rank:
		c := *x
		c.Input = rewrite(x.Input, passes)
		n = &c
	case *plan.Sort:
		c := *x
		c.Input = rewrite(x.Input, passes)
		n = &c
	case *plan.Limit:
		c := *x
		c.Input = rewrite(x.Input, passes)
		n = &c
	}
	for _, p := range passes {
		n = p.Rewrite(n)
	}
	return n
}

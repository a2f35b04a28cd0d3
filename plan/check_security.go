package plan

import (
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
)

// checkSecurity verifies that each table with rules is read through them, that
// rows count only with a partner in each table with rules that they determine,
// and that no condition which can fail meets rows that may not be seen. It
// shares no code with the planner's guard.
func checkSecurity(p *Plan) error {
	if p.Query == nil || len(p.Query.Rules) == 0 {
		return nil
	}
	return securityChecker{p}.check(p.Root, above{})
}

type securityChecker struct{ p *Plan }

// above is what stands above a node.
type above struct {
	secure *Secure     // directly on it
	met    []expr.Expr // by a row with rows of other tables, in order to count
	fails  string      // a condition on rows that can fail, empty where there is none
}

// and is the same with further conditions to be met.
func (a above) and(on expr.Expr) above {
	a.met = append(slices.Clone(a.met), expr.Conjuncts(on)...)
	return a
}

// under is the same beneath a condition.
func (a above) under(cond expr.Expr) above {
	if expr.CanFail(cond) {
		a.fails = cond.String()
	}
	return a
}

func (c securityChecker) check(n Node, a above) error {
	secure := a.secure
	a.secure = nil
	switch n := n.(type) {
	case *Scan:
		a.secure = secure
		return c.scan(n, a)
	case *Secure:
		a.secure = n
		if err := c.check(n.Input, a); err != nil {
			return err
		}
		for _, a := range n.Any {
			for _, e := range a.Exists {
				if err := c.ruleTables(e.Sub); err != nil {
					return err
				}
			}
		}
		return nil
	case *Fence, *Aggregate:
		a.fails = ""
	case *Filter:
		a = a.under(n.Cond)
	case *SemiJoin:
		// Rows of Sub count for this condition alone.
		if err := c.check(n.Sub, above{}.and(n.On).under(n.On)); err != nil {
			return err
		}
		return c.check(n.Input, a.and(n.On).under(n.On))
	case *Join:
		left, right := a, a
		if n.Kind == InnerJoin || n.Kind == RightJoin {
			left = a.and(n.On)
		}
		if n.Kind == InnerJoin || n.Kind == LeftJoin {
			right = a.and(n.On)
		}
		if err := c.check(n.Left, left); err != nil {
			return err
		}
		return c.check(n.Right, right)
	}
	for _, in := range n.Inputs() {
		if err := c.check(in, a); err != nil {
			return err
		}
	}
	return nil
}

func (c securityChecker) scan(n *Scan, a above) error {
	m := c.p.Query.Model
	if m.RuleTable(n.Node) != nil {
		return fmt.Errorf("plan: %s is read outside a rule", n.Path)
	}
	if rows, ruled := c.p.Query.Rules[n.Node]; ruled {
		if a.secure == nil || len(a.secure.Any) != len(rows.Any) {
			return fmt.Errorf("plan: %s is read past its rules", n.Path)
		}
		for i, want := range rows.Any {
			planned := a.secure.Any[i]
			same := expr.Equal(planned.Cond, want.Cond) && len(planned.Exists) == len(want.Exists)
			for k := 0; same && k < len(want.Exists); k++ {
				same = containsAll(expr.Conjuncts(planned.Exists[k].On), want.Exists[k].Cond)
			}
			if !same {
				return fmt.Errorf("plan: %s is read by other rules than its own", n.Path)
			}
		}
	}
	for other := range c.p.Query.Rules {
		if !m.Reach(n.Node).Has(other) {
			continue
		}
		if a.fails != "" {
			return fmt.Errorf("plan: %s can fail on rows of %s that may not be seen", a.fails, n.Path)
		}
		if other == n.Node {
			continue
		}
		// The first step of the way, which its partner continues.
		first := m.Steps(n.Node, model.SetOf(other))[0]
		if !containsAll(a.met, first.Edge.On) {
			return fmt.Errorf("plan: rows of %s count without one of %s that may be seen", n.Path, m.Node(first.To).Path)
		}
	}
	return nil
}

// ruleTables verifies that a rule reads rule tables alone.
func (c securityChecker) ruleTables(n Node) error {
	if s, ok := n.(*Scan); ok && c.p.Query.Model.RuleTable(s.Node) == nil {
		return fmt.Errorf("plan: a rule reads %s", s.Path)
	}
	for _, in := range n.Inputs() {
		if err := c.ruleTables(in); err != nil {
			return err
		}
	}
	return nil
}

func containsAll(conds []expr.Expr, all expr.Expr) bool {
	for _, want := range expr.Conjuncts(all) {
		if !slices.ContainsFunc(conds, func(have expr.Expr) bool { return expr.Equal(have, want) }) {
			return false
		}
	}
	return true
}

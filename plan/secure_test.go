package plan_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
)

// secured plans a search of deals by Ann, with rules on deals and goods.
func secured(t *testing.T, text string) *plan.Plan {
	m, problems := model.Compile(fixture.WithRules(fixture.DealsDefinition(), map[string][]searchlight.RowRule{
		"deals": {{Name: "1", Expr: "region = 'north'"}, {Name: "2", Expr: "[access_1::person] = ts_username"}},
		"goods": {{Name: "1", Expr: "category = 'home'"}},
	}))
	if m == nil {
		t.Fatalf("%+v", problems)
	}
	p, ds := golden.Case{Model: m, Text: text, Context: bind.Context{Now: fixture.Now, Security: bind.Security{UserName: "Ann"}}}.Plan(t)
	if p == nil {
		t.Fatal(ds)
	}
	return p
}

// replace rebuilds a plan with f applied to each of its nodes, inputs first.
func replace(n plan.Node, f func(plan.Node) plan.Node) plan.Node {
	switch x := n.(type) {
	case *plan.Join:
		c := *x
		c.Left, c.Right = replace(x.Left, f), replace(x.Right, f)
		return f(&c)
	case *plan.SemiJoin:
		c := *x
		c.Input, c.Sub = replace(x.Input, f), replace(x.Sub, f)
		return f(&c)
	case *plan.Filter:
		c := *x
		c.Input = replace(x.Input, f)
		return f(&c)
	case *plan.Fence:
		c := *x
		c.Input = replace(x.Input, f)
		return f(&c)
	case *plan.Project:
		c := *x
		c.Input = replace(x.Input, f)
		return f(&c)
	case *plan.Aggregate:
		c := *x
		c.Input = replace(x.Input, f)
		return f(&c)
	case *plan.Sort:
		c := *x
		c.Input = replace(x.Input, f)
		return f(&c)
	case *plan.Limit:
		c := *x
		c.Input = replace(x.Input, f)
		return f(&c)
	}
	return f(n)
}

// TestCheckSecurity takes away, one by one, what keeps rows from being seen.
func TestCheckSecurity(t *testing.T) {
	secure := func(node string, change func(*plan.Secure) plan.Node) func(plan.Node) plan.Node {
		return func(n plan.Node) plan.Node {
			if s, ok := n.(*plan.Secure); ok && s.Input.Path == node {
				c := *s
				c.Any = append([]plan.Alternative(nil), s.Any...)
				return change(&c)
			}
			return n
		}
	}
	for _, test := range []struct {
		name, text string
		change     func(plan.Node) plan.Node
		want       string
	}{
		{"as it is", "[revenue]", func(n plan.Node) plan.Node { return n }, ""},
		{"without rules", "[revenue]", secure("deals_1", func(s *plan.Secure) plan.Node { return s.Input }), "deals_1 is read past its rules"},
		{"without an alternative", "[revenue]", secure("deals_1", func(s *plan.Secure) plan.Node { s.Any = s.Any[:1]; return s }), "deals_1 is read past its rules"},
		{"with other rules", "[revenue]", secure("deals_1", func(s *plan.Secure) plan.Node { s.Any[0].Cond = expr.True; return s }), "deals_1 is read by other rules"},
		{"without looking for access", "[revenue]", secure("deals_1", func(s *plan.Secure) plan.Node { s.Any[1].Exists = nil; return s }), "deals_1 is read by other rules"},
		{"looking for any access", "[revenue]", secure("deals_1", func(s *plan.Secure) plan.Node {
			s.Any[1].Exists = []plan.Exists{{Sub: s.Any[1].Exists[0].Sub, On: expr.Conjuncts(s.Any[1].Exists[0].On)[0]}}
			return s
		}), "deals_1 is read by other rules"},
		{"looking into the table itself", "[revenue]", secure("deals_1", func(s *plan.Secure) plan.Node {
			scan := *s.Any[1].Exists[0].Sub.(*plan.Scan)
			scan.Node, scan.Path = 2, "goods_1"
			s.Any[1].Exists = []plan.Exists{{Sub: &scan, On: s.Any[1].Exists[0].On}}
			return s
		}), "a rule reads goods_1"},
		{"a filter below the rules", "[revenue]", secure("deals_1", func(s *plan.Secure) plan.Node {
			return &plan.Filter{Input: s, Cond: expr.True}
		}), ""},
		{"without the partner", "[revenue]", func(n plan.Node) plan.Node {
			if s, ok := n.(*plan.SemiJoin); ok {
				return s.Input
			}
			return n
		}, "rows of deals_1 count without one of goods_1"},
		{"with a join that needs no partner", "[revenue] [category]", func(n plan.Node) plan.Node {
			if j, ok := n.(*plan.Join); ok {
				j.Kind = plan.LeftJoin
			}
			return n
		}, "rows of deals_1 count without one of goods_1"},
		{"an access list read for itself", "[revenue]", func(n plan.Node) plan.Node {
			if s, ok := n.(*plan.Secure); ok && s.Input.Path == "deals_1" {
				return &plan.Join{Kind: plan.CrossJoin, Left: s, Right: s.Any[1].Exists[0].Sub, On: expr.And(), RightUnique: true}
			}
			return n
		}, "is read outside a rule"},
		{"a condition that can fail", "[revenue] [markup] > 1", func(n plan.Node) plan.Node {
			if f, ok := n.(*plan.Fence); ok {
				return f.Input
			}
			return n
		}, "can fail on rows of"},
	} {
		p := *secured(t, test.text)
		p.Root = replace(p.Root, test.change)
		err := plan.Check(&p)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

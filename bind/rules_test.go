package bind_test

import (
	"testing"

	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
)

// withRule is the model deals with a rule made by hand.
func withRule(t *testing.T, rule expr.Expr) *model.Model {
	m := *golden.Model(t, "deals")
	m.Nodes = append([]model.Node(nil), m.Nodes...)
	m.Nodes[0].Rules = &model.Rules{Any: []expr.Expr{rule}}
	return &m
}

// TestValuesOfThePerson binds rules for people with names of every kind.
func TestValuesOfThePerson(t *testing.T) {
	region := expr.Column{ID: 3, Name: "region", Typ: datatype.Varchar}
	number := expr.Column{ID: 4, Name: "number", Typ: datatype.Int32}
	name := expr.Principal{Kind: expr.PrincipalName, Typ: datatype.Varchar}
	groups := expr.Principal{Kind: expr.PrincipalGroups, Typ: datatype.Varchar}
	ints := expr.Principal{Kind: expr.PrincipalGroupInts, Typ: datatype.Int64}
	user, member, numbered := expr.Compare(expr.OpEq, region, name), expr.In(region, groups), expr.In(number, ints)
	ann := bind.Security{UserName: "Ann", Groups: []string{"b", "A", "B", "7", "007", "x' OR 1=1"}}
	for _, test := range []struct {
		name string
		rule expr.Expr
		who  bind.Security
		want string
	}{
		{"name", user, ann, `eq(fold(region#3), "ann")`},
		{"groups", member, ann, `in(fold(region#3), "007", "7", "a", "b", "x' or 1=1")`},
		{"integers", numbered, ann, `in(number#4, 7, 7)`},
		{"no integers", expr.Not(numbered), bind.Security{UserName: "Ann", Groups: []string{"a", "1.5"}}, "true"},
		{"no groups", member, bind.Security{UserName: "Ann"}, "none"},
		{"not in no group", expr.Not(member), bind.Security{UserName: "Ann"}, "true"},
		{"nobody", user, bind.Security{}, "none"},
		{"not nobody", expr.Compare(expr.OpNe, region, name), bind.Security{}, "none"},
		{"nobody's groups", expr.Not(member), bind.Security{}, "none"},
		{"groups of nobody", expr.Not(member), bind.Security{Groups: []string{"a"}}, "none"},
		{"nobody's numbers", expr.Not(numbered), bind.Security{}, "none"},
		{"no text", expr.Or(user, member), bind.Security{UserName: "a\x00", Groups: []string{"b", "c\xff", "\x00"}}, `in(fold(region#3), null, "b")`},
		{"exempt", user, bind.Security{Exempt: true}, ""},
		{"a list where a value stands", expr.Compare(expr.OpEq, region, groups), ann, "refused"},
		{"a list among values", expr.In(region, expr.Text("a"), groups), ann, "refused"},
		{"an unknown property", expr.Compare(expr.OpEq, region, expr.Principal{Kind: "shoe size", Typ: datatype.Varchar}), ann, "refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, ds := golden.Case{Model: withRule(t, test.rule), Text: "[revenue]",
				Context: bind.Context{Now: fixture.Now, Security: test.who}}.Bind()
			got := "refused"
			if q != nil {
				rows, ruled := q.Rules[0]
				if got = rows.String(); !ruled {
					got = ""
				}
			} else if len(ds) != 1 || ds[0].Code != "row-security" {
				t.Errorf("refused with %s", ds)
			}
			if got != test.want {
				t.Errorf("rows %s, want %s", got, test.want)
			}
		})
	}
}

// TestARuleIsDividedSoFar joins alternatives of many lists of access.
func TestARuleIsDividedSoFar(t *testing.T) {
	m := guarded(t)
	person := expr.Column{ID: m.ColumnsOf(m.RuleTables[0].ID)[1].ID, Name: "person", Typ: datatype.Varchar}
	var all []expr.Expr
	for range 10 { // 2^10 alternatives
		all = append(all, expr.Or(expr.Compare(expr.OpEq, person, expr.Text("a")), expr.Compare(expr.OpEq, person, expr.Text("b"))))
	}
	m.Nodes[0].Rules = &model.Rules{Any: []expr.Expr{expr.And(all...)}}
	q, ds := golden.Case{Model: m, Text: "[revenue]", Context: bind.Context{Now: fixture.Now, Security: bind.Security{UserName: "Ann"}}}.Bind()
	if q == nil || len(q.Rules[0].Any) != 1 {
		t.Fatalf("%v %s", q, ds)
	}
	any, ok := q.Rules[0].Any[0].Exists[0].Cond.(expr.Call)
	if !ok || any.Op != expr.OpOr || len(any.Args) != 64 {
		t.Errorf("the alternatives are %s", any)
	}
}

package bind_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
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
	org := expr.Principal{Kind: expr.PrincipalOrg, Typ: datatype.Varchar}
	domain := expr.Principal{Kind: expr.PrincipalEmailDomain, Typ: datatype.Varchar}
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
		{"organisation", expr.Compare(expr.OpEq, region, org), bind.Security{UserName: "Ann", Org: "Primary"}, `eq(fold(region#3), "primary")`},
		{"mail", expr.Compare(expr.OpEq, region, domain), bind.Security{UserName: "Ann", EmailDomain: "Example.com"}, `eq(fold(region#3), "example.com")`},
		{"no mail", expr.Compare(expr.OpEq, region, domain), ann, "none"},
		{"not no mail", expr.Compare(expr.OpNe, region, domain), ann, "none"},
		{"no text in mail", expr.Compare(expr.OpNe, region, domain), bind.Security{UserName: "Ann", EmailDomain: "a\x00"}, "none"},
		{"mail of nobody", expr.Compare(expr.OpNe, region, domain), bind.Security{EmailDomain: "example.com"}, "none"},
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

// TestFormulasKnowWhoAsks binds formulas that name properties of the person, in
// every place where a search uses one.
func TestFormulasKnowWhoAsks(t *testing.T) {
	named := func(name, text string) searchlight.Formula { return searchlight.Formula{Name: name, Expr: text} }
	d := fixture.FormulasDefinition([]searchlight.Formula{
		named("Mine", "if ( [customer] = ts_username ) then ts_email_domain else ts_org"),
		named("Ours", "[region] in ts_groups"),
		named("Plain", "left ( [customer] , 1 )"),
	}, []searchlight.Formula{named("My Revenue", "sum_if ( [id] in ts_groups_int , [revenue] )")})
	d.Worksheet.Filters = []searchlight.Filter{{Columns: []string{"Ours"}, Operator: "=", Values: []string{"true"}}}
	m, problems := model.Compile(d)
	if m == nil {
		t.Fatalf("%+v", problems)
	}
	const text = "[Mine] [My Revenue] [My Revenue] > 1 [Mine] = 'example.com'"
	filters := []bind.RuntimeFilter{{Column: "Mine", Operator: "!=", Values: []string{"x"}}}
	const mine = `case(eq(fold(SALES::customer#6), %s), %s, %s)`
	for _, test := range []struct {
		who               bind.Security
		name, domain, org string
		groups, ints      string
	}{
		{bind.Security{UserName: "Ann", Groups: []string{"West", "All", "7"}, Org: "Primary", EmailDomain: "Example.com"},
			`"ann"`, `"Example.com"`, `"Primary"`, `"7", "all", "west"`, "7"},
		{bind.Security{UserName: "Bob", Groups: []string{"All"}, Org: "Primary", Exempt: true}, `"bob"`, "null", `"Primary"`, `"all"`, ""},
		{bind.Security{}, "null", "null", "null", "null", "null"},
	} {
		q, ds := golden.Case{Model: m, Text: text, Context: bind.Context{Now: fixture.Now, Security: test.who, Filters: filters}}.Bind()
		if q == nil {
			t.Fatal(ds)
		}
		mine := fmt.Sprintf(mine, test.name, test.domain, test.org)
		in := strings.TrimSuffix("in(SALES::id#1, "+test.ints, ", ") + ")"
		revenue := "coalesce(sum(case(" + in + ", SALES::revenue#8, null)), 0)"
		want := `attribute "Mine": varchar = ` + mine + `
measure "My Revenue": double = ` + revenue + `
where: eq(fold(` + mine + `), "example.com")
where: or(ne(fold(` + mine + `), "x"), isnull(` + mine + `))
model: eq(in(fold(SALES::region#4), ` + test.groups + `), true)
having: gt(` + revenue + `, 1)
`
		if got := q.String(); got != want {
			t.Errorf("%s: got\n%swant\n%s", test.who.UserName, got, want)
		}
	}
	for _, asks := range []bool{true, false} {
		if !asks {
			d = fixture.FormulasDefinition([]searchlight.Formula{named("Plain", "left ( [customer] , 1 )")}, nil)
			m, _ = model.Compile(d)
		}
		if m.AsksWho() != asks {
			t.Errorf("asks who = %t", m.AsksWho())
		}
	}
}

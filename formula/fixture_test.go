package formula_test

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
)

// fixture is the scope of the tables of formulas.md 5 and a few columns for
// corner cases. Columns of sales can stand without a path.
type fixture struct {
	paths   []string
	columns map[string][]expr.Column // by path
	other   map[string]expr.Expr
}

func newFixture() *fixture {
	f := &fixture{columns: map[string][]expr.Column{}, other: map[string]expr.Expr{
		"Factor": expr.Const{Value: 1.5, Typ: datatype.Double},
	}}
	id := expr.ColumnID(0)
	add := func(path string, t datatype.Type, names ...string) {
		if f.columns[path] == nil {
			f.paths = append(f.paths, path)
		}
		for _, name := range names {
			id++
			f.columns[path] = append(f.columns[path], expr.Column{ID: id, Name: name, Typ: t})
		}
	}
	add("SALES_1", datatype.Int32, "id", "product_id", "qty")
	add("SALES_1", datatype.Double, "revenue", "cost")
	add("SALES_1", datatype.Varchar, "region", "customer")
	add("SALES_1", datatype.Date, "order_date")
	add("SALES_1", datatype.DateTime, "ship_ts")
	add("PRODUCTS", datatype.Int32, "product_id")
	add("PRODUCTS", datatype.Varchar, "product", "category")
	add("ODD::PATH", datatype.Int64, "Net Amount", "a::b", "x]y", `back\slash`, "Twice", "TWICE", " padded ")
	add("ODD::PATH", datatype.Bool, "not shipped", "order and amount", "2024 plan")
	add("ODD::PATH", datatype.Time, "clock")
	add("ODD::PATH", datatype.Float, "ratio")
	add("ODD::PATH", datatype.Char, "letter")
	return f
}

func (f *fixture) Paths() []string { return f.paths }

func (f *fixture) Names(path string) []string {
	var names []string
	for _, c := range f.columns[orSales(path)] {
		names = append(names, c.Name)
	}
	if path == "" {
		for _, c := range f.columns["ODD::PATH"] {
			names = append(names, c.Name)
		}
		names = append(names, "Factor")
	}
	return names
}

func orSales(path string) string {
	if path == "" {
		return "SALES_1"
	}
	return path
}

func (f *fixture) Resolve(path, name string) formula.Resolution {
	for _, c := range f.columns[orSales(path)] {
		if c.Name == name {
			return formula.Resolution{Expr: c}
		}
	}
	if path != "" {
		return formula.Resolution{}
	}
	if e, ok := f.other[name]; ok {
		return formula.Resolution{Expr: e}
	}
	return f.Resolve("ODD::PATH", name)
}

// dump writes a tree, a node a line.
func dump(n formula.Node) string {
	var b strings.Builder
	var walk func(n formula.Node, indent string)
	walk = func(n formula.Node, indent string) {
		fmt.Fprintf(&b, "%s%s %s\n", indent, describe(n), n.Span())
		for _, c := range formula.Children(n) {
			walk(c, indent+"  ")
		}
	}
	walk(n, "")
	return b.String()
}

// describe names a node without its children and its place.
func describe(n formula.Node) string {
	switch n := n.(type) {
	case *formula.Number:
		return fmt.Sprintf("number %s", n.Text)
	case *formula.Text:
		kind := "text"
		if n.Raw {
			kind = "template"
		}
		return fmt.Sprintf("%s %q", kind, n.Value)
	case *formula.Date:
		return "date " + n.Value.Format("2006-01-02T15:04:05") + fmt.Sprintf(" timed=%t", n.Timed)
	case *formula.Bool:
		return fmt.Sprintf("bool %t", n.Value)
	case *formula.Null:
		return "null"
	case *formula.Ref:
		return fmt.Sprintf("ref %q bare=%t", n.Parts, n.Bare)
	case *formula.Variable:
		return "variable " + n.Name
	case *formula.List:
		return "list"
	case *formula.Unary:
		return fmt.Sprintf("unary %s", n.Op)
	case *formula.Binary:
		return fmt.Sprintf("binary %s", n.Op)
	case *formula.In:
		return fmt.Sprintf("in not=%t", n.Not)
	case *formula.Between:
		return fmt.Sprintf("between not=%t", n.Not)
	case *formula.If:
		return fmt.Sprintf("if branches=%d else=%t", len(n.Branches), n.Else != nil)
	case *formula.Call:
		return fmt.Sprintf("call %q", n.Name)
	case *formula.Bad:
		return "bad"
	}
	return fmt.Sprintf("%T", n)
}

// shape is a tree without places.
func shape(n formula.Node) string {
	parts := []string{describe(n)}
	for _, c := range formula.Children(n) {
		parts = append(parts, shape(c))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

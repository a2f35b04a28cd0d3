package formula

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/source"
)

// CompileRule parses the condition of a row-level security rule and gives it
// its meaning, as ParseRule and CheckRule do.
func CompileRule(text string, scope Scope) (expr.Expr, source.Diagnostics) {
	n, parsed := ParseRule(text, scope)
	e, checked := CheckRule(n, scope)
	return e, append(parsed, checked...).Sorted()
}

// ParseRule reads the condition of a row-level security rule with the default
// options. What the scope names may stand without brackets.
func ParseRule(text string, scope Scope) (Node, source.Diagnostics) {
	return Options{Names: withKeywords(scope.Names(""))}.Parse(text)
}

// CheckRule gives the condition of a row-level security rule its meaning, a
// Boolean expression over columns in which an expr.Principal stands for each
// value of the person who asks (formulas.md 6.1). A rule decides on one row by
// itself: aggregates, windows, formulas, parameters and random get E601,
// anything but a condition E602. A rule that shows what it does not name draws
// a warning. With errors the expression is a constant of type Unknown.
func CheckRule(n Node, scope Scope) (expr.Expr, source.Diagnostics) {
	c := &checker{scope: scope, rule: true}
	e, diags := c.whole(n)
	return e, append(diags, ruleWarnings(n)...).Sorted()
}

// notInRules are the groups of functions that look at several rows.
var notInRules = []Group{Aggregates, ConditionalAggregates, GroupFunctions, WindowFunctions, SemiAdditive}

// aggregates reports whether a function looks at several rows.
func (f *Function) aggregates() bool {
	return slices.Contains(notInRules, f.Group) || f.Group == PassThrough && strings.HasSuffix(f.Name, "_aggregate_op")
}

// ruleWarnings finds what is right in the language but seldom meant: a rule
// that shows rows to those whom it fails to name, and the group of everybody.
func ruleWarnings(n Node) source.Diagnostics {
	var found source.Diagnostics
	if variable := negatedVariable(n); variable != "" {
		found = append(found, warnNegatedRule(n, variable))
	}
	if namesAll(n) {
		found = append(found, warnGroupOfAll(n))
	}
	for _, child := range Children(n) {
		found = append(found, ruleWarnings(child)...)
	}
	return found
}

// negatedVariable is the variable that a negation is about, empty where there
// is none.
func negatedVariable(n Node) string {
	switch n := n.(type) {
	case *Unary:
		if n.Op == OpNot {
			return firstVariable(n)
		}
	case *Binary:
		if n.Op == OpNe {
			return firstVariable(n)
		}
	case *In:
		if n.Not {
			return firstVariable(n)
		}
	case *Between:
		if n.Not {
			return firstVariable(n)
		}
	}
	return ""
}

func firstVariable(n Node) string {
	if v, ok := n.(*Variable); ok {
		return v.Name
	}
	for _, child := range Children(n) {
		if name := firstVariable(child); name != "" {
			return name
		}
	}
	return ""
}

// namesAll reports whether the group that everybody is in is compared with the
// groups of the person who asks.
func namesAll(n Node) bool {
	var sides []Node
	switch n := n.(type) {
	case *Binary:
		if n.Op != OpEq && n.Op != OpNe {
			return false
		}
		sides = []Node{n.X, n.Y}
	case *In:
		sides = []Node{n.X, n.Set}
		if list, ok := n.Set.(*List); ok {
			sides = append(sides, list.Items...)
		}
	}
	groups := func(n Node) bool { v, ok := n.(*Variable); return ok && v.Name == "ts_groups" }
	all := func(n Node) bool { t, ok := n.(*Text); return ok && strings.EqualFold(t.Value, "All") }
	return slices.ContainsFunc(sides, groups) && slices.ContainsFunc(sides, all)
}

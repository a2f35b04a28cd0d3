package joinexpr

import "strings"

// String implements Expr.
func (e *Or) String() string { return printExpr(e, same) }

// String implements Expr.
func (e *And) String() string { return printExpr(e, same) }

// String implements Expr.
func (e *Not) String() string { return printExpr(e, same) }

// String implements Expr.
func (e *Comparison) String() string { return printExpr(e, same) }

// String prints the operand in canonical form.
func (o Operand) String() string { return printOperand(o, same) }

func same(name string) string { return name }

func printExpr(e Expr, rename func(string) string) string {
	switch e := e.(type) {
	case *Or:
		return printTerms(e.Terms, " OR ", rename, isOr)
	case *And:
		return printTerms(e.Terms, " AND ", rename, func(t Expr) bool { return isOr(t) || isAnd(t) })
	case *Not:
		if isOr(e.Term) || isAnd(e.Term) {
			return "NOT (" + printExpr(e.Term, rename) + ")"
		}
		return "NOT " + printExpr(e.Term, rename)
	case *Comparison:
		return printOperand(e.Left, rename) + " " + string(e.Operator) + " " + printOperand(e.Right, rename)
	}
	return ""
}

func printTerms(terms []Expr, between string, rename func(string) string, needsParentheses func(Expr) bool) string {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteString(between)
		}
		text := printExpr(t, rename)
		if needsParentheses(t) {
			text = "(" + text + ")"
		}
		b.WriteString(text)
	}
	return b.String()
}

func isOr(e Expr) bool {
	_, ok := e.(*Or)
	return ok
}

func isAnd(e Expr) bool {
	_, ok := e.(*And)
	return ok
}

func printOperand(o Operand, rename func(string) string) string {
	switch o.Kind {
	case Column:
		return "[" + EscapeName(rename(o.Object)) + "::" + EscapeName(o.Text) + "]"
	case Text:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(o.Text) + "'"
	}
	return o.Text
}

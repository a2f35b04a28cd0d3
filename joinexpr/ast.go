package joinexpr

import (
	"strings"

	"github.com/searchlight-bi/searchlight/source"
)

// Expr is a condition: *Or, *And, *Not or *Comparison.
type Expr interface {
	// Span is where the condition stands in its text.
	Span() source.Span
	// String prints the condition in canonical form; Parse of it gives an
	// equal tree but for spans.
	String() string
}

// Or holds when any of its two or more terms does.
type Or struct {
	Terms []Expr
	At    source.Span
}

// And holds when all of its two or more terms do.
type And struct {
	Terms []Expr
	At    source.Span
}

// Not holds when its term does not.
type Not struct {
	Term Expr
	At   source.Span
}

// Comparison compares two operands.
type Comparison struct {
	Left     Operand
	Operator Operator
	Right    Operand
	At       source.Span
}

// Operator is a comparison operator as it is written.
type Operator string

// The operators.
const (
	Equal          Operator = "="
	NotEqual       Operator = "!="
	Less           Operator = "<"
	LessOrEqual    Operator = "<="
	Greater        Operator = ">"
	GreaterOrEqual Operator = ">="
)

// Operand is a column or a constant.
type Operand struct {
	Kind   Kind
	Object string // of a Column: the name or alias of its object
	// Text is the name of a Column or the value of a constant: digits, true
	// or false in lower case, a date as written, the content of a Text.
	Text string
	At   source.Span
}

// Kind says what an operand is.
type Kind uint8

// The kinds of operands.
const (
	Column Kind = iota
	Integer
	Decimal
	Bool
	Date // MM/DD/YYYY or YYYY-MM-DD
	Text
)

// Span implements Expr.
func (e *Or) Span() source.Span { return e.At }

// Span implements Expr.
func (e *And) Span() source.Span { return e.At }

// Span implements Expr.
func (e *Not) Span() source.Span { return e.At }

// Span implements Expr.
func (e *Comparison) Span() source.Span { return e.At }

// Columns lists the columns of a condition in the order of the text, each as
// often as it occurs.
func Columns(e Expr) []Operand {
	var found []Operand
	walk(e, func(c *Comparison) {
		for _, o := range []Operand{c.Left, c.Right} {
			if o.Kind == Column {
				found = append(found, o)
			}
		}
	})
	return found
}

// Comparisons lists the comparisons of a condition in the order of the text.
func Comparisons(e Expr) []*Comparison {
	var found []*Comparison
	walk(e, func(c *Comparison) { found = append(found, c) })
	return found
}

// Equalities lists the equalities between columns of different objects that
// every pair of joined rows fulfils: those that stand alone or under AND.
// Object names are compared exactly.
func Equalities(e Expr) []*Comparison {
	switch e := e.(type) {
	case *And:
		var found []*Comparison
		for _, t := range e.Terms {
			found = append(found, Equalities(t)...)
		}
		return found
	case *Comparison:
		if e.Operator == Equal && e.Left.Kind == Column && e.Right.Kind == Column && e.Left.Object != e.Right.Object {
			return []*Comparison{e}
		}
	}
	return nil
}

func walk(e Expr, visit func(*Comparison)) {
	switch e := e.(type) {
	case *Or:
		for _, t := range e.Terms {
			walk(t, visit)
		}
	case *And:
		for _, t := range e.Terms {
			walk(t, visit)
		}
	case *Not:
		walk(e.Term, visit)
	case *Comparison:
		visit(e)
	}
}

// RenameObjects returns the canonical text of a condition in which rename has
// given each object its name.
func RenameObjects(e Expr, rename func(object string) string) string {
	return printExpr(e, rename)
}

// EscapeName escapes the characters of a name that mean something inside
// brackets.
func EscapeName(name string) string { return nameEscaper.Replace(name) }

var nameEscaper = strings.NewReplacer(`\`, `\\`, `:`, `\:`, `[`, `\[`, `]`, `\]`)

package formula

import (
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/source"
)

// Node is a part of a parsed formula: *Number, *Text, *Date, *Bool, *Null,
// *Ref, *Variable, *List, *Unary, *Binary, *In, *Between, *If, *Call or *Bad.
type Node interface {
	Span() source.Span
	node()
}

// At is the place of a node in the text; every node embeds it.
type At struct{ Where source.Span }

// Span is the part of the text that the node was read from.
func (a At) Span() source.Span { return a.Where }

// Number is a number without a sign.
type Number struct {
	At
	Text     string  // as written
	Integer  bool    // whether it is an integer that fits 64 bits
	Int      int64   // of an integer
	Float    float64 // of any number
	Fraction bool    // whether it was written with a point or an exponent
}

// Text is a text in quotes.
type Text struct {
	At
	Value string
	Quote rune // the opening quote; for other than templates ' or "
	Raw   bool // a template of a pass-through function, without escapes
}

// Date is a date written M/D/YYYY, perhaps with a time.
type Date struct {
	At
	Value time.Time // in UTC, the wall-clock reading
	Timed bool
}

// Bool is true or false.
type Bool struct {
	At
	Value bool
}

// Null is the word null.
type Null struct{ At }

// Ref is a name in brackets, or a bare one.
type Ref struct {
	At
	Parts []string // the text between brackets, split at unescaped ::, with escapes resolved
	Bare  bool     // written without brackets; then there is one part
}

// Name is the whole reference without escapes.
func (r *Ref) Name() string { return strings.Join(r.Parts, "::") }

// Variable is a system variable such as ts_username.
type Variable struct {
	At
	Name string
}

// List is { a , b }.
type List struct {
	At
	Items []Node
}

// Op is an operator as the printer writes it.
type Op string

// The operators. <> is read as !=.
const (
	OpOr  Op = "or"
	OpAnd Op = "and"
	OpNot Op = "not"
	OpEq  Op = "="
	OpNe  Op = "!="
	OpLt  Op = "<"
	OpLe  Op = "<="
	OpGt  Op = ">"
	OpGe  Op = ">="
	OpAdd Op = "+"
	OpSub Op = "-"
	OpMul Op = "*"
	OpDiv Op = "/"
	OpPow Op = "^"
)

// Unary is not x, - x or + x.
type Unary struct {
	At
	Op Op
	X  Node
}

// Binary is x op y.
type Binary struct {
	At
	Op   Op
	OpAt source.Span
	X, Y Node
}

// In is x [not] in set. The set is a *List, *Ref, *Variable or *Call of ts_var.
type In struct {
	At
	X   Node
	Not bool
	Set Node
}

// Between is x [not] between low and high.
type Between struct {
	At
	X, Low, High Node
	Not          bool
}

// If is if ( c ) then a else if ( d ) then b … else z.
type If struct {
	At
	Branches []Branch
	Else     Node // nil when there is none
}

// Branch is one condition of an If and its value.
type Branch struct{ Cond, Then Node }

// Call is a function with its arguments.
type Call struct {
	At
	Name   string // in lower case
	NameAt source.Span
	Args   []Node
}

// Bad stands for a formula that could not be parsed.
type Bad struct{ At }

func (*Number) node()   {}
func (*Text) node()     {}
func (*Date) node()     {}
func (*Bool) node()     {}
func (*Null) node()     {}
func (*Ref) node()      {}
func (*Variable) node() {}
func (*List) node()     {}
func (*Unary) node()    {}
func (*Binary) node()   {}
func (*In) node()       {}
func (*Between) node()  {}
func (*If) node()       {}
func (*Call) node()     {}
func (*Bad) node()      {}

// Children lists the parts of a node in the order of the text.
func Children(n Node) []Node {
	switch n := n.(type) {
	case *List:
		return n.Items
	case *Unary:
		return []Node{n.X}
	case *Binary:
		return []Node{n.X, n.Y}
	case *In:
		return []Node{n.X, n.Set}
	case *Between:
		return []Node{n.X, n.Low, n.High}
	case *If:
		var parts []Node
		for _, b := range n.Branches {
			parts = append(parts, b.Cond, b.Then)
		}
		if n.Else != nil {
			parts = append(parts, n.Else)
		}
		return parts
	case *Call:
		return n.Args
	}
	return nil
}

// References lists the references in a formula in the order of the text.
func References(n Node) []*Ref {
	if r, ok := n.(*Ref); ok {
		return []*Ref{r}
	}
	var refs []*Ref
	for _, c := range Children(n) {
		refs = append(refs, References(c)...)
	}
	return refs
}

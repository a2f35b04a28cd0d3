package expr

import (
	"math"
	"regexp"
	"strconv"

	"github.com/searchlight-bi/searchlight/datatype"
)

// Operations that change types. Each has a value for every value of its
// argument.
const (
	OpToText  Op = "to_text" // a number or Bool as text, whole numbers without point; null for what is not finite
	OpExtract Op = "extract" // what the one group of a constant regular expression, which never matches nothing, finds in a text; null where the text does not match
)

// numeral is what texts that are numbers look like. With at most 100 digits on
// each side of the point and an exponent of at most 199 every one of them fits
// a Double, so that no database fails to read it.
var numeral = regexp.MustCompile(`^[ \t\r\n]*([-+]?(?:[0-9]{1,100}(?:[.][0-9]{0,100})?|[.][0-9]{1,100})(?:[eE][-+]?1?[0-9]{1,2})?)[ \t\r\n]*$`)

// Cast is e in a type, as OpCast says; null casts at once.
func Cast(e Expr, t datatype.Type) Expr {
	switch c, ok := e.(Const); {
	case e.Type() == t:
		return e
	case ok && c.Value == nil:
		return Const{Typ: t}
	}
	return Call{Op: OpCast, Args: []Expr{e}, Typ: t}
}

// ToDouble is a number, Bool or text as Double, null where a text is no number;
// constant texts are read at once.
func ToDouble(e Expr) Expr {
	if e.Type().IsText() {
		e = Extract(e, numeral)
		if c, ok := e.(Const); ok && c.Value != nil {
			v, _ := strconv.ParseFloat(c.Value.(string), 64) // in range, as the pattern says
			return Const{Value: v, Typ: datatype.Double}
		}
	}
	return Cast(e, datatype.Double)
}

// ToInteger is a number, Bool or text as the nearest Int64, halves away from
// zero; null where there is none.
func ToInteger(e Expr) Expr {
	if t := e.Type(); t.IsInteger() || t == datatype.Bool {
		return Cast(e, datatype.Int64)
	}
	e = ToDouble(e)
	c, ok := e.(Const)
	if !ok {
		return Whole(OpRound, e)
	}
	if v, ok := c.Value.(float64); ok {
		if v = math.Round(v); v >= math.MinInt64 && v < math.MaxInt64 {
			return Int(int64(v))
		}
	}
	return Const{Typ: datatype.Int64}
}

// ToBool is whether a number is not 0, or a text is true in any case.
func ToBool(e Expr) Expr {
	switch t := e.Type(); {
	case t == datatype.Bool:
		return e
	case t.IsText():
		return Compare(OpEq, e, Text("true"))
	case t.IsInteger():
		return Compare(OpNe, e, Int(0))
	}
	return Compare(OpNe, e, Const{Value: 0.0, Typ: datatype.Double})
}

// ToText is a number or Bool as OpToText writes it.
func ToText(e Expr) Expr { return Call{Op: OpToText, Args: []Expr{e}, Typ: datatype.Varchar} }

// Extract is what the group of a pattern finds in a text; constants are matched
// at once.
func Extract(text Expr, pattern *regexp.Regexp) Expr {
	c, ok := text.(Const)
	if !ok {
		return Call{Op: OpExtract, Args: []Expr{text, Text(pattern.String())}, Typ: datatype.Varchar}
	}
	if s, ok := c.Value.(string); ok {
		if found := pattern.FindStringSubmatch(s); found != nil {
			return Text(found[1])
		}
	}
	return Const{Typ: datatype.Varchar}
}

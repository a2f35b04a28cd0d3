package expr

import (
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
)

// The filters below follow search-language.md 3.5 and 4.6; searches, worksheet
// filters and runtime filters share them.

// Values is a list of values in a filter: constants of the type of the
// filtered expression, and the two placeholders.
type Values struct {
	Consts []Expr
	Null   bool // {null}
	Empty  bool // {empty}: a text of length 0 or only blanks
	// Exact compares texts as they are, for a column whose values all have the
	// case of the constants.
	Exact bool
}

func (v Values) compare(op Op, e Expr) Expr {
	if v.Exact {
		return Call{Op: op, Args: append([]Expr{e}, v.Consts...), Typ: datatype.Bool}
	}
	if op == OpIn {
		return In(e, v.Consts...)
	}
	return Compare(op, e, v.Consts[0])
}

// Equals keeps rows whose e is one of the values. A null is kept only where
// the list names it.
func Equals(e Expr, v Values) Expr {
	var any []Expr
	if v.Empty {
		any = append(any, isEmpty(e))
	}
	switch len(v.Consts) {
	case 0:
	case 1:
		any = append(any, v.compare(OpEq, e))
	default:
		any = append(any, v.compare(OpIn, e))
	}
	if v.Null {
		any = append(any, IsNull(e))
	}
	return Or(any...)
}

// NotEquals keeps rows whose e is none of the values. A null is kept unless
// the list names it.
func NotEquals(e Expr, v Values) Expr {
	var all []Expr
	if v.Empty {
		all = append(all, Not(isEmpty(e)))
	}
	switch len(v.Consts) {
	case 0:
	case 1:
		all = append(all, v.compare(OpNe, e))
	default:
		all = append(all, Not(v.compare(OpIn, e)))
	}
	if v.Null {
		return And(append(all, Not(IsNull(e)))...)
	}
	return Or(And(all...), IsNull(e))
}

func isEmpty(e Expr) Expr {
	return Compare(OpEq, Call{Op: OpTrim, Args: []Expr{e}, Typ: e.Type()}, Text(""))
}

// Between keeps rows whose e lies between two constants, both included.
func Between(e, low, high Expr) Expr {
	return And(Compare(OpGe, e, low), Compare(OpLe, e, high))
}

// Match tells the ways in which a text can be looked for.
type Match uint8

// The matches.
const (
	MatchContains Match = iota
	MatchBegins
	MatchEnds
	MatchPattern // with % and _; without either, as MatchContains
)

// Like keeps rows whose text e matches value, ignoring case.
func Like(e Expr, m Match, value string) Expr {
	escaped := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(value)
	var pattern string
	switch m {
	case MatchBegins:
		pattern = escaped + "%"
	case MatchEnds:
		pattern = "%" + escaped
	case MatchPattern:
		pattern = strings.ReplaceAll(value, "!", "!!")
		if !strings.ContainsAny(value, "%_") {
			pattern = "%" + escaped + "%"
		}
	default:
		pattern = "%" + escaped + "%"
	}
	return Call{Op: OpLike, Args: []Expr{Fold(e), Fold(Text(pattern))}, Typ: datatype.Bool}
}

// NotLike keeps rows that Like leaves out, nulls among them.
func NotLike(e Expr, m Match, value string) Expr {
	return Or(Not(Like(e, m, value)), IsNull(e))
}

// Moment is a point in time as a constant to compare an expression of type t
// with: a Date where both are whole days.
func Moment(t datatype.Type, v time.Time) Const {
	if t == datatype.Date && v.Equal(v.Truncate(24*time.Hour)) {
		return Const{Value: v, Typ: datatype.Date}
	}
	return Const{Value: v, Typ: datatype.DateTime}
}

// Within keeps rows whose date e lies in the half-open interval [from, to).
func Within(e Expr, from, to time.Time) Expr {
	return And(CompareDate(OpGe, e, from, to), Compare(OpLt, e, Moment(e.Type(), to)))
}

// CompareDate compares a date with a whole interval: before it, after it, or
// with either of its ends included (search-language.md 3.4).
func CompareDate(op Op, e Expr, from, to time.Time) Expr {
	switch op {
	case OpLt:
		return Compare(OpLt, e, Moment(e.Type(), from))
	case OpLe:
		return Compare(OpLt, e, Moment(e.Type(), to))
	case OpGt:
		return Compare(OpGe, e, Moment(e.Type(), to))
	case OpGe:
		return Compare(OpGe, e, Moment(e.Type(), from))
	case OpNe:
		return Or(Not(Within(e, from, to)), IsNull(e))
	}
	return Within(e, from, to)
}

// Less reports whether a constant stands before another of the same family.
func Less(a, b Expr) bool {
	x, okX := a.(Const)
	y, okY := b.(Const)
	if !okX || !okY {
		return false
	}
	switch v := x.Value.(type) {
	case string:
		w, ok := y.Value.(string)
		return ok && v < w
	case time.Time:
		w, ok := y.Value.(time.Time)
		return ok && v.Before(w)
	}
	v, okV := number(x.Value)
	w, okW := number(y.Value)
	return okV && okW && v < w
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

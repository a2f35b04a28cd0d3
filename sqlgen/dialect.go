package sqlgen

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// Dialect is what differs between databases. Its methods get operands as SQL
// that can stand anywhere, and return SQL that can stand anywhere.
type Dialect interface {
	// Name is the short name of the dialect, for messages.
	Name() string
	// Ident quotes an identifier. Any text without NUL is a valid one.
	Ident(name string) string
	// Param refers to argument n, counted from 1, as a value of a type.
	Param(n int, t datatype.Type) string
	// Call writes an operation. It returns an empty text for one that the
	// database does not have.
	Call(c expr.Call, args []string) string
	// Agg writes an aggregate; an empty text as Call does.
	Agg(a expr.Agg, arg string) string
	// Same compares two values, null being the same as null. The condition
	// can be used in every kind of join.
	Same(a, b string, t datatype.Type) string
	// Sortable makes a value sort by code point where the database would not.
	Sortable(sql string, t datatype.Type) string
}

// Base writes what databases agree on. Dialects embed it and override what
// they do otherwise.
type Base struct {
	Nulls Nulls // nil: NullIf
}

func (b Base) nulls() Nulls {
	if b.Nulls == nil {
		return NullIf
	}
	return b.Nulls
}

// Ident quotes as the SQL standard does.
func (Base) Ident(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Param writes $n.
func (Base) Param(n int, _ datatype.Type) string { return fmt.Sprintf("$%d", n) }

// Same writes IS NOT DISTINCT FROM.
func (Base) Same(a, b string, _ datatype.Type) string {
	return "(" + a + " IS NOT DISTINCT FROM " + b + ")"
}

// Sortable changes nothing.
func (Base) Sortable(sql string, _ datatype.Type) string { return sql }

var infix = map[expr.Op]string{
	expr.OpAdd: "+", expr.OpSub: "-", expr.OpMul: "*",
	expr.OpEq: "=", expr.OpNe: "<>", expr.OpLt: "<", expr.OpLe: "<=", expr.OpGt: ">", expr.OpGe: ">=",
}

// Call writes the operations of standard SQL.
func (b Base) Call(c expr.Call, args []string) string {
	if op, ok := infix[c.Op]; ok {
		return "(" + args[0] + " " + op + " " + args[1] + ")"
	}
	switch c.Op {
	case expr.OpNeg:
		return "(- " + args[0] + ")"
	case expr.OpDiv:
		return "(" + args[0] + " / " + b.nulls()(args[1], "0") + ")"
	case expr.OpIn:
		if len(args) == 1 {
			return "FALSE"
		}
		return "(" + args[0] + " IN (" + strings.Join(args[1:], ", ") + "))"
	case expr.OpIsNull:
		return "(" + args[0] + " IS NULL)"
	case expr.OpAnd:
		return logical(args, " AND ", "TRUE")
	case expr.OpOr:
		return logical(args, " OR ", "FALSE")
	case expr.OpNot:
		return "(NOT " + args[0] + ")"
	case expr.OpCase:
		var s strings.Builder
		s.WriteString("CASE")
		for i := 0; i+1 < len(args); i += 2 {
			s.WriteString(" WHEN " + args[i] + " THEN " + args[i+1])
		}
		if len(args)%2 == 1 {
			s.WriteString(" ELSE " + args[len(args)-1])
		}
		return s.String() + " END"
	case expr.OpCoalesce:
		return "COALESCE(" + strings.Join(args, ", ") + ")"
	case expr.OpFold:
		return "lower(" + args[0] + ")"
	case expr.OpTrim:
		return "trim(" + args[0] + ")"
	case expr.OpLike:
		return "(" + args[0] + " LIKE " + args[1] + " ESCAPE '!')"
	case expr.OpGreatest, expr.OpLeast:
		return string(c.Op) + "(" + strings.Join(args, ", ") + ")"
	}
	if sql := b.nulls().callNumber(c, args); sql != "" {
		return sql
	}
	return callText(c, args)
}

func logical(args []string, op, none string) string {
	switch len(args) {
	case 0:
		return none
	case 1:
		return args[0]
	}
	return "(" + strings.Join(args, op) + ")"
}

// Agg writes the aggregates of standard SQL.
func (Base) Agg(a expr.Agg, arg string) string {
	switch a.Fn {
	case expr.AggSum:
		return "SUM(" + arg + ")"
	case expr.AggCount:
		if a.Arg.Level() == expr.LevelConst {
			return "COUNT(*)"
		}
		return "COUNT(" + arg + ")"
	case expr.AggCountDistinct:
		return "COUNT(DISTINCT " + arg + ")"
	case expr.AggAverage:
		return "AVG(" + arg + ")"
	case expr.AggMin:
		return "MIN(" + arg + ")"
	case expr.AggMax:
		return "MAX(" + arg + ")"
	case expr.AggStddev:
		return "STDDEV_SAMP(" + arg + ")"
	case expr.AggVariance:
		return "VAR_SAMP(" + arg + ")"
	}
	return ""
}

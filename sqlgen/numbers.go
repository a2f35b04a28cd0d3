package sqlgen

import (
	"fmt"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// Databases refuse to compute what is no real number, or too large for its
// type. An argument outside the range of a function is therefore moved to the
// value just beside it by greatest or least, which is made null. Null is skipped
// by those, and so becomes null too. That names the argument once, so that
// functions of functions do not double in length.

// Nulls writes x, or null where it equals a value.
type Nulls func(x, value string) string

// NullIf is how databases write it that look at x once.
func NullIf(x, value string) string { return "nullif(" + x + ", " + value + ")" }

// callNumber writes the operations on numbers.
func (nulls Nulls) callNumber(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpAbs:
		if c.Typ == datatype.Int64 {
			return "abs(" + nulls("CAST("+args[0]+" AS bigint)", "-9223372036854775807 - 1") + ")"
		}
		return "abs(" + Float(args[0]) + ")"
	case expr.OpCeil, expr.OpFloor, expr.OpTrunc, expr.OpRound:
		return nulls.Fit(fmt.Sprintf("%s(%s)", c.Op, Float(args[0])), c.Typ)
	case expr.OpMod:
		return "(" + args[0] + " % " + nulls(args[1], "0") + ")"
	case expr.OpSqrt:
		return "sqrt(" + nulls.above(Float(args[0]), "-5e-324") + ")"
	case expr.OpLn, expr.OpLog2, expr.OpLog10:
		return fmt.Sprintf("%s(%s)", c.Op, nulls.Positive(args[0]))
	case expr.OpExp: // 0 where it is too small for a Double, as engines disagree on that
		x := Float(args[0])
		return "CASE WHEN " + x + " < -708 THEN 0 ELSE exp(" + nulls.below(x, "709.7827128933841") + ") END"
	case expr.OpSin, expr.OpCos, expr.OpTan:
		return fmt.Sprintf("%s(%s)", c.Op, nulls.Finite(Float(args[0])))
	case expr.OpAsin, expr.OpAcos:
		return fmt.Sprintf("%s(%s)", c.Op, nulls.below(nulls.above(Float(args[0]), "-1.0000000000000002"), "1.0000000000000002"))
	case expr.OpCbrt, expr.OpAtan:
		return fmt.Sprintf("%s(%s)", c.Op, Float(args[0]))
	case expr.OpAtan2:
		return fmt.Sprintf("atan2(%s, %s)", Float(args[0]), Float(args[1]))
	}
	return ""
}

// Float is a number as a Double.
func Float(x string) string { return "CAST(" + x + " AS float8)" }

// Finite is a Double, or null where it is infinite.
func (nulls Nulls) Finite(x string) string {
	return nulls(nulls(x, real("inf")), real("-inf"))
}

// Positive is a number as a Double, or null where it is 0 or less.
func (nulls Nulls) Positive(x string) string { return nulls.above(Float(x), "0") }

// Fit is a whole Double in a type, null where it does not fit.
func (nulls Nulls) Fit(x string, t datatype.Type) string {
	if t != datatype.Int64 {
		return x
	}
	return "CAST(" + nulls.below(nulls.above(x, "-9223372036854777856"), "9223372036854775808") + " AS bigint)"
}

// above is x, or null where it is not greater than a number.
func (nulls Nulls) above(x, low string) string {
	return nulls("greatest("+x+", "+real(low)+")", real(low))
}

// below is x, or null where it is not less than a number.
func (nulls Nulls) below(x, high string) string {
	return nulls("least("+x+", "+real(high)+")", real(high))
}

func real(number string) string { return "CAST('" + number + "' AS float8)" }

package expr

import "github.com/searchlight-bi/searchlight/datatype"

// Operations on numbers. Each has a value for every row: where there is no
// real, finite number that fits the type, it is null. Unless said otherwise
// the result is a Double.
const (
	OpAbs   Op = "abs"   // in the type of the argument, Int64 or Double
	OpCeil  Op = "ceil"  // to a whole number as Int64 or Double
	OpFloor Op = "floor" // likewise
	OpRound Op = "round" // likewise, halves away from zero
	OpTrunc Op = "trunc" // likewise, towards zero
	OpMod   Op = "mod"   // the remainder of Int64s, with the sign of the first; null when the divisor is 0

	OpSqrt  Op = "sqrt"
	OpCbrt  Op = "cbrt"
	OpExp   Op = "exp"
	OpLn    Op = "ln"
	OpLog2  Op = "log2"
	OpLog10 Op = "log10"
	OpSin   Op = "sin" // of radians, as all angles are
	OpCos   Op = "cos"
	OpTan   Op = "tan"
	OpAsin  Op = "asin"
	OpAcos  Op = "acos"
	OpAtan  Op = "atan"
	OpAtan2 Op = "atan2" // y, x

	OpGreatest Op = "greatest" // of values of one type that sort, texts by code point; null only if all are
	OpLeast    Op = "least"
)

// Number applies an operation on numbers that gives a Double.
func Number(op Op, args ...Expr) Expr {
	return Call{Op: op, Args: args, Typ: datatype.Double}
}

// Whole applies OpCeil, OpFloor, OpRound or OpTrunc, to Int64.
func Whole(op Op, e Expr) Expr {
	return Call{Op: op, Args: []Expr{e}, Typ: datatype.Int64}
}

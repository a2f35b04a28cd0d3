package postgres

import (
	"fmt"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// convert writes the operations that change types.
func convert(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpCast:
		if len(c.Args) > 0 && c.Args[0].Type() == datatype.Bool && c.Typ.IsNumeric() { // which only integer takes
			return cast("CAST("+args[0]+" AS integer)", c.Typ)
		}
		return cast(args[0], c.Typ)
	case expr.OpToText:
		if t := c.Args[0].Type(); t.IsInteger() || t == datatype.Bool {
			return cast(args[0], c.Typ)
		}
		x := sqlgen.Float(args[0])
		// The server would write these with an exponent already.
		return fmt.Sprintf("CASE WHEN abs(%[1]s) >= 1e15 AND abs(%[1]s) < 1e16 THEN CAST(%s AS text) ELSE CAST(nullif(%s, 'NaN') AS text) END",
			x, exactly(x), nulls.Finite(x))
	case expr.OpExtract:
		return "substring(" + args[0] + " from " + args[1] + ")"
	}
	return ""
}

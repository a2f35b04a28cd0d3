package duckdb

import (
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// convert writes the operations that change types.
func convert(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpCast:
		if c.Typ == datatype.Time && len(c.Args) > 0 {
			args[0] = nulls.FiniteDate(args[0])
		}
		if name, ok := typeNames[c.Typ]; ok {
			return "CAST(" + args[0] + " AS " + name + ")"
		}
		return args[0]
	case expr.OpToText:
		if t := c.Args[0].Type(); t.IsInteger() || t == datatype.Bool {
			return "CAST(" + args[0] + " AS VARCHAR)"
		}
		x := nulls(nulls.Finite(sqlgen.Float(args[0])), "CAST('nan' AS DOUBLE)")
		return "regexp_replace(CAST(" + x + " AS VARCHAR), '\\.0$', '')"
	case expr.OpExtract: // gives an empty text where it finds nothing
		return nulls("regexp_extract("+args[0]+", "+args[1]+", 1)", "''")
	}
	return ""
}

package postgres

import (
	"context"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// The catalogue knows materialized views, which information_schema does not.
// An enum is text to searches; a domain is what it is made of.
const describeSQL = `SELECT a.attname::text,
	format_type(a.atttypid, a.atttypmod),
	CASE WHEN b.typtype = 'e' THEN 'text' ELSE format_type(b.oid, CASE WHEN t.typbasetype = 0 THEN a.atttypmod ELSE t.typtypmod END) END
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typbasetype = 0 THEN t.oid ELSE t.typbasetype END
WHERE c.relname = $1::text
AND c.relkind IN ('r', 'v', 'm', 'f', 'p')
AND CASE WHEN $2::text = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2::text END
AND $3::text IN ('', current_database())
ORDER BY a.attnum`

// Describe implements engine.Engine. Names are compared exactly.
func (e *Engine) Describe(ctx context.Context, t engine.Table) ([]engine.Column, error) {
	rows, err := e.Query(ctx, engine.Statement{SQL: describeSQL, Args: []any{t.Name, t.Schema, t.Database}})
	if err != nil {
		return nil, err
	}
	cells, err := result.ReadAll(ctx, rows)
	if err != nil {
		return nil, err
	}
	if len(cells) == 0 {
		return nil, errNoTable(t)
	}
	columns := make([]engine.Column, len(cells))
	for i, cell := range cells {
		columns[i].Name, _ = cell[0].(string)
		columns[i].Native, _ = cell[1].(string)
		base, _ := cell[2].(string)
		columns[i].Type = typeOf(base)
	}
	return columns, nil
}

// typeOf is the type that a name of format_type stands for.
func typeOf(native string) datatype.Type {
	if strings.HasSuffix(native, "[]") {
		return datatype.Unknown
	}
	// timestamp(3) without time zone
	name, rest, _ := strings.Cut(native, "(")
	parameters, suffix, _ := strings.Cut(rest, ")")
	switch name + suffix {
	case "boolean":
		return datatype.Bool
	case "smallint", "integer":
		return datatype.Int32
	case "bigint", "oid":
		return datatype.Int64
	case "real":
		return datatype.Float
	case "double precision":
		return datatype.Double
	case "numeric":
		if _, scale, ok := strings.Cut(parameters, ","); ok && scale == "0" {
			return datatype.Int64
		}
		return datatype.Double
	case "character", `"char"`:
		return datatype.Char
	case "character varying", "text", "name", "uuid", "citext":
		return datatype.Varchar
	case "date":
		return datatype.Date
	case "timestamp without time zone", "timestamp with time zone":
		return datatype.DateTime
	case "time without time zone":
		return datatype.Time
	}
	return datatype.Unknown
}

package duckdb

import (
	"context"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// DuckDB compares names without regard to case.
const describeSQL = `SELECT column_name, data_type FROM duckdb_columns()
WHERE lower(table_name) = lower($1)
AND lower(schema_name) = lower(coalesce($2, current_schema()))
AND lower(database_name) = lower(coalesce($3, current_database()))
ORDER BY column_index`

// Describe implements engine.Engine.
func (e *Engine) Describe(ctx context.Context, t engine.Table) ([]engine.Column, error) {
	rows, err := e.Query(ctx, engine.Statement{SQL: describeSQL, Args: []any{t.Name, orNil(t.Schema), orNil(t.Database)}})
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
		native, _ := cell[1].(string)
		columns[i].Name, _ = cell[0].(string)
		columns[i].Native = native
		columns[i].Type = typeOf(native)
	}
	return columns, nil
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// typeOf is the type that DuckDB's name of a type stands for.
func typeOf(native string) datatype.Type {
	name, parameters, _ := strings.Cut(native, "(")
	if strings.HasSuffix(native, "]") { // a list, such as INTEGER[]
		return datatype.Unknown
	}
	switch name {
	case "BOOLEAN":
		return datatype.Bool
	case "TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT":
		return datatype.Int32
	case "BIGINT", "UINTEGER", "UBIGINT", "HUGEINT", "UHUGEINT":
		return datatype.Int64
	case "DECIMAL":
		if strings.HasSuffix(parameters, ",0)") {
			return datatype.Int64
		}
		return datatype.Double
	case "FLOAT":
		return datatype.Float
	case "DOUBLE":
		return datatype.Double
	case "VARCHAR", "ENUM", "UUID":
		return datatype.Varchar
	case "DATE":
		return datatype.Date
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE":
		return datatype.DateTime
	case "TIME", "TIME_NS":
		return datatype.Time
	}
	return datatype.Unknown
}

// Schema is where tables of the database stand.
const Schema = "main"

const tablesSQL = `SELECT database_name, table_name FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = $1 AND NOT internal AND NOT temporary
ORDER BY table_name`

// Tables lists the tables of the database in Schema, by name.
func (e *Engine) Tables(ctx context.Context) ([]engine.Table, error) {
	rows, err := e.Query(ctx, engine.Statement{SQL: tablesSQL, Args: []any{Schema}})
	if err != nil {
		return nil, err
	}
	cells, err := result.ReadAll(ctx, rows)
	if err != nil {
		return nil, err
	}
	tables := make([]engine.Table, len(cells))
	for i, cell := range cells {
		tables[i].Schema = Schema
		tables[i].Database, _ = cell[0].(string)
		tables[i].Name, _ = cell[1].(string)
	}
	return tables, nil
}

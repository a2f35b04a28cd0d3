package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/result"
)

const flightRows = 3_000_000

// flightColumns are the columns that the table of flights must have: date
// with time, minutes, miles, and two airports.
var flightColumns = []string{"date", "delay", "distance", "origin", "destination"}

var flights = engine.Table{Name: "flights"}

// loadFlights makes the table of flights, from a file or out of nothing.
func loadFlights(ctx context.Context, e *duckdb.Engine, file string, rows int) error {
	if file != "" {
		return loadFile(ctx, e, file)
	}
	return e.Update(ctx, func(tx *duckdb.Tx) error {
		_, err := tx.Exec(ctx, engine.Statement{SQL: generateFlights(rows)})
		return err
	})
}

// generateFlights makes flights of 181 days between 200 airports, some with
// many more than others, by arithmetic on the row number alone: the same ones
// everywhere.
func generateFlights(rows int) string {
	return fmt.Sprintf(`CREATE TABLE flights AS
WITH numbers AS (
	SELECT range AS i, (range * 2654435761 + 97) %% 4294967291 AS a, (range * 40503 + 12345) %% 2147483647 * 48271 %% 2147483647 AS b
	FROM range(%[1]d)
), picked AS (
	SELECT i, a, b, (a %% 200) * (b %% 200) // 200 AS o, (a // 200 %% 200) * (b // 200 %% 200) // 200 AS d FROM numbers
)
SELECT
	TIMESTAMP '2001-01-01' + to_minutes(i * 181 * 1440 // %[1]d) AS date,
	CAST((a // 7 %% 60) * (b // 11 %% 40) // 20 - 25 AS BIGINT) AS delay,
	CAST(100 + (o * 37 + d * 53) %% 2400 AS BIGINT) AS distance,
	CASE o WHEN 0 THEN 'LAS' ELSE chr(CAST(65 + o // 26 AS INTEGER)) || chr(CAST(65 + o %% 26 AS INTEGER)) || 'X' END AS origin,
	CASE d WHEN 0 THEN 'LAS' ELSE chr(CAST(65 + d // 26 AS INTEGER)) || chr(CAST(65 + d %% 26 AS INTEGER)) || 'X' END AS destination
FROM picked`, rows)
}

func loadFile(ctx context.Context, e *duckdb.Engine, file string) error {
	read := "SELECT " + strings.Join(flightColumns, ", ") + " FROM read_parquet($1)"
	if strings.HasSuffix(strings.ToLower(file), ".csv") {
		read = strings.Replace(read, "read_parquet", "read_csv", 1)
	}
	described, err := e.ReadFiles(ctx, engine.Statement{SQL: "DESCRIBE " + read, Args: []any{file}})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	rows, err := result.ReadAll(ctx, described)
	if err != nil {
		return err
	}
	var columns []string
	for _, row := range rows {
		columns = append(columns, fmt.Sprintf("%s %s", row[0], row[1]))
	}
	if !slices.ContainsFunc(columns, func(c string) bool { return strings.HasPrefix(c, "date TIMESTAMP") }) {
		return fmt.Errorf("%s: the column date has no times: %s", file, strings.Join(columns, ", "))
	}
	return e.Update(ctx, func(tx *duckdb.Tx) error {
		create := "CREATE TABLE flights (" + strings.Join(columns, ", ") + ")"
		if _, err := tx.Exec(ctx, engine.Statement{SQL: create}); err != nil {
			return err
		}
		_, err := tx.InsertFiles(ctx, flights, engine.Statement{SQL: read, Args: []any{file}})
		return err
	})
}

// makeWide makes the table whose rows are streamed: 6 columns of different
// types.
func makeWide(ctx context.Context, e *duckdb.Engine, rows int) error {
	_, err := e.Exec(ctx, engine.Statement{SQL: fmt.Sprintf(`CREATE TABLE wide AS SELECT
	range AS row_id,
	DATE '2020-01-01' + CAST(range %% 1461 AS INTEGER) AS day,
	'name number ' || (range %% 1000) AS name,
	CAST(range %% 100 AS INTEGER) AS quantity,
	CAST(range * 137 %% 1000003 AS DOUBLE) / 100 AS amount,
	CAST(range * 0.01 AS DECIMAL(18, 2)) AS price
FROM range(%d)`, rows)})
	return err
}

package duckdb_test

import (
	"errors"
	"io"
	"testing"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/result"
)

const benchRows = 1_000_000

func benchEngine(b *testing.B) *duckdb.Engine {
	e := open(b, "", duckdb.Options{})
	exec(b, e, `CREATE TABLE t AS SELECT range AS id, (range * 1.37)::DOUBLE AS amount, DATE '2020-01-01' + (range % 3000)::INTEGER AS day,
		'name number ' || (range % 1000) AS name, (range % 100)::INTEGER AS quantity, (range * 0.01)::DECIMAL(18, 2) AS price FROM range(1000000)`)
	return e
}

// BenchmarkStream reads 1,000,000 rows of 6 columns; with JSON it also encodes
// them.
func BenchmarkStream(b *testing.B) {
	for _, encode := range []bool{false, true} {
		name := "chunks"
		if encode {
			name = "JSON"
		}
		b.Run(name, func(b *testing.B) {
			e := benchEngine(b)
			f := &result.Format{}
			var buffer []byte
			var size int64
			b.ReportAllocs()
			for b.Loop() {
				rows, err := e.Query(b.Context(), engine.Statement{SQL: "SELECT * FROM t"})
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				size = 0
				for {
					chunk, err := rows.Next(b.Context())
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					n += chunk.Rows
					if encode {
						buffer = chunk.AppendRowsCompact(buffer[:0], 0, chunk.Rows, f)
						size += int64(len(buffer)) + 1
					}
				}
				if err := rows.Close(); err != nil || n != benchRows {
					b.Fatal(n, err)
				}
			}
			b.SetBytes(size)
			b.ReportMetric(float64(b.N)*benchRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkSmallQuery is what the engine adds to a statement that does little.
func BenchmarkSmallQuery(b *testing.B) {
	e := benchEngine(b)
	b.ReportAllocs()
	for b.Loop() {
		rows, err := e.Query(b.Context(), engine.Statement{SQL: "SELECT name, price FROM t WHERE id = $1", Args: []any{int64(77)}})
		if err != nil {
			b.Fatal(err)
		}
		if values, err := result.ReadAll(b.Context(), rows); err != nil || len(values) != 1 {
			b.Fatal(values, err)
		}
	}
}

package main

import (
	"context"
	"errors"
	"io"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/result"
)

// drain runs a statement on the engine alone and reads every chunk of it: the
// statement is prepared, run, and its rows are there as vectors of Go.
func drain(ctx context.Context, e *duckdb.Engine, sql string) (rows int, err error) {
	return each(ctx, e, sql, func(*result.Chunk) error { return nil })
}

// writeSize is how much is gathered before it is written, as in the server.
const writeSize = 64 << 10

// encode is drain, and writes the rows to out as the JSON of COMPACT.
func encode(ctx context.Context, e *duckdb.Engine, sql string, out io.Writer) (rows int, err error) {
	buffer := make([]byte, 0, 2*writeSize)
	format := &result.Format{}
	rows, err = each(ctx, e, sql, func(c *result.Chunk) error {
		const atOnce = 256
		for from := 0; from < c.Rows; from += atOnce {
			if from > 0 {
				buffer = append(buffer, ',')
			}
			buffer = c.AppendRowsCompact(buffer, from, min(from+atOnce, c.Rows), format)
			if len(buffer) >= writeSize {
				if _, err := out.Write(buffer); err != nil {
					return err
				}
				buffer = buffer[:0]
			}
		}
		buffer = append(buffer, ',')
		return nil
	})
	if err == nil {
		_, err = out.Write(buffer)
	}
	return rows, err
}

func each(ctx context.Context, e *duckdb.Engine, sql string, visit func(*result.Chunk) error) (count int, err error) {
	rows, err := e.Query(ctx, engine.Statement{SQL: sql})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		c, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		if err := visit(c); err != nil {
			return count, err
		}
		count += c.Rows
	}
}

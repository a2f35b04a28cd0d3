package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/searchlight-bi/searchlight/engine"
)

func unreachable(err error) error {
	return &engine.Error{Kind: engine.KindUnreachable, Message: err.Error(), Err: err}
}

func failed(format string, args ...any) error {
	return &engine.Error{Kind: engine.KindFailed, Message: fmt.Sprintf(format, args...)}
}

func errCancelled(cause error) error {
	return &engine.Error{Kind: engine.KindCancelled, Message: "the query was cancelled: " + cause.Error(), Err: cause}
}

func errNoTable(t engine.Table) error {
	name := t.Name
	if t.Schema != "" {
		name = t.Schema + "." + name
	}
	if t.Database != "" {
		name = t.Database + "." + name
	}
	return &engine.Error{Kind: engine.KindNoTable, Message: fmt.Sprintf("table %s does not exist", name)}
}

func errClosedRows() error { return failed("the rows are closed") }

// newError makes an engine.Error of an error of the driver; nil stays nil.
func newError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if cause := ctx.Err(); cause != nil {
		return errCancelled(cause)
	}
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		// The connection failed, or what came over it made no sense.
		return unreachable(err)
	}
	message := server.Message
	if server.Hint != "" {
		message += " (" + server.Hint + ")"
	}
	return &engine.Error{Kind: kindOf(server.Code), Message: message, Err: err}
}

// kindOf reads an SQLSTATE (PostgreSQL documentation, appendix A).
func kindOf(code string) engine.ErrorKind {
	switch code {
	case "57014": // query_canceled, by a timeout too
		return engine.KindCancelled
	case "42P01", "3F000": // undefined_table, invalid_schema_name
		return engine.KindNoTable
	case "3D000", "53300", "57P01", "57P02", "57P03": // no such database, too many connections, shut down
		return engine.KindUnreachable
	}
	switch code[:min(2, len(code))] {
	case "08", "28": // connection exceptions, invalid authorization
		return engine.KindUnreachable
	}
	return engine.KindFailed
}

package engine

import (
	"context"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/result"
)

// Statement is a query with its arguments; the text refers to them as $1, $2
// and so on. Arguments are nil, bool, int64, float64, string or time.Time
// (wall-clock, in UTC).
type Statement struct {
	SQL  string
	Args []any
}

// Engine is a database that answers queries. Its methods may be called from
// many goroutines at once.
type Engine interface {
	// Query runs one statement that only reads and streams its rows, which the
	// caller closes. Cancelling ctx stops the work inside the database, before
	// the first row and after. It fails with an Error, as do the rows; that of a
	// cancelled context wraps the context's own.
	Query(ctx context.Context, s Statement) (result.Rows, error)
	// Describe lists the columns of a table in order. It fails with KindNoTable
	// when there is no such table.
	Describe(ctx context.Context, t Table) ([]Column, error)
	// Ping fails when the database does not answer.
	Ping(ctx context.Context) error
	Close() error
}

// Table names a physical table. An empty Database or Schema is the
// connection's default.
type Table struct {
	Database, Schema, Name string
}

// Column is a column of a physical table.
type Column struct {
	Name   string
	Type   datatype.Type // Unknown: a type that searches cannot use
	Native string        // the database's own name of the type
}

// ErrorKind tells failures apart that callers treat differently.
type ErrorKind uint8

// The kinds of failures.
const (
	KindFailed      ErrorKind = iota // the statement failed
	KindCancelled                    // its context was cancelled, or ran out
	KindUnreachable                  // the database could not be reached or refused the login
	KindNoTable                      // the table does not exist
)

// Error is a failure of an engine.
type Error struct {
	Kind    ErrorKind
	Message string // what the database says, for the log and administrators
	Err     error
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

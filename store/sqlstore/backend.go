package sqlstore

import (
	"context"
	"database/sql"
)

// Failure is what the store needs to know of an error of a driver.
type Failure int

// The kinds of failures.
const (
	FailureOther       Failure = iota
	FailureRetry               // the transaction may succeed when it runs again
	FailureDuplicate           // a unique value is taken
	FailureDangling            // a foreign key names nothing
	FailureUnavailable         // the database does not answer, or is busy
)

// Backend is a database as the store sees it: what tells it from the others.
type Backend interface {
	// View begins a transaction that reads one consistent state.
	View(ctx context.Context) (*sql.Tx, error)
	// Update begins a transaction that waits for every other one that writes,
	// and sees what they wrote.
	Update(ctx context.Context) (*sql.Tx, error)
	// Migrate begins a transaction that waits for every other one begun by
	// Migrate, in all processes.
	Migrate(ctx context.Context) (*sql.Tx, error)
	// RunScript runs several statements, separated by semicolons.
	RunScript(ctx context.Context, tx *sql.Tx, script string) error

	// Statement is the statement with its placeholders, all written ?, as the
	// driver wants them.
	Statement(statement string) string
	// Listed is the condition that the column, a text, is an element of the
	// array of texts that comes as JSON in a single placeholder.
	Listed(column string) string
	// Unordered is the column in a form that keeps the planner from preferring
	// an index on it to one in the order of the query, where it would.
	Unordered(column string) string
	// Classify recognises an error of the driver by its code.
	Classify(err error) Failure

	Ping(ctx context.Context) error
	Close() error
}

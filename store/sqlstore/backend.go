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
	// Reader runs statements that read, each by itself.
	Reader() *sql.DB
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
	// Elements is a query for the elements of an array of texts, which comes as
	// JSON in a single placeholder.
	Elements() string
	// Listed is the condition that the column is such an element. It is for
	// columns with an index: a row is looked up for each element.
	Listed(column string) string
	// Among is the same for rows that have been found, and for few elements.
	Among(column string) string
	// Pairs is a table of each key of a JSON object with each element of its
	// array of texts. Its columns are key and value; the object comes in a
	// single placeholder.
	Pairs() string
	// Unordered is the column in a form that keeps the planner from preferring
	// an index on it to one in the order of the query, where it would.
	Unordered(column string) string
	// Explain is the query for the plan of another one; the last column is text.
	Explain(query string) string
	// Merge is a query for the IDs on a page of a list. It reads little more
	// than the page, however much the principals have access to: their rows are
	// in the order of the list by principal and type, so that it is enough to
	// follow all of them side by side.
	Merge(m Merge) (query string, args []any)
	// Classify recognises an error of the driver by its code.
	Classify(err error) Failure

	Ping(ctx context.Context) error
	Close() error
}

// Merge is a list of objects that several principals have access to: a row of
// the table access stands for one object and one principal, and is called a in
// Where. Each object is listed once.
type Merge struct {
	Principals, Types string   // arrays of texts, as JSON
	Key               string   // the column of access that orders the list, before the ID
	Descending        bool     // by the key
	Mirrored          bool     // by the ID
	Where             []string // conditions
	Args              []any    // of Where
	Offset, Limit     int
}

// Directions are DESC or nothing, after the key and the ID in ORDER BY.
func (m *Merge) Directions() (key, id string) { return direction(m.Descending), direction(m.Mirrored) }

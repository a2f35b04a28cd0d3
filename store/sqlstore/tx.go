package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

// Tx is a transaction of a Store.
type Tx struct {
	ctx     context.Context
	store   *Store
	sql     *sql.Tx
	now     time.Time
	changes int64    // of objects, principals and settings, so far
	undo    []func() // restore what the transaction wrote into its arguments

	readOnly bool
	observe  func(query string, args []any) // nil: nobody wants to know what is asked
	// failure is the first error of the database. PostgreSQL refuses every
	// statement after it; keeping it makes all databases behave so.
	failure error
}

var _ searchlight.Tx = (*Tx)(nil)

func (s *Store) newTx(ctx context.Context, transaction *sql.Tx) *Tx {
	return &Tx{ctx: ctx, store: s, sql: transaction, now: s.now().UTC().Truncate(time.Millisecond)}
}

// Now implements searchlight.Tx.
func (tx *Tx) Now() time.Time { return tx.now }

// Version implements searchlight.Tx. Changes of the transaction itself count.
func (tx *Tx) Version() (int64, error) {
	version, err := one[int64](tx, func(row scanner, v *int64) error { return row.Scan(v) },
		readVersion)
	if err != nil {
		return 0, err
	}
	return version + tx.changes, nil
}

// writeVersion is the last statement of every transaction that writes.
func (tx *Tx) writeVersion() error {
	if tx.failure != nil {
		return tx.failure
	}
	if tx.changes == 0 {
		return nil
	}
	_, err := tx.exec(`UPDATE version SET value = value + ?`, tx.changes)
	return err
}

// restore undoes, the last first, what the transaction wrote into its
// arguments: it was not kept, and may run again with the same ones.
func (tx *Tx) restore() {
	for i := len(tx.undo) - 1; i >= 0; i-- {
		tx.undo[i]()
	}
}

// set writes a value into an argument until the transaction is undone.
func set[T any](tx *Tx, target *T, value T) {
	old := *target
	tx.undo = append(tx.undo, func() { *target = old })
	*target = value
}

// exec runs a statement that writes and returns how many rows it touched.
func (tx *Tx) exec(statement string, args ...any) (int64, error) {
	if tx.readOnly {
		return 0, errWriteInView()
	}
	if err := tx.check(args); err != nil {
		return 0, err
	}
	if tx.observe != nil {
		tx.observe(statement, args)
	}
	result, err := tx.sql.ExecContext(tx.ctx, tx.store.backend.Statement(statement), args...)
	if err != nil {
		return 0, tx.fail(err)
	}
	touched, err := result.RowsAffected()
	if err != nil {
		return 0, tx.fail(err)
	}
	return touched, nil
}

// maxPlaceholders is how many one statement holds: few enough for all
// databases, and more would not be faster.
const maxPlaceholders = 4000

// insert writes rows, many with one statement. into is the table with its
// columns, and clash says what to do where a row is stored already; empty: none
// is.
func (tx *Tx) insert(into string, rows [][]any, clash string) error {
	if len(rows) == 0 {
		return nil
	}
	row := `(` + placeholders(len(rows[0])) + `)`
	for chunk := range slices.Chunk(rows, max(1, maxPlaceholders/len(rows[0]))) {
		if _, err := tx.exec(`INSERT INTO `+into+` VALUES `+row+strings.Repeat(`, `+row, len(chunk)-1)+clash, slices.Concat(chunk...)...); err != nil {
			return err
		}
	}
	return nil
}

type scanner interface{ Scan(dest ...any) error }

// all reads every row of a query.
func all[T any](tx *Tx, scan func(scanner, *T) error, query string, args ...any) ([]T, error) {
	if err := tx.check(args); err != nil {
		return nil, err
	}
	if tx.observe != nil {
		tx.observe(query, args)
	}
	rows, err := tx.sql.QueryContext(tx.ctx, tx.store.backend.Statement(query), args...)
	if err != nil {
		return nil, tx.fail(err)
	}
	defer func() { _ = rows.Close() }()
	var values []T
	for rows.Next() {
		var value T
		if err := scan(rows, &value); err != nil {
			return nil, tx.fail(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		return nil, tx.fail(err)
	}
	return values, nil
}

// one reads the only row of a query; it fails with errNoRow when there is none.
func one[T any](tx *Tx, scan func(scanner, *T) error, query string, args ...any) (T, error) {
	var value T
	if err := tx.check(args); err != nil {
		return value, err
	}
	err := scan(tx.sql.QueryRowContext(tx.ctx, tx.store.backend.Statement(query), args...), &value)
	if errors.Is(err, sql.ErrNoRows) {
		return value, errNoRow
	}
	if err != nil {
		return value, tx.fail(err)
	}
	return value, nil
}

// errNoRow never leaves the package: callers say what is missing.
var errNoRow = errors.New("no row")

// orMissing replaces errNoRow by what it means.
func orMissing(err, missing error) error {
	if err == errNoRow {
		return missing
	}
	return err
}

// taking is one for a statement that writes and returns what it wrote.
func taking[T any](tx *Tx, scan func(scanner, *T) error, statement string, args ...any) (T, error) {
	if tx.readOnly {
		var none T
		return none, errWriteInView()
	}
	return one(tx, scan, statement, args...)
}

// exists reports whether a query has a row.
func (tx *Tx) exists(query string, args ...any) (bool, error) {
	_, err := one[int](tx, func(row scanner, n *int) error { return row.Scan(n) }, query, args...)
	if err == errNoRow {
		return false, nil
	}
	return err == nil, err
}

func (tx *Tx) fail(err error) error {
	err = tx.store.explain(tx.ctx, err)
	if tx.failure == nil {
		tx.failure = err
	}
	return err
}

// check refuses to go on after a failure, and texts that one of the databases
// cannot hold, so that all of them hold the same.
func (tx *Tx) check(args []any) error {
	if tx.failure != nil {
		return tx.failure
	}
	for _, arg := range args {
		if text, ok := arg.(*string); ok && text != nil {
			arg = *text
		}
		if v := reflect.ValueOf(arg); v.Kind() == reflect.String && !storable(v.String()) {
			return errText()
		}
	}
	return nil
}

func storable(text string) bool {
	return utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// instant is a time as it is stored: milliseconds since the epoch, NULL for
// the zero time.
func instant(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

// instantOf reads an instant.
type instantOf struct{ time *time.Time }

// Scan implements sql.Scanner.
func (i instantOf) Scan(value any) error {
	var ms sql.NullInt64
	if err := ms.Scan(value); err != nil {
		return err
	}
	*i.time = time.Time{}
	if ms.Valid {
		*i.time = time.UnixMilli(ms.Int64).UTC()
	}
	return nil
}

package sqlstore

import (
	"database/sql"
	"slices"
)

// Plans lists how the database executes the statements that do makes in the
// transaction, a plan each, one line a step, in the words of the database.
func (tx *Tx) Plans(do func() error) ([][]string, error) {
	type statement struct {
		text string
		args []any
	}
	var statements []statement
	tx.observe = func(text string, args []any) { statements = append(statements, statement{text, args}) }
	err := do()
	tx.observe = nil
	if err != nil {
		return nil, err
	}
	plans := make([][]string, len(statements))
	for i, s := range statements {
		if plans[i], err = all(tx, scanLast, tx.store.backend.Explain(s.text), s.args...); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// scanLast reads the last column, which has the text of a step.
func scanLast(row scanner, step *string) error {
	columns, err := row.(*sql.Rows).Columns()
	if err != nil {
		return err
	}
	return row.Scan(append(slices.Repeat([]any{new(any)}, len(columns)-1), step)...)
}

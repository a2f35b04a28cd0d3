package sqlgen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/plan"
)

// Statement is SQL with its arguments: nil, bool, int64, float64, string or
// time.Time, referred to as $1, $2 and so on.
type Statement struct {
	SQL  string
	Args []any
}

// UnsupportedError says that a database lacks an operation.
type UnsupportedError struct {
	Dialect   string
	Operation string
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s is not available on %s", e.Operation, e.Dialect)
}

// maxExpression is how long the SQL of an expression may become, in bytes. A
// database may need to be told an argument several times, so that functions of
// functions grow fast.
const maxExpression = 1 << 20

// TooLongError says that an expression would become too long for a database.
type TooLongError struct{ Dialect string }

// Error implements error.
func (e *TooLongError) Error() string {
	return "a formula has too many functions within functions for " + e.Dialect
}

// Generate writes a plan. The columns of the statement are the outputs of the
// plan, in order. It fails with an UnsupportedError when the dialect lacks an
// operation, and with a TooLongError when an expression has more than 1 MiB.
func Generate(p *plan.Plan, d Dialect) (Statement, error) {
	b := &builder{}
	root, err := b.build(p.Root)
	if err != nil {
		return Statement{}, err
	}
	root.columns = nil
	names := make([]string, len(p.Outputs))
	for i, o := range p.Outputs {
		root.columns = append(root.columns, o.ID)
		names[i] = o.Name
	}
	w := &writer{d: d}
	w.block(root, names)
	if w.err != nil {
		return Statement{}, w.err
	}
	return Statement{SQL: w.b.String(), Args: w.args}, nil
}

type writer struct {
	d    Dialect
	b    strings.Builder
	args []any
	err  error
}

func (w *writer) write(parts ...string) {
	for _, p := range parts {
		w.b.WriteString(p)
	}
}

// block writes a SELECT; names are those of its columns, nil for inner ones.
func (w *writer) block(k *block, names []string) {
	w.write("SELECT ")
	if k.distinct {
		w.write("DISTINCT ")
	}
	position := map[expr.ColumnID]int{}
	for i, id := range k.columns {
		if i > 0 {
			w.write(", ")
		}
		position[id] = i + 1
		e := k.resolve(w.column(k, id))
		sql := w.expr(k, e)
		if k.grouped || k.distinct {
			sql = w.d.Sortable(sql, e.Type())
		}
		name := innerName(id)
		if names != nil {
			name = names[i]
		}
		w.write(sql, " AS ", w.d.Ident(name))
	}
	if len(k.columns) == 0 {
		w.write("1")
	}
	w.from(k)
	w.conditions(" WHERE ", k, k.where)
	if len(k.group) > 0 {
		w.write(" GROUP BY ")
		for i, id := range k.group {
			if i > 0 {
				w.write(", ")
			}
			w.write(strconv.Itoa(position[id]))
		}
	}
	w.conditions(" HAVING ", k, k.having)
	w.order(k, position)
	if k.limit != nil {
		w.write(fmt.Sprintf(" LIMIT %d", k.limit.Count))
		if k.limit.Offset > 0 {
			w.write(fmt.Sprintf(" OFFSET %d", k.limit.Offset))
		}
	}
	if k.fence {
		w.write(" OFFSET 0") // no database moves a condition past it
	}
}

// column is the expression of a column that a block gives.
func (w *writer) column(k *block, id expr.ColumnID) expr.Expr {
	if def, ok := k.defs[id]; ok {
		return def
	}
	return expr.Column{ID: id}
}

func (w *writer) from(k *block) {
	for i, r := range k.from {
		switch {
		case i == 0:
			w.write(" FROM ")
		default:
			w.write(" ", joinWords[r.kind], " ")
		}
		if r.table != nil {
			w.write(w.table(r.table))
		} else {
			w.write("(")
			w.block(r.sub, nil)
			w.write(")")
		}
		w.write(" AS ", r.alias)
		if i > 0 && r.kind != plan.CrossJoin {
			w.write(" ON ")
			for j, c := range r.on {
				if j > 0 {
					w.write(" AND ")
				}
				if c.expr != nil {
					w.write(w.expr(k, c.expr))
				} else {
					w.write(w.d.Same(w.expr(k, c.left), w.expr(k, c.right), c.right.Type()))
				}
			}
		}
	}
}

var joinWords = map[plan.JoinKind]string{
	plan.InnerJoin: "JOIN", plan.LeftJoin: "LEFT JOIN", plan.RightJoin: "RIGHT JOIN",
	plan.FullJoin: "FULL JOIN", plan.CrossJoin: "CROSS JOIN",
}

func (w *writer) table(s *plan.Scan) string {
	var parts []string
	for _, name := range []string{s.Place.Database, s.Place.Schema, s.Place.Table} {
		if name != "" {
			parts = append(parts, w.d.Ident(name))
		}
	}
	return strings.Join(parts, ".")
}

func (w *writer) conditions(word string, k *block, conds []expr.Expr) {
	var all []expr.Expr
	for _, c := range conds {
		all = append(all, expr.Conjuncts(c)...)
	}
	for i, c := range all {
		if i > 0 {
			word = " AND "
		}
		w.write(word, w.expr(k, c))
	}
}

func (w *writer) order(k *block, position map[expr.ColumnID]int) {
	for i, key := range k.order {
		if i == 0 {
			w.write(" ORDER BY ")
		} else {
			w.write(", ")
		}
		if at, ok := position[key.ID]; ok {
			w.write(strconv.Itoa(at))
		} else {
			w.write(w.expr(k, k.resolve(w.column(k, key.ID))))
		}
		w.write(direction(key.Descending))
	}
}

func direction(descending bool) string {
	if descending {
		return " DESC NULLS LAST"
	}
	return " ASC NULLS LAST"
}

// expr writes an expression; arguments of the statement are numbered in the
// order in which they are met.
func (w *writer) expr(k *block, e expr.Expr) string {
	switch e := e.(type) {
	case expr.Column:
		r, ok := k.refs[e.ID]
		if !ok {
			w.fail(fmt.Errorf("sqlgen: no column %s here", e))
			return "NULL"
		}
		return r.alias + "." + w.d.Ident(r.column)
	case expr.Const:
		if b, ok := e.Value.(bool); ok {
			if b {
				return "TRUE"
			}
			return "FALSE"
		}
		if e.Value == nil {
			return w.d.Call(expr.Call{Op: expr.OpCast, Typ: e.Typ}, []string{"NULL"})
		}
		w.args = append(w.args, e.Value)
		return w.d.Param(len(w.args), e.Typ)
	case expr.Call:
		args := make([]string, len(e.Args))
		for i, a := range e.Args {
			if e.Op == expr.OpCoalesce && isZero(a) {
				args[i] = "0" // a rule of meaning, not a value that somebody gave
				continue
			}
			args[i] = w.expr(k, a)
		}
		sql := w.d.Call(e, args)
		if sql == "" {
			w.fail(&UnsupportedError{w.d.Name(), operation(e.Op)})
		}
		if len(sql) > maxExpression {
			w.fail(&TooLongError{w.d.Name()})
			return "NULL"
		}
		return sql
	case expr.Agg:
		arg := ""
		if e.Arg.Level() != expr.LevelConst || e.Fn != expr.AggCount {
			arg = w.expr(k, e.Arg)
		}
		sql := w.d.Agg(e, arg)
		if sql == "" {
			w.fail(&UnsupportedError{w.d.Name(), string(e.Fn)})
		}
		return sql
	case rowNumber:
		return w.rowNumber(k, e)
	case exists:
		sub := &writer{d: w.d, args: w.args}
		sub.block(e.sub, nil)
		w.args = sub.args
		w.fail(sub.err)
		return "EXISTS (" + sub.b.String() + ")"
	}
	w.fail(fmt.Errorf("sqlgen: unknown expression %T", e))
	return "NULL"
}

// operation names an operation as those who write formulas know it.
func operation(op expr.Op) string {
	switch op {
	case expr.OpEditDistance:
		return "edit_distance, with edit_distance_with_cap and spells_like,"
	case expr.OpSimilarity:
		return "similarity, with similar_to,"
	}
	return string(op)
}

func isZero(e expr.Expr) bool {
	c, ok := e.(expr.Const)
	return ok && c.Value == int64(0)
}

func (w *writer) rowNumber(k *block, n rowNumber) string {
	var b strings.Builder
	b.WriteString("ROW_NUMBER() OVER (")
	for i, p := range n.partition {
		if i == 0 {
			b.WriteString("PARTITION BY ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(w.expr(k, p))
	}
	for i, o := range n.order {
		switch {
		case i > 0:
			b.WriteString(", ")
		case len(n.partition) > 0:
			b.WriteString(" ORDER BY ")
		default:
			b.WriteString("ORDER BY ")
		}
		b.WriteString(w.expr(k, o) + direction(n.down[i]))
	}
	return b.String() + ")"
}

// fail keeps the first error.
func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/joinexpr"
	"github.com/searchlight-bi/searchlight/source"
)

// joinEnd is one end of a join: what its expression calls it, and the role.
type joinEnd struct {
	names []string
	node  NodeID
}

// joinCondition compiles the expression of a join between two roles. At least
// one equality must tie the ends (tml.md 2.2).
func (c *compiler) joinCondition(text string, ends [2]joinEnd, at string) (expr.Expr, []KeyPair, bool) {
	e, ds := joinexpr.Parse(text)
	if ds.HasErrors() {
		for i := range ds {
			ds[i].Number = 14909
		}
		c.diagnose(at+"->on", "", source.NewText("", text), ds)
		return nil, nil, false
	}
	j := &joinCompiler{c: c, ends: ends, text: text, at: at}
	cond := j.condition(e)
	if j.failed {
		return nil, nil, false
	}
	var keys []KeyPair
	for _, eq := range joinexpr.Equalities(e) {
		l, lEnd := j.operand(eq.Left)
		r, rEnd := j.operand(eq.Right)
		left, right := l.(expr.Column).ID, r.(expr.Column).ID
		switch {
		case lEnd == 0 && rEnd == 1:
			keys = append(keys, KeyPair{From: left, To: right})
		case lEnd == 1 && rEnd == 0:
			keys = append(keys, KeyPair{From: right, To: left})
		}
	}
	if len(keys) == 0 {
		j.fail(source.Span{Start: 0, End: len(text)}, fmt.Sprintf(
			"The join needs at least one equality between a column of %s and one of %s", bold(ends[0].names[0]), bold(ends[1].names[0])))
		return nil, nil, false
	}
	return cond, keys, true
}

type joinCompiler struct {
	c      *compiler
	ends   [2]joinEnd
	text   string
	at     string
	failed bool
}

func (j *joinCompiler) fail(span source.Span, message string) {
	j.failed = true
	j.c.problem(Problem{Number: 14909, Path: j.at + "->on", Message: message, Text: source.NewText("", j.text),
		Diagnostic: &source.Diagnostic{Code: "join", Number: 14909, Span: span, Message: message}})
}

func (j *joinCompiler) condition(e joinexpr.Expr) expr.Expr {
	switch e := e.(type) {
	case *joinexpr.And:
		return expr.And(j.conditions(e.Terms)...)
	case *joinexpr.Or:
		return expr.Or(j.conditions(e.Terms)...)
	case *joinexpr.Not:
		return expr.Not(j.condition(e.Term))
	case *joinexpr.Comparison:
		return j.comparison(e)
	}
	j.fail(e.Span(), "The join condition cannot be understood")
	return expr.False
}

func (j *joinCompiler) conditions(terms []joinexpr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(terms))
	for i, t := range terms {
		out[i] = j.condition(t)
	}
	return out
}

var joinOps = map[joinexpr.Operator]expr.Op{
	joinexpr.Equal: expr.OpEq, joinexpr.NotEqual: expr.OpNe, joinexpr.Less: expr.OpLt,
	joinexpr.LessOrEqual: expr.OpLe, joinexpr.Greater: expr.OpGt, joinexpr.GreaterOrEqual: expr.OpGe,
}

// comparison compares without folding case: keys are compared as the database
// has them.
func (j *joinCompiler) comparison(e *joinexpr.Comparison) expr.Expr {
	left, _ := j.operand(e.Left)
	right, _ := j.operand(e.Right)
	if j.failed {
		return expr.False
	}
	if _, ok := datatype.Join(left.Type(), right.Type()); !ok {
		j.fail(e.At, fmt.Sprintf("The join compares a %s with a %s", familyWord(left.Type()), familyWord(right.Type())))
		return expr.False
	}
	return expr.Call{Op: joinOps[e.Operator], Args: []expr.Expr{left, right}, Typ: datatype.Bool}
}

func familyWord(t datatype.Type) string {
	switch {
	case t.IsNumeric():
		return "number"
	case t.IsDated():
		return "date"
	}
	return strings.ToLower(t.Family())
}

// operand compiles an operand and says which end of the join it belongs to, -1
// for a constant.
func (j *joinCompiler) operand(o joinexpr.Operand) (expr.Expr, int) {
	switch o.Kind {
	case joinexpr.Column:
		for i, end := range j.ends {
			if slices.Contains(end.names, o.Object) {
				if col, ok := j.c.physical(end.node, o.Text); ok {
					return col, i
				}
				j.fail(o.At, fmt.Sprintf("%s has no column %s", bold(o.Object), bold(o.Text)))
				return expr.False, i
			}
		}
		j.fail(o.At, fmt.Sprintf("%s is neither end of the join; its ends are %s and %s",
			bold(o.Object), bold(j.ends[0].names[0]), bold(j.ends[1].names[0])))
		return expr.False, -1
	case joinexpr.Integer:
		if v, err := strconv.ParseInt(o.Text, 10, 64); err == nil {
			return expr.Int(v), -1
		}
	case joinexpr.Decimal:
		if v, err := strconv.ParseFloat(o.Text, 64); err == nil {
			return expr.Const{Value: v, Typ: datatype.Double}, -1
		}
	case joinexpr.Bool:
		return expr.Const{Value: o.Text == "true", Typ: datatype.Bool}, -1
	case joinexpr.Date:
		for _, layout := range []string{"2006-01-02", "01/02/2006", "1/2/2006"} {
			if v, err := time.Parse(layout, o.Text); err == nil {
				return expr.Const{Value: v, Typ: datatype.Date}, -1
			}
		}
	case joinexpr.Text:
		return expr.Text(o.Text), -1
	}
	j.fail(o.At, "The value "+bold(o.Text)+" cannot be read")
	return expr.False, -1
}

// CheckJoin verifies the expression of a join between two tables, each called
// by its name, as table TML has it.
func CheckJoin(on string, from, to TableDefinition, path string) []Problem {
	c := &compiler{m: &Model{byName: map[string]int{}}, byTable: map[NodeID]TableDefinition{}}
	ends := [2]joinEnd{
		{names: []string{from.Header.Name}, node: c.addNode(from.Header.Name, from)},
		{names: []string{to.Header.Name}, node: c.addNode(to.Header.Name, to)},
	}
	c.joinCondition(on, ends, path)
	return c.problems
}

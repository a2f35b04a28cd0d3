package model

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/period"
)

// filter compiles a filter of the worksheet (tml.md 2.6).
func (c *compiler) filter(f searchlight.Filter, path string) {
	if f.DateFilter != nil {
		c.problem(Problem{Number: 14915, Path: path + "->date_filter", Message: "Filters with a date_filter are not available yet; use oper and values"})
		return
	}
	if len(f.Columns) == 0 {
		return
	}
	col, ok := c.m.Lookup(f.Columns[0])
	if !ok || len(f.Columns) > 1 {
		name := f.Columns[len(f.Columns)-1]
		c.problem(Problem{Number: 14518, Path: path + "->column", Message: "Invalid filter column " + bold(name)})
		return
	}
	if f.Operator == "" && len(f.Values) == 0 {
		c.problem(Problem{Warning: true, Number: 14900, Path: path, Message: "The filter on " + bold(col.Name) + " has no values and no effect"})
		return
	}
	if col.Aggregated {
		c.problem(Problem{Number: 14518, Path: path + "->column",
			Message: "Invalid filter column " + bold(col.Name) + ": it aggregates, and filters of a worksheet act on rows"})
		return
	}
	e, err := FilterExpr(col, f.Operator, f.Values, period.ParseLiteral)
	if err != nil {
		c.problem(Problem{Number: 14915, Path: path + "->values", Message: err.Error()})
		return
	}
	c.m.Filters = append(c.m.Filters, Filter{Expr: e, Nodes: c.m.NodesOf(e), Paths: f.ApplyOnTables})
}

// FilterExpr is the condition of a filter whose operator is one of those that
// TML writes: in, not in, =, !=, <, <=, >, >=, between, BW, BW_INC_MIN,
// BW_INC_MAX, contains, begins_with, ends_with. {Null} stands for null. It
// readDate reads the values of date columns as the intervals that they stand
// for. It fails when a value is not of the column's type.
func FilterExpr(col *Column, operator string, values []string, readDate func(string) (period.Interval, error)) (expr.Expr, error) {
	null := false
	var given []string
	for _, v := range values {
		if strings.EqualFold(v, "{Null}") {
			null = true
		} else {
			given = append(given, v)
		}
	}
	switch operator {
	case "=", "in", "!=", "not in":
		if len(given) == 0 && !null {
			return nil, fmt.Errorf("%s needs a value", operator)
		}
	case "contains", "begins_with", "ends_with":
		if !col.Type.IsText() {
			return nil, fmt.Errorf("%s needs a text column, and %s is of type %s", operator, col.Name, col.Type)
		}
		if null || len(given) == 0 {
			return nil, fmt.Errorf("%s needs a text", operator)
		}
		var any []expr.Expr
		for _, v := range given {
			any = append(any, expr.Like(col.Expr, matches[operator], v))
		}
		return expr.Or(any...), nil
	case "<", "<=", ">", ">=":
		if null || len(given) != 1 {
			return nil, fmt.Errorf("%s takes one value other than {Null}", operator)
		}
	case "between", "BW", "BW_INC_MIN", "BW_INC_MAX":
		if null || len(given) != 2 {
			return nil, fmt.Errorf("%s takes two values other than {Null}", operator)
		}
	default:
		return nil, fmt.Errorf("unknown operator %s", operator)
	}
	if col.Type.IsDated() {
		var intervals []period.Interval
		for _, v := range given {
			i, err := readDate(v)
			if err != nil {
				return nil, fmt.Errorf("%w for column %s", err, col.Name)
			}
			intervals = append(intervals, i)
		}
		return dateFilter(col, operator, intervals, null), nil
	}
	list := expr.Values{Null: null, Exact: col.Casing != ""}
	for _, v := range given {
		c, err := col.ParseValue(v)
		if err != nil {
			return nil, fmt.Errorf("%w for column %s", err, col.Name)
		}
		list.Consts = append(list.Consts, c)
	}
	switch operator {
	case "=", "in":
		return expr.Equals(col.Expr, list), nil
	case "!=", "not in":
		return expr.NotEquals(col.Expr, list), nil
	case "<", "<=", ">", ">=":
		return expr.Compare(comparisons[operator], col.Expr, list.Consts[0]), nil
	}
	low, high := list.Consts[0], list.Consts[1]
	if expr.Less(high, low) {
		low, high = high, low
	}
	from, to := betweenOps(operator)
	return expr.And(expr.Compare(from, col.Expr, low), expr.Compare(to, col.Expr, high)), nil
}

var comparisons = map[string]expr.Op{"<": expr.OpLt, "<=": expr.OpLe, ">": expr.OpGt, ">=": expr.OpGe}

var matches = map[string]expr.Match{"contains": expr.MatchContains, "begins_with": expr.MatchBegins, "ends_with": expr.MatchEnds}

// betweenOps says which ends a between operator includes.
func betweenOps(operator string) (low, high expr.Op) {
	low, high = expr.OpGe, expr.OpLe
	if operator == "BW" || operator == "BW_INC_MAX" {
		low = expr.OpGt
	}
	if operator == "BW" || operator == "BW_INC_MIN" {
		high = expr.OpLt
	}
	return low, high
}

// dateFilter compares a date with intervals.
func dateFilter(col *Column, operator string, intervals []period.Interval, null bool) expr.Expr {
	switch operator {
	case "between", "BW", "BW_INC_MIN", "BW_INC_MAX":
		low, high := betweenOps(operator)
		a, b := intervals[0], intervals[1]
		if b.From.Before(a.From) {
			a, b = b, a
		}
		return expr.And(expr.CompareDate(low, col.Expr, a.From, a.To), expr.CompareDate(high, col.Expr, b.From, b.To))
	}
	if op, ok := comparisons[operator]; ok {
		return expr.CompareDate(op, col.Expr, intervals[0].From, intervals[0].To)
	}
	var any []expr.Expr
	for _, i := range intervals {
		any = append(any, expr.Within(col.Expr, i.From, i.To))
	}
	equal := operator == "=" || operator == "in"
	switch {
	case equal && null:
		return expr.Or(append(any, expr.IsNull(col.Expr))...)
	case equal:
		return expr.Or(any...)
	case null:
		return expr.And(expr.Not(expr.Or(any...)), expr.Not(expr.IsNull(col.Expr)))
	}
	return expr.Or(expr.Not(expr.Or(any...)), expr.IsNull(col.Expr))
}

// ParseValue reads a value of the column as people write it in a filter, when
// the column holds no dates.
func (c *Column) ParseValue(s string) (expr.Expr, error) {
	switch c.Casing {
	case "UPPER":
		s = strings.ToUpper(s)
	case "LOWER":
		s = strings.ToLower(s)
	}
	return ParseValue(c.Type, s)
}

// ParseValue reads a value of a type other than dates as people write it.
func ParseValue(t datatype.Type, s string) (expr.Expr, error) {
	text := strings.TrimSpace(s)
	switch {
	case t.IsText():
		return expr.Const{Value: s, Typ: datatype.Varchar}, nil
	case t.IsNumeric():
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			return expr.Int(v), nil
		}
		if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) && !strings.ContainsAny(text, "xXpP_") {
			return expr.Const{Value: v, Typ: datatype.Double}, nil
		}
		return nil, fmt.Errorf("%q is not a number", s)
	case t == datatype.Bool:
		switch strings.ToLower(text) {
		case "true":
			return expr.True, nil
		case "false":
			return expr.False, nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", s)
	case t == datatype.Time:
		for _, layout := range []string{"15:04:05.999999", "15:04:05", "15:04", "3:04 PM", "3:04:05 PM"} {
			if v, err := time.Parse(layout, strings.ToUpper(text)); err == nil {
				return expr.Const{Value: v, Typ: datatype.Time}, nil
			}
		}
		return nil, fmt.Errorf("%q is not a time such as 14:30", s)
	}
	return nil, fmt.Errorf("values of type %s cannot be filtered", t)
}

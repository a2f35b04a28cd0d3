package bind

import (
	"fmt"
	"strconv"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/period"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/source"
)

func itoa(n int) string { return strconv.Itoa(n) }

// conditions gathers what a search says of one column, or of one period of a
// date column, so that its parts combine as search-language.md 3.5 and 4.5
// have it.
type conditions struct {
	label string
	left  expr.Expr
	span  source.Span

	equal, unequal expr.Values
	intervals      []period.Interval // dates, any of which may hold
	anyDate        []expr.Expr       // further date conditions, any of which may hold
	begins, ends   []expr.Expr       // any of each
	similar        []expr.Expr       // any
	all            []expr.Expr       // every one
}

func columnKey(col *model.Column, b datatype.Bucket) string {
	return fmt.Sprintf("%s\x00%d", col.Name, b)
}

// set finds the conditions on a column, or on a bucket of it.
func (b *binder) set(col *model.Column, bucket datatype.Bucket, at source.Span) *conditions {
	key := columnKey(col, bucket)
	s := b.sets[key]
	if s == nil {
		s = &conditions{label: col.Name, left: expr.BucketOf(bucket, col.Expr), span: at}
		s.equal.Exact, s.unequal.Exact = col.Casing != "", col.Casing != ""
		b.sets[key] = s
		b.order = append(b.order, s)
	}
	s.span = s.span.Join(at)
	return s
}

// filter is the condition that everything said amounts to.
func (s *conditions) filter() expr.Expr {
	var all []expr.Expr
	either := append([]expr.Expr(nil), s.anyDate...)
	for _, i := range s.intervals {
		either = append(either, expr.Within(s.left, i.From, i.To))
	}
	if e := s.equal; len(e.Consts) > 0 || e.Null || e.Empty {
		either = append(either, expr.Equals(s.left, e))
	}
	for _, any := range [][]expr.Expr{either, s.begins, s.ends, s.similar} {
		if len(any) > 0 {
			all = append(all, expr.Or(any...))
		}
	}
	if u := s.unequal; len(u.Consts) > 0 || u.Null || u.Empty {
		all = append(all, expr.NotEquals(s.left, u))
	}
	return expr.And(append(all, s.all...)...)
}

// show remembers the column of a condition, for a search that shows nothing
// else.
func (b *binder) show(m *mention) { b.shown = append(b.shown, m) }

// onGroups reports whether a condition on a mention filters groups.
func (m *mention) onGroups() bool {
	return m.agg != datatype.DefaultAggregation || m.col.Aggregated
}

func (b *binder) valueFilter(p search.ValueFilter) {
	b.compare(search.Compare{At: p.At, Op: search.OpEq, OpAt: p.Column.Span(), Values: p.Values,
		Left: search.Aggregated{At: p.Column.At, Column: p.Column}})
}

var ops = map[search.Op]expr.Op{
	search.OpEq: expr.OpEq, search.OpNe: expr.OpNe, search.OpLt: expr.OpLt,
	search.OpLe: expr.OpLe, search.OpGt: expr.OpGt, search.OpGe: expr.OpGe,
}

func (b *binder) compare(p search.Compare) {
	m := b.mention(p.Left)
	if m == nil {
		return
	}
	m.span = p.Span()
	b.show(m)
	if p.Op != search.OpEq && p.Op != search.OpNe && len(p.Values) > 1 {
		b.report(errOneValue(string(p.Op), p.Values[1].Span()))
		return
	}
	if m.onGroups() {
		b.compareGroups(m, p)
		return
	}
	set := b.set(m.col, m.bucket, p.Span())
	switch {
	case m.bucket.IsCyclic():
		b.comparePositions(set, m.bucket, p)
	case m.col.Type.IsDated():
		b.compareDates(set, m, p)
	default:
		b.compareValues(set, m.col, p)
	}
}

// compareValues handles texts, numbers, booleans and times.
func (b *binder) compareValues(set *conditions, col *model.Column, p search.Compare) {
	var list expr.Values
	for _, v := range p.Values {
		if !b.placeholder(&list, v, col.Name, col.Type) {
			if c := b.value(col, col.Type, v); c != nil {
				list.Consts = append(list.Consts, c)
			}
		}
	}
	switch p.Op {
	case search.OpEq:
		set.equal = join(set.equal, list)
	case search.OpNe:
		set.unequal = join(set.unequal, list)
	default:
		if len(list.Consts) == 1 {
			set.all = append(set.all, expr.Compare(ops[p.Op], set.left, list.Consts[0]))
		} else if len(p.Values) == 1 && (list.Null || list.Empty) {
			b.report(errNoOrder(string(p.Op), p.Values[0].Text, col.Name, p.Values[0].Span()))
		}
	}
}

func join(a, b expr.Values) expr.Values {
	return expr.Values{Consts: append(a.Consts, b.Consts...), Null: a.Null || b.Null, Empty: a.Empty || b.Empty, Exact: a.Exact}
}

// placeholder handles {null} and {empty}.
func (b *binder) placeholder(list *expr.Values, v search.Operand, column string, t datatype.Type) bool {
	switch v.Kind {
	case search.NullOperand:
		list.Null = true
	case search.EmptyOperand:
		if !t.IsText() {
			b.report(errEmptyNeedsText(column, v.Span()))
		}
		list.Empty = true
	default:
		return false
	}
	return true
}

// value reads an operand as a value of a column without dates.
func (b *binder) value(col *model.Column, t datatype.Type, v search.Operand) expr.Expr {
	switch {
	case t.IsText() && (v.Kind == search.NumberOperand || v.Kind == search.BoolOperand):
		b.report(errQuoteText(v.Text, col.Name, v.Span()))
		return nil
	case t.IsNumeric() && v.Kind == search.BoolOperand:
		b.report(errNotANumber(v.Text, col.Name, v.Span()))
		return nil
	}
	parse := col.ParseValue
	if t != col.Type {
		parse = func(s string) (expr.Expr, error) { return model.ParseValue(t, s) }
	}
	c, err := parse(v.Text)
	switch {
	case err == nil:
		return c
	case t.IsNumeric():
		b.report(errNotANumber(v.Text, col.Name, v.Span()))
	default:
		b.report(errBadValue(err.Error(), col.Name, v.Span()))
	}
	return nil
}

// comparePositions handles periods such as 'day of week' = 5.
func (b *binder) comparePositions(set *conditions, bucket datatype.Bucket, p search.Compare) {
	var list expr.Values
	for _, v := range p.Values {
		if v.Kind == search.NullOperand {
			list.Null = true
			continue
		}
		n, err := strconv.Atoi(v.Text)
		if err != nil {
			b.report(errPositionNumber(v.Text, bucket, v.Span()))
			continue
		}
		if low, high := bucket.Range(); (p.Op == search.OpEq || p.Op == search.OpNe) && (n < low || n > high) {
			b.report(errPositionRange(v.Text, bucket, v.Span()))
			continue
		}
		list.Consts = append(list.Consts, expr.Int(int64(n)))
	}
	switch {
	case p.Op == search.OpEq:
		set.equal = join(set.equal, list)
	case p.Op == search.OpNe:
		set.unequal = join(set.unequal, list)
	case len(list.Consts) == 1:
		set.all = append(set.all, expr.Compare(ops[p.Op], set.left, list.Consts[0]))
	}
}

// compareDates handles dates, each value of which stands for an interval or
// for a position such as a weekday.
func (b *binder) compareDates(set *conditions, m *mention, p search.Compare) {
	for _, v := range p.Values {
		if v.Kind == search.NullOperand {
			switch p.Op {
			case search.OpEq:
				set.equal.Null = true
			case search.OpNe:
				set.unequal.Null = true
			default:
				b.report(errNoOrder(string(p.Op), v.Text, m.col.Name, v.Span()))
			}
			continue
		}
		d, ok := b.date(m, v)
		if !ok {
			continue
		}
		if d.Bucket != datatype.NoBucket {
			b.comparePosition(set, m, p, v, d)
			continue
		}
		if p.Op == search.OpEq {
			set.intervals = append(set.intervals, d.Interval)
		} else {
			set.all = append(set.all, expr.CompareDate(ops[p.Op], set.left, d.Interval.From, d.Interval.To))
		}
	}
}

// comparePosition handles a weekday, month or quarter of any year.
func (b *binder) comparePosition(set *conditions, m *mention, p search.Compare, v search.Operand, d period.Value) {
	left := expr.BucketOf(d.Bucket, m.col.Expr)
	position := expr.Values{Consts: []expr.Expr{expr.Int(int64(d.Position))}}
	switch p.Op {
	case search.OpEq:
		set.anyDate = append(set.anyDate, expr.Equals(left, position))
	case search.OpNe:
		set.all = append(set.all, expr.NotEquals(left, position))
	default:
		b.report(errNoOrder(string(p.Op), v.Text, m.col.Name, v.Span()))
	}
}

// date reads an operand as a date phrase or literal.
func (b *binder) date(m *mention, v search.Operand) (period.Value, bool) {
	if v.Kind == search.EmptyOperand {
		b.report(errEmptyNeedsText(m.col.Name, v.Span()))
		return period.Value{}, false
	}
	if v.Kind == search.BoolOperand || v.Kind == search.NumberOperand && v.Column == nil {
		b.report(errQuoteDate(v.Text, m.col.Name, v.Span()))
		return period.Value{}, false
	}
	d, err := period.Parse(v.Text, period.Context{Now: b.ctx.Now, DateTime: m.col.Type == datatype.DateTime})
	if err != nil {
		if e, ok := err.(*period.Error); ok {
			b.report(errBadDate(e, m.col.Name, v.Span()))
		} else {
			b.report(errBadValue(err.Error(), m.col.Name, v.Span()))
		}
		return period.Value{}, false
	}
	if d.ToDate != datatype.NoBucket {
		b.toDates = append(b.toDates, toDate{m.col, d.ToDate, v})
	}
	if d.Bucket == datatype.MonthOfYear {
		b.monthNames = append(b.monthNames, m.col)
	}
	return d, true
}

// compareGroups handles conditions on aggregates.
func (b *binder) compareGroups(m *mention, p search.Compare) {
	left := expr.Aggregate(m.effective(), expr.BucketOf(m.bucket, m.col.Expr))
	t := left.Type()
	var list expr.Values
	var intervals []period.Interval
	for _, v := range p.Values {
		if b.placeholder(&list, v, m.col.Name, t) {
			continue
		}
		if t.IsDated() {
			if d, ok := b.date(m, v); ok {
				if d.Bucket != datatype.NoBucket {
					b.report(errNoOrder(string(p.Op), v.Text, m.col.Name, v.Span()))
				}
				intervals = append(intervals, d.Interval)
			}
			continue
		}
		if c := b.value(m.col, t, v); c != nil {
			list.Consts = append(list.Consts, c)
		}
	}
	set := conditions{left: left}
	switch {
	case p.Op == search.OpEq:
		set.equal, set.intervals = list, intervals
	case p.Op == search.OpNe:
		set.unequal = list
		for _, i := range intervals {
			set.all = append(set.all, expr.CompareDate(expr.OpNe, left, i.From, i.To))
		}
	case len(intervals) == 1:
		set.all = []expr.Expr{expr.CompareDate(ops[p.Op], left, intervals[0].From, intervals[0].To)}
	case len(list.Consts) == 1:
		set.all = []expr.Expr{expr.Compare(ops[p.Op], left, list.Consts[0])}
	case list.Null || list.Empty:
		b.report(errNoOrder(string(p.Op), p.Values[0].Text, m.col.Name, p.Values[0].Span()))
		return
	default:
		return // its values are reported
	}
	b.having = append(b.having, set.filter())
}

// between handles ranges; both ends belong to it, in either order.
func (b *binder) between(p search.Range) {
	m := b.mention(p.Left)
	if m == nil {
		return
	}
	m.span = p.Span()
	b.show(m)
	left := expr.BucketOf(m.bucket, m.col.Expr)
	if m.onGroups() {
		left = expr.Aggregate(m.effective(), left)
	}
	var cond expr.Expr
	if left.Type().IsDated() {
		low, okLow := b.date(m, p.Low)
		high, okHigh := b.date(m, p.High)
		if !okLow || !okHigh {
			return
		}
		for _, d := range []period.Value{low, high} {
			if d.Bucket != datatype.NoBucket {
				b.report(errNoOrder("between", d.Bucket.String(), m.col.Name, p.Span()))
				return
			}
		}
		from, to := low.Interval, high.Interval
		if to.From.Before(from.From) {
			from, to = to, from
		}
		if !m.onGroups() {
			set := b.set(m.col, m.bucket, p.Span())
			set.intervals = append(set.intervals, period.Interval{From: from.From, To: to.To})
			return
		}
		cond = expr.Within(left, from.From, to.To)
	} else {
		ends := make([]expr.Expr, 2)
		for i, v := range []search.Operand{p.Low, p.High} {
			if v.Kind == search.NullOperand || v.Kind == search.EmptyOperand {
				b.report(errNoOrder("between", v.Text, m.col.Name, v.Span()))
				return
			}
			if ends[i] = b.value(m.col, left.Type(), v); ends[i] == nil {
				return
			}
		}
		if expr.Less(ends[1], ends[0]) {
			ends[0], ends[1] = ends[1], ends[0]
		}
		cond = expr.Between(left, ends[0], ends[1])
	}
	if m.onGroups() {
		b.having = append(b.having, cond)
		return
	}
	set := b.set(m.col, m.bucket, p.Span())
	set.all = append(set.all, cond)
}

var dateOps = map[search.DateOp]search.Op{
	search.Before: search.OpLt, search.After: search.OpGt,
	search.OnOrBefore: search.OpLe, search.OnOrAfter: search.OpGe,
}

func (b *binder) dateTest(p search.DateTest) {
	col := b.column(p.Column)
	if col == nil {
		return
	}
	if !col.Type.IsDated() || col.Aggregated {
		b.report(errNeedsDate(string(p.Op), col.Name, col.Type, p.Span()))
		return
	}
	b.compare(search.Compare{At: p.At, Op: dateOps[p.Op], Values: []search.Operand{p.Value},
		Left: search.Aggregated{At: p.Column.At, Column: p.Column}})
}

var matches = map[search.TextOp]expr.Match{
	search.Contains: expr.MatchContains, search.BeginsWith: expr.MatchBegins,
	search.EndsWith: expr.MatchEnds, search.SimilarTo: expr.MatchPattern,
}

func (b *binder) textTest(p search.TextTest) {
	col := b.column(p.Column)
	if col == nil {
		return
	}
	if !col.Type.IsText() || col.Aggregated {
		b.report(errNeedsText(string(p.Op), col.Name, col.Type, p.Span()))
		return
	}
	b.show(&mention{col: col, span: p.Span(), output: -1})
	set := b.set(col, datatype.NoBucket, p.Span())
	var any []expr.Expr
	for _, v := range p.Values {
		if v.Kind != search.TextOperand {
			b.report(errQuoteText(v.Text, col.Name, v.Span()))
			continue
		}
		if p.Not {
			set.all = append(set.all, expr.NotLike(set.left, matches[p.Op], v.Text))
		} else {
			any = append(any, expr.Like(set.left, matches[p.Op], v.Text))
		}
	}
	if len(any) == 0 {
		return
	}
	switch p.Op {
	case search.BeginsWith:
		set.begins = append(set.begins, any...)
	case search.EndsWith:
		set.ends = append(set.ends, any...)
	case search.SimilarTo:
		set.similar = append(set.similar, any...)
	default:
		set.all = append(set.all, expr.Or(any...))
	}
}

// makeFilters gathers every condition on rows and groups.
func (b *binder) makeFilters() {
	for _, s := range b.order {
		if e := s.filter(); !expr.Equal(e, expr.And()) {
			b.where(Filter{Expr: e, Label: s.label, Given: true, Span: s.span})
		}
	}
	for _, r := range b.ctx.Filters {
		b.runtimeFilter(r)
	}
	for _, f := range b.m.Filters {
		b.out.Where = append(b.out.Where, Filter{Expr: f.Expr, Nodes: f.Nodes, Paths: f.Paths})
	}
	b.out.Having = b.having
}

func (b *binder) where(f Filter) {
	f.Nodes = b.m.NodesOf(f.Expr)
	b.out.Where = append(b.out.Where, f)
}

func (b *binder) runtimeFilter(r RuntimeFilter) {
	col, ok := b.lookup(r.Column)
	if !ok {
		d := errUnknownColumn(b.m, b.ctx.Visible, r.Column, source.Span{})
		d.Number = numberFilter
		b.report(d)
		return
	}
	if col.Aggregated {
		b.report(errFilter(col.Name, "it aggregates, and runtime filters act on rows"))
		return
	}
	e, err := model.FilterExpr(col, r.Operator, r.Values, func(s string) (period.Interval, error) { return r.ReadDate(s, col.Type) })
	if err != nil {
		b.report(errFilter(col.Name, err.Error()))
		return
	}
	b.where(Filter{Expr: e, Label: col.Name, Given: true})
}

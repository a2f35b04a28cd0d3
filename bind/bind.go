package bind

import (
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/period"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/source"
)

// Context is what a search means beside its text.
type Context struct {
	// Now is the reading of the caller's clock, as a time in UTC.
	Now time.Time
	// Filters and Sorts are given beside the search.
	Filters []RuntimeFilter
	Sorts   []RuntimeSort
	// Security says who asks, and thereby which rows the search may read.
	Security Security
	// Visible says which columns there are for the person; nil stands for all.
	// The others are unknown, as if the model did not have them.
	Visible func(*model.Column) bool
}

// RuntimeFilter is a filter on rows given beside a search.
type RuntimeFilter struct {
	Column   string
	Operator string // as model.FilterExpr takes it
	Values   []string
	// ReadDate reads a value of a date column.
	ReadDate func(value string, t datatype.Type) (period.Interval, error)
}

// RuntimeSort is an order given beside a search; it takes the place of the
// search's own.
type RuntimeSort struct {
	Column     string
	Descending bool
}

// Bind gives a search its meaning in a model. With errors the query is nil.
func Bind(q *search.Query, m *model.Model, c Context) (*Query, source.Diagnostics) {
	b := &binder{m: m, ctx: c, out: &Query{Model: m, Visible: c.Visible}, sets: map[string]*conditions{}}
	b.bindRules()
	if b.diags.HasErrors() {
		return nil, b.diags
	}
	b.phrases(q.Phrases)
	b.checkToDates()
	b.makeOutputs()
	if len(b.out.Outputs) == 0 && !b.diags.HasErrors() {
		b.report(errNothingShown(source.Span{}))
	}
	if b.diags.HasErrors() {
		return nil, b.diags.Sorted()
	}
	b.makeTop()
	b.makeOrder()
	b.makeFilters()
	b.insertPerson()
	b.name()
	if b.diags.HasErrors() {
		return nil, b.diags.Sorted()
	}
	return b.out, b.diags.Sorted()
}

type binder struct {
	m     *model.Model
	ctx   Context
	out   *Query
	diags source.Diagnostics
	who   *principal // nil until it is needed

	mentions []*mention // in the order of the text
	sorts    []sortKey
	top      *search.Top
	topBy    *mention
	rank     *search.Rank
	rankBy   *mention

	sets   map[string]*conditions // by what they condition
	order  []*conditions          // of sets, in the order of the text
	shown  []*mention             // of conditions, shown when nothing else is
	having []expr.Expr

	toDates    []toDate
	monthNames []*model.Column // columns compared with a month of any year
}

type sortKey struct {
	by         *mention
	descending bool
}

// mention is a column that a phrase names.
type mention struct {
	col     *model.Column
	agg     datatype.Aggregation // DefaultAggregation: none was written
	bucket  datatype.Bucket
	group   search.GroupWord
	span    source.Span
	output  int  // index in Query.Outputs, -1 before it has one
	loosely bool // any output of the column will do
}

func (b *binder) report(d source.Diagnostic) { b.diags = append(b.diags, d) }

func (b *binder) phrases(list []search.Phrase) {
	for _, p := range list {
		switch p := p.(type) {
		case search.Output:
			b.output(p)
		case search.Sort:
			if m := b.mention(p.Key); m != nil {
				m.loosely = true
				b.mentions = append(b.mentions, m)
				b.sorts = append(b.sorts, sortKey{m, p.Descending})
			}
		case search.Top:
			b.topPhrase(p)
		case search.Rank:
			if m := b.mention(p.Key); m != nil {
				m.loosely = true
				b.mentions = append(b.mentions, m)
				b.rank, b.rankBy = &p, m
			}
		case search.ValueFilter:
			b.valueFilter(p)
		case search.Compare:
			b.compare(p)
		case search.TextTest:
			b.textTest(p)
		case search.Range:
			b.between(p)
		case search.DateTest:
			b.dateTest(p)
		case search.Geo:
			b.report(errNotAvailable("near and farther than", p.Span()))
		case search.Relation:
			b.report(errNotAvailable("in ( … )", p.Span()))
		case search.Versus:
			b.report(errNotAvailable("vs", p.Span()))
		case search.Share:
			if p.Percentage {
				b.report(errNotAvailable("percentage of", p.Span()))
			} else {
				b.report(errNotAvailable("of", p.Span()))
			}
		case search.Growth:
			b.report(errNotAvailable("growth of", p.Span()))
		case search.Calendar:
			if p.Name != "" && !strings.EqualFold(p.Name, "calendar") {
				b.report(errNotAvailable("calendar."+p.Name, p.Span()))
			}
		default:
			b.report(errNotAvailable("This phrase", p.Span()))
		}
	}
}

func (b *binder) topPhrase(p search.Top) {
	if b.top != nil {
		b.report(errTopTwice(p.Span()))
		return
	}
	b.top = &p
	if p.By != nil {
		if m := b.mention(*p.By); m != nil {
			m.loosely = true
			b.mentions = append(b.mentions, m)
			b.topBy = m
		}
	}
}

// lookup finds a column that is there for the person.
func (b *binder) lookup(name string) (*model.Column, bool) {
	return b.m.LookupAmong(name, b.ctx.Visible)
}

// column finds the column that a reference names.
func (b *binder) column(r search.ColumnRef) *model.Column {
	if r.Path != "" {
		if c, ok := b.lookup(r.Name); ok && c.Path != "" && c.Path == b.m.PathOf(r.Path) {
			return c
		}
		b.report(errUnknownPath(r.Path, r.Name, r.Span()))
		return nil
	}
	if c, ok := b.lookup(r.Name); ok {
		return c
	}
	const prefix = "formula_"
	if len(r.Name) > len(prefix) && strings.EqualFold(r.Name[:len(prefix)], prefix) {
		name := r.Name[len(prefix):]
		for i := range b.m.Columns {
			c := &b.m.Columns[i]
			named := strings.EqualFold(c.Formula, name) || strings.EqualFold(c.Name, name)
			if c.Formula != "" && named && (b.ctx.Visible == nil || b.ctx.Visible(c)) {
				return c
			}
		}
	}
	b.report(errUnknownColumn(b.m, b.ctx.Visible, r.Name, r.Span()))
	return nil
}

// mention resolves a column with its aggregation and bucket.
func (b *binder) mention(a search.Aggregated) *mention {
	col := b.column(a.Column)
	if col == nil {
		return nil
	}
	m := &mention{col: col, agg: a.Aggregation, bucket: a.Bucket, span: a.Span(), output: -1}
	if col.Aggregated {
		m.agg = datatype.DefaultAggregation // the formula aggregates already
	}
	if m.agg.NeedsNumber() && !col.Type.IsNumeric() {
		b.report(errCannotAggregate(m.agg, col.Name, col.Type, a.Span()))
		return nil
	}
	if m.bucket != datatype.NoBucket && !canBucket(m.bucket, col.Type) {
		b.report(errCannotBucket(m.bucket, col.Name, col.Type, a.BucketAt))
		return nil
	}
	return m
}

func canBucket(b datatype.Bucket, t datatype.Type) bool {
	switch {
	case t == datatype.Time:
		return b == datatype.HourOfDay
	case b == datatype.HourOfDay, b == datatype.Hourly:
		return t == datatype.DateTime
	}
	return t.IsDated()
}

// output handles a column to be shown. A bucket word after a column that has
// no dates is a value of it (search-language.md 1.4).
func (b *binder) output(p search.Output) {
	if p.Bucket != datatype.NoBucket {
		col := b.column(p.Column)
		if col == nil {
			return
		}
		if !col.Type.IsDated() && col.Type != datatype.Time && p.Aggregation == datatype.DefaultAggregation {
			b.valueFilter(search.ValueFilter{At: p.At, Column: p.Column, Values: []search.Operand{{
				At: search.At{Where: p.BucketAt}, Kind: search.TextOperand, Text: p.Bucket.String(), Column: &p.Column,
			}}})
			return
		}
	}
	m := b.mention(p.Aggregated)
	if m == nil {
		return
	}
	m.group, m.span = p.Group, p.Span()
	if m.group == search.By && m.col.Aggregated && m.col.Role == datatype.Measure {
		b.report(errCannotGroup(m.col.Name, p.Span()))
		return
	}
	b.mentions = append(b.mentions, m)
}

// isMeasure reports whether a mention is aggregated rather than grouped by.
func (m *mention) isMeasure() bool {
	switch {
	case m.agg != datatype.DefaultAggregation, m.col.Aggregated:
		return true
	case m.group == search.By:
		return false
	}
	return m.col.Role == datatype.Measure
}

// makeOutputs decides the columns of the result (search-language.md 4.1, 4.9).
func (b *binder) makeOutputs() {
	if len(b.mentions) == 0 {
		b.mentions = b.shown
	}
	b.absorb()
	measured := slices.ContainsFunc(b.mentions, (*mention).isMeasure)
	var first []*mention // of each output, in the order of the text
	for _, m := range b.mentions {
		if measured && m.bucket == datatype.NoBucket && !m.isMeasure() && m.col.Type.IsDated() {
			m.bucket = b.implicitBucket(m.col)
		}
		if !slices.ContainsFunc(first, m.same) {
			first = append(first, m)
		}
	}
	// A loose mention, such as a sort key, means the column in whichever form
	// the search shows it.
	for _, m := range b.mentions {
		if !m.loosely {
			continue
		}
		firm := slices.DeleteFunc(slices.Clone(b.mentions), func(o *mention) bool { return o.loosely || o.col != m.col })
		if len(firm) > 0 && !slices.ContainsFunc(firm, m.same) && m.agg == datatype.DefaultAggregation && m.bucket == datatype.NoBucket {
			first = slices.DeleteFunc(first, m.same)
			m.agg, m.bucket, m.group = firm[0].agg, firm[0].bucket, firm[0].group
			if !slices.ContainsFunc(first, m.same) {
				first = append(first, m)
			}
		}
	}
	leading := func(m *mention) bool {
		textual := m.col.Type.IsText() || m.col.Type.IsDated()
		return !m.isMeasure() || textual && (m.agg == datatype.Min || m.agg == datatype.Max)
	}
	ordered := slices.DeleteFunc(slices.Clone(first), func(m *mention) bool { return !leading(m) })
	ordered = append(ordered, slices.DeleteFunc(slices.Clone(first), leading)...)
	for _, m := range ordered {
		b.out.Outputs = append(b.out.Outputs, b.makeOutput(m))
	}
	for _, m := range b.mentions {
		m.output = slices.IndexFunc(ordered, m.same)
	}
}

// same reports whether two mentions are one output.
func (m *mention) same(o *mention) bool {
	return m.col == o.col && m.effective() == o.effective() && m.bucket == o.bucket && m.isMeasure() == o.isMeasure()
}

// effective is the aggregation that a mention ends up with.
func (m *mention) effective() datatype.Aggregation {
	if m.agg == datatype.DefaultAggregation && m.isMeasure() && !m.col.Aggregated {
		return m.col.Aggregation
	}
	return m.agg
}

// absorb lets a bucket of a column stand for bare mentions of it.
func (b *binder) absorb() {
	var out []*mention
	for _, m := range b.mentions {
		bare := m.bucket == datatype.NoBucket && m.agg == datatype.DefaultAggregation && m.col.Type.IsDated()
		at := slices.IndexFunc(b.mentions, func(o *mention) bool {
			return o.col == m.col && o.bucket != datatype.NoBucket && o.agg == datatype.DefaultAggregation
		})
		if bare && at >= 0 {
			m.bucket = b.mentions[at].bucket
		}
		out = append(out, m)
	}
	b.mentions = out
}

func (b *binder) makeOutput(m *mention) Output {
	e := expr.BucketOf(m.bucket, m.col.Expr)
	o := Output{Grouped: !m.isMeasure(), Expr: e, Attribution: m.col.Attribution, Span: m.span, Name: m.col.Name}
	if m.bucket != datatype.NoBucket && !(m.bucket == datatype.Detailed) {
		o.Name = m.bucket.Name(o.Name)
	}
	if agg := m.effective(); !o.Grouped && !m.col.Aggregated {
		o.Expr = expr.Aggregate(agg, e)
		o.Name = agg.Prefix() + " " + o.Name
	}
	return o
}

// implicitBucket is the bucket of a date that is shown without one
// (search-language.md 4.8).
func (b *binder) implicitBucket(col *model.Column) datatype.Bucket {
	if bucket, ok := datatype.ParseBucket(col.DateBucket); ok {
		if bucket == datatype.Hourly && col.Type == datatype.Date {
			return datatype.Daily
		}
		return bucket
	}
	if strings.EqualFold(col.DateBucket, "NO_BUCKET") {
		return datatype.NoBucket
	}
	set := b.sets[columnKey(col, datatype.NoBucket)]
	if set == nil || len(set.intervals) == 0 {
		return datatype.Monthly
	}
	length := unionLength(set.intervals)
	switch {
	case length <= 48*time.Hour && col.Type == datatype.DateTime:
		return datatype.Hourly
	case length <= 31*24*time.Hour:
		return datatype.Daily
	}
	return datatype.Monthly
}

// unionLength is how much time the intervals cover together.
func unionLength(list []period.Interval) time.Duration {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b period.Interval) int { return a.From.Compare(b.From) })
	var total time.Duration
	end := time.Time{}
	for _, i := range sorted {
		from := i.From
		if from.Before(end) {
			from = end
		}
		if i.To.After(from) {
			total += i.To.Sub(from)
			end = i.To
		}
	}
	return total
}

// makeTop decides what a top phrase ranks by and counts for.
func (b *binder) makeTop() {
	if b.top == nil {
		if b.rank != nil {
			b.report(errRankAlone(b.rank.Span()))
		}
		return
	}
	t := &Top{N: b.top.N, Ascending: b.top.Bottom}
	switch {
	case b.topBy != nil:
		t.By = b.topBy.output
	case b.rankBy != nil:
		t.By = b.rankBy.output
	default:
		for _, m := range b.mentions { // the first measure of the search, else its first attribute
			if m.isMeasure() && m.output >= 0 {
				t.By = m.output
				break
			}
		}
	}
	for _, m := range b.mentions {
		if m.group == search.ForEach && !m.isMeasure() && !slices.Contains(t.Partition, m.output) {
			t.Partition = append(t.Partition, m.output)
		}
	}
	b.out.Top = t
}

func (b *binder) makeOrder() {
	if len(b.ctx.Sorts) > 0 {
		b.runtimeOrder()
		return
	}
	for _, s := range b.sorts {
		b.out.Order = append(b.out.Order, Order{Output: s.by.output, Descending: s.descending})
	}
}

// runtimeOrder sorts by result columns, or columns of the source that the
// result shows.
func (b *binder) runtimeOrder() {
	for _, s := range b.ctx.Sorts {
		at := slices.IndexFunc(b.out.Outputs, func(o Output) bool { return strings.EqualFold(o.Name, s.Column) })
		if at < 0 {
			for _, m := range b.mentions {
				if m.output >= 0 && strings.EqualFold(m.col.Name, s.Column) {
					at = m.output
					break
				}
			}
		}
		if at < 0 {
			var names []string
			for _, o := range b.out.Outputs {
				names = append(names, o.Name)
			}
			b.report(errSortColumn(s.Column, names))
			continue
		}
		b.out.Order = append(b.out.Order, Order{Output: at, Descending: s.Descending})
	}
}

// name makes the names of the outputs unique (search-language.md 5.1).
func (b *binder) name() {
	taken := map[string]bool{}
	for i := range b.out.Outputs {
		o := &b.out.Outputs[i]
		name := o.Name
		for n := 1; taken[name]; n++ {
			name = o.Name + " (" + itoa(n) + ")"
		}
		taken[name], o.Name = true, name
	}
}

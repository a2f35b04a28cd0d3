package search

import (
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// Query is a whole search: its phrases in the order in which they were
// written, except that a growth phrase, when there is one, stands first.
type Query struct {
	Text    *source.Text // what was parsed; spans are offsets in it
	Phrases []Phrase
}

// Phrase is one statement of a search. The kinds, in the order in which they
// are listed everywhere: Output, Sort, Top, Rank, ValueFilter, Compare,
// TextTest, Range, DateTest, Geo, Relation, Versus, Share, Growth, Calendar.
type Phrase interface {
	Span() source.Span
	phrase()
}

// Condition is a phrase that filters: ValueFilter, Compare, TextTest, Range,
// DateTest, Geo.
type Condition interface {
	Phrase
	condition()
}

// At is the span of a node; every node embeds it.
type At struct{ Where source.Span }

// Span is the part of the text that the node was read from.
func (a At) Span() source.Span { return a.Where }

// ColumnRef is [Name] or [Path::Name], with escapes resolved.
type ColumnRef struct {
	At
	Path string // empty when none is given
	Name string
}

// Aggregated is a column with an optional aggregation word and an optional
// bucket: average [amount], [date].monthly. "[date] [date].monthly" is kept as
// two phrases; the binder makes one output of them.
type Aggregated struct {
	At
	Aggregation   datatype.Aggregation // DefaultAggregation when no word is given
	AggregationAt source.Span          // of the word
	Column        ColumnRef
	Bucket        datatype.Bucket // NoBucket when none is given
	BucketAt      source.Span     // of the word after the dot
}

// GroupWord is the helper word before an output.
type GroupWord uint8

// The group words. ForEach also says for which attribute a top phrase counts.
const (
	NoGroupWord GroupWord = iota
	By
	For
	ForEach
)

// Output mentions a column to be shown.
type Output struct {
	At
	Group GroupWord
	Aggregated
}

// Sort is "sort by" with one key.
type Sort struct {
	At
	Key        Aggregated
	Descending bool
}

// Top is "top n" or "bottom n", with what it ranks by where that is given.
type Top struct {
	At
	Bottom bool
	N      int         // 10 when not given
	NAt    source.Span // of the number, empty when not given
	By     *Aggregated // nil when not given
}

// Rank is "ranked by" with the ranking column of a top phrase elsewhere.
type Rank struct {
	At
	Key Aggregated
}

// OperandKind tells how an operand was written.
type OperandKind uint8

// The kinds of operands.
const (
	TextOperand   OperandKind = iota // quoted, or bare after a dot
	NumberOperand                    // unquoted digits
	BoolOperand                      // true, false
	NullOperand                      // {null}, {blank}
	EmptyOperand                     // {empty}
)

// Operand is a value in a condition. Text keeps the value as written, without
// its quotes; whether it is a date or a phrase like "last month" is decided
// where the column's type is known.
type Operand struct {
	At
	Kind   OperandKind
	Text   string
	Quoted bool
	Column *ColumnRef // of the form [Column].value, else nil
}

// ValueFilter is [Column].value, with further values of the same column. The
// binder decides by the column's type whether a value is a date phrase. (A
// first value that names a bucket never gets here: it is an Output.)
type ValueFilter struct {
	At
	Column ColumnRef
	Values []Operand
}

// Op is a comparison operator.
type Op string

// The comparison operators; <> is read as OpNe.
const (
	OpEq Op = "="
	OpNe Op = "!="
	OpLt Op = "<"
	OpLe Op = "<="
	OpGt Op = ">"
	OpGe Op = ">="
)

// Compare is a comparison with one or more values.
type Compare struct {
	At
	Left   Aggregated
	Op     Op
	OpAt   source.Span
	Values []Operand
}

// TextOp is the test of a TextTest.
type TextOp string

// The text tests.
const (
	Contains   TextOp = "contains"
	BeginsWith TextOp = "begins with"
	EndsWith   TextOp = "ends with"
	SimilarTo  TextOp = "similar to"
)

// TextTest is [Column] [not] contains 'text', with any number of values.
type TextTest struct {
	At
	Column ColumnRef
	Not    bool
	Op     TextOp
	Values []Operand
}

// Range is [Column] between x and y.
type Range struct {
	At
	Left Aggregated
	Low  Operand
	High Operand
}

// DateOp is the test of a DateTest.
type DateOp string

// The date tests.
const (
	Before     DateOp = "before"
	After      DateOp = "after"
	OnOrBefore DateOp = "on or before"
	OnOrAfter  DateOp = "on or after"
)

// DateTest is [Date] before 'x'.
type DateTest struct {
	At
	Column ColumnRef
	Op     DateOp
	Value  Operand
}

// Geo is [City] near 'x' within n km, or [City] farther than n km from 'x'.
type Geo struct {
	At
	Column     ColumnRef
	Farther    bool
	Place      Operand
	Kilometres float64 // 10 when not given
}

// Relation is [X] [not] in ( inner search ).
type Relation struct {
	At
	Column ColumnRef
	Not    bool
	Inner  *Query
}

// Side is one side of a Versus; no conditions means "all".
type Side struct {
	At
	Conditions []Condition
}

// Versus compares the measures under two or more conditions.
type Versus struct {
	At
	Sides []Side
}

// Share is "m of a and b" or "m percentage of a and b"; no columns means "all".
type Share struct {
	At
	Measure    Aggregated
	Percentage bool
	Of         []ColumnRef
}

// Growth is "growth of m by d [over]".
type Growth struct {
	At
	Measure Aggregated
	Date    Aggregated
	Over    string // "year-over-year" and so on, empty when not given
}

// Calendar is "calendar.name"; an empty name is the Gregorian calendar.
type Calendar struct {
	At
	Name string
}

func (Output) phrase()      {}
func (Sort) phrase()        {}
func (Top) phrase()         {}
func (Rank) phrase()        {}
func (ValueFilter) phrase() {}
func (Compare) phrase()     {}
func (TextTest) phrase()    {}
func (Range) phrase()       {}
func (DateTest) phrase()    {}
func (Geo) phrase()         {}
func (Relation) phrase()    {}
func (Versus) phrase()      {}
func (Share) phrase()       {}
func (Growth) phrase()      {}
func (Calendar) phrase()    {}

func (ValueFilter) condition() {}
func (Compare) condition()     {}
func (TextTest) condition()    {}
func (Range) condition()       {}
func (DateTest) condition()    {}
func (Geo) condition()         {}

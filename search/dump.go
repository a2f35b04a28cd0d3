package search

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// Dump shows the tree of a search with the span of every part, one node a
// line and indented; goldens use it.
func Dump(q *Query) string {
	var d dumper
	d.query(q)
	return d.b.String()
}

type dumper struct {
	b     strings.Builder
	depth int
}

// line writes one node: its kind, its span and what else is to be said.
func (d *dumper) line(kind string, at source.Span, details ...string) {
	fmt.Fprintf(&d.b, "%s%s %s", strings.Repeat("  ", d.depth), kind, at)
	for _, detail := range details {
		if detail != "" {
			d.b.WriteString(" " + detail)
		}
	}
	d.b.WriteByte('\n')
}

func (d *dumper) inside(body func()) {
	d.depth++
	body()
	d.depth--
}

func (d *dumper) query(q *Query) {
	for _, phrase := range q.Phrases {
		d.phrase(phrase)
	}
}

func flag(on bool, word string) string {
	if on {
		return word
	}
	return ""
}

func placed(text string, at source.Span) string {
	if at == (source.Span{}) {
		return text
	}
	return fmt.Sprintf("%s@%s", text, at)
}

func (d *dumper) phrase(phrase Phrase) {
	at := phrase.Span()
	switch ph := phrase.(type) {
	case Output:
		d.line("output", at, [...]string{"", "by", "for", "for each"}[ph.Group])
		d.inside(func() { d.aggregated(ph.Aggregated) })
	case Sort:
		d.line("sort", at, flag(ph.Descending, "descending"))
		d.inside(func() { d.aggregated(ph.Key) })
	case Top:
		d.line("top", at, flag(ph.Bottom, "bottom"), placed(fmt.Sprint(ph.N), ph.NAt))
		if ph.By != nil {
			d.inside(func() { d.aggregated(*ph.By) })
		}
	case Rank:
		d.line("rank", at)
		d.inside(func() { d.aggregated(ph.Key) })
	case ValueFilter:
		d.line("filter", at)
		d.inside(func() { d.column(ph.Column); d.operands(ph.Values...) })
	case Compare:
		d.line("compare", at, placed(string(ph.Op), ph.OpAt))
		d.inside(func() { d.aggregated(ph.Left); d.operands(ph.Values...) })
	case TextTest:
		d.line("text test", at, flag(ph.Not, "not"), string(ph.Op))
		d.inside(func() { d.column(ph.Column); d.operands(ph.Values...) })
	case Range:
		d.line("range", at)
		d.inside(func() { d.aggregated(ph.Left); d.operands(ph.Low, ph.High) })
	case DateTest:
		d.line("date test", at, string(ph.Op))
		d.inside(func() { d.column(ph.Column); d.operands(ph.Value) })
	case Geo:
		d.line("geo", at, flag(ph.Farther, "farther"), fmt.Sprintf("%g km", ph.Kilometres))
		d.inside(func() { d.column(ph.Column); d.operands(ph.Place) })
	case Relation:
		d.line("relation", at, flag(ph.Not, "not"))
		d.inside(func() { d.column(ph.Column); d.inside(func() { d.query(ph.Inner) }) })
	case Versus:
		d.line("versus", at)
		d.inside(func() {
			for _, side := range ph.Sides {
				d.line("side", side.Where, flag(len(side.Conditions) == 0, "all"))
				d.inside(func() {
					for _, c := range side.Conditions {
						d.phrase(c)
					}
				})
			}
		})
	case Share:
		d.line("share", at, flag(ph.Percentage, "percentage"), flag(len(ph.Of) == 0, "of all"))
		d.inside(func() {
			d.aggregated(ph.Measure)
			for _, c := range ph.Of {
				d.column(c)
			}
		})
	case Growth:
		d.line("growth", at, ph.Over)
		d.inside(func() { d.aggregated(ph.Measure); d.aggregated(ph.Date) })
	case Calendar:
		d.line("calendar", at, ph.Name)
	default:
		panic(fmt.Sprintf("search: no dump for %T", phrase))
	}
}

func (d *dumper) aggregated(a Aggregated) {
	var aggregation, bucket string
	if a.Aggregation != datatype.DefaultAggregation {
		aggregation = placed(a.Aggregation.Word(), a.AggregationAt)
	}
	if a.Bucket != datatype.NoBucket {
		bucket = placed(a.Bucket.String(), a.BucketAt)
	}
	if aggregation != "" || bucket != "" {
		d.line("use", a.Where, aggregation, bucket)
		d.inside(func() { d.column(a.Column) })
		return
	}
	d.column(a.Column)
}

func (d *dumper) column(c ColumnRef) {
	path := ""
	if c.Path != "" {
		path = fmt.Sprintf("path %q", c.Path)
	}
	d.line("column", c.Where, fmt.Sprintf("%q", c.Name), path)
}

func (d *dumper) operands(values ...Operand) {
	kinds := [...]string{TextOperand: "text", NumberOperand: "number", BoolOperand: "bool", NullOperand: "null", EmptyOperand: "empty"}
	for _, o := range values {
		of := ""
		if o.Column != nil {
			of = placed("of "+o.Column.String(), o.Column.Where)
		}
		d.line(kinds[o.Kind], o.Where, fmt.Sprintf("%q", o.Text), flag(o.Quoted, "quoted"), of)
	}
}

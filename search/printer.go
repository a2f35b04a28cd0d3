package search

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
)

// String prints the search in canonical bracket form. Parsing it gives the
// same tree but for the spans.
func (q *Query) String() string {
	var p printer
	p.phrases(q.Phrases)
	return p.b.String()
}

// String prints the column in brackets, with escapes.
func (c ColumnRef) String() string {
	if c.Path == "" {
		return "[" + escapeName(c.Name, false) + "]"
	}
	return "[" + escapeName(c.Path, true) + "::" + escapeName(c.Name, false) + "]"
}

// escapeName escapes brackets and backslashes, and those colons that could be
// read as the :: after a path.
func escapeName(s string, path bool) string {
	if !strings.ContainsAny(s, `[]\:`) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		switch s[i] {
		case '[', ']', '\\':
			b.WriteByte('\\')
		case ':':
			last := i == len(s)-1
			if i > 0 && s[i-1] == ':' || !last && s[i+1] == ':' || last && path {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// quote puts a text in single quotes, or in double ones when it holds a single
// one. A text with both gets its single quotes doubled.
func quote(s string) string {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// valueAfterDot prints a value bare where that is possible.
func valueAfterDot(s string) string {
	_, special := placeholder(s[:strings.IndexByte(s, '}')+1])
	if special || s == "" || runLength(s) < len(s) {
		return quote(s)
	}
	return s
}

type printer struct{ b strings.Builder }

func (p *printer) write(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// phrases prints phrases with a blank between them, or with what keeps the
// second from being read as part of the first.
func (p *printer) phrases(list []Phrase) {
	for i, phrase := range list {
		if i > 0 {
			p.write(separator(last(list[i-1]), first(phrase)))
		}
		p.phrase(phrase)
	}
}

// first and last are the phrases at the ends of a versus; any other phrase is
// both its own.
func first(phrase Phrase) Phrase {
	if v, ok := phrase.(Versus); ok && len(v.Sides[0].Conditions) == 1 {
		return v.Sides[0].Conditions[0]
	}
	return phrase
}

func last(phrase Phrase) Phrase {
	if v, ok := phrase.(Versus); ok && len(v.Sides[len(v.Sides)-1].Conditions) == 1 {
		return v.Sides[len(v.Sides)-1].Conditions[0]
	}
	return phrase
}

func separator(a, b Phrase) string {
	switch a := a.(type) {
	case Top:
		if out, ok := b.(Output); ok && a.By == nil && out.Group == By {
			return ", "
		}
		if a.By != nil && takesTail(*a.By, b) {
			return ", "
		}
	case Sort:
		if !a.Descending && takesTail(a.Key, b) {
			return ", "
		}
	case Rank:
		if takesTail(a.Key, b) {
			return ", "
		}
	case Growth:
		if a.Over == "" && takesTail(a.Date, b) {
			return ", "
		}
	case ValueFilter:
		if continuesList(a.Column, b) {
			return " for "
		}
	case Compare:
		if a.Op.takesList() && a.Left.Bucket == datatype.NoBucket && continuesList(a.Left.Column, b) {
			return " for "
		}
	}
	return " "
}

// takesTail reports whether b, directly after a, would be read as its bucket,
// as in sort by [date] [date].monthly.
func takesTail(a Aggregated, b Phrase) bool {
	out, ok := b.(Output)
	return ok && a.Bucket == datatype.NoBucket && out.Group == NoGroupWord &&
		out.Aggregation == datatype.DefaultAggregation && out.Bucket != datatype.NoBucket && sameColumn(a.Column, out.Column)
}

// continuesList reports whether b, directly after a list of values of the
// column, would be read as more of them.
func continuesList(column ColumnRef, b Phrase) bool {
	filter, ok := b.(ValueFilter)
	return ok && sameColumn(column, filter.Column)
}

func (p *printer) phrase(phrase Phrase) {
	switch ph := phrase.(type) {
	case Output:
		switch ph.Group {
		case By:
			p.write("by ")
		case For:
			p.write("for ")
		case ForEach:
			p.write("for each ")
		}
		p.aggregated(ph.Aggregated)
	case Sort:
		p.write("sort by ")
		p.aggregated(ph.Key)
		if ph.Descending {
			p.write(" descending")
		}
	case Top:
		word := "top "
		if ph.Bottom {
			word = "bottom "
		}
		p.write(word, strconv.Itoa(ph.N))
		if ph.By != nil {
			p.write(" by ")
			p.aggregated(*ph.By)
		}
	case Rank:
		p.write("ranked by ")
		p.aggregated(ph.Key)
	case ValueFilter:
		p.operands(ph.Values)
	case Compare:
		p.aggregated(ph.Left)
		p.write(" ", string(ph.Op), " ")
		p.operands(ph.Values)
	case TextTest:
		p.write(ph.Column.String(), " ", negation(ph.Not), string(ph.Op), " ")
		for i, v := range ph.Values {
			if i > 0 {
				p.write(", ")
			}
			p.operand(v)
		}
	case Range:
		p.aggregated(ph.Left)
		p.write(" between ")
		p.operand(ph.Low)
		p.write(" and ")
		p.operand(ph.High)
	case DateTest:
		p.write(ph.Column.String(), " ", string(ph.Op), " ")
		p.operand(ph.Value)
	case Geo:
		p.geo(ph)
	case Relation:
		p.write(ph.Column.String(), " ", negation(ph.Not), "in ( ")
		p.phrases(ph.Inner.Phrases)
		p.write(" )")
	case Versus:
		for i, side := range ph.Sides {
			if i > 0 {
				p.write(" vs ")
			}
			p.side(side)
		}
	case Share:
		p.share(ph)
	case Growth:
		p.write("growth of ")
		p.aggregated(ph.Measure)
		p.write(" by ")
		p.aggregated(ph.Date)
		if ph.Over != "" {
			p.write(" ", ph.Over)
		}
	case Calendar:
		p.write("calendar")
		if ph.Name != "" {
			p.write(".", valueAfterDot(ph.Name))
		}
	default:
		panic(fmt.Sprintf("search: no printer for %T", phrase))
	}
}

func negation(not bool) string {
	if not {
		return "not "
	}
	return ""
}

func (p *printer) aggregated(a Aggregated) {
	if word := a.Aggregation.Word(); word != "" {
		p.write(word, " ")
	}
	p.write(a.Column.String())
	if a.Bucket != datatype.NoBucket {
		p.write(".", valueAfterDot(a.Bucket.String()))
	}
}

// operands prints a list as people do: commas between plain values, blanks
// before values that name their column.
func (p *printer) operands(values []Operand) {
	for i, v := range values {
		switch {
		case i > 0 && v.Column == nil:
			p.write(", ")
		case i > 0:
			p.write(" ")
		}
		p.operand(v)
	}
}

func (p *printer) operand(o Operand) {
	if o.Column != nil {
		p.write(o.Column.String(), ".")
	}
	switch {
	case o.Quoted:
		p.write(quote(o.Text))
	case o.Kind != TextOperand:
		p.write(o.Text)
	case o.Column != nil:
		p.write(valueAfterDot(o.Text))
	default:
		p.write(quote(o.Text))
	}
}

func (p *printer) geo(g Geo) {
	distance := strconv.FormatFloat(g.Kilometres, 'f', -1, 64) + " km"
	if g.Farther {
		p.write(g.Column.String(), " farther than ", distance, " from ")
		p.operand(g.Place)
		return
	}
	p.write(g.Column.String(), " near ")
	p.operand(g.Place)
	p.write(" within ", distance)
}

func (p *printer) side(s Side) {
	switch len(s.Conditions) {
	case 0:
		p.write("all")
	case 1:
		p.phrase(s.Conditions[0])
	default:
		p.write("( ")
		for i, c := range s.Conditions {
			if i > 0 {
				p.write(separator(s.Conditions[i-1], c))
			}
			p.phrase(c)
		}
		p.write(" )")
	}
}

func (p *printer) share(s Share) {
	p.aggregated(s.Measure)
	if s.Percentage {
		p.write(" percentage of ")
	} else {
		p.write(" of ")
	}
	if len(s.Of) == 0 {
		p.write("all")
	}
	for i, c := range s.Of {
		if i > 0 {
			p.write(" and ")
		}
		p.write(c.String())
	}
}

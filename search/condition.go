package search

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

func (o Op) takesList() bool { return o == OpEq || o == OpNe }

// compare reads an operator and its values after left.
func (p *parser) compare(left Aggregated, start source.Span) Phrase {
	operator := p.next()
	c := Compare{Left: left, Op: Op(operator.text), OpAt: operator.at}
	if name := p.current(); name.kind == wordToken && left.Bucket.IsCyclic() {
		p.pos++
		p.report(periodNotInteger(name.at, name.text, left.Bucket))
		return nil
	}
	value, ok := p.operand(left.Column)
	if !ok {
		return nil
	}
	c.Values = append(c.Values, value)
	if c.Op.takesList() {
		c.Values = p.moreValues(c.Values, left.Column, listRules{plain: true, qualified: left.Bucket == datatype.NoBucket, adjacent: true})
	} else if plainOperand(p.current()) || p.current().kind == commaToken && plainOperand(p.peek(1)) {
		extra := p.current()
		if extra.kind == commaToken {
			extra = p.peek(1)
		}
		p.report(tooManyValues(extra.at, p.written(operator)))
		p.moreValues(nil, left.Column, listRules{plain: true, adjacent: true})
	}
	if left.Bucket.IsCyclic() {
		p.checkPeriod(c)
	}
	c.Where = p.since(start)
	return c
}

// checkPeriod checks the values of a period condition, such as
// [date].'day of week' = 5 (search-language.md 3.3).
func (p *parser) checkPeriod(c Compare) {
	low, high := c.Left.Bucket.Range()
	for _, v := range c.Values {
		n, err := strconv.Atoi(strings.TrimSpace(v.Text))
		switch {
		case err != nil:
			p.report(periodNotInteger(v.Where, v.Text, c.Left.Bucket))
		case c.Op.takesList() && (n < low || n > high):
			p.report(periodOutOfRange(v.Where, v.Text, c.Left.Bucket))
		}
	}
}

// valueFilter reads [column].value and further values of the column.
func (p *parser) valueFilter(left Aggregated, start source.Span) Phrase {
	value, ok := p.qualified(left.Column)
	if !ok {
		return nil
	}
	if left.Aggregation != datatype.DefaultAggregation {
		p.report(aggregatedValue(left.AggregationAt, p.text.Slice(left.AggregationAt), p.text.Slice(value.Where)))
		return nil
	}
	f := ValueFilter{Column: left.Column, Values: []Operand{value}}
	f.Values = p.moreValues(f.Values, left.Column, listRules{qualified: true, adjacent: true})
	f.Where = p.since(start)
	if t := p.current(); t.kind == operatorToken {
		p.pos++
		p.report(operatorAfterValue(t.at, p.written(t)))
		return nil
	}
	return f
}

// between reads the rest of a range after left.
func (p *parser) between(left Aggregated, start source.Span) Phrase {
	p.pos++
	r := Range{Left: left}
	var ok bool
	if r.Low, ok = p.operand(left.Column); !ok {
		return nil
	}
	if !p.expect("and") {
		return nil
	}
	if r.High, ok = p.operand(left.Column); !ok {
		return nil
	}
	r.Where = p.since(start)
	return r
}

// expect reads a keyword that is the only one possible here.
func (p *parser) expect(phrase string) bool {
	if _, ok := p.accept(phrase); ok {
		return true
	}
	p.reportMissing(phrase)
	return false
}

func (p *parser) reportMissing(keyword string) {
	switch t := p.current(); t.kind {
	case badToken:
		p.pos++
	case endToken:
		p.report(missingKeyword(p.previous().at, "", keyword))
	default:
		p.report(missingKeyword(t.at, p.written(t), keyword))
	}
}

// startsPlainCondition reports whether t leads to a condition on a column that
// has neither aggregation nor bucket.
func startsPlainCondition(t token) bool {
	if t.kind != keywordToken {
		return false
	}
	switch t.keyword.Kind {
	case KeywordText, KeywordDate:
		return true
	}
	return t.is("not", "in", "near", "farther than")
}

// plainCondition reads a text test, a date test, a place or an in after a
// column.
func (p *parser) plainCondition(left Aggregated, start source.Span) Phrase {
	t := p.current()
	if left.Aggregation != datatype.DefaultAggregation {
		p.report(misplacedAggregation(left.AggregationAt, p.text.Slice(left.AggregationAt), t.keyword.Phrase))
		return nil
	}
	if left.Bucket != datatype.NoBucket {
		p.report(misplacedBucket(left.BucketAt, left.Bucket, t.keyword.Phrase))
		return nil
	}
	not := false
	if t.is("not") {
		after := p.peek(1)
		if !after.is("in") && (after.kind != keywordToken || after.keyword.Kind != KeywordText) {
			p.pos++
			p.report(lonelyNot(t.at))
			return nil
		}
		not = true
		p.pos++
		t = after
	}
	switch {
	case t.is("in"):
		return p.relation(left.Column, not, start)
	case t.is("near", "farther than"):
		return p.geo(left.Column, start)
	case t.keyword.Kind == KeywordDate:
		return p.dateTest(left.Column, start)
	}
	return p.textTest(left.Column, not, start)
}

func (p *parser) textTest(column ColumnRef, not bool, start source.Span) Phrase {
	test := TextTest{Column: column, Not: not, Op: TextOp(p.next().keyword.Phrase)}
	value, ok := p.operand(column)
	if !ok {
		return nil
	}
	test.Values = p.moreValues([]Operand{value}, column, listRules{plain: true, qualified: true})
	test.Where = p.since(start)
	return test
}

func (p *parser) dateTest(column ColumnRef, start source.Span) Phrase {
	test := DateTest{Column: column, Op: DateOp(p.next().keyword.Phrase)}
	var ok bool
	if test.Value, ok = p.operand(column); !ok {
		return nil
	}
	test.Where = p.since(start)
	return test
}

const defaultKilometres = 10

func (p *parser) geo(column ColumnRef, start source.Span) Phrase {
	g := Geo{Column: column, Farther: p.next().is("farther than"), Kilometres: defaultKilometres}
	var ok bool
	if g.Farther {
		if g.Kilometres, ok = p.distance(); !ok || !p.expect("from") {
			return nil
		}
	}
	if g.Place, ok = p.place(); !ok {
		return nil
	}
	if !g.Farther {
		if _, within := p.accept("within"); within {
			if g.Kilometres, ok = p.distance(); !ok {
				return nil
			}
		}
	}
	g.Where = p.since(start)
	return g
}

func (p *parser) place() (Operand, bool) {
	switch t := p.current(); t.kind {
	case stringToken:
		p.pos++
		return Operand{At: At{Where: t.at}, Text: t.text, Quoted: true}, true
	case wordToken:
		return p.unquoted(), true
	case badToken:
		p.pos++
	default:
		p.report(missingPlace(p.previous().at, p.written(p.previous())))
	}
	return Operand{}, false
}

// distance reads a number and its unit and returns kilometres.
func (p *parser) distance() (float64, bool) {
	number, unit := p.current(), p.peek(1)
	if number.kind != numberToken || unit.kind != keywordToken || unit.keyword.kilometres == 0 {
		p.report(missingDistance(p.previous().at, p.written(p.previous())))
		if number.kind == numberToken {
			p.pos++
		}
		return 0, false
	}
	p.pos += 2
	n, err := strconv.ParseFloat(number.text, 64)
	n *= unit.keyword.kilometres
	if err != nil || n <= 0 || math.IsInf(n, 0) {
		p.report(badDistance(number.at, number.text))
		return 0, false
	}
	return n, true
}

// operand reads a value to be compared with the column. What stands before it
// is the last token read.
func (p *parser) operand(column ColumnRef) (Operand, bool) {
	before, t := p.previous(), p.current()
	switch {
	case plainOperand(t):
		p.pos++
		return plainValue(t), true
	case t.kind == columnToken && p.peek(1).kind == dotToken:
		p.pos++
		return p.qualified(column)
	case t.kind == columnToken && p.peek(1).kind != operatorToken:
		p.report(columnAsValue(before.at, p.written(before)))
	case t.kind == badToken:
		p.pos++
	case t.kind == wordToken:
		return p.unquoted(), true
	default:
		p.report(missingValue(before.at, p.written(before)))
	}
	return Operand{}, false
}

// plainOperand reports whether t is a value that stands for itself.
func plainOperand(t token) bool {
	switch t.kind {
	case stringToken, numberToken, nullishToken:
		return true
	}
	return t.is("true", "false")
}

// plainValue makes an operand of a token that plainOperand accepts, or that
// stands after a dot.
func plainValue(t token) Operand {
	o := Operand{At: At{Where: t.at}, Text: t.text, Quoted: t.kind == stringToken}
	switch t.kind {
	case stringToken, nullishToken:
		o.Kind, _ = placeholder(t.text)
	case numberToken:
		o.Kind = NumberOperand
	case keywordToken:
		o.Kind = BoolOperand
	}
	return o
}

// qualified reads the dot and the value of [column].value; the column has been
// read and must be the one that is compared.
func (p *parser) qualified(compared ColumnRef) (Operand, bool) {
	column := columnOf(p.previous())
	p.pos++
	t := p.current()
	if t.kind != bareToken && t.kind != stringToken && t.kind != nullishToken {
		p.missingAfterDot()
		return Operand{}, false
	}
	p.pos++
	o := plainValue(t)
	o.Column = &column
	o.Where = p.since(column.Where)
	if !sameColumn(column, compared) {
		p.report(otherColumn(o.Where, column, compared))
		return Operand{}, false
	}
	return o, true
}

// listRules say how a list of values goes on.
type listRules struct {
	plain     bool // with values that stand for themselves
	qualified bool // with further values of the form [column].value
	adjacent  bool // without comma or "or"
}

// moreValues reads the values that continue a list. A comma belongs to the list
// only when a value follows it (search-language.md 1.5, rule 3).
func (p *parser) moreValues(values []Operand, column ColumnRef, rules listRules) []Operand {
	for {
		start := p.pos
		comma := p.current().kind == commaToken
		if comma {
			p.pos++
		}
		or, isOr := p.accept("or")
		if !comma && !isOr && !rules.adjacent {
			return values
		}
		switch t := p.current(); {
		case rules.plain && plainOperand(t), rules.qualified && p.valueAhead(column):
			value, _ := p.operand(column)
			values = append(values, value)
			continue
		case isOr && t.kind == wordToken:
			values = append(values, p.unquoted())
			continue
		case isOr && t.kind == columnToken:
			p.report(conditionsJoinedByOr(or.at))
		case isOr:
			p.report(missingValue(or.at, p.written(or)))
		default:
			p.pos = start
		}
		return slices.Clip(values)
	}
}

// valueAhead reports whether [column].value comes next, for this column and
// with a value that is no bucket.
func (p *parser) valueAhead(column ColumnRef) bool {
	t := p.current()
	if t.kind != columnToken || p.peek(1).kind != dotToken || !sameColumn(columnOf(t), column) {
		return false
	}
	value := p.peek(2)
	switch value.kind {
	case bareToken, stringToken:
		_, bucket := bucketOf(value)
		return !bucket
	}
	return value.kind == nullishToken
}

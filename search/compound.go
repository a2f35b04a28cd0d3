package search

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// relation reads "in ( search )" after a column.
func (p *parser) relation(column ColumnRef, not bool, start source.Span) Phrase {
	in := p.next().at
	open := p.current()
	if open.kind != openToken {
		p.reportMissing("(")
		return nil
	}
	if p.depth == p.options.MaxDepth {
		p.report(tooDeep(open.at, p.options.MaxDepth))
		p.skipParentheses()
		return nil
	}
	p.pos++
	before := len(p.diagnostics)
	p.depth++
	inner := &Query{Text: p.text, Phrases: p.phrases()}
	p.depth--
	switch {
	case p.current().kind == closeToken:
		p.pos++
	case len(p.diagnostics) < source.MaxDiagnostics:
		p.report(unclosedParenthesis(p.text, open.at))
	}
	if len(p.diagnostics) == before && !mentions(inner, column) {
		p.report(relationColumn(in.Join(p.previous().at), column))
	}
	return Relation{At: At{Where: p.since(start)}, Column: column, Not: not, Inner: inner}
}

// skipParentheses reads from an opening parenthesis to the one that closes it.
func (p *parser) skipParentheses() {
	for depth := 0; ; {
		switch p.next().kind {
		case openToken:
			depth++
		case closeToken:
			depth--
		case endToken:
			return
		}
		if depth == 0 {
			return
		}
	}
}

// mentions reports whether the search names the column at all. It is generous:
// whether the column is an output is decided where names are resolved.
func mentions(q *Query, column ColumnRef) bool {
	same := func(c ColumnRef) bool { return strings.EqualFold(plainName(c), plainName(column)) }
	return slices.ContainsFunc(q.Phrases, func(phrase Phrase) bool {
		switch ph := phrase.(type) {
		case Output:
			return same(ph.Column)
		case Sort:
			return same(ph.Key.Column)
		case Top:
			return ph.By != nil && same(ph.By.Column)
		case Rank:
			return same(ph.Key.Column)
		case ValueFilter:
			return same(ph.Column)
		case Compare:
			return same(ph.Left.Column)
		case TextTest:
			return same(ph.Column)
		case Range:
			return same(ph.Left.Column)
		case DateTest:
			return same(ph.Column)
		case Geo:
			return same(ph.Column)
		case Relation:
			return same(ph.Column)
		case Share:
			return same(ph.Measure.Column)
		case Growth:
			return same(ph.Measure.Column) || same(ph.Date.Column)
		}
		return false
	})
}

// plainName is the name without what can vary between two mentions of one
// column: outer blanks and the prefix of formulas.
func plainName(c ColumnRef) string {
	const formula = "formula_"
	name := strings.TrimSpace(c.Name)
	if len(name) > len(formula) && strings.EqualFold(name[:len(formula)], formula) {
		name = name[len(formula):]
	}
	return name
}

// versus reads a versus whose first side is in parentheses or is all.
func (p *parser) versus() Phrase {
	word := p.current()
	side, ok := p.side()
	if !ok {
		return nil
	}
	if t := p.current(); !t.is("vs", "versus") {
		switch {
		case word.kind == keywordToken:
			p.report(allWithoutVersus(word.at, p.written(word)))
		case t.kind == endToken:
			p.report(sideWithoutVersus(p.previous().at, ""))
		default:
			p.report(sideWithoutVersus(t.at, p.written(t)))
		}
		return nil
	}
	return p.versusAfter(side)
}

// versusAfter reads vs and the further sides.
func (p *parser) versusAfter(first Side) Phrase {
	v := Versus{Sides: []Side{first}}
	if p.depth > 0 {
		p.report(versusInside(p.current().at))
	}
	for {
		word, ok := p.accept("vs", "versus")
		if !ok {
			break
		}
		if t := p.current(); t.kind != columnToken && t.kind != openToken && t.kind != badToken &&
			(t.kind != keywordToken || !t.keyword.starts) {
			p.report(missingCondition(word.at))
			return nil
		}
		side, ok := p.side()
		if !ok {
			return nil
		}
		v.Sides = append(v.Sides, side)
	}
	v.Where = p.since(first.Where)
	return v
}

// side reads one side of a versus: a condition, several in parentheses, or all.
func (p *parser) side() (Side, bool) {
	start := p.current()
	if _, ok := p.accept("all", "everything"); ok {
		return Side{At: At{Where: start.at}}, true
	}
	var s Side
	if start.kind != openToken {
		condition, ok := p.sideCondition()
		if !ok {
			return s, false
		}
		s.Conditions = append(s.Conditions, condition)
		s.Where = p.since(start.at)
		return s, true
	}
	p.pos++
	for p.current().kind != closeToken {
		switch p.current().kind {
		case endToken:
			p.report(unclosedParenthesis(p.text, start.at))
			return s, false
		case commaToken, badToken:
			p.pos++
			continue
		}
		condition, ok := p.sideCondition()
		if !ok {
			p.pos = p.closing(start)
			return s, false
		}
		s.Conditions = append(s.Conditions, condition)
	}
	p.pos++
	s.Where = p.since(start.at)
	if len(s.Conditions) == 0 {
		p.report(missingCondition(s.Where))
		return s, false
	}
	return s, true
}

// closing is the place after the parenthesis that closes the one at open.
func (p *parser) closing(open token) int {
	depth := 0
	for i, t := range p.tokens {
		switch {
		case t.at.Start < open.at.Start:
		case t.kind == openToken:
			depth++
		case t.kind == closeToken:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(p.tokens) - 1
}

func (p *parser) sideCondition() (Condition, bool) {
	start := p.pos
	t := p.current()
	if t.kind != columnToken && (t.kind != keywordToken || !t.keyword.starts) {
		p.stray()
		return nil, false
	}
	if t.is("top", "best", "bottom", "worst", "sort by", "sorted by", "ranked by", "growth of", "calendar", "all", "everything") {
		p.pos++
		p.report(onlyConditions(t.at))
		return nil, false
	}
	phrase := p.columnPhrase()
	condition, ok := phrase.(Condition)
	if phrase != nil && !ok {
		p.report(onlyConditions(p.since(p.tokens[start].at)))
	}
	return condition, ok
}

// share reads "of" or "percentage of" after a measure.
func (p *parser) share(measure Aggregated, start source.Span) Phrase {
	word := p.next()
	if measure.Bucket != datatype.NoBucket {
		p.report(misplacedBucket(measure.BucketAt, measure.Bucket, word.keyword.Phrase))
		return nil
	}
	s := Share{Measure: measure, Percentage: word.is("percentage of")}
	if _, all := p.accept("all", "everything"); !all {
		column, ok := p.column()
		if !ok {
			return nil
		}
		s.Of = append(s.Of, column)
		for p.current().is("and") && p.plainColumnAfterAnd() {
			p.pos++
			s.Of = append(s.Of, columnOf(p.next()))
		}
	}
	s.Where = p.since(start)
	return s
}

// plainColumnAfterAnd reports whether the column after "and" belongs to a share
// rather than to a condition of its own.
func (p *parser) plainColumnAfterAnd() bool {
	if p.peek(1).kind != columnToken {
		return false
	}
	after := p.peek(2)
	switch after.kind {
	case dotToken, operatorToken:
		return false
	}
	return !startsPlainCondition(after) && !after.is("between", "of", "percentage of")
}

// growth reads a growth phrase, which must be the first of its search. One that
// is not is left out, and what else is wrong with it does not matter.
func (p *parser) growth(first bool) Phrase {
	if !first {
		p.report(misplacedGrowth(p.current().at))
		reported := len(p.diagnostics)
		p.growth(true)
		p.diagnostics = p.diagnostics[:reported]
		return nil
	}
	start := p.next().at
	measure, ok := p.aggregatedStart()
	if !ok || !p.expect("by") {
		return nil
	}
	date, ok := p.growthDate()
	if !ok {
		return nil
	}
	g := Growth{Measure: measure, Date: date}
	if over := p.current(); over.kind == keywordToken && over.keyword.Kind == KeywordGrowth && !over.is("growth of") {
		p.pos++
		g.Over = over.keyword.Phrase
		p.checkOver(date.Bucket, over)
	}
	g.Where = p.since(start)
	return g
}

func (p *parser) growthDate() (Aggregated, bool) {
	if t := p.current(); t.kind == keywordToken {
		p.report(missingColumn(p.previous().at, p.written(p.previous())))
		return Aggregated{}, false
	}
	return p.aggregated()
}

// overs lists the comparisons that a bucket allows (search-language.md 3.9).
var overs = map[datatype.Bucket][]string{
	datatype.Quarterly: {"year-over-year"},
	datatype.Monthly:   {"year-over-year", "quarter-over-quarter"},
	datatype.Weekly:    {"year-over-year", "quarter-over-quarter", "month-over-month"},
	datatype.Daily:     {"year-over-year", "quarter-over-quarter", "month-over-month", "week-over-week"},
	datatype.Hourly:    {"day-over-day"},
}

func (p *parser) checkOver(bucket datatype.Bucket, over token) {
	if bucket == datatype.NoBucket {
		bucket = datatype.Monthly
	}
	if !slices.Contains(overs[bucket], over.keyword.Phrase) {
		p.report(growthCombination(over.at, bucket, over.keyword.Phrase, overs[bucket]))
	}
}

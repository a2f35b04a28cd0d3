package search

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// The limits that hold when Options does not set them.
const (
	DefaultMaxBytes  = 64 << 10
	DefaultMaxTokens = 4096
	DefaultMaxDepth  = 16
)

// Options are the limits of a search; 0 means the default.
type Options struct {
	MaxBytes  int // length of the text
	MaxTokens int // columns, values, words and signs
	MaxDepth  int // searches inside each other: [x] in ( … )
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.MaxTokens <= 0 {
		o.MaxTokens = DefaultMaxTokens
	}
	if o.MaxDepth <= 0 {
		o.MaxDepth = DefaultMaxDepth
	}
	return o
}

// Parse reads a search in bracket form (search-language.md 1) with the default
// limits.
func Parse(text string) (*Query, source.Diagnostics) { return ParseWith(text, Options{}) }

// ParseWith reads a search in bracket form. The query is never nil; where there
// are errors it holds the phrases that were understood.
func ParseWith(text string, o Options) (*Query, source.Diagnostics) {
	o = o.withDefaults()
	p := &parser{text: source.NewText("", text), options: o}
	q := &Query{Text: p.text}
	if d, bad := unreadable(p.text, o); bad {
		return q, source.Diagnostics{d}
	}
	tokens, ok := lex(p.text, o.MaxTokens, p.report)
	if !ok {
		return q, p.diagnostics[len(p.diagnostics)-1:]
	}
	p.tokens = tokens
	q.Phrases = p.phrases()
	p.checkContent(q)
	return q, p.diagnostics.Sorted()
}

// unreadable refuses texts that are no texts, or too long to look at.
func unreadable(t *source.Text, o Options) (source.Diagnostic, bool) {
	text := t.String()
	if len(text) > o.MaxBytes {
		return tooLong(source.Span{Start: o.MaxBytes, End: len(text)}, len(text), o.MaxBytes), true
	}
	if !utf8.ValidString(text) {
		for i := 0; i < len(text); {
			r, n := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && n == 1 {
				return invalidUTF8(t, source.Span{Start: i, End: i + 1}), true
			}
			i += n
		}
	}
	if i := strings.IndexByte(text, 0); i >= 0 {
		return nulCharacter(t, source.Span{Start: i, End: i + 1}), true
	}
	return source.Diagnostic{}, false
}

// parser reads tokens by recursive descent. A method that fails has reported
// why, unless the lexer had reported the token already.
type parser struct {
	text        *source.Text
	tokens      []token
	pos         int
	depth       int // of searches around the current one
	options     Options
	diagnostics source.Diagnostics
}

func (p *parser) report(d source.Diagnostic) { p.diagnostics = append(p.diagnostics, d) }

func (p *parser) current() token { return p.tokens[p.pos] }

// peek is the token n places further, the endToken beyond the end.
func (p *parser) peek(n int) token { return p.tokens[min(p.pos+n, len(p.tokens)-1)] }

// previous is the last token read; its kind is endToken at the start.
func (p *parser) previous() token {
	if p.pos == 0 {
		return token{}
	}
	return p.tokens[p.pos-1]
}

func (p *parser) next() token {
	t := p.current()
	if t.kind != endToken {
		p.pos++
	}
	return t
}

// accept reads the current token when it is one of the keyword phrases.
func (p *parser) accept(phrases ...string) (token, bool) {
	if t := p.current(); t.is(phrases...) {
		p.pos++
		return t, true
	}
	return token{}, false
}

// since is the span from start to the end of the last token read.
func (p *parser) since(start source.Span) source.Span {
	return source.Span{Start: start.Start, End: max(start.Start, p.previous().at.End)}
}

func (p *parser) written(t token) string { return p.text.Slice(t.at) }

// phrases reads a search up to its end, or to the parenthesis that closes it.
func (p *parser) phrases() []Phrase {
	list := make([]Phrase, 0, min(len(p.tokens)-p.pos, 8))
	first := true
	calendars := ""
	for len(p.diagnostics) < source.MaxDiagnostics {
		t := p.current()
		switch {
		case t.kind == endToken, t.kind == closeToken && p.depth > 0:
			return list
		case t.kind == commaToken, t.kind == badToken:
			p.pos++
			continue
		}
		start := p.pos
		phrase := p.phrase(first)
		if phrase == nil {
			p.recover(start)
		} else {
			if c, ok := phrase.(Calendar); ok {
				p.checkCalendar(c, &calendars)
			}
			list = append(list, phrase)
		}
		first = false
	}
	p.pos = len(p.tokens) - 1
	return list
}

// recover goes on to the next token at which a phrase can start.
func (p *parser) recover(start int) {
	if p.pos == start {
		p.next()
	}
	for {
		t := p.current()
		switch t.kind {
		case endToken, commaToken, columnToken, closeToken, badToken, wordToken:
			return
		case keywordToken:
			if t.keyword.starts && !t.is("and") {
				return
			}
		case numberToken:
			if p.datePhraseLength(p.pos) > 0 {
				return
			}
		}
		p.pos++
	}
}

// phrase reads one phrase, or a versus that starts with one. It returns nil
// when it fails.
func (p *parser) phrase(first bool) Phrase {
	t := p.current()
	var read Phrase
	switch {
	case t.is("top", "best", "bottom", "worst"):
		read = p.top()
	case t.is("sort by", "sorted by"):
		read = p.sort()
	case t.is("ranked by"):
		read = p.rank()
	case t.is("growth of"):
		read = p.growth(first)
	case t.is("calendar"):
		read = p.calendar()
	case t.kind == openToken, t.is("all", "everything"):
		return p.versus()
	case t.kind == columnToken, t.kind == keywordToken && t.keyword.starts:
		read = p.columnPhrase()
		if condition, ok := read.(Condition); ok && p.current().is("vs", "versus") {
			return p.versusAfter(Side{At: At{Where: read.Span()}, Conditions: []Condition{condition}})
		}
	default:
		p.stray()
	}
	return read
}

// columnPhrase reads a phrase that starts with a column, or with a group or
// aggregation word before one.
func (p *parser) columnPhrase() Phrase {
	start := p.current().at
	group := p.groupWord()
	left, ok := p.aggregatedStart()
	if !ok {
		return nil
	}
	if p.current().kind == dotToken {
		bucket, isBucket := p.bucketAhead()
		if !isBucket {
			return p.valueFilter(left, start)
		}
		p.takeBucket(&left, bucket)
	}
	t := p.current()
	switch {
	case t.kind == operatorToken:
		return p.compare(left, start)
	case t.is("between"):
		return p.between(left, start)
	case t.is("of", "percentage of"):
		return p.share(left, start)
	case startsPlainCondition(t):
		return p.plainCondition(left, start)
	}
	return Output{At: At{Where: p.since(start)}, Group: group, Aggregated: left}
}

func (p *parser) groupWord() GroupWord {
	t, _ := p.accept("by", "for", "for each", "and")
	switch {
	case t.is("by"):
		return By
	case t.is("for"):
		return For
	case t.is("for each"):
		return ForEach
	}
	return NoGroupWord // and joins only
}

// aggregatedStart reads an aggregation word, when there is one, and a column.
func (p *parser) aggregatedStart() (Aggregated, bool) {
	start := p.current()
	var a Aggregated
	if start.kind == keywordToken && start.keyword.aggregation != datatype.DefaultAggregation {
		p.pos++
		a.Aggregation, a.AggregationAt = start.keyword.aggregation, start.at
	}
	column, ok := p.column()
	a.Column, a.Where = column, p.since(start.at)
	return a, ok
}

// aggregated reads an aggregation word, a column and a bucket, which may stand
// on a second mention of the column: [date] [date].monthly. Only the column is
// compulsory.
func (p *parser) aggregated() (Aggregated, bool) {
	a, ok := p.aggregatedStart()
	if !ok {
		return a, false
	}
	if p.current().kind == dotToken {
		bucket, ok := p.bucketAhead()
		if !ok {
			p.reportNotABucket()
			return a, false
		}
		p.takeBucket(&a, bucket)
	} else if p.tailAhead(a.Column) {
		p.pos++
		bucket, _ := p.bucketAhead()
		p.takeBucket(&a, bucket)
	}
	return a, true
}

// tailAhead reports whether the column comes again with a bucket that is no
// condition.
func (p *parser) tailAhead(column ColumnRef) bool {
	if t := p.current(); t.kind != columnToken || !sameColumn(columnOf(t), column) || p.peek(1).kind != dotToken {
		return false
	}
	if _, ok := bucketOf(p.peek(2)); !ok {
		return false
	}
	after := p.peek(3)
	return after.kind != operatorToken && !after.is("between")
}

// bucketAhead reports which bucket the current dot leads to.
func (p *parser) bucketAhead() (datatype.Bucket, bool) { return bucketOf(p.peek(1)) }

func bucketOf(t token) (datatype.Bucket, bool) {
	if t.kind != bareToken && t.kind != stringToken {
		return datatype.NoBucket, false
	}
	return datatype.ParseBucket(t.text)
}

// takeBucket reads the dot and the bucket.
func (p *parser) takeBucket(a *Aggregated, bucket datatype.Bucket) {
	p.pos++
	a.Bucket, a.BucketAt = bucket, p.next().at
	a.Where = p.since(a.Where)
}

func (p *parser) reportNotABucket() {
	p.pos++
	value := p.current()
	switch value.kind {
	case bareToken, stringToken, nullishToken:
		p.pos++
		p.report(notABucket(value.at, value.text, source.Nearest(value.text, bucketWords, 1)))
	default:
		p.missingAfterDot()
	}
}

// bucketWords are the words of all buckets.
var bucketWords = func() []string {
	var words []string
	for b := datatype.Detailed; b <= datatype.QuarterOfYear; b++ {
		words = append(words, b.String())
	}
	return words
}()

// column reads a column; when something else stands there, it says that one
// must follow the last token.
func (p *parser) column() (ColumnRef, bool) {
	t := p.current()
	switch t.kind {
	case columnToken:
		p.pos++
		return columnOf(t), true
	case badToken:
		p.pos++
	case wordToken:
		p.strayWord()
	default:
		p.report(missingColumn(p.previous().at, p.written(p.previous())))
	}
	return ColumnRef{}, false
}

func columnOf(t token) ColumnRef {
	return ColumnRef{At: At{Where: t.at}, Path: t.path, Name: t.text}
}

// sameColumn reports whether two references name one column as far as their
// text goes.
func sameColumn(a, b ColumnRef) bool {
	return strings.EqualFold(a.Name, b.Name) && strings.EqualFold(a.Path, b.Path)
}

func (p *parser) sort() Phrase {
	start := p.next().at
	key, ok := p.aggregated()
	if !ok {
		return nil
	}
	direction, _ := p.accept("ascending", "descending")
	return Sort{At: At{Where: p.since(start)}, Key: key, Descending: direction.is("descending")}
}

const defaultTop = 10

func (p *parser) top() Phrase {
	word := p.next()
	top := Top{Bottom: word.is("bottom", "worst"), N: defaultTop}
	if t := p.current(); t.kind == numberToken {
		p.pos++
		n, err := strconv.Atoi(t.text)
		if err != nil || n < 1 {
			p.report(badCount(t.at, t.text, word.keyword.Phrase))
			n = defaultTop
		}
		top.N, top.NAt = n, t.at
	}
	if _, ok := p.accept("by"); ok {
		by, ok := p.aggregated()
		if !ok {
			return nil
		}
		top.By = &by
	}
	top.Where = p.since(word.at)
	return top
}

func (p *parser) rank() Phrase {
	start := p.next().at
	key, ok := p.aggregated()
	if !ok {
		return nil
	}
	return Rank{At: At{Where: p.since(start)}, Key: key}
}

func (p *parser) calendar() Phrase {
	start := p.next().at
	c := Calendar{}
	if p.current().kind == dotToken {
		p.pos++
		t := p.current()
		if t.kind != bareToken && t.kind != stringToken || strings.TrimSpace(t.text) == "" {
			p.missingAfterDot()
			return nil
		}
		p.pos++
		if !strings.EqualFold(t.text, "calendar") {
			c.Name = t.text
		}
	}
	c.Where = p.since(start)
	return c
}

// checkCalendar reports a calendar unlike the one that the search has already.
func (p *parser) checkCalendar(c Calendar, seen *string) {
	name := strings.ToLower(c.Name)
	if name == "" {
		name = "calendar"
	}
	if *seen == "" {
		*seen = name
	}
	if *seen != name {
		p.report(twoCalendars(c.Where))
	}
}

// checkContent reports a search that is empty or that names no column.
func (p *parser) checkContent(q *Query) {
	if len(p.diagnostics) > 0 {
		return
	}
	if len(q.Phrases) == 0 {
		end := len(p.text.String())
		p.report(emptySearch(source.Span{Start: end, End: end}))
		return
	}
	for _, phrase := range q.Phrases {
		if namesColumn(phrase) {
			return
		}
	}
	p.report(noColumns(q.Phrases[0].Span().Join(q.Phrases[len(q.Phrases)-1].Span())))
}

// namesColumn reports whether the phrase names a column or holds a condition.
func namesColumn(phrase Phrase) bool {
	switch ph := phrase.(type) {
	case Calendar:
		return false
	case Top:
		return ph.By != nil
	case Versus:
		for _, side := range ph.Sides {
			if len(side.Conditions) > 0 {
				return true
			}
		}
		return false
	}
	return true
}

package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// stray reports a token that cannot start a phrase, and reads it.
func (p *parser) stray() {
	t, before := p.current(), p.previous()
	switch t.kind {
	case wordToken:
		p.strayWord()
		return
	case numberToken:
		if n := p.datePhraseLength(p.pos); n > 0 && before.kind != bareToken {
			p.strayDatePhrase(n)
			return
		}
	case dotToken:
		p.pos++
		if after := p.current(); after.kind == bareToken || after.kind == stringToken || after.kind == nullishToken {
			p.pos++
			p.report(unexpected(p.since(t.at), p.text.Slice(p.since(t.at))))
			return
		}
		p.missingAfterDot()
		return
	}
	p.pos++
	text := p.written(t)
	switch {
	case t.kind == closeToken:
		p.report(strayParenthesis(p.text, t.at))
	case before.kind == bareToken && (t.kind == keywordToken || t.kind == numberToken) && p.joinBare(before):
	case before.kind == columnToken && (t.kind == stringToken || t.kind == numberToken):
		p.report(valueWithoutOperator(t.at, p.written(before), text))
	case t.is("not"):
		p.report(lonelyNot(t.at))
	case t.is("vs", "versus"):
		p.report(missingCondition(t.at))
	case t.is("or"):
		p.report(conditionsJoinedByOr(t.at))
	case t.kind == keywordToken && t.keyword.Kind == KeywordGrowth:
		p.report(misplacedOver(t.at, text))
	default:
		p.report(unexpected(t.at, text))
	}
}

// joinBare reports a bucket or date phrase of several words that lacks its
// quotes, such as [date].day of week, when its first word is the bare value
// before the last token read.
func (p *parser) joinBare(bare token) bool {
	start := p.pos - 2
	n := p.datePhraseLength(start)
	if n < 2 {
		return false
	}
	p.pos = start + n
	p.reportUnquoted(p.since(bare.at))
	return true
}

// missingAfterDot reports a dot without a value; the dot is the last token
// read. A word after a blank is taken for the value.
func (p *parser) missingAfterDot() {
	dot := p.previous()
	if word := p.current(); word.kind == wordToken {
		p.pos++
		p.report(misplacedDot(p.since(dot.at), p.written(word)))
		return
	}
	p.report(missingAfterDot(dot.at))
}

// unquoted reports a value that lacks its quotes, and reads it as if it had
// them: a date phrase or the words up to the next keyword.
func (p *parser) unquoted() Operand {
	word := p.current()
	if strings.HasPrefix(word.text, "{") {
		p.pos++
		p.reportPlaceholder(word)
		return Operand{At: At{Where: word.at}, Kind: NullOperand, Text: word.text}
	}
	p.pos += max(p.datePhraseLength(p.pos), p.wordsAhead())
	at := p.since(word.at)
	p.reportUnquoted(at)
	return Operand{At: At{Where: at}, Text: p.text.Slice(at), Quoted: true}
}

func (p *parser) reportPlaceholder(word token) {
	p.report(unknownPlaceholder(word.at, word.text, source.Nearest(word.text, placeholders, 1)))
}

func (p *parser) reportUnquoted(at source.Span) { p.report(unquotedValue(at, p.text.Slice(at))) }

// wordsAhead counts the words and numbers that follow each other from here.
func (p *parser) wordsAhead() int {
	n := 0
	for k := p.peek(n).kind; k == wordToken || n > 0 && k == numberToken; k = p.peek(n).kind {
		n++
	}
	return n
}

// strayWord reports a word that is no keyword, with what its author is likely
// to have meant, and reads it.
func (p *parser) strayWord() {
	before, word := p.previous(), p.current()
	text := p.written(word)
	if strings.HasPrefix(text, ".") && len(text) > 1 && before.kind == columnToken {
		p.pos++
		p.report(misplacedDot(p.since(source.Span{Start: before.at.End}), text))
		return
	}
	if strings.HasPrefix(text, "{") {
		p.pos++
		p.reportPlaceholder(word)
		return
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		p.pos++
		p.report(unexpected(word.at, text))
		return
	}
	if before.kind == bareToken {
		p.pos += max(p.datePhraseLength(p.pos-1)-1, p.wordsAhead())
		p.reportUnquoted(p.since(before.at))
		return
	}
	if n := p.datePhraseLength(p.pos); n > 0 {
		p.strayDatePhrase(n)
		return
	}
	if n, hint, replacement := p.foreign(); n > 0 {
		p.pos += n
		at := p.since(word.at)
		p.report(foreignWord(at, p.text.Slice(at), hint, replacement))
		return
	}
	if n, keyword := p.misspelt(); n > 0 {
		p.pos += n
		at := p.since(word.at)
		p.report(misspeltKeyword(at, p.text.Slice(at), keyword))
		return
	}
	afterList := before.kind == commaToken && p.pos > 1 && plainOperand(p.tokens[p.pos-2])
	switch {
	case before.kind == stringToken, before.kind == nullishToken, afterList:
		p.unquoted()
	case before.kind == columnToken:
		p.pos += p.wordsAhead()
		at := p.since(word.at)
		p.report(wordAfterColumn(at, p.written(before), p.text.Slice(at)))
	default:
		p.pos++
		p.report(unbracketedColumn(word.at, text))
	}
}

func (p *parser) strayDatePhrase(n int) {
	start := p.current().at
	p.pos += n
	at := p.since(start)
	p.report(bucketWithoutColumn(at, p.text.Slice(at)))
}

// foreignWords are words that people bring along from other languages. An empty
// replacement means that the word can go.
var foreignWords = map[string]struct{ hint, replacement string }{
	"greater than": {"write > instead", ">"},
	"more than":    {"write > instead", ">"},
	"less than":    {"write < instead", "<"},
	"equals":       {"write = instead", "="},
	"is":           {"write = instead", "="},
	"asc":          {"write ascending instead", "ascending"},
	"desc":         {"write descending instead", "descending"},
	"order by":     {"write sort by instead", "sort by"},
	"group by":     {"write by instead", "by"},
	"limit":        {"write top instead", "top"},
	"where":        {"conditions need no word before them; remove it", ""},
	"having":       {"conditions need no word before them; remove it", ""},
	"exclude":      {"write [column] != 'value'", ""},
	"except":       {"write [column] != 'value'", ""},
}

// foreign looks the next words up among the foreign ones.
func (p *parser) foreign() (n int, hint, replacement string) {
	for n := 2; n > 0; n-- {
		words := p.words(p.pos, n)
		if w, ok := foreignWords[strings.Join(words, " ")]; ok && len(words) == n {
			return n, w.hint, w.replacement
		}
	}
	return 0, "", ""
}

// misspelt looks for a keyword of up to three words that the next words could
// stand for. Slips seldom hit the first letter, so it must agree.
func (p *parser) misspelt() (n int, keyword string) {
	for n := 3; n > 0; n-- {
		words := p.words(p.pos, n)
		if len(words) < n {
			continue
		}
		text := strings.Join(words, " ")
		initial, _ := utf8.DecodeRuneInString(text)
		var candidates []string
		for _, k := range keywords {
			first, _ := utf8.DecodeRuneInString(k.Phrase)
			if first == initial && len(k.Phrase) > 1 && (n == 1 || strings.Count(k.Phrase, " ") == n-1) {
				candidates = append(candidates, k.Phrase)
			}
		}
		if found := source.Nearest(text, candidates, 1); len(found) > 0 {
			return n, found[0]
		}
	}
	return 0, ""
}

// words returns up to n words from token i on, in lower case, as long as words,
// numbers, keywords and bare values follow each other.
func (p *parser) words(i, n int) []string {
	var list []string
	for ; i < len(p.tokens) && len(list) < n; i++ {
		switch t := p.tokens[i]; t.kind {
		case wordToken, numberToken, bareToken:
			list = append(list, strings.ToLower(t.text))
		case keywordToken:
			list = append(list, t.keyword.Phrase)
		default:
			return list
		}
	}
	return list
}

// datePhraseLength counts the tokens of the bucket or date phrase that starts
// at token i (search-language.md 3.0), 0 when there is none.
func (p *parser) datePhraseLength(i int) int {
	const longest = 4
	w := p.words(i, longest)
	for n := len(w); n > 0; n-- {
		if isDatePhrase(w[:n]) {
			return n
		}
	}
	return 0
}

var (
	units     = []string{"second", "minute", "hour", "day", "week", "month", "quarter", "year"}
	toDate    = units[4:]
	dateWords = []string{"today", "yesterday", "tomorrow", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "q1", "q2", "q3", "q4"}
	months    = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
)

func isDatePhrase(w []string) bool {
	if _, ok := datatype.ParseBucket(strings.Join(w, " ")); ok {
		return true
	}
	last := w[len(w)-1]
	switch len(w) {
	case 1:
		return slices.Contains(dateWords, last) || slices.Contains(months, last) || slices.Contains(units[2:], last)
	case 2:
		switch {
		case isYear(last):
			return slices.Contains(months, w[0]) || len(w[0]) == 2 && slices.Contains(dateWords, w[0])
		case isUnit(last):
			return isRelative(w[0]) || isCount(w[0])
		}
	case 3:
		return isUnit(last) && isRelative(w[0]) && isCount(w[1]) ||
			last == "ago" && isUnit(w[1]) && isCount(w[0]) ||
			last == "date" && w[1] == "to" && slices.Contains(toDate, w[0])
	}
	return false
}

func isRelative(w string) bool { return w == "this" || w == "last" || w == "next" }
func isUnit(w string) bool     { return slices.Contains(units, strings.TrimSuffix(w, "s")) }
func isYear(w string) bool     { return len(w) == 4 && isCount(w) }

func isCount(w string) bool {
	return !strings.ContainsFunc(w, func(r rune) bool { return !unicode.IsDigit(r) })
}

package formula

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/source"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenNumber
	tokenText
	tokenDate
	tokenRef
	tokenSymbol
)

type token struct {
	kind  tokenKind
	span  source.Span
	text  string    // of a word in lower case, of a number and a symbol as written, of a text its value
	quote rune      // of a text
	raw   bool      // of a text
	parts []string  // of a reference
	date  time.Time // of a date
	timed bool      // of a date
}

// symbols lists the signs of the language, longer ones first.
var symbols = []string{"!=", "<>", "<=", ">=", "=", "<", ">", "+", "-", "*", "/", "^", "(", ")", "{", "}", ","}

// lexer splits a text into tokens. It stops at the first mistake: what follows
// an open quote is not worth a guess.
type lexer struct {
	text   string
	pos    int
	tokens []token
	diags  source.Diagnostics
	failed bool
}

// tokenize returns the tokens of the text with an end token after them. When
// it reports an error, the tokens are of no use.
func tokenize(text string, maxTokens int) ([]token, source.Diagnostics) {
	l := &lexer{text: text}
	if l.checkCharacters(); l.failed {
		return nil, l.diags
	}
	for l.skipSpace(); l.pos < len(l.text) && !l.failed; l.skipSpace() {
		if len(l.tokens) == maxTokens {
			l.fail(errTooManyTokens(source.Span{Start: l.pos, End: len(text)}, maxTokens))
			break
		}
		l.next()
	}
	l.tokens = append(l.tokens, token{kind: tokenEnd, span: source.Span{Start: l.pos, End: l.pos}})
	return l.tokens, l.diags
}

func (l *lexer) fail(d source.Diagnostic) {
	l.diags = append(l.diags, d)
	l.failed = true
}

// checkCharacters refuses bytes that are no text, wherever they stand: no
// engine would take them.
func (l *lexer) checkCharacters() {
	for i := 0; i < len(l.text); {
		r, n := utf8.DecodeRuneInString(l.text[i:])
		if r == utf8.RuneError && n == 1 || unicode.IsControl(r) && !unicode.IsSpace(r) {
			l.fail(errBadCharacter(source.Span{Start: i, End: i + n}, l.text[i:i+n]))
			return
		}
		i += n
	}
}

func (l *lexer) skipSpace() {
	for l.pos < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.pos:])
		if !unicode.IsSpace(r) {
			return
		}
		l.pos += n
	}
}

func (l *lexer) next() {
	r, n := utf8.DecodeRuneInString(l.text[l.pos:])
	switch {
	case r == '[':
		l.ref()
	case closers(r) != "":
		l.quoted(r)
	case isDigit(byte(r)) && n == 1, r == '.' && l.pos+1 < len(l.text) && isDigit(l.text[l.pos+1]):
		if !l.date() {
			l.number()
		}
	case isWordStart(r):
		end := l.pos
		for end < len(l.text) {
			r, n := utf8.DecodeRuneInString(l.text[end:])
			if !isWordPart(r) {
				break
			}
			end += n
		}
		l.add(token{kind: tokenWord, text: strings.ToLower(l.text[l.pos:end])}, end)
	default:
		for _, s := range symbols {
			if strings.HasPrefix(l.text[l.pos:], s) {
				l.add(token{kind: tokenSymbol, text: s}, l.pos+len(s))
				return
			}
		}
		l.fail(errUnexpectedSign(source.Span{Start: l.pos, End: l.pos + n}, l.text[l.pos:]))
	}
}

// add appends a token that reaches from the current position to end.
func (l *lexer) add(t token, end int) {
	t.span = source.Span{Start: l.pos, End: end}
	l.tokens = append(l.tokens, t)
	l.pos = end
}

// ref reads a reference in brackets (formulas.md 1.1).
func (l *lexer) ref() {
	var parts []string
	var part strings.Builder
	rest := l.text[l.pos:]
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\n' || c == '\r':
			i = len(rest)
		case c == '\\' && i+1 < len(rest) && strings.IndexByte(`[]:\`, rest[i+1]) >= 0:
			i++
			part.WriteByte(rest[i])
		case c == ':' && strings.HasPrefix(rest[i:], "::"):
			i++
			parts = append(parts, part.String())
			part.Reset()
		case c == ']':
			parts = append(parts, part.String())
			end := l.pos + i + 1
			if strings.TrimSpace(strings.Join(parts, "")) == "" {
				l.fail(errEmptyReference(source.Span{Start: l.pos, End: end}))
				return
			}
			l.add(token{kind: tokenRef, parts: parts}, end)
			return
		default:
			part.WriteByte(c)
		}
	}
	l.fail(errUnclosed(l.text, source.Span{Start: l.pos, End: l.pos + 1}, "bracket"))
}

// closers lists the quotes that close what the given quote opens; it is empty
// for what is no quote.
func closers(r rune) string {
	switch r {
	case '\'', '"':
		return string(r)
	case '‘', '’':
		return "‘’"
	case '“', '”':
		return "“”"
	}
	return ""
}

// quoted reads a text. A doubled quote is two characters of the text and
// draws a warning, since most people mean one by it.
func (l *lexer) quoted(open rune) {
	raw := l.expectsTemplate()
	closing := closers(open)
	doubling := !raw && utf8.RuneLen(open) == 1
	var value strings.Builder
	doubled := false
	for i := l.pos + utf8.RuneLen(open); i < len(l.text); {
		r, n := utf8.DecodeRuneInString(l.text[i:])
		after := i + n
		switch {
		case r == '\\' && !raw && after < len(l.text):
			r, n = utf8.DecodeRuneInString(l.text[after:])
			value.WriteRune(r)
			after += n
		case strings.ContainsRune(closing, r) && doubling && strings.HasPrefix(l.text[after:], string(open)):
			value.WriteString(l.text[i : after+1])
			after++
			doubled = true
		case strings.ContainsRune(closing, r):
			span := source.Span{Start: l.pos, End: after}
			if doubled {
				l.diags = append(l.diags, warnDoubledQuote(span, value.String(), open))
			}
			if !raw {
				open = plainQuote(open)
			}
			l.add(token{kind: tokenText, text: value.String(), quote: open, raw: raw}, after)
			return
		default:
			value.WriteRune(r)
		}
		i = after
	}
	l.fail(errUnclosed(l.text, source.Span{Start: l.pos, End: l.pos + utf8.RuneLen(open)}, "quote"))
}

// expectsTemplate reports whether a text at this place is the template of a
// pass-through function, which is taken as it stands.
func (l *lexer) expectsTemplate() bool {
	n := len(l.tokens)
	return n >= 2 && l.tokens[n-1].text == "(" && l.tokens[n-1].kind == tokenSymbol &&
		l.tokens[n-2].kind == tokenWord && isPassThrough(l.tokens[n-2].text)
}

func isPassThrough(name string) bool {
	return strings.HasPrefix(name, "sql_") && strings.HasSuffix(name, "_op")
}

func plainQuote(open rune) rune {
	switch open {
	case '“', '”', '"':
		return '"'
	}
	return '\''
}

func (l *lexer) number() {
	end := l.digits(l.pos)
	if end+1 < len(l.text) && l.text[end] == '.' && isDigit(l.text[end+1]) {
		end = l.digits(end + 1)
	}
	if end < len(l.text) && (l.text[end] == 'e' || l.text[end] == 'E') {
		exponent := end + 1
		if exponent < len(l.text) && (l.text[exponent] == '+' || l.text[exponent] == '-') {
			exponent++
		}
		if last := l.digits(exponent); last > exponent {
			end = last
		}
	}
	l.add(token{kind: tokenNumber, text: l.text[l.pos:end]}, end)
}

func (l *lexer) digits(from int) int {
	for from < len(l.text) && isDigit(l.text[from]) {
		from++
	}
	return from
}

// date reads M/D/YYYY without blanks, perhaps with one blank and a time after
// it, and reports whether there is one.
func (l *lexer) date() bool {
	end := l.pos
	for end < len(l.text) && (isDigit(l.text[end]) || l.text[end] == '/') {
		end++
	}
	day, err := time.Parse("1/2/2006", l.text[l.pos:end])
	if err != nil || day.Year() == 0 || l.continues(end) {
		return false
	}
	if end < len(l.text) && l.text[end] == ' ' {
		last := end + 1
		for last < len(l.text) && (isDigit(l.text[last]) || l.text[last] == ':') {
			last++
		}
		for _, layout := range []string{"15:04", "15:04:05"} {
			if len(layout) != last-end-1 || l.continues(last) {
				continue
			}
			if clock, err := time.Parse(layout, l.text[end+1:last]); err == nil {
				day = time.Date(day.Year(), day.Month(), day.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, time.UTC)
				l.add(token{kind: tokenDate, date: day, timed: true}, last)
				return true
			}
		}
	}
	l.add(token{kind: tokenDate, date: day}, end)
	return true
}

// continues reports whether a date or time that ends here is only the
// beginning of something longer.
func (l *lexer) continues(end int) bool {
	if end >= len(l.text) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(l.text[end:])
	return isWordPart(r) || r == '.' && end+1 < len(l.text) && isDigit(l.text[end+1])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordStart(r rune) bool {
	return unicode.IsLetter(r) || r == '_' || r == '#' || r == '$'
}

func isWordPart(r rune) bool {
	return isWordStart(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

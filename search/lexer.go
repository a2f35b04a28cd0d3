package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/source"
)

type tokenKind uint8

const (
	endToken     tokenKind = iota // after the last
	columnToken                   // [path::name]
	dotToken                      // directly after a column or calendar
	bareToken                     // an unquoted value directly after a dot
	stringToken                   // a quoted value
	nullishToken                  // {null}, {blank}, {empty}
	numberToken
	operatorToken
	commaToken
	openToken
	closeToken
	keywordToken
	wordToken // any other run of characters
	badToken  // reported by the lexer already
)

// token is one token of search-language.md 1.2.
type token struct {
	kind    tokenKind
	at      source.Span
	text    string   // name, value without quotes, operator; else as written
	path    string   // of a column
	keyword *Keyword // of a keyword
}

// is reports whether the token is one of the keyword phrases.
func (t token) is(phrases ...string) bool {
	if t.kind != keywordToken {
		return false
	}
	for _, p := range phrases {
		if t.keyword.Phrase == p {
			return true
		}
	}
	return false
}

type lexer struct {
	text   *source.Text
	src    string
	pos    int
	tokens []token
	limit  int
	report func(source.Diagnostic)
	faults int // reported so far
}

// lex splits the text into tokens, the last of which is an endToken. It
// reports false when there are more than limit tokens. It stops early when it
// has reported as much as anyone wants to read.
func lex(text *source.Text, limit int, report func(source.Diagnostic)) ([]token, bool) {
	src := text.String()
	l := lexer{text: text, src: src, limit: limit, tokens: make([]token, 0, len(src)/5+4)}
	l.report = func(d source.Diagnostic) {
		l.faults++
		report(d)
	}
	for {
		l.skipSpace()
		if l.pos == len(src) || l.faults >= source.MaxDiagnostics {
			break
		}
		if len(l.tokens) >= limit {
			report(tooManyTokens(source.Span{Start: l.pos, End: len(src)}, limit))
			return nil, false
		}
		l.token()
	}
	l.add(endToken, len(src), "")
	return l.tokens, true
}

func (l *lexer) rest() string { return l.src[l.pos:] }

// add appends a token from start to the current position.
func (l *lexer) add(kind tokenKind, start int, text string) {
	l.tokens = append(l.tokens, token{kind: kind, at: source.Span{Start: start, End: l.pos}, text: text})
}

func (l *lexer) skipSpace() {
	for l.pos < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.rest())
		if !unicode.IsSpace(r) {
			return
		}
		l.pos += n
	}
}

func (l *lexer) token() {
	start := l.pos
	r, size := utf8.DecodeRuneInString(l.rest())
	switch {
	case r == '[':
		l.column()
		l.dot()
	case r == ']':
		l.pos++
		l.report(strayBracket(l.text, source.Span{Start: start, End: l.pos}))
		l.add(badToken, start, "]")
	case closersOf(r) != "":
		l.quoted()
	case r == '’', r == '”':
		l.pos += size
		l.report(strayQuote(l.text, source.Span{Start: start, End: l.pos}))
		l.add(badToken, start, l.src[start:l.pos])
	case r == '{' && l.nullish():
	case r == '=', r == '!', r == '<', r == '>':
		l.operator()
	case r == ',':
		l.punctuation(commaToken)
	case r == '(':
		l.punctuation(openToken)
	case r == ')':
		l.punctuation(closeToken)
	case l.number():
	default:
		l.word()
	}
}

func (l *lexer) punctuation(kind tokenKind) {
	l.pos++
	l.add(kind, l.pos-1, l.src[l.pos-1:l.pos])
}

// column reads [name] or [path::name]. An opening bracket inside a name means
// that the closing one was forgotten; the name then ends before it.
func (l *lexer) column() {
	start := l.pos
	end, plain := l.columnEnd()
	body := l.src[start+1 : end]
	if end == len(l.src) || l.src[end] == '[' {
		l.pos = end
		if end < len(l.src) {
			l.pos = start + 1 + len(strings.TrimRightFunc(body, unicode.IsSpace))
		}
		l.report(unclosedBracket(l.text, source.Span{Start: start, End: l.pos}))
		l.add(badToken, start, l.src[start:l.pos])
		return
	}
	l.pos = end + 1
	at := source.Span{Start: start, End: l.pos}
	t := token{kind: columnToken, at: at, text: body}
	if cut := pathEnd(body); cut >= 0 {
		t.path, t.text = body[:cut], body[cut+len("::"):]
		if strings.TrimSpace(t.path) == "" {
			l.report(emptyPath(at))
			t.kind = badToken
		}
	}
	if strings.TrimSpace(t.text) == "" {
		l.report(emptyName(at))
		t.kind = badToken
	}
	if !plain {
		t.path, t.text = unescape(t.path), unescape(t.text)
	}
	l.tokens = append(l.tokens, t)
}

// columnEnd finds the bracket that ends the name, or the end of the text; plain
// says that the name has no escapes.
func (l *lexer) columnEnd() (end int, plain bool) {
	plain = true
	for i := l.pos + 1; i < len(l.src); i++ {
		switch l.src[i] {
		case '[', ']':
			return i, plain
		case '\\':
			if i+1 < len(l.src) && escapable(l.src[i+1]) {
				plain = false
				i++
			}
		}
	}
	return len(l.src), plain
}

func escapable(c byte) bool { return c == '[' || c == ']' || c == ':' || c == '\\' }

// pathEnd is the offset of the first :: that is not escaped, or -1.
func pathEnd(body string) int {
	for i := 0; i+1 < len(body); i++ {
		switch {
		case body[i] == '\\' && escapable(body[i+1]):
			i++
		case body[i] == ':' && body[i+1] == ':':
			return i
		}
	}
	return -1
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && escapable(s[i+1]) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// dot reads a dot directly after a column or calendar, and the value directly
// after the dot when there is one.
func (l *lexer) dot() {
	if !strings.HasPrefix(l.rest(), ".") {
		return
	}
	l.pos++
	l.add(dotToken, l.pos-1, ".")
	start := l.pos
	r, _ := utf8.DecodeRuneInString(l.rest())
	switch {
	case start == len(l.src):
	case closersOf(r) != "":
		l.quoted()
	case r == '{' && l.nullish():
	default:
		if l.skipRun(); l.pos > start {
			l.add(bareToken, start, l.src[start:l.pos])
		}
	}
}

// closersOf lists the marks that may close a text opened by r; it is empty when
// r opens none. People's keyboards mix the typographic marks of one family.
func closersOf(r rune) string {
	switch r {
	case '\'':
		return "'"
	case '"':
		return `"`
	case '‘':
		return "’‘"
	case '“':
		return "”“"
	}
	return ""
}

// quoted reads a quoted text; a doubled mark inside stands for one.
func (l *lexer) quoted() {
	start := l.pos
	opener, size := utf8.DecodeRuneInString(l.rest())
	closers := closersOf(opener)
	l.pos += size
	var b strings.Builder // what precedes the last doubled mark, and that mark once
	from := l.pos
	for {
		i := strings.IndexAny(l.rest(), closers)
		if i < 0 {
			l.pos = len(l.src)
			l.report(unclosedQuote(l.text, source.Span{Start: start, End: start + size}))
			l.add(badToken, start, l.src[start:])
			return
		}
		l.pos += i
		_, size := utf8.DecodeRuneInString(l.rest())
		mark := l.rest()[:size]
		l.pos += size
		if !strings.HasPrefix(l.rest(), mark) {
			text := l.src[from : l.pos-size]
			if b.Len() > 0 {
				b.WriteString(text)
				text = b.String()
			}
			l.add(stringToken, start, text)
			return
		}
		b.WriteString(l.src[from:l.pos])
		l.pos += size
		from = l.pos
	}
}

// nullish reads {null} and its kin, in any case; it reports false and reads
// nothing when something else stands here.
func (l *lexer) nullish() bool {
	end := strings.IndexByte(l.rest(), '}')
	if end < 0 {
		return false
	}
	text := l.rest()[:end+1]
	if _, ok := placeholder(text); !ok {
		return false
	}
	start := l.pos
	l.pos += len(text)
	l.add(nullishToken, start, text)
	return true
}

var placeholders = []string{"{null}", "{blank}", "{empty}"}

// placeholder is the kind of operand that {null} and its kin stand for.
func placeholder(text string) (OperandKind, bool) {
	switch {
	case strings.EqualFold(text, "{null}"), strings.EqualFold(text, "{blank}"):
		return NullOperand, true
	case strings.EqualFold(text, "{empty}"):
		return EmptyOperand, true
	}
	return TextOperand, false
}

func (l *lexer) operator() {
	start := l.pos
	for _, op := range [...]struct{ written, meant string }{
		{"<>", "!="}, {"!=", "!="}, {"<=", "<="}, {">=", ">="},
		{"==", "="}, {"=<", "<="}, {"=>", ">="},
		{"=", "="}, {"<", "<"}, {">", ">"}, {"!", "!="},
	} {
		if !strings.HasPrefix(l.rest(), op.written) {
			continue
		}
		l.pos += len(op.written)
		switch op.written {
		case "==", "=<", "=>", "!":
			l.report(unknownOperator(source.Span{Start: start, End: l.pos}, op.written, op.meant))
		}
		l.add(operatorToken, start, op.meant)
		return
	}
}

// number reads a number; it reports false when none starts here, or when it is
// the start of something else, such as 2024-09-24 or 3rd.
func (l *lexer) number() bool {
	n := numberLength(l.rest())
	if n == 0 {
		return false
	}
	if after := l.rest()[n:]; after != "" {
		if r, _ := utf8.DecodeRuneInString(after); !endsRun(r) {
			unit := after[:wordLength(after)]
			k := lookUp(unit)
			if len(k) == 0 || k[0].keyword.kilometres == 0 || len(unit) < runLength(after) {
				return false
			}
		}
	}
	start := l.pos
	l.pos += n
	l.add(numberToken, start, l.src[start:l.pos])
	return true
}

func numberLength(s string) int {
	i := 0
	if strings.HasPrefix(s, "-") {
		i++
	}
	whole := digits(s[i:])
	if whole == 0 {
		return 0
	}
	i += whole
	if strings.HasPrefix(s[i:], ".") {
		if d := digits(s[i+1:]); d > 0 {
			i += 1 + d
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		exp := i + 1
		if exp < len(s) && (s[exp] == '+' || s[exp] == '-') {
			exp++
		}
		if d := digits(s[exp:]); d > 0 {
			i = exp + d
		}
	}
	return i
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// word reads a keyword phrase, or else everything up to the next blank or
// delimiter, so that a message can show the whole of what was not understood.
func (l *lexer) word() {
	start := l.pos
	n := wordLength(l.rest())
	whole := n == runLength(l.rest())
	for _, phrase := range lookUp(l.rest()[:n]) {
		end, ok := l.matchWords(start+n, phrase.rest)
		calendar := phrase.keyword.Kind == KeywordCalendar && strings.HasPrefix(l.src[end:], ".")
		if !ok || len(phrase.rest) == 0 && !whole && !calendar {
			continue
		}
		l.pos = end
		l.add(keywordToken, start, l.src[start:end])
		l.tokens[len(l.tokens)-1].keyword = phrase.keyword
		if calendar {
			l.dot()
		}
		return
	}
	l.skipRun()
	l.add(wordToken, start, l.src[start:l.pos])
}

// matchWords looks for further words of a phrase, each after blanks, and
// returns where the last one ends.
func (l *lexer) matchWords(from int, words []string) (end int, ok bool) {
	for _, w := range words {
		blank := len(l.src[from:]) - len(strings.TrimLeftFunc(l.src[from:], unicode.IsSpace))
		at := l.src[from+blank:]
		if blank == 0 || runLength(at) != len(w) || !strings.EqualFold(at[:len(w)], w) {
			return from, false
		}
		from += blank + len(w)
	}
	return from, true
}

// lookUp finds the keywords whose first word is word, ignoring case.
func lookUp(word string) []indexedPhrase {
	var folded [32]byte
	if len(word) > longestKeywordWord || len(word) > len(folded) {
		return nil
	}
	for i := range len(word) {
		c := word[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		folded[i] = c
	}
	return phrasesByWord[string(folded[:len(word)])]
}

// wordLength is the length of the run of word characters at the start of s.
func wordLength(s string) int {
	for i, r := range s {
		if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return i
		}
	}
	return len(s)
}

// endsRun reports whether r ends an unquoted value (search-language.md 1.2, BARE).
func endsRun(r rune) bool {
	switch r {
	case '[', ']', ',', '(', ')', '=', '!', '<', '>', '\'', '"', '‘', '’', '“', '”':
		return true
	}
	return unicode.IsSpace(r)
}

// runLength is the length of the unquoted run at the start of s.
func runLength(s string) int {
	for i, r := range s {
		if endsRun(r) {
			return i
		}
	}
	return len(s)
}

func (l *lexer) skipRun() { l.pos += runLength(l.rest()) }

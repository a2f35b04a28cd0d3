package joinexpr

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/source"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenOperand
	tokenOperator
	tokenAnd
	tokenOr
	tokenNot
	tokenOpen
	tokenClose
)

type token struct {
	kind    tokenKind
	operand Operand
	at      source.Span
}

var (
	datePattern   = regexp.MustCompile(`^(\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2})`)
	numberPattern = regexp.MustCompile(`^-?(\d+(\.\d+)?|\.\d+)`)
	wordPattern   = regexp.MustCompile(`^[A-Za-z_]+`)
)

// lexer cuts a condition into tokens.
type lexer struct {
	text string
	pos  int
}

func (l *lexer) next() (token, *source.Diagnostic) {
	for l.pos < len(l.text) && strings.IndexByte(" \t\r\n", l.text[l.pos]) >= 0 {
		l.pos++
	}
	rest := l.text[l.pos:]
	if rest == "" {
		return token{at: l.span(0)}, nil
	}
	switch c := rest[0]; c {
	case '(':
		return l.take(tokenOpen, 1), nil
	case ')':
		return l.take(tokenClose, 1), nil
	case '[':
		return l.column()
	case '\'', '"':
		return l.quoted(c)
	}
	for _, wrong := range []struct {
		text  string
		meant Operator
	}{{"<>", NotEqual}, {"==", Equal}, {"=<", LessOrEqual}, {"=>", GreaterOrEqual}} {
		if strings.HasPrefix(rest, wrong.text) {
			return token{}, errOperator(l.span(2), wrong.text, wrong.meant)
		}
	}
	for _, op := range []Operator{LessOrEqual, GreaterOrEqual, NotEqual, Equal, Less, Greater} {
		if strings.HasPrefix(rest, string(op)) {
			return l.take(tokenOperator, len(op)), nil
		}
	}
	if m := datePattern.FindString(rest); m != "" {
		return l.constant(Date, m, len(m)), nil
	}
	if m := numberPattern.FindString(rest); m != "" {
		kind := Integer
		if strings.Contains(m, ".") {
			kind = Decimal
		}
		return l.constant(kind, m, len(m)), nil
	}
	if m := wordPattern.FindString(rest); m != "" {
		switch word := strings.ToLower(m); word {
		case "and":
			return l.take(tokenAnd, len(m)), nil
		case "or":
			return l.take(tokenOr, len(m)), nil
		case "not":
			return l.take(tokenNot, len(m)), nil
		case "true", "false":
			return l.constant(Bool, word, len(m)), nil
		}
		return token{}, errExpected("a column in brackets or a constant", m, l.span(len(m)))
	}
	_, size := utf8.DecodeRuneInString(rest)
	return token{}, errCharacter(l.span(size), rest[:size])
}

func (l *lexer) span(length int) source.Span {
	return source.Span{Start: l.pos, End: l.pos + length}
}

func (l *lexer) take(kind tokenKind, length int) token {
	t := token{kind: kind, at: l.span(length)}
	l.pos += length
	return t
}

func (l *lexer) constant(kind Kind, value string, length int) token {
	t := l.take(tokenOperand, length)
	t.operand = Operand{Kind: kind, Text: value, At: t.at}
	return t
}

// column reads [OBJECT::Column]; the first :: without a backslash separates.
func (l *lexer) column() (token, *source.Diagnostic) {
	var object, name strings.Builder
	part, qualified := &object, false
	for i := l.pos + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\\' && i+1 < len(l.text):
			i++
			part.WriteByte(l.text[i])
		case c == ']':
			length := i + 1 - l.pos
			if !qualified || object.Len() == 0 || name.Len() == 0 {
				return token{}, errUnqualified(l.span(length), l.text[l.pos:l.pos+length])
			}
			t := l.take(tokenOperand, length)
			t.operand = Operand{Kind: Column, Object: object.String(), Text: name.String(), At: t.at}
			return t, nil
		case c == '[':
			return token{}, errUnclosed(l.span(1), "]")
		case c == ':' && !qualified && strings.HasPrefix(l.text[i:], "::"):
			qualified, part = true, &name
			i++
		default:
			part.WriteByte(c)
		}
	}
	return token{}, errUnclosed(l.span(1), "]")
}

// quoted reads a text constant; a backslash takes the next character as it is.
func (l *lexer) quoted(quote byte) (token, *source.Diagnostic) {
	var value strings.Builder
	for i := l.pos + 1; i < len(l.text); i++ {
		switch c := l.text[i]; {
		case c == '\\' && i+1 < len(l.text):
			i++
			value.WriteByte(l.text[i])
		case c == quote:
			return l.constant(Text, value.String(), i+1-l.pos), nil
		default:
			value.WriteByte(c)
		}
	}
	return token{}, errUnclosed(l.span(1), string(quote))
}

package tml

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// yamlText writes a tree in the canonical form of tml.md 1.3.
func yamlText(root *node) string {
	var w yamlWriter
	w.value(root, 0, true)
	return w.String()
}

type yamlWriter struct{ strings.Builder }

// value writes a node and its line end. Inline says that a collection may
// start where the text stands, as behind a dash.
func (w *yamlWriter) value(n *node, indent int, inline bool) {
	switch {
	case n.kind == mapping && len(n.entries) == 0:
		w.WriteString("{}\n")
	case n.kind == sequence && len(n.items) == 0:
		w.WriteString("[]\n")
	case n.kind == mapping:
		for i, e := range n.entries {
			if i > 0 || !inline {
				w.pad(indent)
			}
			w.WriteString(scalarText(e.key, -1))
			w.WriteByte(':')
			w.entryValue(e.value, indent)
		}
	case n.kind == sequence:
		for i, item := range n.items {
			if i > 0 || !inline {
				w.pad(indent)
			}
			w.WriteString("- ")
			w.value(item, indent+2, true)
		}
	case n.quoted:
		w.WriteString(scalarText(n.text, indent))
		w.WriteByte('\n')
	default:
		w.WriteString(n.text)
		w.WriteByte('\n')
	}
}

// entryValue writes what follows a key at column indent; the dashes of a list
// stand under the key.
func (w *yamlWriter) entryValue(n *node, indent int) {
	switch {
	case n.kind == mapping && len(n.entries) > 0:
		w.WriteByte('\n')
		w.value(n, indent+2, false)
	case n.kind == sequence && len(n.items) > 0:
		w.WriteByte('\n')
		w.value(n, indent, false)
	default:
		w.WriteByte(' ')
		w.value(n, indent+2, true)
	}
}

func (w *yamlWriter) pad(indent int) { w.WriteString(strings.Repeat(" ", indent)) }

var (
	reservedWords = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<"}
	numberLike    = regexp.MustCompile(`^[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|` +
		`(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|\.(?i:inf))$|^\.(?i:nan)$`)
	dateLike = regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t]|$)`)
)

// scalarText writes a text by the ladder of tml.md 1.3. The lines of a literal
// block are indented by indent; a negative one allows none, as for keys.
func scalarText(s string, indent int) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	lines := strings.Contains(s, "\n")
	switch {
	case needsDoubleQuotes(s), lines && (indent < 0 || needsSingleQuotes(s)):
		return doubleQuoted(s)
	case slices.Contains(reservedWords, strings.ToLower(s)), numberLike.MatchString(s), dateLike.MatchString(s):
		return doubleQuoted(s)
	case needsSingleQuotes(s):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	case lines:
		return literal(s, indent)
	}
	return s
}

func needsDoubleQuotes(s string) bool {
	return s == "" || strings.ContainsAny(s, "[]{},") || strings.Contains(s, ": ") || strings.Contains(s, " #") ||
		strings.HasSuffix(s, ":") || strings.Contains(s, ":\n") || s[0] == ' ' || s[0] == '\n' || s[len(s)-1] == ' ' ||
		strings.ContainsFunc(s, func(r rune) bool { return r != '\n' && mustEscape(r) })
}

// mustEscape says which characters only an escape can carry safely.
func mustEscape(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff'
}

func needsSingleQuotes(s string) bool {
	return strings.IndexByte("#&*!>%@'\"`|", s[0]) >= 0 || s == "-" || s == "?" || s == "---" || s == "..." ||
		strings.HasPrefix(s, "- ") || strings.HasPrefix(s, "? ") || strings.HasPrefix(s, "-\n") || strings.HasPrefix(s, "?\n")
}

var shortEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case shortEscapes[r] != "":
			b.WriteString(shortEscapes[r])
		case mustEscape(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case mustEscape(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// literal writes a text of several lines as a block.
func literal(s string, indent int) string {
	body := strings.TrimRight(s, "\n")
	header := "|-"
	switch len(s) - len(body) {
	case 0:
	case 1:
		header = "|"
	default:
		header = "|+"
	}
	var b strings.Builder
	b.WriteString(header)
	for line := range strings.SplitSeq(body, "\n") {
		b.WriteByte('\n')
		if line != "" {
			b.WriteString(strings.Repeat(" ", indent))
			b.WriteString(line)
		}
	}
	b.WriteString(strings.Repeat("\n", max(0, len(s)-len(body)-1)))
	return b.String()
}

// spacedJSON writes a tree as JSON the way the vendor spaces it.
func spacedJSON(root *node) string { return jsonText(root, ": ") }

func compactJSON(root *node) string { return jsonText(root, ":") }

func jsonText(root *node, colon string) string {
	var b bytes.Buffer
	writeJSON(&b, root, colon)
	return b.String()
}

func writeJSON(b *bytes.Buffer, n *node, colon string) {
	switch n.kind {
	case mapping:
		b.WriteByte('{')
		for i, e := range n.entries {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSONText(b, e.key)
			b.WriteString(colon)
			writeJSON(b, e.value, colon)
		}
		b.WriteByte('}')
	case sequence:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item, colon)
		}
		b.WriteByte(']')
	case scalar:
		switch word := strings.ToLower(n.text); {
		case n.isNull():
			b.WriteString("null")
		case !n.quoted && (word == "true" || word == "false"):
			b.WriteString(word)
		case !n.quoted && isJSONNumber(n.text):
			b.WriteString(n.text)
		default:
			writeJSONText(b, n.text)
		}
	}
}

func isJSONNumber(s string) bool {
	return strings.IndexByte("-0123456789", s[0]) >= 0 && json.Valid([]byte(s))
}

// writeJSONText writes a string; < > & stay as they are.
func writeJSONText(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("tml: a string did not encode: " + err.Error()) // encoding/json never fails on strings
	}
	b.Truncate(b.Len() - 1) // the line end that Encode adds
}

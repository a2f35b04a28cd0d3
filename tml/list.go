package tml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/source"
)

// maxDocuments is how many documents one request may carry.
const maxDocuments = 1000

// DecodeList reads the documents of the field import_objects in all the shapes
// that clients send (tml.md 1.5): a JSON array of texts or objects, a list in
// Python's notation, items encoded twice, a single document. It returns at
// least one document. It fails with a *searchlight.Error of CodeInvalid that
// says where, counted in characters, and how to mend it.
func DecodeList(s string) ([]string, error) {
	if strings.TrimSpace(s) == "" {
		return nil, searchlight.Errorf(searchlight.CodeInvalid, "import_objects is empty; send a JSON array of documents.")
	}
	documents, err := decodeItems(s)
	if err != nil {
		return nil, err
	}
	if len(documents) == 0 {
		return nil, searchlight.Errorf(searchlight.CodeInvalid, "import_objects is an empty list; send at least one document.")
	}
	if len(documents) > maxDocuments {
		return nil, searchlight.Errorf(searchlight.CodeInvalid, "import_objects holds %d documents; at most %d are allowed. Send them in several requests.", len(documents), maxDocuments)
	}
	for i, d := range documents {
		documents[i] = unquote(d)
		if strings.TrimSpace(documents[i]) == "" {
			return nil, searchlight.Errorf(searchlight.CodeInvalid, "The %s document of import_objects is empty.", source.Ordinal(i+1))
		}
	}
	return documents, nil
}

func decodeItems(s string) ([]string, error) {
	if !strings.HasPrefix(strings.TrimLeft(s, " \t\r\n\ufeff"), "[") {
		return decodeSingle(s)
	}
	documents, jsonError := decodeJSONList(s)
	if jsonError == nil {
		return documents, nil
	}
	documents, listError := decodePythonList(s)
	if listError == nil {
		return documents, nil
	}
	worst := jsonError
	if listError.at > jsonError.at {
		worst = listError
	}
	return nil, searchlight.Errorf(searchlight.CodeInvalid,
		"import_objects is no list of documents: %s at character %d. Send a JSON array of strings, each a YAML or JSON document.",
		worst.what, utf8.RuneCountInString(s[:min(worst.at, len(s))])+1)
}

// listError is where and why a list could not be read.
type listError struct {
	at   int // byte offset
	what string
}

// decodeSingle takes a text without brackets for one document.
func decodeSingle(s string) ([]string, error) {
	text := unquote(s)
	if c, f := clean(text); f == nil {
		if root, faults := parseTree(c.text); len(faults) == 0 && (root == nil || root.kind != mapping) {
			return nil, searchlight.Errorf(searchlight.CodeInvalid,
				"import_objects is neither a list nor a document at character 1. Send a JSON array of strings, each a YAML or JSON document.")
		}
	}
	return []string{text}, nil
}

func decodeJSONList(s string) ([]string, *listError) {
	trimmed := strings.TrimLeft(s, " \t\r\n\ufeff")
	skipped := len(s) - len(trimmed)
	d := json.NewDecoder(strings.NewReader(trimmed))
	fail := func(err error) *listError {
		at := int(d.InputOffset())
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			at = max(at, int(syntax.Offset)-1)
		}
		return &listError{skipped + at, "a JSON array is not well formed"}
	}
	if _, err := d.Token(); err != nil {
		return nil, fail(err)
	}
	var documents []string
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, fail(err)
		}
		switch raw = bytes.TrimSpace(raw); raw[0] {
		case '{':
			documents = append(documents, string(raw))
		case '"':
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, fail(err)
			}
			documents = append(documents, text)
		default:
			return nil, &listError{skipped + int(d.InputOffset()) - len(raw), "an item is neither a text nor an object"}
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, fail(err)
	}
	if rest := strings.TrimSpace(trimmed[d.InputOffset():]); rest != "" {
		return nil, &listError{skipped + int(d.InputOffset()), "something follows the list"}
	}
	return documents, nil
}

// unquote decodes a text that is a JSON string itself, as often as it is one.
func unquote(s string) string {
	for {
		trimmed := strings.TrimSpace(s)
		var inner string
		if !strings.HasPrefix(trimmed, `"`) || json.Unmarshal([]byte(trimmed), &inner) != nil {
			return s
		}
		s = inner
	}
}

// decodePythonList reads a list of texts as Python prints it.
func decodePythonList(s string) ([]string, *listError) {
	p := &parser{text: s}
	p.pythonBlank()
	p.pos++ // the bracket, which the caller has seen
	documents := []string{}
	for {
		p.pythonBlank()
		switch c := p.peekText(); c {
		case ']':
			p.pos++
			p.pythonBlank()
			if p.pos < len(s) {
				return nil, &listError{p.pos, "something follows the list"}
			}
			return documents, nil
		case '\'', '"':
			text, problem := p.pythonText()
			if problem != nil {
				return nil, problem
			}
			documents = append(documents, text)
		default:
			return nil, &listError{p.pos, "a text in quotes is expected"}
		}
		p.pythonBlank()
		switch p.peekText() {
		case ',':
			p.pos++
		case ']':
		default:
			return nil, &listError{p.pos, "a comma or ] is expected"}
		}
	}
}

// peekText is the byte here, 0 at the end.
func (p *parser) peekText() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) pythonBlank() {
	rest := p.text[p.pos:]
	p.pos += len(rest) - len(strings.TrimLeft(rest, " \t\r\n\ufeff"))
}

var pythonEscapes = map[byte]string{'\\': `\`, '\'': "'", '"': `"`, 'n': "\n", 'r': "\r", 't': "\t", 'b': "\b",
	'a': "\a", 'f': "\f", 'v': "\v", '\n': ""}

func (p *parser) pythonText() (string, *listError) {
	open, quote := p.pos, p.text[p.pos]
	var b strings.Builder
	p.pos++
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; c {
		case quote:
			p.pos++
			return b.String(), nil
		case '\\':
			next := byte(0)
			if p.pos+1 < len(p.text) {
				next = p.text[p.pos+1]
			}
			if text, ok := pythonEscapes[next]; ok {
				b.WriteString(text)
				p.pos += 2
				continue
			}
			r, length := p.hexEscape(p.pos)
			if length == 0 {
				return "", &listError{p.pos, fmt.Sprintf("the escape \\%s is unknown", firstRune(p.text[p.pos+1:]))}
			}
			b.WriteRune(r)
			p.pos += length
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	return "", &listError{open, "the closing quote is missing of the text"}
}

package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/beevik/etree"
	crewjam "github.com/crewjam/saml"
	roundtrip "github.com/mattermost/xml-roundtrip-validator"
	dsig "github.com/russellhaering/goxmldsig"
)

const (
	nsProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	nsAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	nsMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	nsSignature = dsig.Namespace
)

const (
	// MaxMessage is the size of the largest message, in bytes, before and after
	// it is inflated.
	MaxMessage  = 256 << 10
	maxMetadata = 8 << 20
	maxDepth    = 64
)

// parse reads a document of another server. What XML has beyond elements,
// attributes, text and comments is refused: SAML needs none of it, and
// programs disagree about it.
func parse(text []byte, limit int) (*etree.Element, error) {
	if len(text) > limit {
		return nil, fmt.Errorf("the document is longer than %d bytes", limit)
	}
	if !utf8.Valid(text) {
		return nil, errors.New("the document is not in UTF-8")
	}
	if err := checkMarkup(text); err != nil {
		return nil, err
	}
	if err := checkShape(text); err != nil {
		return nil, err
	}
	if err := roundtrip.Validate(bytes.NewReader(text)); err != nil {
		return nil, fmt.Errorf("the document reads differently after it is written again: %w", err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil {
		return nil, fmt.Errorf("the document is no XML: %w", err)
	}
	return doc.Root(), nil
}

// checkMarkup looks at the bytes, before any parser does.
func checkMarkup(text []byte) error {
	if bytes.HasPrefix(text, []byte("<?xml ")) {
		declaration, rest, ok := bytes.Cut(text, []byte("?>"))
		if !ok {
			return errors.New("the XML declaration does not end")
		}
		words := strings.ToLower(string(declaration))
		if strings.Contains(words, "encoding") && !strings.Contains(words, "utf-8") {
			return errors.New("the document is not in UTF-8")
		}
		text = rest
	}
	for {
		i := bytes.IndexByte(text, '<')
		if i < 0 {
			return nil
		}
		text = text[i+1:]
		switch {
		case bytes.HasPrefix(text, []byte("?")):
			return errors.New("the document has a processing instruction")
		case bytes.HasPrefix(text, []byte("!")) && !bytes.HasPrefix(text, []byte("!--")):
			return errors.New("the document has a DOCTYPE, an entity declaration or a CDATA section")
		}
	}
}

// checkShape makes sure that there is one element with everything inside it,
// not too deep, and that no attribute is given twice.
func checkShape(text []byte) error {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	depth, roots := 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			if roots != 1 {
				return errors.New("the document has no element")
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("the document is no XML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
			if roots > 1 {
				return errors.New("the document has more than one outermost element")
			}
			if depth > maxDepth {
				return fmt.Errorf("the document is nested more than %d deep", maxDepth)
			}
			if err := checkAttributes(t); err != nil {
				return err
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return errors.New("the document has text outside its outermost element")
			}
		case xml.Comment, xml.ProcInst: // the one instruction left is the declaration
		default:
			return fmt.Errorf("the document has a %T", token)
		}
	}
}

// checkAttributes refuses attributes that come twice, and several that might
// be taken for the id.
func checkAttributes(e xml.StartElement) error {
	seen := map[xml.Name]bool{}
	ids := 0
	for _, a := range e.Attr {
		if seen[a.Name] {
			return fmt.Errorf("the attribute %s stands twice on %s", quote(a.Name.Local), quote(e.Name.Local))
		}
		seen[a.Name] = true
		if strings.EqualFold(a.Name.Local, "id") && a.Name.Space != "xmlns" {
			ids++
		}
	}
	if ids > 1 {
		return fmt.Errorf("the element %s has more than one id", quote(e.Name.Local))
	}
	return nil
}

// is reports whether an element has a name in a namespace.
func is(e *etree.Element, space, name string) bool {
	return e.Tag == name && e.NamespaceURI() == space
}

// children are the elements of a name directly beneath another.
func children(e *etree.Element, space, name string) []*etree.Element {
	var found []*etree.Element
	for _, c := range e.ChildElements() {
		if is(c, space, name) {
			found = append(found, c)
		}
	}
	return found
}

// only is the one child of a name.
func only(e *etree.Element, space, name string) (*etree.Element, error) {
	found := children(e, space, name)
	if len(found) != 1 {
		return nil, fmt.Errorf("%s has %d elements %s, not one", e.Tag, len(found), name)
	}
	return found[0], nil
}

// attribute is one without a namespace; empty when it is not there.
func attribute(e *etree.Element, name string) string {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value
		}
	}
	return ""
}

// textOf is the whole text of an element, with comments joined: text that ends
// at a comment turns admin<!-- -->.evil into admin.
func textOf(e *etree.Element) (string, error) {
	var b strings.Builder
	for _, c := range e.Child {
		switch c := c.(type) {
		case *etree.CharData:
			b.WriteString(c.Data)
		case *etree.Comment:
		default:
			return "", fmt.Errorf("%s holds more than text", e.Tag)
		}
	}
	return b.String(), nil
}

// timeOf reads an attribute; the zero time when it is not there.
func timeOf(e *etree.Element, name string) (time.Time, error) {
	text := attribute(e, name)
	if text == "" {
		return time.Time{}, nil
	}
	var t crewjam.RelaxedTime
	if err := t.UnmarshalText([]byte(text)); err != nil {
		return time.Time{}, fmt.Errorf("the %s %s of %s is no time", name, quote(text), e.Tag)
	}
	return time.Time(t), nil
}

var messageID = regexp.MustCompile(`^[A-Za-z_][\w.-]{0,255}$`)

// checkIDs makes sure that no two elements have the same id, whatever their
// programs call it.
func checkIDs(root *etree.Element) error {
	seen := map[string]bool{}
	return walk(root, func(e *etree.Element) error {
		for _, a := range e.Attr {
			if !strings.EqualFold(a.Key, "id") || a.Space == "xmlns" {
				continue
			}
			if seen[a.Value] {
				return fmt.Errorf("the id %s stands twice", quote(a.Value))
			}
			seen[a.Value] = true
		}
		return nil
	})
}

// walk visits an element and all beneath it.
func walk(e *etree.Element, visit func(*etree.Element) error) error {
	if err := visit(e); err != nil {
		return err
	}
	for _, c := range e.ChildElements() {
		if err := walk(c, visit); err != nil {
			return err
		}
	}
	return nil
}

// message is a document with its place for a signature.
type message struct {
	root *etree.Element
	// assertion is that of a Response, nil otherwise.
	assertion *etree.Element
}

// checkMessage makes sure that a message of the protocol has one meaning:
// signatures stand where they belong and hold nothing else, and an assertion,
// when there may be one, is a child of the message and the only one.
func checkMessage(root *etree.Element, name string) (*message, error) {
	if !is(root, nsProtocol, name) {
		return nil, fmt.Errorf("the document is no %s", name)
	}
	if attribute(root, "Version") != "2.0" {
		return nil, fmt.Errorf("the %s is not of version 2.0", name)
	}
	if !messageID.MatchString(attribute(root, "ID")) {
		return nil, fmt.Errorf("the %s has no usable ID", name)
	}
	if err := checkIDs(root); err != nil {
		return nil, err
	}
	m := &message{root: root}
	err := walk(root, func(e *etree.Element) error {
		switch e.Tag {
		case "Response", "LogoutRequest", "LogoutResponse":
			if e != root {
				return fmt.Errorf("there is a %s inside the %s", e.Tag, name)
			}
		case "EncryptedAssertion", "EncryptedID":
			return fmt.Errorf("the %s is encrypted, for which Searchlight publishes no key", e.Tag)
		case "Assertion":
			if name != "Response" || m.assertion != nil || e.Parent() != root || !is(e, nsAssertion, "Assertion") {
				return errors.New("there is more than one Assertion, or one where none belongs")
			}
			if !messageID.MatchString(attribute(e, "ID")) {
				return errors.New("the Assertion has no usable ID")
			}
			m.assertion = e
		case dsig.SignatureTag:
			parent := e.Parent()
			if !is(e, nsSignature, dsig.SignatureTag) || parent != root && (m.assertion == nil || parent != m.assertion) {
				return errors.New("there is a Signature where none belongs")
			}
			if len(children(parent, nsSignature, dsig.SignatureTag)) != 1 {
				return fmt.Errorf("the %s has more than one Signature", parent.Tag)
			}
		case "Object":
			if e.NamespaceURI() == nsSignature {
				return errors.New("a Signature holds an Object")
			}
		}
		return nil
	})
	return m, err
}

// signatureOf is the signature of an element, nil when it has none.
func signatureOf(e *etree.Element) *etree.Element {
	if found := children(e, nsSignature, dsig.SignatureTag); len(found) == 1 {
		return found[0]
	}
	return nil
}

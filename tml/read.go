package tml

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/source"
)

// rootKey says what a key at the root of a document means.
type rootKey uint8

const (
	unknownKey rootKey = iota
	readableKey
	laterKey       // a kind that the server does not read yet
	unsupportedKey // a kind that no version of the server reads
	remarkKey      // accepted and ignored
	plainKey       // no object key
)

var rootKeys = map[string]rootKey{
	"guid": plainKey, "obj_id": plainKey,
	"table": readableKey, "worksheet": readableKey, "model": readableKey, "connection": readableKey,
	"view": laterKey, "sql_view": laterKey, "answer": laterKey, "pinboard": laterKey, "liveboard": laterKey,
	"cohort": unsupportedKey, "monitor_alert": unsupportedKey, "action_object": unsupportedKey,
	"nls_feedback": unsupportedKey, "collection": unsupportedKey,
	"joins": remarkKey, "permissions": remarkKey, "hidden": remarkKey,
}

// Parse reads one document, YAML or JSON. The findings hold everything that is
// wrong with its notation and its structure, and warnings. The document is
// never nil; with errors among the findings it holds what could be read, at
// least GUID, Kind and Name where the file shows them.
func Parse(text string) (*Document, Findings) {
	c, bad := clean(text)
	d := &Document{source: written{text: source.NewText("", c.text), stripped: c.stripped}}
	r := &reader{doc: d}
	if bad != nil {
		r.failFault(bad)
		return d, r.all()
	}
	if len(c.stripped) > 0 {
		r.add(Finding{Code: codeRemark, Severity: source.SeverityWarning,
			Message: "Control characters were removed from the file."}, c.stripped[0])
	}
	root, faults := parseTree(c.text)
	for _, f := range faults {
		r.failFault(f)
	}
	if root == nil {
		if len(faults) == 0 {
			r.failFault(syntaxFault(0, "The document is empty."))
		}
		return d, r.all()
	}
	d.source.root = root
	r.document(root)
	return d, r.all()
}

// olderSpellings maps keys of paths to what older files may have instead.
var olderSpellings = map[string]string{"joins_with": "joins", "id": "alias"}

func (r *reader) document(root *node) {
	if root.isNull() {
		r.failFault(syntaxFault(root.at, "The document is empty."))
		return
	}
	if root.kind != mapping {
		r.failFault(syntaxFault(root.at, "The document must be a mapping with guid and one object."))
		return
	}
	o := r.open("", root)
	r.guid(o)
	r.doc.ObjectID = o.text("obj_id")
	key, ok := r.objectKey(o)
	if !ok {
		return
	}
	if r.doc.Bare = key == ""; r.doc.Bare {
		r.doc.Kind = KindConnection
		r.connection(o)
		o.close()
		return
	}
	r.doc.key, r.doc.Kind = key, Kind(key)
	if key == keyModel {
		r.doc.Kind = KindWorksheet
	}
	o.close()
	body := root.get(key)
	if body.kind != mapping {
		r.failShape(Path(key), body, "a mapping")
		return
	}
	r.body(key, r.open(Path(key), body))
}

func (r *reader) body(key string, o *object) {
	if o.has("guid") {
		r.warn(o.path.Key("guid"), o.value("guid"), "The field <b> %s </b> was ignored; guid belongs at the root of the file.", o.path.Key("guid"))
	}
	o.ignore("guid")
	switch key {
	case "table":
		r.table(o)
	case "worksheet":
		r.worksheet(o)
	case keyModel:
		r.model(o)
	case "connection":
		r.connection(o)
	default:
		r.doc.Name = o.text("name")
		r.fail(codeObjectKey, o.path, o.node, "Documents of type <b> %s </b> are not available yet.", key)
		return
	}
	o.close()
}

func (r *reader) guid(o *object) {
	n := o.scalar("guid")
	if n == nil {
		return
	}
	guid, ok := searchlight.ParseGUID(n.text)
	if !ok {
		r.fail(codeGUID, "guid", n, "The guid <b> %s </b> does not have the form 8-4-4-4-12 of hexadecimal digits.", n.text)
		return
	}
	r.doc.GUID = guid
}

// objectKey finds the one object of a document; the key is empty for a bare
// connection.
func (r *reader) objectKey(o *object) (string, bool) {
	isBare := !slices.ContainsFunc([]string{"name", "type", "properties"}, func(key string) bool { return o.node.get(key) == nil })
	var objects, unknown []string
	for _, e := range o.node.entries {
		if isBare && e.key == "table" && e.value.kind == sequence {
			continue // the remapping list of a bare connection
		}
		switch rootKeys[e.key] {
		case readableKey, laterKey, unsupportedKey:
			objects = append(objects, e.key)
		case unknownKey:
			unknown = append(unknown, e.key)
		case remarkKey:
			r.warnUnknown(Path(e.key), &node{at: e.at})
		case plainKey:
		}
		if rootKeys[e.key] != unknownKey {
			o.ignore(e.key)
		}
	}
	switch {
	case len(objects) > 1:
		slices.Sort(objects)
		r.fail(codeObjectKey, "", o.node, "The file holds several objects: <b> %s </b>. One is allowed.", strings.Join(objects, ", "))
		return "", false
	case len(objects) == 1 && rootKeys[objects[0]] == unsupportedKey:
		r.doc.Kind = Kind(objects[0])
		r.fail(codeObjectKey, Path(objects[0]), o.node.get(objects[0]), "Objects of type <b> %s </b> are not supported.", objects[0])
		return "", false
	case len(objects) == 1:
		return objects[0], true
	case isBare:
		return "", true
	case len(unknown) > 0:
		r.fail(codeObjectKey, Path(unknown[0]), o.node.get(unknown[0]), "Objects of type <b> %s </b> are not supported.", strings.Join(unknown, ", "))
		return "", false
	}
	r.fail(codeObjectKey, "", o.node, "The file holds no object beside guid, such as table or worksheet.")
	return "", false
}

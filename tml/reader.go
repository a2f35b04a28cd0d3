package tml

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// reader turns the tree of a document into its types and collects what is
// wrong with it.
type reader struct {
	doc      *Document
	findings Findings
	reported [2]int // by severity, also those beyond maxFindings
}

// object is a mapping being read. Each key is asked for once, by the type that
// the schema gives it; close complains about keys that nobody asked for.
type object struct {
	r     *reader
	path  Path
	node  *node
	asked map[string]bool
}

func (r *reader) open(path Path, n *node) *object {
	return &object{r: r, path: path, node: n, asked: map[string]bool{}}
}

// value returns the value of a key unless it is absent or null.
func (o *object) value(key string) *node {
	o.asked[key] = true
	if n := o.node.get(key); n != nil && !n.isNull() {
		return n
	}
	return nil
}

// has reports whether the key is written with a value that counts.
func (o *object) has(key string) bool {
	n := o.node.get(key)
	return n != nil && !n.isNull() && !(n.kind == scalar && n.text == "") &&
		!(n.kind == sequence && len(n.items) == 0) && !(n.kind == mapping && len(n.entries) == 0)
}

// scalar returns a scalar's node unless it is absent or empty.
func (o *object) scalar(key string) *node {
	n := o.value(key)
	if n == nil {
		return nil
	}
	if n.kind != scalar {
		o.r.failShape(o.path.Key(key), n, "a single value")
		return nil
	}
	if n.text == "" {
		return nil
	}
	return n
}

func (o *object) text(key string) string {
	if n := o.scalar(key); n != nil {
		return n.text
	}
	return ""
}

// textPointer is the text of a key, nil when it is absent.
func (o *object) textPointer(key string) *string {
	if n := o.scalar(key); n != nil {
		return &n.text
	}
	return nil
}

// required is the text of a compulsory key.
func (o *object) required(key string) string {
	if !o.has(key) {
		o.asked[key] = true
		o.r.failMissing(o.path.Key(key), o.node)
		return ""
	}
	return o.text(key)
}

// flag is a boolean, nil when it is absent.
func (o *object) flag(key string) *bool {
	n := o.scalar(key)
	if n == nil {
		return nil
	}
	word := strings.ToLower(n.text)
	if n.quoted && word != "true" && word != "false" {
		word = ""
	}
	var b bool
	switch word {
	case "true", "yes", "y", "on":
		b = true
	case "false", "no", "n", "off":
	default:
		o.r.failShape(o.path.Key(key), n, "true or false")
		return nil
	}
	return &b
}

// flagUnless is a boolean, nil also when it is the default.
func (o *object) flagUnless(key string, def bool) *bool {
	if b := o.flag(key); b != nil && *b != def {
		return b
	}
	return nil
}

// isSet is a boolean whose default is false.
func (o *object) isSet(key string) bool {
	b := o.flag(key)
	return b != nil && *b
}

// number is a decimal number; ok is false when it is absent or wrong.
func (o *object) number(key string) (v float64, ok bool) {
	n := o.scalar(key)
	if n == nil {
		return 0, false
	}
	v, err := strconv.ParseFloat(n.text, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || strings.ContainsAny(n.text, "xX_") {
		o.r.failShape(o.path.Key(key), n, "a number")
		return 0, false
	}
	return v, true
}

// integer is a whole number; ok is false when it is absent or wrong.
func (o *object) integer(key string) (i int, ok bool) {
	v, ok := o.number(key)
	if !ok {
		return 0, false
	}
	if v != math.Trunc(v) || math.Abs(v) > math.MaxInt32 {
		o.r.failShape(o.path.Key(key), o.node.get(key), "a whole number")
		return 0, false
	}
	return int(v), true
}

// enum is one of a list of tokens, empty when it is absent or wrong.
func (o *object) enum(key string, allowed ...string) string {
	n := o.scalar(key)
	if n == nil {
		return ""
	}
	for _, a := range allowed {
		if n.text == a {
			return a
		}
	}
	o.r.failEnum(o.path.Key(key), n, allowed)
	return ""
}

// items lists the entries of a list, nulls left out; a single value counts as
// a list of one.
func (o *object) items(key string) []*object {
	n := o.value(key)
	switch {
	case n == nil, n.kind == scalar && n.text == "":
		return nil
	case n.kind == mapping:
		o.r.failShape(o.path.Key(key), n, "a list")
		return nil
	case n.kind == scalar:
		return []*object{o.r.open(o.path.Key(key).Item(0), n)}
	}
	var list []*object
	for i, item := range n.items {
		if !item.isNull() {
			list = append(list, o.r.open(o.path.Key(key).Item(i), item))
		}
	}
	return list
}

// texts is a list of texts.
func (o *object) texts(key string) []string {
	var list []string
	for _, item := range o.items(key) {
		if item.node.kind != scalar {
			o.r.failShape(item.path, item.node, "a single value")
			continue
		}
		list = append(list, item.node.text)
	}
	return list
}

// objects is a list of mappings.
func (o *object) objects(key string) []*object {
	var list []*object
	for _, item := range o.items(key) {
		if item.node.kind != mapping {
			o.r.failShape(item.path, item.node, "a mapping")
			continue
		}
		list = append(list, item)
	}
	return list
}

// requiredObjects is a list of mappings with at least one.
func (o *object) requiredObjects(key string) []*object {
	if !o.has(key) {
		o.asked[key] = true
		o.r.failMissing(o.path.Key(key), o.node)
		return nil
	}
	return o.objects(key)
}

// object is a mapping, nil when it is absent or empty.
func (o *object) object(key string) *object {
	n := o.value(key)
	if n == nil || !o.has(key) {
		return nil
	}
	if n.kind != mapping {
		o.r.failShape(o.path.Key(key), n, "a mapping")
		return nil
	}
	return o.r.open(o.path.Key(key), n)
}

// merged is a mapping that may also be written as a list of mappings with one
// key each.
func (o *object) merged(key string) *object {
	n := o.node.get(key)
	if n == nil || n.kind != sequence {
		return o.object(key)
	}
	o.asked[key] = true
	m := &node{kind: mapping, at: n.at}
	for _, item := range n.items {
		if item.kind != mapping {
			o.r.failShape(o.path.Key(key), n, "a mapping")
			return nil
		}
		m.entries = append(m.entries, item.entries...)
	}
	if len(m.entries) == 0 {
		return nil
	}
	return o.r.open(o.path.Key(key), m)
}

// extra keeps the values of newer keys as they are.
func (o *object) extra(keys ...string) searchlight.Extra {
	var bag searchlight.Extra
	for _, key := range keys {
		o.asked[key] = true
		if !o.has(key) {
			continue
		}
		if bag == nil {
			bag = searchlight.Extra{}
		}
		bag[key] = json.RawMessage(compactJSON(o.node.get(key)))
	}
	return bag
}

// ignore accepts keys without reading them.
func (o *object) ignore(keys ...string) {
	for _, key := range keys {
		o.asked[key] = true
	}
}

// close warns of the keys that nobody asked for.
func (o *object) close() {
	for _, e := range o.node.entries {
		if !o.asked[e.key] {
			o.r.warnUnknown(o.path.Key(e.key), &node{at: e.at})
		}
	}
}

// unique notes names and reports those that come again.
type unique map[string]bool

func (u unique) add(name string) bool {
	if u[name] {
		return false
	}
	u[name] = true
	return true
}

// identity reads a reference to another object.
func (o *object) identity() Identity {
	id := Identity{ID: o.text("id"), Name: o.text("name"), FQN: o.text("fqn"), ObjectID: o.text("obj_id"), Path: o.path}
	if id.ID == "" && id.Name == "" && id.FQN == "" && id.ObjectID == "" {
		o.r.failMissing(o.path.Key("name"), o.node)
	}
	return id
}

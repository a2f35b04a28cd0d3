package tml

import (
	"strings"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

// conditionSeparator joins the parts of a condition that a file lists.
const conditionSeparator = " AND "

var (
	joinTypes     = stringsOf(searchlight.JoinTypes)
	cardinalities = stringsOf([]searchlight.Cardinality{searchlight.ManyToOne, searchlight.OneToOne, searchlight.OneToMany, searchlight.ManyToMany})
)

func stringsOf[S ~string](list []S) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

// joinType is the type of a join, INNER when none is written.
func (o *object) joinType() searchlight.JoinType {
	if t := o.enum("type", joinTypes...); t != "" {
		return searchlight.JoinType(t)
	}
	return searchlight.JoinInner
}

func (o *object) cardinality() searchlight.Cardinality {
	c := searchlight.Cardinality(o.enum("cardinality", cardinalities...))
	if c == searchlight.ManyToMany {
		o.r.warn(o.path.Key("cardinality"), o.node.get("cardinality"),
			"The join <b> %s </b> is many to many; its measures may count rows several times.", o.path)
	}
	return c
}

// condition reads the text of a join condition. Files that went through tools
// which take it for a list hold the text in single characters (tml.md 2.2).
func (o *object) condition(key string) string {
	n := o.value(key)
	if n == nil || n.kind != sequence {
		return o.text(key)
	}
	parts := o.texts(key)
	if isExploded(n) {
		return strings.Join(parts, "")
	}
	return strings.Join(parts, conditionSeparator)
}

func isExploded(n *node) bool {
	for _, item := range n.items {
		if item.kind != scalar || utf8.RuneCountInString(item.text) != 1 {
			return false
		}
	}
	return len(n.items) > 1
}

// RepairList mends a list of single characters that a tool made of one text,
// provided that the text is known, for example as the name of a column.
func RepairList(list []string, known func(string) bool) []string {
	for _, s := range list {
		if utf8.RuneCountInString(s) != 1 {
			return list
		}
	}
	if text := strings.Join(list, ""); len(list) > 1 && known(text) {
		return []string{text}
	}
	return list
}

// joins reads joins used inside an object.
func (r *reader) joins(o *object) []searchlight.WorksheetJoin {
	var joins []searchlight.WorksheetJoin
	names := unique{}
	for _, j := range o.objects("joins") {
		join := searchlight.WorksheetJoin{ID: j.text("id"), Name: j.required("name"), Source: j.required("source"),
			Destination: j.required("destination"), On: j.condition("on"), Type: j.joinType(), OneToOne: j.isSet("is_one_to_one"),
			Cardinality: j.cardinality()}
		j.close()
		if join.Name != "" && !names.add(join.Name) {
			r.failDuplicate(j.path.Key("name"), j.node.get("name"), "joins", join.Name)
		}
		joins = append(joins, join)
	}
	return joins
}

// joinsWith reads the relationships that start at an object.
func (r *reader) joinsWith(o *object) []JoinDoc { return r.joinList(o, "joins_with") }

func (r *reader) joinList(o *object, key string) []JoinDoc {
	var joins []JoinDoc
	names := unique{}
	for _, j := range o.objects(key) {
		join := JoinDoc{Path: j.path}
		join.Name = j.required("name")
		join.Description = j.text("description")
		join.Target = j.target("destination")
		if join.On = j.condition("on"); join.On == "" {
			r.failMissing(j.path.Key("on"), j.node)
		}
		join.Type = j.joinType()
		join.OneToOne = j.flag("is_one_to_one")
		join.Cardinality = j.cardinality()
		j.ignore("source", "id")
		j.close()
		if join.Name != "" && !names.add(join.Name) {
			r.failDuplicate(j.path.Key("name"), j.node.get("name"), "joins", join.Name)
		}
		joins = append(joins, join)
	}
	return joins
}

// target reads the reference to the other end of a join; older files write
// its name alone.
func (o *object) target(key string) Identity {
	n := o.value(key)
	if n != nil && n.kind == scalar && n.text != "" {
		return Identity{Name: n.text, Path: o.path.Key(key)}
	}
	m := o.merged(key)
	if m == nil {
		if !o.has(key) {
			o.r.failMissing(o.path.Key(key), o.node)
		}
		return Identity{Path: o.path.Key(key)}
	}
	id := m.identity()
	m.close()
	return id
}

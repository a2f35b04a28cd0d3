package rowtest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/model"
)

// This file decides by itself, row by row, what row-level security lets
// somebody see (security.md 4.1, 4.2). It shares no code with the pipeline.

// truth is the value of a condition. What is said of a row of another table
// that is not there is absent: neither it nor its negation holds.
type truth int

const (
	no truth = iota
	unknown
	absent
	yes
)

// guardedWorld is a world in which tables have rules.
type guardedWorld struct {
	*world
	ways  map[int][]way // by table: where its rules may look
	rules map[int][]*condition
	// one says which joins are one-to-one.
	one map[step]bool
}

// way leads from a table, or the end of another of its ways, to a table that
// the model does not show or to one that it does.
type way struct {
	id         string
	after      int // index of another way, -1: the table itself
	table      int
	from, into int // columns that are equal
	join       string
}

// condition is a rule or a part of one: and, or, not, if, or a test of a
// column (see text).
type condition struct {
	op     string
	parts  []*condition
	way    int // of a test: -1 for the table itself
	column int
	value  any
}

// mentions reports whether a condition looks along a way.
func (c *condition) mentions(w int) bool {
	if len(c.parts) == 0 {
		return c.way == w
	}
	return slices.ContainsFunc(c.parts, func(p *condition) bool { return p.mentions(w) })
}

// text writes a condition as a formula.
func (c *condition) text(w *guardedWorld, t int) string {
	part := func(i int) string { return "( " + c.parts[i].text(w, t) + " )" }
	switch c.op {
	case "and", "or":
		texts := make([]string, len(c.parts))
		for i := range c.parts {
			texts[i] = part(i)
		}
		return strings.Join(texts, " "+c.op+" ")
	case "not":
		return "not " + part(0)
	case "if":
		return "if " + part(0) + " then " + part(1) + " else " + part(2)
	case "member":
		return "'" + c.value.(string) + "' = ts_groups"
	}
	path, table := w.tables[t].name, t
	if c.way >= 0 {
		path, table = w.ways[t][c.way].id, w.ways[t][c.way].table
	}
	name := "[" + path + "::" + w.tables[table].columns[c.column].name + "]"
	switch c.op {
	case "user":
		return name + " = ts_username"
	case "not user":
		return name + " != ts_username"
	case "groups":
		return name + " = ts_groups"
	case "not groups":
		return "not ( ts_groups = " + name + " )"
	case "ints":
		return name + " = ts_groups_int"
	case "null":
		return "isnull ( " + name + " )"
	case "=", ">=":
		return name + " " + c.op + " " + constant(c.value)
	case "left":
		return "left ( " + name + " , 1 ) = " + constant(beginning(c.value.(string)))
	case "concat":
		return "concat ( " + name + " , '/' , " + name + " ) = " + constant(c.value.(string)+"/"+c.value.(string))
	case "contains":
		return "contains ( " + name + " , " + constant(c.value) + " )"
	case "greatest":
		return "greatest ( " + name + " , 1 ) >= " + constant(c.value)
	case "numbered":
		return "to_string ( " + name + " ) = ts_groups"
	case "year":
		return "year ( " + name + " ) = " + constant(c.value)
	case "days ago":
		return "diff_days ( today ( ) , " + name + " ) >= " + constant(c.value)
	}
	panic("no condition " + c.op)
}

// constant writes a value in a formula.
func constant(v any) string {
	if s, ok := v.(string); ok {
		return "'" + strings.ReplaceAll(s, "'", `\'`) + "'"
	}
	return fmt.Sprint(v)
}

// settled is the value of a test that needs no row: of a group, or of a list
// that is empty.
func (c *condition) settled(who bind.Security) (truth, bool) {
	switch {
	case c.op == "member" && inGroups(c.value.(string), who):
		return yes, true
	case c.op == "member", c.op == "ints" && !slices.ContainsFunc(who.Groups, isInteger):
		return no, true
	}
	return unknown, false
}

func isInteger(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// holds is the value of a condition for a row and for rows that its ways lead
// to, -1 where there is none.
func (c *condition) holds(w *guardedWorld, t, row int, ends []int, who bind.Security) truth {
	part := func(i int) truth { return c.parts[i].holds(w, t, row, ends, who) }
	decided := func(b bool) truth {
		if b {
			return yes
		}
		return no
	}
	negated := func(v truth) truth { return map[truth]truth{yes: no, no: yes, unknown: unknown, absent: absent}[v] }
	switch c.op {
	case "and", "or":
		best := absent
		dominant := map[string]truth{"and": no, "or": yes}[c.op]
		rank := map[truth]int{negated(dominant): 0, unknown: 1, absent: 2, dominant: 3}
		for i := range c.parts {
			v := part(i)
			if i == 0 || rank[v] > rank[best] {
				best = v
			}
		}
		return best
	case "not":
		return negated(part(0))
	case "if":
		if part(0) == yes {
			return part(1)
		}
		if _, ok := c.parts[0].settled(who); ok {
			return part(2)
		}
		for k, end := range ends {
			if end < 0 && c.parts[0].mentions(k) {
				return absent
			}
		}
		return part(2)
	}
	if v, ok := c.settled(who); ok {
		return v
	}
	table := t
	if c.way >= 0 {
		if row, table = ends[c.way], w.ways[t][c.way].table; row < 0 {
			return absent
		}
	}
	v := w.tables[table].rows[row][c.column]
	if c.op == "null" {
		return decided(v == nil)
	}
	switch {
	case v == nil && c.op == "greatest":
		return decided(compareValues(int64(1), c.value) >= 0)
	case v == nil:
		return unknown
	}
	switch c.op {
	case "user", "not user":
		return decided((folded(v.(string)) == folded(who.UserName)) == (c.op == "user"))
	case "groups", "not groups":
		return decided(inGroups(v.(string), who) == (c.op == "groups"))
	case "ints":
		return decided(inGroups(strconv.FormatInt(v.(int64), 10), who))
	case "=":
		return decided(filter{op: "=", values: []any{c.value}}.holds(v))
	case ">=":
		return decided(compareValues(v, c.value) >= 0)
	case "left":
		return decided(folded(beginning(v.(string))) == folded(beginning(c.value.(string))))
	case "concat":
		return decided(folded(v.(string)) == folded(c.value.(string)))
	case "contains":
		return decided(strings.Contains(folded(v.(string)), folded(c.value.(string))))
	case "greatest":
		return decided(max(v.(int64), 1) >= c.value.(int64))
	case "numbered":
		return decided(inGroups(strconv.FormatInt(v.(int64), 10), who))
	case "year":
		return decided(int64(v.(time.Time).Year()) == c.value.(int64))
	case "days ago":
		return decided(int64(fixture.Now.Sub(v.(time.Time)).Hours())/24 >= c.value.(int64))
	}
	panic("no condition " + c.op)
}

// beginning is the first character of a text.
func beginning(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func inGroups(name string, who bind.Security) bool {
	return slices.ContainsFunc(who.Groups, func(g string) bool { return folded(g) == folded(name) })
}

// folded is the form in which texts are compared.
func folded(s string) string { return strings.ToLower(s) }

// shows reports whether a rule holds for a row with any rows that belong to it.
func (w *guardedWorld) shows(rule *condition, t, row int, who bind.Security) bool {
	ways := w.ways[t]
	ends := make([]int, len(ways))
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(ways) {
			return rule.holds(w, t, row, ends, who) == yes
		}
		found := false
		for at := range w.tables[ways[i].table].rows {
			start := row
			from := t
			if a := ways[i].after; a >= 0 {
				start, from = ends[a], ways[a].table
			}
			if start < 0 {
				break
			}
			a, b := w.tables[from].rows[start][ways[i].from], w.tables[ways[i].table].rows[at][ways[i].into]
			if a == nil || b == nil || a != b {
				continue
			}
			found = true
			ends[i] = at
			if try(i + 1) {
				return true
			}
		}
		ends[i] = -1
		return !found && try(i+1)
	}
	return try(0)
}

// visible reports whether somebody may see a row: a rule of its table shows it,
// and so are its partners in the tables that have rules or lead to some. via is
// the join by which the row was reached.
func (w *guardedWorld) visible(t, row int, who bind.Security, via step) bool {
	if rules := w.rules[t]; len(rules) > 0 &&
		!slices.ContainsFunc(rules, func(c *condition) bool { return w.shows(c, t, row, who) }) {
		return false
	}
	for _, next := range w.nexts(t, via) {
		if !w.leadsToRules(next.to, next.join) {
			continue
		}
		e := w.tables[next.join.table].joins[next.join.edge]
		partner := -1
		if next.to == e.to && t == next.join.table {
			partner = w.partner(t, row, e)
		} else {
			for other := range w.tables[next.to].rows {
				if w.partner(next.to, other, e) == row {
					partner = other
				}
			}
		}
		if partner < 0 || !w.visible(next.to, partner, who, next.join) {
			return false
		}
	}
	return true
}

type next struct {
	to   int
	join step
}

// nexts lists the tables of which a row of t has at most one partner.
func (w *guardedWorld) nexts(t int, via step) []next {
	var out []next
	for at, table := range w.tables {
		for i, e := range table.joins {
			join := step{at, i}
			switch {
			case join == via:
			case at == t:
				out = append(out, next{e.to, join})
			case e.to == t && w.one[join]:
				out = append(out, next{at, join})
			}
		}
	}
	return out
}

func (w *guardedWorld) leadsToRules(t int, via step) bool {
	if len(w.rules[t]) > 0 {
		return true
	}
	return slices.ContainsFunc(w.nexts(t, via), func(n next) bool { return w.leadsToRules(n.to, n.join) })
}

// seenBy is the world with what somebody may see, and without rules.
func (w *guardedWorld) seenBy(who bind.Security, prefix string) *world {
	out := &world{}
	for i, t := range w.tables {
		copied := *t
		copied.name, copied.rows = prefix+t.name, nil
		for row := range t.rows {
			if w.visible(i, row, who, step{-1, -1}) {
				copied.rows = append(copied.rows, t.rows[row])
			}
		}
		out.tables = append(out.tables, &copied)
	}
	return out
}

// people ask in the leak test.
var people = []bind.Security{
	{UserName: "ab", Groups: []string{"All", "Zoe", "100%"}},
	{UserName: "Zoe", Groups: []string{"all", "O'NEIL", "1", "3"}},
	{UserName: "émile", Groups: []string{"All", "ab", "x_y", "2", "ZÜRICH"}},
	{UserName: "new", Groups: []string{"All", "0"}},
}

// guard gives some tables of a world rules, and lists of who has access that
// these may look at. Of the joins some become one-to-one.
func guard(r *rand.Rand, w *world) *guardedWorld {
	g := &guardedWorld{world: w, ways: map[int][]way{}, rules: map[int][]*condition{}, one: map[step]bool{}}
	shown := len(w.tables)
	for _, t := range w.tables { // more rows where none refers to another
		if !slices.ContainsFunc(w.tables, func(o *table) bool {
			return slices.ContainsFunc(o.joins, func(e edge) bool { return w.tables[e.to] == t })
		}) {
			w.fill(r, t)
			w.fill(r, t)
		}
	}
	for at, t := range w.tables {
		for i, e := range t.joins {
			if strings.Contains(t.name, "dim") && r.IntN(4) == 0 {
				g.one[step{at, i}] = true
				for row, ref := range r.Perm(len(t.rows)) {
					t.rows[row][e.from[0]] = int64(ref)
				}
			}
		}
	}
	for t := range shown {
		if r.IntN(3) == 0 {
			g.guard(r, t)
		}
	}
	return g
}

func (w *guardedWorld) guard(r *rand.Rand, t int) {
	table := w.tables[t]
	add := func(name string, columns ...column) int {
		w.tables = append(w.tables, newTable(table.name+"_"+name, columns))
		return len(w.tables) - 1
	}
	texts, keys := columnsOf(table, "text"), columnsOf(table, "int")
	if r.IntN(3) > 0 { // a list, of which a row has several entries
		by, kind := texts[r.IntN(len(texts))], "text"
		if len(keys) > 0 && r.IntN(2) == 0 {
			by, kind = keys[r.IntN(len(keys))], "int"
		}
		list := add("list", column{name: "of", kind: kind}, column{name: "person", kind: "text"}, column{name: "level", kind: "int"}, column{name: "id_of_team", kind: "int"})
		w.fill(r, w.tables[list])
		w.ways[t] = append(w.ways[t], way{id: "list", after: -1, table: list, from: by, into: 0, join: "to_list"})
		if r.IntN(2) == 0 {
			team := add("team", column{name: "team", kind: "int"}, column{name: "lead", kind: "text"})
			w.fill(r, w.tables[team])
			w.ways[t] = append(w.ways[t], way{id: "team", after: 0, table: team, from: 3, into: 0, join: "to_team"})
		}
	}
	for i, e := range table.joins { // a table of the model itself
		if len(e.from) == 1 && r.IntN(2) == 0 {
			w.ways[t] = append(w.ways[t], way{id: "own", after: -1, table: e.to, from: e.from[0], into: e.into[0], join: w.joinName(step{t, i})})
			break
		}
	}
	for range 1 + r.IntN(2) {
		w.rules[t] = append(w.rules[t], w.randomCondition(r, t, 3))
	}
	if r.IntN(3) > 0 { // most rows are seen, lest most answers be empty
		at := r.IntN(len(table.columns))
		rule := &condition{op: "not", parts: []*condition{{op: "null", way: -1, column: at}}}
		if kinds := columnsOf(table, "int"); len(kinds) > 0 && r.IntN(2) == 0 {
			rule = &condition{op: ">=", way: -1, column: kinds[r.IntN(len(kinds))], value: int64(r.IntN(3))}
		}
		w.rules[t] = append(w.rules[t], rule)
	}
}

func newTable(name string, columns []column) *table { return &table{name: name, columns: columns} }

func columnsOf(t *table, kind string) []int {
	var out []int
	for i, c := range t.columns {
		if c.kind == kind {
			out = append(out, i)
		}
	}
	return out
}

func (w *guardedWorld) randomCondition(r *rand.Rand, t, depth int) *condition {
	part := func() *condition { return w.randomCondition(r, t, depth-1) }
	if depth > 0 {
		switch r.IntN(8) {
		case 0, 1:
			return &condition{op: "or", parts: []*condition{part(), part()}}
		case 2:
			return &condition{op: "and", parts: []*condition{part(), part()}}
		case 3:
			return &condition{op: "not", parts: []*condition{part()}}
		case 4:
			// A condition that holds for some people alone is decided before rows
			// are looked at, so that nothing in it is ever absent.
			when := w.randomCondition(r, t, 0)
			return &condition{op: "if", parts: []*condition{when, part(), part()}}
		}
	}
	if r.IntN(8) == 0 {
		return &condition{op: "member", value: []string{"zoe", "X_Y", "none", "ALL"}[r.IntN(4)]}
	}
	c := &condition{way: r.IntN(len(w.ways[t])+1) - 1}
	table := w.tables[t]
	if c.way >= 0 {
		table = w.tables[w.ways[t][c.way].table]
	}
	c.column = r.IntN(len(table.columns))
	switch kind := table.columns[c.column].kind; {
	case r.IntN(8) == 0:
		c.op = "null"
	case kind == "text":
		c.op = []string{"user", "user", "groups", "groups", "groups", "not user", "not groups", "=", "left", "concat", "contains"}[r.IntN(11)]
		c.value = texts[1+r.IntN(9)]
	case kind == "int":
		c.op, c.value = []string{"ints", "=", ">=", "greatest", "numbered"}[r.IntN(5)], int64(r.IntN(4))
	case kind == "number":
		c.op, c.value = ">=", float64(r.IntN(30))/4
	case kind == "date":
		if c.op, c.value = "year", int64(2023+r.IntN(2)); r.IntN(2) == 0 {
			c.op, c.value = "days ago", int64(240+r.IntN(40))
		}
	default:
		panic("no condition on " + kind)
	}
	return c
}

// guardedDefinition is the definition of a world with its rules.
func (w *guardedWorld) guardedDefinition(shown model.Definition) model.Definition {
	d := shown
	d.Tables = map[searchlight.GUID]model.TableDefinition{}
	for i, t := range w.tables {
		id := fixture.ID(100 + i)
		def, ok := shown.Tables[id]
		if !ok { // a table that only rules look at
			def = model.TableDefinition{Header: searchlight.Header{ID: id, Name: t.name, PhysicalTable: t.name}, Table: &searchlight.Table{}}
			for _, c := range t.columns {
				def.Table.Columns = append(def.Table.Columns, searchlight.TableColumn{Name: c.name, PhysicalName: c.name, Type: columnTypes[c.kind]})
			}
		} else {
			copied := *def.Table
			def.Table = &copied
		}
		d.Tables[id] = def
	}
	for t, ways := range w.ways {
		def := d.Tables[fixture.ID(100+t)].Table
		for _, way := range ways {
			from, path := t, searchlight.RulePath{ID: way.id, Table: fixture.ID(100 + way.table), Joins: []string{way.join}}
			if way.after >= 0 {
				from = ways[way.after].table
				path.Joins = []string{ways[way.after].join, way.join}
			}
			def.RulePaths = append(def.RulePaths, path)
			source := d.Tables[fixture.ID(100+from)].Table
			source.Joins = append(source.Joins, searchlight.TableJoin{Name: way.join, Destination: path.Table, Type: searchlight.JoinInner,
				On: fmt.Sprintf("[%s::%s] = [%s::%s]", w.tables[from].name, w.tables[from].columns[way.from].name,
					w.tables[way.table].name, w.tables[way.table].columns[way.into].name)})
		}
	}
	for t, rules := range w.rules {
		def := d.Tables[fixture.ID(100+t)].Table
		for i, rule := range rules {
			def.Rules = append(def.Rules, searchlight.RowRule{Name: fmt.Sprint(i), Expr: rule.text(w, t)})
		}
	}
	return d
}

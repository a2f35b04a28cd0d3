package rowtest_test

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The oracle answers a question about tables in memory by the definitions of
// search-language.md 6, row by row. It shares no code with the pipeline.

// world is a schema of tables with their rows.
type world struct {
	tables []*table
}

type table struct {
	name    string
	columns []column
	rows    [][]any // nil, int64, float64, string or time.Time
	joins   []edge
}

type column struct {
	name    string
	kind    string // int, number, text, date
	measure bool
	hidden  bool // a key, not shown
}

// edge is a many-to-one join: columns of this table equal those of another.
type edge struct {
	to         int
	from, into []int
	left       bool // keeps rows without a partner
}

// field is a column of a table.
type field struct{ table, column int }

// question is a search in terms of the world.
type question struct {
	outputs []output
	filters []filter
	having  *output // an aggregate that is to be above limit
	limit   float64
	top     int // 0: all rows
	each    int // index of the attribute for which top counts, -1: none
	sortBy  int // index of an output, -1: none
	down    bool
}

type output struct {
	field
	agg    string // empty: an attribute
	bucket string // of a date attribute
}

type filter struct {
	field
	op     string
	values []any
}

// errAmbiguous says that the definitions leave open which rows are meant.
var errAmbiguous = errors.New("ambiguous")

// errCartesian says that facts would be multiplied.
var errCartesian = errors.New("cartesian product")

// reach lists the tables that a row of t determines, with the joins to them.
func (w *world) reach(t int) map[int][]step {
	out := map[int][]step{t: nil}
	queue := []int{t}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for i, e := range w.tables[at].joins {
			out[e.to] = append(slices.Clone(out[at]), step{at, i})
			queue = append(queue, e.to)
		}
	}
	return out
}

type step struct{ table, edge int }

func (w *world) reaches(t int, all ...int) bool {
	r := w.reach(t)
	for _, o := range all {
		if _, ok := r[o]; !ok {
			return false
		}
	}
	return true
}

// root is the table from which all the given ones follow; ok is false where
// there is none.
func (w *world) root(tables ...int) (root int, ok bool, err error) {
	var candidates []int
	for t := range w.tables {
		if w.reaches(t, tables...) {
			candidates = append(candidates, t)
		}
	}
	var nearest []int
	for _, c := range candidates {
		if !slices.ContainsFunc(candidates, func(o int) bool { return o != c && w.reaches(c, o) }) {
			nearest = append(nearest, c)
		}
	}
	switch len(nearest) {
	case 0:
		return 0, false, nil
	case 1:
		return nearest[0], true, nil
	}
	return 0, false, errAmbiguous
}

// combined is a row of a table with what it determines: by table an index of a
// row, -1 for none.
type combined map[int]int

// follow resolves tables from a row; it reports false when an inner join finds
// no partner.
func (w *world) follow(t, row int, needed []int) (combined, bool) {
	out := combined{t: row}
	paths := w.reach(t)
	for _, n := range needed {
		for _, s := range paths[n] {
			e := w.tables[s.table].joins[s.edge]
			if _, done := out[e.to]; done {
				continue
			}
			partner := -1
			if at := out[s.table]; at >= 0 {
				partner = w.partner(s.table, at, e)
			}
			if partner < 0 && !e.left {
				return nil, false
			}
			out[e.to] = partner
		}
	}
	return out, true
}

func (w *world) partner(t, row int, e edge) int {
	for i := range w.tables[e.to].rows {
		same := true
		for k := range e.from {
			a, b := w.tables[t].rows[row][e.from[k]], w.tables[e.to].rows[i][e.into[k]]
			same = same && a != nil && b != nil && a == b
		}
		if same {
			return i
		}
	}
	return -1
}

func (w *world) value(c combined, f field) any {
	if c[f.table] < 0 {
		return nil
	}
	return w.tables[f.table].rows[c[f.table]][f.column]
}

// holds decides a filter for a value (search-language.md 3.4 to 3.6, 4.6).
func (f filter) holds(v any) bool {
	fold := func(x any) any {
		if s, ok := x.(string); ok {
			return strings.ToLower(s)
		}
		return x
	}
	among := slices.ContainsFunc(f.values, func(x any) bool { return v != nil && compareValues(fold(x), fold(v)) == 0 })
	switch f.op {
	case "=":
		return among
	case "!=":
		return !among
	case "null":
		return v == nil
	case "not null":
		return v != nil
	case "contains":
		return v != nil && strings.Contains(fold(v).(string), fold(f.values[0]).(string))
	case ">=":
		return v != nil && compareValues(v, f.values[0]) >= 0
	case "<":
		return v != nil && compareValues(v, f.values[0]) < 0
	case "between":
		return v != nil && compareValues(v, f.values[0]) >= 0 && compareValues(v, f.values[1]) <= 0
	}
	panic("no operator " + f.op)
}

func compareValues(a, b any) int {
	switch x := a.(type) {
	case string:
		return cmp.Compare(x, b.(string))
	case time.Time:
		return x.Compare(b.(time.Time))
	}
	return cmp.Compare(toFloat(a), toFloat(b))
}

func toFloat(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	panic(fmt.Sprintf("no number: %v", v))
}

// part is what one table's rows answer.
type part struct {
	home, base int
	measures   []int // indexes of outputs
	having     bool
	groups     []int // indexes of outputs
	filtered   bool
}

// filterPath says how a filter reaches a part: direct, or by rows of many
// that lead to a row of anchor.
type filterPath struct {
	direct       bool
	anchor, many int
}

func (w *world) filterPath(p *part, f filter) (filterPath, bool, error) {
	if w.reaches(p.base, f.table) {
		return filterPath{direct: true}, true, nil
	}
	for _, anchor := range []int{p.base, p.home} {
		many, ok, err := w.root(f.table, anchor)
		if err != nil {
			return filterPath{}, false, err
		}
		if ok {
			return filterPath{anchor: anchor, many: many}, true, nil
		}
	}
	return filterPath{}, false, nil
}

// answer computes the rows of a question.
func (w *world) answer(q question) ([][]any, error) {
	parts, err := w.parts(q)
	if err != nil {
		return nil, err
	}
	var results []partial
	for _, p := range parts {
		r, err := w.evaluate(q, p)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	lines, err := combine(q, parts, results)
	if err != nil {
		return nil, err
	}
	return finish(q, lines), nil
}

// parts divides a question by the tables whose rows answer it.
func (w *world) parts(q question) ([]*part, error) {
	var parts []*part
	homeOf := func(t int) *part {
		for _, p := range parts {
			if p.home == t {
				return p
			}
		}
		parts = append(parts, &part{home: t})
		return parts[len(parts)-1]
	}
	var attributes []int
	for i, o := range q.outputs {
		if o.agg == "" {
			attributes = append(attributes, i)
		} else {
			p := homeOf(o.table)
			p.measures = append(p.measures, i)
		}
	}
	if q.having != nil {
		homeOf(q.having.table).having = true
	}
	covered := map[int]bool{}
	for _, p := range parts {
		if err := w.coverAttributes(q, p, attributes); err != nil {
			return nil, err
		}
		for _, g := range p.groups {
			covered[g] = true
		}
	}
	for {
		var left []int
		for _, a := range attributes {
			if !covered[a] {
				left = append(left, a)
			}
		}
		if len(left) == 0 {
			break
		}
		var tables []int
		for _, a := range left {
			tables = append(tables, q.outputs[a].table)
		}
		root, ok, err := w.root(tables...)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errAmbiguous // which table comes first is a matter of taste
		}
		p := &part{home: root, base: root}
		for _, a := range attributes {
			if w.reaches(root, q.outputs[a].table) {
				p.groups = append(p.groups, a)
				covered[a] = true
			}
		}
		parts = append(parts, p)
	}
	return w.filterParts(q, parts, attributes)
}

// coverAttributes finds the attributes that a measure's table determines or,
// over its many side, is determined by.
func (w *world) coverAttributes(q question, p *part, attributes []int) error {
	cover := func(t int) []int {
		var out []int
		for _, a := range attributes {
			if w.reaches(t, q.outputs[a].table) {
				out = append(out, a)
			}
		}
		return out
	}
	p.base, p.groups = p.home, cover(p.home)
	best := p.groups
	for t := range w.tables {
		if w.reaches(t, p.home) {
			if c := cover(t); len(c) > len(best) {
				best = c
			}
		}
	}
	if len(best) == len(p.groups) {
		return nil
	}
	for t := range w.tables {
		if w.reaches(t, p.home) {
			if c := cover(t); len(c) == len(best) && !slices.Equal(c, best) {
				return errAmbiguous
			}
		}
	}
	tables := []int{p.home}
	for _, a := range best {
		tables = append(tables, q.outputs[a].table)
	}
	base, _, err := w.root(tables...)
	p.base, p.groups = base, best
	return err
}

// filterParts adds parts for filters on facts that nothing else reads, and
// marks those that have a filter of their own.
func (w *world) filterParts(q question, parts []*part, attributes []int) ([]*part, error) {
	concerned := func(f filter) (list []*part, err error) {
		for _, p := range parts {
			_, ok, err := w.filterPath(p, f)
			if err != nil {
				return nil, err
			}
			if ok {
				list = append(list, p)
			}
		}
		return list, nil
	}
	for _, f := range q.filters {
		list, err := concerned(f)
		if err != nil {
			return nil, err
		}
		if len(list) > 0 {
			continue
		}
		p := &part{home: f.table, base: f.table}
		for _, a := range attributes {
			if w.reaches(f.table, q.outputs[a].table) {
				p.groups = append(p.groups, a)
			}
		}
		if len(p.groups) == 0 {
			return nil, errAmbiguous // the filter is without effect
		}
		parts = append(parts, p)
	}
	for _, f := range q.filters {
		list, err := concerned(f)
		if err != nil {
			return nil, err
		}
		if len(list) < len(parts) {
			for _, p := range list {
				p.filtered = true
			}
		}
	}
	return parts, nil
}

// partial holds the rows of a part: group values by output, then measures by
// output, -1 for the condition on groups.
type partial []map[int]any

func (w *world) evaluate(q question, p *part) (partial, error) {
	needed := []int{p.home}
	for _, g := range p.groups {
		needed = append(needed, q.outputs[g].table)
	}
	var direct []filter
	type semi struct{ anchor, many int }
	semis := map[semi][]filter{}
	for _, f := range q.filters {
		path, ok, err := w.filterPath(p, f)
		switch {
		case err != nil:
			return nil, err
		case ok && path.direct:
			direct = append(direct, f)
			needed = append(needed, f.table)
		case ok:
			needed = append(needed, path.anchor)
			semis[semi{path.anchor, path.many}] = append(semis[semi{path.anchor, path.many}], f)
		}
	}
	type group struct {
		values  map[int]any
		members []int // rows of home, each once
	}
	var groups []*group
	find := func(values map[int]any) *group {
		for _, g := range groups {
			same := true
			for k, v := range values {
				same = same && sameValue(g.values[k], v)
			}
			if same {
				return g
			}
		}
		groups = append(groups, &group{values: values})
		return groups[len(groups)-1]
	}
	if len(p.groups) == 0 {
		find(map[int]any{})
	}
	for row := range w.tables[p.base].rows {
		c, ok := w.follow(p.base, row, needed)
		if !ok {
			continue
		}
		keep := true
		for _, f := range direct {
			keep = keep && f.holds(w.value(c, f.field))
		}
		for s, filters := range semis {
			keep = keep && w.exists(s.many, s.anchor, c[s.anchor], filters)
		}
		if !keep {
			continue
		}
		values := map[int]any{}
		for _, g := range p.groups {
			values[g] = bucketOf(q.outputs[g].bucket, w.value(c, q.outputs[g].field))
		}
		g := find(values)
		if home := c[p.home]; home >= 0 && !slices.Contains(g.members, home) {
			g.members = append(g.members, home)
		}
	}
	var out partial
	for _, g := range groups {
		line := g.values
		for _, m := range p.measures {
			line[m] = w.aggregate(q.outputs[m], g.members)
		}
		if p.having && q.having != nil {
			line[-1] = w.aggregate(*q.having, g.members)
		}
		out = append(out, line)
	}
	return out, nil
}

// exists reports whether a row of many leads to a row of anchor and meets all
// filters.
func (w *world) exists(many, anchor, row int, filters []filter) bool {
	needed := []int{anchor}
	for _, f := range filters {
		needed = append(needed, f.table)
	}
	for i := range w.tables[many].rows {
		c, ok := w.follow(many, i, needed)
		if !ok || row < 0 || c[anchor] != row {
			continue
		}
		if !slices.ContainsFunc(filters, func(f filter) bool { return !f.holds(w.value(c, f.field)) }) {
			return true
		}
	}
	return false
}

func (w *world) aggregate(o output, members []int) any {
	var values []any
	for _, m := range members {
		if v := w.tables[o.table].rows[m][o.column]; v != nil {
			values = append(values, v)
		}
	}
	sum, squares := 0.0, 0.0
	if o.agg != "count" && o.agg != "unique count" && o.agg != "min" && o.agg != "max" {
		for _, v := range values {
			sum += toFloat(v)
		}
		for _, v := range values {
			d := toFloat(v) - sum/float64(len(values))
			squares += d * d
		}
	}
	n := float64(len(values))
	switch o.agg {
	case "sum":
		return sum
	case "count":
		return n
	case "unique count":
		slices.SortFunc(values, compareValues)
		return float64(len(slices.CompactFunc(values, func(a, b any) bool { return compareValues(a, b) == 0 })))
	}
	if n == 0 {
		return nil
	}
	switch o.agg {
	case "average":
		return sum / n
	case "min":
		return slices.MinFunc(values, compareValues)
	case "max":
		return slices.MaxFunc(values, compareValues)
	case "variance", "standard deviation":
		switch {
		case n < 2:
			return nil
		case o.agg == "variance":
			return squares / (n - 1)
		}
		return math.Sqrt(squares / (n - 1))
	}
	panic("no aggregation " + o.agg)
}

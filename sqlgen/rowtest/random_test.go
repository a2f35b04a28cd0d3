package rowtest_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/internal/testsize"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
)

// TestRandom asks random questions about random schemas and compares the rows
// with those of the oracle. The seeds are fixed.
func TestRandom(t *testing.T) {
	t.Run("DuckDB", func(t *testing.T) { askRandomly(t, openDuckDB(t), testsize.Times(3), 25) })
	t.Run("PostgreSQL", func(t *testing.T) { askRandomly(t, openPostgres(t), testsize.Times(2), 25) })
}

func askRandomly(t *testing.T, db *database, worlds, questions int) {
	answered, refused, empty := 0, 0, 0
	for seed := range worlds {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		w := randomWorld(r, fmt.Sprintf("w%d_", seed))
		db.exec(t, w.sql())
		m, problems := model.Compile(w.definition())
		if m == nil {
			t.Fatalf("seed %d: %+v", seed, problems)
		}
		for asked := 0; asked < questions; {
			q := w.randomQuestion(r)
			want, err := w.answer(q)
			if errors.Is(err, errAmbiguous) {
				continue
			}
			asked++
			text := w.text(r, q)
			if errors.Is(err, errCartesian) {
				if p, ds := golden.Plan(t, m, text); p != nil || !strings.Contains(ds.String(), "cartesian-product") {
					t.Fatalf("seed %d: %s must be refused\n%s", seed, text, ds)
				}
				refused++
				continue
			}
			got, explanation := db.search(t, m, text)
			if len(got.names) != len(q.outputs) {
				t.Fatalf("seed %d: %s has columns %s", seed, text, got.names)
			}
			if d := difference(got, rows{got.names, want}); d != "" {
				t.Fatalf("seed %d: %s\n%s\ngot\n%swant\n%s", seed, d, explanation, got, rows{got.names, want})
			}
			checkCountAndPage(t, db, m, text, want, r)
			answered++
			if len(want) == 0 {
				empty++
			}
		}
	}
	t.Logf("%d answered, %d of them empty, %d refused", answered, empty, refused)
	if answered < worlds*questions*3/4 || empty > answered/3 {
		t.Errorf("too few of the questions have an answer")
	}
}

// checkCountAndPage counts the rows of a search and asks for a part of them.
func checkCountAndPage(t *testing.T, db *database, m *model.Model, text string, want [][]any, r *rand.Rand) {
	t.Helper()
	q, _ := golden.Bind(m, text)
	count, _ := plan.Count(q)
	got, explanation, err := db.run(t, count)
	if err != nil || len(got.values) != 1 || !sameValue(got.values[0][0], int64(len(want))) {
		t.Fatalf("%s has %d rows, counted %v, %v\n%s", text, len(want), got.values, err, explanation)
	}
	page := plan.Page{Offset: r.IntN(len(want) + 2), Count: 1 + r.IntN(4)}
	p, _ := plan.Build(q, page)
	got, explanation, err = db.run(t, p)
	from := min(page.Offset, len(want))
	part := rows{got.names, want[from:min(from+page.Count, len(want))]}
	if err != nil {
		t.Fatalf("%s: %v\n%s", text, err, explanation)
	}
	if d := difference(got, part); d != "" {
		t.Fatalf("page %+v of %s: %s\n%s\ngot\n%swant\n%s", page, text, d, explanation, got, part)
	}
}

// randomWorld makes two or three facts on dimensions, of which some have
// dimensions of their own, and perhaps lines beneath the first fact. No table
// is reached in two ways.
func randomWorld(r *rand.Rand, prefix string) *world {
	w := &world{}
	add := func(name string, columns ...column) int {
		w.tables = append(w.tables, &table{name: prefix + name, columns: columns})
		return len(w.tables) - 1
	}
	key := column{name: "id", kind: "int", hidden: true}
	second := column{name: "part", kind: "text", hidden: true}
	var chains [][]int // a dimension, then that beyond it
	for i := range 2 + r.IntN(2) {
		columns := []column{key, {name: "label", kind: "text"}, {name: "size", kind: "int"}, {name: "weight", kind: "number", measure: true}}
		if i == 0 { // a key of two columns
			columns = append(columns, second)
		}
		d := add(fmt.Sprintf("dim%d", i), columns...)
		chain := []int{d}
		if r.IntN(2) == 0 {
			far := add(fmt.Sprintf("far%d", i), key, column{name: "area", kind: "text"}, column{name: "people", kind: "int", measure: true})
			w.join(r, d, far)
			chain = append(chain, far)
		}
		chains = append(chains, chain)
	}
	facts := 2 + r.IntN(2)
	for i := range facts {
		f := add(fmt.Sprintf("fact%d", i), key, column{name: "day", kind: "date"}, column{name: "note", kind: "text"},
			column{name: "count", kind: "int", measure: true}, column{name: "value", kind: "number", measure: true})
		for _, chain := range chains {
			if r.IntN(5) > 0 {
				w.join(r, f, chain[r.IntN(4)/3*(len(chain)-1)])
			}
		}
		if i == 0 && r.IntN(2) == 0 {
			l := add("line", column{name: "item", kind: "text"}, column{name: "price", kind: "number", measure: true}, column{name: "sent", kind: "date"})
			w.join(r, l, f)
		}
	}
	for _, t := range w.tables {
		w.fill(r, t)
	}
	return w
}

// join adds key columns to a table that refer to another.
func (w *world) join(r *rand.Rand, from, to int) {
	e := edge{to: to, left: r.IntN(4) == 0}
	for at, c := range w.tables[to].columns {
		if c.name == "id" || c.name == "part" {
			e.from = append(e.from, len(w.tables[from].columns))
			e.into = append(e.into, at)
			c.name, c.hidden = fmt.Sprintf("%s_of_%d", c.name, to), true
			w.tables[from].columns = append(w.tables[from].columns, c)
		}
	}
	w.tables[from].joins = append(w.tables[from].joins, e)
}

var texts = []string{"", "Ab", "aB", "ab", "Émile", "O'Neil", "100%", "x_y", "Zoe", "zürich", " "}

// fill gives a table rows; most references are good, some null, some dangling.
func (w *world) fill(r *rand.Rand, t *table) {
	n := 3 + r.IntN(4)
	if !strings.Contains(t.name, "dim") && !strings.Contains(t.name, "far") {
		n = 8 + r.IntN(14)
	}
	for id := range n {
		row := make([]any, len(t.columns))
		for i, c := range t.columns {
			switch {
			case c.name == "id":
				row[i] = int64(id / (1 + boolean(t.has("part"))))
			case c.name == "part":
				row[i] = []string{"p", "q"}[id%2]
			case r.IntN(8) == 0:
				row[i] = nil
			case strings.HasPrefix(c.name, "id_of"):
				row[i] = int64(r.IntN(5))
			case strings.HasPrefix(c.name, "part_of"):
				row[i] = []string{"p", "q"}[r.IntN(2)]
			case c.kind == "int":
				row[i] = int64(r.IntN(6) - 1)
			case c.kind == "number":
				row[i] = float64(r.IntN(40)) / 4
			case c.kind == "text":
				row[i] = texts[r.IntN(len(texts))]
			case c.kind == "date":
				row[i] = time.Date(2023, 12, 20+r.IntN(40), 0, 0, 0, 0, time.UTC)
			}
		}
		t.rows = append(t.rows, row)
	}
}

func (t *table) has(name string) bool {
	for _, c := range t.columns {
		if c.name == name {
			return true
		}
	}
	return false
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

var sqlTypes = map[string]string{"int": "INTEGER", "number": "DECIMAL(12,2)", "text": "VARCHAR", "date": "DATE"}

func (w *world) sql() string {
	var b strings.Builder
	for _, t := range w.tables {
		var defs []string
		for _, c := range t.columns {
			defs = append(defs, c.name+" "+sqlTypes[c.kind])
		}
		fmt.Fprintf(&b, "CREATE TABLE %s (%s);\n", t.name, strings.Join(defs, ", "))
		if len(t.rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "INSERT INTO %s VALUES ", t.name)
		for i, row := range t.rows {
			cells := make([]string, len(row))
			for j, v := range row {
				cells[j] = literal(v)
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("(" + strings.Join(cells, ", ") + ")")
		}
		b.WriteString(";\n")
	}
	return b.String()
}

// literal writes a value as SQL and searches have it.
func literal(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case time.Time:
		return "'" + v.Format(time.DateOnly) + "'"
	}
	return fmt.Sprint(v)
}

var columnTypes = map[string]datatype.Type{"int": datatype.Int32, "number": datatype.Double, "text": datatype.Varchar, "date": datatype.Date}

// definition is a worksheet over all tables, each with one path.
func (w *world) definition() model.Definition {
	d := model.Definition{
		Header:    searchlight.Header{ID: fixture.ID(1), Subtype: searchlight.SubtypeWorksheet, Name: "World"},
		Worksheet: &searchlight.Worksheet{Progressive: true},
		Tables:    map[searchlight.GUID]model.TableDefinition{},
	}
	pointedAt := map[int]bool{}
	for _, t := range w.tables {
		for _, e := range t.joins {
			pointedAt[e.to] = true
		}
	}
	ways := map[int][][]string{}
	for i := range w.tables {
		if pointedAt[i] {
			continue
		}
		ways[i] = [][]string{{}}
		for to, steps := range w.reach(i) {
			if to != i {
				var way []string
				for _, s := range steps {
					way = append(way, w.joinName(s))
				}
				ways[to] = append(ways[to], way)
			}
		}
	}
	for i, t := range w.tables {
		def := &searchlight.Table{}
		for _, c := range t.columns {
			col := searchlight.TableColumn{Name: c.name, PhysicalName: c.name, Type: columnTypes[c.kind]}
			def.Columns = append(def.Columns, col)
			if c.hidden {
				continue
			}
			shown := searchlight.WorksheetColumn{Name: w.display(field{i, len(def.Columns) - 1}), ColumnID: t.name + "::" + c.name}
			if c.measure {
				shown.Properties.Role, shown.Properties.Aggregation = datatype.Measure, datatype.Sum
			}
			d.Worksheet.Columns = append(d.Worksheet.Columns, shown)
		}
		for at, e := range t.joins {
			var on []string
			for k := range e.from {
				on = append(on, fmt.Sprintf("[%s::%s] = [%s::%s]", t.name, t.columns[e.from[k]].name,
					w.tables[e.to].name, w.tables[e.to].columns[e.into[k]].name))
			}
			join := searchlight.WorksheetJoin{Name: w.joinName(step{i, at}), Source: t.name, Destination: w.tables[e.to].name,
				On: strings.Join(on, " and "), Type: searchlight.JoinInner}
			if e.left {
				join.Type = searchlight.JoinLeftOuter
			}
			d.Worksheet.Joins = append(d.Worksheet.Joins, join)
		}
		id := fixture.ID(100 + i)
		d.Tables[id] = model.TableDefinition{Table: def, Header: searchlight.Header{ID: id, Name: t.name, PhysicalTable: t.name}}
		d.Worksheet.Tables = append(d.Worksheet.Tables, searchlight.WorksheetTable{Table: id, Alias: t.name})
		d.Worksheet.Paths = append(d.Worksheet.Paths, searchlight.TablePath{ID: t.name, Table: t.name, JoinPaths: ways[i]})
	}
	return d
}

func (w *world) joinName(s step) string {
	return fmt.Sprintf("%s_to_%s", w.tables[s.table].name, w.tables[w.tables[s.table].joins[s.edge].to].name)
}

// display is the name that searches use for a field.
func (w *world) display(f field) string {
	t := w.tables[f.table]
	_, short, _ := strings.Cut(t.name, "_")
	return short + " " + t.columns[f.column].name
}

var aggregations = map[string][]string{
	"int":    {"sum", "count", "unique count", "average", "min", "max", "variance"},
	"number": {"sum", "sum", "average", "standard deviation", "min", "max", "unique count"},
	"text":   {"count", "unique count"},
	"date":   {"min", "max", "count"},
}

var bucketWords = []string{"detailed", "weekly", "monthly", "quarterly", "yearly", "day of week", "day of year", "week of year", "month of quarter", "week of month"}

// randomQuestion asks for up to three attributes and three measures, with
// filters and an order.
func (w *world) randomQuestion(r *rand.Rand) question {
	q := question{sortBy: -1, each: -1}
	pick := func(want func(c column) bool) field {
		for {
			f := field{r.IntN(len(w.tables)), 0}
			f.column = r.IntN(len(w.tables[f.table].columns))
			if c := w.tables[f.table].columns[f.column]; !c.hidden && want(c) {
				return f
			}
		}
	}
	kind := func(f field) string { return w.tables[f.table].columns[f.column].kind }
	seen := map[string]bool{}
	add := func(o output) {
		if key := fmt.Sprint(o); !seen[key] {
			seen[key] = true
			q.outputs = append(q.outputs, o)
		}
	}
	for range r.IntN(4) {
		f := pick(func(c column) bool { return !c.measure })
		o := output{field: f}
		if kind(f) == "date" {
			o.bucket = bucketWords[r.IntN(len(bucketWords))]
		}
		add(o)
	}
	for range r.IntN(4) {
		f := pick(func(c column) bool { return c.measure || r.IntN(4) == 0 })
		list := aggregations[kind(f)]
		add(output{field: f, agg: list[r.IntN(len(list))]})
	}
	if len(q.outputs) == 0 {
		return w.randomQuestion(r)
	}
	// Attributes come first, with them dates under min and max.
	var leading, rest []output
	for _, o := range q.outputs {
		if o.agg == "" || kind(o.field) == "date" && o.agg != "count" {
			leading = append(leading, o)
		} else {
			rest = append(rest, o)
		}
	}
	q.outputs = append(leading, rest...)
	for range r.IntN(3) {
		q.filters = append(q.filters, w.randomFilter(r, pick(func(column) bool { return true })))
	}
	// Several conditions on one column have rules of their own.
	for i := range q.filters {
		for j := range i {
			if q.filters[i].field == q.filters[j].field {
				q.filters = q.filters[:j+1]
				break
			}
		}
		if i+1 >= len(q.filters) {
			break
		}
	}
	if len(rest) > 0 && r.IntN(5) == 0 {
		f := pick(func(c column) bool { return c.measure })
		q.having, q.limit = &output{field: f, agg: []string{"sum", "count", "average"}[r.IntN(3)]}, float64(r.IntN(8))
	}
	if len(rest) > 0 && len(rest) == len(q.outputs)-len(leading) && r.IntN(5) == 0 && w.firstMeasure(q) {
		q.top = 1 + r.IntN(4)
		if q.outputs[0].agg == "" && r.IntN(2) == 0 {
			q.each = 0
		}
	}
	if r.IntN(4) == 0 {
		q.sortBy, q.down = r.IntN(len(q.outputs)), r.IntN(2) == 0
	}
	return q
}

// firstMeasure reports whether the first aggregate is a number, by which a top
// phrase ranks.
func (w *world) firstMeasure(q question) bool {
	for _, o := range q.outputs {
		if o.agg != "" {
			return w.tables[o.table].columns[o.column].kind != "date" || o.agg == "count"
		}
	}
	return false
}

func (w *world) randomFilter(r *rand.Rand, f field) filter {
	c := w.tables[f.table].columns[f.column]
	if r.IntN(10) == 0 {
		return filter{f, []string{"null", "not null"}[r.IntN(2)], nil}
	}
	value := func() any {
		switch c.kind {
		case "int":
			return int64(r.IntN(6) - 1)
		case "number":
			return float64(r.IntN(40)) / 4
		case "date":
			return time.Date(2023, 12, 20+r.IntN(40), 0, 0, 0, 0, time.UTC)
		}
		return texts[1:10][r.IntN(9)]
	}
	ops := []string{"=", "=", "!=", "!=", ">=", "<", "between"}
	if c.kind == "text" {
		ops = []string{"=", "!=", "!=", "contains"}
	}
	out := filter{f, ops[r.IntN(len(ops))], []any{value()}}
	switch {
	case out.op == "between":
		a, b := value(), value()
		if compareValues(a, b) > 0 {
			a, b = b, a
		}
		out.values = []any{a, b}
	case out.op == "contains":
		s := out.values[0].(string)
		out.values[0] = s[:1]
		if s[0] > 127 {
			out.values[0] = s
		}
	case out.op == "=" || out.op == "!=":
		for range r.IntN(3) {
			out.values = append(out.values, value())
		}
	}
	return out
}

// text writes a question as a search.
func (w *world) text(r *rand.Rand, q question) string {
	var parts []string
	name := func(o output) string {
		s := "[" + w.display(o.field) + "]"
		if o.agg != "" {
			return o.agg + " " + s
		}
		if o.bucket != "" {
			s += ".'" + o.bucket + "'"
		}
		return s
	}
	for i, o := range q.outputs {
		word := ""
		if i == q.each {
			word = "for each "
		}
		parts = append(parts, word+name(o))
	}
	var conditions []string
	for _, f := range q.filters {
		column := "[" + w.display(f.field) + "]"
		words := make([]string, len(f.values))
		for i, v := range f.values {
			words[i] = literal(v)
		}
		switch f.op {
		case "null":
			conditions = append(conditions, column+" = {null}")
		case "not null":
			conditions = append(conditions, column+" != {null}")
		case "between":
			conditions = append(conditions, column+" between "+words[0]+" and "+words[1])
		default:
			conditions = append(conditions, column+" "+f.op+" "+strings.Join(words, ", "))
		}
	}
	if q.having != nil {
		conditions = append(conditions, fmt.Sprintf("%s > %g", name(*q.having), q.limit))
	}
	r.Shuffle(len(conditions), func(i, j int) { conditions[i], conditions[j] = conditions[j], conditions[i] })
	parts = append(parts, conditions...)
	if q.top > 0 {
		parts = append(parts, fmt.Sprintf("top %d", q.top))
	}
	if q.sortBy >= 0 {
		s := "sort by " + name(q.outputs[q.sortBy])
		if q.down {
			s += " descending"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " ")
}

package rowtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/search"
)

var hostileNames = []string{
	"select", "order by 1", `"`, `a"b`, `""; drop table victims; --`, "'", "it's", "[x]", "a]b", "a::b", `back\slash`, "`tick`",
	"$1", "%s", "?", ":name", "a.b", "tab\tnew\nline", "été", "日本語", "🦆 quack", "Ω", "  padded  ", "null", "count(*)",
	"/* comment", "-- comment", "c1", "t1", "q1",
}

var hostileValues = append([]string{
	"%", "_", "!", "!%", "!!", "%_!", `\`, `\\`, `\'`, `'; DROP TABLE victims; --`, "''", `"double"`, `both ' and "`, "$1", "?", "{{x}}",
	"{null} ", "NaN", "1e999", "0x10", "true", "TRUE", "É", "é", "ÀÇ", "STRASSE", "straße", "line\nbreak", "tab\t", "\u00a0", "\u200b", "💥", "ＦＵＬＬ", "ΟΔΟΣ", "οδος", "İstanbul", "istanbul", "ıI", "Ǆ", "ǅ", "ẞ", "K",
	"", " ", strings.Repeat("long ", 200), "a%b", "axb", "a_b", "A_B",
}, hostileNames...)

// TestHostileNames searches a table whose every name is hostile.
func TestHostileNames(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		names := hostileNames
		if db.name == "DuckDB" { // PostgreSQL cuts names at 63 bytes
			names = append(slices.Clone(names), strings.Repeat("long", 50))
		}
		for i, name := range names {
			table := fmt.Sprintf("%s %d", name, i)
			db.exec(t, fmt.Sprintf("CREATE TABLE %[1]s (%[2]s VARCHAR, \"n\" INTEGER);\nINSERT INTO %[1]s VALUES ('x', 1), ('y', 2)", ident(table), ident(name)))
			m, problems := model.Compile(model.Definition{
				Header: searchlight.Header{ID: fixture.ID(1), Subtype: searchlight.SubtypeTable, Name: name, PhysicalTable: table},
				Table: &searchlight.Table{Columns: []searchlight.TableColumn{
					{Name: name, PhysicalName: name, Type: datatype.Varchar},
					{Name: "N of " + name, PhysicalName: "n", Type: datatype.Int32,
						Properties: searchlight.ColumnProperties{Role: datatype.Measure, Aggregation: datatype.Sum}},
				}},
			})
			if m == nil {
				t.Fatalf("%q: %+v", name, problems)
			}
			text := fmt.Sprintf("%s %s %s = 'X' top 3 sort by %[2]s", bracketed("N of "+name), bracketed(name), bracketed(name))
			got, explanation := db.search(t, m, text)
			want := rows{[]string{name, "Total N of " + name}, [][]any{{"x", int64(1)}}}
			if d := difference(got, want); d != "" {
				t.Errorf("%q: %s\n%s", name, d, explanation)
			}
		}
	})
}

// TestHostileValues puts values into a table and finds them again, unchanged,
// by every kind of condition.
func TestHostileValues(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		var b strings.Builder
		for i, v := range hostileValues {
			fmt.Fprintf(&b, "INSERT INTO victims VALUES (%d, '%s')§", i, strings.ReplaceAll(v, "'", "''"))
		}
		db.exec(t, "CREATE TABLE victims (id INTEGER, v VARCHAR)")
		for _, s := range strings.Split(b.String(), "§") {
			if s != "" {
				db.exec(t, s+" ")
			}
		}
		m, _ := model.Compile(model.Definition{
			Header: searchlight.Header{ID: fixture.ID(1), Subtype: searchlight.SubtypeTable, Name: "victims", PhysicalTable: "victims"},
			Table: &searchlight.Table{Columns: []searchlight.TableColumn{
				{Name: "id", PhysicalName: "id", Type: datatype.Int32}, {Name: "v", PhysicalName: "v", Type: datatype.Varchar}}},
		})
		all, _ := db.search(t, m, "[id] [v]")
		for i, row := range all.values {
			if row[1] != hostileValues[i] {
				t.Fatalf("value %q comes back as %q", hostileValues[i], row[1])
			}
		}
		tests := map[string]func(have, want string) bool{
			"=":           func(have, want string) bool { return have == want },
			"contains":    strings.Contains,
			"begins with": strings.HasPrefix,
			"ends with":   strings.HasSuffix,
		}
		for _, v := range hostileValues {
			for op, test := range tests {
				if v == "{null} " && op == "=" {
					continue // outer blanks of a placeholder are ignored
				}
				compareIDs(t, db, m, fmt.Sprintf("[id] [v] %s %s", op, literal(v)), bind.Context{Now: fixture.Now}, func(have string) bool {
					return test(strings.ToLower(have), strings.ToLower(v))
				})
			}
			folded := strings.ToLower(v)
			filter := bind.RuntimeFilter{Column: "V", Operator: "in", Values: []string{v}}
			compareIDs(t, db, m, "[id]", bind.Context{Now: fixture.Now, Filters: []bind.RuntimeFilter{filter}}, func(have string) bool {
				return strings.ToLower(have) == folded
			})
		}
		compareIDs(t, db, m, "[id] [v] similar to 'a_b'", bind.Context{Now: fixture.Now}, func(have string) bool {
			return len([]rune(have)) == 3 && strings.HasPrefix(strings.ToLower(have), "a") && strings.HasSuffix(strings.ToLower(have), "b")
		})
	})
}

func compareIDs(t *testing.T, db *database, m *model.Model, text string, c bind.Context, keep func(string) bool) {
	t.Helper()
	parsed, ds := search.Parse(text)
	q, more := bind.Bind(parsed, m, c)
	if q == nil {
		t.Errorf("%s: %s%s", text, ds, more)
		return
	}
	p, ds := plan.Build(q, golden.Page)
	if p == nil {
		t.Fatal(ds)
	}
	got, explanation, err := db.run(t, p)
	if err != nil {
		t.Errorf("%s: %v\n%s", text, err, explanation)
		return
	}
	want := rows{names: []string{"id"}}
	for i, v := range hostileValues {
		if keep(v) {
			want.values = append(want.values, []any{int64(i)})
		}
	}
	if d := difference(got, want); d != "" {
		t.Errorf("%s: %s\n%s\ngot %swant %s", text, d, explanation, got, want)
	}
}

func eachDatabase(t *testing.T, test func(t *testing.T, db *database)) {
	t.Run("DuckDB", func(t *testing.T) { test(t, openDuckDB(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, openPostgres(t)) })
}

func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func bracketed(name string) string {
	return "[" + strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(name) + "]"
}

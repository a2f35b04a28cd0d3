package rowtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
)

// The tests here are named after the threats of security.md 11.2.

// ruled is the model deals with rules, each written table: condition.
func ruled(t testing.TB, rules ...string) *model.Model {
	t.Helper()
	byTable := map[string][]searchlight.RowRule{}
	for _, r := range rules {
		table, condition, _ := strings.Cut(r, ": ")
		byTable[table] = append(byTable[table], searchlight.RowRule{Name: r, Expr: condition})
	}
	m, problems := model.Compile(fixture.WithRules(fixture.DealsDefinition(), byTable))
	if m == nil {
		t.Fatalf("%+v", problems)
	}
	return m
}

// ask answers a search for somebody.
func (d *database) ask(t testing.TB, m *model.Model, who bind.Security, text string) [][]any {
	t.Helper()
	answer, _ := d.answer(t, golden.Case{Model: m, Text: text, Context: bind.Context{Now: fixture.Now, Security: who}})
	return answer.values
}

// TestT23_UnusedDimension asks for totals in every way: they are those of the
// rows whose product may be seen, whether or not the search uses products.
func TestT23_UnusedDimension(t *testing.T) {
	m := ruled(t, "goods: category = ts_groups")
	who := bind.Security{UserName: "ann", Groups: []string{"All", "Home"}}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.RulesData)
		for _, text := range []string{"[revenue] [rows]", "[revenue] [rows] [category]", "[revenue] [rows] [category] = 'home'",
			"[revenue] [rows] [region] = 'east', 'west', {null}", "[revenue] [rows] sum [qty] > 0", "top 1 [revenue] [rows] [category]"} {
			got := db.ask(t, m, who, text)
			row := got[0]
			if len(got) != 1 || !sameValue(row[len(row)-2], 290.0) || !sameValue(row[len(row)-1], int64(5)) {
				t.Errorf("%s gives %v", text, got)
			}
		}
		for _, text := range []string{"[id]", "[id] [product]", "[id] [revenue]", "[id] [reason] = 'broken'", "[id] [category] != 'x'"} {
			var ids []any
			for _, row := range db.ask(t, m, who, text) {
				ids = append(ids, row[0])
			}
			if want := "[2 4 5 7 8]"; fmt.Sprint(ids) != want && text != "[id] [reason] = 'broken'" || slices.Contains(ids, any(int64(1))) {
				t.Errorf("%s gives %v, want %s", text, ids, want)
			}
		}
	})
}

// TestT25_EntitlementsCountOnce lists the same access twice.
func TestT25_EntitlementsCountOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, fixture.RulesData)
		m := ruled(t, "deals: [access_1::person] = ts_username")
		for _, test := range []struct{ who, text, want string }{
			{"Ann", "[revenue] [rows] count [id] average [revenue] [qty]", "[[300 3 3 150 8]]"},
			{"Bob", "[revenue] [rows] count [id] average [revenue] [qty]", "[[500 6 6 100 12]]"},
			{"Ann", "[category] [revenue]", "[[Home 200] [Office 100]]"},
			{"Ann", "[revenue] [refund]", "[[300 42]]"},
		} {
			got := db.ask(t, m, bind.Security{UserName: test.who, Groups: []string{"All"}}, test.text)
			if fmt.Sprint(got) != test.want {
				t.Errorf("%s: %s gives %v, want %s", test.who, test.text, got, test.want)
			}
		}
	})
}

// TestT27_ErrorsTellNothing asks for conditions that fail on rows which the
// person may not see, of a table with a rule and of one that hides rows for
// want of a partner. They fail for who sees all rows, on one engine at least.
func TestT27_ErrorsTellNothing(t *testing.T) {
	const data = `CREATE TABLE pay (id INTEGER, owner VARCHAR, amount BIGINT, part INTEGER, given TIMESTAMP, factor DOUBLE PRECISION);
INSERT INTO pay VALUES (1,'Ann',10,1,'2024-01-01 08:00',2),(2,'Bob',9223372036854775807,2,'infinity',1e308),(3,'Bob',1000,1,'2024-05-05 09:00',-2),(4,'Ann',1000,2,'2024-03-03 10:00',3);
CREATE TABLE parts (part INTEGER, owner VARCHAR);
INSERT INTO parts VALUES (1,'Ann'),(2,'Bob');`
	columns := []searchlight.TableColumn{{Name: "id", Type: datatype.Int32}, {Name: "owner", Type: datatype.Varchar}, {Name: "amount", Type: datatype.Int64},
		{Name: "part", Type: datatype.Int32}, {Name: "given", Type: datatype.DateTime}, {Name: "factor", Type: datatype.Double}}
	measure := searchlight.ColumnProperties{Role: datatype.Measure}
	compile := func(onPay, onParts []searchlight.RowRule) *model.Model {
		d := model.Definition{Header: searchlight.Header{ID: fixture.ID(1), Subtype: searchlight.SubtypeWorksheet, Name: "Pay"},
			Tables: map[searchlight.GUID]model.TableDefinition{
				fixture.ID(2): {Header: searchlight.Header{ID: fixture.ID(2), Name: "pay", PhysicalTable: "pay"}, Table: &searchlight.Table{Rules: onPay}},
				fixture.ID(3): {Header: searchlight.Header{ID: fixture.ID(3), Name: "parts", PhysicalTable: "parts"}, Table: &searchlight.Table{Rules: onParts,
					Columns: []searchlight.TableColumn{{Name: "part", PhysicalName: "part", Type: datatype.Int32}, {Name: "owner", PhysicalName: "owner", Type: datatype.Varchar}}}},
			},
			Worksheet: &searchlight.Worksheet{Progressive: true,
				Tables: []searchlight.WorksheetTable{{Table: fixture.ID(2), Alias: "pay"}, {Table: fixture.ID(3), Alias: "parts"}},
				Joins:  []searchlight.WorksheetJoin{{Name: "j", Source: "pay", Destination: "parts", On: "[pay::part] = [parts::part]", Type: searchlight.JoinInner}},
				Paths:  []searchlight.TablePath{{ID: "pay", Table: "pay", JoinPaths: [][]string{{}}}, {ID: "parts", Table: "parts", JoinPaths: [][]string{{"j"}}}}},
		}
		for _, c := range columns {
			c.PhysicalName = c.Name
			d.Tables[fixture.ID(2)].Table.Columns = append(d.Tables[fixture.ID(2)].Table.Columns, c)
			d.Worksheet.Columns = append(d.Worksheet.Columns, searchlight.WorksheetColumn{Name: c.Name, ColumnID: "pay::" + c.Name})
		}
		d.Worksheet.Columns = append(d.Worksheet.Columns, searchlight.WorksheetColumn{Name: "part owner", ColumnID: "parts::owner"})
		for name, text := range map[string]string{"square": "[pay::amount] * [pay::amount]", "double": "[pay::amount] + [pay::amount]", "inverse": "1 / ( [pay::amount] - 1000 )",
			"power": "[pay::factor] ^ 2", "root": "[pay::factor] ^ 0.5", "product": "[pay::factor] * [pay::factor]",
			"sq": "sq ( [pay::amount] )", "steps": "round ( [pay::amount] , 7 )", "rest": "mod ( [pay::factor] , 0.1 )"} {
			d.Worksheet.Formulas = append(d.Worksheet.Formulas, searchlight.Formula{ID: name, Name: name, Expr: text})
			d.Worksheet.Columns = append(d.Worksheet.Columns, searchlight.WorksheetColumn{Name: name, FormulaID: name, Properties: measure})
		}
		m, problems := model.Compile(d)
		if m == nil {
			t.Fatalf("%+v", problems)
		}
		return m
	}
	mine := []searchlight.RowRule{{Name: "mine", Expr: "owner = ts_username"}}
	tests := map[string]struct {
		m    *model.Model
		rows []int // of pay
	}{
		"own rule":       {compile(mine, nil), []int{1, 4}},
		"of the partner": {compile(nil, mine), []int{1, 3}},
	}
	failed := map[string]bool{}
	searches := []string{"[square] > 1", "[double] > 1", "[inverse] > -5", "[power] > 1", "[root] > 0", "[product] > 1", "[given].'day of week' > 0",
		"[given].'hour of day' > -1", "[part owner] != 'x' [square] > 1", "[inverse] > -5 [square] > 1 [power] > 1",
		"[sq] > 1", "[steps] > 1", "[rest] > -1 [steps] > 1",
		"[owner] != 'zoe'", "[part owner] != 'zoe'", "sum [square] > 0", "[id] between 0 and 9 sum [power] > 0"}
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, data)
		for name, test := range tests {
			for _, condition := range searches {
				for i, shown := range []string{"[id] ", "[id] [part owner] ", "count [id] [id] [square] [power] ", "unique count [owner] [id] ",
					"[id] [given].'hour of day' [square] [double] max [power] ", "[id] [part owner] [given].'day of year' [square] "} {
					text := shown + condition
					if i == 0 {
						all := golden.Case{Model: test.m, Text: text, Context: bind.Context{Now: fixture.Now, Security: bind.Security{Exempt: true}}}
						p, ds := all.Plan(t)
						if p == nil {
							t.Fatal(text, ds)
						}
						if _, _, err := db.run(t, p); err != nil {
							failed[condition] = true
						}
					}
					for _, row := range db.ask(t, test.m, bind.Security{UserName: "ann", Groups: []string{"All"}}, text) {
						if !slices.Contains(test.rows, int(row[slices.IndexFunc(row, func(v any) bool { _, ok := v.(int64); return ok })].(int64))) {
							t.Errorf("%s: %s shows %v", name, text, row)
						}
					}
				}
			}
		}
	})
	if len(failed) < 5 {
		t.Errorf("only %v fail for who sees all rows", failed)
	}
}

// TestT28_NamesAreValues gives people and groups names that would be more than
// that if they were pasted into SQL.
func TestT28_NamesAreValues(t *testing.T) {
	values := hostileValues
	names := append(slices.Clone(values), "x') OR 1=1 --", "nul\x00byte", "\xff\xfe", strings.Repeat("very long ", 10_000), "everything' OR 'a'='a")
	table := func(rule string) *model.Model {
		m, problems := model.Compile(model.Definition{
			Header: searchlight.Header{ID: fixture.ID(1), Subtype: searchlight.SubtypeTable, Name: "vault", PhysicalTable: "vault"},
			Table: &searchlight.Table{Rules: []searchlight.RowRule{{Name: "1", Expr: rule}}, Columns: []searchlight.TableColumn{
				{Name: "id", PhysicalName: "id", Type: datatype.Int32}, {Name: "v", PhysicalName: "v", Type: datatype.Varchar}}},
		})
		if m == nil {
			t.Fatalf("%+v", problems)
		}
		return m
	}
	equal, different := table("v = ts_username"), table("v != ts_username")
	member, stranger := table("v = ts_groups"), table("not ( v = ts_groups )")
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, "CREATE TABLE vault (id INTEGER, v VARCHAR)")
		var rows []string
		for i, v := range values {
			rows = append(rows, fmt.Sprintf("(%d, '%s')", i, strings.ReplaceAll(v, "'", "''")))
		}
		db.exec(t, "INSERT INTO vault VALUES "+strings.Join(rows, ", "))
		for i, name := range names {
			storable := utf8.ValidString(name) && !strings.Contains(name, "\x00")
			var same, others []int64
			for at, v := range values {
				switch {
				case folded(v) == folded(name):
					same = append(same, int64(at))
				case storable:
					others = append(others, int64(at))
				}
			}
			user := bind.Security{UserName: name, Groups: []string{"All"}}
			group := bind.Security{UserName: "somebody", Groups: []string{name, "no such value"}}
			if name == "" { // no name at all
				same, others, user.UserName = nil, nil, ""
				group.Groups = nil
			}
			for _, test := range []struct {
				m    *model.Model
				who  bind.Security
				want []int64
			}{{equal, user, same}, {different, user, others}, {member, group, same}, {stranger, group, others}} {
				if name == "" && test.m == stranger {
					continue // somebody in no group is a stranger to every one
				}
				if i < len(values) && i%4 > 0 && (test.m == stranger || test.m == different) {
					continue // for the sake of time
				}
				var got []int64
				for _, row := range db.ask(t, test.m, test.who, "[id]") {
					got = append(got, row[0].(int64))
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%.40q sees %v, want %v", name, got, test.want)
				}
			}
		}
	})
}

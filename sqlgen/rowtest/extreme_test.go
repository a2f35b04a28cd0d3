package rowtest_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// extremes are the columns of a table with two columns of each type, in which
// every pair of values of a type stands in a row, and the values.
var extremes = []struct {
	names   [2]string
	typ     datatype.Type
	sqlType string
	takes   formula.Types
	values  []string
}{
	{[2]string{"x", "y"}, datatype.Double, "DOUBLE PRECISION", formula.TakesNumber, []string{"NULL", "0", "-0.0", "1", "-1", "0.5", "-2.5",
		"1e308", "-1e308", "5e-324", "-5e-324", "'Infinity'", "'-Infinity'", "'NaN'", "9.3e18", "-9.3e18", "709.9", "-1000", "1.0000000000000002"}},
	{[2]string{"i", "j"}, datatype.Int64, "BIGINT", formula.TakesNumber | formula.TakesInteger, []string{"NULL", "0", "1", "-1", "3",
		"9223372036854775807", "(-9223372036854775807 - 1)", "2147483647", "2147483648", "-2147483649", "146097000"}},
	{[2]string{"s", "t"}, datatype.Varchar, "VARCHAR", formula.TakesText, []string{"NULL", "''", "' '", "'a'", "'Äöß'", "'İΣ'", "'%_!'", "' 7'", "'1e999'",
		"'-1e-999'", "'NaN'", "'inf'", "'2024-02-30'", "'99999999999999999999'", "'" + strings.Repeat("xy", 1000) + "'"}},
	{[2]string{"d", "e"}, datatype.Date, "DATE", formula.TakesDate | formula.TakesDateTime, []string{"NULL", "'0001-01-01'", "'1969-12-31'",
		"'2024-02-29'", "'9999-12-31'"}},
	{[2]string{"m", "n"}, datatype.DateTime, "TIMESTAMP", formula.TakesDateTime, []string{"NULL", "'0001-01-01 00:00:00'", "'2024-02-29 23:59:59.999999'",
		"'9999-12-31 23:59:59'"}},
	{[2]string{"c", "f"}, datatype.Time, "TIME", formula.TakesTime, []string{"NULL", "'00:00:00'", "'23:59:59.999999'"}},
	{[2]string{"b", "g"}, datatype.Bool, "BOOLEAN", formula.TakesBool, []string{"NULL", "TRUE", "FALSE"}},
}

// differing are the calls of which databases give different values for a number
// next to 0, and nothing else.
var differing = []string{"log2 ( [x] )"}

// TestSafeFunctionsNeverFail calls every function with columns that hold the
// extremes of their types. Unless expr.CanFail warns of it, no row may make the
// database fail: an error would tell of rows that nobody may see. The databases
// agree on the values.
func TestSafeFunctionsNeverFail(t *testing.T) {
	values := map[string]map[string][]string{} // by call, by database
	eachDatabase(t, func(t *testing.T, db *database) {
		db.exec(t, extremesData())
		calls, safe := 0, 0
		for _, f := range formula.Functions() {
			if f.Later || f.Aggregates || f.Group == formula.Operators || f.Group == formula.Variables {
				continue
			}
			for _, call := range extremeCalls(f) {
				m, problems := model.Compile(extremesDefinition(call))
				switch {
				case m == nil && f.Overloads[0].Repeats: // values that do not go together
					continue
				case m == nil:
					t.Fatalf("%s: %+v", call, problems)
				}
				calls++
				column, _ := m.Lookup("F")
				if expr.CanFail(column.Expr) {
					continue
				}
				safe++
				p, ds := golden.Case{Model: m, Context: ann, Text: "[F]"}.Plan(t)
				if p == nil {
					t.Errorf("%s: %s", call, ds)
					continue
				}
				answer, explanation, err := db.run(t, p)
				if _, lacks := errors.AsType[*sqlgen.UnsupportedError](err); lacks {
					continue
				}
				if err != nil {
					t.Errorf("%s: %v\n%s", call, err, explanation)
				}
				if values[call] == nil {
					values[call] = map[string][]string{}
				}
				values[call][db.name] = distinct(answer)
			}
		}
		t.Logf("%d calls, %d of them safe", calls, safe)
		if safe < 60 {
			t.Error("too few calls are safe to prove anything")
		}
	})
	for call, by := range values {
		duck, pg := by["DuckDB"], by["PostgreSQL"]
		if duck != nil && pg != nil && !slices.Equal(duck, pg) && !slices.Contains(differing, call) {
			t.Errorf("%s is %s on DuckDB and %s on PostgreSQL", call, duck, pg)
		}
	}
}

// distinct lists the values of the first column to nine digits, what is no
// number as null.
func distinct(answer rows) []string {
	var out []string
	for _, row := range answer.values {
		text := fmt.Sprint(row[0])
		if v, ok := row[0].(float64); ok {
			if text = fmt.Sprintf("%.9g", v+0); math.IsNaN(v) || math.IsInf(v, 0) {
				text = fmt.Sprint(nil)
			}
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// extremesData makes the table.
func extremesData() string {
	var columns, rows []string
	most := 0
	for _, c := range extremes {
		columns = append(columns, c.names[0]+" "+c.sqlType, c.names[1]+" "+c.sqlType)
		most = max(most, len(c.values)*len(c.values))
	}
	for row := range most {
		var values []string
		for _, c := range extremes {
			for _, at := range []int{row % len(c.values), row / len(c.values) % len(c.values)} {
				values = append(values, "CAST("+c.values[at]+" AS "+c.sqlType+")")
			}
		}
		rows = append(rows, "("+strings.Join(values, ", ")+")")
	}
	return "CREATE TABLE extremes (" + strings.Join(columns, ", ") + ");\nINSERT INTO extremes VALUES " + strings.Join(rows, ",\n") + ";"
}

// extremeCalls calls a function with columns of every combination of types that
// it takes, the two columns of a type by turns.
func extremeCalls(f formula.Function) []string {
	var calls []string
	for _, o := range f.Overloads {
		lists := [][]string{nil}
		for _, a := range o.Args {
			var next [][]string
			for _, list := range lists {
				for _, c := range extremes {
					if a.Takes&c.takes == 0 || a.Literal {
						continue
					}
					used := 0
					for _, name := range list {
						if slices.Contains(c.names[:], strings.Trim(name, "[]")) {
							used++
						}
					}
					next = append(next, append(slices.Clone(list), "["+c.names[used%2]+"]"))
				}
			}
			lists = next
		}
		for _, list := range lists {
			calls = append(calls, strings.ReplaceAll(f.Name+" ( "+strings.Join(list, " , ")+" )", "(  )", "( )"))
		}
	}
	return calls
}

func extremesDefinition(call string) model.Definition {
	table := &searchlight.Table{}
	for _, c := range extremes {
		for _, name := range c.names {
			table.Columns = append(table.Columns, searchlight.TableColumn{Name: name, PhysicalName: name, Type: c.typ})
		}
	}
	const name = "extremes"
	id := fixture.ID(70)
	return model.Definition{
		Header: searchlight.Header{ID: fixture.ID(71), Subtype: searchlight.SubtypeWorksheet, Name: "Extremes"},
		Tables: map[searchlight.GUID]model.TableDefinition{id: {Table: table, Header: searchlight.Header{ID: id, Name: name, PhysicalTable: name}}},
		Worksheet: &searchlight.Worksheet{
			Tables:   []searchlight.WorksheetTable{{Table: id, Alias: name}},
			Paths:    []searchlight.TablePath{{ID: name, Table: name, JoinPaths: [][]string{{}}}},
			Formulas: []searchlight.Formula{{ID: "formula_F", Name: "F", Expr: call}},
			Columns: []searchlight.WorksheetColumn{{Name: "F", FormulaID: "formula_F",
				Properties: searchlight.ColumnProperties{Role: datatype.Attribute}}},
		},
	}
}

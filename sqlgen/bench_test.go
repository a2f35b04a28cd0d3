package sqlgen_test

import (
	"fmt"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/sqlgen"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
)

// wideModel has 100 columns over a fact and eight dimensions. With rules, the
// fact and two dimensions have some.
func wideModel(b *testing.B, rules bool) *model.Model {
	d := model.Definition{
		Header:    searchlight.Header{ID: fixture.ID(1), Subtype: searchlight.SubtypeWorksheet, Name: "Wide"},
		Worksheet: &searchlight.Worksheet{Progressive: true},
		Tables:    map[searchlight.GUID]model.TableDefinition{},
	}
	for i := range 9 {
		name := fmt.Sprintf("dim%d", i)
		path := searchlight.TablePath{ID: name + "_1", Table: name, JoinPaths: [][]string{{}}}
		if i == 0 {
			name, path.ID, path.Table = "fact", "fact_1", "fact"
		} else {
			path.JoinPaths[0] = []string{"to_" + name}
			d.Worksheet.Joins = append(d.Worksheet.Joins, searchlight.WorksheetJoin{Name: "to_" + name, Source: "fact", Destination: name,
				On: fmt.Sprintf("[fact::column%d] = [%s::column0]", i, name), Type: searchlight.JoinInner})
		}
		t := &searchlight.Table{}
		for c := range 12 {
			col := searchlight.TableColumn{Name: fmt.Sprintf("column%d", c), PhysicalName: fmt.Sprintf("column_%d", c), Type: datatype.Int32}
			shown := searchlight.WorksheetColumn{Name: fmt.Sprintf("%s column %d", name, c), ColumnID: path.ID + "::" + col.Name}
			switch {
			case i == 0 && c == 11:
				col.Type = datatype.Date
			case i == 0 && c > 8:
				col.Type, shown.Properties.Role = datatype.Double, datatype.Measure
			case i > 0 && c > 0:
				col.Type = datatype.Varchar
			}
			t.Columns = append(t.Columns, col)
			if len(d.Worksheet.Columns) < 100 {
				d.Worksheet.Columns = append(d.Worksheet.Columns, shown)
			}
		}
		if rules && i%3 == 0 {
			t.Rules = []searchlight.RowRule{{Name: "groups", Expr: "column1 = ts_groups_int"}}
			if i > 0 {
				t.Rules[0].Expr = "column1 = ts_groups or column2 = ts_username"
			}
		}
		id := fixture.ID(100 + i)
		d.Tables[id] = model.TableDefinition{Table: t, Header: searchlight.Header{ID: id, Name: name, PhysicalTable: name}}
		d.Worksheet.Tables = append(d.Worksheet.Tables, searchlight.WorksheetTable{Table: id, Alias: name})
		d.Worksheet.Paths = append(d.Worksheet.Paths, path)
	}
	m, problems := model.Compile(d)
	if m == nil {
		b.Fatal(problems)
	}
	return m
}

// BenchmarkTextToSQL goes all the way from the text of a search to its SQL. It
// is to stay below 100 microseconds.
func BenchmarkTextToSQL(b *testing.B) { textToSQL(b, wideModel(b, false)) }

// BenchmarkTextToSQLWithRules is the same under row-level security.
func BenchmarkTextToSQLWithRules(b *testing.B) { textToSQL(b, wideModel(b, true)) }

func textToSQL(b *testing.B, m *model.Model) {
	const text = "[fact column 9] [dim1 column 3] [dim7 column 4] [fact column 11].monthly [dim2 column 5] = 'north'"
	who := bind.Security{UserName: "Ann", Groups: []string{"All", "North", "South", "3", "4"}}
	b.ReportAllocs()
	for b.Loop() {
		parsed, ds := search.Parse(text)
		if len(ds) > 0 {
			b.Fatal(ds)
		}
		q, ds := bind.Bind(parsed, m, bind.Context{Now: fixture.Now, Security: who})
		if q == nil {
			b.Fatal(ds)
		}
		p, ds := plan.Build(q, golden.Page)
		if p == nil {
			b.Fatal(ds)
		}
		if _, err := sqlgen.Generate(rewrite.Apply(p), duckdb.Dialect{}); err != nil {
			b.Fatal(err)
		}
	}
}

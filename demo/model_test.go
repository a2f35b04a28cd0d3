package demo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/demo"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/sqlgen"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
	"github.com/searchlight-bi/searchlight/tml"
)

func parse(t *testing.T) []*tml.Document {
	t.Helper()
	var documents []*tml.Document
	for _, text := range demo.TML() {
		d, findings := tml.Parse(text)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		documents = append(documents, d)
	}
	return documents
}

func TestDocumentsAreCanonical(t *testing.T) {
	for i, d := range parse(t) {
		if diff := cmp.Diff(demo.TML()[i], d.YAML()); diff != "" {
			t.Errorf("%s: %s", d.Name, diff)
		}
	}
}

// The documents of the tables describe exactly the columns that the tables
// have.
func TestDocumentsMatchTables(t *testing.T) {
	types := map[string]datatype.Type{
		"INTEGER": datatype.Int32, "VARCHAR": datatype.Varchar, "DATE": datatype.Date,
		"DOUBLE": datatype.Double, "DECIMAL(12, 2)": datatype.Double,
	}
	documents := parse(t)
	for i, table := range demo.Tables() {
		d := documents[i].Table
		if d.DB != "searchlight" || d.Schema != "main" || d.DBTable != table.Name || d.Connection != nil {
			t.Errorf("%s is at %s.%s.%s", table.Name, d.DB, d.Schema, d.DBTable)
		}
		var got, want []string
		for _, c := range d.Columns {
			got = append(got, c.PhysicalName+" "+c.Type.String())
		}
		for _, c := range table.Columns {
			want = append(want, c.Name+" "+types[c.SQLType].String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", table.Name, diff)
		}
	}
}

// compile compiles the worksheet as an import would.
func compile(t *testing.T) *model.Model {
	t.Helper()
	documents := parse(t)
	byName := map[string]searchlight.GUID{}
	for _, d := range documents {
		byName[d.Name] = d.GUID
	}
	tables := map[searchlight.GUID]model.TableDefinition{}
	for _, d := range documents[:len(documents)-1] {
		table := &searchlight.Table{Columns: d.Table.Columns}
		for _, j := range d.Table.JoinsWith {
			j.Destination = byName[j.Target.Name]
			table.Joins = append(table.Joins, j.TableJoin)
		}
		tables[d.GUID] = model.TableDefinition{Table: table, Header: searchlight.Header{
			ID: d.GUID, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeUpload, Name: d.Name,
			Database: d.Table.DB, Schema: d.Table.Schema, PhysicalTable: d.Table.DBTable,
		}}
	}
	last := documents[len(documents)-1]
	w := &searchlight.Worksheet{
		Joins: last.Worksheet.Joins, Paths: last.Worksheet.Paths, Formulas: last.Worksheet.Formulas,
		Columns: last.Worksheet.Columns, Progressive: last.Worksheet.Progressive,
	}
	for _, i := range last.Worksheet.Tables {
		w.Tables = append(w.Tables, searchlight.WorksheetTable{Table: byName[i.Name], Alias: i.Alias()})
	}
	m, problems := model.Compile(model.Definition{
		Header:    searchlight.Header{ID: last.GUID, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: last.Name},
		Worksheet: w, Tables: tables,
	})
	if len(problems) > 0 {
		t.Fatalf("%+v", problems)
	}
	return m
}

func TestSearches(t *testing.T) {
	m := compile(t)
	if m.Name != demo.WorksheetName {
		t.Errorf("the worksheet is called %s", m.Name)
	}
	searches := demo.Searches()
	if len(searches) != 10 {
		t.Errorf("%d searches", len(searches))
	}
	for _, text := range searches {
		parsed, diags := search.Parse(text)
		if diags.HasErrors() {
			t.Errorf("%s: %v", text, diags)
			continue
		}
		bound, diags := bind.Bind(parsed, m, bind.Context{Now: time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)})
		if len(diags) > 0 {
			t.Errorf("%s: %v", text, diags)
			continue
		}
		p, diags := plan.Build(bound, plan.Page{Count: 1000})
		if len(diags) > 0 {
			t.Errorf("%s: %v", text, diags)
			continue
		}
		statement, err := sqlgen.Generate(rewrite.Apply(p), duckdb.Dialect{})
		if err != nil || !strings.Contains(statement.SQL, "SELECT") {
			t.Errorf("%s: %v %s", text, err, statement.SQL)
		}
	}
}

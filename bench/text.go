package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/sqlgen"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
)

// The model of this part: a fact joined to 8 dimensions, 100 columns in all.
const (
	dimensions       = 8
	dimensionColumns = 9
	factColumns      = 100 - dimensions*dimensionColumns
)

var textSearches = []string{
	"[Measure 1]",
	"[Measure 1] [Attribute 1.2] [Attribute 5.3] [Day].monthly top 10",
	"[Measure 1] [Measure 2] [Ratio] [Attribute 8.1] [Attribute 3.4] = 'north' [Day].2024 sort by [Measure 2] descending",
}

// textToSQL measures how long it takes to turn the text of a search into SQL.
func textToSQL(_ context.Context, o options, out io.Writer) error {
	m, err := wideModel()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n## Text to SQL: a worksheet of %d columns over %d joins\n\n", len(m.Columns), dimensions)
	fmt.Fprintln(out, "| search | µs | allocations |")
	fmt.Fprintln(out, "| --- | ---: | ---: |")
	for _, text := range textSearches {
		statement, err := toSQL(text, m)
		if err != nil {
			return err
		}
		took, allocations := perOperation(func() { _, _ = toSQL(text, m) })
		fmt.Fprintf(out, "| `%s` | %.1f | %d |\n", text, float64(took)/float64(time.Microsecond), allocations)
		if o.sql {
			fmt.Fprintf(out, "\n```sql\n%s\n```\n\n", statement.SQL)
		}
	}
	return nil
}

// toSQL takes a search through every stage before the engine.
func toSQL(text string, m *model.Model) (sqlgen.Statement, error) {
	parsed, ds := search.Parse(text)
	if ds.HasErrors() {
		return sqlgen.Statement{}, fmt.Errorf("%s: %v", text, ds)
	}
	bound, ds := bind.Bind(parsed, m, bind.Context{Now: time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC)})
	if ds.HasErrors() {
		return sqlgen.Statement{}, fmt.Errorf("%s: %v", text, ds)
	}
	p, ds := plan.Build(bound, plan.Page{Count: 100_000})
	if ds.HasErrors() {
		return sqlgen.Statement{}, fmt.Errorf("%s: %v", text, ds)
	}
	return sqlgen.Generate(rewrite.Apply(p), duckdb.Dialect{})
}

// perOperation is the median time of an operation over batches of it, and its
// number of allocations.
func perOperation(operation func()) (took time.Duration, allocations uint64) {
	const batch, batches = 200, 51
	for range batch {
		operation()
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var times timings
	for range batches {
		start := time.Now()
		for range batch {
			operation()
		}
		times = append(times, time.Since(start)/batch)
	}
	runtime.ReadMemStats(&after)
	return times.median(), (after.Mallocs - before.Mallocs) / (batch * batches)
}

func wideModel() (*model.Model, error) {
	guid := func(n int) searchlight.GUID {
		return searchlight.GUID(fmt.Sprintf("0be4c411-0000-4000-8000-%012d", n))
	}
	table := func(n int, name string) model.TableDefinition {
		return model.TableDefinition{Table: &searchlight.Table{}, Header: searchlight.Header{
			ID: guid(n), Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeTable, Name: name,
			PhysicalTable: name, Schema: "main", Connection: searchlight.EmbeddedConnectionID,
		}}
	}
	add := func(t model.TableDefinition, name string, typ datatype.Type) {
		t.Table.Columns = append(t.Table.Columns, searchlight.TableColumn{Name: name, PhysicalName: name, Type: typ})
	}
	fact := table(1, "fact")
	w := &searchlight.Worksheet{Progressive: true}
	tables := map[searchlight.GUID]model.TableDefinition{fact.Header.ID: fact}
	show := func(name, column string, p searchlight.ColumnProperties) {
		w.Columns = append(w.Columns, searchlight.WorksheetColumn{ID: guid(1000 + len(w.Columns)), Name: name, ColumnID: column, Properties: p})
	}
	sum := searchlight.ColumnProperties{Role: datatype.Measure, Aggregation: datatype.Sum}
	use := func(t model.TableDefinition, ways ...[]string) {
		name := t.Header.Name
		w.Tables = append(w.Tables, searchlight.WorksheetTable{Table: t.Header.ID, Alias: name})
		w.Paths = append(w.Paths, searchlight.TablePath{ID: name + "_1", Table: name, JoinPaths: ways})
	}

	use(fact, []string{})
	add(fact, "day", datatype.Date)
	show("Day", "fact_1::day", searchlight.ColumnProperties{})
	for i := range factColumns - 2 {
		name := fmt.Sprintf("measure_%d", i+1)
		add(fact, name, datatype.Double)
		show(fmt.Sprintf("Measure %d", i+1), "fact_1::"+name, sum)
	}
	w.Formulas = []searchlight.Formula{{ID: "formula_Ratio", Name: "Ratio", Expr: "sum ( [fact_1::measure_1] ) / sum ( [fact_1::measure_2] )"}}
	w.Columns = append(w.Columns, searchlight.WorksheetColumn{ID: guid(999), Name: "Ratio", FormulaID: "formula_Ratio", Properties: sum})
	for d := range dimensions {
		name := fmt.Sprintf("dimension_%d", d+1)
		dimension := table(2+d, name)
		tables[dimension.Header.ID] = dimension
		key, join := name+"_id", "fact_to_"+name
		add(fact, key, datatype.Int32)
		add(dimension, key, datatype.Int32)
		fact.Table.Joins = append(fact.Table.Joins, searchlight.TableJoin{
			Name: join, Destination: dimension.Header.ID, On: fmt.Sprintf("[fact::%s] = [%s::%s]", key, name, key), Type: searchlight.JoinInner,
		})
		w.Joins = append(w.Joins, searchlight.WorksheetJoin{Name: join, Source: "fact", Destination: name, Type: searchlight.JoinInner})
		use(dimension, []string{join})
		for i := range dimensionColumns {
			column := fmt.Sprintf("attribute_%d", i+1)
			add(dimension, column, datatype.Varchar)
			show(fmt.Sprintf("Attribute %d.%d", d+1, i+1), name+"_1::"+column, searchlight.ColumnProperties{})
		}
	}
	m, problems := model.Compile(model.Definition{
		Header: searchlight.Header{ID: guid(0), Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: "Wide",
			Connection: searchlight.EmbeddedConnectionID},
		Worksheet: w, Tables: tables,
	})
	if m == nil {
		return nil, errors.New(fmt.Sprint(problems))
	}
	return m, nil
}

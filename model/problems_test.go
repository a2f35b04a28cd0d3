package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/model"
)

// TestProblems breaks a good worksheet in each way that there is.
func TestProblems(t *testing.T) {
	type definition = *searchlight.Worksheet
	for _, test := range []struct {
		name string
		mend func(w definition, d *model.Definition)
		want string // number, path and message of each problem
	}{
		{"good", func(definition, *model.Definition) {}, ""},
		{"a table that is gone", func(w definition, d *model.Definition) { delete(d.Tables, w.Tables[1].Table) },
			"14502 worksheet->tables(2nd): Referenced table with name <b> returns </b> not found."},
		{"a table of another connection", func(w definition, d *model.Definition) {
			other := d.Tables[w.Tables[2].Table]
			other.Header.Connection = fixture.ID(99)
			d.Tables[w.Tables[2].Table] = other
		}, "14909 worksheet->tables(3rd): All tables of a worksheet must come from one connection; <b> stores </b> comes from another"},
		{"joins in a circle", func(w definition, _ *model.Definition) {
			w.Joins = append(w.Joins, searchlight.WorksheetJoin{Name: "back", Source: "stores", Destination: "sales", On: "[stores::store] = [sales::store]"})
		}, "14914 worksheet->joins: The joins form a cycle: sales > stores > sales"},
		{"a path of no table", func(w definition, _ *model.Definition) { w.Paths[0].Table = "sails" },
			"14906 worksheet->table_paths(1st)->table: Table <b> sails </b> is not among the tables of the worksheet"},
		{"a way over no join", func(w definition, _ *model.Definition) { w.Paths[2].JoinPaths[1] = []string{"nowhere"} },
			"14906 worksheet->table_paths(3rd)->join_path(2nd): Join <b> nowhere </b> is not among the joins of the worksheet"},
		{"a way from no root", func(w definition, _ *model.Definition) { w.Paths = w.Paths[1:] },
			"14909 worksheet->table_paths(2nd)->join_path(1st): The path <b> stores_1 </b> starts at <b> sales </b>, which must have exactly one path that is a root itself\n" +
				"14909 worksheet->table_paths(3rd)->join_path(1st): The path <b> products_1 </b> starts at <b> sales </b>, which must have exactly one path that is a root itself"},
		{"a way that does not hang together", func(w definition, _ *model.Definition) {
			w.Paths[2].JoinPaths = [][]string{{"sales_to_products", "returns_to_stores"}}
		}, "14909 worksheet->table_paths(3rd)->join_path(1st): In the path <b> stores_1 </b> the join <b> returns_to_stores </b> starts at returns, but the join before it ends at products"},
		{"a join to no table", func(w definition, _ *model.Definition) { w.Joins[0].Destination = "shops" },
			"14906 worksheet->joins(1st)->destination: Table <b> shops </b> is not among the tables of the worksheet"},
		{"an unused join from no table", func(w definition, _ *model.Definition) {
			w.Joins = append(w.Joins, searchlight.WorksheetJoin{Name: "idle", Source: "shops", Destination: "stores"})
		}, "14906 worksheet->joins(5th)->source: Table <b> shops </b> is not among the tables of the worksheet"},
		{"a way that ends elsewhere", func(w definition, _ *model.Definition) { w.Paths[2].JoinPaths = [][]string{{"sales_to_products"}} },
			"14909 worksheet->table_paths(3rd)->join_path(1st): The path <b> stores_1 </b> ends at <b> products </b>, but it is a path of <b> stores </b>"},
		{"a join that the table lacks", func(w definition, _ *model.Definition) {
			w.Joins[0].Name, w.Paths[2].JoinPaths[0] = "unknown", []string{"unknown"}
		}, "14906 worksheet->table_paths(3rd)->join_path(1st): <b> sales </b> has no join <b> unknown </b> to <b> stores </b>"},
		{"a join that cannot be read", func(w definition, _ *model.Definition) { w.Joins[0].On = "[sales::store] = " },
			"14909 worksheet->table_paths(3rd)->join_path(1st)->on: "},
		{"a join without an equality", func(w definition, _ *model.Definition) { w.Joins[0].On = "[sales::store] > [stores::store]" },
			"14909 worksheet->table_paths(3rd)->join_path(1st)->on: The join needs at least one equality between a column of <b> sales </b> and one of <b> stores </b>"},
		{"a join on a column that is not there", func(w definition, _ *model.Definition) { w.Joins[0].On = "[sales::shop] = [stores::store]" },
			"14909 worksheet->table_paths(3rd)->join_path(1st)->on: <b> sales </b> has no column <b> shop </b>"},
		{"a join of a third table", func(w definition, _ *model.Definition) { w.Joins[0].On = "[sales::store] = [products::product]" },
			"14909 worksheet->table_paths(3rd)->join_path(1st)->on: <b> products </b> is neither end of the join; its ends are <b> sales </b> and <b> stores </b>"},
		{"a join of different families", func(w definition, _ *model.Definition) {
			w.Joins[0].On = "[sales::store] = [stores::store] and [sales::date] > [stores::latitude]"
		}, "14909 worksheet->table_paths(3rd)->join_path(1st)->on: The join compares a date with a number"},
		{"two ways to one role", func(w definition, _ *model.Definition) {
			w.Joins = append(w.Joins, searchlight.WorksheetJoin{Name: "again", Source: "sales", Destination: "stores", On: "[sales::region] = [stores::city]"})
			w.Paths[2].JoinPaths = append(w.Paths[2].JoinPaths, []string{"again"})
		}, "14909 worksheet->table_paths: The joins are ambiguous: stores_1 is reached from sales_1 over more than one path. Give the table a path of its own for each role"},
		{"a column twice", func(w definition, _ *model.Definition) {
			w.Columns[1].ColumnID = strings.ToUpper(w.Columns[0].ColumnID)
		},
			"14904 worksheet->worksheet_columns(2nd)->column_id: columns should have unique column_id values: <b> STORES_1::STORE </b> occurs twice"},
		{"a name twice", func(w definition, _ *model.Definition) { w.Columns[1].Name = "sToRe" },
			"14904 worksheet->worksheet_columns(2nd): Multiple columns with the same name found: sToRe"},
		{"a column of no table", func(w definition, _ *model.Definition) { w.Columns[0].ColumnID = "stores_1::shop" },
			"14547 worksheet->worksheet_columns(1st)->column_id: Unable to create worksheet column(s). These column_id/formula_id values are incorrect: <b> stores_1::shop </b>"},
		{"a column of no formula", func(w definition, _ *model.Definition) {
			w.Columns[0].ColumnID, w.Columns[0].FormulaID = "", "formula_Gone"
		}, "14547 worksheet->worksheet_columns(1st)->formula_id: Unable to create worksheet column(s). These column_id/formula_id values are incorrect: <b> formula_Gone </b>"},
		{"a formula with a mistake", func(w definition, _ *model.Definition) {
			addFormula(w, "Bad", "sum ( [sales_1::amuont] )", datatype.Measure)
		}, "14516 worksheet->formulas(1st)->expr: Formula addition failed. Formula: Bad, Error: "},
		{"an aggregate as attribute", func(w definition, _ *model.Definition) {
			addFormula(w, "All", "sum ( [sales_1::amount] )", datatype.Attribute)
		}, "14516 worksheet->worksheet_columns(14th)->properties->column_type: E403: <b> All </b> aggregates, so it must be a MEASURE"},
		{"a sum of texts", func(w definition, _ *model.Definition) { w.Columns[0].Properties.Role = datatype.Measure },
			"14528 worksheet->worksheet_columns(1st)->properties->aggregation: Cannot apply SUM to column <b> Store </b> of type VARCHAR: it needs a numeric column"},
		{"a filter on no column", func(w definition, _ *model.Definition) { filter(w, "Shop", "=", "x") },
			"14518 worksheet->filters(1st)->column: Invalid filter column <b> Shop </b>"},
		{"a filter on an aggregate", func(w definition, _ *model.Definition) {
			addFormula(w, "All", "sum ( [sales_1::amount] )", datatype.Measure)
			filter(w, "All", ">", "1")
		}, "14518 worksheet->filters(1st)->column: Invalid filter column <b> All </b>: it aggregates, and filters of a worksheet act on rows"},
		{"a filter with a wrong value", func(w definition, _ *model.Definition) { filter(w, "Amount", "=", "many") },
			`14915 worksheet->filters(1st)->values: "many" is not a number for column Amount`},
		{"a filter by phrase", func(w definition, _ *model.Definition) {
			filter(w, "Date", "", "")
			w.Filters[0].DateFilter = []byte("{}")
		}, "14915 worksheet->filters(1st)->date_filter: Filters with a date_filter are not available yet; use oper and values"},
		{"a filter of nothing", func(w definition, _ *model.Definition) {
			w.Filters = []searchlight.Filter{{Columns: []string{"Store"}}}
		},
			"warning 14900 worksheet->filters(1st): The filter on <b> Store </b> has no values and no effect"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := fixture.RetailDefinition()
			test.mend(d.Worksheet, &d)
			m, problems := model.Compile(d)
			var lines []string
			failed := false
			for _, p := range problems {
				warning := ""
				if p.Warning {
					warning = "warning "
				}
				failed = failed || !p.Warning
				lines = append(lines, fmt.Sprintf("%s%d %s: %s", warning, p.Number, p.Path, p.Message))
			}
			got := strings.Join(lines, "\n")
			if got != test.want && (!strings.HasSuffix(test.want, ": ") || !strings.HasPrefix(got, test.want)) {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if (m == nil) != failed {
				t.Errorf("model %v with problems\n%s", m, got)
			}
		})
	}
}

func addFormula(w *searchlight.Worksheet, name, expr string, role datatype.Role) {
	w.Formulas = append(w.Formulas, searchlight.Formula{ID: "formula_" + name, Name: name, Expr: expr})
	w.Columns = append(w.Columns, searchlight.WorksheetColumn{Name: name, FormulaID: "formula_" + name,
		Properties: searchlight.ColumnProperties{Role: role}})
}

func filter(w *searchlight.Worksheet, column, operator, value string) {
	w.Filters = []searchlight.Filter{{Columns: []string{column}, Operator: operator, Values: []string{value}}}
}

// TestProblemPointsIntoText finds the offending part of an expression.
func TestProblemPointsIntoText(t *testing.T) {
	d := fixture.RetailDefinition()
	d.Worksheet.Joins[0].On = "[sales::store] = [stores::shop]"
	addFormula(d.Worksheet, "Bad", "sum ( [sales_1::amuont] )", datatype.Measure)
	_, problems := model.Compile(d)
	if len(problems) != 1 || problems[0].Diagnostic == nil || problems[0].Text.Slice(problems[0].Diagnostic.Span) != "[stores::shop]" {
		t.Errorf("joins: %+v", problems)
	}
	d.Worksheet.Joins[0].On = ""
	_, problems = model.Compile(d)
	if len(problems) != 1 || problems[0].Diagnostic == nil || problems[0].Text.Slice(problems[0].Diagnostic.Span) != "[sales_1::amuont]" {
		t.Errorf("formulas: %+v", problems)
	}
}

func TestTableProblems(t *testing.T) {
	table := fixture.Tables["stores"]
	columns := append([]searchlight.TableColumn(nil), table.Table.Columns...)
	columns[1].Properties.Role = datatype.Measure
	d := model.Definition{Header: table.Header, Table: &searchlight.Table{Columns: columns}}
	m, problems := model.Compile(d)
	if m != nil || len(problems) != 1 || problems[0].Number != 14528 || problems[0].Path != "table->columns(2nd)->properties->aggregation" {
		t.Errorf("%+v", problems)
	}
}

func TestCheckJoin(t *testing.T) {
	sales, stores := fixture.Tables["sales"], fixture.Tables["stores"]
	if p := model.CheckJoin("[sales::store] = [stores::store]", sales, stores, "table->joins(1st)"); len(p) != 0 {
		t.Errorf("a good join: %+v", p)
	}
	p := model.CheckJoin("[sales::store] = [stores::country] and [sales::amount] = [stores::city]", sales, stores, "table->joins(1st)")
	if len(p) != 1 || p[0].Number != 14909 || p[0].Path != "table->joins(1st)->on" || p[0].Message != "The join compares a number with a text" {
		t.Errorf("%+v", p)
	}
}

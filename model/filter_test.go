package model_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/period"
)

func TestFilterExpr(t *testing.T) {
	for _, test := range []struct{ column, operator, values, want string }{
		{"City", "=", "Lyon", `eq(fold(stores_1::city#17), "lyon")`},
		{"City", "in", "Lyon|Paris|{null}", `or(in(fold(stores_1::city#17), "lyon", "paris"), isnull(stores_1::city#17))`},
		{"City", "!=", "Lyon", `or(ne(fold(stores_1::city#17), "lyon"), isnull(stores_1::city#17))`},
		{"City", "not in", "Lyon|Paris|{Null}", `and(not(in(fold(stores_1::city#17), "lyon", "paris")), not(isnull(stores_1::city#17)))`},
		{"City", "=", "{NULL}", `isnull(stores_1::city#17)`},
		{"City", "contains", "a%|b", `or(like(fold(stores_1::city#17), "%a!%%"), like(fold(stores_1::city#17), "%b%"))`},
		{"City", "begins_with", "_A", `like(fold(stores_1::city#17), "!_a%")`},
		{"City", "ends_with", "!", `like(fold(stores_1::city#17), "%!!")`},
		{"City", "<", "M", `lt(fold(stores_1::city#17), "m")`},
		{"City", "between", "P|M", `and(ge(fold(stores_1::city#17), "m"), le(fold(stores_1::city#17), "p"))`},
		{"Category", "in", "shoes|caps", `in(products_1::category#22, "SHOES", "CAPS")`},
		{"Category", "not in", "shoes|caps", `or(not(in(products_1::category#22, "SHOES", "CAPS")), isnull(products_1::category#22))`},
		{"Amount", ">=", "2.5", `ge(sales_1::amount#9, 2.5)`},
		{"Amount", "BW", "9|3", `and(gt(sales_1::amount#9, 3), lt(sales_1::amount#9, 9))`},
		{"Amount", "BW_INC_MIN", "3|9", `and(ge(sales_1::amount#9, 3), lt(sales_1::amount#9, 9))`},
		{"Amount", "BW_INC_MAX", "3|9", `and(gt(sales_1::amount#9, 3), le(sales_1::amount#9, 9))`},
		{"Date", "=", "2024", `and(ge(sales_1::date#1, 2024-01-01), lt(sales_1::date#1, 2025-01-01))`},
		{"Date", "!=", "2024|{null}", `and(not(and(ge(sales_1::date#1, 2024-01-01), lt(sales_1::date#1, 2025-01-01))), not(isnull(sales_1::date#1)))`},
		{"Date", "!=", "2024", `or(not(and(ge(sales_1::date#1, 2024-01-01), lt(sales_1::date#1, 2025-01-01))), isnull(sales_1::date#1))`},
		{"Date", "in", "2022|2024|{null}", `or(and(ge(sales_1::date#1, 2022-01-01), lt(sales_1::date#1, 2023-01-01)), and(ge(sales_1::date#1, 2024-01-01), lt(sales_1::date#1, 2025-01-01)), isnull(sales_1::date#1))`},
		{"Date", "<=", "2024", `lt(sales_1::date#1, 2025-01-01)`},
		{"Date", ">", "2024", `ge(sales_1::date#1, 2025-01-01)`},
		{"Date", "between", "2024|2022", `and(ge(sales_1::date#1, 2022-01-01), lt(sales_1::date#1, 2025-01-01))`},
		{"Date", "BW", "2022|2024", `and(ge(sales_1::date#1, 2023-01-01), lt(sales_1::date#1, 2024-01-01))`},

		{"City", "=", "", "= needs a value"},
		{"City", "like", "x", "unknown operator like"},
		{"City", "contains", "{null}", "contains needs a text"},
		{"Amount", "contains", "x", "contains needs a text column, and Amount is of type DOUBLE"},
		{"Amount", "<", "1|2", "< takes one value other than {Null}"},
		{"Amount", "between", "1", "between takes two values other than {Null}"},
		{"Amount", "=", "0x10", `"0x10" is not a number for column Amount`},
		{"Amount", "=", "NaN", `"NaN" is not a number for column Amount`},
		{"Amount", "=", "1e999", `"1e999" is not a number for column Amount`},
		{"Date", "=", "x", `"x" is not a date for column Date`},
	} {
		col, ok := anyModel("properties").Lookup(test.column)
		if !ok {
			t.Fatal(test.column)
		}
		var values []string
		if test.values != "" {
			values = strings.Split(test.values, "|")
		}
		e, err := model.FilterExpr(col, test.operator, values, period.ParseLiteral)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = e.String()
		}
		if got != test.want && !strings.HasPrefix(got, `"x" is`) {
			t.Errorf("%s %s %s: %s, want %s", test.column, test.operator, test.values, got, test.want)
		}
	}
}

// TestFiltersOfWorksheets has them compiled with the tables that they read.
func TestFiltersOfWorksheets(t *testing.T) {
	m := anyModel("filtered")
	want := []string{"sales_1", "stores_1", "returns_1"}
	if len(m.Filters) != len(want) {
		t.Fatalf("%d filters", len(m.Filters))
	}
	for i, f := range m.Filters {
		if f.Nodes.String() != set(t, m, want[i]).String() {
			t.Errorf("filter %s reads %s, want %s", f.Expr, f.Nodes, want[i])
		}
	}
	if p := m.Filters[2].Paths; len(p) != 1 || p[0] != "returns_1" {
		t.Errorf("paths %s", p)
	}
}

package bind_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/internal/golden"
	"github.com/searchlight-bi/searchlight/period"
	"github.com/searchlight-bi/searchlight/search"
)

// readDate reads a year, as API v1 reads seconds.
func readDate(value string, t datatype.Type) (period.Interval, error) {
	year, err := time.Parse("2006", value)
	if err != nil {
		return period.Interval{}, fmt.Errorf("%q is no year", value)
	}
	return period.Interval{From: year, To: year.AddDate(1, 0, 0)}, nil
}

func TestRuntime(t *testing.T) {
	filter := func(column, operator string, values ...string) []bind.RuntimeFilter {
		return []bind.RuntimeFilter{{Column: column, Operator: operator, Values: values, ReadDate: readDate}}
	}
	const sum = "attribute \"Region\": varchar = sales_1::region#3\nmeasure \"Total Amount\": double = coalesce(sum(sales_1::amount#9), 0)\n"
	for _, test := range []struct {
		name, text string
		filters    []bind.RuntimeFilter
		sorts      []bind.RuntimeSort
		want       string
	}{
		{"filter", "[amount] [region]", filter("STORE", "in", "S1", "{Null}"), nil,
			sum + `where: or(eq(fold(sales_1::store#4), "s1"), isnull(sales_1::store#4))` + "\n"},
		{"filter on a date", "[amount] [region]", filter("Date", "=", "2024"), nil,
			sum + "where: and(ge(sales_1::date#1, 2024-01-01), lt(sales_1::date#1, 2025-01-01))\n"},
		{"beside the search's own", "[amount] [region] [region] = 'west'", filter("Region", "=", "east"), nil,
			sum + "where: eq(fold(sales_1::region#3), \"west\")\nwhere: eq(fold(sales_1::region#3), \"east\")\n"},
		{"filter on a measure acts on rows", "[amount] [region]", filter("Amount", "BW", "1", "2"), nil,
			sum + "where: and(gt(sales_1::amount#9, 1), lt(sales_1::amount#9, 2))\n"},
		{"no column", "[amount]", filter("Regoin", "=", "x"), nil,
			"error unknown-column 14518 at 0-0: Search did not find \"Regoin\" in your data or metadata: no column [Regoin] in worksheet Sales (did you mean [Region]?)\n"},
		{"an aggregate", "[amount]", filter("Unit Value", ">", "1"), nil,
			"error runtime-filter 14518 at 0-0: The filter on column \"Unit Value\" cannot be applied: it aggregates, and runtime filters act on rows\n"},
		{"a wrong value", "[amount]", filter("Rating", "=", "good"), nil,
			"error runtime-filter 14518 at 0-0: The filter on column \"Rating\" cannot be applied: \"good\" is not a number for column Rating\n"},
		{"a wrong date", "[amount]", filter("Date", "=", "x"), nil,
			"error runtime-filter 14518 at 0-0: The filter on column \"Date\" cannot be applied: \"x\" is no year for column Date\n"},
		{"sort by result column", "[amount] [region] sort by [region]", nil, []bind.RuntimeSort{{Column: "total amount", Descending: true}},
			sum + "order: \"Total Amount\" descending\n"},
		{"sort by source column", "[amount] [region]", nil, []bind.RuntimeSort{{Column: "Amount"}, {Column: "Region", Descending: true}},
			sum + "order: \"Total Amount\" ascending\norder: \"Region\" descending\n"},
		{"sort by nothing shown", "[amount] [region]", nil, []bind.RuntimeSort{{Column: "Store"}},
			"error runtime-sort 14518 at 0-0: The result has no column \"Store\" to sort by (its columns are Region, Total Amount)\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			parsed, _ := search.Parse(test.text)
			q, ds := bind.Bind(parsed, golden.Model(t, "sales"), bind.Context{Now: fixture.Now, Filters: test.filters, Sorts: test.sorts})
			got := ""
			for _, d := range ds {
				got += fmt.Sprintf("%s %s %d at %s: %s", d.Severity, d.Code, d.Number, d.Span, d.Message)
				if d.Hint != "" {
					got += " (" + d.Hint + ")"
				}
				got += "\n"
			}
			if q != nil {
				got += q.String()
			}
			if got != test.want {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

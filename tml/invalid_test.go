package tml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/tml"
)

func TestInvalidVariants(t *testing.T) {
	const shops, lines, bikes, model = "SHOPS.table.tml", "SALE_LINES.table.tml", "Bike Sales.worksheet.tml", "Bike Sales 2.model.tml"
	for _, test := range []struct {
		row      int // of tml.md 7
		file     string
		old, new string
		code     int
		contains []string
	}{
		{1, bikes, `[SALE_LINES_1::Units] )"`, `[SALE_LINES_1::Units] )`, 14901, []string{"Invalid YAML/JSON syntax in file.", "line 18"}},
		{2, "Revenue by City.answer.tml", "\nanswer:", "\n  answer:", 14901, []string{"line 2"}},
		{3, lines, "  name: SALE_LINES\n", "  name: SALE_LINES\n  name: SALE_LINES\n", 14901, []string{"name", "line 4, column 3"}},
		{5, "Shop Months.view.tml", "\nview:", "\ntable: {}\nview:", 14902, []string{"table, view"}},
		{6, "Sales Desk.pinboard.tml", "\npinboard:", "\ndashboard:", 14902, []string{"dashboard"}},
		{7, shops, "  db_table: shops\n", "", 14903, []string{"Compulsory Field <b> table->db_table </b> is not populated"}},
		{8, shops, "city}}}\n    db_column_properties: {data_type: VARCHAR}\n", "city}}}\n", 14903, []string{"table->columns(3rd)->db_column_properties"}},
		{9, lines, "data_type: DOUBLE", "data_type: BIGINT", 14908, []string{"does not match CDW DataType", "BIGINT"}},
		{10, lines, "column_type: MEASURE", "column_type: DIMENSION", 14528, []string{"ATTRIBUTE, MEASURE"}},
		{11, lines, "channel\n    properties:\n      column_type: ATTRIBUTE", "channel\n    properties:\n      column_type: MEASURE\n      aggregation: SUM", 14528, []string{"Channel"}},
		{12, lines, "type: LEFT_OUTER", "type: FULL_OUTER", 14528, []string{"<b> FULL_OUTER </b>", "table->joins_with(2nd)->type", "INNER, LEFT_OUTER, OUTER, RIGHT_OUTER"}},
		{13, shops, "index_priority: 8.0", "index_priority: 11", 14528, []string{"table->columns(2nd)->properties->index_priority"}},
		{14, lines, "name: Units", "name: channel", 14904, []string{"Multiple columns with the same name found: <b> channel </b>"}},
		{22, bikes, `"SALE_LINES_1::Units", properties`, `"SALE_LINES_1::Net Amount", properties`, 14904, []string{"unique column_id"}},
		{28, bikes, "oper: not in", "oper: like", 14528, []string{"worksheet->filters(1st)->oper", "not in"}},
		{38, model, "      cardinality: MANY_TO_ONE\n", "", 14903, []string{"both type and cardinality"}},
		// Beyond the table of the reference.
		{0, shops, "column_type: ATTRIBUTE, index_type: DONT_INDEX", "column_type: ATTRIBUTE, is_hidden: maybe", 14901, []string{"table->columns(1st)->properties->is_hidden", "true or false"}},
		{0, shops, "  - {name: Shop Id, ", "  - {name: Shop Id, column_type: MEASURE, ", 14903, []string{"wrong place", "table->columns(1st)->properties->column_type"}},
		{0, shops, "region_name: {country", "country: true, region_name: {country", 14915, []string{"geo_config"}},
		{0, bikes, "  - {column: [Channel], oper: not in, values: [test]}", "  - {column: [Channel], oper: between, values: [test]}", 14915, []string{"needs two values, found 1"}},
		{0, bikes, "column_id: \"SHOPS_1::City\",", "column_id: \"SHOPS_1::City\", formula_id: x,", 14903, []string{"Exactly one of <b> column_id, formula_id </b>"}},
		{0, bikes, "guid: a4d85e17", "guid: zzz", 14911, []string{"8-4-4-4-12"}},
		{0, bikes, "  table_paths:\n  - {id: SALE_LINES_1, table: SALE_LINES, join_path: [{}]}\n  - {id: SHOPS_1, table: SHOPS, join_path: [{join: [lines_to_shops]}]}\n  - {id: ITEMS_1, table: ITEMS, join_path: [{join: [lines_to_items]}]}\n", "", 14903, []string{"worksheet->table_paths"}},
		{0, model, "- with: SHOPS", "- with: SHOPZ", 14906, []string{"<b> SHOPZ </b> does not exist in schema"}},
		{0, model, "  - name: SHOPS\n", "  - name: SHOPS\n    joins: [{with: SALE_LINES, on: '[a::b] = [c::d]', type: INNER, cardinality: MANY_TO_ONE}]\n", 14909, []string{"circle"}},
	} {
		t.Run(fmt.Sprintf("%d %s", test.row, test.contains[0]), func(t *testing.T) {
			text := fixture(t, test.file)
			changed := strings.Replace(text, test.old, test.new, 1)
			if changed == text {
				t.Fatal("the change does not apply")
			}
			_, findings := tml.Parse(changed)
			errors := findings.Errors()
			if errors.Code() != test.code {
				t.Errorf("code %d, want %d: %s", errors.Code(), test.code, errors.Message())
			}
			for _, want := range test.contains {
				if !strings.Contains(errors.Message(), want) {
					t.Errorf("message lacks %q: %s", want, errors.Message())
				}
			}
			if errors.Code() != 14901 && len(errors) > 0 && errors[0].Line == 0 {
				t.Errorf("no place: %v", errors[0])
			}
		})
	}
}

func TestDocumentsWithoutObject(t *testing.T) {
	for text, want := range map[string]string{
		"guid: 3b1e9f02-52c7-4d7a-8a10-6c9d2e4f7b11\n": "error 14902 : The file holds no object",
		"":                                 "error 14901 : Invalid YAML/JSON syntax in file. The document is empty.",
		"# nothing\n":                      "error 14901 : Invalid YAML/JSON syntax in file. The document is empty.",
		"- a\n":                            "error 14901 : Invalid YAML/JSON syntax in file. The document must be a mapping",
		"cohort: {name: x}\n":              "error 14902 cohort: Objects of type <b> cohort </b> are not supported.",
		"table: x\n":                       "error 14901 table: Invalid YAML/JSON syntax in file. Field <b> table </b> must be a mapping.",
		"a: 1\n---\nb: 2\n":                "error 14901 : Invalid YAML/JSON syntax in file. A second document starts here",
		"a: !!str x\n":                     "error 14901 : Invalid YAML/JSON syntax in file. Tags are not allowed. (line 1, column 4)",
		"a: {<<: {b: c}}\n":                "error 14901 : Invalid YAML/JSON syntax in file. Merge keys are not allowed. (line 1, column 5)",
		"a: \"x\x00\"\n":                   "error 14901 : Invalid YAML/JSON syntax in file. The text holds a NUL character. (line 1, column 6)",
		"a: \xff\n":                        "error 14901 : Invalid YAML/JSON syntax in file. The text is not UTF-8. (line 1, column 4)",
		"a: *b\n":                          "error 14901 : Invalid YAML/JSON syntax in file. There is no anchor b before this alias.",
		"a: b: c\n":                        "error 14901 : Invalid YAML/JSON syntax in file. A mapping cannot start here",
		"a:\n\t- b\n":                      "error 14901 : Invalid YAML/JSON syntax in file. Tabs cannot indent; use blanks. (line 2, column 1)",
		"{\"a\": [1, 2}":                   "error 14901 : Invalid YAML/JSON syntax in file. A comma or ] is expected here. (line 1, column 12)",
		"a: " + strings.Repeat("[", 60):    "error 14916 : The document nests more than 50 levels.",
		strings.Repeat("- ", 60):           "error 14916 : The document nests more than 50 levels.",
		strings.Repeat("x", 5<<20) + "xxx": "error 14916 : The document has 5242883 bytes",
	} {
		_, findings := tml.Parse(text)
		if len(findings) == 0 || !strings.HasPrefix(findings[0].String(), want) {
			t.Errorf("%.40q: got %v, want %s", text, findings, want)
		}
	}
}

func TestAliasesAreBounded(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 20; i++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	many := "a: &a x\nb: [" + strings.Repeat("*a, ", 1001) + "]\n"
	deep := "a0: &a0 x\n"
	for i := 1; i < 60; i++ {
		deep += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	for name, test := range map[string][2]string{
		"bomb": {bomb.String(), "aliases expanded the document exceeds"},
		"many": {many, "more than 1000 aliases"},
		"deep": {deep, "aliases expanded the document nests more than 50"},
	} {
		if _, findings := tml.Parse(test[0]); findings.Code() != 14916 || !strings.Contains(findings.Message(), test[1]) {
			t.Errorf("%s: %s", name, findings.Message())
		}
	}
}

func TestManyFindingsAreCounted(t *testing.T) {
	text := "table: {"
	for i := range 300 {
		text += fmt.Sprintf("k%d: 1, ", i)
	}
	_, findings := tml.Parse(text + "}")
	if got := len(findings.Warnings()); got != 101 {
		t.Errorf("%d warnings", got)
	}
	if !strings.Contains(findings.Message(), "200 more remarks are not shown.") || !findings.HasErrors() {
		t.Error(findings.Message())
	}
}

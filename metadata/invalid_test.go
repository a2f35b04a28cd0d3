package metadata_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// TestInvalidVariants are the rows of tml.md 7 about connections, tables,
// joins and worksheets: one fixture is changed, and the others stay valid.
func TestInvalidVariants(t *testing.T) {
	t.Parallel()
	tables := []string{warehouseFile, shopsFile, itemsFile, linesFile}
	// skipped are the fixtures that go down with the changed one.
	skipped := map[string][]string{shopsFile: {linesFile, bikesFile}, itemsFile: {linesFile, bikesFile}, linesFile: {bikesFile}, bikesFile: nil}
	for _, test := range []struct {
		row      int
		file     string
		changes  []string
		code     int
		contains []string
	}{
		{1, bikesFile, []string{`sum ( [SALE_LINES_1::Units] )"`, `sum ( [SALE_LINES_1::Units] )`}, 14901, []string{"Invalid YAML/JSON syntax in file.", "line"}},
		{2, linesFile, []string{"table:\n", "  table:\n"}, 14901, []string{"line 2"}},
		{3, linesFile, []string{"  name: SALE_LINES\n", "  name: SALE_LINES\n  name: SALE_LINES\n"}, 14901, []string{"<b> name </b>", "line 4"}},
		{5, bikesFile, []string{"worksheet:\n", "table: {name: x}\nworksheet:\n"}, 14902, []string{"table, worksheet"}},
		{7, shopsFile, []string{"  db_table: shops\n", ""}, 14903, []string{"table->db_table"}},
		{8, shopsFile, []string{"country: SWITZERLAND, region_name: city}}}\n    db_column_properties: {data_type: VARCHAR}\n", "country: SWITZERLAND, region_name: city}}}\n"}, 14903, []string{"table->columns(3rd)->db_column_properties"}},
		{9, linesFile, []string{"data_type: INT64", "data_type: BIGINT"}, 14908, []string{"does not match CDW DataType", "BIGINT"}},
		{10, linesFile, []string{"column_type: ATTRIBUTE", "column_type: DIMENSION"}, 14528, []string{"ATTRIBUTE, MEASURE"}},
		{11, linesFile, []string{"db_column_name: channel\n    properties:\n      column_type: ATTRIBUTE\n", "db_column_name: channel\n    properties:\n      column_type: MEASURE\n      aggregation: SUM\n"}, 14528, []string{"Channel"}},
		{12, linesFile, []string{"type: LEFT_OUTER", "type: FULL_OUTER"}, 14528, []string{"table->joins_with(2nd)->type", "INNER, LEFT_OUTER, OUTER, RIGHT_OUTER"}},
		{13, shopsFile, []string{"index_priority: 8.0", "index_priority: 11"}, 14528, []string{"index_priority"}},
		{14, linesFile, []string{"name: Units", "name: channel"}, 14904, []string{"Multiple columns with the same name"}},
		{15, linesFile, []string{"[SALE_LINES::Shop Id] = [SHOPS::Shop Id]", "[SALE_LINES::Sold On] = [SHOPS::Shop Id]"}, 14909, []string{"date", "number", "(line 62, column 12)"}},
		{16, linesFile, []string{"[SALE_LINES::Shop Id] = [SHOPS::Shop Id]", "[SALE_LINES::Shop Id] < [SHOPS::Shop Id]"}, 14909, []string{"equality"}},
		{17, linesFile, []string{"name: SHOPS", "name: SHOPZ"}, 14502, []string{"Referenced table with name <b> SHOPZ </b> not found."}},
		{18, shopsFile, []string{"Pedal Warehouse", "pedal warehouse"}, 14907, []string{"Connection <b> pedal warehouse </b> not found."}},
		{19, bikesFile, []string{"SHOPS_1::Shop Name", "Shop Name"}, 14547, []string{"column_id/formula_id values are incorrect", "(line 31, column 29)"}},
		{20, bikesFile, []string{"SHOPS_1::Shop Name", "SHOPS_1::shop_name"}, 14547, []string{"SHOPS_1::shop_name"}},
		{21, bikesFile, []string{"    formula_id: formula_Revenue per Unit", "    formula_id: formula_Nope"}, 14547, []string{"formula_Nope"}},
		{22, bikesFile, []string{"column_id: SALE_LINES_1::Net Amount", "column_id: SALE_LINES_1::Units"}, 14904, []string{"unique column_id"}},
		{23, bikesFile, []string{"[{join: [lines_to_shops]}]", "[{join: [lines_to_shopz]}]"}, 14906, []string{"lines_to_shopz"}},
		{24, bikesFile, []string{"[{join: [lines_to_items]}]", "[{join: [lines_to_shops]}]"}, 14909, []string{"ITEMS_1"}},
		{25, bikesFile, []string{"sum ( [SALE_LINES_1::Net Amount] )", "sum ( [SALE_LINES_1::Nett] )"}, 14516, []string{"Search did not find", "Formula addition failed. Formula: Revenue per Unit", "line 18, column"}},
		{26, bikesFile, []string{"sum ( [SALE_LINES_1::Units] )", "[formula_Ticket Size]", "[SALE_LINES_1::Net Amount] > 1000", "[formula_Revenue per Unit] > 1000"}, 14914, []string{"Ticket Size", "Revenue per Unit"}},
		{27, bikesFile, []string{"column: [Channel]", "column: [Kanal]"}, 14518, []string{"Kanal"}},
		{28, bikesFile, []string{"oper: not in", "oper: like"}, 14528, []string{"oper"}},
		// Beyond the reference.
		{101, bikesFile, []string{"values: [01/01/2019]", "values: [soon]"}, 14915, []string{"soon"}},
		{102, bikesFile, []string{"destination: SHOPS,", "destination: SALE_LINES,"}, 14914, []string{"cycle"}},
		{103, bikesFile, []string{"  lesson_plans:", "  parameters: [{name: P, data_type: INT64, default_value: 1}]\n  lesson_plans:"}, 14902, []string{"Parameters are not available yet."}},
		{104, linesFile, []string{"[SALE_LINES::Shop Id]", "[SALE_LINES::Shop No]"}, 14909, []string{"<b> SALE_LINES </b> has no column <b> Shop No </b>"}},
		{105, linesFile, []string{"  joins_with:\n  - name: lines_to_shops\n    destination:\n      name: SHOPS\n", "  joins_with:\n  - name: lines_to_shops\n    destination:\n      name: SALE_LINES\n"}, 14909, []string{"leads from the table to itself"}},
		{106, linesFile, []string{"    \"on\": \"[SALE_LINES::Shop Id] = [SHOPS::Shop Id]\"\n", ""}, 14903, []string{"table->joins_with(1st)->on"}},
		{107, shopsFile, []string{"db_table: shops", "db_table: shoppes"}, 14908, []string{"Table <b> shoppes </b> does not exist", "line 6"}},
		{108, shopsFile, []string{"db_column_name: city", "db_column_name: zity"}, 14908, []string{"Column <b> zity </b> does not exist in table <b> shops </b>", "line 16"}},
		{109, shopsFile, []string{"data_type: INT64", "data_type: INT32"}, 14908, []string{"DataType <b> INT32 </b> does not match CDW DataType <b> int64 </b>"}},
		{110, shopsFile, []string{"db: PEDAL", `db: ""`}, 14903, []string{"db cannot be left empty"}},
		{111, shopsFile, []string{"  - name: City\n", "  - name: City\n    aggregation: SUM\n"}, 14903, []string{"wrong place"}},
		{112, linesFile, []string{"db_table: sale_lines", "db_table: shops"}, 14904, []string{"are the same physical table", "SHOPS"}},
		{113, bikesFile, []string{"name: Bike Sales\n", "name: " + strings.Repeat("x", 501) + "\n"}, 14916, []string{"501 bytes"}},
		{114, bikesFile, []string{"{name: SHOPS}", "{name: SHOPS, fqn: " + string(freeID) + "}"}, 14500, []string{"fqn resolution failed"}},
		{115, bikesFile, []string{"{name: SHOPS}", "{fqn: x}"}, 14500, []string{"fqn resolution failed"}},
		{116, bikesFile, []string{"{name: SHOPS}", "{obj_id: shops-1}"}, 14500, []string{"shops-1"}},
		{117, bikesFile, []string{"{name: SHOPS}", "{fqn: " + string(warehouseID) + "}"}, 14500, []string{"there is no table"}},
		{118, bikesFile, []string{"guid: a4d85e17", "guid: 5c7a1d34-0f6e-4b88-b2d9-91e3c5a80722 # "}, 14904, []string{"occurs twice"}},
	} {
		t.Run(fmt.Sprint(test.row), func(t *testing.T) {
			b := newBench(t)
			b.load(file(t, warehouseFile))
			documents := files(t, tables...)
			names := append([]string{}, tables...)
			names, documents = append(names, bikesFile), append(documents, file(t, bikesFile))
			for i, name := range names {
				if name == test.file {
					documents[i] = change(t, documents[i], test.changes...)
				}
			}
			down := map[string]bool{}
			for _, name := range skipped[test.file] {
				down[name] = true
			}
			for i, got := range b.try(documents...) {
				switch {
				case names[i] == test.file:
					b.expect([]string{got}, fmt.Sprintf("ERROR %d …", test.code))
					b.contains(got, test.contains...)
				case down[names[i]]:
					if test.row == 2 {
						// The name of the table could not be read.
						if !strings.HasPrefix(got, "ERROR") {
							t.Errorf("%s: %s", names[i], got)
						}
						continue
					}
					b.expect([]string{got}, "ERROR 14912 Skipped because …")
				default:
					b.expect([]string{got}, "OK")
				}
			}
			for name, id := range map[string]searchlight.GUID{shopsFile: shopsID, linesFile: linesID, bikesFile: bikesID} {
				if b.exists(id) != (name != test.file && !down[name]) {
					t.Errorf("%s stored: %t", name, b.exists(id))
				}
			}
		})
	}
}

// TestDocumentsThatAreNone are rows 4, 6 and 38 and what is no TML at all.
func TestDocumentsThatAreNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 20; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	before := b.version()
	b.expect(b.try(
		"guid: "+string(freeID),
		"dashboard: {name: x}",
		"pinboard: {name: x}",
		change(t, file(t, modelFile), "      cardinality: MANY_TO_ONE\n", ""),
		"hello",
		"a: b: c",
		"",
		bomb,
		"guid: 12\n"+file(t, bikesFile)[42:],
		`{"table": {"name": "a\u0000b"}}`,
	),
		"ERROR 14902 The file holds no object…",
		"ERROR 14902 Objects of type <b> dashboard </b> are not supported.…",
		"ERROR 14902 Documents of type <b> pinboard </b> are not available yet.…",
		"ERROR 14903 A join with <b> on </b> needs both type and cardinality…",
		"ERROR 14901 Invalid YAML/JSON syntax in file.…",
		"ERROR 14901 Invalid YAML/JSON syntax in file.…",
		"ERROR 14901 Invalid YAML/JSON syntax in file. The document is empty.…",
		"ERROR 14916 …",
		"ERROR 14911 The guid <b> 12 </b> does not have the form 8-4-4-4-12…",
		"ERROR 14901 Invalid YAML/JSON syntax in file. The text holds a NUL character.…",
	)
	b.equal(b.version(), before)
}

func TestTooManyAndNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, documents := range [][]string{nil, make([]string, 1001)} {
		_, err := b.service.Import(b.Context(), metadata.ImportRequest{Subject: b.admin, Documents: documents})
		b.equal(searchlight.CodeOf(err), searchlight.CodeInvalid)
	}
}

func TestManyFindingsAreCut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(file(t, warehouseFile))
	text := "table:\n  name: T\n  db: PEDAL\n  schema: retail\n  db_table: shops\n  connection: {name: Pedal Warehouse}\n  columns:\n"
	for i := range 300 {
		text += fmt.Sprintf("  - {name: c%d, db_column_name: c%d, db_column_properties: {data_type: INT64}}\n", i, i)
	}
	got := b.try(text)[0]
	b.equal(strings.Count(got, "<br/>"), 100)
	b.contains(got, "<br/>200 more remarks are not shown.")
}

// TestBatches are the batch tests (a) to (d) of tml.md 7 and (f).
func TestBatches(t *testing.T) {
	t.Parallel()
	broken := func(t *testing.T) []string {
		return []string{file(t, warehouseFile), file(t, shopsFile), file(t, itemsFile), change(t, file(t, linesFile), "name: SHOPS", "name: SHOPZ"), file(t, bikesFile)}
	}
	t.Run("a", func(t *testing.T) {
		b := newBench(t)
		b.expect(b.try(broken(t)...), noSecret, "OK", "OK",
			"ERROR 14502 Referenced table with name <b> SHOPZ </b> not found. (line 61, column 7)",
			"ERROR 14912 Skipped because <b> SALE_LINES </b>, which it refers to, failed.")
	})
	t.Run("b", func(t *testing.T) {
		b := newBench(t)
		before := b.version()
		const undone = "ERROR 14912 Not imported because another object in the request failed."
		b.expect(b.request(metadata.ImportRequest{Documents: broken(t), Policy: metadata.AllOrNone}), undone, undone, undone,
			"ERROR 14502 …", "ERROR 14912 Skipped…")
		b.equal(b.version(), before)
	})
	t.Run("stored of the same name", func(t *testing.T) {
		b := newBench(t)
		b.loadFixtures()
		// A failed member of the batch is not replaced by its stored state.
		b.expect(b.try(change(t, file(t, linesFile), "name: SHOPS", "name: SHOPZ"), change(t, file(t, bikesFile), "name: Units", "name: Pieces")),
			"ERROR 14502 …", "ERROR 14912 …")
		b.expect(b.try(change(t, file(t, linesFile), "name: SHOPS", "name: SHOPZ"), change(t, file(t, bikesFile), "{name: SALE_LINES}", "{name: SALE_LINES, fqn: "+string(linesID)+"}", "name: Units", "name: Pieces")),
			"ERROR 14502 …", "ERROR 14912 …")
	})
}

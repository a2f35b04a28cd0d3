package metadata_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// TestSchemaInsideAWorksheet is the second format under the key of the first.
func TestSchemaInsideAWorksheet(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	text := "guid: " + string(freeID) + `
worksheet:
  name: Schema
  schema:
    tables:
    - name: SALE_LINES
      joins:
      - {with: Branch, referencing_join: lines_to_shops}
    - {name: SHOPS, alias: Branch}
  formulas: [{name: F, expr: "sum ( [SALE_LINES::Units] ) * 2"}]
  filters: [{column: [T, o, w, n], oper: in, values: [Bern], apply_on_tables: [branch]}]
  worksheet_columns:
  - {name: Town, column_id: "Branch::City"}
  - {name: F, formula_id: F}
`
	b.expect(b.try(text), "OK")
	got := b.text(freeID)
	b.contains(got, "  - id: Branch\n    name: SHOPS\n", "  - id: Branch_1\n    table: Branch\n", "column_id: Branch_1::City", `"sum ( [SALE_LINES_1::Units] ) * 2"`, "  - column:\n    - Town\n")
	b.contains(string(b.object(freeID).Content), `"ApplyOnTables":["Branch_1"]`)
	before := b.version()
	b.expect(b.try(got, change(t, text, "guid: "+string(freeID)+"\n", "guid: "+string(otherFreeID)+"\n")), "OK", "OK")
	b.expect(b.try(text), "OK")
	b.equal(b.version(), before+1)

	// What is wrong stands where the file has it.
	b.expect(b.try(change(t, text, "column_id: \"Branch::City\"", "column_id: \"Branch::Citty\"")),
		"ERROR 14547 Unable to create worksheet column(s). These column_id/formula_id values are incorrect: <b> Branch::Citty </b> (line 13, column 29)")
	b.expect(b.try(change(t, text, "[SALE_LINES::Units]", "[SALE_LINES::Unitz]")), "ERROR 14516 …")
	b.expect(b.try(change(t, text, "name: SHOPS, alias", "name: SHOPZ, alias")), "ERROR 14502 Referenced table with name <b> SHOPZ </b> not found. (line 9, column 7)")
	b.load(change(t, file(t, warehouseFile), string(warehouseID), "00000000-0000-4000-9000-000000000009", `"Pedal Warehouse"`, `"Second"`))
	elsewhere := change(t, file(t, shopsFile), string(shopsID), "00000000-0000-4000-9000-000000000008", "name: SHOPS", "name: ELSEWHERE", "Pedal Warehouse", "Second")
	b.load(elsewhere)
	b.expect(b.try(change(t, text, "name: SHOPS, alias", "name: ELSEWHERE, alias")), "ERROR 14909 All tables of a worksheet must come from one connection; <b> Branch </b> comes from another (line 9, column 7)")
}

func TestPathsThatDifferInCaseOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.expect(b.try(change(t, file(t, bikesFile), "id: SHOPS_1,", "id: items_1,", "SHOPS_1::Shop Name", "items_1::Shop Name", "SHOPS_1::City", "items_1::City")),
		"ERROR 14904 Multiple table paths have the same name <b> ITEMS_1 </b> (line 14, column 10)")
}

// TestBrokenBefore does not let what is broken already stand in the way; what
// it says of renamed columns is rewritten all the same.
func TestBrokenBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.create(&searchlight.Object{Header: searchlight.Header{ID: freeID, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: "W",
		Author: b.admin.User.ID, Connection: warehouseID}, References: []searchlight.GUID{shopsID},
		Content: []byte(`{"Tables":[{"Table":"` + string(shopsID) + `","Alias":"S"}],"Paths":[{"ID":"S_1","Table":"S"}],"Columns":[{"ID":"x","Name":"A","ColumnID":"S_1::Gone"},{"ID":"y","Name":"B","ColumnID":"S_1::City"}]}`)})
	b.expect(b.try(change(t, file(t, shopsFile), "name: City", "name: Town")), "OK")
	b.contains(b.text(bikesID), "SHOPS_1::Town")
	b.contains(b.text(freeID), "S_1::Gone", "S_1::Town")
}

// TestTogetherGuilty changes both ends of a join in a way that neither breaks
// alone.
func TestTogetherGuilty(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.load("guid: " + string(freeID) + `
worksheet:
  name: Lists
  tables: [{name: SHOPS}, {name: ITEMS}]
  joins: [{name: odd, source: SHOPS, destination: ITEMS, "on": ["[SHOPS::Shop Id] = [ITEMS::Item Id]"], type: INNER}]
  table_paths: [{id: S, table: SHOPS}, {id: I, table: ITEMS, join_path: [{join: [odd]}]}]
  formulas: [{name: F, expr: "if ([S::Shop Id] = 1) then [S::City] else [I::Category]"}]
  worksheet_columns: [{name: F, formula_id: F}]
`)
	got := b.request(metadata.ImportRequest{SkipPhysical: true, Documents: []string{
		change(t, file(t, shopsFile), "region_name: city}}}\n    db_column_properties: {data_type: VARCHAR}", "region_name: city}}}\n    db_column_properties: {data_type: DATE}"),
		change(t, file(t, itemsFile), `"column_type": "ATTRIBUTE"},`+"\n"+`     "db_column_properties": {"data_type": "VARCHAR"}`, `"column_type": "ATTRIBUTE"},`+"\n"+`     "db_column_properties": {"data_type": "BOOL"}`)}})
	for _, line := range got {
		b.expect([]string{line}, "ERROR 14516 The change makes <b> Lists </b> invalid: …")
	}
	b.contains(b.text(shopsID), "data_type: VARCHAR")
}

func TestManyUsersAreCounted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	var sheets []string
	for i := range 25 {
		sheets = append(sheets, fmt.Sprintf("worksheet:\n  name: W%02d\n  tables: [{name: SHOPS}]\n  worksheet_columns: [{name: a, column_id: \"SHOPS::City\"}]\n", i))
	}
	b.load(sheets...)
	got := b.try(strings.Split(file(t, shopsFile), "  - name: City\n")[0])[0]
	b.contains(got, "<b> City </b> used by <b> Bike Sales, W00, W01", "W18, 6 more </b>")
}

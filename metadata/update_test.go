package metadata_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

func TestCreateOrUpdate(t *testing.T) {
	t.Parallel()
	other := func(t *testing.T) string {
		return change(t, file(t, bikesFile), "guid: "+string(bikesID)+"\n", "", "name: Bike Sales\n", "name: Copy\n")
	}
	for _, test := range []struct {
		name  string
		guid  searchlight.GUID // in the file
		force bool
		want  searchlight.GUID // empty: a new one
		line  string
	}{
		{"no guid", "", false, "", "OK"},
		{"no guid, forced", "", true, "", "OK"},
		{"of the kind", bikesID, false, bikesID, "OK"},
		{"of another kind", shopsID, false, "", "ERROR 14911 The guid <b> 3b1e9f02-52c7-4d7a-8a10-6c9d2e4f7b11 </b> belongs to an object of other type. (line 1, column 7)"},
		{"of the built-in connection", searchlight.EmbeddedConnectionID, false, "", "ERROR 14911 …"},
		{"free", freeID, false, freeID, "OK"},
		{"free, forced", freeID, true, freeID, "OK"},
		{"taken, forced", bikesID, true, "", "OK"},
		{"taken by another kind, forced", shopsID, true, "", "OK"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			b.loadFixtures()
			text := other(t)
			if test.guid != "" {
				text = "guid: " + strings.ToUpper(string(test.guid)) + "\n" + text
			}
			r := b.results(metadata.ImportRequest{Documents: []string{text}, ForceCreate: test.force})[0]
			b.expect([]string{line(r)}, test.line)
			if r.Header == nil {
				return
			}
			if test.want != "" {
				b.equal(r.Header.ID, test.want)
			} else if r.Header.ID == test.guid || !strings.HasPrefix(string(r.Header.ID), "11111111") {
				t.Errorf("GUID %s", r.Header.ID)
			}
			b.equal(b.object(r.Header.ID).Name, "Copy")
		})
	}
}

func TestTablesAreFoundByTheirPlace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	shops := change(t, file(t, shopsFile), "guid: "+string(shopsID)+"\n", "")
	renamed := change(t, shops, "name: SHOPS", "name: STORES")
	for _, r := range []metadata.ImportRequest{
		{Documents: []string{shops}}, {Documents: []string{shops}, ForceCreate: true},
		{Documents: []string{"guid: " + string(freeID) + "\n" + shops}},
		{Documents: []string{"guid: " + string(itemsID) + "\n" + shops}, ForceCreate: true},
		{Documents: []string{renamed}},
	} {
		got := b.results(r)[0]
		b.expect([]string{line(got)}, "OK")
		b.equal(got.Header.ID, shopsID)
	}
	b.equal(b.object(shopsID).Name, "STORES")
	b.expect(b.try("guid: "+string(itemsID)+"\n"+shops),
		"ERROR 14501 The guid belongs to the table <b> ITEMS </b>, but the physical table <b> shops </b> to another object. (line 1, column 7)")
	b.expect(b.try("guid: "+string(bikesID)+"\n"+shops), "ERROR 14911 …")
	b.expect(b.try(shops, renamed), "OK", "ERROR 14904 <b> SHOPS </b> and <b> STORES </b> of the request are the same physical table. (line 5, column 13)")
	// A table may move to another physical one.
	b.expect(b.try(change(t, file(t, shopsFile), "db_table: shops", "db_table: targets", "db_column_name: shop_name", "db_column_name: target",
		"data_type: VARCHAR", "data_type: DOUBLE")), "ERROR 14908 …")
}

func TestDuplicatesInOneRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.expect(b.try(file(t, bikesFile), file(t, bikesFile)), "OK", "ERROR 14904 The guid <b> "+string(bikesID)+" </b> occurs twice in the request. (line 1, column 7)")
	// Two of one name are two objects, but nobody can refer to them by name.
	two := change(t, file(t, shopsFile), "guid: "+string(shopsID), "guid: "+string(freeID), "db_table: shops", "db_table: shops2")
	b.expect(b.request(metadata.ImportRequest{Documents: []string{file(t, shopsFile), two, file(t, linesFile), file(t, bikesFile)}, SkipPhysical: true}), "OK", "OK",
		"ERROR 14905 Multiple tables have same name <b> SHOPS </b>, add fqn (line 61, column 7)", "ERROR 14905 …")
	b.expect(b.try(change(t, file(t, linesFile), "name: SHOPS", "name: SHOPS\n      fqn: "+string(shopsID))), "OK")
}

func TestReferences(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	two := change(t, file(t, shopsFile), "guid: "+string(shopsID), "guid: "+string(freeID), "db_table: shops", "db_table: shops2")
	b.expect(b.request(metadata.ImportRequest{Documents: []string{two}, SkipPhysical: true}), "OK")
	b.expect(b.try(file(t, bikesFile)), "ERROR 14905 Multiple tables have same name <b> SHOPS </b>, add fqn (line 7, column 32)")
	b.expect(b.try(change(t, file(t, bikesFile), "{name: SHOPS}", "{name: SHOPS, fqn: "+strings.ToUpper(string(shopsID))+"}")), "OK")
	// A member of the batch wins over stored objects of its name.
	b.expect(b.try(file(t, bikesFile), file(t, shopsFile)), "OK", "OK")
	// Documents of the batch are found by their obj_id.
	b.expect(b.try("obj_id: shops-1\n"+file(t, shopsFile), change(t, file(t, bikesFile), "{name: SHOPS}", "{id: SHOPS, obj_id: shops-1}")), "OK", "OK")
	b.expect(b.try("obj_id: shops-1\n"+file(t, shopsFile), change(t, file(t, bikesFile), "{name: SHOPS}", "{obj_id: shops-1}")), "OK", "OK")
}

func TestWhatReplacesWhat(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	author := b.object(linesID).Author
	created := b.object(linesID).Created
	before := b.text(linesID)
	b.now.Add(1000)
	// Joins are kept, the description and a column's properties are not.
	text := change(t, file(t, linesFile), "  description: One row per till line.\n", "", "      format_pattern: dd.MM.yyyy\n", "")
	text, _, _ = strings.Cut(text, "  joins_with:")
	r := b.results(metadata.ImportRequest{Documents: []string{text}, Subject: b.user(9, "second", searchlight.PrivilegeAdministration)})[0]
	b.expect([]string{line(r)}, "OK")
	got := b.text(linesID)
	b.contains(got, "lines_to_shops", "lines_to_items")
	b.lacks(got, "description: One", "format_pattern: dd")
	o := b.object(linesID)
	b.equal([]any{o.Author, o.Created, o.Version, o.Modified.Sub(o.Created).Milliseconds()}, []any{author, created, int64(2), int64(1000)})
	if o.ModifiedBy == author {
		t.Error("modified by the author")
	}
	// Joins are added and changed by name.
	b.expect(b.try(text+`  joins_with:
  - name: lines_to_shops
    destination: {name: SHOPS}
    "on": "[SALE_LINES::Shop Id] = [SHOPS::Shop Id] and [SALE_LINES::Units] > 0"
  - name: again
    destination: {name: ITEMS}
    "on": "[SALE_LINES::Item Id] = [ITEMS::Item Id]"
    cardinality: MANY_TO_ONE
`), "WARNING 14900 The join <b> lines_to_shops </b> was changed; everything that uses it changes as well. (line 57, column 5)")
	got = b.text(linesID)
	b.contains(got, "[SALE_LINES::Units] > 0", "name: lines_to_items", "name: again")
	// A join does not turn around under its name.
	b.expect(b.try(file(t, shopsFile)+"  joins_with: [{name: again_2, destination: {name: SALE_LINES}, on: '[SHOPS::Shop Id] = [SALE_LINES::Shop Id]'}]\n",
		file(t, itemsFile)), "OK", "OK")
	b.expect(b.try(file(t, shopsFile)+"  joins_with: [{name: lines_to_shops, destination: {name: SALE_LINES}, on: '[SHOPS::Shop Id] = [SALE_LINES::Shop Id]'}]\n"),
		"ERROR 14909 The join <b> lines_to_shops </b> leads from <b> SALE_LINES </b> to this table; …")
	// Back to the file; the joins of its names are as they were.
	b.expect(b.try(file(t, linesFile)), "WARNING 14900 …")
	b.contains(b.text(linesID), strings.SplitAfter(before, "  - name: lines_to_items")[0])
}

func TestNewerKeysSurviveOlderFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	lines := change(t, file(t, linesFile), "type: LEFT_OUTER\n", "type: LEFT_OUTER\n    cardinality: ONE_TO_MANY\n",
		"      format_pattern: dd.MM.yyyy\n", "      format_pattern: dd.MM.yyyy\n      ai_context: the day\n", "  joins_with:\n", "  dataset_id: d1\n  joins_with:\n")
	bikes := change(t, file(t, bikesFile), "  lesson_plans:", "  generation_type: X\n  use_cases: [a]\n  lesson_plans:", "values: [test]}", "values: [test], apply_on_tables: [SHOPS_1]}",
		"type: LEFT_OUTER, is_one_to_one: false", "type: LEFT_OUTER, is_one_to_one: false, cardinality: ONE_TO_MANY")
	b.load(lines, bikes)
	before := b.version()
	b.expect(b.try(b.text(linesID), b.text(bikesID)), "OK", "OK")
	b.equal(b.version(), before)
	for id, parts := range map[searchlight.GUID][]string{linesID: {"ONE_TO_MANY", "the day", "dataset_id"}, bikesID: {"ONE_TO_MANY", "use_cases", `"Generation":"X"`, `"ApplyOnTables":["SHOPS_1"]`}} {
		b.contains(string(b.object(id).Content), parts...)
	}
	b.expect(b.try(change(t, lines, "the day", "another")), "OK")
	b.contains(string(b.object(linesID).Content), "another")
}

// TestRenamedColumns renames a column of a table and of another, and the
// tables, and finds the new names in all that is built on them.
func TestRenamedColumns(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.load("guid: "+string(freeID)+`
worksheet:
  name: Second
  tables: [{id: L, name: SALE_LINES}, {name: SHOPS}]
  joins: [{name: own, source: L, destination: SHOPS, "on": "[L::Shop Id] = [SHOPS::Shop Id] and [SALE_LINES::Units] > 0"}]
  table_paths: [{id: P, table: L}, {id: Q, table: SHOPS, join_path: [{join: [own]}]}]
  formulas: [{name: F, expr: "sum ( [P::Units] )  /  sum([P::Net Amount])"}]
  worksheet_columns: [{name: Shop, column_id: "Q::Shop Id"}, {name: F, formula_id: F}]
  joins_with: [{name: w, destination: {name: SHOPS}, on: "[Second::Shop] = [SHOPS::Shop Id]"}]
`, `
guid: `+string(otherFreeID)+`
worksheet:
  name: Third
  tables: [{name: SALE_LINES}]
  formulas: [{name: G, expr: "[Units] * 2"}, {name: H, expr: "[Pieces] + 1"}]
  worksheet_columns: [{name: G, formula_id: G}, {name: H, formula_id: H}, {name: Pieces, column_id: "SALE_LINES::Net Amount"}]
`)
	b.now.Add(1000)
	lines := change(t, file(t, linesFile), "name: SALE_LINES", "name: TILL", "name: Units", "name: Pieces", "- name: Shop Id", "- name: Shop",
		"[SALE_LINES::Shop Id] = [SHOPS::Shop Id]", "[TILL::Shop] = [STORES::Number]", "name: SHOPS", "name: STORES",
		"[SALE_LINES::Item Id]", "[TILL::Item Id]")
	shops := change(t, file(t, shopsFile), "name: SHOPS", "name: STORES", "name: Shop Id", "name: Number")
	b.expect(b.try(lines, shops), "OK", "OK")
	b.contains(b.text(bikesID), "- id: SALE_LINES\n    name: TILL\n", "- id: SHOPS\n    name: STORES\n", "column_id: SALE_LINES_1::Pieces", "sum ( [SALE_LINES_1::Pieces] )\"")
	b.contains(b.text(freeID), "- id: L\n    name: TILL\n", `"[L::Shop] = [SHOPS::Number] and [TILL::Pieces] > 0"`, `"sum ( [P::Pieces] )  /  sum([P::Net Amount])"`,
		"column_id: Q::Number", `"on": "[Second::Shop] = [STORES::Number]"`)
	// Inside a worksheet its own column goes first.
	b.contains(b.text(otherFreeID), `expr: "[SALE_LINES_1::Pieces] * 2"`, `expr: "[Pieces] + 1"`)
	for _, id := range []searchlight.GUID{bikesID, freeID, otherFreeID} {
		o := b.object(id)
		b.equal([]any{o.Version, o.Modified.Sub(o.Created).Milliseconds()}, []any{int64(2), int64(1000)})
	}
	// All of it can be imported as it is.
	before := b.version()
	b.expect(b.try(b.text(bikesID), b.text(freeID), b.text(otherFreeID), b.text(linesID)), "OK", "OK", "OK", "OK")
	b.equal(b.version(), before)
	// A table's own rename rewrites the joins of others.
	items := change(t, file(t, itemsFile), `"name": "ITEMS"`, `"name": "GOODS"`, `"name": "Item Id"`, `"name": "Code"`)
	b.expect(b.try(items), "OK")
	b.contains(b.text(linesID), `"[TILL::Item Id] = [GOODS::Code]"`)
	// Names may change places.
	b.expect(b.try(change(t, items, `"name": "Item Name"`, `"name": "x"`, `"name": "Category"`, `"name": "Item Name"`, `"name": "x"`, `"name": "Category"`)), "OK")
	b.contains(b.text(bikesID), "name: Item\n    column_id: ITEMS_1::Item Name")
}

func TestColumnsKeepTheirGUIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	ids := func(content string) (out []string) {
		_, rest, _ := strings.Cut(content, `"Columns":`)
		for _, part := range strings.Split(rest, `{"ID":"`)[1:] {
			out = append(out, part[:36])
		}
		return out
	}
	before := ids(string(b.object(shopsID).Content))
	b.load(change(t, file(t, shopsFile), "name: Shop Name", "name: Branch", "name: Shop Id", "name: SHOP ID",
		"- name: City\n", "- {name: Town, db_column_name: town, properties: {column_type: ATTRIBUTE}, db_column_properties: {data_type: VARCHAR}}\n  - name: City\n"))
	after := ids(string(b.object(shopsID).Content))
	b.equal([]string{after[0], after[1], after[3]}, before)
	if after[2] == before[0] || after[2] == before[1] || after[2] == before[2] {
		t.Error("the new column has an old GUID")
	}
	sheet := ids(string(b.object(bikesID).Content))
	b.load(change(t, file(t, bikesFile), "name: Shop,", "name: Branch,", "SHOPS_1::Shop Name", "SHOPS_1::Branch"))
	b.equal(ids(string(b.object(bikesID).Content)), sheet)
}

func TestTheOldNameIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.expect(b.try(change(t, file(t, shopsFile), "name: SHOPS", "name: STORES"), file(t, bikesFile)),
		"OK", "ERROR 14502 Referenced table with name <b> SHOPS </b> not found. (line 7, column 32)")
	// The stored worksheet is rewritten although its document failed.
	b.contains(b.text(bikesID), "- id: SHOPS\n    name: STORES")
	b.expect(b.try(file(t, linesFile)), "ERROR 14502 …")
}

func TestRemovedColumnsInUse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	without := func(text, name, next string) string {
		i := strings.Index(text, "  - name: "+name+"\n")
		return text[:i] + text[i+strings.Index(text[i:], next):]
	}
	lines := without(file(t, linesFile), "Channel", "  - name: Units\n")
	lines = without(lines, "Units", "  - name: Net Amount\n")
	before := b.version()
	b.expect(b.try(lines), "ERROR 14544 Deleted columns have dependents: <b> Channel, Units </b> used by <b> Bike Sales </b>. (line 11, column 3)")
	b.equal(b.version(), before)
	// With its dependents in the request it goes.
	b.load(file(t, linesFile))
	bikes := change(t, file(t, bikesFile), "  - {column: [Channel], oper: not in, values: [test]}\n", "",
		"  - {name: Channel, column_id: \"SALE_LINES_1::Channel\", properties: {column_type: ATTRIBUTE, is_attribution_dimension: false}}\n", "")
	b.expect(b.request(metadata.ImportRequest{Documents: []string{without(file(t, linesFile), "Channel", "  - name: Units\n"), bikes}, Policy: metadata.AllOrNone}), "OK", "OK")
	// Keys of joins, the table's own and those of others.
	shops := change(t, file(t, shopsFile), "  - {name: Shop Id, db_column_name: shop_id, properties: {column_type: ATTRIBUTE, index_type: DONT_INDEX}, db_column_properties: {data_type: INT64}}\n", "")
	b.expect(b.try(shops), "ERROR 14544 Deleted columns have dependents: <b> Shop Id </b> used by <b> Bike Sales, SALE_LINES </b>. …")
	own, _, _ := strings.Cut(without(file(t, linesFile), "Shop Id", "  - name: Item Id\n"), "  joins_with:")
	b.expect(b.try(own), "ERROR 14544 Deleted columns have dependents: <b> Shop Id </b> used by <b> SALE_LINES, Bike Sales </b>. …")
}

func TestOnlyTheGuiltyFails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	shops := change(t, file(t, shopsFile), "name: City", "name: Town")
	items := strings.Replace(file(t, itemsFile), `"name": "Category", "db_column_name": "category"`, `"name": "Kind", "db_column_name": "category2"`, 1)
	b.expect(b.request(metadata.ImportRequest{Documents: []string{shops, items}, SkipPhysical: true}), "OK",
		"ERROR 14544 Deleted columns have dependents: <b> Category </b> used by <b> Bike Sales </b>. …")
	b.contains(b.text(bikesID), "column_id: SHOPS_1::Town")
	// All or none leaves the dependents alone as well.
	before := b.version()
	b.expect(b.request(metadata.ImportRequest{Documents: []string{change(t, shops, "name: Town", "name: Place"), items}, SkipPhysical: true, Policy: metadata.AllOrNone}),
		"ERROR 14912 …", "ERROR 14544 …")
	b.equal(b.version(), before)
}

func TestTypesThatDependentsNeed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	r := metadata.ImportRequest{SkipPhysical: true}
	r.Documents = []string{change(t, file(t, linesFile), "      data_type: DOUBLE", "      data_type: VARCHAR", "column_type: MEASURE\n      aggregation: SUM\n      index_type: DONT_INDEX\n      format_pattern", "column_type: ATTRIBUTE\n      format_pattern")}
	b.expect(b.request(r), "ERROR 14516 The change makes <b> Bike Sales </b> invalid: Formula addition failed. Formula: Revenue per Unit, Error: …")
	r.Documents = []string{change(t, file(t, shopsFile), "data_type: INT64", "data_type: VARCHAR")}
	b.expect(b.request(r), "ERROR 14909 The change makes <b> Bike Sales </b> invalid: …")
	// A wider type does no harm.
	r.Documents = []string{change(t, file(t, itemsFile), `"data_type": "INT64"`, `"data_type": "DOUBLE"`)}
	b.expect(b.request(r), "OK")
}

func TestMovedToAnotherConnection(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	second := change(t, file(t, warehouseFile), string(warehouseID), string(freeID), `"name": "Pedal Warehouse"`, `"name": "Second"`)
	b.load(second)
	move := func(name string) string { return change(t, file(t, name), "Pedal Warehouse", "Second") }
	b.expect(b.try(move(shopsFile)), "ERROR 14909 …")
	b.expect(b.try(move(shopsFile), move(itemsFile), move(linesFile)), "OK", "OK", "OK")
	b.equal(b.object(bikesID).Connection, freeID)
}

// TestJoinsOfWorksheets start at a worksheet and follow its names.
func TestJoinsOfWorksheets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	joined := file(t, bikesFile) + "  joins_with: [{name: w, destination: {name: SHOPS}, on: \"[Bike Sales::City] = [SHOPS::City]\", type: INNER}]\n"
	b.expect(b.try(joined), "OK")
	renamed := change(t, file(t, bikesFile), "name: Bike Sales\n", "name: Bikes\n", "name: City,", "name: Town,")
	b.expect(b.try(renamed), "OK")
	b.contains(b.text(bikesID), `"on": "[Bikes::Town] = [SHOPS::City]"`)
	b.expect(b.try(change(t, file(t, shopsFile), "name: City", "name: Place")), "OK")
	b.contains(b.text(bikesID), `"on": "[Bikes::Town] = [SHOPS::Place]"`)
	renamed = change(t, renamed, "SHOPS_1::City", "SHOPS_1::Place")
	b.expect(b.try(change(t, renamed, "  - {name: Town, column_id: \"SHOPS_1::Place\", properties: {column_type: ATTRIBUTE}}\n", "")),
		"ERROR 14909 The change makes a join that starts here invalid: <b> Bikes </b> has no column <b> Town </b> …")
	b.expect(b.try(renamed+"  joins_with: [{name: w2, destination: {name: SHOPS}, on: \"[Bikes::Nope] = [SHOPS::Place]\", type: INNER}]\n"),
		"ERROR 14909 <b> Bikes </b> has no column <b> Nope </b> (line 50, column 60)")
	// Nothing can be joined to a worksheet yet.
	b.expect(b.try(file(t, itemsFile)[:strings.LastIndex(file(t, itemsFile), "}}")]+`, "joins_with": [{"name": "x", "destination": {"name": "Bikes"}, "on": "[ITEMS::Item Id] = [Bikes::Town]"}]}}`),
		"ERROR 14902 A join to <b> Bikes </b> is not available yet; join to tables. …")
}

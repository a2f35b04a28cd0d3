package metadata_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

const noSecret = "WARNING 14900 The connection has no <b> password </b> and may not be usable without one. (line 4, column 83)"

func TestFixturesInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range int64(6) {
		names := slices.Clone(allFiles)
		rand.New(rand.NewSource(seed)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, policy := range []metadata.Policy{"", metadata.Partial, metadata.AllOrNone, metadata.PartialObject} {
			t.Run(fmt.Sprintf("%d %s", seed, policy), func(t *testing.T) {
				b := newBench(t)
				results := b.results(metadata.ImportRequest{Documents: files(t, names...), Policy: policy})
				for i, r := range results {
					want := "OK"
					if names[i] == warehouseFile {
						want = noSecret
					}
					b.expect([]string{line(r)}, want)
					b.equal(b.object(r.Header.ID).Header, *r.Header)
					b.equal(r.Header.Author, b.admin.User.ID)
				}
				b.equal(b.text(linesID), file(t, linesFile))
			})
		}
	}
}

func TestValidateOnlyStoresNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	before := b.version()
	results := b.results(metadata.ImportRequest{Documents: files(t, allFiles...), Policy: metadata.ValidateOnly})
	var ids []searchlight.GUID
	for _, r := range results {
		if r.Status.Code == metadata.StatusError {
			t.Error(line(r))
		}
		ids = append(ids, r.Header.ID)
	}
	b.equal(ids, []searchlight.GUID{warehouseID, shopsID, itemsID, linesID, bikesID})
	b.equal(b.version(), before)
	b.equal(b.databases.looked, 3)
	if b.exists(linesID) {
		t.Error("stored")
	}
}

// TestRoundTripChangesNothing exports and imports again in all forms.
func TestRoundTripChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.now.Add(1000)
	before := b.version()
	for _, format := range []metadata.ExportRequest{{}, {JSON: true}, {FQN: true}, {JSON: true, FQN: true}} {
		format.IDs, format.Associated, format.WithConnection = []searchlight.GUID{bikesID}, true, true
		var documents []string
		for _, r := range b.export(format) {
			b.equal(r.Status, metadata.Status{Code: metadata.StatusOK})
			documents = append(documents, r.Document)
		}
		b.equal(len(documents), 5)
		results := b.results(metadata.ImportRequest{Documents: documents})
		for i, r := range results {
			if r.Status.Code != metadata.StatusOK {
				t.Errorf("%+v: document %d: %s", format, i, line(r))
			}
			b.equal(b.object(r.Header.ID).Header, *r.Header)
			b.equal(r.Header.Version, int64(1))
		}
		b.equal(b.version(), before)
	}
	b.load(files(t, allFiles...)...) // and the files themselves once more
	b.equal(b.version(), before)

	for i, r := range b.results(metadata.ImportRequest{Documents: files(t, allFiles...), SkipDiff: true, Subject: b.admin}) {
		o := b.object(r.Header.ID)
		if o.Version != 2 || !o.Modified.After(o.Created) {
			t.Errorf("skip_diff_check did not write document %d: %+v", i, o.Header)
		}
	}
}

// TestOrderDoesNotCount reorders what is found by name.
func TestOrderDoesNotCount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	before := b.version()
	b.load(change(t, file(t, bikesFile),
		"[{name: SALE_LINES}, {name: SHOPS}, {name: ITEMS}]", "[{name: ITEMS}, {name: SALE_LINES}, {name: SHOPS}]",
		"  - {name: lines_to_shops, source: SALE_LINES, destination: SHOPS, type: INNER, is_one_to_one: false}\n", "",
		"  table_paths:\n", "  - {name: lines_to_shops, source: SALE_LINES, destination: SHOPS, type: INNER, is_one_to_one: false}\n  table_paths:\n"))
	b.equal(b.version(), before)
	b.load(change(t, file(t, bikesFile), "  - {name: City, column_id: \"SHOPS_1::City\", properties: {column_type: ATTRIBUTE}}\n", "",
		"  - {name: Ticket Size,", "  - {name: City, column_id: \"SHOPS_1::City\", properties: {column_type: ATTRIBUTE}}\n  - {name: Ticket Size,"))
	if b.version() == before {
		t.Error("the order of columns counts")
	}
}

func TestForceCreateMakesCopies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	results := b.results(metadata.ImportRequest{Documents: files(t, allFiles...), ForceCreate: true, SkipPhysical: true})
	for i, r := range results {
		if r.Status.Code == metadata.StatusError {
			t.Fatal(line(r))
		}
		id := []searchlight.GUID{warehouseID, shopsID, itemsID, linesID, bikesID}[i]
		if r.Header.ID == id || r.Header.Owner != r.Header.ID {
			t.Errorf("document %d has %s again", i, id)
		}
		b.equal(strings.Replace(b.text(r.Header.ID), string(r.Header.ID), string(id), 1), b.text(id))
	}
	// The copies stand on one another.
	copied := b.object(results[4].Header.ID)
	for _, i := range []int{1, 2, 3} {
		if !slices.Contains(copied.References, results[i].Header.ID) {
			t.Errorf("the worksheet's copy does not stand on that of document %d", i)
		}
	}
	// Tables of a stored connection are its tables still.
	again := b.results(metadata.ImportRequest{Documents: []string{change(t, file(t, shopsFile), "{name: Pedal Warehouse}", "{fqn: "+string(warehouseID)+"}")}, ForceCreate: true})
	b.equal(again[0].Header.ID, shopsID)
	// A reference by fqn means the stored object.
	b.expect(b.request(metadata.ImportRequest{ForceCreate: true, Documents: []string{
		change(t, file(t, bikesFile), "{name: SHOPS}", "{name: SHOPS, fqn: "+string(shopsID)+"}", "{name: ITEMS}", "{name: ITEMS, fqn: "+string(itemsID)+"}",
			"{name: SALE_LINES}", "{name: SALE_LINES, fqn: "+string(linesID)+"}")}}), "OK")
}

func TestModelFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.expect(b.try(file(t, modelFile)), "ERROR 14902 Parameters are not available yet. (line 24, column 3)")
	text := change(t, file(t, modelFile), "  parameters:\n  - {name: Divisor, data_type: INT64, default_value: 1000}\n", "", "[Divisor]", "1000")
	b.expect(b.try(text), "OK")
	// In the first format the paths have names of their own.
	got := b.text(modelID)
	b.contains(got, "worksheet:\n", "- id: SALE_LINES_1\n    table: SALE_LINES\n", "column_id: SHOPS_1::City",
		`expr: "sum ( [SALE_LINES_1::Net Amount] ) / 1000"`, "name: lines_to_shops", `- "[SALE_LINES::Item Id] = [ITEMS::Item Id]"`)
	before := b.version()
	b.expect(b.try(got), "OK")
	b.expect(b.try(text), "OK")
	b.equal(b.version(), before)
}

func TestImpliedPath(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	text := "guid: " + string(freeID) + `
worksheet:
  name: Shops
  tables: [{name: SHOPS}]
  formulas: [{name: Big, expr: "[SHOPS::City] = 'Z' and [SHOPS_1::Shop Id] > 3"}, {name: Own, expr: "[Shop Name]"}]
  worksheet_columns:
  - {name: Town, column_id: "SHOPS::City"}
  - {name: Id, column_id: "SHOPS_1::Shop Id"}
  - {name: Big, formula_id: Big}
  - {name: Own, formula_id: Own}
`
	b.expect(b.try(text), "OK")
	got := b.text(freeID)
	b.contains(got, "- id: SHOPS_1\n", "column_id: SHOPS_1::City", `expr: "[SHOPS_1::City] = 'Z' and [SHOPS_1::Shop Id] > 3"`, `expr: "[Shop Name]"`)
	before := b.version()
	b.expect(b.try(text, got)[:1], "OK")
	b.equal(b.version(), before)
	// A reference by GUID alone calls the table by its name.
	b.expect(b.try(change(t, text, "{name: SHOPS}", "{fqn: "+string(shopsID)+"}")), "OK")
	b.equal(b.version(), before)
}

func TestInferredRoles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.expect(b.try("guid: "+string(freeID)+`
worksheet:
  name: Lines
  tables: [{name: SALE_LINES}]
  formulas: [{name: Sum, expr: "sum([SALE_LINES::Units])"}, {name: Const, expr: "7"}, {name: Dear, expr: "[SALE_LINES::Net Amount] > 7"}, {name: Half, expr: "[SALE_LINES::Units] / 2"}]
  worksheet_columns:
  - {name: Units, column_id: "SALE_LINES::Units", properties: {aggregation: AVERAGE}}
  - {name: Channel, column_id: "SALE_LINES::Channel"}
  - {name: Sum, formula_id: Sum}
  - {name: Const, formula_id: Const}
  - {name: Dear, formula_id: Dear}
  - {name: Half, formula_id: Half}
`), "OK")
	var roles []string
	for _, part := range strings.Split(b.text(freeID), "column_type: ")[1:] {
		role, rest, _ := strings.Cut(part, "\n")
		if strings.HasPrefix(rest, "      aggregation: ") {
			aggregation, _, _ := strings.Cut(strings.TrimPrefix(rest, "      aggregation: "), "\n")
			role += " " + aggregation
		}
		roles = append(roles, role)
	}
	b.equal(roles, []string{"MEASURE AVERAGE", "ATTRIBUTE", "MEASURE SUM", "ATTRIBUTE", "ATTRIBUTE", "MEASURE SUM"})
	// What is wrong is said once.
	b.expect(b.try(`
worksheet:
  name: Lines 2
  tables: [{name: SALE_LINES}]
  formulas: [{name: Sum, expr: "sum([SALE_LINES::Units])"}, {name: Bad, expr: "[SALE_LINES::Nope]"}]
  worksheet_columns: [{name: Sum, formula_id: Sum}, {name: Bad, formula_id: Bad}]
`), "ERROR 14516 Formula addition failed. Formula: Bad, Error: …")
}

package metadata_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// summary is an exported list, a line an object.
func summary(results []metadata.ExportResult) []string {
	var out []string
	for _, r := range results {
		line := fmt.Sprintf("%s %s %s", r.Status.Code, r.Kind, r.Filename)
		if r.Status.Code == metadata.StatusError {
			line = fmt.Sprintf("ERROR %d %s %q", r.Status.Number, r.ID[:8], r.Name)
		}
		for _, d := range r.Dependencies {
			line += " < " + d.Filename
		}
		out = append(out, line)
	}
	return out
}

func TestExportOrder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	both := []searchlight.GUID{shopsID, bikesID, shopsID, freeID}
	b.equal(summary(b.export(metadata.ExportRequest{IDs: both})), []string{
		"OK table SHOPS.table.tml", "OK worksheet Bike Sales.worksheet.tml", `ERROR 10038 00000000 ""`})
	b.equal(summary(b.export(metadata.ExportRequest{IDs: both, Associated: true})), []string{
		"OK table SHOPS.table.tml",
		"OK worksheet Bike Sales.worksheet.tml < SALE_LINES.table.tml < SHOPS.table.tml < ITEMS.table.tml",
		`ERROR 10038 00000000 ""`,
		"OK table SALE_LINES.table.tml", "OK table ITEMS.table.tml"})
	b.equal(summary(b.export(metadata.ExportRequest{IDs: []searchlight.GUID{bikesID}, Associated: true, WithConnection: true})), []string{
		"OK worksheet Bike Sales.worksheet.tml < SALE_LINES.table.tml < SHOPS.table.tml < ITEMS.table.tml < Pedal Warehouse.connection.tml",
		"OK table SALE_LINES.table.tml", "OK table SHOPS.table.tml", "OK table ITEMS.table.tml", "OK connection Pedal Warehouse.connection.tml"})
	text := b.export(metadata.ExportRequest{IDs: []searchlight.GUID{bikesID}, FQN: true})[0].Document
	b.contains(text, "  - name: SALE_LINES\n    fqn: "+string(linesID)+"\n")
	b.equal(strings.HasPrefix(text, "guid: "+string(bikesID)+"\nworksheet:\n  name: Bike Sales\n"), true)
	b.equal(b.text(bikesID), b.text(bikesID))
}

// TestExportIsTheFile compares the long form with the file of the reference.
func TestExportIsTheFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.contains(b.text(bikesID), "  description: |-\n    All till lines with shop and item.\n    Owned by the finance desk\n",
		"  - name: lines_to_shops\n    source: SALE_LINES\n    destination: SHOPS\n    type: INNER\n    is_one_to_one: false\n",
		"  - id: SALE_LINES_1\n    table: SALE_LINES\n    join_path:\n    - {}\n", "    - join:\n      - lines_to_shops\n",
		"  - name: '# Lines'\n    expr: \"count ( [SALE_LINES_1::Item Id] )\"\n    was_auto_generated: false\n",
		"    oper: '>='\n    values:\n    - 01/01/2019\n", "      - \"no\"\n", "  lesson_plans:\n  - lesson_id: 0\n")
	b.contains(b.text(shopsID), "description: \"Town of the shop, e.g. Zürich\"", "index_priority: 8.0", "region_name: city")
}

func TestExportErrors(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	for _, subject := range []*searchlight.Subject{b.user(8, "nobody"), b.user(9, "uploader", searchlight.PrivilegeUserDataUpload)} {
		_, err := b.service.Export(b.Context(), metadata.ExportRequest{Subject: subject, IDs: []searchlight.GUID{bikesID}})
		b.equal(searchlight.CodeOf(err), searchlight.CodeForbidden)
	}
	// Unknown and unreadable look alike.
	reader := b.user(7, "reader", searchlight.PrivilegeDataDownloading)
	results := b.export(metadata.ExportRequest{Subject: reader, IDs: []searchlight.GUID{bikesID, freeID}, Associated: true})
	results[0].ID, results[1].ID = "", ""
	b.equal(results[0], results[1])
	b.equal(results[0].Status, metadata.Status{Code: metadata.StatusError, Number: 10038, Message: "Cannot download TML due to lack of access to objects"})
	b.equal(summary(b.export(metadata.ExportRequest{IDs: []searchlight.GUID{searchlight.EmbeddedConnectionID, searchlight.AdminUserID}})),
		[]string{`ERROR 14902 3f7c1f6a "Embedded"`, `ERROR 10038 59481331 ""`})

	// Tags, pinboards and the like have no TML yet.
	author := b.ann.User.ID
	b.create(&searchlight.Object{Header: searchlight.Header{ID: freeID, Type: searchlight.TypePinboard, Name: "Board", Author: author}, Content: []byte("{}")})
	b.equal(summary(b.export(metadata.ExportRequest{IDs: []searchlight.GUID{freeID}})), []string{`ERROR 14902 00000000 "Board"`})
	b.expect(b.try("guid: "+string(freeID)+"\n"+file(t, bikesFile)[42:]), "ERROR 14911 …")

	// What an object stands on must be readable too, and there.
	sheet := func(id searchlight.GUID, table searchlight.GUID) {
		b.create(&searchlight.Object{Header: searchlight.Header{ID: id, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: "W", Author: author},
			Content: []byte(`{"Tables":[{"Table":"` + string(table) + `","Alias":"X"}],"Paths":[{"ID":"X_1","Table":"X"}],"Columns":[]}`)})
	}
	sheet(otherFreeID, shopsID)
	const gone searchlight.GUID = "00000000-0000-4000-9000-000000000003"
	sheet(gone, "00000000-0000-4000-9000-000000000004")
	as := func(associated bool, ids ...searchlight.GUID) []string {
		return summary(b.export(metadata.ExportRequest{Subject: b.ann, IDs: ids, Associated: associated}))
	}
	b.equal(as(false, otherFreeID, gone), []string{`ERROR 10038 00000000 "W"`, `ERROR 14908 00000000 "W"`})
	b.equal(as(true, otherFreeID), []string{`ERROR 10038 00000000 "W"`, `ERROR 10038 3b1e9f02 ""`})
}

func (b *bench) create(o *searchlight.Object) {
	b.Helper()
	if err := b.store.Update(b.Context(), func(tx searchlight.Tx) error { return tx.CreateObject(o) }); err != nil {
		b.Fatal(err)
	}
}

func TestFilenamesDiffer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var ids []searchlight.GUID
	long := strings.Repeat("ü", 150)
	for i, name := range []string{"a/b", "a:b", "a_b (2)", "a?b", long + "1", long + "2"} {
		id := searchlight.GUID(fmt.Sprintf("00000000-0000-4000-a000-%012d", i))
		ids = append(ids, id)
		b.create(&searchlight.Object{Header: searchlight.Header{ID: id, Type: searchlight.TypeConnection, Name: name, Author: b.ann.User.ID}, Content: []byte(`{"Type":"RDBMS_POSTGRES"}`)})
	}
	var names []string
	for _, r := range b.export(metadata.ExportRequest{IDs: ids}) {
		names = append(names, r.Filename)
	}
	short := strings.Repeat("ü", 100)
	b.equal(names, []string{"a_b.connection.tml", "a_b (2).connection.tml", "a_b (2) (2).connection.tml", "a_b (3).connection.tml",
		short + ".connection.tml", short + " (2).connection.tml"})
}

func TestList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.create(&searchlight.Object{Header: searchlight.Header{ID: freeID, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Name: "Mine", Author: b.ann.User.ID}, Content: []byte("{}")})
	list := func(s *searchlight.Subject, q searchlight.ListQuery) (names []string, more bool) {
		q.Types = []searchlight.ObjectType{searchlight.TypeLogicalTable}
		q.Sort = searchlight.SortName
		page, err := b.service.List(b.Context(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page.Headers {
			names = append(names, h.Name)
		}
		return names, page.More
	}
	got, more := list(b.admin, searchlight.ListQuery{Limit: 3})
	b.equal(got, []string{"Bike Sales", "ITEMS", "Mine"})
	b.equal(more, true)
	got, more = list(b.ann, searchlight.ListQuery{Viewer: b.admin}) // which the service decides
	b.equal(got, []string{"Mine"})
	b.equal(more, false)
}

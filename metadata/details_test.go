package metadata_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

func (b *bench) describe(s *searchlight.Subject, hidden bool, id searchlight.GUID) *metadata.Storable {
	b.Helper()
	found, err := b.service.Describe(b.Context(), s, metadata.DetailsRequest{Type: searchlight.TypeLogicalTable, IDs: []searchlight.GUID{id}, ShowHidden: hidden})
	if err != nil {
		b.Fatal(err)
	}
	return &found.List[0]
}

// columns are lines of what a subject sees of an object.
func (b *bench) columns(s *searchlight.Subject, hidden bool, id searchlight.GUID) (lines []string) {
	b.Helper()
	o := b.describe(s, hidden, id)
	for _, c := range o.Columns {
		line := fmt.Sprintf("%s %s %s", c.Header.Name, c.Type, c.Properties.Role)
		if c.PhysicalName != "" {
			line += " = " + c.PhysicalName
		}
		for _, source := range c.Sources {
			line += " of " + source.Name
		}
		lines = append(lines, line)
	}
	for _, j := range o.Joins {
		lines = append(lines, fmt.Sprintf("join %s: %s to %s on %s %s", j.Header.Name, j.SourceName, j.DestinationName, j.On, j.Type))
	}
	for _, p := range o.Problems {
		lines = append(lines, "problem: "+p)
	}
	return lines
}

func TestDetailsOfTables(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.load(change(t, file(t, shopsFile), "properties: {column_type: ATTRIBUTE, index_priority: 8.0", "properties: {column_type: ATTRIBUTE, is_hidden: true, index_priority: 8.0"))
	all := []string{"Shop Id INT64 ATTRIBUTE = shop_id of SHOPS", "Shop Name VARCHAR ATTRIBUTE = shop_name of SHOPS", "City VARCHAR ATTRIBUTE = city of SHOPS"}
	shown := []string{all[0], all[2]}
	modifies, manages, reads := b.user(7, "modifies"), b.ann, b.user(8, "reads", searchlight.PrivilegeDataManagement)
	b.grant(shopsID, modifies, searchlight.Modify)
	b.grant(shopsID, manages, searchlight.Modify)
	b.grant(shopsID, reads, searchlight.ReadOnly)
	for _, tt := range []struct {
		s          *searchlight.Subject
		shown, all []string
	}{{b.admin, shown, all}, {manages, shown, all}, {modifies, shown, shown}, {reads, shown, shown}} {
		b.equal(b.columns(tt.s, false, shopsID), tt.shown)
		b.equal(b.columns(tt.s, true, shopsID), tt.all)
	}
	// Who was granted columns sees these, and joins between them.
	part := b.user(9, "part")
	b.grant(b.columnID(linesID, "Item Id"), part, searchlight.ReadOnly)
	b.grant(b.columnID(linesID, "Shop Id"), part, searchlight.ReadOnly)
	b.grant(b.columnID(shopsID, "City"), part, searchlight.ReadOnly)
	b.grant(itemsID, part, searchlight.ReadOnly)
	b.equal(b.columns(part, true, shopsID), all[2:])
	b.equal(b.columns(part, true, linesID), []string{"Shop Id INT64 ATTRIBUTE = shop_id of SALE_LINES", "Item Id INT64 ATTRIBUTE = item_id of SALE_LINES",
		"join lines_to_items: SALE_LINES to ITEMS on [SALE_LINES::Item Id] = [ITEMS::Item Id] LEFT_OUTER"})
	b.grant(b.columnID(shopsID, "Shop Id"), part, searchlight.ReadOnly)
	b.contains(strings.Join(b.columns(part, true, linesID), "\n"), "join lines_to_shops: SALE_LINES to SHOPS")

	city := b.describe(b.admin, false, shopsID).Columns[1].Header
	b.equal([]any{city.ID, city.Owner, city.Type, *city.Description}, []any{b.columnID(shopsID, "City"), shopsID, searchlight.TypeLogicalColumn, "Town of the shop, e.g. Zürich"})
}

func TestDetailsOfWorksheets(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	whole := b.columns(b.admin, false, bikesID)
	b.equal(whole, []string{"Shop VARCHAR ATTRIBUTE = shop_name of SHOPS", "City VARCHAR ATTRIBUTE = city of SHOPS", "Item VARCHAR ATTRIBUTE = item_name of ITEMS",
		"Category VARCHAR ATTRIBUTE = category of ITEMS", "Sold On DATE ATTRIBUTE = sold_on of SALE_LINES", "Channel VARCHAR ATTRIBUTE = channel of SALE_LINES",
		"Units INT64 MEASURE = units of SALE_LINES", "Revenue DOUBLE MEASURE = net_amount of SALE_LINES", "Revenue per Unit DOUBLE MEASURE of SALE_LINES",
		"# Lines INT64 MEASURE of SALE_LINES", "Ticket Size VARCHAR ATTRIBUTE of SALE_LINES"})
	// Who sees the worksheet alone learns nothing of what is beneath (T-33).
	viewer := b.user(7, "viewer")
	b.grant(bikesID, viewer, searchlight.Modify)
	b.equal(b.columns(viewer, false, bikesID), []string{"Shop VARCHAR ATTRIBUTE", "City VARCHAR ATTRIBUTE", "Item VARCHAR ATTRIBUTE", "Category VARCHAR ATTRIBUTE", "Sold On DATE ATTRIBUTE",
		"Channel VARCHAR ATTRIBUTE", "Units INT64 MEASURE", "Revenue DOUBLE MEASURE", "Revenue per Unit DOUBLE MEASURE", "# Lines INT64 MEASURE", "Ticket Size VARCHAR ATTRIBUTE"})
	b.grant(shopsID, viewer, searchlight.ReadOnly)
	b.grant(b.columnID(linesID, "Units"), viewer, searchlight.ReadOnly)
	b.contains(strings.Join(b.columns(viewer, false, bikesID), "\n"), "City VARCHAR ATTRIBUTE = city of SHOPS\nItem VARCHAR ATTRIBUTE\n",
		"Units INT64 MEASURE = units of SALE_LINES\nRevenue DOUBLE MEASURE\nRevenue per Unit DOUBLE MEASURE of SALE_LINES\n# Lines INT64 MEASURE\n")
	b.service.Advanced = true
	b.equal(b.columns(viewer, false, bikesID), []string{"Shop VARCHAR ATTRIBUTE = shop_name of SHOPS", "City VARCHAR ATTRIBUTE = city of SHOPS", "Units INT64 MEASURE = units of SALE_LINES"})
	b.equal(b.columns(b.admin, false, bikesID), whole)
	b.service.Advanced = false

	// A worksheet that lost a table is shown, but says why it does not work only
	// to those who see what it stands on.
	b.update(func(tx searchlight.Tx) error { return tx.DeleteObject(itemsID) })
	b.contains(strings.Join(b.columns(b.admin, false, bikesID), "\n"), "City UNKNOWN ATTRIBUTE\n", "problem: worksheet->tables(3rd): Referenced table with name <b> ITEMS </b> not found.")
	got := strings.Join(b.columns(viewer, false, bikesID), "\n")
	b.contains(got, "City UNKNOWN ATTRIBUTE\n", "problem: it cannot be used until what it is built on is mended")
	b.lacks(got, "ITEMS")
	b.service.Advanced = true
	b.equal(b.columns(viewer, false, bikesID), []string{"problem: it cannot be used until what it is built on is mended"})
	b.service.Advanced = false

	incomplete := func(s *searchlight.Subject) (lines []string) {
		found, err := b.service.Incomplete(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range found.List {
			lines = append(lines, o.Header.Name+": "+strings.Join(o.Problems, ", "))
		}
		return lines
	}
	b.equal(incomplete(b.admin), []string{"Bike Sales: worksheet->tables(3rd): Referenced table with name <b> ITEMS </b> not found."})
	b.equal(incomplete(viewer), []string{"Bike Sales: it cannot be used until what it is built on is mended"})
	b.equal(incomplete(b.bob), []string(nil))
}

func TestDetailsOfOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	b.load(change(t, file(t, warehouseFile), `"password", "value": ""`, `"Password", "value": "hunter2 is secret"`))
	tag, err := b.service.CreateTag(t.Context(), b.admin, metadata.NewTag{Name: "Red"})
	if err != nil {
		t.Fatal(err)
	}
	describe := func(s *searchlight.Subject, kind searchlight.ObjectType, ids ...searchlight.GUID) (*metadata.Storables, error) {
		return b.service.Describe(t.Context(), s, metadata.DetailsRequest{Type: kind, IDs: ids})
	}
	found, err := describe(b.admin, searchlight.TypeConnection, warehouseID, searchlight.EmbeddedConnectionID)
	if err != nil {
		t.Fatal(err)
	}
	var properties []string
	for _, p := range found.List[0].Connection.Properties {
		properties = append(properties, fmt.Sprintf("%s=%s%x", p.Key, p.Value, p.Sealed))
	}
	b.equal(properties, []string{"host=db.pedal.example", "port=5432", "user=reader", "Password=", "database=PEDAL"})
	b.equal(len(found.List[1].Connection.Properties), 0)

	found, err = describe(b.admin, searchlight.TypePinboard, pinboardID)
	if err != nil {
		t.Fatal(err)
	}
	b.equal(names(found.List[0].Parts), "Cities")
	b.equal(found.Details.Authors[b.admin.User.ID].Name, "root")
	if found, err = describe(b.bob, searchlight.TypeTag, tag.ID); err != nil || found.List[0].Header.Name != "Red" {
		t.Errorf("a tag: %v", err)
	}
	for _, tt := range []struct {
		s    *searchlight.Subject
		kind searchlight.ObjectType
		id   searchlight.GUID
	}{
		{b.bob, searchlight.TypePinboard, pinboardID}, {b.bob, searchlight.TypeLogicalTable, bikesID}, {b.bob, searchlight.TypeConnection, warehouseID},
		{b.admin, searchlight.TypeAnswer, pinboardID}, {b.admin, searchlight.TypeTag, pinboardID}, {b.admin, searchlight.TypePinboard, tag.ID}, {b.admin, searchlight.TypeTag, absentID},
	} {
		_, err := describe(tt.s, tt.kind, tt.id)
		b.refused(err, searchlight.CodeForbidden, searchlight.ErrNoObject(tt.id).Error())
	}
	_, err = describe(b.admin, searchlight.TypeUser, b.bob.User.ID)
	b.refused(err, searchlight.CodeInvalid, "objects of type USER")
	_, err = describe(b.admin, searchlight.TypeTag)
	b.refused(err, searchlight.CodeInvalid, "no object")
	_, err = describe(b.admin, searchlight.TypeTag, make([]searchlight.GUID, 1)...)
	b.refused(err, searchlight.CodeForbidden, "no object")

	// A view is listed with its columns, though nothing is known of its content.
	b.update(func(tx searchlight.Tx) error {
		return tx.CreateObject(&searchlight.Object{Columns: []searchlight.ObjectColumn{{ID: absentID, Name: "x"}},
			Header: searchlight.Header{ID: freeID, Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeView, Name: "V", Author: b.ann.User.ID}})
	})
	b.equal(b.columns(b.ann, false, freeID), []string{"x UNKNOWN ATTRIBUTE", "problem: Searching a AGGR_WORKSHEET is not available yet; search a table or a worksheet"})
}

func TestDependents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	b.load("guid: "+string(freeID)+`
worksheet:
  name: Shops
  tables: [{name: SHOPS}]
  formulas: [{name: Big, expr: "[SHOPS::City] = 'Z'"}]
  filters: [{column: [Name], oper: '=', values: [x]}]
  worksheet_columns:
  - {name: Name, column_id: "SHOPS::Shop Name", properties: {is_hidden: true}}
  - {name: Big, formula_id: Big}
`, file(t, shopsFile)+rowSecurity+"    rules: [{name: r, expr: \"City = 'x'\"}]\n")
	joinID := func(owner searchlight.GUID, name string) searchlight.GUID {
		for _, j := range b.describe(b.admin, false, owner).Joins {
			if j.Header.Name == name {
				return j.Header.ID
			}
		}
		t.Fatalf("no join %s", name)
		return ""
	}
	ask := func(s *searchlight.Subject, kind searchlight.ObjectType, id searchlight.GUID) string {
		t.Helper()
		var answers []string
		for _, kind := range []searchlight.ObjectType{kind, ""} { // which finds out by itself
			found, err := b.service.Dependents(t.Context(), s, metadata.DependentsRequest{Type: kind, IDs: []searchlight.GUID{id}})
			if err != nil {
				t.Fatal(kind, err)
			}
			answers = append(answers, names(found.Of[id]))
		}
		b.equal(answers[1], answers[0])
		return answers[0]
	}
	const table, column, join = searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn, metadata.TypeLogicalRelationship
	for _, tt := range []struct {
		kind searchlight.ObjectType
		id   searchlight.GUID
		want string
	}{
		{table, shopsID, "Bike Sales, Overview, SALE_LINES, Shops"},
		{metadata.TypePhysicalTable, itemsID, "Bike Sales, SALE_LINES"},
		{table, bikesID, "Revenue"},
		{table, freeID, ""},
		{column, b.columnID(shopsID, "City"), "Bike Sales, Shops"}, // shown by one, in a formula of the other
		{column, b.columnID(shopsID, "Shop Name"), "Bike Sales, Shops"},
		{metadata.TypePhysicalColumn, b.columnID(shopsID, "Shop Id"), "Bike Sales, SALE_LINES"}, // by the join
		{column, b.columnID(linesID, "Units"), "Bike Sales"},
		{column, b.columnID(linesID, "Sold On"), "Bike Sales"},
		{column, b.columnID(itemsID, "List Price"), ""},
		{column, b.columnID(bikesID, "City"), ""},
		{join, joinID(linesID, "lines_to_shops"), "Bike Sales"},
	} {
		b.equal(ask(b.admin, tt.kind, tt.id), tt.want)
	}
	// Only what the subject may see, of what it may see.
	b.grant(shopsID, b.ann, searchlight.ReadOnly)
	b.grant(freeID, b.ann, searchlight.ReadOnly)
	b.grant(b.columnID(linesID, "Units"), b.ann, searchlight.ReadOnly)
	b.equal(ask(b.ann, table, shopsID), "SALE_LINES, Shops")
	b.equal(ask(b.ann, column, b.columnID(shopsID, "City")), "Shops")
	b.equal(ask(b.ann, column, b.columnID(linesID, "Units")), "")
	for _, tt := range []struct {
		kind searchlight.ObjectType
		id   searchlight.GUID
	}{
		{table, absentID}, {column, absentID}, {join, absentID}, {"", absentID}, {table, itemsID}, {"", itemsID}, {"", pinboardID}, {table, pinboardID}, {column, shopsID}, {join, shopsID},
		{column, b.columnID(itemsID, "Item Id")}, {"", b.columnID(itemsID, "Item Id")}, {column, b.columnID(linesID, "Shop Id")}, {"", b.columnID(linesID, "Shop Id")},
		{join, joinID(linesID, "lines_to_items")}, {"", joinID(linesID, "lines_to_items")}, {join, joinID(linesID, "lines_to_shops")},
	} {
		_, err := b.service.Dependents(t.Context(), b.ann, metadata.DependentsRequest{Type: tt.kind, IDs: []searchlight.GUID{tt.id}})
		b.refused(err, searchlight.CodeForbidden, searchlight.ErrNoObject(tt.id).Error())
	}
	_, err := b.service.Dependents(t.Context(), b.admin, metadata.DependentsRequest{Type: searchlight.TypeUser, IDs: []searchlight.GUID{absentID}})
	b.refused(err, searchlight.CodeInvalid, "objects of type USER have no dependents")

	found, err := b.service.Dependents(t.Context(), b.admin, metadata.DependentsRequest{IDs: []searchlight.GUID{shopsID, itemsID}, Offset: 1, Limit: 2})
	if err != nil {
		t.Fatal(err)
	}
	b.equal([]string{names(found.Of[shopsID]), names(found.Of[itemsID])}, []string{"Overview, SALE_LINES", "SALE_LINES"})
}

func TestGroupsThatShowAPinboard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	b.grant(pinboardID, b.ann, searchlight.ReadOnly)
	team, other := searchlight.GUID("00000000-0000-4000-9000-000000000021"), searchlight.GUID("00000000-0000-4000-9000-000000000022")
	b.update(func(tx searchlight.Tx) error {
		for id, name := range map[searchlight.GUID]string{team: "team", other: "others"} {
			if err := tx.CreateGroup(&searchlight.Group{ID: id, Name: name, Type: searchlight.LocalGroup, Visibility: searchlight.Sharable, Pinboards: []searchlight.GUID{pinboardID}}); err != nil {
				return err
			}
		}
		return nil
	})
	ann := *b.ann
	ann.Groups = []searchlight.GUID{team}
	for _, tt := range []struct {
		s    *searchlight.Subject
		want string
	}{{b.admin, "others, team"}, {&ann, "team"}} {
		found, err := b.service.DefaultOf(t.Context(), tt.s, []searchlight.GUID{pinboardID})
		if err != nil {
			t.Fatal(err)
		}
		b.equal(names(found.Of[pinboardID]), tt.want)
	}
	for s, id := range map[*searchlight.Subject]searchlight.GUID{b.bob: pinboardID, b.ann: answerID, b.admin: absentID} {
		_, err := b.service.DefaultOf(t.Context(), s, []searchlight.GUID{id})
		b.refused(err, searchlight.CodeForbidden, searchlight.ErrNoObject(id).Error())
	}
}

package metadata_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// The objects of this file beside the fixtures.
const (
	answerID   searchlight.GUID = "00000000-0000-4000-9000-000000000011" // on Bike Sales
	pinboardID searchlight.GUID = "00000000-0000-4000-9000-000000000012"
	tileID     searchlight.GUID = "00000000-0000-4000-9000-000000000013" // of the pinboard, on SHOPS
	absentID   searchlight.GUID = "ffffffff-0000-4000-9000-000000000014"
)

func (b *bench) update(f func(searchlight.Tx) error) {
	b.Helper()
	if err := b.store.Update(b.Context(), f); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) view(f func(searchlight.Tx) error) {
	b.Helper()
	if err := b.store.View(b.Context(), f); err != nil {
		b.Fatal(err)
	}
}

// loadContent adds an answer and a pinboard of the administrator to the
// fixtures.
func (b *bench) loadContent() {
	b.Helper()
	b.loadFixtures()
	b.update(func(tx searchlight.Tx) error {
		for _, o := range []*searchlight.Object{
			{Header: searchlight.Header{ID: answerID, Type: searchlight.TypeAnswer, Name: "Revenue"}, References: []searchlight.GUID{bikesID}},
			{Header: searchlight.Header{ID: pinboardID, Type: searchlight.TypePinboard, Name: "Overview"}},
			{Header: searchlight.Header{ID: tileID, Type: searchlight.TypeVisualization, Name: "Cities", Owner: pinboardID}, References: []searchlight.GUID{shopsID}},
		} {
			o.Author = b.admin.User.ID
			if err := tx.CreateObject(o); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *bench) grant(object searchlight.GUID, s *searchlight.Subject, level searchlight.Level) {
	b.Helper()
	b.update(func(tx searchlight.Tx) error {
		return tx.SetGrant(searchlight.Grant{Object: object, Principal: s.User.ID, Level: level, GrantedBy: b.admin.User.ID})
	})
}

// columnID is the GUID of a column of an object, as the store has it.
func (b *bench) columnID(object searchlight.GUID, name string) searchlight.GUID {
	b.Helper()
	for _, c := range b.object(object).Columns {
		if c.Name == name {
			return c.ID
		}
	}
	b.Fatalf("there is no column %s", name)
	return ""
}

// events are what the audit log says since a number of records: type, outcome
// and data of each.
func (b *bench) events(from int) (list []string) {
	b.Helper()
	n := 0
	b.view(func(tx searchlight.Tx) error {
		if _, err := searchlight.VerifyAudit(tx); err != nil {
			return err
		}
		return b.readLog(tx, func(kind, user string, data map[string]any) {
			if n++; n <= from {
				return
			}
			text := kind + " " + user
			for _, key := range slices.Sorted(maps.Keys(data)) {
				switch key {
				case "outcome", "requestId", "userAgent", "authMethod", "sessionHash":
					if key == "outcome" && data[key] == "FAILURE" {
						text += " failed"
					}
					continue
				}
				value, err := json.Marshal(data[key])
				if err != nil {
					b.Fatal(err)
				}
				text += fmt.Sprintf(" %s=%s", key, value)
			}
			list = append(list, text)
		})
	})
	return list
}

func (b *bench) readLog(tx searchlight.Tx, visit func(kind, user string, data map[string]any)) error {
	now := tx.Now()
	return tx.AuditLog(now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0), func(r *searchlight.Record) error {
		var entry struct {
			Type, UserName string
			Data           map[string]any
		}
		if err := json.Unmarshal(r.Entry, &entry); err != nil {
			return err
		}
		visit(entry.Type, entry.UserName, entry.Data)
		return nil
	})
}

func (b *bench) logged() int { return len(b.events(0)) }

func (b *bench) since(from int, want ...string) {
	b.Helper()
	b.equal(b.events(from), want)
}

// refused fails the test unless an error has a code and its message holds a
// text.
func (b *bench) refused(err error, code searchlight.ErrorCode, text string) {
	b.Helper()
	if err == nil || searchlight.CodeOf(err) != code || !strings.Contains(err.Error(), text) {
		b.Errorf("got %v, want %s with %q", err, code, text)
	}
}

func names(headers []searchlight.Header) string {
	var list []string
	for _, h := range headers {
		list = append(list, h.Name)
	}
	return strings.Join(list, ", ")
}

func TestColumnsAreObjects(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.load(files(t, allFiles...)[:4]...)
	b.load(change(t, file(t, bikesFile), "{name: City, column_id: \"SHOPS_1::City\", properties: {column_type: ATTRIBUTE", "{name: City, column_id: \"SHOPS_1::City\", properties: {column_type: ATTRIBUTE, is_hidden: true"))
	var columns []string
	for _, c := range b.object(bikesID).Columns {
		columns = append(columns, fmt.Sprintf("%s %t %t", c.Name, c.Hidden, c.Formula))
	}
	b.equal(columns, []string{"Shop false false", "City true false", "Item false false", "Category false false", "Sold On false false", "Channel false false", "Units false false",
		"Revenue false false", "Revenue per Unit false true", "# Lines false true", "Ticket Size false true"})
	city := b.columnID(shopsID, "City")
	b.grant(city, b.ann, searchlight.ReadOnly)
	b.load(change(t, file(t, shopsFile), "name: City", "name: Town")) // is the same column
	b.equal(b.columnID(shopsID, "Town"), city)
	b.view(func(tx searchlight.Tx) error {
		h, err := tx.Column(city)
		b.equal([]string{h.Name, string(h.Owner)}, []string{"Town", string(shopsID)})
		return err
	})
	flights := b.sync(upload("flights", "a:INT64 b:VARCHAR"))[0].ID
	b.equal(len(b.object(flights).Columns), 2)
	a := b.columnID(flights, "a")
	b.sync(upload("flights", "c:DATE a:INT64"))
	b.equal([]searchlight.GUID{b.columnID(flights, "a"), b.object(flights).Columns[0].ID}, []searchlight.GUID{a, b.columnID(flights, "c")})
}

func TestListing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.load(change(t, file(t, itemsFile), `"name": "Category", "db_column_name": "category", "properties": {`, `"name": "Category", "db_column_name": "category", "properties": {"is_hidden": true, `),
		change(t, file(t, linesFile), "name: Channel\n    db_column_name: channel\n    properties:\n", "name: Channel\n    db_column_name: channel\n    properties:\n      is_hidden: true\n"))
	if _, err := b.service.CreateTag(b.Context(), b.admin, metadata.NewTag{Name: "Red", ClientState: json.RawMessage(`{"color":"#ff0000"}`)}); err != nil {
		t.Fatal(err)
	}
	b.grant(itemsID, b.ann, searchlight.Modify)
	b.grant(linesID, b.ann, searchlight.ReadOnly)
	viewer := b.user(7, "viewer")
	b.grant(itemsID, viewer, searchlight.Modify)
	b.grant(b.columnID(linesID, "Units"), viewer, searchlight.ReadOnly)
	list := func(s *searchlight.Subject, q searchlight.ListQuery, types ...searchlight.ObjectType) string {
		t.Helper()
		q.Types, q.Sort = types, searchlight.SortName
		page, err := b.service.List(b.Context(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		full, err := b.service.ListFull(b.Context(), s, q)
		if err != nil {
			t.Fatal(err)
		}
		b.equal(full.Headers, page.Headers)
		return names(page.Headers)
	}
	column := searchlight.TypeLogicalColumn
	hidden := searchlight.ListQuery{ShowHidden: true}
	items := searchlight.ListQuery{Pattern: "item", ShowHidden: true}
	for _, tt := range []struct {
		s    *searchlight.Subject
		q    searchlight.ListQuery
		want string
	}{
		{viewer, searchlight.ListQuery{}, "Item Id, Item Name, List Price, Units"},
		{viewer, hidden, "Item Id, Item Name, List Price, Units"}, // does not manage data
		{b.ann, searchlight.ListQuery{}, "Item Id, Item Id, Item Name, List Price, Net Amount, Shop Id, Sold On, Units"},
		{b.ann, hidden, "Category, Item Id, Item Id, Item Name, List Price, Net Amount, Shop Id, Sold On, Units"}, // may not change SALE_LINES
		{b.ann, items, "Item Id, Item Id, Item Name"},
		{b.ann, searchlight.ListQuery{ShowHidden: true, Limit: 2, Offset: 1}, "Item Id, Item Id"},
		{b.ann, searchlight.ListQuery{ShowHidden: true, Skip: []searchlight.GUID{b.columnID(itemsID, "Category")}, Limit: 1}, "Item Id"},
		{b.admin, searchlight.ListQuery{ShowHidden: true, Pattern: "C%"}, "Category, Category, Channel, Channel, City, City"},
	} {
		b.equal(list(tt.s, tt.q, column), tt.want)
	}

	// Where data is accessed along the whole way, of a worksheet those columns
	// are listed that details show and searches take, by its author too.
	b.grant(bikesID, viewer, searchlight.ReadOnly)
	worksheets := searchlight.ListQuery{Fetch: nil}
	for _, c := range b.object(bikesID).Columns {
		worksheets.Fetch = append(worksheets.Fetch, c.ID)
	}
	page := worksheets
	page.Offset, page.Limit = 1, 2
	const whole = "# Lines, Category, Channel, City, Item, Revenue, Revenue per Unit, Shop, Sold On, Ticket Size, Units"
	b.equal(list(viewer, worksheets, column), whole)
	b.service.Advanced = true
	b.equal(list(viewer, searchlight.ListQuery{}, column), "Category, Item, Item Id, Item Name, List Price, Units, Units")
	b.equal(list(viewer, worksheets, column), "Category, Item, Units")
	b.equal(list(viewer, page, column), "Item, Units")
	b.equal(list(viewer, hidden, column), "Category, Item, Item Id, Item Name, List Price, Units, Units")
	b.equal(list(b.ann, worksheets, column), "")
	b.grant(bikesID, b.ann, searchlight.ReadOnly)
	b.equal(list(b.ann, worksheets, column), "# Lines, Category, Channel, Item, Revenue, Revenue per Unit, Sold On, Ticket Size, Units") // not those of SHOPS
	b.equal(list(b.admin, worksheets, column), whole)
	b.service.Advanced = false

	for _, s := range []*searchlight.Subject{b.admin, viewer} {
		b.equal(list(s, searchlight.ListQuery{}, searchlight.TypeTag), "Red")
	}
	full, err := b.service.ListFull(b.Context(), viewer, searchlight.ListQuery{Types: []searchlight.ObjectType{searchlight.TypeTag}})
	if err != nil {
		t.Fatal(err)
	}
	tag := full.Headers[0].ID
	b.equal(string(full.States[tag]), `{"color":"#ff0000"}`)
	b.equal(full.Details.Authors, map[searchlight.GUID]searchlight.Author{b.admin.User.ID: {Name: "root", DisplayName: "root"}})
	b.equal(list(viewer, searchlight.ListQuery{Category: searchlight.CategoryMine}, searchlight.TypeTag), "")
}

func TestImportsAreAudited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	ids := func(list ...searchlight.GUID) string { text, _ := json.Marshal(list); return string(text) }
	b.since(0, "TML_IMPORTED root failed=0 objIds="+`{"connection":`+ids(warehouseID)+`,"table":`+ids(shopsID, itemsID, linesID)+`,"worksheet":`+ids(bikesID)+`}`,
		"CREATE_CONNECTION root objIds="+ids(warehouseID)+` objType="DATA_SOURCE"`,
		"CREATE_MODEL root objIds="+ids(bikesID)+` objType="LOGICAL_TABLE"`,
		"CREATE_TABLES root objIds="+ids(shopsID, itemsID, linesID)+` objType="LOGICAL_TABLE"`)

	at := b.logged()
	b.load(change(t, file(t, warehouseFile), "db.pedal.example", "db2.pedal.example"), change(t, file(t, bikesFile), "is_bypass_rls: false", "is_bypass_rls: true"))
	b.since(at, "TML_IMPORTED root failed=0 objIds="+`{"connection":`+ids(warehouseID)+`,"worksheet":`+ids(bikesID)+`}`,
		"EDIT_CONNECTION root objIds="+ids(warehouseID)+` objType="DATA_SOURCE"`,
		"UPDATE_MODEL root objIds="+ids(bikesID)+` objType="LOGICAL_TABLE"`,
		"RLS_BYPASS_CHANGED root bypass=true worksheet="+strings.Trim(ids(bikesID), "[]"))

	at = b.logged()
	b.load(change(t, file(t, shopsFile), "name: City", "name: Town")) // the worksheet follows
	b.since(at, "TML_IMPORTED root failed=0 objIds="+`{"table":`+ids(shopsID)+`}`, "UPDATE_MODEL root objIds="+ids(bikesID)+` objType="LOGICAL_TABLE"`)

	rule := func(rules string) string {
		return change(t, file(t, shopsFile), "name: City", "name: Town") + rowSecurity + "    rules: " + rules + "\n"
	}
	table := strings.Trim(ids(shopsID), "[]")
	whole := "TML_IMPORTED root failed=0 objIds=" + `{"table":` + ids(shopsID) + `}`
	for _, step := range []struct {
		rules string
		want  []string
	}{
		{`[{name: a, expr: "Town = 'x'"}, {name: b, expr: "Town = 'x'"}]`, []string{whole, `CREATE_RLS_RULE root rules=["a","b"] table=` + table}},
		{`[{name: a, expr: "Town = 'y'"}, {name: c, expr: "Town = 'x'"}]`, []string{whole, `CREATE_RLS_RULE root rules=["c"] table=` + table,
			`UPDATE_RLS_RULE root rules=["a"] table=` + table, `DELETE_RLS_RULES root rules=["b"] table=` + table}},
		{`[{name: a, expr: "Town = 'y'"}, {name: c, expr: "Town = 'x'"}]`, []string{whole}},
		{`[]`, []string{whole, `DELETE_RLS_RULES root rules=["a","c"] table=` + table}},
	} {
		at = b.logged()
		b.load(rule(step.rules))
		b.since(at, step.want...)
	}

	at = b.logged()
	before := b.version()
	b.try("hello", "world")
	b.request(metadata.ImportRequest{Policy: metadata.AllOrNone, Documents: []string{file(t, itemsFile), "hello"}})
	b.request(metadata.ImportRequest{Policy: metadata.ValidateOnly, Documents: []string{file(t, itemsFile)}})
	b.since(at, "TML_IMPORTED root failed=2 objIds={} failed"+` reason="no document could be imported"`, "TML_IMPORTED root failed=2 objIds={} failed"+` reason="no document could be imported"`)

	at = b.logged()
	b.export(metadata.ExportRequest{IDs: []searchlight.GUID{shopsID, absentID}})
	b.export(metadata.ExportRequest{IDs: []searchlight.GUID{absentID}})
	b.since(at, "TML_EXPORTED root failed=1 objIds="+ids(shopsID), `TML_EXPORTED root failed=1 objIds=[] failed reason="no object could be exported"`)
	b.equal(b.version(), before)

	at = b.logged()
	h, err := b.service.FinishUpload(b.Context(), b.ann, upload("flights", "a:INT64"), 7)
	if err != nil {
		t.Fatal(err)
	}
	b.equal([]any{h.Name, h.Author}, []any{"flights", b.ann.User.ID})
	b.since(at, fmt.Sprintf(`CSV_UPLOAD_FINISHED ann name="flights" rows=7 table="%s"`, h.ID))
}

package metadata_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	const table, pinboard, connection = searchlight.TypeLogicalTable, searchlight.TypePinboard, searchlight.TypeConnection
	ids := func(list ...searchlight.GUID) []searchlight.GUID { return list }
	text := func(list []searchlight.GUID) string { text, _ := json.Marshal(list); return string(text) }
	for _, tt := range []struct {
		name   string
		as     string // ann may change everything, vera see everything
		kind   searchlight.ObjectType
		ids    []searchlight.GUID
		code   searchlight.ErrorCode // empty: they are deleted
		text   string
		events []string
	}{
		{name: "an answer", as: "ann", kind: searchlight.TypeAnswer, ids: ids(answerID), events: []string{`DELETE_ANSWERS ann objIds=` + text(ids(answerID)) + ` objType="QUESTION_ANSWER_BOOK"`}},
		{name: "a pinboard", as: "ann", kind: pinboard, ids: ids(pinboardID, pinboardID), events: []string{`DELETE_PINBOARDS ann objIds=` + text(ids(pinboardID)) + ` objType="PINBOARD_ANSWER_BOOK"`}},
		{name: "by a viewer", as: "vera", kind: pinboard, ids: ids(pinboardID), code: searchlight.CodeForbidden, text: "you may see " + string(pinboardID) + " but not do this"},
		{name: "by a stranger", as: "bob", kind: pinboard, ids: ids(pinboardID), code: searchlight.CodeForbidden, text: "there is no object " + string(pinboardID)},
		{name: "nothing there", as: "root", kind: pinboard, ids: ids(absentID), code: searchlight.CodeForbidden, text: "there is no object " + string(absentID)},
		{name: "under another type", as: "root", kind: pinboard, ids: ids(shopsID), code: searchlight.CodeForbidden, text: "there is no object " + string(shopsID)},
		{name: "one of which is not there", as: "root", kind: table, ids: ids(bikesID, absentID), code: searchlight.CodeForbidden, text: "there is no object " + string(absentID)},
		{name: "a worksheet in use", as: "ann", kind: table, ids: ids(bikesID), code: searchlight.CodeInvalid, text: "Bike Sales cannot be deleted, because these are built on it: Revenue. Delete"},
		{name: "a table in use", as: "root", kind: table, ids: ids(shopsID), code: searchlight.CodeInvalid, text: "SHOPS cannot be deleted, because these are built on it: Bike Sales, Overview, SALE_LINES."},
		{name: "of which something stays", as: "root", kind: table, ids: ids(bikesID, shopsID, linesID), code: searchlight.CodeInvalid, text: "Revenue"},
		{name: "a connection in use", as: "root", kind: connection, ids: ids(warehouseID), code: searchlight.CodeInvalid, text: "ITEMS, SALE_LINES, SHOPS."},
		{name: "the built-in connection", as: "root", kind: connection, ids: ids(searchlight.EmbeddedConnectionID), code: searchlight.CodeInvalid, text: "the built-in connection"},
		{name: "a user", as: "root", kind: searchlight.TypeUser, ids: ids(absentID), code: searchlight.CodeInvalid, text: "objects of type USER cannot be deleted here"},
		{name: "a tag, by others", as: "ann", kind: searchlight.TypeTag, ids: ids(absentID), code: searchlight.CodeForbidden, text: "ADMINISTRATION"},
		{name: "no objects", as: "root", kind: table, code: searchlight.CodeInvalid, text: "no object"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.loadContent()
			vera := b.user(7, "vera")
			for _, id := range ids(warehouseID, shopsID, itemsID, linesID, bikesID, answerID, pinboardID) {
				b.grant(id, b.ann, searchlight.Modify)
				b.grant(id, vera, searchlight.ReadOnly)
			}
			before, at := b.version(), b.logged()
			err := b.service.Delete(t.Context(), map[string]*searchlight.Subject{"root": b.admin, "ann": b.ann, "bob": b.bob, "vera": vera}[tt.as], tt.kind, tt.ids)
			if tt.code == "" {
				if err != nil || b.version() != before+1 {
					t.Errorf("%v, version %d after %d", err, b.version(), before)
				}
				for _, id := range tt.ids {
					if b.exists(id) {
						t.Errorf("%s is there", id)
					}
				}
				b.since(at, tt.events...)
				return
			}
			b.refused(err, tt.code, tt.text)
			if b.version() != before || b.logged() != at {
				t.Error("something was changed")
			}
		})
	}
}

func TestDeleteTogether(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	if err := b.service.Delete(t.Context(), b.admin, searchlight.TypePinboard, []searchlight.GUID{pinboardID}); err != nil {
		t.Fatal(err)
	}
	if b.exists(tileID) {
		t.Error("a part of a deleted pinboard is there")
	}
	if err := b.service.Delete(t.Context(), b.admin, searchlight.TypeAnswer, []searchlight.GUID{answerID}); err != nil {
		t.Fatal(err)
	}
	at := b.logged()
	if err := b.service.Delete(t.Context(), b.admin, searchlight.TypeLogicalTable, []searchlight.GUID{shopsID, itemsID, linesID, bikesID}); err != nil {
		t.Fatal(err)
	}
	b.since(at, fmt.Sprintf(`DELETE_MODEL root objIds=["%s"] objType="LOGICAL_TABLE"`, bikesID),
		fmt.Sprintf(`DELETE_TABLES root objIds=["%s","%s","%s"] objType="LOGICAL_TABLE"`, shopsID, itemsID, linesID))
	at = b.logged()
	if err := b.service.Delete(t.Context(), b.admin, searchlight.TypeConnection, []searchlight.GUID{warehouseID}); err != nil {
		t.Fatal(err)
	}
	b.since(at, fmt.Sprintf(`DELETE_CONNECTION root objIds=["%s"] objType="DATA_SOURCE"`, warehouseID))
	b.loadFixtures() // under the same GUIDs
}

// TestDependentsOfADeletionAreNotNamed deletes what invisible objects are built
// on.
func TestDependentsOfADeletionAreNotNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	b.grant(shopsID, b.ann, searchlight.Modify)
	remove := func() error {
		return b.service.Delete(t.Context(), b.ann, searchlight.TypeLogicalTable, []searchlight.GUID{shopsID})
	}
	b.refused(remove(), searchlight.CodeInvalid, "built on it: some others. Delete")
	b.grant(pinboardID, b.ann, searchlight.ReadOnly)
	b.grant(b.columnID(linesID, "Units"), b.ann, searchlight.ReadOnly)
	b.refused(remove(), searchlight.CodeInvalid, "built on it: Overview, SALE_LINES, some others. Delete")
	b.update(func(tx searchlight.Tx) error {
		for i := range 30 {
			id := searchlight.GUID(fmt.Sprintf("00000000-0000-4000-9000-0000000001%02d", i))
			o := &searchlight.Object{References: []searchlight.GUID{shopsID}, Header: searchlight.Header{ID: id, Type: searchlight.TypeAnswer, Name: fmt.Sprintf("A%02d", i), Author: b.ann.User.ID}}
			if err := tx.CreateObject(o); err != nil {
				return err
			}
		}
		return nil
	})
	b.refused(remove(), searchlight.CodeInvalid, "built on it: A00, A01, A02, A03, A04, A05, A06, A07, A08, A09, A10, A11, A12, A13, A14, A15, A16, A17, A18, A19, 12 more, some others. Delete")
}

// TestT21DeletingDropsNoRules would make a table anew without its rules.
func TestT21DeletingDropsNoRules(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadFixtures()
	b.load("guid: " + string(freeID) + `
table:
  name: TARGETS
  db: PEDAL
  schema: retail
  db_table: targets
  connection: {name: Pedal Warehouse}
  columns: [{name: Target, db_column_name: target, db_column_properties: {data_type: DOUBLE}, properties: {column_type: MEASURE}}]
  rls_rules: {rules: [{name: r, expr: "Target > 1"}, {name: s, expr: "ts_username = 'x'"}]}
`)
	b.grant(freeID, b.ann, searchlight.Modify)
	b.grant(bikesID, b.ann, searchlight.Modify)
	both := []searchlight.GUID{bikesID, freeID}
	b.refused(b.service.Delete(t.Context(), b.ann, searchlight.TypeLogicalTable, both), searchlight.CodeForbidden, "needs the privilege BYPASSRLS")
	if !b.exists(bikesID) || !b.exists(freeID) {
		t.Error("something was deleted")
	}
	exempt := b.user(9, "exempt", searchlight.PrivilegeBypassRLS)
	b.grant(freeID, exempt, searchlight.Modify)
	at := b.logged()
	if err := b.service.Delete(t.Context(), exempt, searchlight.TypeLogicalTable, both[1:]); err != nil {
		t.Fatal(err)
	}
	b.since(at, fmt.Sprintf(`DELETE_RLS_RULES exempt rules=["r","s"] table="%s"`, freeID), fmt.Sprintf(`DELETE_TABLES exempt objIds=["%s"] objType="LOGICAL_TABLE"`, freeID))
}

func TestLoadedTablesGoWithTheirObjects(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	headers := b.sync(upload("flights", "a:INT64"), upload("airports", "b:INT64"), upload("planes", "c:INT64"))
	remove := func(ids ...searchlight.GUID) error {
		return b.service.Delete(t.Context(), b.ann, searchlight.TypeLogicalTable, ids)
	}
	if err := remove(headers[0].ID, headers[1].ID); err != nil {
		t.Fatal(err)
	}
	b.equal(b.databases.dropped, []string{"flights", "airports"})
	b.refused(remove(headers[2].ID, absentID), searchlight.CodeForbidden, "there is no object")
	b.databases.busy = searchlight.Errorf(searchlight.CodeConflict, "it is being loaded")
	b.refused(remove(headers[2].ID), searchlight.CodeConflict, "it is being loaded")
	if !b.exists(headers[2].ID) {
		t.Error("the object of a table that stays is gone")
	}
	b.equal(len(b.databases.dropped), 2)
	// It comes to have rules, or goes, while others wait for the table.
	b.databases.busy = nil
	b.databases.meanwhile = func() {
		b.databases.meanwhile = nil
		if err := b.service.Delete(t.Context(), b.admin, searchlight.TypeLogicalTable, []searchlight.GUID{headers[2].ID}); err != nil {
			t.Error(err)
		}
	}
	b.refused(remove(headers[2].ID), searchlight.CodeForbidden, "there is no object")
	b.equal(b.databases.dropped, []string{"flights", "airports", "planes"})
}

func TestTags(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	create := func(s *searchlight.Subject, name string) (*searchlight.Object, error) {
		return b.service.CreateTag(t.Context(), s, metadata.NewTag{Name: name, Description: new("d"), ClientState: json.RawMessage(`{"color":"#ff0000"}`)})
	}
	at := b.logged()
	red, err := create(b.admin, " Red ")
	if err != nil {
		t.Fatal(err)
	}
	b.equal([]any{red.Name, *red.Description, red.Author, red.Owner, string(red.Content), red.Version}, []any{"Red", "d", b.admin.User.ID, red.ID, `{"color":"#ff0000"}`, int64(1)})
	blue, err := create(b.admin, "Sales Team")
	if err != nil {
		t.Fatal(err)
	}
	b.since(at, fmt.Sprintf(`TAGS_CHANGED root name="Red" tag="%s"`, red.ID), fmt.Sprintf(`TAGS_CHANGED root name="Sales Team" tag="%s"`, blue.ID))
	_, err = create(b.admin, "RED")
	b.refused(err, searchlight.CodeInvalid, "there is a tag RED already")
	_, err = create(b.admin, "  ")
	b.refused(err, searchlight.CodeInvalid, "1 to 500 bytes")
	_, err = create(b.ann, "RED")
	b.refused(err, searchlight.CodeForbidden, "ADMINISTRATION")

	city := b.columnID(shopsID, "City")
	b.grant(pinboardID, b.ann, searchlight.Modify)
	b.grant(answerID, b.ann, searchlight.ReadOnly)
	b.grant(city, b.ann, searchlight.Modify)
	b.grant(b.columnID(shopsID, "Shop Id"), b.ann, searchlight.ReadOnly)
	tagged := func(kind searchlight.ObjectType, id searchlight.GUID) metadata.Tagged {
		return metadata.Tagged{Type: kind, ID: id}
	}
	pinboard, column := tagged(searchlight.TypePinboard, pinboardID), tagged(searchlight.TypeLogicalColumn, city)
	tagsOf := func(id searchlight.GUID) (list []string) {
		b.view(func(tx searchlight.Tx) error {
			tags, err := tx.Tags(id)
			for _, tag := range tags[id] {
				list = append(list, tag.Name)
			}
			return err
		})
		return list
	}
	at = b.logged()
	both := metadata.Tagging{Objects: []metadata.Tagged{pinboard, column}, IDs: []searchlight.GUID{red.ID}, Names: []string{"sales team", "red"}}
	if err := b.service.Tag(t.Context(), b.ann, both); err != nil {
		t.Fatal(err)
	}
	b.equal([][]string{tagsOf(pinboardID), tagsOf(city)}, [][]string{{"Red", "Sales Team"}, {"Red", "Sales Team"}})
	b.equal(len(b.events(at)), 1)
	for _, tt := range []struct {
		objects []metadata.Tagged
		ids     []searchlight.GUID
		names   []string
		code    searchlight.ErrorCode
		text    string
	}{
		{[]metadata.Tagged{pinboard}, nil, nil, searchlight.CodeInvalid, "no tag is given"},
		{nil, nil, []string{"Red"}, searchlight.CodeInvalid, "no object"},
		{[]metadata.Tagged{pinboard}, nil, []string{"Green"}, searchlight.CodeInvalid, "there is no tag Green"},
		{[]metadata.Tagged{pinboard}, []searchlight.GUID{absentID}, nil, searchlight.CodeInvalid, "there is no tag " + string(absentID)},
		{[]metadata.Tagged{pinboard}, []searchlight.GUID{bikesID}, nil, searchlight.CodeInvalid, "there is no tag " + string(bikesID)},
		{[]metadata.Tagged{tagged(searchlight.TypeTag, red.ID)}, nil, []string{"Red"}, searchlight.CodeInvalid, "cannot have tags"},
		{[]metadata.Tagged{pinboard, tagged(searchlight.TypeAnswer, answerID)}, nil, []string{"Red"}, searchlight.CodeForbidden, "you may see " + string(answerID)},
		{[]metadata.Tagged{pinboard, tagged(searchlight.TypeLogicalTable, bikesID)}, nil, []string{"Red"}, searchlight.CodeForbidden, "there is no object " + string(bikesID)},
		{[]metadata.Tagged{pinboard, tagged(searchlight.TypeLogicalTable, shopsID)}, nil, []string{"Red"}, searchlight.CodeForbidden, "you may see " + string(shopsID)},
		{[]metadata.Tagged{pinboard, tagged(searchlight.TypeLogicalTable, pinboardID)}, nil, []string{"Red"}, searchlight.CodeForbidden, "there is no object " + string(pinboardID)},
		{[]metadata.Tagged{pinboard, tagged(searchlight.TypeLogicalColumn, b.columnID(shopsID, "Shop Id"))}, nil, []string{"Red"}, searchlight.CodeForbidden, "you may see "},
		{[]metadata.Tagged{pinboard, tagged(searchlight.TypeLogicalColumn, b.columnID(shopsID, "Shop Name"))}, nil, []string{"Red"}, searchlight.CodeForbidden, "there is no object "},
		{[]metadata.Tagged{pinboard, tagged(searchlight.TypeLogicalColumn, shopsID)}, nil, []string{"Red"}, searchlight.CodeForbidden, "there is no object " + string(shopsID)},
	} {
		before := b.version()
		for _, off := range []bool{false, true} {
			b.refused(b.service.Tag(t.Context(), b.ann, metadata.Tagging{Objects: tt.objects, IDs: tt.ids, Names: tt.names, Off: off}), tt.code, tt.text)
		}
		b.equal(b.version(), before)
	}
	if err := b.service.Tag(t.Context(), b.ann, metadata.Tagging{Objects: both.Objects, Names: []string{"RED"}, Off: true}); err != nil {
		t.Fatal(err)
	}
	b.equal([][]string{tagsOf(pinboardID), tagsOf(city)}, [][]string{{"Sales Team"}, {"Sales Team"}})
	at = b.logged()
	if err := b.service.Delete(t.Context(), b.admin, searchlight.TypeTag, []searchlight.GUID{blue.ID}); err != nil {
		t.Fatal(err)
	}
	b.since(at, fmt.Sprintf(`TAGS_CHANGED root objIds=["%s"] objType="TAG"`, blue.ID))
	b.equal(len(tagsOf(pinboardID)), 0)
}

func TestFavorites(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	b.grant(pinboardID, b.ann, searchlight.ReadOnly)
	favorites := func(s *searchlight.Subject) string {
		page, err := b.service.List(t.Context(), s, searchlight.ListQuery{Category: searchlight.CategoryFavorite})
		if err != nil {
			t.Fatal(err)
		}
		return names(page.Headers)
	}
	add := func(s *searchlight.Subject, user searchlight.GUID, kind searchlight.ObjectType, ids ...searchlight.GUID) error {
		return b.service.AddFavorites(t.Context(), s, user, kind, ids)
	}
	const pinboard, answer = searchlight.TypePinboard, searchlight.TypeAnswer
	at := b.logged()
	if err := add(b.ann, "", pinboard, pinboardID); err != nil {
		t.Fatal(err)
	}
	b.since(at, fmt.Sprintf(`FAVORITES_CHANGED ann added=["%s"] user="%s"`, pinboardID, b.ann.User.ID))
	for _, tt := range []struct {
		s    *searchlight.Subject
		user searchlight.GUID
		kind searchlight.ObjectType
		id   searchlight.GUID
		code searchlight.ErrorCode
		text string
	}{
		{b.ann, "", answer, answerID, searchlight.CodeForbidden, "there is no object"},
		{b.ann, "", answer, absentID, searchlight.CodeForbidden, "there is no object"},
		{b.ann, "", answer, pinboardID, searchlight.CodeForbidden, "there is no object"},
		{b.ann, b.bob.User.ID, pinboard, pinboardID, searchlight.CodeForbidden, "ADMINISTRATION"},
		{b.ann, absentID, pinboard, pinboardID, searchlight.CodeForbidden, "ADMINISTRATION"},
		{b.admin, absentID, pinboard, pinboardID, searchlight.CodeNotFound, "there is no user"},
		{b.admin, b.bob.User.ID, pinboard, pinboardID, searchlight.CodeForbidden, "there is no object"}, // for him
	} {
		b.refused(add(tt.s, tt.user, tt.kind, tt.id), tt.code, tt.text)
	}
	b.grant(pinboardID, b.bob, searchlight.ReadOnly)
	if err := add(b.admin, b.bob.User.ID, pinboard, pinboardID); err != nil {
		t.Fatal(err)
	}
	b.equal([]string{favorites(b.ann), favorites(b.bob), favorites(b.admin)}, []string{"Overview", "Overview", ""})
	remove := func(s *searchlight.Subject, user searchlight.GUID, ids ...searchlight.GUID) error {
		return b.service.RemoveFavorites(t.Context(), s, user, ids)
	}
	b.refused(remove(b.bob, b.ann.User.ID, pinboardID), searchlight.CodeForbidden, "ADMINISTRATION")
	for _, err := range []error{remove(b.bob, "", pinboardID, absentID, answerID), remove(b.admin, b.ann.User.ID, pinboardID)} {
		if err != nil {
			t.Error(err)
		}
	}
	b.equal([]string{favorites(b.ann), favorites(b.bob)}, []string{"", ""})
}

func TestHomePinboard(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.loadContent()
	b.grant(pinboardID, b.ann, searchlight.ReadOnly)
	home := func(s *searchlight.Subject) searchlight.GUID {
		id, err := b.service.HomePinboard(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	set := func(s *searchlight.Subject, user, id searchlight.GUID) error {
		return b.service.SetHomePinboard(t.Context(), s, user, id)
	}
	b.equal(home(b.ann), searchlight.GUID(""))
	at := b.logged()
	if err := set(b.ann, "", pinboardID); err != nil {
		t.Fatal(err)
	}
	b.since(at, fmt.Sprintf(`PREFERENCES_CHANGED ann pinboard="%s" user="%s"`, pinboardID, b.ann.User.ID))
	b.equal(home(b.ann), pinboardID)
	for _, tt := range []struct {
		s        *searchlight.Subject
		user, id searchlight.GUID
		code     searchlight.ErrorCode
		text     string
	}{
		{b.bob, "", pinboardID, searchlight.CodeForbidden, "there is no object"},
		{b.bob, "", absentID, searchlight.CodeForbidden, "there is no object"},
		{b.admin, "", answerID, searchlight.CodeForbidden, "there is no object"},
		{b.admin, "", tileID, searchlight.CodeForbidden, "there is no object"},
		{b.bob, b.ann.User.ID, pinboardID, searchlight.CodeForbidden, "ADMINISTRATION"},
		{b.admin, b.bob.User.ID, pinboardID, searchlight.CodeForbidden, "there is no object"},
		{b.admin, absentID, pinboardID, searchlight.CodeNotFound, "there is no user"},
		{b.admin, searchlight.SuperUserID, pinboardID, searchlight.CodeForbidden, "su is built in"},
	} {
		b.refused(set(tt.s, tt.user, tt.id), tt.code, tt.text)
	}
	if err := set(b.admin, b.ann.User.ID, ""); err != nil || home(b.ann) != "" {
		t.Errorf("%v, home %s", err, home(b.ann))
	}
	if err := set(b.admin, b.ann.User.ID, pinboardID); err != nil || home(b.ann) != pinboardID {
		t.Errorf("%v, home %s", err, home(b.ann))
	}
	// It is none any more when it cannot be seen, or is gone.
	b.update(func(tx searchlight.Tx) error { return tx.DeleteGrant(pinboardID, b.ann.User.ID) })
	b.equal(home(b.ann), searchlight.GUID(""))
	b.grant(pinboardID, b.ann, searchlight.ReadOnly)
	b.equal(home(b.ann), pinboardID)
	if err := b.service.Delete(t.Context(), b.admin, searchlight.TypePinboard, []searchlight.GUID{pinboardID}); err != nil {
		t.Fatal(err)
	}
	b.equal(home(b.ann), searchlight.GUID(""))
}

package sharing_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/sharing"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

var start = time.Date(2024, 9, 24, 10, 30, 0, 0, time.UTC)

// The people of the world. All but those in other, secret and nobody are in
// the group sales, and so see each other; wendy is in its subgroup west.
//
//	ada     made every object
//	eddie   may change every object
//	vera    may see every object
//	col     was granted one column of the table
//	rob     has nothing; he manages data
//	norm    has nothing
//	sam     SHAREWITHALL, may change every object, and is in no other group
//	bob     may change every object, but his group takes sharing away
//	ina     is inactive
//	sid     shares with ada only a group that is not shareable
//	xeno    is in no group
//
// Every object has a name of its own, which is what tests call it by.
const (
	noAccess = searchlight.NoAccess
	partial  = searchlight.PartialAccess
	readOnly = searchlight.ReadOnly
	modify   = searchlight.Modify
)

type world struct {
	*testing.T
	store   searchlight.Store
	service *sharing.Service
	ids     map[string]searchlight.GUID
	names   map[searchlight.GUID]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{T: t, store: store, ids: map[string]searchlight.GUID{}, names: map[searchlight.GUID]string{}}
	w.service = &sharing.Service{Store: store, PublicURL: "https://bi.example.com"}
	for name, id := range map[string]searchlight.GUID{"All": searchlight.AllGroupID, "Administrator": searchlight.AdminGroupID, "tsadmin": searchlight.AdminUserID} {
		w.ids[name], w.names[id] = id, name
	}
	w.update(func(tx searchlight.Tx) error {
		w.addPrincipals(tx)
		w.addObjects(tx)
		return nil
	})
	for _, object := range objects {
		w.grant(object, "eddie", modify)
		w.grant(object, "sam", modify)
		w.grant(object, "bob", modify)
		w.grant(object, "vera", readOnly)
	}
	w.grant("region", "col", readOnly)
	return w
}

// objects can be shared whole.
var objects = []string{"answer", "pinboard", "table", "upload", "worksheet", "view", "sql view", "connection"}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) update(f func(searchlight.Tx) error) {
	w.Helper()
	w.must(w.store.Update(w.Context(), f))
}

// id makes the GUID of a name, or returns the one that it has.
func (w *world) id(name string) searchlight.GUID {
	if id, ok := w.ids[name]; ok {
		return id
	}
	id := searchlight.GUID(fmt.Sprintf("00000000-0000-4000-8000-%012x", len(w.ids)+1))
	w.ids[name], w.names[id] = id, name
	return id
}

func (w *world) addGroup(tx searchlight.Tx, name string, visibility searchlight.Visibility, privileges ...searchlight.Privilege) {
	w.Helper()
	w.must(tx.CreateGroup(&searchlight.Group{ID: w.id(name), Name: name, DisplayName: strings.ToUpper(name), Type: searchlight.LocalGroup,
		Visibility: visibility, Privileges: privileges, Author: searchlight.AdminUserID, Created: start, Modified: start}))
}

func (w *world) addUser(tx searchlight.Tx, name string, state searchlight.UserState, groups ...string) {
	w.Helper()
	var in []searchlight.GUID
	for _, g := range groups {
		in = append(in, w.id(g))
	}
	w.must(tx.CreateUser(&searchlight.User{ID: w.id(name), Name: name, DisplayName: strings.ToUpper(name[:1]) + name[1:], Email: name + "@example.com",
		Type: searchlight.LocalUser, State: state, Visibility: searchlight.Sharable, Created: start, Modified: start}, in...))
}

func (w *world) addPrincipals(tx searchlight.Tx) {
	w.Helper()
	w.addGroup(tx, "sales", searchlight.Sharable)
	w.addGroup(tx, "west", searchlight.Sharable)
	w.addGroup(tx, "other", searchlight.Sharable)
	w.addGroup(tx, "secret", searchlight.NonSharable)
	w.addGroup(tx, "data", searchlight.Sharable, searchlight.PrivilegeDataManagement)
	w.addGroup(tx, "data east", searchlight.Sharable)
	w.addGroup(tx, "sharers", searchlight.NonSharable, searchlight.PrivilegeShareWithAll)
	w.addGroup(tx, "blocked", searchlight.NonSharable, searchlight.PrivilegeNoPinboards)
	w.must(tx.SetGroupParents(map[searchlight.GUID][]searchlight.GUID{w.id("west"): {w.id("sales")}, w.id("data east"): {w.id("data")}}))
	w.addUser(tx, "ada", searchlight.UserActive, "sales", "secret", "data east")
	w.addUser(tx, "eddie", searchlight.UserActive, "sales")
	w.addUser(tx, "vera", searchlight.UserActive, "sales")
	w.addUser(tx, "col", searchlight.UserActive, "sales")
	w.addUser(tx, "rob", searchlight.UserActive, "sales", "data")
	w.addUser(tx, "norm", searchlight.UserActive, "sales")
	w.addUser(tx, "wendy", searchlight.UserActive, "west")
	w.addUser(tx, "ina", searchlight.UserInactive, "sales")
	w.addUser(tx, "sam", searchlight.UserActive, "sharers")
	w.addUser(tx, "bob", searchlight.UserActive, "sales", "blocked")
	w.addUser(tx, "otto", searchlight.UserActive, "other")
	w.addUser(tx, "sid", searchlight.UserActive, "secret")
	w.addUser(tx, "xeno", searchlight.UserActive)
}

func (w *world) addObjects(tx searchlight.Tx) {
	w.Helper()
	add := func(name string, t searchlight.ObjectType, subtype searchlight.Subtype, columns ...searchlight.ObjectColumn) *searchlight.Object {
		o := &searchlight.Object{Content: json.RawMessage(`{}`), Columns: columns, Header: searchlight.Header{
			ID: w.id(name), Type: t, Subtype: subtype, Name: name, Author: w.id("ada"), Created: start, Modified: start, ModifiedBy: w.id("ada"), Owner: w.id(name)}}
		return o
	}
	column := func(name string) searchlight.ObjectColumn {
		return searchlight.ObjectColumn{ID: w.id(name), Name: name}
	}
	hidden := searchlight.ObjectColumn{ID: w.id("hidden"), Name: "hidden", Hidden: true}
	tile := add("tile", searchlight.TypeVisualization, "")
	tile.Owner = w.id("pinboard")
	for _, o := range []*searchlight.Object{
		add("answer", searchlight.TypeAnswer, ""),
		add("pinboard", searchlight.TypePinboard, ""),
		tile,
		add("table", searchlight.TypeLogicalTable, searchlight.SubtypeTable, column("region"), column("salary"), hidden),
		add("upload", searchlight.TypeLogicalTable, searchlight.SubtypeUpload),
		add("worksheet", searchlight.TypeLogicalTable, searchlight.SubtypeWorksheet, column("ws region")),
		add("view", searchlight.TypeLogicalTable, searchlight.SubtypeView),
		add("sql view", searchlight.TypeLogicalTable, searchlight.SubtypeSQLView),
		add("connection", searchlight.TypeConnection, ""),
	} {
		w.must(tx.CreateObject(o))
	}
}

// grant writes what ada shared before the test.
func (w *world) grant(object, principal string, level searchlight.Level) {
	w.Helper()
	w.grantBy("ada", object, principal, level)
}

func (w *world) grantBy(by, object, principal string, level searchlight.Level) {
	w.Helper()
	w.update(func(tx searchlight.Tx) error {
		return tx.SetGrant(searchlight.Grant{Object: w.id(object), Principal: w.id(principal), Level: level, GrantedBy: w.id(by)})
	})
}

// grants lists the grants on an object or column, as "rob READ_ONLY by ada",
// without those of newWorld.
func (w *world) grants(object string) []string {
	w.Helper()
	list := []string{}
	w.must(w.store.View(w.Context(), func(tx searchlight.Tx) error {
		grants, err := tx.Grants(w.id(object))
		for _, g := range grants {
			text := w.names[g.Principal] + " " + g.Level.ShareMode() + " by " + w.names[g.GrantedBy]
			if !slices.Contains([]string{"eddie MODIFY by ada", "sam MODIFY by ada", "bob MODIFY by ada", "vera READ_ONLY by ada", "col READ_ONLY by ada"}, text) {
				list = append(list, text)
			}
		}
		return err
	}))
	slices.Sort(list)
	return list
}

func (w *world) subject(name string) *searchlight.Subject {
	w.Helper()
	var s *searchlight.Subject
	w.must(w.store.View(w.Context(), func(tx searchlight.Tx) (err error) {
		s, err = tx.Subject(w.id(name))
		return err
	}))
	return s
}

var typesOfObjects = map[string]searchlight.ObjectType{
	"answer": searchlight.TypeAnswer, "pinboard": searchlight.TypePinboard, "connection": searchlight.TypeConnection,
	"region": searchlight.TypeLogicalColumn, "salary": searchlight.TypeLogicalColumn, "hidden": searchlight.TypeLogicalColumn,
	"ws region": searchlight.TypeLogicalColumn,
}

func typeOf(object string) searchlight.ObjectType {
	if t, ok := typesOfObjects[object]; ok {
		return t
	}
	return searchlight.TypeLogicalTable
}

// share shares one object, with principals given as name and level in turn.
func (w *world) share(subject *searchlight.Subject, object string, levels ...any) error {
	w.Helper()
	r := sharing.ShareRequest{Type: typeOf(object), Objects: []searchlight.GUID{w.id(object)}, Levels: map[searchlight.GUID]searchlight.Level{}}
	for i := 0; i < len(levels); i += 2 {
		r.Levels[w.id(levels[i].(string))] = levels[i+1].(searchlight.Level)
	}
	_, err := w.service.Share(w.Context(), subject, r)
	return err
}

// message is the sentence of an error with names in the place of ids; "" for
// none.
func (w *world) message(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for id, name := range w.names {
		text = strings.ReplaceAll(text, string(id), name)
	}
	return text
}

func (w *world) equal(what string, got, want any) {
	w.Helper()
	if g, s := fmt.Sprintf("%v", got), fmt.Sprintf("%v", want); g != s {
		w.Errorf("%s:\n got %s\nwant %s", what, g, s)
	}
}

// events lists what is in the audit log, as the data of each entry.
func (w *world) events(ctx context.Context) []map[string]any {
	w.Helper()
	var list []map[string]any
	w.must(w.store.View(ctx, func(tx searchlight.Tx) error {
		return tx.AuditLog(start.Add(-time.Hour), start.Add(time.Hour), func(r *searchlight.Record) error {
			var entry struct {
				Type string
				Data map[string]any
			}
			if err := json.Unmarshal(r.Entry, &entry); err != nil {
				return err
			}
			maps.DeleteFunc(entry.Data, func(key string, _ any) bool {
				return !slices.Contains([]string{"objIds", "objType", "permissions", "outcome"}, key)
			})
			entry.Data["type"] = entry.Type
			list = append(list, entry.Data)
			return nil
		})
	}))
	return list
}

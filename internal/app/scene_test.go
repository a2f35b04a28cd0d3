package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/metadata"
)

// scene is a set of people and objects of their own, under names by which the
// tables of the tests call them:
//
//	author      made the objects
//	other       has no share
//	reader      may see each object
//	editor      may change each object
//	member      is in the group team, which may see each object
//	admin       is in the group Administrator
//	target      is whom calls are about; all but author and admin know it
//
// The objects are the connection, the tables of two files with the columns
// region, amount and margin (which is hidden), called table and lookup and
// joined by join, the worksheet over the first of them, the view over the
// worksheet, the answer, and the pinboard with the tile. The tag is on none of
// them.
type scene struct {
	*world
	n      int
	ids    map[string]string // also of names
	cookie map[string]string
	filled bool

	begun   time.Time
	spoiled bool
}

// people are the actors of a scene but for nobody.
var people = []string{"other", "reader", "editor", "member", "admin"}

// newScene makes a scene whose people other than author, admin and target hold
// privileges. Nothing is shared yet.
func (w *world) newScene(holding ...searchlight.Privilege) *scene {
	w.t.Helper()
	w.pass(90 * time.Second) // refusals are noted once a minute
	s := &scene{world: w, n: int(w.scenes.Add(1)), ids: map[string]string{}, cookie: map[string]string{}, begun: w.now()}
	w.update(func(tx searchlight.Tx) error {
		s.addGroup(tx, "team", searchlight.Sharable)
		s.addGroup(tx, "circle", searchlight.Sharable)
		s.addGroup(tx, "spare", searchlight.Sharable)
		s.addGroup(tx, "power", searchlight.NonSharable, holding...)
		s.addUser(tx, "author")
		s.addUser(tx, "target", "circle")
		for _, name := range []string{"other", "reader", "editor"} {
			s.addUser(tx, name, "circle", "power")
		}
		s.addUser(tx, "member", "circle", "power", "team")
		s.addUser(tx, "admin")
		s.must(tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{s.id("admin"): {searchlight.AdminGroupID}}))
		s.addObjects(tx)
		for _, name := range people {
			s.cookie[name] = w.session(tx, s.id(name))
		}
		return nil
	})
	return s
}

// stage is a scene for a row, whose people hold the privileges of the row: the
// one of an earlier row, unless that was changed or this one prepares its own.
func (w *world) stage(row *access) *scene {
	w.t.Helper()
	if row.before != nil {
		s := w.newSharedScene(row.holding...)
		row.before(s)
		return s
	}
	return w.reuse(fmt.Sprint(row.holding), func() *scene { return w.newSharedScene(row.holding...) })
}

// reuse is the scene that was made under a key, as long as it is as it was and
// the sessions of its people last.
func (w *world) reuse(key string, fresh func() *scene) *scene {
	w.t.Helper()
	s := w.stages[key]
	if s == nil || s.spoiled || w.now().Sub(s.begun) > time.Hour {
		s = fresh()
		w.stages[key] = s
	}
	w.pass(90 * time.Second) // refusals are noted once a minute
	return s
}

// spoil says that a scene is not as it was.
func (s *scene) spoil() { s.spoiled = true }

// newSharedScene makes a scene whose objects are shared as it says.
func (w *world) newSharedScene(holding ...searchlight.Privilege) *scene {
	w.t.Helper()
	s := w.newScene(holding...)
	w.update(func(tx searchlight.Tx) error {
		for _, object := range shared {
			s.grant(tx, object, "reader", searchlight.ReadOnly)
			s.grant(tx, object, "editor", searchlight.Modify)
			s.grant(tx, object, "team", searchlight.ReadOnly)
		}
		return nil
	})
	return s
}

// shared are the objects of a scene that the people were given.
var shared = []string{"connection", "lookup", "table", "worksheet", "view", "answer", "pinboard"}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// id is the GUID of a name, which it gets when it has none.
func (s *scene) id(name string) searchlight.GUID {
	if s.ids[name] == "" {
		s.ids[name] = string(searchlight.NewGUID())
	}
	return searchlight.GUID(s.ids[name])
}

// called is the name that a thing has on the server; all of them are equally
// long in every scene.
func (s *scene) called(name string) string {
	called := fmt.Sprintf("%s-%05d", name, s.n)
	s.ids[name+"Name"] = called
	return called
}

func (s *scene) addGroup(tx searchlight.Tx, name string, v searchlight.Visibility, privileges ...searchlight.Privilege) {
	s.t.Helper()
	called := s.called(name)
	s.must(tx.CreateGroup(&searchlight.Group{ID: s.id(name), Name: called, DisplayName: called, Type: searchlight.LocalGroup, Visibility: v,
		Privileges: privileges, Author: searchlight.AdminUserID, Created: tx.Now(), Modified: tx.Now(), ModifiedBy: searchlight.AdminUserID}))
}

func (s *scene) addUser(tx searchlight.Tx, name string, groups ...string) {
	s.t.Helper()
	var in []searchlight.GUID
	for _, g := range groups {
		in = append(in, s.id(g))
	}
	called := s.called(name)
	s.must(tx.CreateUser(&searchlight.User{ID: s.id(name), Name: called, DisplayName: called, Email: called + "@example.com", Type: searchlight.LocalUser,
		State: searchlight.UserActive, Visibility: searchlight.Sharable, PasswordHash: s.hash, Author: searchlight.AdminUserID,
		Created: tx.Now(), Modified: tx.Now(), ModifiedBy: searchlight.AdminUserID}, in...))
}

func (s *scene) grant(tx searchlight.Tx, object, principal string, level searchlight.Level) {
	s.t.Helper()
	s.must(tx.SetGrant(searchlight.Grant{Object: s.id(object), Principal: s.id(principal), Level: level, GrantedBy: s.id("author")}))
}

// object writes an object of the author.
func (s *scene) object(tx searchlight.Tx, name string, h searchlight.Header, content any, on ...string) {
	s.t.Helper()
	text, err := json.Marshal(content)
	s.must(err)
	h.ID, h.Name, h.Author, h.ModifiedBy, h.Created, h.Modified = s.id(name), s.called(name), s.id("author"), s.id("author"), tx.Now(), tx.Now()
	if h.Owner == "" {
		h.Owner = h.ID
	}
	o := &searchlight.Object{Header: h, Content: text}
	for _, beneath := range on {
		o.References = append(o.References, s.id(beneath))
	}
	switch c := content.(type) {
	case searchlight.Table:
		for _, column := range c.Columns {
			o.Columns = append(o.Columns, searchlight.ObjectColumn{ID: column.ID, Name: column.Name, Hidden: column.Properties.Hidden != nil})
		}
	case searchlight.Worksheet:
		for _, column := range c.Columns {
			o.Columns = append(o.Columns, searchlight.ObjectColumn{ID: column.ID, Name: column.Name})
		}
	}
	s.must(tx.CreateObject(o))
}

func (s *scene) addObjects(tx searchlight.Tx) {
	s.t.Helper()
	s.ids["embedded"] = string(searchlight.EmbeddedConnectionID)
	s.object(tx, "connection", searchlight.Header{Type: searchlight.TypeConnection, ConnectionType: searchlight.PostgresConnectionType},
		searchlight.Connection{Type: searchlight.PostgresConnectionType, Authentication: "SERVICE_ACCOUNT", Properties: []searchlight.ConnectionProperty{
			{Key: "host", Value: "db.example.com"}, {Key: "user", Value: "reporting"}, {Key: "database", Value: "sales"}}})
	s.object(tx, "lookup", s.tableHeader("lookup"), s.tableContent("lookup"), "embedded")
	joined := s.tableContent("table")
	joined.Joins = []searchlight.TableJoin{{ID: s.id("join"), Name: "to_lookup", Destination: s.id("lookup"), Type: searchlight.JoinLeftOuter,
		On: "[" + s.called("table") + "::region] = [" + s.ids["lookupName"] + "::region]"}}
	s.object(tx, "table", s.tableHeader("table"), joined, "embedded", "lookup")
	s.object(tx, "worksheet", searchlight.Header{Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeWorksheet, Connection: searchlight.EmbeddedConnectionID},
		s.worksheetContent("table"), "table")
	s.object(tx, "view", searchlight.Header{Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeView}, map[string]any{}, "worksheet")
	s.object(tx, "answer", searchlight.Header{Type: searchlight.TypeAnswer}, map[string]any{}, "worksheet")
	s.object(tx, "pinboard", searchlight.Header{Type: searchlight.TypePinboard}, map[string]any{}, "worksheet")
	s.object(tx, "tile", searchlight.Header{Type: searchlight.TypeVisualization, Owner: s.id("pinboard")}, map[string]any{})
	s.object(tx, "tag", searchlight.Header{Type: searchlight.TypeTag}, map[string]any{})
}

// tableHeader is of a table of the built-in store.
func (s *scene) tableHeader(name string) searchlight.Header {
	return searchlight.Header{Type: searchlight.TypeLogicalTable, Subtype: searchlight.SubtypeUpload, Connection: searchlight.EmbeddedConnectionID,
		Database: "searchlight", Schema: duckdbengine.Schema, PhysicalTable: s.called(name)}
}

func (s *scene) tableContent(name string) searchlight.Table {
	hidden := true
	return searchlight.Table{Columns: []searchlight.TableColumn{
		{ID: s.id(name + "Region"), Name: "region", PhysicalName: "region", Type: datatype.Varchar, Properties: searchlight.ColumnProperties{Role: datatype.Attribute}},
		{ID: s.id(name + "Amount"), Name: "amount", PhysicalName: "amount", Type: datatype.Double,
			Properties: searchlight.ColumnProperties{Role: datatype.Measure, Aggregation: datatype.Sum}},
		{ID: s.id(name + "Margin"), Name: "margin", PhysicalName: "margin", Type: datatype.Double,
			Properties: searchlight.ColumnProperties{Role: datatype.Measure, Aggregation: datatype.Sum, Hidden: &hidden}},
	}}
}

func (s *scene) worksheetContent(table string) searchlight.Worksheet {
	return searchlight.Worksheet{
		Tables: []searchlight.WorksheetTable{{Table: s.id(table), Alias: s.called(table)}}, Progressive: true,
		Paths: []searchlight.TablePath{{ID: "facts", Table: s.called(table), JoinPaths: [][]string{{}}}},
		Columns: []searchlight.WorksheetColumn{
			{ID: s.id("worksheetRegion"), Name: "Region", ColumnID: "facts::region", Properties: searchlight.ColumnProperties{Role: datatype.Attribute}},
			{ID: s.id("worksheetAmount"), Name: "Amount", ColumnID: "facts::amount",
				Properties: searchlight.ColumnProperties{Role: datatype.Measure, Aggregation: datatype.Sum}},
		},
	}
}

// rows are what the table of a scene holds.
const rows = "region,amount,margin\neast,1,0.5\nwest,2,0.25\nsouth,4,0.125\n"

// fill makes the table in the built-in store.
func (s *scene) fill() {
	s.t.Helper()
	if s.filled {
		return
	}
	s.filled = true
	name := `"` + s.ids["tableName"] + `"`
	s.must(s.Embedded().Update(context.Background(), func(tx *duckdbengine.Tx) error {
		for _, sql := range []string{
			`CREATE TABLE ` + name + ` (region VARCHAR, amount DOUBLE, margin DOUBLE)`,
			`INSERT INTO ` + name + ` VALUES ('east', 1, 0.5), ('west', 2, 0.25), ('south', 4, 0.125)`,
		} {
			if _, err := tx.Exec(context.Background(), engine.Statement{SQL: sql}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// document is an object as TML, changed by edit.
func (s *scene) document(name string, edit func(body map[string]any)) string {
	s.t.Helper()
	ctx := context.Background()
	operator, err := s.Operator(ctx)
	s.must(err)
	results, err := s.Metadata.Export(ctx, metadata.ExportRequest{Subject: operator, IDs: []searchlight.GUID{s.id(name)}, JSON: true, FQN: true})
	s.must(err)
	if results[0].Status.Code == metadata.StatusError {
		s.t.Fatalf("%s: %s", name, results[0].Status.Message)
	}
	var whole map[string]any
	s.must(json.Unmarshal([]byte(results[0].Document), &whole))
	edit(whole[results[0].Kind].(map[string]any))
	text, err := json.Marshal(whole)
	s.must(err)
	return string(text)
}

// expand puts the ids and names of a scene where $name stands, and splits
// key=value&key=value.
func (s *scene) expand(parameters string) (pairs []string) {
	s.t.Helper()
	if parameters == "" {
		return nil
	}
	for pair := range strings.SplitSeq(parameters, "&") {
		key, value, _ := strings.Cut(pair, "=")
		pairs = append(pairs, key, os.Expand(value, s.value))
	}
	return pairs
}

func (s *scene) value(name string) string {
	if v, ok := s.ids[name]; ok {
		return v
	}
	prepare, ok := prepared[name]
	if !ok {
		s.t.Fatalf("there is no $%s", name)
	}
	return prepare(s)
}

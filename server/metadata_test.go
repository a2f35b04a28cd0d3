package server_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/server"
)

// What mlopez has made in an objectsBench, beside pinboard, tile, savedView,
// salesTable with the column region, and redTag, which is tsadmin's.
const (
	warehouse   = "b41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b10"
	regionTable = "b41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b11"
	amount      = "b41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b12" // a column of salesTable
	code        = "b41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b13" // a column of regionTable
	toRegions   = "b41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b14" // a join of salesTable
	shown       = "b41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b15" // a column of the worksheet retail
)

// newObjectsBench is a bench with objects in a real service, and tokens by user
// name. viewer and friend are in the group team with mlopez, stranger is not.
func newObjectsBench(t *testing.T) (*bench, map[string]string) {
	t.Helper()
	b := newBench(t, func(c *server.Config) { c.Modeler = &metadata.Service{Store: c.Store.(searchlight.Store)} })
	object := func(id searchlight.GUID, kind searchlight.ObjectType, subtype searchlight.Subtype, name string, content any, references ...searchlight.GUID) *searchlight.Object {
		text, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		return &searchlight.Object{Content: text, References: references, Header: searchlight.Header{ID: id, Type: kind, Subtype: subtype, Name: name, Author: b.user}}
	}
	role := func(r datatype.Role) searchlight.ColumnProperties { return searchlight.ColumnProperties{Role: r} }
	connection := object(warehouse, searchlight.TypeConnection, "", "Warehouse", searchlight.Connection{Type: searchlight.PostgresConnectionType, Properties: []searchlight.ConnectionProperty{
		{Key: "host", Value: "db.example"}, {Key: "password", Sealed: []byte("canary")}}})
	connection.ConnectionType = searchlight.PostgresConnectionType
	sales := object(salesTable, searchlight.TypeLogicalTable, searchlight.SubtypeTable, "Sales", searchlight.Table{
		Columns: []searchlight.TableColumn{
			{ID: region, Name: "Region", PhysicalName: "region", Type: datatype.Varchar, Properties: role(datatype.Attribute)},
			{ID: amount, Name: "Amount", Description: "in CHF", PhysicalName: "amount", Type: datatype.Double,
				Properties: searchlight.ColumnProperties{Role: datatype.Measure, Synonyms: []string{"turnover"}, SpotIQ: "EXCLUDE", IndexType: "DONT_INDEX", IndexPriority: 2.5, IsAttributionDimension: new(false)}},
		},
		Joins: []searchlight.TableJoin{{ID: toRegions, Name: "to_regions", Destination: regionTable, On: "[Sales::Region] = [Regions::Code]", Type: searchlight.JoinLeftOuter}},
	}, warehouse, regionTable)
	sales.Columns = []searchlight.ObjectColumn{{ID: region, Name: "Region"}, {ID: amount, Name: "Amount"}}
	regions := object(regionTable, searchlight.TypeLogicalTable, searchlight.SubtypeTable, "Regions", searchlight.Table{
		Columns: []searchlight.TableColumn{{ID: code, Name: "Code", PhysicalName: "code", Type: datatype.Varchar, Properties: role(datatype.Attribute)}},
	}, warehouse)
	regions.Columns = []searchlight.ObjectColumn{{ID: code, Name: "Code"}}
	for _, o := range []*searchlight.Object{sales, regions} {
		o.Connection, o.Database, o.Schema, o.PhysicalTable = warehouse, "db", "public", o.Name
	}
	worksheet := object(retail, searchlight.TypeLogicalTable, searchlight.SubtypeWorksheet, "Retail", searchlight.Worksheet{
		Tables: []searchlight.WorksheetTable{{Table: salesTable, Alias: "Sales"}}, Paths: []searchlight.TablePath{{ID: "Sales_1", Table: "Sales"}},
		Columns: []searchlight.WorksheetColumn{{ID: shown, Name: "Turnover", ColumnID: "Sales_1::Amount", Properties: searchlight.ColumnProperties{Role: datatype.Measure, Aggregation: datatype.Average}}},
	}, salesTable)
	worksheet.Connection, worksheet.Columns = warehouse, []searchlight.ObjectColumn{{ID: shown, Name: "Turnover"}}
	viz := object(tile, searchlight.TypeVisualization, "", "Revenue", struct{}{}, retail)
	viz.Owner = pinboard
	tag := object(redTag, searchlight.TypeTag, "", "Red", map[string]string{"color": "#ff0000"})
	tag.Author = searchlight.AdminUserID
	b.update(func(tx searchlight.Tx) error {
		owner, err := tx.User(b.user)
		if err != nil {
			return err
		}
		if err := tx.CreateGroup(&searchlight.Group{ID: team, Name: "team", DisplayName: "The Team", Type: searchlight.LocalGroup, Visibility: searchlight.Sharable, Pinboards: []searchlight.GUID{pinboard}}); err != nil {
			return err
		}
		groups := map[searchlight.GUID][]searchlight.GUID{b.user: {team}}
		for id, name := range map[searchlight.GUID]string{viewer: "viewer", friend: "friend", stranger: "stranger"} {
			if id != stranger {
				groups[id] = []searchlight.GUID{team}
			}
			if err := tx.CreateUser(&searchlight.User{ID: id, Name: name, DisplayName: "User " + name, Type: searchlight.LocalUser, Visibility: searchlight.Sharable,
				State: searchlight.UserActive, PasswordHash: owner.PasswordHash}); err != nil {
				return err
			}
		}
		if err := tx.SetUserGroups(groups); err != nil {
			return err
		}
		for _, o := range []*searchlight.Object{
			connection, sales, regions, worksheet,
			object(pinboard, searchlight.TypePinboard, "", "Pipeline", struct{}{}), viz,
			object(savedView, searchlight.TypeAnswer, "", "Orders", json.RawMessage(`{"reportContent":{"sheets":[{"sheetType":"QUESTION","sheetContent":{"question":{"text":"[Amount]"},"visualizations":[]}}]}}`), retail),
			tag,
		} {
			if err := tx.CreateObject(o); err != nil {
				return err
			}
		}
		return tx.TagObject(pinboard, redTag)
	})
	tokens := map[string]string{"tsadmin": b.tsadmin()}
	for _, name := range []string{userName, "viewer", "friend", "stranger"} {
		tokens[name] = b.signIn(name, password)
	}
	return b, tokens
}

func at(path string, pairs ...string) string { return base + path + "?" + form(pairs...) }

// full is the full header of an object of mlopez, made when the bench began.
func (b *bench) full(id, name string, more map[string]any) map[string]any {
	header := map[string]any{"id": id, "indexVersion": 1, "generationNum": 1, "name": name, "author": b.user, "authorName": userName, "authorDisplayName": "Maria Lopez",
		"created": start.UnixMilli(), "modified": start.UnixMilli(), "modifiedBy": b.user, "owner": id, "isDeleted": false, "isHidden": false, "isExternal": false, "isDeprecated": false, "tags": []any{}}
	for key, value := range more {
		header[key] = value
	}
	return header
}

func (b *bench) tableHeader(id, name string) map[string]any {
	return b.full(id, name, map[string]any{"type": "ONE_TO_ONE_LOGICAL", "isAutoCreated": false, "isAutoDelete": false, "databaseStripe": warehouse, "schemaStripe": "public"})
}

func (b *bench) pinboardHeader() map[string]any {
	red := b.full(redTag, "Red", map[string]any{"author": searchlight.AdminUserID, "authorName": "tsadmin", "authorDisplayName": "Administrator", "modifiedBy": searchlight.AdminUserID, "clientState": map[string]any{"color": "#ff0000"}})
	return b.full(pinboard, "Pipeline", map[string]any{"isAutoCreated": false, "isAutoDelete": false, "hasTabs": false, "modelVersion": "V1", "resolvedObjects": map[string]any{}, "tags": []any{red}})
}

func teamHeader() map[string]any {
	return map[string]any{"id": team, "indexVersion": 1, "generationNum": 1, "name": "team", "displayName": "The Team", "author": searchlight.SystemUserID,
		"created": start.UnixMilli(), "modified": start.UnixMilli(), "modifiedBy": searchlight.SystemUserID, "owner": team, "isDeleted": false, "isHidden": false,
		"isExternal": false, "isDeprecated": false, "tags": []any{}, "type": "LOCAL_GROUP"}
}

func (b *bench) worksheetHeader() map[string]any {
	return b.full(retail, "Retail", map[string]any{"type": "WORKSHEET", "isAutoCreated": false, "isAutoDelete": false})
}

func TestMetadataList(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	token := tokens[userName]
	answer := func(last bool, headers ...any) any {
		return map[string]any{"headers": headers, "isLastBatch": last, "debugInfo": map[string]any{}}
	}
	b.do(get(at("/metadata/list", "type", "PINBOARD_ANSWER_BOOK", "category", "ALL", "sort", "DEFAULT", "sortascending", "true", "offset", "-1", "batchsize", "-1"), token)).wantsJSON(t, answer(true, b.pinboardHeader()))
	b.do(get(at("/metadata/list", "type", "LOGICAL_TABLE", "sort", "NAME", "batchsize", "1", "offset", "1"), token)).wantsJSON(t, answer(false, b.worksheetHeader()))
	b.do(get(at("/metadata/list", "type", "LOGICAL_TABLE", "sort", "NAME", "batchsize", "1", "offset", "2"), token)).wantsJSON(t, answer(true, b.tableHeader(salesTable, "Sales")))
	b.do(get(at("/metadata/list", "type", "LOGICAL_TABLE", "sort", "NAME", "batchsize", "1", "offset", "3"), token)).wantsJSON(t, map[string]any{"headers": []any{}, "isLastBatch": true, "debugInfo": map[string]any{}})
	b.do(get(at("/metadata/list", "type", "LOGICAL_COLUMN", "pattern", "amount"), token)).wantsJSON(t, answer(true, b.full(amount, "Amount", map[string]any{"owner": salesTable})))
	b.do(get(at("/metadata/list", "type", "QUESTION_ANSWER_SHEET"), token)).wantsJSON(t, map[string]any{"headers": []any{}, "isLastBatch": true, "debugInfo": map[string]any{}})
	b.do(get(at("/metadata/list", "type", "TAG"), tokens["stranger"])).wantsJSON(t, answer(true, b.full(redTag, "Red", map[string]any{"author": searchlight.AdminUserID,
		"authorName": "tsadmin", "authorDisplayName": "Administrator", "modifiedBy": searchlight.AdminUserID, "clientState": map[string]any{"color": "#ff0000"}})))
	b.do(get(at("/metadata/list", "type", "USER_GROUP"), token)).wantsJSON(t, answer(true, teamHeader()))

	for parameters, want := range map[string]string{
		"type=LOGICAL_TABLE&sort=NAME":                             "Regions Retail Sales",
		"sort=NAME":                                                "Orders Pipeline Regions Retail Sales",
		"sort=NAME&author_guid=" + string(b.user):                  "Orders Pipeline Regions Retail Sales",
		"sort=NAME&authorguid=" + stranger:                         "",
		"type=LOGICAL_TABLE&subtypes=[WORKSHEET]":                  "Retail",
		"tagname=[red]":                                            "Pipeline",
		"type=LOGICAL_COLUMN&ownertypes=[LOGICAL_TABLE]&sort=NAME": "Amount Code Region Turnover",
		"type=LOGICAL_COLUMN&ownertypes=PINBOARD_ANSWER_BOOK":      "",
		"type=DATA_SOURCE":                                         "Warehouse",
		"category=FAVORITE":                                        "",
		"pattern=sales&showhidden=True":                            "Sales",
	} {
		var page struct{ Headers []struct{ Name string } }
		b.do(get(base+"/metadata/list?"+parameters, token)).decode(t, &page)
		var got []string
		for _, h := range page.Headers {
			got = append(got, h.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s", parameters, got)
		}
	}
	for _, tt := range []struct {
		name, value string
		status      int
		text        string
	}{
		{"type", "WORKSHEET", 500, "type must be"}, {"type", "LOGICAL_RELATIONSHIP", 400, "joins are not listed"}, {"subtypes", "[TABLE]", 400, "subtypes must be"}, {"category", "YOURS", 400, "category must be"},
		{"sort", "SIZE", 400, "sort must be"}, {"sortascending", "up", 400, "true or false"}, {"showhidden", "perhaps", 400, "true or false"}, {"authorguid", "me", 400, "GUIDs"},
		{"ownertypes", "[TAG]", 400, "ownertypes must be"}, {"batchsize", "many", 400, "whole number"}, {"fetchids", "x", 400, "GUIDs"},
	} {
		number := 10002
		if tt.status == 500 {
			number = 10000
		}
		b.do(get(at("/metadata/list", tt.name, tt.value), token)).wants(t, tt.status, number, tt.text)
	}
}

func TestPrincipalsAreListed(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	list := func(token string, pairs ...string) (names []string) {
		var headers []struct{ Name, DisplayName, Type, ID, Owner string }
		b.do(get(at("/metadata/listobjectheaders", pairs...), token)).decode(t, &headers)
		for _, h := range headers {
			names = append(names, h.Name+"/"+h.DisplayName+"/"+h.Type)
			if h.ID != h.Owner {
				t.Errorf("%s is owned by %s", h.ID, h.Owner)
			}
		}
		return names
	}
	for _, tt := range []struct {
		token string
		pairs []string
		want  []string
	}{
		{tokens["tsadmin"], []string{"type", "USER_GROUP", "pattern", "team"}, []string{"team/The Team/LOCAL_GROUP"}},
		{tokens["tsadmin"], []string{"type", "USER", "batchsize", "-1", "pattern", "User %"}, []string{"friend/User friend/LOCAL_USER", "stranger/User stranger/LOCAL_USER", "viewer/User viewer/LOCAL_USER"}},
		{tokens["viewer"], []string{"type", "USER", "pattern", "User "}, []string{"friend/User friend/LOCAL_USER", "viewer/User viewer/LOCAL_USER"}},
		{tokens["stranger"], []string{"type", "USER"}, []string{"stranger/User stranger/LOCAL_USER"}},
		{tokens["stranger"], []string{"type", "USER_GROUP"}, nil},
	} {
		if got := list(tt.token, tt.pairs...); !slices.Equal(got, tt.want) {
			t.Errorf("%v: got %v, want %v", tt.pairs, got, tt.want)
		}
	}
	a := b.do(get(at("/metadata/listobjectheaders", "type", "LOGICAL_COLUMN", "pattern", "Amount"), tokens[userName]))
	a.wantsJSON(t, []any{map[string]any{"id": amount, "name": "Amount", "author": b.user, "created": start.UnixMilli(), "modified": start.UnixMilli(), "modifiedBy": b.user, "owner": salesTable}})
}

func TestMetadataDetails(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	storable := func(header map[string]any, more map[string]any) map[string]any {
		s := map[string]any{"header": header, "complete": true, "incompleteDetail": []any{}}
		if kind, ok := header["type"]; ok {
			s["type"] = kind
		}
		for key, value := range more {
			s[key] = value
		}
		return s
	}
	column := func(id, owner, name string, more map[string]any) map[string]any {
		c := map[string]any{"header": b.full(id, name, map[string]any{"owner": owner}), "dataType": "VARCHAR", "type": "ATTRIBUTE", "isAdditive": false, "defaultAggrType": "NONE",
			"synonyms": []any{}, "indexType": "DEFAULT", "indexPriority": 1, "isAttributionDimension": true, "spotiqPreference": "DEFAULT", "sources": []any{}}
		for key, value := range more {
			c[key] = value
		}
		return c
	}
	ofSales := []any{map[string]any{"tableId": salesTable, "tableName": "Sales"}}
	regionColumn := column(region, salesTable, "Region", map[string]any{"physicalColumnName": "region", "sources": ofSales})
	amountColumn := column(amount, salesTable, "Amount", map[string]any{"header": b.full(amount, "Amount", map[string]any{"owner": salesTable, "description": "in CHF"}), "dataType": "DOUBLE", "type": "MEASURE",
		"isAdditive": true, "defaultAggrType": "SUM", "synonyms": []any{"turnover"}, "indexType": "DONT_INDEX", "indexPriority": 2.5, "isAttributionDimension": false, "spotiqPreference": "EXCLUDE",
		"physicalColumnName": "amount", "sources": ofSales})
	join := map[string]any{"header": b.full(toRegions, "to_regions", map[string]any{"owner": salesTable}), "type": "LEFT_OUTER", "sourceTable": salesTable, "sourceTableName": "Sales",
		"destinationTable": regionTable, "destinationTableName": "Regions", "on": "[Sales::Region] = [Regions::Code]"}
	salesBody := storable(b.tableHeader(salesTable, "Sales"), map[string]any{"dataSourceId": warehouse, "columns": []any{regionColumn, amountColumn}, "relationships": []any{join}})
	worksheetBody := func(sources []any, physical any) map[string]any {
		c := column(shown, retail, "Turnover", map[string]any{"dataType": "DOUBLE", "type": "MEASURE", "isAdditive": true, "defaultAggrType": "AVERAGE", "sources": sources})
		if physical != nil {
			c["physicalColumnName"] = physical
		}
		return storable(b.worksheetHeader(), map[string]any{"dataSourceId": warehouse, "columns": []any{c}, "relationships": []any{}})
	}
	connectionBody := storable(b.full(warehouse, "Warehouse", map[string]any{"type": "RDBMS_POSTGRES"}), map[string]any{"dataSourceContent": map[string]any{"configuration": map[string]any{"host": "db.example", "password": ""}}})
	tileHeader := b.full(tile, "Revenue", map[string]any{"owner": pinboard})
	pinboardBody := storable(b.pinboardHeader(), map[string]any{"reportContent": map[string]any{"sheets": []any{map[string]any{"sheetType": "PINBOARD",
		"sheetContent": map[string]any{"visualizations": []any{map[string]any{"header": tileHeader, "vizContent": map[string]any{"title": "Revenue"}}}}}}}})
	answerBody := storable(b.full(savedView, "Orders", map[string]any{"isAutoCreated": false, "isAutoDelete": false}), map[string]any{"reportContent": map[string]any{"sheets": []any{map[string]any{"sheetType": "QUESTION",
		"sheetContent": map[string]any{"question": map[string]any{"text": "[Amount]"}, "visualizations": []any{}}}}}})
	tagBody := storable(b.full(redTag, "Red", map[string]any{"author": searchlight.AdminUserID, "authorName": "tsadmin", "authorDisplayName": "Administrator", "modifiedBy": searchlight.AdminUserID,
		"clientState": map[string]any{"color": "#ff0000"}}), nil)
	token := tokens[userName]
	whole := func(storables ...any) any {
		return map[string]any{"storables": storables, "debugInfo": map[string]any{}}
	}
	for _, tt := range []struct {
		kind, id string
		want     any
	}{
		{"LOGICAL_TABLE", salesTable, salesBody}, {"LOGICAL_TABLE", retail, worksheetBody(ofSales, "amount")}, {"DATA_SOURCE", warehouse, connectionBody},
		{"PINBOARD_ANSWER_BOOK", pinboard, pinboardBody}, {"QUESTION_ANSWER_BOOK", savedView, answerBody}, {"TAG", redTag, tagBody},
	} {
		a := b.do(get(at("/metadata/details", "type", tt.kind, "id", `["`+tt.id+`"]`, "showhidden", "False", "dropquestiondetails", "False", "version", "-1"), token))
		a.wantsJSON(t, whole(tt.want))
		if strings.Contains(a.body, "canary") {
			t.Error("a secret is shown")
		}
		b.do(get(v1.InternalPrefix+"/metadata/detail/"+strings.ToUpper(tt.id)+"?type="+tt.kind, token)).wantsJSON(t, tt.want)
	}
	b.do(get(at("/metadata/details", "type", "LOGICAL_TABLE", "id", `['`+retail+`', '`+salesTable+`']`), token)).wantsJSON(t, whole(worksheetBody(ofSales, "amount"), salesBody))
	b.do(get(v1.InternalPrefix+"/metadata/listcolumns/"+salesTable, token)).wantsJSON(t, []any{regionColumn, amountColumn})

	// The parts that were shared.
	b.grant(retail, viewer, searchlight.ReadOnly)
	b.do(get(at("/metadata/details", "type", "LOGICAL_TABLE", "id", retail), tokens["viewer"])).wantsJSON(t, whole(worksheetBody([]any{}, nil)))
	b.grant(amount, viewer, searchlight.ReadOnly)
	b.do(get(base+"/metadata/listcolumns/"+salesTable+"?showhidden=true", tokens["viewer"])).wantsJSON(t, []any{amountColumn})
	b.do(get(at("/metadata/details", "type", "LOGICAL_TABLE", "id", salesTable), tokens["viewer"])).wantsJSON(t,
		whole(storable(b.tableHeader(salesTable, "Sales"), map[string]any{"dataSourceId": warehouse, "columns": []any{amountColumn}, "relationships": []any{}})))

	// Users and groups are as user and group show them.
	for kind, path := range map[string]string{"USER": "/user?userid=" + viewer, "USER_GROUP": "/group?groupid=" + team} {
		id := path[strings.Index(path, "=")+1:]
		var want any
		b.do(get(base+path, tokens["tsadmin"])).decode(t, &want)
		b.do(get(at("/metadata/details", "type", kind, "id", id), tokens["tsadmin"])).wantsJSON(t, whole(want))
		b.do(get(v1.InternalPrefix+"/metadata/detail/"+id+"?type="+kind, tokens["tsadmin"])).wantsJSON(t, want)
		b.do(get(at("/metadata/details", "type", kind, "id", nobody), tokens["tsadmin"])).wants(t, 403, 10038, nobody)
		b.do(get(v1.InternalPrefix+"/metadata/detail/"+nobody+"?type="+kind, tokens["tsadmin"])).wants(t, 404, 10002, nobody)
		for _, other := range []string{id, nobody} {
			b.do(get(at("/metadata/details", "type", kind, "id", other), token)).wants(t, 403, 10038, "ADMINISTRATION")
			b.do(get(v1.InternalPrefix+"/metadata/detail/"+other+"?type="+kind, token)).wants(t, 403, 10038, "ADMINISTRATION")
		}
	}
	for _, tt := range []struct{ path, text string }{
		{at("/metadata/details", "id", retail), "type is missing"}, {at("/metadata/details", "type", "WORKSHEET", "id", retail), "type must be"},
		{at("/metadata/details", "type", "LOGICAL_COLUMN", "id", region), "type must be"}, {at("/metadata/details", "type", "TAG"), "id is missing"},
		{at("/metadata/details", "type", "TAG", "id", "x"), "GUIDs"}, {at("/metadata/details", "type", "TAG", "id", redTag, "version", "new"), "whole number"},
		{at("/metadata/details", "type", "TAG", "id", redTag, "showhidden", "x"), "true or false"}, {at("/metadata/details", "type", "TAG", "id", redTag, "dropquestiondetails", "x"), "true or false"},
		{base + "/metadata/detail/x?type=TAG", "GUIDs"}, {base + "/metadata/detail/" + redTag, "type is missing"}, {base + "/metadata/listcolumns/x", "GUIDs"},
		{base + "/metadata/listcolumns/" + retail + "?showhidden=x", "true or false"},
	} {
		b.do(get(tt.path, token)).wants(t, 400, 10002, tt.text)
	}
}

func (b *bench) there(id searchlight.GUID) bool {
	b.t.Helper()
	found := false
	b.view(func(tx searchlight.Tx) error {
		_, err := tx.Header(id)
		found = err == nil
		return nil
	})
	return found
}

func TestMetadataDelete(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	token := tokens[userName]
	remove := func(token, kind, ids string) answer {
		return b.do(post("/metadata/delete", token, "type", kind, "id", ids, "includeddisabled", "false"))
	}
	remove(token, "LOGICAL_TABLE", retail).wants(t, 400, 13151, "Retail cannot be deleted, because these are built on it: Orders, Pipeline. Delete them first")
	remove(token, "DATA_SOURCE", warehouse).wants(t, 400, 13151, "built on it: Regions, Sales.")
	remove(token, "TAG", redTag).wants(t, 403, 10038, "ADMINISTRATION")
	for _, tt := range []struct {
		pairs []string
		text  string
	}{
		{[]string{"id", retail}, "type is missing"}, {[]string{"type", "LOGICAL_TABLE"}, "id is missing"}, {[]string{"type", "USER", "id", viewer}, "type must be"},
		{[]string{"type", "LOGICAL_TABLE", "id", "x"}, "GUIDs"}, {[]string{"type", "TAG", "id", redTag, "includedisabled", "x"}, "true or false"},
	} {
		b.do(post("/metadata/delete", token, tt.pairs...)).wants(t, 400, 10002, tt.text)
	}
	internal := post("/metadata/delete", token, "type", "QUESTION_ANSWER_BOOK", "id", `["`+savedView+`"]`)
	internal.path = v1.InternalPrefix + "/metadata/delete"
	b.do(internal).wantsNothing(t)
	remove(token, "PINBOARD_ANSWER_BOOK", pinboard).wantsNothing(t)
	remove(tokens["tsadmin"], "TAG", redTag).wantsNothing(t)
	remove(token, "LOGICAL_TABLE", fmt.Sprintf(`['%s', '%s', '%s']`, regionTable, salesTable, retail)).wantsNothing(t)
	remove(token, "DATA_SOURCE", warehouse).wantsNothing(t)
	for _, id := range []searchlight.GUID{savedView, pinboard, tile, redTag, retail, salesTable, regionTable, warehouse} {
		if b.there(id) {
			t.Errorf("%s is there", id)
		}
	}
	// What was refused is in the audit log as what it would have been.
	kinds := map[string]int{}
	b.view(func(tx searchlight.Tx) error {
		return tx.AuditLog(start.AddDate(0, 0, -1), start.AddDate(0, 0, 1), func(r *searchlight.Record) error {
			var e struct {
				Type string
				Data struct{ Outcome string }
			}
			err := json.Unmarshal(r.Entry, &e)
			kinds[e.Type+" "+e.Data.Outcome]++
			return err
		})
	})
	for kind, want := range map[string]int{"DELETE_TABLES FAILURE": 1, "DELETE_CONNECTION FAILURE": 1, "TAGS_CHANGED FAILURE": 1, "DELETE_ANSWERS SUCCESS": 1, "DELETE_PINBOARDS SUCCESS": 1,
		"TAGS_CHANGED SUCCESS": 1, "DELETE_TABLES SUCCESS": 1, "DELETE_MODEL SUCCESS": 1, "DELETE_CONNECTION SUCCESS": 1} {
		if kinds[kind] < want {
			t.Errorf("%d of %s in the audit log", kinds[kind], kind)
		}
	}
}

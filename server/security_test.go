package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/mail"
	"github.com/searchlight-bi/searchlight/server"
	"github.com/searchlight-bi/searchlight/sharing"
)

const (
	team       = "7e0b9f3a-8e7b-4c55-a1b7-2f0d1c3e4a01" // a group with mlopez, viewer and friend
	viewer     = "7e0b9f3a-8e7b-4c55-a1b7-2f0d1c3e4a02"
	friend     = "7e0b9f3a-8e7b-4c55-a1b7-2f0d1c3e4a03"
	stranger   = "7e0b9f3a-8e7b-4c55-a1b7-2f0d1c3e4a04" // in no group
	pinboard   = "a41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b10"
	tile       = "a41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b11"
	savedView  = "a41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b12" // an answer
	salesTable = "a41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b13"
	region     = "a41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b14" // a column of it
	nobody     = "ffffffff-2f64-4d0b-9a5d-6a1f1f9f2b10" // is the id of nothing
	redTag     = "a41c7f0e-2f64-4d0b-9a5d-6a1f1f9f2b15"
)

// newSharingBench is a bench where mlopez has made some objects, with tokens
// by user name.
func newSharingBench(t *testing.T, outbox *sharing.Outbox) (*bench, map[string]string) {
	t.Helper()
	b := newBench(t, func(c *server.Config) {
		c.Sharer = &sharing.Service{Store: c.Store.(searchlight.Store), Outbox: outbox, PublicURL: c.PublicURL}
	})
	object := func(id searchlight.GUID, kind searchlight.ObjectType, subtype searchlight.Subtype, owner searchlight.GUID, name string) *searchlight.Object {
		return &searchlight.Object{Content: json.RawMessage(`{}`), Header: searchlight.Header{ID: id, Type: kind, Subtype: subtype, Name: name, Author: b.user,
			Created: start, Modified: start, ModifiedBy: b.user, Owner: owner}}
	}
	table := object(salesTable, searchlight.TypeLogicalTable, searchlight.SubtypeTable, salesTable, "Sales")
	table.Columns = []searchlight.ObjectColumn{{ID: region, Name: "Region"}}
	tag := object(redTag, searchlight.TypeTag, "", redTag, "Red")
	tag.Content = json.RawMessage(`{"color":"#ff0000"}`)
	err := b.store.Update(t.Context(), func(tx searchlight.Tx) error {
		owner, err := tx.User(b.user)
		if err != nil {
			return err
		}
		if err := tx.CreateGroup(&searchlight.Group{ID: team, Name: "team", Type: searchlight.LocalGroup, Visibility: searchlight.Sharable, Created: start, Modified: start}); err != nil {
			return err
		}
		groups := map[searchlight.GUID][]searchlight.GUID{b.user: {team}}
		for id, name := range map[searchlight.GUID]string{viewer: "viewer", friend: "friend", stranger: "stranger"} {
			if id != stranger {
				groups[id] = []searchlight.GUID{team}
			}
			if err := tx.CreateUser(&searchlight.User{ID: id, Name: name, DisplayName: name, Email: name + "@example.com", Type: searchlight.LocalUser, Visibility: searchlight.Sharable,
				State: searchlight.UserActive, PasswordHash: owner.PasswordHash, Created: start, Modified: start}); err != nil {
				return err
			}
		}
		if err := tx.SetUserGroups(groups); err != nil {
			return err
		}
		for _, o := range []*searchlight.Object{
			object(pinboard, searchlight.TypePinboard, "", pinboard, "Pipeline"),
			object(tile, searchlight.TypeVisualization, "", pinboard, "Revenue"),
			object(savedView, searchlight.TypeAnswer, "", savedView, "Orders"),
			table, tag,
		} {
			if err := tx.CreateObject(o); err != nil {
				return err
			}
		}
		return tx.TagObject(pinboard, redTag)
	})
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{"tsadmin": b.signIn("tsadmin", adminPW)}
	for _, name := range []string{userName, "viewer", "friend", "stranger"} {
		tokens[name] = b.signIn(name, password)
	}
	return b, tokens
}

func (b *bench) grant(object, principal searchlight.GUID, level searchlight.Level) {
	b.t.Helper()
	if err := b.store.Update(b.t.Context(), func(tx searchlight.Tx) error {
		return tx.SetGrant(searchlight.Grant{Object: object, Principal: principal, Level: level, GrantedBy: b.user})
	}); err != nil {
		b.t.Fatal(err)
	}
}

// granted is the level that a principal was granted by itself.
func (b *bench) granted(object, principal searchlight.GUID) (level searchlight.Level) {
	b.t.Helper()
	if err := b.store.View(b.t.Context(), func(tx searchlight.Tx) error {
		levels, err := tx.Granted([]searchlight.GUID{principal}, []searchlight.GUID{object})
		level = levels[object]
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return level
}

func permission(principal, mode string) string {
	return fmt.Sprintf(`{"permissions":{"%s":{"shareMode":"%s"}}}`, principal, mode)
}

func TestShare(t *testing.T) {
	t.Parallel()
	b, tokens := newSharingBench(t, nil)
	for name, tt := range map[string]struct {
		id, permission string
		want           searchlight.Level
	}{
		"JSON":             {`["` + pinboard + `"]`, permission(viewer, "READ_ONLY"), searchlight.ReadOnly},
		"Python":           {`['` + pinboard + `']`, `{'permissions': {'` + viewer + `': {'shareMode': 'MODIFY'}}}`, searchlight.Modify},
		"with a blank":     {pinboard, `{"permissions":{"` + viewer + `":{"share mode":"read-only"}}}`, searchlight.ReadOnly},
		"in lower case":    {`[` + strings.ToUpper(pinboard) + `]`, `{"permissions":{"` + strings.ToUpper(viewer) + `":{"sharemode":"full"}}}`, searchlight.Modify},
		"the early name":   {pinboard, permission(viewer, "EDIT"), searchlight.Modify},
		"several":          {pinboard + "," + pinboard, `{"permissions":{"` + viewer + `":{"shareMode":"READ_ONLY"},"` + team + `":{"shareMode":"MODIFY"}}}`, searchlight.ReadOnly},
		"nobody":           {pinboard, `{"permissions":{}}`, searchlight.NoAccess},
		"taken away":       {pinboard, permission(viewer, "NO_ACCESS"), searchlight.NoAccess},
		"twice, and other": {pinboard, `{"other":1,"permissions":{"` + viewer + `":{"shareMode":"READ_ONLY","x":null}}}`, searchlight.ReadOnly},
	} {
		for _, prefix := range []string{v1.PublicPrefix, v1.ShortPrefix, v1.InternalPrefix} {
			if name == "taken away" {
				b.grant(pinboard, viewer, searchlight.ReadOnly)
			}
			c := post("/security/share", tokens[userName], "type", "PINBOARD_ANSWER_BOOK", "id", tt.id, "permission", tt.permission,
				"emailshares", "[]", "notify", "false", "useCustomEmbedUrls", "false", "message", "")
			c.path = prefix + "/security/share"
			a := b.do(c)
			if a.StatusCode != 204 || a.body != "" || a.Header.Get("X-Searchlight-Notice") != "" || b.granted(pinboard, viewer) != tt.want {
				t.Errorf("%s under %s: %d %s, granted %d", name, prefix, a.StatusCode, a.body, b.granted(pinboard, viewer))
			}
			b.do(post("/security/share", tokens[userName], "type", "PINBOARD_ANSWER_BOOK", "id", pinboard, "permission", permission(viewer, "NO_ACCESS")))
		}
	}
	// Parts of a multipart body may claim to be files.
	var body strings.Builder
	w := multipart.NewWriter(&body)
	for _, pair := range [][2]string{{"type", `"LOGICAL_COLUMN"`}, {"id", region}, {"permission", permission(viewer, "READ_ONLY")}} {
		part, _ := w.CreateFormFile(pair[0], pair[0])
		_, _ = io.WriteString(part, pair[1])
	}
	_ = w.Close()
	c := post("/security/share", tokens[userName])
	c.contentType, c.body = w.FormDataContentType(), body.String()
	if a := b.do(c); a.StatusCode != 204 || b.granted(region, viewer) != searchlight.ReadOnly {
		t.Errorf("multipart: %d %s", a.StatusCode, a.body)
	}
}

func TestShareParameters(t *testing.T) {
	t.Parallel()
	b, tokens := newSharingBench(t, nil)
	good := map[string]string{"type": "PINBOARD_ANSWER_BOOK", "id": pinboard, "permission": permission(viewer, "READ_ONLY")}
	for _, tt := range []struct{ name, value, text string }{
		{"type", "", "the parameter type is missing"},
		{"type", "WORKSHEET", "type must be QUESTION_ANSWER_BOOK"},
		{"type", "TAG", "type must be QUESTION_ANSWER_BOOK"},
		{"type", "VISUALIZATION", "type must be QUESTION_ANSWER_BOOK"},
		{"id", "", "the parameter id is missing"},
		{"id", "[]", "the parameter id is missing"},
		{"id", "[1]", `"1" is none`},
		{"id", pinboard + "0", "must hold GUIDs"},
		{"permission", "", "the parameter permission is missing"},
		{"permission", "null", "the parameter permission is missing"},
		{"permission", "READ_ONLY", "must be a JSON object"},
		{"permission", `["` + viewer + `"]`, "must be a JSON object"},
		{"permission", `{"` + viewer + `":{"shareMode":"READ_ONLY"}}`, "must be a JSON object"},
		{"permission", `{"permissions":{"` + viewer + `":"READ_ONLY"}}`, "must be a JSON object"},
		{"permission", `{"permissions":{"` + viewer + `":{}}}`, "must be a JSON object"},
		{"permission", `{"permissions":{"` + viewer + `":{"shareMode":1}}}`, "must be a JSON object"},
		{"permission", `{"permissions":{"` + viewer + `":{"shareMode":"READ_ONLY"},"` + strings.ToUpper(viewer) + `":{"shareMode":"MODIFY"}}}`, "must be a JSON object"},
		{"permission", permission("viewer", "READ_ONLY"), `"viewer" is none`},
		{"permission", permission(viewer, "PARTIAL"), "must be NO_ACCESS, READ_ONLY or MODIFY"},
		{"permission", permission(viewer, ""), "must be NO_ACCESS, READ_ONLY or MODIFY"},
		{"notify", "perhaps", "must be true or false"},
		{"useCustomEmbedUrls", "perhaps", "must be true or false"},
		{"emailshares", "[nobody]", `must hold mail addresses, and "nobody" is none`},
		{"emailshares", `["Eve <eve@example.com>"]`, "must hold mail addresses"},
		{"emailshares", "[\"eve@example.com\\r\\nBcc: all@example.com\"]", "must hold mail addresses"},
		{"message", strings.Repeat("m", 2001), "longer than 2000 characters"},
	} {
		var pairs []string
		for name, value := range good {
			if name != tt.name {
				pairs = append(pairs, name, value)
			}
		}
		b.do(post("/security/share", tokens[userName], append(pairs, tt.name, tt.value)...)).wants(t, 400, 10002, tt.text)
	}
	c := post("/security/share", tokens[userName])
	c.contentType, c.body = "application/json", `{"type":"PINBOARD_ANSWER_BOOK"}`
	b.do(c).wants(t, 415, 10002, "the parameter type is missing")
	b.do(post("/security/share", "", "type", "PINBOARD_ANSWER_BOOK")).wants(t, 401, 10003, "no session")
	if level := b.granted(pinboard, viewer); level != searchlight.NoAccess {
		t.Errorf("granted %d", level)
	}

	viz := map[string]string{"pinboardId": pinboard, "vizid": tile, "principalids": viewer}
	for _, tt := range []struct{ name, value, text string }{
		{"type", "QUESTION_ANSWER_BOOK", "type must be PINBOARD_ANSWER_BOOK"},
		{"pinboardId", "", "the parameter pinboardId is missing"},
		{"pinboardId", "x", "must hold GUIDs"},
		{"vizid", "null", "the parameter vizid is missing"},
		{"vizid", savedView, "has no visualization " + savedView},
		{"principalids", "[]", "the parameter principalids is missing"},
		{"principalids", "viewer", "must hold GUIDs"},
		{"emailshares", "[nobody]", "must hold mail addresses"},
	} {
		var pairs []string
		for name, value := range viz {
			if name != tt.name {
				pairs = append(pairs, name, value)
			}
		}
		b.do(post("/security/shareviz", tokens[userName], append(pairs, tt.name, tt.value)...)).wants(t, 400, 10002, tt.text)
	}
	a := b.do(post("/security/shareviz", tokens[userName], "type", "PINBOARD_ANSWER_BOOK", "PINBOARDID", pinboard, "vizid", tile,
		"principalids", `["`+viewer+`","`+team+`"]`, "emailshares", "[user@example.com]", "notify", "true"))
	notices := a.Header.Values("X-Searchlight-Notice")
	if a.StatusCode != 204 || b.granted(pinboard, viewer) != searchlight.ReadOnly || b.granted(pinboard, team) != searchlight.ReadOnly ||
		fmt.Sprint(notices) != "[the whole pinboard is shared, for viewing no mail was sent: no mail server is configured]" {
		t.Errorf("%d %s %q", a.StatusCode, a.body, notices)
	}
}

// TestT07_SharingAboveOneselfOverHTTP also looks for the refusals in the audit
// log.
func TestT07_SharingAboveOneselfOverHTTP(t *testing.T) {
	t.Parallel()
	b, tokens := newSharingBench(t, nil)
	b.grant(pinboard, viewer, searchlight.ReadOnly)
	b.grant(salesTable, viewer, searchlight.ReadOnly)
	for _, tt := range []struct{ kind, id, principal, mode, text string }{
		{"PINBOARD_ANSWER_BOOK", pinboard, friend, "MODIFY", "you may see " + pinboard + " but not change it"},
		{"PINBOARD_ANSWER_BOOK", pinboard, viewer, "MODIFY", "but not change it"},
		{"PINBOARD_ANSWER_BOOK", pinboard, stranger, "READ_ONLY", "no user or group " + stranger},
		{"PINBOARD_ANSWER_BOOK", pinboard, string(searchlight.AllGroupID), "READ_ONLY", "SHAREWITHALL"},
		{"PINBOARD_ANSWER_BOOK", pinboard, string(searchlight.AdminGroupID), "READ_ONLY", "no user or group"},
		{"LOGICAL_TABLE", salesTable, friend, "READ_ONLY", "only those who may change it"},
		{"LOGICAL_COLUMN", region, friend, "READ_ONLY", "only those who may change it"},
	} {
		a := b.do(post("/security/share", tokens["viewer"], "type", tt.kind, "id", tt.id, "permission", permission(tt.principal, tt.mode)))
		a.wants(t, 403, 10038, tt.text)
		if tt.principal != viewer && b.granted(searchlight.GUID(tt.id), searchlight.GUID(tt.principal)) != searchlight.NoAccess {
			t.Errorf("%+v is stored", tt)
		}
	}
	refused := 0
	if err := b.store.View(t.Context(), func(tx searchlight.Tx) error {
		return tx.AuditLog(start.Add(-time.Hour), start.Add(time.Hour), func(r *searchlight.Record) error {
			if text := string(r.Entry); strings.Contains(text, `"SHARE_OBJECTS"`) && strings.Contains(text, `"FAILURE"`) {
				refused++
			}
			return nil
		})
	}); err != nil || refused != 1 { // the same of the same user counts once a minute
		t.Errorf("%d refusals in the audit log, %v", refused, err)
	}
}

// TestT03_T04_SecurityRoutesTellNothing compares the bytes of what stranger is
// told of what it may not see with those for what is not there.
func TestT03_T04_SecurityRoutesTellNothing(t *testing.T) {
	t.Parallel()
	b, tokens := newSharingBench(t, nil)
	b.grant(savedView, stranger, searchlight.ReadOnly)
	q := url.QueryEscape
	for name, make := range map[string]func(kind, id string) call{
		"share": func(kind, id string) call {
			return post("/security/share", tokens["stranger"], "type", kind, "id", id, "permission", permission(stranger, "READ_ONLY"))
		},
		"share among others": func(kind, id string) call {
			return post("/security/share", tokens["stranger"], "type", kind, "id", "["+id+","+savedView+"]", "permission", permission(stranger, "NO_ACCESS"))
		},
		"shareviz": func(_, id string) call {
			return post("/security/shareviz", tokens["stranger"], "pinboardId", id, "vizid", tile, "principalids", stranger)
		},
		"shareviz of nothing": func(_, id string) call {
			return post("/security/shareviz", tokens["stranger"], "pinboardId", id, "vizid", nobody, "principalids", stranger)
		},
		"permissions": func(kind, id string) call {
			return get(base+"/security/metadata/permissions?type="+kind+"&id="+q(`["`+id+`"]`), tokens["stranger"])
		},
		"permissions of several": func(kind, id string) call {
			return get(base+"/security/metadata/permissions?type="+kind+"&id="+q(`["`+id+`","`+id[:35]+"f"+`"]`), tokens["stranger"])
		},
		"permissions of one": func(kind, id string) call {
			return get(base+"/security/metadata/"+id+"/permissions?type="+kind+"&permissiontype=DEFINED&dependentshare=true", tokens["stranger"])
		},
		"definedpermission": func(kind, id string) call {
			return post("/security/definedpermission", tokens["stranger"], "type", kind, "id", id)
		},
		"effectivepermissionbulk": func(kind, id string) call {
			return post("/security/effectivepermissionbulk", tokens["stranger"], "idsbytype", `{"`+kind+`":["`+id+`"]}`)
		},
	} {
		for id, kind := range map[string]string{pinboard: "PINBOARD_ANSWER_BOOK", salesTable: "LOGICAL_TABLE", region: "LOGICAL_COLUMN",
			tile: "PINBOARD_ANSWER_BOOK", savedView: "DATA_SOURCE", retail: "LOGICAL_TABLE"} {
			forbidden, absent := b.do(make(kind, id)), b.do(make(kind, nobody))
			bytes := func(a answer, id string) string {
				for _, own := range []string{a.Header.Get("X-Callosum-Incident-Id"), a.Header.Get("X-Callosum-Trace-Id"), id, id[:35] + "f"} {
					a.body = strings.ReplaceAll(a.body, own, "-")
				}
				return fmt.Sprint(a.StatusCode, a.Header.Get("Content-Length"), a.Header.Get("X-Searchlight-Notice"), a.body)
			}
			if got, want := bytes(forbidden, id), bytes(absent, nobody); got != want || forbidden.StatusCode != 403 {
				t.Errorf("%s of %s %s: %s\nand of nothing: %s", name, kind, id, got, want)
			}
		}
	}
	for id := range map[string]bool{viewer: true, team: true, string(searchlight.AdminUserID): true, pinboard: true} {
		a := b.do(post("/security/share", tokens["stranger"], "type", "QUESTION_ANSWER_BOOK", "id", savedView, "permission", permission(id, "READ_ONLY")))
		a.wants(t, 403, 10038, "there is no user or group "+id+", or you may not see it")
		a = b.do(get(base+"/metadata/listas?type=USER&principalid="+id, tokens["stranger"]))
		a.wants(t, 403, 10038, "only administrators ask for what others may see")
	}
}

// TestT08_SharesThatWereTakenAway act on the next request.
func TestT08_SharesThatWereTakenAway(t *testing.T) {
	t.Parallel()
	b, tokens := newSharingBench(t, nil)
	share := func(principal, mode string) {
		t.Helper()
		if a := b.do(post("/security/share", tokens[userName], "type", "PINBOARD_ANSWER_BOOK", "id", pinboard, "permission", permission(principal, mode))); a.StatusCode != 204 {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
	}
	sees := func(want bool) {
		t.Helper()
		status := b.do(get(base+"/security/metadata/"+pinboard+"/permissions?type=PINBOARD_ANSWER_BOOK", tokens["viewer"])).StatusCode
		list := b.do(get(base+"/metadata/listas?type=USER", tokens["viewer"])).body
		if (status == 200) != want || strings.Contains(list, pinboard) != want {
			t.Errorf("want %t, got %d and %s", want, status, list)
		}
	}
	sees(false)
	share(viewer, "READ_ONLY")
	sees(true)
	share(viewer, "NO_ACCESS")
	sees(false)
	share(team, "READ_ONLY")
	sees(true)
	if err := b.store.Update(t.Context(), func(tx searchlight.Tx) error {
		return tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{viewer: nil})
	}); err != nil {
		t.Fatal(err)
	}
	sees(false)
}

func TestPermissionBodies(t *testing.T) {
	t.Parallel()
	b, tokens := newSharingBench(t, nil)
	b.grant(pinboard, viewer, searchlight.ReadOnly)
	b.grant(region, viewer, searchlight.ReadOnly)
	me := string(b.user)
	entry := func(principal, top, mode, dependents string) string {
		return fmt.Sprintf(`"%s":{"topLevelObjectId":"%s","shareMode":"%s","dependents":[%s]}`, principal, top, mode, dependents)
	}
	ofTile := `{"id":"` + tile + `","name":"Revenue","author":"` + me + `","owner":"` + pinboard + `","type":"QUESTION_ANSWER_BOOK","shareMode":"READ_ONLY","isHidden":true}`
	ofColumn := `{"id":"` + region + `","name":"Region","author":"` + me + `","owner":"` + salesTable + `","ownerName":"Sales","type":"LOGICAL_COLUMN","shareMode":"READ_ONLY","isHidden":false}`
	own := `{"` + pinboard + `":{"permissions":{` + entry(viewer, pinboard, "READ_ONLY", "") + `}}}`
	for name, tt := range map[string]struct {
		call call
		want string
	}{
		"effective":  {get(base+"/security/metadata/permissions?type=PINBOARD_ANSWER_BOOK&id="+pinboard+"&id="+nobody, tokens["viewer"]), own},
		"one":        {get(v1.InternalPrefix+"/security/metadata/"+strings.ToUpper(pinboard)+"/permissions?type=pinboard_answer_book&permissiontype=effective", tokens["viewer"]), own},
		"defined":    {post("/security/definedpermission", tokens[userName], "type", "PINBOARD_ANSWER_BOOK", "id", "['"+pinboard+"']", "dependentshare", "False"), own},
		"dependents": {get(base+"/security/metadata/permissions?type=PINBOARD_ANSWER_BOOK&id=%5B"+pinboard+"%5D&permissiontype=DEFINED&dependentshare=true", tokens["tsadmin"]), `{"` + pinboard + `":{"permissions":{` + entry(viewer, pinboard, "READ_ONLY", ofTile) + `}}}`},
		"nobody":     {get(base+"/security/metadata/permissions?type=QUESTION_ANSWER_BOOK&id="+savedView+"&permissiontype=DEFINED", tokens[userName]), `{"` + savedView + `":{"permissions":{}}}`},
		"bulk": {post("/security/effectivepermissionbulk", tokens["viewer"], "idsbytype", `{'LOGICAL_TABLE': ['`+salesTable+`'], 'LOGICAL_COLUMN': ['`+region+`'], 'QUESTION_ANSWER_BOOK': ['`+savedView+`']}`, "dependentshare", "true"),
			`{"LOGICAL_COLUMN":{"` + region + `":{"permissions":{` + entry(viewer, salesTable, "READ_ONLY", "") + `}}},` +
				`"LOGICAL_TABLE":{"` + salesTable + `":{"permissions":{` + entry(viewer, salesTable, "READ_ONLY", ofColumn) + `}}},"QUESTION_ANSWER_BOOK":{}}`},
	} {
		if a := b.do(tt.call); a.StatusCode != 200 || a.body != tt.want {
			t.Errorf("%s: %d\n got %s\nwant %s", name, a.StatusCode, a.body, tt.want)
		}
	}
	for path, text := range map[string]string{
		"permissions?id=" + pinboard:                                                                 "the parameter type is missing",
		"permissions?type=PINBOARD_ANSWER_BOOK":                                                      "the parameter id is missing",
		"permissions?type=USER&id=" + pinboard:                                                       "type must be",
		"permissions?type=PINBOARD_ANSWER_BOOK&id=x":                                                 "must hold GUIDs",
		"x/permissions?type=PINBOARD_ANSWER_BOOK":                                                    "must hold GUIDs",
		pinboard + "/permissions?type=PINBOARD_ANSWER_BOOK&permissiontype=SOME":                      "permissiontype must be",
		"permissions?type=PINBOARD_ANSWER_BOOK&dependentshare=some&id=" + pinboard:                   "must be true or false",
		pinboard + "/permissions?type=PINBOARD_ANSWER_BOOK&permissiontype=DEFINED&dependentshare=so": "must be true or false",
	} {
		b.do(get(base+"/security/metadata/"+path, tokens[userName])).wants(t, 400, 10002, text)
	}
	for value, text := range map[string]string{
		"": "is missing", "{}": "is missing", "[]": "must be a JSON object", `{"USER":["` + viewer + `"]}`: "must be QUESTION_ANSWER_BOOK",
		`{"LOGICAL_TABLE":["x"]}`: "must hold GUIDs", `{"LOGICAL_TABLE":"` + salesTable + `"}`: "must be a JSON object", `{"LOGICAL_TABLE":[]}`: "is missing",
	} {
		b.do(post("/security/effectivepermissionbulk", tokens[userName], "idsbytype", value)).wants(t, 400, 10002, text)
	}
}

func TestListAsBodies(t *testing.T) {
	t.Parallel()
	b, tokens := newSharingBench(t, nil)
	me := string(b.user)
	b.grant(pinboard, team, searchlight.ReadOnly)
	at := start.UnixMilli()
	common := func(id, name string) string {
		return fmt.Sprintf(`"id":"%s","name":"%s","author":"%s","created":%d,"modified":%d,"modifiedBy":"%s","owner":"%s"`, id, name, me, at, at, me, id)
	}
	rest := `"indexVersion":1,"generationNum":1,"authorName":"mlopez","authorDisplayName":"Maria Lopez","isDeleted":false,"isHidden":false,"isExternal":false,"isDeprecated":false`
	header := `{` + common(pinboard, "Pipeline") + `,"isAutoCreated":false,"isAutoDelete":false,` + rest +
		`,"tags":[{` + common(redTag, "Red") + `,` + rest + `,"tags":[],"clientState":{"color":"#ff0000"}}],"hasTabs":false,"modelVersion":"V1","resolvedObjects":{}}`
	want := `{"headers":[` + header + `],"isLastBatch":true,"debugInfo":{}}`
	for _, query := range []string{"type=USER", "type=USER&principalid=" + viewer, "principalid=" + viewer + "&minimumaccesslevel=READ_ONLY&batchsize=2000&offset=0",
		"type=USER&minimumaccesslevel=NO_ACCESS&pattern=pipe&offset=-1&batchsize=-1"} {
		if a := b.do(get(base+"/metadata/listas?"+query, tokens["viewer"])); a.StatusCode != 200 || a.body != want {
			t.Errorf("%s: %d\n got %s\nwant %s", query, a.StatusCode, a.body, want)
		}
	}
	for query, want := range map[string]string{
		"type=USER&minimumaccesslevel=MODIFY": `{"headers":[],"isLastBatch":true,"debugInfo":{}}`,
		"type=USER&offset=1":                  `{"headers":[],"isLastBatch":true,"debugInfo":{}}`,
		"type=USER_GROUP&principalid=" + team + "&minimumaccesslevel=&pattern=nope": "only administrators",
	} {
		if a := b.do(get(base+"/metadata/listas?"+query, tokens["viewer"])); !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	admin := tokens["tsadmin"]
	if a := b.do(get(base+"/metadata/listas?type=USER_GROUP&principalid="+team, admin)); a.body != want {
		t.Errorf("a group: %s", a.body)
	}
	if a := b.do(get(base+"/metadata/listas?batchsize=2", admin)); a.StatusCode != 200 || strings.Count(a.body, `"hasTabs"`) > 1 || !strings.Contains(a.body, `"isLastBatch":false`) {
		t.Errorf("a page: %d %s", a.StatusCode, a.body)
	}
	b.do(get(base+"/metadata/listas?principalid="+nobody, admin)).wants(t, 404, 10002, "no such user or group: "+nobody)
	b.do(get(base+"/metadata/listas?type=USER&principalid="+team, admin)).wants(t, 404, 10002, "no such user or group: "+team)
	b.do(get(base+"/metadata/listas?type=TAG", admin)).wants(t, 400, 10002, "type must be USER or USER_GROUP")
	b.do(get(base+"/metadata/listas?principalid=x", admin)).wants(t, 400, 10002, "must hold GUIDs")
	b.do(get(base+"/metadata/listas?minimumaccesslevel=SOME", admin)).wants(t, 400, 10002, "minimumaccesslevel must be NO_ACCESS, READ_ONLY or MODIFY")
	b.do(get(base+"/metadata/listas", "")).wants(t, 401, 10003, "no session")
}

// postOffice is a mail server that keeps what it gets.
type postOffice struct {
	mu      sync.Mutex
	letters map[string]string // by recipient
}

type mailSession struct {
	office *postOffice
	to     []string
}

func (s *mailSession) Mail(string, *smtp.MailOptions) error { s.to = nil; return nil }
func (s *mailSession) Reset()                               {}
func (s *mailSession) Logout() error                        { return nil }

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == "team@example.com" {
		return &smtp.SMTPError{Code: 550, Message: "there is no " + to}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	for _, to := range s.to {
		s.office.letters[to] = string(text)
	}
	return err
}

func TestShareTellsByMail(t *testing.T) {
	t.Parallel()
	office := &postOffice{letters: map[string]string{}}
	smtpServer := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailSession{office: office}, nil }))
	smtpServer.Domain = "mail.test"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = smtpServer.Serve(listener) }()
	t.Cleanup(func() { _ = smtpServer.Close(); <-done })
	sender, err := mail.New(mail.Config{Addr: listener.Addr().String(), From: "Searchlight <bi@example.com>", TLS: mail.NoTLS, Domains: []string{"example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	outbox := sharing.NewOutbox(sender, slog.New(slog.NewTextHandler(log, nil)))
	go outbox.Run(t.Context())
	b, tokens := newSharingBench(t, outbox)

	share := func(pairs ...string) answer {
		return b.do(post("/security/shareviz", tokens[userName], append(pairs, "pinboardId", pinboard, "vizid", tile, "principalids", team, "message", "Look\nhere")...))
	}
	share("notify", "true", "emailshares", "[eve@example.net]").wants(t, 400, 10002, "mail is not sent to addresses of example.net here")
	if b.granted(pinboard, team) != searchlight.NoAccess {
		t.Error("shared in spite of the address")
	}
	if a := share("notify", "true", "emailshares", "[team@example.com,boss@example.com]"); a.StatusCode != 204 ||
		fmt.Sprint(a.Header.Values("X-Searchlight-Notice")) != "[the whole pinboard is shared, for viewing]" {
		t.Fatalf("%d %s %v", a.StatusCode, a.body, a.Header)
	}
	for range 400 {
		if strings.Contains(log.String(), "were not sent") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	office.mu.Lock()
	defer office.mu.Unlock()
	for _, to := range []string{"viewer@example.com", "friend@example.com", "boss@example.com"} {
		m, err := netmail.ReadMessage(strings.NewReader(office.letters[to]))
		if err != nil {
			t.Fatalf("%s: %v", to, err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		want := "Maria Lopez (mlopez) shared with you:\r\n\r\npinboard “Pipeline”\r\nhttp://bi.example.com/#/pinboard/" + pinboard + "/" + tile + "\r\n\r\nMaria Lopez wrote:\r\n\r\nLook\r\nhere\r\n"
		if err != nil || string(text) != want || m.Header.Get("From") != `"Searchlight" <bi@example.com>` || !strings.Contains(m.Header.Get("To"), to) || m.Header.Get("Bcc") != "" {
			t.Errorf("%s: %v\n got %q\nwant %q", m.Header, err, text, want)
		}
	}
	if len(office.letters) != 3 || !strings.Contains(log.String(), "recipients=4") || strings.Contains(log.String(), "example.com") {
		t.Errorf("%d mails, and the log says %s", len(office.letters), log)
	}
}

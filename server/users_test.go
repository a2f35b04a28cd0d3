package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
)

const noSuchID = "3d1b7c52-7b7f-4b8f-9d2e-1c0a5e6f7788" // no user, group or object

// send is post for every method.
func send(method, path, cookie string, pairs ...string) call {
	c := post(path, cookie, pairs...)
	c.method = method
	return c
}

// parts is a multipart call as the Python client sends it, each part with a
// file name.
func parts(path, cookie string, pairs ...string) call {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		header := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, pairs[i], pairs[i])}}
		part, err := w.CreatePart(header)
		if err != nil {
			panic(err)
		}
		_, _ = part.Write([]byte(pairs[i+1])) // into memory
	}
	_ = w.Close()
	return call{method: "POST", path: base + path, contentType: w.FormDataContentType(), body: body.String(), cookie: cookie,
		header: map[string]string{"X-Requested-By": "ThoughtSpot"}}
}

func (b *bench) view(f func(searchlight.Tx) error) {
	b.t.Helper()
	if err := b.store.View(b.t.Context(), f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) update(f func(searchlight.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(b.t.Context(), f); err != nil {
		b.t.Fatal(err)
	}
}

// wantsJSON checks status and body.
func (a answer) wantsJSON(t testing.TB, want any) {
	t.Helper()
	if a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
		return
	}
	var got any
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Errorf("%v in %s", err, a.body)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var normal any
	if err := json.Unmarshal(text, &normal); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(normal, got); diff != "" {
		t.Errorf("want - got +:\n%s", diff)
	}
}

func (a answer) wantsNothing(t testing.TB) {
	t.Helper()
	if a.StatusCode != 204 || a.body != "" || a.Header.Get("Content-Type") != "" {
		t.Errorf("%d %q %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
}

func (a answer) decode(t testing.TB, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil || a.StatusCode != 200 {
		t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
}

// principal is what tests read of users and groups.
type principal struct {
	Header struct {
		ID, Name, DisplayName, Author, ModifiedBy string
		Created                                   int64
	}
	DisplayName, State, Type, Visibility        string
	AssignedGroups, InheritedGroups, Privileges []string
	UserContent                                 struct {
		UserPreferences map[string]any
		UserProperties  struct{ Mail string }
	}
}

func (b *bench) newUser(cookie, name string, pairs ...string) string {
	b.t.Helper()
	var u principal
	b.do(post("/user", cookie, append([]string{"name", name, "display_name", name, "password", "Staple Battery 4"}, pairs...)...)).decode(b.t, &u)
	return u.Header.ID
}

func (b *bench) newGroup(cookie, name string, pairs ...string) string {
	b.t.Helper()
	var g principal
	b.do(post("/group", cookie, append([]string{"name", name, "display_name", name}, pairs...)...)).decode(b.t, &g)
	return g.Header.ID
}

func (b *bench) getUser(cookie, id string) (u principal) {
	b.t.Helper()
	b.do(get(base+"/user?userid="+id, cookie)).decode(b.t, &u)
	return u
}

func (b *bench) tsadmin() string { b.t.Helper(); return b.signIn("tsadmin", adminPW) }

func TestUserBody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	all, administrators := string(searchlight.AllGroupID), string(searchlight.AdminGroupID)
	inner := b.newGroup(admin, "inner")
	b.do(post("/group/"+administrators+"/groups", admin, "principalids", `["`+inner+`"]`)).wantsNothing(t)
	b.pass(time.Second)
	a := b.do(post("/user", admin, "name", `User "3"`, "displayname", "Number 3", "password", "Staple Battery 4",
		"properties", `{'mail': 'three@example.com'}`, "groups", "["+inner+"]", "visibility", "NON_SHAREABLE", "usertype", "LOCAL_USER", "triggeredbyadmin", "true"))
	var made principal
	a.decode(t, &made)
	ms := start.Add(time.Second).UnixMilli()
	want := map[string]any{
		"userContent": map[string]any{
			"userPreferences":   map[string]any{"notifyOnShare": true, "showWalkMe": true, "analystOnboardingComplete": false},
			"userProperties":    map[string]any{"mail": "three@example.com"},
			"userActivityProto": map[string]any{"first_login": -1, "welcome_email_sent": false},
		},
		"state": "ACTIVE", "assignedGroups": []string{all, inner}, "inheritedGroups": []string{all, inner, administrators}, "privileges": []string{},
		"type": "LOCAL_USER", "parenttype": "USER", "visibility": "NON_SHARABLE", "tenantId": "982d6da9-9cd1-479e-b9a6-35aa05f9282a", "displayName": "Number 3",
		"header": map[string]any{"id": made.Header.ID, "indexVersion": 1, "generationNum": 1, "name": `User "3"`, "displayName": "Number 3",
			"author": searchlight.AdminUserID, "created": ms, "modified": ms, "modifiedBy": searchlight.AdminUserID, "owner": made.Header.ID,
			"isDeleted": false, "isHidden": false, "tags": []string{}, "type": "LOCAL_USER", "isExternal": false, "isDeprecated": false},
		"complete": true, "incompleteDetail": []string{}, "isSuperUser": false, "isSystemPrincipal": false,
	}
	a.wantsJSON(t, want)
	b.do(get(base+"/user/?userid="+strings.ToUpper(made.Header.ID), admin)).wantsJSON(t, want)
	b.do(get(base+"/user?name=user%20%223%22", admin)).wantsJSON(t, want)

	var users []principal
	b.do(get(base+"/user", admin)).decode(t, &users)
	var names []string
	for _, u := range users {
		names = append(names, u.Header.Name)
	}
	if want := []string{"guest", "mlopez", "su", "system", "tsadmin", `User "3"`}; !reflect.DeepEqual(names, want) {
		t.Errorf("users %q, want %q", names, want)
	}
	// A user who has been here, with preferences, and one of the system.
	b.signIn(`User "3"`, "Staple Battery 4")
	b.do(post("/user/updatepreference", admin, "username", `User "3"`, "preferences", `{"notifyOnShare":false,"preferredLocale":"de-DE","x":1}`, "preferencesProto", "AQI=")).wantsNothing(t)
	content := want["userContent"].(map[string]any)
	content["userPreferences"] = map[string]any{"notifyOnShare": false, "showWalkMe": true, "analystOnboardingComplete": false, "preferredLocale": "de-DE", "x": 1, "preferencesProto": "AQI="}
	content["userActivityProto"] = map[string]any{"first_login": ms, "welcome_email_sent": false}
	var now map[string]any
	a = b.do(get(base+"/user?userid="+made.Header.ID, admin))
	a.decode(t, &now)
	header := want["header"].(map[string]any)
	header["indexVersion"], header["generationNum"] = 2, 2
	a.wantsJSON(t, want)
	var su map[string]any
	b.do(get(base+"/user?name=su", admin)).decode(t, &su)
	if su["isSuperUser"] != true || su["isSystemPrincipal"] != true {
		t.Errorf("su: %v", su)
	}
}

func TestCreateUserStatuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	ok := []string{"name", "zoe", "displayname", "Zoe", "password", "Staple Battery 4"}
	with := func(pairs ...string) call { return post("/user", admin, append(pairs, ok...)...) } // the first value counts
	for _, tt := range []struct {
		c              call
		status, number int
		text           string
	}{
		{post("/user", admin, "displayname", "Zoe", "password", "Staple Battery 4"), 400, 10002, "name"},
		{post("/user", admin, "name", "zoe", "password", "Staple Battery 4"), 400, 10002, "displayname"},
		{post("/user", admin, "name", "zoe", "displayname", "Zoe"), 400, 10002, "password"},
		{with("password", "short"), 400, 10002, "password"},
		{with("name", "MLOPEZ"), 409, 10002, "already a user"},
		{with("name", "a\u202eb"), 400, 10002, "U+202E"},
		{with("properties", "["), 400, 10002, "properties"},
		{with("properties", `{"mail":"x"}`), 400, 10002, "e-mail"},
		{with("groups", "[x]"), 400, 10002, "GUID"},
		{with("groups", noSuchID), 400, 10002, "no group"},
		{with("usertype", "LOCAL_GROUP"), 400, 10002, "usertype"},
		{with("visibility", "x"), 400, 10002, "visibility"},
		{send("POST", "/user?password=x", admin, ok...), 400, 10002, "body"},
		{call{method: "POST", path: base + "/user", contentType: "application/json", body: "{}", cookie: admin, header: map[string]string{"X-Requested-By": "x"}}, 415, 10002, "form"},
		{post("/user", b.signIn(userName, password), ok...), 403, 10038, "ADMINISTRATION"},
		{post("/user", "", ok...), 401, 10003, "sign in"},
	} {
		b.do(tt.c).wants(t, tt.status, tt.number, tt.text)
	}
	// Without e-mail, as the clients write that.
	b.newUser(admin, "zoe", "properties", `{"mail":null}`)
	b.newUser(admin, "yan", "properties", `{'email': 'yan@example.com'}`)
	var yan principal
	b.do(get(base+"/user?name=yan", admin)).decode(t, &yan)
	if yan.UserContent.UserProperties.Mail != "yan@example.com" {
		t.Errorf("%+v", yan)
	}
	// The older internal name.
	c := post("", admin, ok...)
	c.path = v1.InternalPrefix + "/session/user/create"
	c.body = form("name", "xia", "displayname", "Xia", "password", "Staple Battery 4")
	if a := b.do(c); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestReadUserStatuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin, user := b.tsadmin(), b.signIn(userName, password)
	b.do(get(base+"/user?name=nobody", admin)).wants(t, 400, 13003, "no user")
	b.do(get(base+"/user?userid="+noSuchID, admin)).wants(t, 500, 10000, "no user")
	b.do(get(base+"/user?userid=x", admin)).wants(t, 400, 10002, "GUID")
	b.do(get(base+"/user", user)).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(get(base+"/user/list", user)).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(get(base+"/user/list", "")).wants(t, 401, 10003, "sign in")
}

func TestUpdateUserOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	group := b.newGroup(admin, "staff")
	id := b.newUser(admin, "zoe")
	session := b.signIn("zoe", "Staple Battery 4")

	// A whole object with changes, and the fields that calls cannot set.
	a := b.do(get(base+"/user?userid="+id, admin))
	var object map[string]any
	a.decode(t, &object)
	object["displayName"], object["visibility"], object["assignedGroups"] = "Zoe Z", "NON_SHARABLE", []string{group}
	object["privileges"], object["isSuperUser"], object["isSystemPrincipal"] = []string{"ADMINISTRATION"}, true, true
	header := object["header"].(map[string]any)
	header["author"], header["owner"], header["id"], header["created"], header["indexVersion"] = noSuchID, noSuchID, noSuchID, 1, 99
	object["userContent"].(map[string]any)["userProperties"] = map[string]any{"mail": "zoe@example.com"}
	content, _ := json.Marshal(object) // maps of JSON always marshal
	b.do(send("PUT", "/user/"+id, admin, "userid", id, "content", string(content))).wantsNothing(t)
	u := b.getUser(admin, id)
	got := []any{u.Header.Name, u.DisplayName, u.Visibility, u.AssignedGroups, u.UserContent.UserProperties.Mail, u.Header.Author, u.Header.Created, len(u.Privileges)}
	want := []any{"zoe", "Zoe Z", "NON_SHARABLE", []string{string(searchlight.AllGroupID), group}, "zoe@example.com", string(searchlight.AdminUserID), start.UnixMilli(), 0}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.do(get(base+"/session/info", session)).decode(t, &struct{}{})

	// A rename ends the sessions, and a part of an object leaves the rest.
	b.do(send("PUT", "/user/"+id, admin, "content", `{'header': {'name': 'Zoë'}}`)).wantsNothing(t)
	b.do(get(base+"/session/info", session)).wants(t, 401, 10003, "sign in")
	b.signIn("zoë", "Staple Battery 4")
	b.do(send("PUT", "/user/"+id, admin, "content", `{"state":"SUSPENDED"}`, "password", "New Battery 45")).wantsNothing(t)
	b.do(loginCall("zoë", "New Battery 45")).wants(t, 401, 10003, "")
	b.do(send("PUT", "/user/"+id, admin, "content", `{"state":"active"}`)).wantsNothing(t)
	b.signIn("zoë", "New Battery 45")

	for _, tt := range []struct {
		c              call
		status, number int
		text           string
	}{
		{send("PUT", "/user/"+id, admin, "content", `{"state":`), 500, 10000, "content"},
		{send("PUT", "/user/"+id, admin, "content", `[]`), 500, 10000, "content"},
		{send("PUT", "/user/"+id, admin, "content", `{"assignedGroups":["x"]}`), 500, 10000, "GUID"},
		{send("PUT", "/user/"+id, admin), 400, 10002, "content"},
		{send("PUT", "/user/"+id, admin, "content", `{"state":"ASLEEP"}`), 400, 10002, "ASLEEP"},
		{send("PUT", "/user/"+id, admin, "content", `{"displayName":""}`), 400, 10002, "display name"},
		{send("PUT", "/user/"+id, admin, "content", `{"header":{"name":"mlopez"}}`), 409, 10002, "already a user"},
		{send("PUT", "/user/"+id, admin, "password", "short"), 400, 10002, "password"},
		{send("PUT", "/user/x", admin, "content", `{}`), 400, 10002, "GUID"},
		{send("PUT", "/user/"+noSuchID, admin, "content", `{}`), 403, 10038, "no user"},
		{send("PUT", "/user/"+string(searchlight.SuperUserID), admin, "content", `{"displayName":"x"}`), 403, 10038, "built in"},
		{send("PUT", "/user/"+string(searchlight.AdminUserID), admin, "content", `{"state":"INACTIVE"}`), 409, 10002, "nobody would be left"},
		{send("PUT", "/user/"+id, b.signIn(userName, password), "content", `{}`), 403, 10038, "another user"},
		{send("DELETE", "/user/x", admin), 500, 10000, "GUID"},
		{send("DELETE", "/user/"+noSuchID, admin), 500, 10000, "no user"},
		{send("DELETE", "/user/"+string(searchlight.AdminUserID), admin), 403, 10038, "built in"},
		{send("DELETE", "/user/"+id, b.signIn(userName, password)), 403, 10038, "ADMINISTRATION"},
		{send("PUT", "/user/email", admin, "userid", id, "emailid", "x"), 500, 10000, "e-mail"},
		{send("PUT", "/user/email", admin, "userid", noSuchID, "emailid", "x@example.com"), 400, 10002, "no user"},
		{send("PUT", "/user/email", admin, "userid", "x", "emailid", "x@example.com"), 400, 10002, "GUID"},
		{send("PUT", "/user/email", admin, "userid", id), 400, 10002, "emailid"},
		{post("/session/user/deleteusers", admin, "ids", `["`+id+`","`+noSuchID+`"]`), 403, 10038, "no user"},
		{post("/session/user/deleteusers", admin), 400, 10002, "ids"},
	} {
		b.do(tt.c).wants(t, tt.status, tt.number, tt.text)
	}
	b.do(send("PUT", "/user/email", admin, "userid", id, "emailid", "z@example.com")).wantsNothing(t)
	if u := b.getUser(admin, id); u.UserContent.UserProperties.Mail != "z@example.com" {
		t.Errorf("%+v", u)
	}
	b.do(send("DELETE", "/user/"+id+"?orgScope=ALL", admin)).wantsNothing(t)
	b.do(get(base+"/user?userid="+id, admin)).wants(t, 500, 10000, "no user")
	first, second := b.newUser(admin, "one"), b.newUser(admin, "two")
	c := post("", admin, "ids", `["`+first+`","`+second+`"]`)
	c.path = "//callosum/v1/session/user/deleteusers" // as UserTools sends it
	b.do(c).wantsNothing(t)
	b.do(get(base+"/user?name=two", admin)).wants(t, 400, 13003, "no user")
}

// Own profiles: what is protected has no effect (security.md T-05).
func TestT05_UsersCannotGiveThemselvesAnything(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, admin := b.signIn(userName, password), b.tsadmin()
	before := b.getUser(admin, string(b.user))
	for _, field := range []string{
		`"privileges":["ADMINISTRATION"]`, `"isSuperUser":true`, `"isSystemPrincipal":true`, `"state":"SUSPENDED"`, `"type":"SAML_USER"`, `"visibility":"NON_SHARABLE"`,
		`"assignedGroups":["` + string(searchlight.AdminGroupID) + `"]`, `"inheritedGroups":["` + string(searchlight.AdminGroupID) + `"]`, `"displayName":"Administrator"`,
		`"header":{"name":"tsadmin","author":"` + noSuchID + `","owner":"` + noSuchID + `","id":"` + string(searchlight.AdminUserID) + `"}`,
		`"userContent":{"userProperties":{"mail":"x@example.com"}}`, `"is_bypass_rls":true`, `"groups":["Administrator"]`,
	} {
		b.do(send("PUT", "/user/"+string(b.user), user, "content", "{"+field+"}")).wantsNothing(t)
		b.do(post("/user/updatepreference", user, "preferences", "{"+field+"}")).wantsNothing(t)
		after := b.getUser(admin, string(b.user))
		after.UserContent.UserPreferences = before.UserContent.UserPreferences // where unknown keys are kept
		after.Header.ModifiedBy = before.Header.ModifiedBy
		if !reflect.DeepEqual(after, before) {
			t.Errorf("%s: %+v", field, after)
		}
	}
	b.do(send("PUT", "/user/"+string(b.user), user, "content", "{}", "password", "New Battery 45")).wantsNothing(t)
	b.do(loginCall(userName, "New Battery 45")).wants(t, 401, 10003, "")
}

func TestUserList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	b.pass(time.Minute)
	staff := b.newGroup(admin, "staff", "description", "Who works here", "visibility", "NON_SHARABLE")
	b.pass(time.Minute)
	early := b.newGroup(admin, "a later one")
	b.do(post("/group/"+staff+"/groups", admin, "principalids", early)).wantsNothing(t)
	zoe := b.newUser(admin, "Zoe", "groups", staff, "properties", `{"mail":"zoe@example.com"}`)
	at := func(minutes int) int64 { return start.Add(time.Duration(minutes) * time.Minute).UnixMilli() }
	const builtIn = 1354006445722
	entry := func(id any, name, display, kind string, created int64, groups ...string) map[string]any {
		e := map[string]any{"id": id, "name": name, "displayName": display, "created": created, "modified": created,
			"principalTypeEnum": "LOCAL_" + kind, "groupNames": append([]string{}, groups...), "visibility": "DEFAULT", "activate": false}
		if kind == "USER" {
			e["mail"] = ""
		}
		return e
	}
	withMail := entry(zoe, "Zoe", "Zoe", "USER", at(2), "All", "staff")
	withMail["mail"] = "zoe@example.com"
	maria := entry(b.user, "mlopez", "Maria Lopez", "USER", at(0), "All")
	maria["mail"] = "m@example.com"
	described := entry(staff, "staff", "staff", "GROUP", at(1))
	described["description"], described["visibility"] = "Who works here", "NON_SHARABLE"
	tsadmin := entry(searchlight.AdminUserID, "tsadmin", "Administrator", "USER", builtIn, "Administrator", "All")
	b.do(get(base+"/user/list", admin)).wantsJSON(t, []any{
		entry(searchlight.AdminGroupID, "Administrator", "Administration Group", "GROUP", builtIn),
		entry(searchlight.AllGroupID, "All", "All Group", "GROUP", builtIn),
		entry(searchlight.SystemGroupID, "System", "System Management Group", "GROUP", builtIn),
		described,
		entry(early, "a later one", "a later one", "GROUP", at(2), "staff"),
		entry(searchlight.GuestUserID, "guest", "Guest", "USER", builtIn, "All"),
		entry(searchlight.SuperUserID, "su", "Administrator Super-User", "USER", builtIn, "Administrator", "All", "System"),
		entry(searchlight.SystemUserID, "system", "System User", "USER", builtIn, "All", "System"),
		tsadmin,
		maria,
		withMail,
	})
	// The list can be sent back and changes nothing.
	list := b.do(get(base+"/user/list", admin)).body
	b.do(parts("/user/sync", admin, "principals", list, "applyChanges", "true", "removeDelete", "true")).wantsJSON(t, syncResult())
}

// syncResult is an answer of user/sync; keys are those that are not empty.
func syncResult(pairs ...any) map[string]any {
	r := map[string]any{}
	for _, key := range []string{"usersAdded", "usersDeleted", "usersUpdated", "groupsAdded", "groupsDeleted", "groupsUpdated"} {
		r[key] = []string{}
	}
	for i := 0; i < len(pairs); i += 2 {
		r[pairs[i].(string)] = pairs[i+1]
	}
	return r
}

func TestUserSync(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	b.newUser(admin, "Zoe")
	const list = `[
		{"name":"staff","displayName":null,"description":null,"principalTypeEnum":"LOCAL_GROUP","groupNames":null,"visibility":null,"created":"","id":null},
		{"name":"zoe","displayName":"Zoe Z","mail":null,"password":null,"principalTypeEnum":"LOCAL_USER","groupNames":["staff"],"visibility":"DEFAULT","privileges":[]},
		{"name":"yan","displayName":"","mail":"","principalTypeEnum":"local_user","groupNames":["All","staff"],"visibility":"NON_SHAREABLE"},
		{"name":"mlopez","principalTypeEnum":"LOCAL_USER"}]`
	want := syncResult("usersAdded", []string{"yan"}, "usersUpdated", []string{"Zoe"}, "groupsAdded", []string{"staff"})
	for _, dry := range []call{
		parts("/user/sync", admin, "principals", list, "password", "Staple Battery 4"),
		parts("/user/sync?orgScope=ALL", admin, "principals", "\ufeff"+list, "password", "Staple Battery 4", "applyChanges", "False"),
	} {
		b.do(dry).wantsJSON(t, want)
		b.do(get(base+"/user?name=yan", admin)).wants(t, 400, 13003, "no user")
	}
	c := parts("/user/sync", admin, "principals", list, "defaultPassword", "Staple Battery 4", "applyChanges", "True", "removeDelete", "false")
	b.do(c).wantsJSON(t, want)
	b.signIn("yan", "Staple Battery 4")
	var zoe principal
	b.do(get(base+"/user?name=zoe", admin)).decode(t, &zoe)
	if zoe.DisplayName != "Zoe Z" || len(zoe.AssignedGroups) != 2 {
		t.Errorf("%+v", zoe)
	}
	b.do(c).wantsJSON(t, syncResult())

	sync := func(pairs ...string) answer { return b.do(parts("/user/sync", admin, pairs...)) }
	for _, tt := range []struct {
		principals, text string
	}{
		{`{}`, "JSON array"}, {`[`, "malformed"}, {`["a"]`, "JSON array"}, {`[{"name":7}]`, "name"}, {`[{"name":"a"}]`, "principalTypeEnum"},
		{`[{"name":"a","principalTypeEnum":"X_USER"}]`, "X_USER"}, {`[{"name":"","principalTypeEnum":"LOCAL_USER"}]`, "no name"},
		{`[{"name":"zoe","principalTypeEnum":"LOCAL_USER"},{"name":"ZOE","principalTypeEnum":"SAML_USER"}]`, "twice"},
		{`[{"name":"zoe","principalTypeEnum":"LOCAL_USER","groupNames":["nobody"]}]`, "nobody"},
		{`[{"name":"zoe","principalTypeEnum":"LOCAL_USER","visibility":"x"}]`, "visibility"},
		{`[{"name":"a","principalTypeEnum":"LOCAL_GROUP","groupNames":["b"]},{"name":"b","principalTypeEnum":"LOCAL_GROUP","groupNames":["a"]}]`, "inside itself"},
	} {
		sync("principals", tt.principals, "removeDeleted", "false", "password", "Staple Battery 4").wants(t, 500, 10002, tt.text)
	}
	sync("applyChanges", "true").wants(t, 500, 10002, "principals")
	sync("principals", `[{"name":"a","principalTypeEnum":"LOCAL_USER"}]`, "removeDeleted", "false").wants(t, 400, 10002, "password")
	sync("principals", `[{"name":"a","principalTypeEnum":"LOCAL_USER","password":"secret"}]`, "removeDeleted", "false").wants(t, 400, 10002, "password")
	sync("principals", `[]`, "applyChanges", "true").wants(t, 400, 10002, "removeDeleted=true")
	sync("principals", `[]`, "applyChanges", "x").wants(t, 400, 10002, "applyChanges")
	b.do(post("/user/sync", admin, "principals", list)).wants(t, 415, 10002, "multipart")
	b.do(parts("/user/sync", b.signIn(userName, password), "principals", list)).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(parts("/user/sync", "", "principals", list)).wants(t, 401, 10003, "sign in")
	sync("principals", `[]`, "applyChanges", "true", "remoteDeleted", "true").wantsJSON(t,
		syncResult("usersDeleted", []string{"mlopez", "yan", "Zoe"}, "groupsDeleted", []string{"staff"}))
}

func TestTransferOwnershipOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	pinboard := func(id searchlight.GUID, author searchlight.GUID) {
		b.update(func(tx searchlight.Tx) error {
			return tx.CreateObject(&searchlight.Object{Header: searchlight.Header{ID: id, Type: searchlight.TypePinboard, Name: "p", Author: author, Owner: id}, Content: []byte("{}")})
		})
	}
	author := func(id searchlight.GUID) (author searchlight.GUID) {
		b.view(func(tx searchlight.Tx) error {
			h, err := tx.Header(id)
			if err == nil {
				author = h.Author
			}
			return err
		})
		return author
	}
	one, two := searchlight.NewGUID(), searchlight.NewGUID()
	pinboard(one, b.user)
	pinboard(two, b.user)
	transfer := func(query string) answer {
		return b.do(call{method: "POST", path: base + "/user/transfer/ownership?" + query, cookie: admin, contentType: "application/json", header: map[string]string{"X-Requested-By": "ThoughtSpot"}})
	}
	transfer("fromUserName=mlopez&toUserName=tsadmin&objectid=[" + string(one) + "]").wantsNothing(t)
	if author(one) != searchlight.AdminUserID || author(two) != b.user {
		t.Errorf("authors %s, %s", author(one), author(two))
	}
	transfer("fromUserName=tsadmin&toUserName=mlopez").wantsNothing(t)
	if author(one) != b.user {
		t.Errorf("author %s", author(one))
	}
	for query, text := range map[string]string{
		"toUserName=tsadmin":                                                  "fromUserName",
		"fromUserName=tsadmin":                                                "toUserName",
		"fromUserName=nobody&toUserName=tsadmin":                              "nobody",
		"fromUserName=mlopez&toUserName=nobody":                               "nobody",
		"fromUserName=mlopez&toUserName=su":                                   "transfer",
		"fromUserName=system&toUserName=mlopez":                               "transfer",
		"fromUserName=mlopez&toUserName=tsadmin&objectsID=[x]":                "GUID",
		"fromUserName=mlopez&toUserName=tsadmin&objectsID=[" + noSuchID + "]": "nothing was transferred",
	} {
		a := transfer(query)
		if p := a.problem(t); a.StatusCode != 400 || !strings.Contains(p.Debug, text) {
			t.Errorf("%s: %d %s", query, a.StatusCode, a.body)
		}
	}
	c := post("/user/transfer/ownership", b.signIn(userName, password), "fromUserName", "tsadmin", "toUserName", userName)
	b.do(c).wants(t, 403, 10038, "ADMINISTRATION")
}

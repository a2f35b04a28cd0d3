package server_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
)

func TestGroupBody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	a := b.do(post("/group", admin, "name", "sales", "display_name", "Sales", "description", "Who sells", "privileges", `["DATADOWNLOADING","EXPERIMENTALFEATUREPRIVILEG"]`,
		"grouptype", "LOCAL_GROUP", "visibility", "NON_SHARABLE"))
	var made principal
	a.decode(t, &made)
	ms := start.UnixMilli()
	want := map[string]any{
		"userGroupContent": map[string]any{}, "groupIdx": 2, "metadataVersion": -1, "assignedPinboards": []string{}, "assignedGroups": []string{}, "inheritedGroups": []string{},
		"privileges": []string{"DATADOWNLOADING", "EXPERIMENTALFEATUREPRIVILEGE"}, "type": "LOCAL_GROUP", "parenttype": "GROUP", "visibility": "NON_SHARABLE",
		"tenantId": "982d6da9-9cd1-479e-b9a6-35aa05f9282a", "displayName": "Sales", "description": "Who sells",
		"header": map[string]any{"id": made.Header.ID, "indexVersion": 1, "generationNum": 1, "name": "sales", "displayName": "Sales", "description": "Who sells",
			"author": searchlight.AdminUserID, "created": ms, "modified": ms, "modifiedBy": searchlight.AdminUserID, "owner": made.Header.ID,
			"isDeleted": false, "isHidden": false, "tags": []string{}, "type": "LOCAL_GROUP", "isExternal": false, "isDeprecated": false},
		"complete": true, "incompleteDetail": []string{}, "isSystemPrincipal": false,
	}
	a.wantsJSON(t, want)
	b.do(get(base+"/group?name=SALES", admin)).wantsJSON(t, want)
	b.do(get(base+"/group/?groupid="+made.Header.ID, admin)).wantsJSON(t, want)

	var groups []struct {
		Header            struct{ Name string }
		GroupIdx          int
		IsSystemPrincipal bool
	}
	b.do(get(base+"/group", admin)).decode(t, &groups)
	var got []any
	for _, g := range groups {
		got = append(got, g.Header.Name, g.GroupIdx, g.IsSystemPrincipal)
	}
	if want := []any{"Administrator", 1, true, "All", 2, true, "sales", 2, false, "System", 3, true}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	var info struct{ UserGroupMask int }
	b.do(get(base+"/session/info", admin)).decode(t, &info)
	if info.UserGroupMask != 6 {
		t.Errorf("the mask of an administrator is %d, want 6", info.UserGroupMask)
	}
}

func TestGroupStatuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin, user := b.tsadmin(), b.signIn(userName, password)
	id := b.newGroup(admin, "staff")
	administrators := string(searchlight.AdminGroupID)
	for _, tt := range []struct {
		c              call
		status, number int
		text           string
	}{
		{post("/group", admin, "displayname", "x"), 400, 10002, "name"},
		{post("/group", admin, "name", "x"), 400, 10002, "displayname"},
		{post("/group", admin, "name", "STAFF", "displayname", "x"), 409, 10002, "already a group"},
		{post("/group", admin, "name", "System", "displayname", "x"), 400, 10002, "reserved"},
		{post("/group", admin, "name", "x", "displayname", "x", "privileges", "[WITCHCRAFT]"), 400, 10002, "WITCHCRAFT"},
		{post("/group", admin, "name", "x", "displayname", "x", "privileges", "[SYSTEMMANAGEMENT]"), 400, 10002, "SYSTEMMANAGEMENT"},
		{post("/group", admin, "name", "x", "displayname", "x", "grouptype", "LOCAL_USER"), 400, 10002, "grouptype"},
		{post("/group", user, "name", "x", "displayname", "x"), 403, 10038, "ADMINISTRATION"},
		{post("/group", "", "name", "x", "displayname", "x"), 401, 10003, "sign in"},
		{get(base+"/group?name=nobody", admin), 400, 10002, "no group"},
		{get(base+"/group?groupid="+noSuchID, admin), 400, 10002, "no group"},
		{get(base+"/group?groupid=x", admin), 400, 10002, "GUID"},
		{get(base+"/group", user), 403, 10038, "ADMINISTRATION"},
		{send("PUT", "/group/"+id, admin), 400, 10002, "content"},
		{send("PUT", "/group/"+id, admin, "content", "{"), 500, 10000, "content"},
		{send("PUT", "/group/"+id, admin, "content", `{"privileges":["WITCHCRAFT"]}`), 500, 10000, "WITCHCRAFT"},
		{send("PUT", "/group/"+id, admin, "content", `{"assignedGroups":["x"]}`), 500, 10000, "GUID"},
		{send("PUT", "/group/"+id, admin, "content", `{"assignedGroups":["`+id+`"]}`), 400, 10002, "inside itself"},
		{send("PUT", "/group/"+id, admin, "content", `{"assignedPinboards":["`+noSuchID+`"]}`), 400, 10002, "pinboard"},
		{send("PUT", "/group/"+noSuchID, admin, "content", `{}`), 403, 10038, "no group"},
		{send("PUT", "/group/"+administrators, admin, "content", `{"name":"x"}`), 403, 10038, "built in"},
		{send("PUT", "/group/"+administrators, admin, "content", `{"privileges":[]}`), 400, 10002, "keeps ADMINISTRATION"},
		{send("PUT", "/group/"+id, user, "content", `{}`), 403, 10038, "ADMINISTRATION"},
		{send("DELETE", "/group/x", admin), 500, 10000, "GUID"},
		{send("DELETE", "/group/"+noSuchID, admin), 500, 10000, "no group"},
		{send("DELETE", "/group/"+administrators, admin), 403, 10038, "built in"},
		{send("DELETE", "/group/"+id, user), 403, 10038, "ADMINISTRATION"},
		{post("/session/group/deletegroups", admin, "ids", `["`+id+`","`+noSuchID+`"]`), 403, 10038, "no group"},
	} {
		b.do(tt.c).wants(t, tt.status, tt.number, tt.text)
	}
	b.do(send("PUT", "/group/"+id, admin, "groupid", id, "content", `{'header': {'name': 'Staff 2'}, 'privileges': ['DEVELOPER'], 'assignedGroups': ['`+strings.ToUpper(administrators)+`'], 'assignableBySSO': True}`)).wantsNothing(t)
	var g map[string]any
	b.do(get(base+"/group?groupid="+id, admin)).decode(t, &g)
	got := []any{g["header"].(map[string]any)["name"], g["privileges"], g["assignedGroups"], g["assignableBySSO"], g["displayName"]}
	if want := []any{"Staff 2", []any{"DEVELOPER"}, []any{administrators}, true, "staff"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	b.do(send("DELETE", "/group/"+id, admin)).wantsNothing(t)
	one, two := b.newGroup(admin, "one"), b.newGroup(admin, "two")
	c := post("", admin, "ids", `["`+one+`","`+two+`"]`)
	c.path = v1.InternalPrefix + "/session/group/deletegroups"
	b.do(c).wantsNothing(t)
	b.do(get(base+"/group?name=one", admin)).wants(t, 400, 10002, "no group")
}

func TestPrivilegesOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	b.newGroup(admin, "one")
	b.newGroup(admin, "two")
	has := func(name string) []string {
		var g principal
		b.do(get(base+"/group?name="+name, admin)).decode(t, &g)
		return g.Privileges
	}
	add, remove := "/group/addprivilege", "/group/removeprivilege"
	// UserTools: multipart, no Accept; PySDK: multipart and JSON; 2021: a form.
	b.do(parts(add, admin, "privilege", "DEVELOPER", "groupNames", `["one"]`)).wantsNothing(t)
	var one principal
	b.do(withHeader(parts(add, admin, "privilege", "DEVELOPER", "groupNames", `["one"]`), "Accept", "application/json")).decode(t, &one)
	if one.Header.Name != "one" || !reflect.DeepEqual(one.Privileges, []string{"DEVELOPER"}) {
		t.Errorf("%+v", one)
	}
	var both []principal
	b.do(withHeader(parts(add, admin, "privilege", "experimentalfeatureprivileg", "groupNames", `['one', "two"]`), "Accept", "text/plain, application/json;q=0.5")).decode(t, &both)
	if len(both) != 2 || both[1].Header.Name != "two" {
		t.Errorf("%+v", both)
	}
	b.do(withHeader(post(add, admin, "privilege", "DATADOWNLOADING", "groupNames", "ALL_GROUP"), "Accept", "application/json")).wantsNothing(t)
	if got := has("All"); !reflect.DeepEqual(got, []string{"AUTHORING", "DATADOWNLOADING"}) {
		t.Errorf("All: %v", got)
	}
	b.do(withHeader(parts(remove, admin, "privilege", "DEVELOPER", "groupNames", `["one","two"]`), "Accept", "application/json")).wantsNothing(t)
	if got := has("one"); !reflect.DeepEqual(got, []string{"EXPERIMENTALFEATUREPRIVILEGE"}) {
		t.Errorf("one: %v", got)
	}
	for _, path := range []string{add, remove} {
		for _, tt := range []struct {
			c              call
			status, number int
			text           string
		}{
			{post(path, admin, "privilege", "WITCHCRAFT", "groupNames", "one"), 400, 10002, "WITCHCRAFT"},
			{post(path, admin, "privilege", "DEVELOPER", "groupNames", "[one,nobody]"), 400, 10002, "nobody"},
			{post(path, admin, "privilege", "DEVELOPER", "groupNames", "[]"), 400, 10002, "groupNames"},
			{post(path, admin, "groupNames", "one"), 400, 10002, "privilege"},
			{post(path, b.signIn(userName, password), "privilege", "DEVELOPER", "groupNames", "one"), 403, 10038, "ADMINISTRATION"},
			{post(path, "", "privilege", "DEVELOPER", "groupNames", "one"), 401, 10003, "sign in"},
			{call{method: "POST", path: base + path, contentType: "text/plain", body: "x", cookie: admin, header: map[string]string{"X-Requested-By": "x"}}, 415, 10002, "form"},
		} {
			b.do(tt.c).wants(t, tt.status, tt.number, tt.text)
		}
	}
	b.do(post(add, admin, "privilege", "ADMINISTRATION", "groupNames", "All")).wants(t, 400, 10002, "everybody")
	b.do(post(remove, admin, "privilege", "ADMINISTRATION", "groupNames", "Administrator")).wants(t, 400, 10002, "keeps ADMINISTRATION")
	if got := has("one"); len(got) != 1 {
		t.Errorf("one: %v", got)
	}
	// The last who administers is one through another group.
	b.do(post(add, admin, "privilege", "ADMINISTRATION", "groupNames", "one")).wantsNothing(t)
	id := string(searchlight.AdminUserID)
	b.do(post("/user/"+id+"/groups", admin, "groupids", one.Header.ID)).wantsNothing(t)
	b.do(send("DELETE", "/user/"+id+"/groups?groupids="+string(searchlight.AdminGroupID), admin)).wantsNothing(t)
	b.do(post(remove, admin, "privilege", "ADMINISTRATION", "groupNames", "one")).wants(t, 409, 10002, "nobody would be left")
}

func TestMembershipsOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	one, two, three := b.newGroup(admin, "one"), b.newGroup(admin, "two"), b.newGroup(admin, "three")
	zoe, maria := b.newUser(admin, "zoe"), string(b.user)
	names := func(path string) (names []string) {
		var list []principal
		b.do(get(base+path, admin)).decode(t, &list)
		for _, p := range list {
			names = append(names, p.Header.Name)
		}
		return names
	}
	check := func(path string, want ...string) {
		t.Helper()
		if got := names(path); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	do := func(c call) { t.Helper(); b.do(c).wantsNothing(t) }
	quoted := func(ids ...string) string { text, _ := json.Marshal(ids); return string(text) } // strings always marshal

	do(send("POST", "/user/"+zoe+"/groups?groupids="+quoted(one, two), admin))
	check("/user/"+zoe+"/groups", "All", "one", "two")
	do(send("PUT", "/user/"+zoe+"/groups?groupids=["+three+"]", admin))
	check("/user/"+zoe+"/groups", "All", "three")
	do(send("DELETE", "/user/"+zoe+"/groups?groupids="+three, admin))
	check("/user/"+zoe+"/groups", "All")
	do(send("PUT", "/user/"+zoe+"/groups?groupids=[]", admin))

	do(send("POST", "/group/"+one+"/user/"+zoe, admin))
	do(send("POST", "/group/"+one+"/users?userids="+quoted(maria), admin))
	check("/group/"+one+"/users", "mlopez", "zoe")
	check("/group/listuser/"+one, "mlopez", "zoe")
	check("/session/group/listuser/"+one, "mlopez", "zoe")
	do(send("DELETE", "/group/"+one+"/user/"+zoe, admin))
	do(send("PUT", "/group/"+one+"/users", admin, "userids", quoted(zoe)))
	check("/group/"+one+"/users", "zoe")
	do(send("DELETE", "/group/"+one+"/users?userids="+zoe, admin))
	check("/group/" + one + "/users")
	do(parts("/group/addmemberships", admin, "userids", "['"+zoe+"','"+maria+"']", "groupids", "['"+two+"','"+three+"']"))
	check("/group/"+two+"/users", "mlopez", "zoe")
	do(post("/group/removememberships", admin, "userids", quoted(zoe, maria), "groupids", quoted(three)))
	check("/group/" + three + "/users")

	do(send("POST", "/group/"+one+"/groups", admin, "principalids", quoted(two, three)))
	check("/group/"+one+"/groups", "three", "two")
	check("/session/group/listgroup/"+one, "three", "two")
	do(send("PUT", "/group/"+one+"/groups", admin, "principalids", quoted(two)))
	check("/group/"+one+"/groups", "two")
	do(send("DELETE", "/group/"+one+"/groups", admin, "principalids", quoted(two)))
	check("/group/" + one + "/groups")

	// Older names.
	internal := func(path string, pairs ...string) {
		t.Helper()
		c := post("", admin, pairs...)
		c.path = v1.InternalPrefix + path
		do(c)
	}
	internal("/session/group/adduser", "groupid", one, "userid", zoe)
	check("/group/"+one+"/users", "zoe")
	internal("/session/group/updateusersingroup", "groupid", one, "userids", quoted(maria))
	check("/group/"+one+"/users", "mlopez")
	internal("/session/group/addgroups", "groupid", one, "groupids", quoted(two))
	internal("/session/group/updategroupsingroup", "groupid", one, "groupids", quoted(three))
	check("/group/"+one+"/groups", "three")

	all, user := string(searchlight.AllGroupID), b.signIn(userName, password)
	for _, tt := range []struct {
		c      call
		status int
		text   string
	}{
		{get(base+"/user/"+noSuchID+"/groups", admin), 400, "no user"},
		{get(base+"/user/x/groups", admin), 400, "GUID"},
		{get(base+"/user/"+zoe+"/groups", user), 403, "ADMINISTRATION"},
		{send("POST", "/user/"+noSuchID+"/groups?groupids="+one, admin), 400, "no user"},
		{send("POST", "/user/"+zoe+"/groups?groupids="+noSuchID, admin), 400, "no group"},
		{send("POST", "/user/"+zoe+"/groups", admin), 400, "groupids"},
		{send("PUT", "/user/"+zoe+"/groups", admin), 400, "groupids"},
		{send("PUT", "/user/"+zoe+"/groups?groupids=", admin), 400, "groupids"},
		{send("DELETE", "/user/"+zoe+"/groups?groupids="+all, admin), 400, "All"},
		{send("POST", "/user/"+maria+"/groups?groupids="+string(searchlight.AdminGroupID), user), 403, "ADMINISTRATION"},
		{send("POST", "/user/"+string(searchlight.SuperUserID)+"/groups?groupids="+one, admin), 403, "built in"},
		{send("POST", "/user/"+zoe+"/groups?groupids="+string(searchlight.SystemGroupID), admin), 403, "System"},
		{send("POST", "/group/"+one+"/user/"+noSuchID, admin), 400, "no user"},
		{send("DELETE", "/group/"+one+"/user/"+noSuchID, admin), 500, "no user"},
		{send("DELETE", "/group/"+noSuchID+"/user/"+zoe, admin), 500, "no group"},
		{get(base+"/group/"+noSuchID+"/users", admin), 400, "no group"},
		{get(base+"/group/listuser/"+noSuchID, admin), 400, "no group"},
		{send("POST", "/group/"+one+"/users?userids="+noSuchID, admin), 400, "no user"},
		{send("PUT", "/group/"+noSuchID+"/users", admin, "userids", zoe), 400, "no group"},
		{send("PUT", "/group/"+all+"/users", admin, "userids", "[]"), 400, "All"},
		{get(base+"/group/"+noSuchID+"/groups", admin), 400, "no group"},
		{send("POST", "/group/"+one+"/groups", admin, "principalids", one), 400, "inside itself"},
		{send("POST", "/group/"+three+"/groups", admin, "principalids", one), 400, "inside itself"},
		{send("POST", "/group/"+string(searchlight.AdminGroupID)+"/groups", admin, "principalids", all), 400, "All"},
		{send("PUT", "/group/"+one+"/groups", admin), 400, "principalids"},
		{send("DELETE", "/group/"+one+"/groups", admin, "principalids", noSuchID), 400, "no group"},
		{post("/group/addmemberships", admin, "userids", zoe), 400, "groupids"},
		{call{method: "POST", path: base + "/group/addmemberships", contentType: "text/plain", body: "x", cookie: admin, header: map[string]string{"X-Requested-By": "x"}}, 415, "form"},
		{send("DELETE", "/user/"+string(searchlight.AdminUserID)+"/groups?groupids="+string(searchlight.AdminGroupID), admin), 409, "nobody would be left"},
	} {
		a := b.do(tt.c)
		if p := a.problem(t); a.StatusCode != tt.status || !strings.Contains(p.Debug, tt.text) {
			t.Errorf("%s %s: %d %s; want %d with %q", tt.c.method, tt.c.path, a.StatusCode, a.body, tt.status, tt.text)
		}
	}
}

// There are no roles: the calls about them say so to whoever may make them.
func TestRoles(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin, token := b.tsadmin(), b.signIn(userName, password)
	for _, path := range []string{"/group/addrole", "/group/removerole"} {
		b.do(parts(path, admin, "roleID", "r", "groupNames", `["All"]`)).wants(t, 400, 10002, "group/addprivilege")
		b.do(parts(path, admin, "groupNames", `["All"]`)).wants(t, 400, 10002, "roleID is missing")
		b.do(parts(path, admin, "roleID", "r", "groupNames", "[]")).wants(t, 400, 10002, "groupNames")
		b.do(parts(path, token, "roleID", "r", "groupNames", `["All"]`)).wants(t, 403, 10038, "ADMINISTRATION")
		b.do(post(path, admin, "roleID", "r", "groupNames", `["All"]`)).wants(t, 415, 10002, "multipart")
		b.do(parts(path, "", "roleID", "r", "groupNames", `["All"]`)).wants(t, 401, 10003, "sign in")
	}
}

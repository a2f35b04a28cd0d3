package server_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
)

func (b *bench) tagNames(id searchlight.GUID) string {
	b.t.Helper()
	var names []string
	b.view(func(tx searchlight.Tx) error {
		tags, err := tx.Tags(id)
		for _, tag := range tags[id] {
			names = append(names, tag.Name)
		}
		return err
	})
	return strings.Join(names, ",")
}

func TestTagRoutes(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	admin, token := tokens["tsadmin"], tokens[userName]
	var made struct {
		Header struct {
			ID, Name, Description, AuthorName string
			ClientState                       map[string]string
		}
	}
	b.do(post("/metadata/create", admin, "type", "TAG", "name", "Sales Team", "description", "", "clientstate", `{'color': '#48A0E0'}`)).decode(t, &made)
	if made.Header.Name != "Sales Team" || made.Header.ClientState["color"] != "#48A0E0" || made.Header.AuthorName != "tsadmin" || !b.there(searchlight.GUID(made.Header.ID)) {
		t.Errorf("made %+v", made)
	}
	for _, tt := range []struct {
		token  string
		pairs  []string
		status int
		text   string
	}{
		{admin, []string{"type", "TAG", "name", "sales team"}, 400, "there is a tag sales team already"}, {token, []string{"type", "TAG", "name", "sales team"}, 403, "ADMINISTRATION"},
		{admin, []string{"type", "TAG"}, 400, "name is missing"}, {admin, []string{"name", "x"}, 400, "type is missing"}, {admin, []string{"type", "USER", "name", "x"}, 400, "type must be TAG"},
		{admin, []string{"type", "TAG", "name", strings.Repeat("x", 501)}, 400, "1 to 500 bytes"}, {admin, []string{"type", "TAG", "name", "x", "clientstate", "red"}, 400, "JSON object"},
		{admin, []string{"type", "TAG", "name", "x", "clientstate", `{"color":"red"}`}, 400, "#RRGGBB"}, {admin, []string{"type", "TAG", "name", "x", "clientstate", `{"color":1}`}, 400, "#RRGGBB"},
		{admin, []string{"type", "TAG", "name", "x", "clientstate", `{"x":"` + strings.Repeat("y", 1024) + `"}`}, 400, "longer than 1024 bytes"},
	} {
		number := map[int]int{400: 10002, 403: 10038}[tt.status]
		b.do(post("/metadata/create", tt.token, tt.pairs...)).wants(t, tt.status, number, tt.text)
	}
	for name, tt := range map[string]struct {
		pairs []string
		id    searchlight.GUID
	}{
		"as PySDK sends it":     {[]string{"id", `["` + retail + `"]`, "type", `"LOGICAL_TABLE"`, "tagname", `["Sales Team"]`}, retail},
		"a name unquoted":       {[]string{"id", "[" + retail + "]", "type", "[LOGICAL_TABLE]", "tagname", "[Sales Team, red]"}, retail},
		"types in parallel":     {[]string{"id", fmt.Sprintf(`["%s","%s","%s"]`, salesTable, region, retail), "type", `["LOGICAL_TABLE","LOGICAL_COLUMN","LOGICAL_TABLE"]`, "tagid", made.Header.ID}, region},
		"one type for all":      {[]string{"id", fmt.Sprintf(`["%s","%s"]`, salesTable, retail), "type", "logical_table", "tagid", made.Header.ID}, salesTable},
		"of a connection":       {[]string{"id", warehouse, "type", "DATA_SOURCE", "tagid", made.Header.ID, "tagname", "Sales Team"}, warehouse},
		"of a repeated GUID":    {[]string{"id", savedView + "," + savedView, "type", "QUESTION_ANSWER_BOOK", "tagname", "sales team"}, savedView},
		"among those of others": {[]string{"id", pinboard, "type", "PINBOARD_ANSWER_BOOK", "tagname", "sales team"}, pinboard},
	} {
		b.do(post("/metadata/assigntag", token, tt.pairs...)).wantsNothing(t)
		b.do(post("/metadata/assigntag", token, tt.pairs...)).wantsNothing(t) // again
		if got := b.tagNames(tt.id); !strings.Contains(got, "Sales Team") || strings.Contains(got, "Red") != (name == "a name unquoted" || tt.id == pinboard) {
			t.Errorf("%s: %s", name, got)
		}
		b.do(post("/metadata/unassigntag", token, tt.pairs...)).wantsNothing(t)
		b.do(post("/metadata/unassigntag", token, tt.pairs...)).wantsNothing(t)
		if got := b.tagNames(tt.id); strings.Contains(got, "Sales Team") {
			t.Errorf("%s, taken off: %s", name, got)
		}
	}
	b.grant(savedView, friend, searchlight.ReadOnly)
	for _, path := range []string{"/metadata/assigntag", "/metadata/unassigntag"} {
		for _, tt := range []struct {
			pairs  []string
			status int
			text   string
		}{
			{[]string{"id", pinboard, "type", "PINBOARD_ANSWER_BOOK"}, 400, "tagid or tagname is missing"}, {[]string{"type", "PINBOARD_ANSWER_BOOK", "tagname", "Red"}, 400, "id is missing"},
			{[]string{"id", pinboard, "tagname", "Red"}, 400, "type is missing"}, {[]string{"id", pinboard, "type", "TAG", "tagname", "Red"}, 400, "type must be"},
			{[]string{"id", pinboard + "," + retail + "," + salesTable, "type", "[PINBOARD_ANSWER_BOOK,LOGICAL_TABLE]", "tagname", "Red"}, 400, "type has 2 values; it needs one, or one for each of the 3 ids"},
			{[]string{"id", "x", "type", "PINBOARD_ANSWER_BOOK", "tagname", "Red"}, 400, "GUIDs"}, {[]string{"id", pinboard, "type", "PINBOARD_ANSWER_BOOK", "tagid", "x"}, 400, "GUIDs"},
			{[]string{"id", pinboard, "type", "PINBOARD_ANSWER_BOOK", "tagname", "Green"}, 400, "there is no tag Green"}, {[]string{"id", pinboard, "type", "PINBOARD_ANSWER_BOOK", "tagid", nobody}, 400, "there is no tag " + nobody},
			{[]string{"id", savedView, "type", "QUESTION_ANSWER_BOOK", "tagname", "Red"}, 403, "you may see " + savedView},
		} {
			number := map[int]int{400: 10002, 403: 10038}[tt.status]
			b.do(post(path, tokens["friend"], tt.pairs...)).wants(t, tt.status, number, tt.text)
		}
	}
	b.do(withType(post("/metadata/assigntag", token), "application/json", `{"id":[]}`)).wants(t, 415, 10002, "id is missing")
}

func TestFavoriteRoutes(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	token, admin := tokens[userName], tokens["tsadmin"]
	const path = "/metadata/markunmarkfavoritefor"
	favorites := func(token string) string {
		return b.do(get(at("/metadata/listobjectheaders", "category", "FAVORITE"), token)).body
	}
	b.do(post(path, token, "type", "PINBOARD_ANSWER_BOOK", "ids", `["`+pinboard+`"]`, "userid", string(b.user))).wantsNothing(t)
	if !strings.Contains(favorites(token), pinboard) || favorites(admin) != "[]" {
		t.Errorf("favourites %s, of others %s", favorites(token), favorites(admin))
	}
	b.do(send("DELETE", path, token, "ids", `['`+pinboard+`', '`+nobody+`']`)).wantsNothing(t)
	if favorites(token) != "[]" {
		t.Errorf("favourites %s", favorites(token))
	}
	b.do(post(path, admin, "type", "LOGICAL_TABLE", "ids", retail, "userid", string(b.user))).wantsNothing(t)
	if !strings.Contains(favorites(token), retail) {
		t.Errorf("favourites %s", favorites(token))
	}
	for _, method := range []string{"POST", "DELETE"} {
		for _, tt := range []struct {
			token        string
			pairs        []string
			status, code int
			text         string
		}{
			{token, []string{"type", "LOGICAL_TABLE"}, 400, 10002, "ids is missing"}, {token, []string{"type", "LOGICAL_TABLE", "ids", "x"}, 400, 10002, "GUIDs"},
			{token, []string{"type", "LOGICAL_TABLE", "ids", retail, "userid", "me"}, 400, 10002, "GUIDs"}, {token, []string{"type", "LOGICAL_TABLE", "ids", retail, "userid", viewer}, 403, 10038, "ADMINISTRATION"},
			{token, []string{"type", "LOGICAL_TABLE", "ids", retail, "userid", nobody}, 403, 10038, "ADMINISTRATION"}, {admin, []string{"type", "LOGICAL_TABLE", "ids", retail, "userid", nobody}, 400, 10002, "there is no user"},
		} {
			b.do(send(method, path, tt.token, tt.pairs...)).wants(t, tt.status, tt.code, tt.text)
		}
	}
	b.do(post(path, token, "ids", retail)).wants(t, 400, 10002, "type is missing")
	b.do(post(path, token, "type", "WORKSHEET", "ids", retail)).wants(t, 500, 10000, "type must be")
}

func TestHomePinboardRoutes(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	token := tokens[userName]
	const path = "/session/homepinboard"
	home := func(token, accept string) answer {
		c := get(base+path, token)
		c.header = map[string]string{"Accept": accept}
		return b.do(c)
	}
	home(token, "application/json").wantsJSON(t, nil)
	if a := home(token, "*/*"); a.StatusCode != 200 || a.body != "" {
		t.Errorf("none: %d %q", a.StatusCode, a.body)
	}
	b.do(post(path, token, "id", strings.ToUpper(pinboard))).wantsNothing(t)
	home(token, "application/json").wantsJSON(t, pinboard)
	if a := home(token, "text/plain"); a.body != pinboard || a.Header.Get("Content-Type") != "text/plain;charset=UTF-8" {
		t.Errorf("as text: %s %q", a.Header.Get("Content-Type"), a.body)
	}
	if a := b.do(send("DELETE", path, token)); a.StatusCode != 200 || a.body != "" || home(token, "").body != "" {
		t.Errorf("cleared: %d %q", a.StatusCode, a.body)
	}
	b.do(post(path, tokens["tsadmin"], "id", pinboard, "userid", string(b.user))).wantsNothing(t)
	home(token, "application/json").wantsJSON(t, pinboard)
	for _, tt := range []struct {
		token        string
		pairs        []string
		status, code int
		text         string
	}{
		{token, nil, 400, 10002, "id is missing"}, {token, []string{"id", "x"}, 400, 10002, "GUIDs"}, {token, []string{"id", pinboard, "userid", "x"}, 400, 10002, "GUIDs"},
		{token, []string{"id", savedView}, 403, 10038, "there is no object"}, {token, []string{"id", tile}, 403, 10038, "there is no object"},
		{token, []string{"id", pinboard, "userid", viewer}, 403, 10038, "ADMINISTRATION"}, {tokens["tsadmin"], []string{"id", pinboard, "userid", viewer}, 403, 10038, "there is no object"},
		{tokens["tsadmin"], []string{"id", pinboard, "userid", nobody}, 403, 10038, "there is no user"},
	} {
		b.do(post(path, tt.token, tt.pairs...)).wants(t, tt.status, tt.code, tt.text)
	}
}

func TestOrgs(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	orgs := func(admin bool) any {
		return map[string]any{"orgs": []any{map[string]any{"orgId": 0, "orgName": "Primary", "description": "Primary Org", "allUserGroupId": searchlight.AllGroupID,
			"defaultAdminUserGroupId": searchlight.AdminGroupID, "isActive": true}}, "canAdministerAllOrgs": admin, "currentOrgId": 0}
	}
	token, admin := tokens[userName], tokens["tsadmin"]
	b.do(get(base+"/session/orgs?batchsize=-1&offset=-1", token)).wantsJSON(t, orgs(false))
	b.do(get(base+"/session/orgs", admin)).wantsJSON(t, orgs(true))
	b.do(get(base+"/session/orgs?offset=1", token)).wantsJSON(t, map[string]any{"orgs": []any{}, "canAdministerAllOrgs": false, "currentOrgId": 0})
	b.do(get(base+"/session/orgs/users/"+string(b.user)+"?orgScope=ALL", token)).wantsJSON(t, orgs(false))
	b.do(get(base+"/session/orgs/users/"+viewer, admin)).wantsJSON(t, orgs(true))
	for _, id := range []string{viewer, nobody} {
		b.do(get(base+"/session/orgs/users/"+id, token)).wants(t, 403, 10038, "ADMINISTRATION")
	}
	b.do(get(base+"/session/orgs/users/"+nobody, admin)).wants(t, 403, 10038, nobody)
	b.do(get(base+"/session/orgs/users/x", token)).wants(t, 400, 10002, "GUIDs")
	b.do(get(base+"/session/orgs?offset=x", token)).wants(t, 400, 10002, "whole number")
	b.do(send("PUT", "/session/orgs", token, "orgid", "0")).wantsNothing(t)
	b.do(send("PUT", "/session/orgs", token, "orgid", "1")).wants(t, 403, 10038, "one organization")
	b.do(send("PUT", "/session/orgs", token)).wants(t, 400, 10002, "orgid is missing")
	b.do(send("PUT", "/session/orgs", token, "orgid", "first")).wants(t, 400, 10002, "whole number")

	add := func(token, users, org string) answer {
		return b.do(post("/user/addtoorg?orgScope=ALL", token, "userids", users, "orgid", org))
	}
	maria := `["` + string(b.user) + `"]`
	add(admin, maria, "0").wantsNothing(t)
	add(admin, maria, "7").wants(t, 403, 10038, "one organization")
	add(admin, `["`+string(b.user)+`","`+nobody+`"]`, "0").wants(t, 400, 10002, nobody)
	add(admin, `["x"]`, "0").wants(t, 400, 10002, "GUIDs")
	add(admin, "[]", "0").wants(t, 400, 10002, "userids is missing")
	add(admin, maria, "first").wants(t, 400, 10002, "whole number")
	add(admin, maria, "").wants(t, 400, 10002, "orgid is missing")
	for _, org := range []string{"0", "7"} {
		add(token, `["`+nobody+`"]`, org).wants(t, 403, 10038, "ADMINISTRATION")
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin, token := b.tsadmin(), b.signIn(userName, password)
	var info struct{ ConfigInfo any }
	b.do(get(base+"/session/info", admin)).decode(t, &info)
	b.do(get(base+"/admin/configinfo", admin)).wantsJSON(t, info.ConfigInfo)
	b.do(post("/admin/configinfo", admin)).wantsJSON(t, info.ConfigInfo)
	b.do(get(base+"/admin/configinfo", token)).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(get(base+"/admin/configinfo/overrides", admin)).wantsJSON(t, map[string]any{})
	b.do(get(base+"/admin/configinfo/overrides", token)).wants(t, 403, 10038, "ADMINISTRATION")

	update := func(token string, pairs ...string) answer {
		return b.do(post("/admin/configinfo/update", token, pairs...))
	}
	update(admin, "configchanges", "{}").wantsNothing(t)
	update(admin, "configchanges", `{"b":1,"a":{"c":true}}`).wants(t, 400, 10002, `the setting "a" cannot be changed`)
	update(admin, "configchanges", `["a"]`).wants(t, 400, 10002, "JSON object")
	update(admin).wants(t, 400, 10002, "configchanges is missing")
	update(token, "configchanges", `{"a":1}`).wants(t, 403, 10038, "ADMINISTRATION")
	update(token, "configchanges", `{`).wants(t, 400, 10002, "JSON object")
}

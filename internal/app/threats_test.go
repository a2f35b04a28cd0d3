package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/internal/app"
)

// post is a call with a form by one of the people.
func (s *scene) post(actor, path, with string) answer {
	s.t.Helper()
	return s.as(actor, "POST "+path, with)
}

// as makes a call as one of the people, as rows of accesses are written.
func (s *scene) as(actor, route, with string) answer {
	s.t.Helper()
	return s.do(s.callOf(access{route: route, with: with}, actor))
}

func (s *scene) wants(status int, a answer) {
	s.t.Helper()
	if a.status != status {
		s.t.Errorf("%d %s; want %d", a.status, a.body, status)
	}
}

// regions are the values of region that a search finds, in order.
func regions(t *testing.T, a answer) []string {
	t.Helper()
	var body struct{ Data [][]any }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
	found := []string{}
	for _, row := range body.Data {
		found = append(found, fmt.Sprint(row[0]))
	}
	slices.Sort(found)
	return found
}

// TestT08_StaleAuthority takes rights away between two calls of the same
// session and of the same token.
func TestT08_StaleAuthority(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const search, find = "POST /searchdata", "query_string=[Region]&data_source_guid=$worksheet"
	for name, tt := range map[string]struct {
		actor       string
		route, with string // empty: search
		revoke      string
		how         string
		status      int
	}{
		"the share":              {"reader", "", "", "POST /security/share", `type=LOGICAL_TABLE&id=["$worksheet"]&permission={"permissions":{"$reader":{"shareMode":"NO_ACCESS"}}}`, 403},
		"the share of the group": {"member", "", "", "POST /security/share", `type=LOGICAL_TABLE&id=["$worksheet"]&permission={"permissions":{"$team":{"shareMode":"NO_ACCESS"}}}`, 403},
		"the membership":         {"member", "", "", "DELETE /group/{groupid}/user/{userid}", "groupid=$team&userid=$member", 403},
		"the group":              {"member", "", "", "DELETE /group/{groupid}", "groupid=$team", 403},
		"the object":             {"reader", "POST /security/definedpermission", `type=QUESTION_ANSWER_BOOK&id=["$answer"]`, "POST /metadata/delete", `type=QUESTION_ANSWER_BOOK&id=["$answer"]`, 403},
		"the privilege":          {"reader", "POST /metadata/tml/export", `export_ids=["$worksheet"]`, "POST /group/removeprivilege", `privilege=DATADOWNLOADING&groupNames=["$powerName"]`, 403},
		"the authorship":         {"author", "", "", "POST /user/transfer/ownership", "fromUserName=$authorName&toUserName=$targetName", 403},
		"the account":            {"reader", "", "", "POST /user/inactivate", "username=$readerName", 401},
		"the user":               {"reader", "", "", "DELETE /user/{userid}", "userid=$reader", 401},
		"the name":               {"reader", "", "", "PUT /user/{userid}", `userid=$reader&content={"name":"renamed-$reader"}`, 401},
		"the password":           {"reader", "", "", "PUT /user/{userid}", "userid=$reader&password=Green-Heron-17-Call", 401},
		"the sessions":           {"reader", "", "", "POST /user/session/invalidate", `userid=["$reader"]`, 401},
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			s := w.newSharedScene(searchlight.PrivilegeDataDownloading)
			s.fill()
			s.cookie["author"] = w.signIn(s.id("author"))
			if tt.route == "" {
				tt.route, tt.with = search, find
			}
			token, err := s.Trusted.Issue(context.Background(), searchlight.TokenRequest{Key: s.key, User: s.ids[tt.actor+"Name"]})
			s.must(err)
			cookie := s.callOf(access{route: tt.route, with: tt.with}, tt.actor)
			bearer := cookie
			bearer.cookie, bearer.header = "", []string{"Authorization", "Bearer " + token}
			for _, c := range []call{cookie, bearer} {
				s.wants(http.StatusOK, w.do(c))
			}
			if a := s.as("admin", tt.revoke, tt.how); a.status >= 300 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			for _, c := range []call{cookie, bearer} {
				s.wants(tt.status, w.do(c))
			}
		})
	}
	t.Run("administration", func(t *testing.T) {
		defer w.in(t)()
		s := w.newScene()
		s.wants(http.StatusOK, s.as("admin", "GET /user/list", ""))
		w.update(func(tx searchlight.Tx) error {
			return tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{s.id("admin"): nil})
		})
		s.wants(http.StatusForbidden, s.as("admin", "GET /user/list", ""))
	})
}

// TestT08_MidStream takes rights away while a long answer is on its way: it
// does not come to its end.
func TestT08_MidStream(t *testing.T) {
	t.Parallel()
	const count = 300_000
	w := newWorld(t, func(c *app.Config) { c.MaxRows = count })
	for name, tt := range map[string]struct{ actor, revoke, how string }{
		"nothing":        {"reader", "GET /session/info", ""},
		"the account":    {"reader", "POST /user/inactivate", "username=$readerName"},
		"the sessions":   {"reader", "POST /user/session/invalidate", `userid=["$reader"]`},
		"the share":      {"reader", "POST /security/share", `type=LOGICAL_TABLE&id=["$worksheet"]&permission={"permissions":{"$reader":{"shareMode":"NO_ACCESS"}}}`},
		"the membership": {"member", "DELETE /group/{groupid}/user/{userid}", "groupid=$team&userid=$member"},
		"the rows":       {"reader", "POST /metadata/tml/import", "import_objects=$ruledDocument&skip_cdw_validation_for_tables=true"},
		"the worksheet":  {"reader", "POST /metadata/tml/import", "import_objects=$worksheetDocument"}, // whose new description takes nothing away
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			s := w.newSharedScene()
			table := `"` + s.ids["tableName"] + `"`
			s.must(s.Embedded().Update(context.Background(), func(tx *duckdbengine.Tx) error {
				_, err := tx.Exec(context.Background(), engine.Statement{SQL: fmt.Sprintf(
					`CREATE TABLE %s AS SELECT 'a region with a long name ' || n AS region, n::DOUBLE AS amount, 0::DOUBLE AS margin FROM range(%d) AS r(n)`, table, count)})
				return err
			}))
			c := s.callOf(access{route: "POST /searchdata", with: "query_string=[Region]&data_source_guid=$worksheet"}, tt.actor)
			r, err := c.request(w.base)
			s.must(err)
			response, err := w.client.Do(r)
			s.must(err)
			defer func() { _ = response.Body.Close() }()
			if _, err := io.ReadFull(response.Body, make([]byte, 1<<10)); err != nil || response.StatusCode != http.StatusOK {
				t.Fatalf("%d, %v", response.StatusCode, err)
			}
			if a := s.as("admin", tt.revoke, tt.how); a.status >= 300 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			w.pass(2 * time.Minute)
			_, err = io.Copy(io.Discard, response.Body)
			if whole := err == nil; whole != slices.Contains([]string{"nothing", "the worksheet"}, name) {
				t.Errorf("the answer came whole: %t, %v", whole, err)
			}
		})
	}
}

// TestT09_AdministratorsRemoveEachOther lets the last two administrators take
// each other's rights at the same moment: one of them keeps them.
func TestT09_AdministratorsRemoveEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(func(tx searchlight.Tx) error { // tsadmin is out of the way
		u, err := tx.User(searchlight.AdminUserID)
		if err != nil {
			return err
		}
		u.State = searchlight.UserInactive
		return tx.UpdateUser(u)
	})
	for name, c := range map[string]access{
		"the group":   {route: "DELETE /user/{userid}/groups", with: `userid=$victim&groupids=["$administrators"]`},
		"the account": {route: "POST /user/inactivate", with: "username=$victimName"},
		"the user":    {route: "DELETE /user/{userid}", with: "userid=$victim"},
		"the list":    {route: "PUT /group/{groupid}/users", with: `groupid=$administrators&userids=["$self","$su"]`},
	} {
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			for range 5 {
				one, two := w.newScene(), w.newScene()
				w.update(func(tx searchlight.Tx) error { // and so are those of the rounds before
					members, err := tx.GroupUsers(searchlight.AdminGroupID)
					out := map[searchlight.GUID][]searchlight.GUID{}
					for _, u := range members {
						if !searchlight.IsBuiltIn(u.ID) && u.ID != one.id("admin") && u.ID != two.id("admin") {
							out[u.ID] = nil
						}
					}
					if err != nil {
						return err
					}
					return tx.SetUserGroups(out)
				})
				var calls []call
				for _, pair := range [][2]*scene{{one, two}, {two, one}} {
					s := pair[0]
					s.ids["victim"], s.ids["victimName"] = pair[1].ids["admin"], pair[1].ids["adminName"]
					calls = append(calls, s.callOf(c, "admin"))
				}
				statuses := make([]int, 2)
				var group sync.WaitGroup
				for i, c := range calls {
					group.Go(func() {
						a, err := w.try(c)
						if err != nil {
							t.Error(err)
						}
						statuses[i] = a.status
					})
				}
				group.Wait()
				slices.Sort(statuses)
				if statuses[0] >= 300 || !slices.Contains([]int{401, 403, 409}, statuses[1]) {
					t.Errorf("statuses %v", statuses)
				}
				w.view(func(tx searchlight.Tx) error {
					left, err := tx.Administrators()
					if left != 1 {
						t.Errorf("%d administrators are left", left)
					}
					return err
				})
			}
		})
	}
}

// TestT10_ManyPeopleAtOnce makes 200 calls of 20 people at the same time, half of
// them searches: everybody is who they are, and sees their own rows.
func TestT10_ManyPeopleAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newSharedScene()
	s.rule()
	const crowd, rounds = 20, 10
	names, cookies := make([]string, crowd), make([]string, crowd)
	w.update(func(tx searchlight.Tx) error {
		for i := range crowd {
			who := fmt.Sprintf("walker%02d", i)
			s.addUser(tx, who, "team")
			names[i] = s.ids[who+"Name"]
			cookies[i] = w.session(tx, s.id(who))
		}
		return nil
	})
	s.must(s.Embedded().Update(context.Background(), func(tx *duckdbengine.Tx) error {
		for _, name := range names {
			if _, err := tx.Exec(context.Background(), engine.Statement{SQL: fmt.Sprintf(`INSERT INTO "%s" VALUES ('%s', 1, 1)`, s.ids["tableName"], name)}); err != nil {
				return err
			}
		}
		return nil
	}))
	search := s.callOf(access{route: "POST /searchdata", with: "query_string=[Region]&data_source_guid=$worksheet"}, "reader")
	var group sync.WaitGroup
	for n := range crowd * rounds {
		group.Go(func() {
			i := n % crowd
			c := call{method: http.MethodGet, path: "/session/info"}
			if n/crowd%2 == 0 {
				c = search
			}
			c.cookie = cookies[i]
			a, err := w.try(c)
			if err != nil || a.status != http.StatusOK || !strings.Contains(a.body, `"`+names[i]+`"`) {
				t.Errorf("%s as %s: %v %d %s", c.path, names[i], err, a.status, a.body)
			}
			for j, other := range names {
				if i != j && strings.Contains(a.body, other) {
					t.Errorf("%s as %s has %s: %s", c.path, names[i], other, a.body)
				}
			}
		})
	}
	group.Wait()
}

// TestT14_PeopleWhoAreNotSeen calls every route as somebody who may look at the
// objects. No answer tells of people and groups that it does not see, nor
// addresses of others.
func TestT14_PeopleWhoAreNotSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.canaries("reader", w.newSharedScene, "spare", "spareName", "team", "teamName", "admin", "adminName",
		"authorMail", "targetMail", "editorMail", "otherMail")
}

// TestT33_WorksheetsHideTables calls every route as somebody who may change a
// worksheet, and holds every privilege for data, but sees nothing else of the
// author. No answer tells of the tables beneath.
func TestT33_WorksheetsHideTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.canaries("other", func(holding ...searchlight.Privilege) *scene {
		s := w.newScene(holding...)
		w.update(func(tx searchlight.Tx) error {
			s.grant(tx, "worksheet", "other", searchlight.Modify)
			return nil
		})
		return s
	}, "table", "tableName", "lookup", "lookupName", "tableRegion", "tableAmount", "tableMargin", "marginColumn", "connection", "connectionName", "join", "joinName",
		"answer", "answerName", "pinboard", "pinboardName", "tile", "tileName", "view", "viewName")
}

// canaries calls every route as one of the people, and looks for what it must
// not learn in the answers. What the caller said itself may come back.
func (w *world) canaries(actor string, fresh func(...searchlight.Privilege) *scene, secrets ...string) {
	w.t.Helper()
	make := func() *scene {
		s := fresh(searchlight.PrivilegeDataManagement, searchlight.PrivilegeDataDownloading, searchlight.PrivilegeUserDataUpload)
		for _, name := range append(people, "author", "target") {
			s.ids[name+"Mail"] = s.ids[name+"Name"] + "@"
		}
		s.ids["marginColumn"], s.ids["joinName"] = "margin", "to_lookup"
		return s
	}
	searched := 0
	for _, row := range accesses {
		if row.form { // the name of a file's table is what the caller sends
			continue
		}
		s := w.reuse("", make)
		if row.before != nil {
			row.before(s)
		}
		c := s.callOf(row, actor)
		said := c.path + strings.Join(c.pairs, " ")
		a := w.do(c)
		if c.method != http.MethodGet && a.status < 300 {
			s.spoil()
		}
		searched++
		for _, name := range secrets {
			secret := s.ids[name]
			if secret == "" {
				w.t.Fatalf("there is no %s to look for", name)
			}
			if !strings.Contains(said, secret) && strings.Contains(a.body+fmt.Sprint(a.header), secret) {
				w.t.Errorf("%s %s tells %s the %s %s: %d %s", row.route, row.with, actor, name, secret, a.status, a.body)
			}
		}
	}
	if searched < 50 {
		w.t.Errorf("only %d answers were searched", searched)
	}
}

// TestT16_OwnershipIsForAdministrators lets everybody else try to give objects
// away or to themselves.
func TestT16_OwnershipIsForAdministrators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newSharedScene(searchlight.PrivilegeDataManagement, searchlight.PrivilegeShareWithAll, searchlight.PrivilegeUserManagement)
	s.cookie["author"] = w.signIn(s.id("author"))
	before := w.state()
	for _, actor := range []string{"author", "other", "reader", "editor", "member"} {
		for _, with := range []string{
			"fromUserName=$authorName&toUserName=$selfName", "fromUserName=$authorName&toUserName=$targetName",
			`fromUserName=$authorName&toUserName=$selfName&objectsID=["$pinboard"]`, "fromUserName=$selfName&toUserName=$targetName",
			"fromUserName=nobody&toUserName=$selfName", "fromUserName=tsadmin&toUserName=$selfName",
		} {
			s.wants(http.StatusForbidden, s.as(actor, "POST /user/transfer/ownership", with))
		}
	}
	if done := changes(before, w.state()); done != "" {
		t.Errorf("changed\n%s", done)
	}
	// Documents and shares do not carry an author.
	document := s.document("worksheet", func(body map[string]any) {
		body["author"], body["author_guid"], body["owner"] = s.ids["editor"], s.ids["editor"], s.ids["editor"]
		describe(body)
	})
	s.importAs("editor", document)
	w.view(func(tx searchlight.Tx) error {
		h, err := tx.Header(s.id("worksheet"))
		if err == nil && (h.Author != s.id("author") || h.Owner != h.ID || h.ModifiedBy != s.id("editor")) {
			t.Errorf("the worksheet is now of %s, modified by %s", h.Author, h.ModifiedBy)
		}
		return err
	})
	s.wants(http.StatusNoContent, s.as("admin", "POST /user/transfer/ownership", `fromUserName=$authorName&toUserName=$targetName&objectsID=["$pinboard"]`))
	w.view(func(tx searchlight.Tx) error {
		for name, author := range map[string]string{"pinboard": "target", "answer": "author"} {
			h, err := tx.Header(s.id(name))
			if err != nil {
				return err
			}
			if h.Author != s.id(author) {
				t.Errorf("the %s is of %s", name, h.Author)
			}
		}
		return nil
	})
}

// TestT17_NoWayInAfterTheStart looks for what sets a server up, and for its
// secrets in what everybody may read.
func TestT17_NoWayInAfterTheStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.AdminPassword = "Blue-Whale-42-Song" })
	ctx := context.Background()
	if _, err := w.FirstPassword(ctx); err != nil {
		t.Fatal(err)
	}
	hash := user(t, w.App, "tsadmin").PasswordHash
	if random, err := w.FirstPassword(ctx); err != nil || random != "" || user(t, w.App, "tsadmin").PasswordHash != hash {
		t.Errorf("a second first password %q, %v", random, err)
	}
	for route := range w.routes() {
		for _, word := range []string{"setup", "bootstrap", "install", "register", "signup", "first"} {
			if strings.Contains(strings.ToLower(route), word) {
				t.Errorf("%s looks like a way to set up the server", route)
			}
		}
	}
	secrets := append(w.column(`SELECT value FROM settings`), "Blue-Whale-42-Song", hash, w.key)
	for _, path := range []string{"/", "/healthz", "/readyz", "/openapi.yaml", "/external/swagger", "/callosum/v1/tspublic/v1/session/info",
		"/callosum/v1/tspublic/v1/admin/configinfo", "/api/app/setup", "/api/setup", "/callosum/v1/session/properties", "/metrics", "/debug/vars", "/debug/pprof/"} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := w.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if strings.Contains(string(body)+fmt.Sprint(response.Header), secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
}

// TestT29_GroupsThatOpenRows lets people who manage data and users, but are no
// administrators, try to get into a group whose name opens rows.
func TestT29_GroupsThatOpenRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newSharedScene(searchlight.PrivilegeDataManagement, searchlight.PrivilegeUserManagement, searchlight.PrivilegeShareWithAll, searchlight.PrivilegeUserDataUpload)
	s.rule()
	const find = "query_string=[region]&data_source_guid=$table"
	before := w.state()
	for _, try := range []access{
		{route: "POST /group", with: "name=east&displayname=east"},
		{route: "POST /session/group/create", with: "name=east&displayname=east"},
		{route: "POST /user", with: "name=east&displayname=east&password=$password"},
		{route: "PUT /user/{userid}", with: `userid=$target&content={"name":"east"}`},
		{route: "PUT /group/{groupid}", with: `groupid=$spare&content={"name":"east"}`},
		{route: "PUT /group/{groupid}", with: `groupid=$circle&content={"header":{"name":"east"}}`},
		{route: "POST /group/{groupid}/user/{userid}", with: "groupid=$spare&userid=$self"},
		{route: "POST /user/sync", form: true, with: `applyChanges=true&removeDeleted=false&password=$password&principals=[{"name":"east","displayName":"east","principalTypeEnum":"LOCAL_GROUP"}]`},
	} {
		s.wants(http.StatusForbidden, w.do(s.callOf(try, "editor")))
	}
	// A name of one's own is not to be had either.
	s.wants(http.StatusNoContent, s.as("editor", "PUT /user/{userid}", `userid=$editor&content={"name":"east","header":{"name":"east"},"displayName":"east"}`))
	if done := changes(before, w.state()); done != "" {
		t.Errorf("changed\n%s", done)
	}
	if found := regions(t, s.post("editor", "/searchdata", find)); len(found) != 0 {
		t.Errorf("the editor sees %v", found)
	}
	// Those whose name an administrator makes east see the east.
	s.wants(http.StatusNoContent, s.as("admin", "PUT /user/{userid}", `userid=$editor&content={"name":"east"}`))
	s.cookie["editor"] = w.signIn(s.id("editor"))
	if diff := cmp.Diff([]string{"east"}, regions(t, s.post("editor", "/searchdata", find))); diff != "" {
		t.Error(diff)
	}
}

// TestT30_NamesThatFoldTogether makes principals whose names are the same to
// row-level security.
func TestT30_NamesThatFoldTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newScene()
	for _, pair := range [][2]string{
		{"Sales", "SALES"}, {"Straße", "STRASSE"}, {"Ｎorth", "North"}, {"Ångström", "A\u030angström"}, {"ﬁnance", "finance"}, {"ΣΑΣ", "σας"}, {"K2", "\u212a2"},
	} {
		s.wants(http.StatusOK, s.post("admin", "/group", "displayname=x&name="+pair[0]))
		s.wants(http.StatusConflict, s.post("admin", "/group", "displayname=x&name="+pair[1]))
	}
	s.wants(http.StatusOK, s.post("admin", "/user", "displayname=x&password=$password&name=Sales"))
	s.wants(http.StatusConflict, s.post("admin", "/user", "displayname=x&password=$password&name=ＳALES"))
	for _, name := range []string{"TSADMIN", "ｓｕ", "Ａdministrator", "ALL", "Guest", "sys\u200btem", "ad\u202emin", " padded", "tab\tbed", ""} {
		for _, kind := range []string{"user", "group"} {
			s.wants(http.StatusBadRequest, s.post("admin", "/"+kind, "displayname=x&password=$password&name="+name))
		}
	}
}

// TestT31_T36_WhatCallersAddToSearches gives searches what must not change whose
// rows they find: runtime filters only narrow them, and nobody is somebody else
// by saying so (T-58).
func TestT31_T36_T58_WhatCallersAddToSearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newSharedScene(searchlight.PrivilegeDataManagement)
	s.rule()
	w.update(func(tx searchlight.Tx) error {
		u, err := tx.User(s.id("reader"))
		if err != nil {
			return err
		}
		u.Name = "east"
		return tx.UpdateUser(u)
	})
	const find = "query_string=[Region]&data_source_guid=$worksheet"
	admin := w.signIn(s.id("admin"))
	for name, tt := range map[string]struct {
		with   string
		header []string
		want   []string
	}{
		"nothing":            {"", nil, []string{"east"}},
		"a filter":           {"&col1=Region&op1=EQ&val1=east", nil, []string{"east"}},
		"a filter for west":  {"&col1=Region&op1=EQ&val1=west", nil, []string{}},
		"a filter for all":   {"&col1=Region&op1=NE&val1=x", nil, []string{"east"}},
		"a name":             {"&username=west&user=west&ts_username=west&userName=tsadmin", nil, []string{"east"}},
		"ids":                {"&userid=$admin&userGUID=$admin&orgid=0&groups=[\"$administrators\"]&privileges=[\"ADMINISTRATION\"]", nil, []string{"east"}},
		"a bypass":           {"&is_bypass_rls=true&bypassRLS=true&exempt=true", nil, []string{"east"}},
		"the cookie of ids":  {"", []string{"Cookie", "userGUID=" + s.ids["admin"] + "; JSESSIONID=" + s.cookie["reader"] + "; user=tsadmin"}, []string{"east"}},
		"headers of proxies": {"", []string{"X-User", "tsadmin", "X-Forwarded-User", "tsadmin", "Remote-User", "tsadmin", "X-Org-Id", "0", "X-Remote-Groups", "Administrator"}, []string{"east"}},
		"a later cookie":     {"", []string{"Cookie", "JSESSIONID=" + s.cookie["reader"] + "; JSESSIONID=" + admin}, []string{"east"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := s.callOf(access{route: "POST /searchdata", with: find + tt.with}, "reader")
			c.header = tt.header
			if diff := cmp.Diff(tt.want, regions(t, w.do(c))); diff != "" {
				t.Error(diff)
			}
		})
	}
	// The flag that shows all rows needs a privilege that managing data is not.
	before := w.state()
	for _, document := range []string{"bypassDocument", "newBypassDocument"} {
		s.wants(http.StatusForbidden, s.post("editor", "/metadata/tml/import", "import_objects=$"+document))
	}
	if done := changes(before, w.state()); done != "" {
		t.Errorf("changed\n%s", done)
	}
}

// TestT66_TokensLeaveNoTrace signs in with tokens in addresses, forms and
// headers, well and badly: no answer repeats one, and no log has one.
func TestT66_TokensLeaveNoTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newScene()
	var secrets []string
	fresh := func() string {
		token := prepared["token"](s)
		secrets = append(secrets, token)
		return token
	}
	secrets = append(secrets, w.key, s.cookie["reader"], userPassword)
	for _, c := range []call{
		{method: "GET", path: "/session/login/token", pairs: []string{"auth_token", fresh(), "username", s.ids["targetName"], "redirect_url", "/#/pinboard/1"}},
		{method: "GET", path: "/session/login/token", pairs: []string{"auth_token", fresh(), "username", "somebody"}},
		{method: "GET", path: "/session/login/token", pairs: []string{"auth_token", fresh(), "redirect_url", "https://evil.example/"}},
		{method: "POST", path: "/session/login/token", pairs: []string{"auth_token", fresh()}},
		{method: "POST", path: "/session/login/token", pairs: []string{"auth_token", fresh() + "x"}},
		{method: "GET", path: "/session/info", header: []string{"Authorization", "Bearer " + fresh()}},
		{method: "GET", path: "/session/info", header: []string{"Authorization", "Bearer " + fresh() + "x"}},
		{method: "GET", path: "/session/info", pairs: []string{"auth_token", fresh()}},
		{method: "PATCH", path: "/session/login/token", pairs: []string{"auth_token", fresh()}},
		{method: "POST", path: "/session/auth/token", pairs: []string{"secret_key", w.key, "username", "nobody"}},
		{method: "POST", path: "/session/auth/token?secret_key=" + w.key, pairs: []string{"username", s.ids["targetName"]}},
		{method: "POST", path: "/session/login", pairs: []string{"username", userPassword, "password", "x"}},
		{method: "POST", path: "/session/login", pairs: []string{"username", s.ids["targetName"], "password", userPassword}},
		{method: "POST", path: "/session/logout", cookie: s.cookie["reader"]},
	} {
		a := w.do(c)
		shown := a.body + fmt.Sprint(a.header)
		for _, secret := range secrets {
			if strings.Contains(shown, secret) {
				t.Errorf("%s %s repeats %q: %d %s", c.method, c.path, secret, a.status, shown)
			}
		}
		if strings.Contains(c.path, "login/token") && c.method != "PATCH" {
			if a.header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
				t.Errorf("%s %s: %v", c.method, c.path, a.header)
			}
		}
		for _, cookie := range a.header.Values("Set-Cookie") {
			value, _, _ := strings.Cut(cookie, ";")
			if value, ok := strings.CutPrefix(value, "JSESSIONID="); ok && value != "" {
				secrets = append(secrets, value)
			}
		}
	}
	if len(secrets) < 13 {
		t.Errorf("only %d secrets", len(secrets))
	}
	log := w.log.String()
	if !strings.Contains(log, "POST /session/logout") {
		t.Fatalf("the log has nothing: %s", log)
	}
	audit := fmt.Sprint(w.column(`SELECT entry FROM audit_log`))
	for _, secret := range secrets {
		at := strings.Index(log, secret)
		if at >= 0 {
			t.Errorf("the log has %q: %s", secret, log[max(0, at-200):min(len(log), at+200)])
		}
		if strings.Contains(audit, secret) {
			t.Errorf("the audit log has %q", secret)
		}
	}
}

// TestT86_ManyHugePasswords signs in 500 times at once with passwords of up to
// a mebibyte. Few are looked at, the memory stays, and those who are signed in go on.
func TestT86_ManyHugePasswords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newScene()
	password := strings.Repeat("x", 1<<20)
	var most atomic.Uint64
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(10 * time.Millisecond):
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), m.HeapInuse))
			}
		}
	}()
	var looked, throttled atomic.Int64
	var group sync.WaitGroup
	slots := make(chan struct{}, 50) // bodies of the client's own that are there at once
	for n := range 500 {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			password := password
			if n%10 > 0 {
				password = password[:10<<10]
			}
			a, err := w.try(call{method: "POST", path: "/session/login", pairs: []string{"username", s.ids["targetName"], "password", password}})
			switch {
			case err != nil:
				t.Error(err)
			case a.status == http.StatusUnauthorized:
				looked.Add(1)
			case a.status == http.StatusTooManyRequests:
				throttled.Add(1)
			default:
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	group.Wait()
	close(done)
	if looked.Load() > 20 || looked.Load()+throttled.Load() != 500 {
		t.Errorf("%d were looked at, %d throttled", looked.Load(), throttled.Load())
	}
	if most.Load() > 1<<30 {
		t.Errorf("%d MiB of memory", most.Load()>>20)
	}
	s.wants(http.StatusOK, s.as("reader", "GET /session/info", ""))
}

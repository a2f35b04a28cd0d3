package app_test

import (
	"encoding/json"
	"fmt"
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

// TestT31_T36_T58_WhatCallersAddToSearches gives searches what must not change whose
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

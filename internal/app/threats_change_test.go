package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	duckdbengine "github.com/searchlight-bi/searchlight/engine/duckdb"
	"github.com/searchlight-bi/searchlight/internal/app"
)

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

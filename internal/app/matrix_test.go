package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// columns are those of the matrix of security.md 2.2: users in one group with
// one privilege, or none.
var columns = []struct {
	name      string
	privilege searchlight.Privilege
}{
	{"ADM", searchlight.PrivilegeAdministration}, {"UP", searchlight.PrivilegeUserDataUpload}, {"DL", searchlight.PrivilegeDataDownloading},
	{"DM", searchlight.PrivilegeDataManagement}, {"SA", searchlight.PrivilegeShareWithAll}, {"JS", searchlight.PrivilegeJobScheduling},
	{"A3", searchlight.PrivilegeA3Analysis}, {"BR", searchlight.PrivilegeBypassRLS}, {"DEV", searchlight.PrivilegeDeveloper}, {"none", ""},
}

// operation is a row of the matrix. Cells are Y, allowed; o, allowed with the
// object condition that allow brings about, and refused without it; -, refused
// in any case.
type operation struct {
	row, how string // its name in the matrix, and which of several ways to do it
	cells    string
	allow    func(*scene, searchlight.Tx) // nil: no condition
	before   func(*scene)
	try      access // with a route and parameters alone
	// shows is what the answer has only for those who are allowed; it is then
	// no refusal by its status.
	shows string
	// later says what has to be there first; such a row has nothing but a name.
	later string
}

const (
	adminsOnly = "Y - - - - - - - - -"
	anybody    = "Y o o o o o o o o o"
	managers   = "Y - - o - - - - - -"
)

// ungrant takes what can gave.
func (s *scene) ungrant(tx searchlight.Tx) error {
	for _, o := range shared {
		if err := tx.DeleteGrant(s.id(o), s.id("other")); err != nil {
			return err
		}
	}
	return nil
}

// can gives other a level on objects.
func can(level searchlight.Level, objects ...string) func(*scene, searchlight.Tx) {
	return func(s *scene, tx searchlight.Tx) {
		for _, o := range objects {
			s.grant(tx, o, "other", level)
		}
	}
}

func both(a, b func(*scene, searchlight.Tx)) func(*scene, searchlight.Tx) {
	return func(s *scene, tx searchlight.Tx) { a(s, tx); b(s, tx) }
}

var (
	reads     = func(objects ...string) func(*scene, searchlight.Tx) { return can(searchlight.ReadOnly, objects...) }
	edits     = func(objects ...string) func(*scene, searchlight.Tx) { return can(searchlight.Modify, objects...) }
	importing = "POST /metadata/tml/import"
)

// matrix is security.md 2.2, all of its rows.
var matrix = []operation{
	{row: "search, explore, drill", cells: anybody, before: (*scene).fill, allow: reads("worksheet"),
		try: access{route: "POST /searchdata", with: "query_string=[Region]&data_source_guid=$worksheet"}},
	{row: "save answer or pinboard (own)", later: "answers and pinboards"},
	{row: "edit, rename answer or pinboard", later: "answers and pinboards"},
	{row: "copy answer or pinboard", later: "answers and pinboards"},
	{row: "delete any object", how: "an answer", cells: anybody, allow: edits("answer"), try: access{route: "POST /metadata/delete", with: `type=QUESTION_ANSWER_BOOK&id=["$answer"]`}},
	{row: "delete any object", how: "a view", cells: anybody, allow: edits("view"), try: access{route: "POST /metadata/delete", with: `type=LOGICAL_TABLE&id=["$view"]`}},
	{row: "delete any object", how: "a connection", cells: anybody, allow: edits("connection"), try: access{route: "POST /metadata/delete", with: `type=DATA_SOURCE&id=["$connection"]`}},
	{row: "create/edit worksheet", how: "create", cells: managers, allow: reads("table"), try: access{route: importing, with: "import_objects=$newWorksheetDocument"}},
	{row: "create/edit worksheet", how: "edit", cells: managers, allow: both(edits("worksheet"), reads("table")), try: access{route: importing, with: "import_objects=$worksheetDocument"}},
	{row: "create view", later: "views"},
	{row: "create connection", how: "create", cells: "Y - - Y - - - - - -", try: access{route: importing, with: "import_objects=$newConnectionDocument"}},
	{row: "create connection", how: "edit", cells: managers, allow: edits("connection"), try: access{route: importing, with: "import_objects=$connectionDocument"}},
	{row: "edit column properties, non-owned", cells: managers, allow: both(edits("table"), reads("lookup")), try: access{route: importing, with: "import_objects=$columnDocument&skip_cdw_validation_for_tables=true"}},
	{row: "upload file", cells: "Y Y - - - - - - - -", try: access{route: loadRoute, with: "table=$newName", file: rows, form: true}},
	{row: "download CSV/XLSX/PNG (PDF of a pinboard: READ alone)", later: "downloads"},
	{row: "export objects as TML (v1)", cells: "Y - o o - - - - - -", allow: reads("worksheet", "table"), try: access{route: "POST /metadata/tml/export", with: `export_ids=["$worksheet"]`}},
	{row: "batch TML export", later: "API v2"},
	{row: "import TML (data objects)", cells: managers, allow: both(edits("table", "connection", "worksheet"), reads("lookup")), before: (*scene).fill,
		try: access{route: importing, with: "import_objects=$everyDocument"}},
	{row: "import TML of answers and pinboards", later: "answers and pinboards"},
	{row: "import TML that changes RLS rules or bypass", how: "rules", cells: "Y - - - - - - o - -", allow: both(edits("table"), reads("lookup")),
		try: access{route: importing, with: "import_objects=$ruledDocument&skip_cdw_validation_for_tables=true"}},
	{row: "import TML that changes RLS rules or bypass", how: "bypass", cells: "Y - - - - - - o - -", allow: both(edits("worksheet"), reads("table")), before: (*scene).settle,
		try: access{route: importing, with: "import_objects=$bypassDocument"}},
	{row: "share within own groups", cells: anybody, allow: reads("pinboard"),
		try: access{route: "POST /security/share", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&permission={"permissions":{"$target":{"shareMode":"READ_ONLY"},"$circle":{"shareMode":"READ_ONLY"}}}`}},
	{row: "share with anyone / All", how: "anyone", cells: "Y - - - o - - - - -", allow: reads("pinboard"),
		try: access{route: "POST /security/share", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&permission={"permissions":{"$spare":{"shareMode":"READ_ONLY"}}}`}},
	{row: "share with anyone / All", how: "All", cells: "Y - - - o - - - - -", allow: reads("pinboard"),
		try: access{route: "POST /security/share", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&permission={"permissions":{"$everybody":{"shareMode":"READ_ONLY"}}}`}},
	{row: "manage RLS rules", cells: "Y - - - - - - o - -", allow: both(edits("table"), reads("lookup")), before: (*scene).rule,
		try: access{route: importing, with: "import_objects=$unruledDocument&skip_cdw_validation_for_tables=true"}},
	{row: "see data without RLS", cells: "Y - - - - - - o - -", allow: reads("table"), before: (*scene).rule, shows: "south",
		try: access{route: "POST /searchdata", with: "query_string=[region]&data_source_guid=$table"}},
	{row: "toggle worksheet RLS bypass", cells: "Y - - - - - - o - -", allow: both(edits("worksheet"), reads("table")), before: (*scene).bypass,
		try: access{route: importing, with: "import_objects=$strictDocument"}},
	{row: "read relationships", cells: anybody, allow: reads("table", "lookup"), shows: "$join",
		try: access{route: "GET /metadata/details", with: `type=LOGICAL_TABLE&id=["$table"]`}},
	{row: "create/change relationships", later: "the routes of relationships"},
	{row: "list hidden columns (a search may name them, `search-language.md` 1.6)", how: "details", cells: managers, allow: edits("table"), shows: "$tableMargin",
		try: access{route: "GET /metadata/details", with: `type=LOGICAL_TABLE&id=["$table"]&showhidden=true`}},
	{row: "list hidden columns (a search may name them, `search-language.md` 1.6)", how: "lists", cells: managers, allow: edits("table"), shows: "$tableMargin",
		try: access{route: "GET /metadata/list", with: `type=LOGICAL_COLUMN&showhidden=true&fetchids=["$tableMargin"]`}},
	{row: "list hidden columns (a search may name them, `search-language.md` 1.6)", how: "permissions", cells: managers, allow: edits("table"), shows: "$tableMargin",
		try: access{route: "GET /security/metadata/permissions", with: `type=LOGICAL_TABLE&id=["$table"]&dependentshare=true`}},
	{row: "join uploaded data with others", later: "the routes of relationships"},
	{row: "schema viewer", later: "the schema viewer"},
	{row: "schedule to oneself", later: "schedules"},
	{row: "schedule for others", later: "schedules"},
	{row: "start automatic analysis", later: "automatic analysis"},
	{row: "view SQL of answer/pinboard", later: "answers and pinboards"},
	{row: "raw SQL, schema scripts (remote data service)", later: "the remote data service"},
	{row: "create/delete tags", how: "create", cells: adminsOnly, try: access{route: "POST /metadata/create", with: "type=TAG&name=$newName"}},
	{row: "create/delete tags", how: "delete", cells: adminsOnly, try: access{route: "POST /metadata/delete", with: `type=TAG&id=["$tag"]`}},
	{row: "create/delete tags", how: "assign", cells: anybody, allow: edits("pinboard"), try: access{route: "POST /metadata/assigntag", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&tagid=["$tag"]`}},
	{row: "column security rules", later: "column security rules"},
	{row: "change author", cells: adminsOnly, allow: edits("pinboard", "worksheet"),
		try: access{route: "POST /user/transfer/ownership", with: `fromUserName=$authorName&toUserName=$targetName&objectsID=["$pinboard"]`}},
	{row: "users, groups, orgs, system config", how: "create users", cells: adminsOnly, try: access{route: "POST /user", with: "name=$newName&displayname=new&password=$password"}},
	{row: "users, groups, orgs, system config", how: "change users", cells: adminsOnly, try: access{route: "PUT /user/{userid}", with: `userid=$target&content={"displayName":"new"}`}},
	{row: "users, groups, orgs, system config", how: "list users", cells: adminsOnly, try: access{route: "GET /user/list"}},
	{row: "users, groups, orgs, system config", how: "delete groups", cells: adminsOnly, try: access{route: "DELETE /group/{groupid}", with: "groupid=$spare"}},
	{row: "users, groups, orgs, system config", how: "grant privileges", cells: adminsOnly, try: access{route: "POST /group/addprivilege", with: `privilege=ADMINISTRATION&groupNames=["$circleName"]`}},
	{row: "users, groups, orgs, system config", how: "change memberships", cells: adminsOnly, try: access{route: "POST /user/{userid}/groups", with: `userid=$target&groupids=["$power"]`}},
	{row: "users, groups, orgs, system config", how: "read configuration", cells: adminsOnly, try: access{route: "GET /admin/configinfo"}},
	{row: "users, groups, orgs, system config", how: "end sessions", cells: adminsOnly, try: access{route: "POST /user/session/invalidate", with: `userid=["$target"]`}},
	{row: "CSP/CORS settings", later: "settings over HTTP"},
	{row: "enable trusted auth, read key id", how: "enable", cells: adminsOnly, before: (*scene).oneKey, try: access{route: "POST /api/app/trusted-auth/keys"}},
	{row: "enable trusted auth, read key id", how: "read", cells: adminsOnly, try: access{route: "GET /api/app/trusted-auth/keys"}},
	{row: "audit log", how: "a day", cells: adminsOnly, try: access{route: "GET /logs/topics/{topic}", with: "topic=security_logs"}},
	{row: "audit log", how: "all", cells: adminsOnly, try: access{route: "GET /api/app/audit"}},
	{row: "developer portal", later: "the developer portal"},
	{row: "webhooks, channels", later: "webhooks"},
}

// ruled gives the body of a table document a rule that shows nobody's rows but
// those of a user called east.
func ruled(body map[string]any) {
	name := body["name"]
	body["rls_rules"] = map[string]any{
		"tables":      []any{map[string]any{"name": name}},
		"table_paths": []any{map[string]any{"id": "own", "table": name}},
		"rules":       []any{map[string]any{"name": "own region", "expr": "[own::region] = ts_username"}},
	}
}

func init() {
	for name, d := range map[string]struct {
		object string
		edit   func(map[string]any)
	}{
		"columnDocument": {"table", func(body map[string]any) {
			for _, c := range body["columns"].([]any) {
				c.(map[string]any)["description"] = "new"
			}
		}},
		"ruledDocument":   {"table", ruled},
		"unruledDocument": {"table", func(body map[string]any) { body["rls_rules"].(map[string]any)["rules"] = []any{} }},
		"bypassDocument":  {"worksheet", bypasses(true)},
		"strictDocument":  {"worksheet", bypasses(false)},
	} {
		prepared[name] = func(s *scene) string { return s.document(d.object, d.edit) }
	}
	for name, object := range map[string]string{"newWorksheetDocument": "worksheet", "newConnectionDocument": "connection"} {
		prepared[name] = func(s *scene) string { return s.without("guid", s.document(object, describe)) }
	}
	prepared["newBypassDocument"] = func(s *scene) string { return s.without("guid", s.document("worksheet", bypasses(true))) }
	prepared["everyDocument"] = func(s *scene) string {
		text, err := json.Marshal([]string{s.document("connection", describe), s.document("table", describe), s.document("worksheet", describe)})
		s.must(err)
		return string(text)
	}
	prepared["everybody"] = func(*scene) string { return string(searchlight.AllGroupID) }
}

func bypasses(on bool) func(map[string]any) {
	return func(body map[string]any) { body["properties"].(map[string]any)["is_bypass_rls"] = on }
}

// without is a document that lacks a key.
func (s *scene) without(key, document string) string {
	s.t.Helper()
	var whole map[string]any
	s.must(json.Unmarshal([]byte(document), &whole))
	delete(whole, key)
	text, err := json.Marshal(whole)
	s.must(err)
	return string(text)
}

// importAs imports a document as admin, who may.
func (s *scene) importAs(actor, document string) {
	s.t.Helper()
	a := s.do(call{method: http.MethodPost, path: "/metadata/tml/import", cookie: s.cookie[actor],
		pairs: []string{"import_objects", document, "skip_cdw_validation_for_tables", "true"}})
	if a.status != http.StatusOK || strings.Contains(a.body, `"status_code":"ERROR"`) {
		s.t.Fatalf("%d %s", a.status, a.body)
	}
}

// rule puts row-level security onto the table, which has its rows.
func (s *scene) rule() {
	s.t.Helper()
	s.fill()
	s.importAs("admin", s.document("table", ruled))
}

// settle writes the worksheet as imports do, so that the next one changes what
// it is about and nothing else.
func (s *scene) settle() {
	s.t.Helper()
	s.importAs("admin", s.document("worksheet", func(map[string]any) {}))
}

// bypass makes the worksheet show all rows to everybody.
func (s *scene) bypass() {
	s.t.Helper()
	s.importAs("admin", s.document("worksheet", bypasses(true)))
}

// TestT01_Matrix tries every cell of the matrix. What is refused has changed
// nothing and is in the audit log.
func TestT01_Matrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, op := range matrix {
		name := op.row
		if op.how != "" {
			name += ": " + op.how
		}
		if op.later != "" {
			if op.cells != "" || op.try.route != "" {
				t.Errorf("%s is there: it waits for %s no longer", name, op.later)
			}
			continue
		}
		cells := strings.Fields(op.cells)
		if len(cells) != len(columns) {
			t.Fatalf("%s has %d cells", name, len(cells))
		}
		t.Run(name, func(t *testing.T) {
			defer w.in(t)()
			for i, column := range columns {
				switch cells[i] {
				case "Y":
					w.cell(op, column.privilege, false, isAllowed)
				case "o":
					w.cell(op, column.privilege, true, isAllowed)
					w.cell(op, column.privilege, false, isRefused)
				case "-":
					w.cell(op, column.privilege, true, isRefusedWhole)
				default:
					t.Fatalf("%q is no cell", cells[i])
				}
			}
		})
	}
}

// verdict is what becomes of a call. One whose caller lacks the privilege is
// refused as a whole; otherwise the answer may say it of each object.
type verdict int

const (
	isAllowed verdict = iota
	isRefused
	isRefusedWhole
)

// cell tries an operation as a user with a privilege, with the object condition
// or without.
func (w *world) cell(op operation, p searchlight.Privilege, condition bool, want verdict) {
	t := w.t
	t.Helper()
	var holding []searchlight.Privilege
	if p != "" {
		holding = append(holding, p)
	}
	s := w.reuse(string(p), func() *scene { return w.newScene(holding...) })
	if op.before != nil {
		s = w.newScene(holding...)
		op.before(s)
	}
	if condition && op.allow != nil {
		w.update(func(tx searchlight.Tx) error { op.allow(s, tx); return nil })
		defer w.update(func(tx searchlight.Tx) error { return s.ungrant(tx) })
	}
	if want == isAllowed {
		s.spoil()
	}
	c := s.callOf(op.try, "other")
	w.pass(time.Second)
	since, before := w.now(), w.state()
	a := w.do(c)
	what := fmt.Sprintf("%s, condition %t", p, condition)
	got := isAllowed
	switch {
	case a.status == http.StatusForbidden, op.shows != "" && !strings.Contains(a.body, s.shown(op.shows)):
		got = isRefusedWhole
	case a.status >= 300:
		t.Errorf("%s: %d %s", what, a.status, a.body)
		return
	case strings.Contains(a.body, `"status_code":"ERROR"`):
		got = isRefused
	}
	if got != want && !(got == isRefusedWhole && want == isRefused) {
		t.Errorf("%s: %d %s; the verdict is %d, not %d", what, a.status, a.body, got, want)
	}
	if want == isAllowed {
		return
	}
	if done := changes(before, w.state()); done != "" {
		t.Errorf("%s: refused, and changed\n%s", what, done)
	}
	isFailure := func(e event) bool { return e.User == s.id("other") && e.Data.Outcome == searchlight.Failure }
	if a.status == http.StatusForbidden && !slices.ContainsFunc(w.audited(since), isFailure) {
		t.Errorf("%s: refused, and not in the audit log", what)
	}
}

// shown is a text that an answer may show, or the id of a name.
func (s *scene) shown(what string) string {
	if name, ok := strings.CutPrefix(what, "$"); ok {
		return s.ids[name]
	}
	return what
}

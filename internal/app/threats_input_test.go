package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/app"
)

// TestT11_ConnectionsOfOthers makes a connection with a password, and calls every
// route as an administrator: not even that one reads the password. Who has no
// share of the connection, but may make some, does nothing with it.
func TestT11_ConnectionsOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const password = "hunter2 is the password"
	fresh := func(holding ...searchlight.Privilege) *scene {
		s := w.newSharedScene(holding...)
		s.importAs("admin", s.document("connection", func(body map[string]any) {
			body["properties"] = append(body["properties"].([]any), map[string]any{"key": "password", "value": password})
		}))
		s.ids["passwordValue"] = password
		return s
	}
	w.canaries("admin", fresh, "passwordValue")
	s := fresh(searchlight.PrivilegeDataManagement)
	before := w.state()
	for _, try := range []access{
		{route: "GET /metadata/details", with: `type=DATA_SOURCE&id=["$connection"]`},
		{route: "POST /metadata/delete", with: `type=DATA_SOURCE&id=["$connection"]`},
		{route: "POST /security/share", with: `type=DATA_SOURCE&id=["$connection"]&permission={"permissions":{"$self":{"shareMode":"MODIFY"}}}`},
		{route: "GET /security/metadata/permissions", with: `type=DATA_SOURCE&id=["$connection"]`},
	} {
		s.wants(http.StatusForbidden, w.do(s.callOf(try, "other")))
	}
	// A table of one's own on a connection of others is none.
	table := `{"table":{"name":"mine","db":"sales","schema":"public","db_table":"orders","connection":{"name":"` + s.ids["connectionName"] + `","fqn":"` + s.ids["connection"] +
		`"},"columns":[{"name":"n","db_column_name":"n","properties":{"column_type":"ATTRIBUTE"},"db_column_properties":{"data_type":"INT32"}}]}}`
	s.ids["tableOnIt"] = table
	for _, with := range []string{"import_objects=$connectionDocument", "import_objects=$tableOnIt&skip_cdw_validation_for_tables=true"} {
		if a := s.as("other", importing, with); !strings.Contains(a.body, `"status_code":"ERROR"`) {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if done := changes(before, w.state()); done != "" {
		t.Errorf("changed\n%s", done)
	}
}

// TestT34_AdvancedMode asks for columns along the whole way: a worksheet that is
// shared shows those whose table's columns are, to everybody and on every road.
func TestT34_AdvancedMode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Security.DataAccess = "advanced" })
	s := w.newScene(searchlight.PrivilegeDataManagement)
	s.fill()
	w.update(func(tx searchlight.Tx) error {
		s.grant(tx, "worksheet", "other", searchlight.Modify)
		s.grant(tx, "tableRegion", "other", searchlight.ReadOnly)
		return nil
	})
	search := func(text string) answer {
		return s.post("other", "/searchdata", "query_string="+text+"&data_source_guid=$worksheet")
	}
	if diff := cmp.Diff([]string{"east", "south", "west"}, regions(t, search("[Region]"))); diff != "" {
		t.Error(diff)
	}
	unknown := search("[Nothing]")
	for text, as := range map[string]answer{
		"[Amount]": search("[Amount]"), "[Region] [Amount]": search("[Region] [Amount]"), "[Region] [Amount] > 1": search("[Region] [Amount] > 1"),
		"[Region] sort by [Amount]": search("[Region] sort by [Amount]"),
		"a filter":                  s.post("other", "/searchdata", "query_string=[Region]&data_source_guid=$worksheet&col1=Amount&op1=GT&val1=1"),
	} {
		if as.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", text, as.status, as.body)
		}
	}
	amount, nothing := plain(search("[Amount]"), strings.NewReplacer("Amount", "X")), plain(unknown, strings.NewReplacer("Nothing", "X"))
	if amount.status != nothing.status || normal(amount.body) != normal(nothing.body) {
		t.Errorf("a column that is not shared is told from none:\n%s\n%s", amount.body, nothing.body)
	}
	for _, try := range []access{
		{route: "GET /metadata/details", with: `type=LOGICAL_TABLE&id=["$worksheet"]&showhidden=true`},
		{route: "GET /metadata/detail/{guid}", with: "guid=$worksheet&type=LOGICAL_TABLE"},
		{route: "GET /metadata/listcolumns/{id}", with: "id=$worksheet"},
	} {
		a := w.do(s.callOf(try, "other"))
		if a.status != http.StatusOK || !strings.Contains(a.body, s.ids["worksheetRegion"]) || strings.Contains(a.body, s.ids["worksheetAmount"]) {
			t.Errorf("%s: %d %s", try.route, a.status, a.body)
		}
	}
}

// normal is a message without the place and the length of what it is about.
func normal(body string) string {
	body, _, _ = strings.Cut(body, `"position"`)
	return body
}

// TestT37_ConfusedParameters puts hostile texts and JSON of other kinds in the
// place of every parameter of every route. Nothing panics or fails inside.
func TestT37_ConfusedParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hostile := []string{
		`{"a":1}`, `[{"id":1}]`, `[[1],[2]]`, `{"permissions":[1]}`, `{"permissions":{"x":{"shareMode":{"$gt":""}}}}`, `{"LOGICAL_TABLE":{"a":"b"}}`,
		`' OR 1=1 --`, `"; DROP TABLE users; --`, `%`, `\`, "a\x00b", "\xff\xfe", "%00", `$1`, `{{7*7}}`, `-1`, `99999999999999999999`, `null`, `true`,
		strings.Repeat("[", 20_000), strings.Repeat("x", 100_000), "a\r\nSet-Cookie: x=y",
	}
	s := w.newSharedScene(searchlight.PrivilegeDataManagement)
	seen := map[string]bool{"password": true, "currentpassword": true} // whose hashes take long
	for _, row := range accesses {
		if row.form || strings.HasPrefix(row.route, "POST /session/log") { // signing out ends the session
			continue
		}
		c := s.callOf(row, "editor")
		for i := 0; i < len(c.pairs); i += 2 {
			if key := row.route + " " + c.pairs[i]; seen[c.pairs[i]] || seen[key] {
				continue
			} else {
				seen[key] = true
			}
			for _, text := range hostile {
				confused := c
				confused.pairs = append([]string(nil), c.pairs...)
				confused.pairs[i+1] = text
				if c.method == http.MethodGet && len(text) > 1000 {
					continue
				}
				a := w.do(confused)
				if strings.Contains(a.body, "something went wrong in the server") || a.status == http.StatusBadGateway || len(a.header.Values("Set-Cookie")) > 0 && c.cookie == "" {
					t.Errorf("%s with %s=%.50q: %d %s", row.route, c.pairs[i], text, a.status, a.body)
				}
			}
		}
	}
	if log := w.log.String(); strings.Contains(log, `"msg":"panic"`) {
		at := strings.Index(log, `"msg":"panic"`)
		t.Errorf("a panic: %s", log[at:min(len(log), at+2000)])
	}
	s.wants(http.StatusOK, s.as("admin", "GET /user/list", ""))
}

// TestT38_DangerousFunctions names what reads files, reaches out, and changes the
// engine, in searches and formulas.
func TestT38_DangerousFunctions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newScene()
	s.fill()
	for _, call := range []string{
		"read_csv('/etc/passwd')", "read_text('/etc/passwd')", "read_blob('/etc/passwd')", "read_json('/etc/passwd')", "read_parquet('x')", "sniff_csv('/etc/passwd')",
		"glob('/*')", "getenv('HOME')", "pragma_version()", "duckdb_settings()", "pg_read_file('/etc/passwd')", "pg_sleep(10)", "sleep(10)", "lo_import('/etc/passwd')",
		"load_extension('x')", "query('select 1')", "query_table('users')", "current_setting('x')", "dblink('x')", "http_get('http://x')", "sql_int_op('1')", "version()",
	} {
		for _, text := range []string{call, "[Region] " + call, "sum(" + call + ")", "[Region]; " + call} {
			s.ids["text"] = text
			if a := s.post("admin", "/searchdata", "query_string=$text&data_source_guid=$worksheet"); a.status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", text, a.status, a.body)
			}
		}
		s.ids["document"] = s.document("worksheet", func(body map[string]any) {
			body["formulas"] = []any{map[string]any{"name": "f", "expr": call}}
			body["worksheet_columns"] = append(body["worksheet_columns"].([]any), map[string]any{"name": "f", "formula_id": "f"})
		})
		if a := s.post("admin", "/metadata/tml/import", "import_objects=$document"); !strings.Contains(a.body, `"status_code":"ERROR"`) {
			t.Errorf("%s: %d %s", call, a.status, a.body)
		}
	}
}

// TestT42_BodiesThatGrow sends documents and parameters that grow when they are
// read: they are refused in a moment.
func TestT42_BodiesThatGrow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.newScene()
	var aliases strings.Builder
	aliases.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 10; i++ {
		n := string(rune('0' + i))
		aliases.WriteString("a" + n + ": &a" + n + " [" + strings.TrimSuffix(strings.Repeat("*a"+string(rune('0'+i-1))+", ", 10), ", ") + "]\n")
	}
	deep, err := json.Marshal(strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000))
	s.must(err)
	for name, c := range map[string]struct {
		path, key, value string
	}{
		"aliases":        {"/metadata/tml/import", "import_objects", aliases.String() + "worksheet: {name: *a9}\n"},
		"deep JSON":      {"/metadata/tml/import", "import_objects", strings.Repeat(`{"worksheet":`, 50_000)},
		"deep YAML":      {"/metadata/tml/import", "import_objects", "worksheet: " + strings.Repeat("{a: ", 10_000) + strings.Repeat("}", 10_000)},
		"deep flow":      {"/metadata/tml/import", "import_objects", string(deep)},
		"deep levels":    {"/security/share", "permission", strings.Repeat(`{"permissions":`, 50_000)},
		"deep types":     {"/security/effectivepermissionbulk", "idsbytype", strings.Repeat(`{"a":`, 50_000)},
		"deep search":    {"/searchdata", "query_string", strings.Repeat("(", 50_000)},
		"a long search":  {"/searchdata", "query_string", strings.Repeat("[Region] ", 50_000)},
		"many documents": {"/metadata/tml/import", "import_objects", "[" + strings.TrimSuffix(strings.Repeat(`"x",`, 20_000), ",") + "]"},
	} {
		t.Run(name, func(t *testing.T) {
			pairs := []string{"type", "LOGICAL_TABLE", "id", s.ids["worksheet"], "data_source_guid", s.ids["worksheet"], c.key, c.value}
			begun := time.Now()
			a := w.do(call{method: http.MethodPost, path: c.path, cookie: s.cookie["admin"], pairs: pairs})
			refused := a.status == http.StatusBadRequest || a.status == http.StatusRequestEntityTooLarge || strings.Contains(a.body, `"status_code":"ERROR"`)
			if !refused || strings.Contains(a.body, "something went wrong") {
				t.Errorf("%d %.500s", a.status, a.body)
			}
			if len(a.body) > 1<<20 {
				t.Errorf("an answer of %d bytes", len(a.body))
			}
			if took := time.Since(begun); took > 30*time.Second { // minutes, if it grew
				t.Errorf("it took %s", took)
			}
		})
	}
}

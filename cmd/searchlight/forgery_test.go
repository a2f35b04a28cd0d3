package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/internal/fixture"
)

// snapshot is all that the metadata holds, but for the audit log and the times
// at which sessions were active.
func snapshot(t *testing.T, dir string) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "metadata.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all := map[string][]string{}
	for _, table := range column(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'audit%'`) {
		var fields []string
		for _, name := range column(t, db, `SELECT name FROM pragma_table_info('`+table+`')`) {
			if name != "last_active" {
				fields = append(fields, "quote("+name+")")
			}
		}
		rows := column(t, db, "SELECT "+strings.Join(fields, " || ',' || ")+" FROM "+table)
		slices.Sort(rows)
		all[table] = rows
	}
	if len(all["users"]) == 0 || len(all["objects"]) == 0 || len(all["sessions"]) == 0 {
		t.Fatalf("a snapshot of nothing: %v", all)
	}
	return all
}

func column(t *testing.T, db *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// compare says which tables differ.
func compare(t *testing.T, what string, before, after map[string][]string) {
	t.Helper()
	for table := range after {
		if !slices.Equal(before[table], after[table]) {
			t.Errorf("%s changed %s:\n%s\nbecame\n%s", what, table, strings.Join(before[table], "\n"), strings.Join(after[table], "\n"))
		}
	}
}

// operation is a call of the OpenAPI document with a value for everything that
// it needs.
type operation struct {
	method, path string
	query, form  []string // name, value, …
}

func (o operation) String() string { return o.method + " " + o.path }

// exempt are the operations with a proof of their own, which X-Requested-By
// and the origin are not asked of (security.md 6.4, api-v1.md 1.6), and the
// sign-in, which needs no header.
var exempt = map[string]bool{
	"POST /session/login":         true,
	"POST /session/auth/token":    true,
	"GET /session/login/token":    true,
	"POST /session/login/token":   true,
	"POST /user/activate":         true,
	"POST /user/resetpassword":    true,
	"POST /callosum/v1/saml/SSO":  true,
	"POST /callosum/v1/saml/slo":  true,
	"GET /callosum/v1/saml/slo":   true,
	"GET /callosum/v1/saml/login": true,
}

// failing are the operations that answer an unknown id with 500 (api-v1.md 3.1).
var failing = map[string]bool{"GET /user": true}

func operations(t *testing.T) (list []operation) {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(v1.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range document.Paths.Map() {
		for method, described := range item.Operations() {
			o := operation{method: method, path: path}
			for _, p := range slices.Concat(item.Parameters, described.Parameters) {
				value := sample(p.Value.Schema)
				if p.Value.In == "path" {
					o.path = strings.ReplaceAll(o.path, "{"+p.Value.Name+"}", value)
				} else if p.Value.In == "query" {
					o.query = append(o.query, p.Value.Name, value)
				}
			}
			if described.RequestBody != nil {
				for _, media := range described.RequestBody.Value.Content {
					for name, schema := range media.Schema.Value.Properties {
						o.form = append(o.form, name, sample(schema))
					}
					break
				}
			}
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return list
}

func sample(schema *openapi3.SchemaRef) string {
	switch s := schema.Value; {
	case len(s.Enum) > 0:
		return fmt.Sprint(s.Enum[0])
	case s.Type.Is("boolean"):
		return "true"
	case s.Type.Is("integer"), s.Type.Is("number"):
		return "1"
	case s.Type.Is("array"):
		return `["` + string(salesSource) + `"]`
	}
	return string(salesSource)
}

func (c *client) call(o operation, header ...string) answer {
	c.t.Helper()
	path := o.path
	if !slices.Contains([]string{"/healthz", "/readyz", "/openapi.yaml"}, path) && !strings.HasPrefix(path, v1.AppPrefix+"/") && !strings.HasPrefix(path, v1.InternalPrefix+"/") {
		path = strings.TrimSuffix(apiPath, "/") + path
	}
	r, err := http.NewRequestWithContext(context.Background(), o.method, c.base+path+"?"+form(o.query...).Encode(), strings.NewReader(form(o.form...).Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return c.do(r)
}

// TestT55_CallsThatMustNotChangeAnything walks the document on a whole server:
// GET never changes the metadata, and neither does a call that another site
// may have made a browser send.
func TestT55_CallsThatMustNotChangeAnything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fill(t, dir, fixture.Data)
	r := start(t, "serve", dir)
	c := login(t, r.base)
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.mustImport(c.documents(place{database: "searchlight", schema: "main"})...)
	before := snapshot(t, dir)
	walked := map[string]int{}
	for _, o := range operations(t) {
		if o.method == http.MethodGet {
			if exempt[o.String()] {
				continue
			}
			for _, header := range [][]string{nil, {"X-HTTP-Method-Override", "POST"}, {"X-Requested-By", "x", "X-Method-Override", "DELETE"}} {
				if a := c.call(o, header...); a.status >= 500 && !failing[o.String()] {
					t.Errorf("%s: %d %s", o, a.status, a.body)
				}
			}
			walked["read"]++
			continue
		}
		if exempt[o.String()] {
			continue
		}
		walked["changed"]++
		for name, tt := range map[string]struct {
			header []string
			status int
		}{
			"no header":        {nil, 400},
			"an empty header":  {[]string{"X-Requested-By", ""}, 400},
			"a foreign origin": {[]string{"X-Requested-By", "x", "Origin", "https://evil.example"}, 403},
			"the null origin":  {[]string{"X-Requested-By", "x", "Origin", "null"}, 403},
			"a foreign fetch":  {[]string{"X-Requested-By", "x", "Sec-Fetch-Site", "cross-site"}, 403},
			"a sister's fetch": {[]string{"X-Requested-By", "x", "Sec-Fetch-Site", "same-site"}, 403},
			"a foreign navigation": {[]string{"X-Requested-By", "x", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate",
				"Origin", "https://" + strings.TrimPrefix(r.base, "http://")}, 403},
		} {
			if a := c.call(o, tt.header...); a.status != tt.status {
				t.Errorf("%s with %s: %d %s; want %d", o, name, a.status, a.body, tt.status)
			}
		}
		compare(t, o.String(), before, snapshot(t, dir))
	}
	compare(t, "reading", before, snapshot(t, dir))
	if walked["read"] < 5 || walked["changed"] < 5 {
		t.Errorf("walked %v", walked)
	}
	// A login from another site is refused too, header or not.
	for _, header := range [][]string{{"Origin", "https://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}} {
		o := operation{method: "POST", path: "/session/login", form: []string{"username", "tsadmin", "password", password}}
		if a := c.call(o, header...); a.status != 403 || a.header.Get("Set-Cookie") != "" {
			t.Errorf("login with %v: %d", header, a.status)
		}
	}
	compare(t, "a login from another site", before, snapshot(t, dir))
}

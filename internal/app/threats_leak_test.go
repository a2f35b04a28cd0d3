package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/app"
)

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
	// Errors do not tell of them either: of searches that make no sense, and of a
	// table that is gone.
	s := w.newScene()
	w.update(func(tx searchlight.Tx) error {
		s.grant(tx, "worksheet", "other", searchlight.ReadOnly)
		return nil
	})
	for text, status := range map[string]int{"[Region]": 500, "[nothing]": 400, "[Regions]": 400, "[mar]": 400, "[facts::region]": 500, "[Amount] = 'x' [Region] [Region]": 400} {
		a := s.post("other", "/searchdata", "query_string="+text+"&data_source_guid=$worksheet")
		if a.status != status {
			t.Errorf("%s: %d %s", text, a.status, a.body)
		}
		for _, secret := range []string{s.ids["tableName"], s.ids["table"], s.ids["tableRegion"], "margin", "main."} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s tells of %s: %s", text, secret, a.body)
			}
		}
	}
	// What the worksheet does not show is as good as nothing.
	hidden := s.post("other", "/searchdata", "query_string=[facts::margin]&data_source_guid=$worksheet")
	absent := s.post("other", "/searchdata", "query_string=[facts::nothin]&data_source_guid=$worksheet")
	if diff := cmp.Diff(plain(hidden, strings.NewReplacer("margin", "nothin")), plain(absent, nil), cmp.AllowUnexported(answer{})); diff != "" || hidden.status != 400 {
		t.Errorf("a hidden column is told from none:\n%s", diff)
	}
}

// canaries calls every route as one of the people, and looks for what it must
// not learn in the answers. What the caller said itself may come back.
func (w *world) canaries(actor string, fresh func(...searchlight.Privilege) *scene, secrets ...string) {
	w.t.Helper()
	stage := func() *scene {
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
		s := w.reuse("", stage)
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

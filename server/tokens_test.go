package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/server"
)

// appPost is a call with a form, as clients send it.
func appPost(path, cookie string, pairs ...string) call {
	return call{method: http.MethodPost, path: path, contentType: formType, body: form(pairs...), cookie: cookie,
		header: map[string]string{"X-Requested-By": "ThoughtSpot"}}
}

const keysPath = "/api/app/trusted-auth/keys"

// secretKey enables trusted authentication.
func (b *bench) secretKey() (key, id string) {
	b.t.Helper()
	a := b.do(appPost(keysPath, b.signIn("tsadmin", adminPW)))
	var made struct{ ID, SecretKey string }
	if err := json.Unmarshal([]byte(a.body), &made); err != nil || a.StatusCode != 200 || len(made.SecretKey) != 43 {
		b.t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
	return made.SecretKey, made.ID
}

func (b *bench) loginToken(pairs ...string) string {
	b.t.Helper()
	a := b.do(call{method: "POST", path: base + "/session/auth/token", contentType: formType, body: form(pairs...)})
	if a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") || !strings.HasPrefix(a.body, "sl1_") {
		b.t.Fatalf("%d %s %q", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	return a.body
}

func TestTrustedAuthentication(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	authToken := func(c call, pairs ...string) answer {
		c.method, c.path, c.contentType, c.body = "POST", base+"/session/auth/token", formType, form(pairs...)
		return b.do(c)
	}
	authToken(call{}, "secret_key", "x", "username", userName).wants(t, 500, 10000, "not enabled")
	key, id := b.secretKey()
	user := b.signIn(userName, password)
	b.do(get(keysPath, user)).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(appPost(keysPath, user)).wants(t, 403, 10038, "ADMINISTRATION")
	admin := b.signIn("tsadmin", adminPW)
	if a := b.do(get(keysPath, admin)); a.StatusCode != 200 || !strings.Contains(a.body, id) || strings.Contains(a.body, key) {
		t.Errorf("keys: %d %s", a.StatusCode, a.body)
	}

	authToken(call{}, "username", userName).wants(t, 400, 10002, "secret_key")
	authToken(call{}, "secret_key", key).wants(t, 400, 10002, "username")
	authToken(call{}, "secret_key", key+"x", "username", userName).wants(t, 401, 10003, "secret key is wrong")
	authToken(call{}, "secret_key", key, "username", "nobody").wants(t, 400, 13003, "user not found")
	authToken(call{}, "secret_key", key, "username", "tsadmin").wants(t, 403, 10038, "administrators")
	authToken(call{}, "secret_key", key, "username", userName, "access_level", "SOME").wants(t, 400, 10002, "access_level")
	authToken(call{}, "secret_key", key, "username", userName, "access_level", "REPORT_BOOK_VIEW").wants(t, 400, 10002, "id")
	authToken(call{}, "secret_key", key, "username", userName, "access_level", "REPORT_BOOK_VIEW", "id", retail).wants(t, 400, 10002, "no pinboard")
	authToken(call{}, "secret_key", key, "username", userName, "jwt_user_options", `{"a":1}`).wants(t, 400, 10002, "jwt_user_options")
	authToken(call{header: map[string]string{"Origin": "https://apps.example.com"}}, "secret_key", key, "username", userName).wants(t, 403, 10038, "web page")
	b.do(call{method: "POST", path: base + "/session/auth/token?secret_key=" + key, contentType: formType, body: form("username", userName)}).
		wants(t, 400, 10002, "never in the address")

	redeem := func(method string, pairs ...string) answer {
		if method == "GET" {
			return b.do(get(base+"/session/login/token?"+form(pairs...), ""))
		}
		return b.do(call{method: method, path: base + "/session/login/token", contentType: formType, body: form(pairs...)})
	}
	for _, method := range []string{"GET", "POST"} {
		token := b.loginToken("secret_key", key, "username", userName, "access_level", "FULL")
		redeem(method).wants(t, 400, 10002, "auth_token")
		redeem(method, "auth_token", token, "redirect_url", "https://evil.example/").wants(t, 400, 10002, "a place that is not allowed")
		redeem(method, "auth_token", token, "username", "tsadmin").wants(t, 401, 10003, "token is wrong")
		a := redeem(method, "auth_token", token, "username", userName, "redirect_url", "/#/pinboard/1")
		if a.StatusCode != 302 || a.Header.Get("Location") != "/#/pinboard/1" || len(a.Cookies()) != 3 || a.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Fatalf("%s: %d %q %v", method, a.StatusCode, a.Header.Get("Location"), a.Cookies())
		}
		if a := b.do(get(base+"/session/info", a.Cookies()[0].Value)); a.StatusCode != 200 || !strings.Contains(a.body, `"userName":"mlopez"`) {
			t.Errorf("%s: %d %s", method, a.StatusCode, a.body)
		}
		redeem(method, "auth_token", token).wants(t, 401, 10003, "token is wrong")

		token = b.loginToken("secret_key", key, "username", userName)
		if a := redeem(method, "auth_token", token, "no_url_redirection", "true"); a.StatusCode != 204 || a.body != "" || a.Cookies()[0].Name != "JSESSIONID" {
			t.Errorf("%s: %d %s", method, a.StatusCode, a.body)
		}
		token = b.loginToken("secret_key", key, "username", userName)
		if a := redeem(method, "auth_token", token); a.StatusCode != 302 || a.Header.Get("Location") != "/" {
			t.Errorf("%s: %d %q", method, a.StatusCode, a.Header.Get("Location"))
		}
	}
	if a := b.do(call{method: "DELETE", path: keysPath + "/" + id, cookie: admin, header: map[string]string{"X-Requested-By": "x"}}); a.StatusCode != 204 {
		t.Errorf("removing the key: %d %s", a.StatusCode, a.body)
	}
	authToken(call{}, "secret_key", key, "username", userName).wants(t, 500, 10000, "not enabled")
	for _, secret := range []string{key, "sl1_"} {
		if strings.Contains(b.log.String(), secret) {
			t.Error("the log holds a key or a token")
		}
	}
}

func TestT64_TokensInAddressesCanBeRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *server.Config) { c.NoGetLogin = true })
	b.do(get(base+"/session/login/token?auth_token=x", "")).wants(t, 403, 10038, "POST")
}

func TestSigningInFromForeignPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, _ := b.secretKey()
	for from, allowed := range map[string]bool{"https://apps.example.com": true, "https://evil.example": false, "": false} {
		token := b.loginToken("secret_key", key, "username", userName)
		c := withHeader(get(base+"/session/login/token?auth_token="+token+"&no_url_redirection=true", ""), "Sec-Fetch-Site", "cross-site")
		if from != "" {
			c = withHeader(c, "Referer", from+"/page?x=1")
		}
		if a := b.do(c); (a.StatusCode == 204) != allowed {
			t.Errorf("from %q: %d", from, a.StatusCode)
		}
	}
}

func TestT68_ABearerTokenIsTheCallersOnlyProof(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, _ := b.secretKey()
	token := b.loginToken("secret_key", key, "username", userName)
	admin := b.signIn("tsadmin", adminPW)
	both := withHeader(get(base+"/session/info", admin), "Authorization", "Bearer "+token)
	if a := b.do(both); a.StatusCode != 200 || !strings.Contains(a.body, `"userName":"mlopez"`) {
		t.Errorf("bearer and cookie: %d %s", a.StatusCode, a.body)
	}
	b.do(withHeader(get(keysPath, admin), "Authorization", "Bearer "+token)).wants(t, 403, 10038, "ADMINISTRATION")
	// A bearer token is no cookie: nothing can be forged with it.
	b.do(withHeader(call{method: "POST", path: keysPath, contentType: formType}, "Authorization", "Bearer "+token)).wants(t, 403, 10038, "ADMINISTRATION")
	b.pass(5 * time.Minute)
	b.do(both).wants(t, 401, 10003, "token is wrong")
}

func TestT35_AScopedSessionSeesOneObject(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	key, _ := b.secretKey()
	err := b.store.Update(t.Context(), func(tx searchlight.Tx) error {
		return tx.CreateObject(&searchlight.Object{Header: searchlight.Header{ID: retail, Type: searchlight.TypePinboard, Name: "P", Author: b.user}})
	})
	if err != nil {
		t.Fatal(err)
	}
	token := b.loginToken("secret_key", key, "username", userName, "access_level", "REPORT_BOOK_VIEW", "id", retail)
	b.do(withHeader(get(base+"/session/info", ""), "Authorization", "Bearer "+token)).wants(t, 401, 10003, "token is wrong")
	a := b.do(get(base+"/session/login/token?no_url_redirection=true&auth_token="+token, ""))
	if a.StatusCode != 204 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	session := a.Cookies()[0].Value
	for _, route := range b.server.API().Routes() {
		if route.Open || route.Method+" "+route.Path == "POST /session/logout" {
			continue
		}
		c := call{method: route.Method, path: address(route), cookie: session, contentType: formType, header: map[string]string{"X-Requested-By": "x"}}
		switch a := b.do(c); {
		case !route.Scoped && a.StatusCode != 403:
			t.Errorf("%s %s: %d, want 403", route.Method, route.Path, a.StatusCode)
		case route.Scoped && (a.StatusCode == 403 || a.StatusCode == 401):
			t.Errorf("%s %s: %d", route.Method, route.Path, a.StatusCode)
		}
	}
	b.pass(8 * time.Hour)
	b.do(get(base+"/session/info", session)).wants(t, 401, 10003, "session")
}

func TestAuditLogOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, admin := b.signIn(userName, password), b.signIn("tsadmin", adminPW)
	const topic = base + "/logs/topics/security_logs"
	b.do(get(topic, user)).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(get("/api/app/audit", user)).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(get(base+"/logs/topics/other", admin)).wants(t, 400, 10002, "security_logs")
	b.do(get(topic+"?fromEpoch=1&toEpoch=999999999999", admin)).wants(t, 400, 10002, "24 hours")
	b.do(get(topic+"?fromEpoch=x", admin)).wants(t, 400, 10002, "fromepoch")
	b.pass(time.Second)
	a := b.do(get(topic, admin))
	var records []struct{ Date, Log string }
	if err := json.Unmarshal([]byte(a.body), &records); err != nil || a.StatusCode != 200 {
		t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
	var types []string
	for _, r := range records {
		var entry struct {
			Type string `json:"type"`
			IP   string `json:"cIP"`
		}
		if err := json.Unmarshal([]byte(r.Log), &entry); err != nil || entry.IP != "127.0.0.1" {
			t.Errorf("%s: %v", r.Log, err)
		}
		types = append(types, entry.Type)
	}
	if got := strings.Join(types, " "); got != "LOGIN_SUCCESSFUL LOGIN_SUCCESSFUL ACCESS_DENIED ACCESS_DENIED" {
		t.Errorf("events %s", got)
	}
	a = b.do(get("/api/app/audit", admin))
	lines := strings.Split(strings.TrimSpace(a.body), "\n")
	if a.StatusCode != 200 || len(lines) != len(records)+2 || !strings.Contains(lines[len(lines)-1], "AUDIT_READ") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/server"
)

func TestLoginSetsThreeCookies(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do(loginCall(userName, password))
	if a.StatusCode != http.StatusNoContent || a.body != "" || a.Header.Get("Content-Type") != "" {
		t.Errorf("login: %d %q %q", a.StatusCode, a.body, a.Header.Get("Content-Type"))
	}
	if a.Header.Get("Cache-Control") != "no-store, no-cache, must-revalidate, max-age=0, post-check=0, pre-check=0" {
		t.Errorf("Cache-Control %q", a.Header.Get("Cache-Control"))
	}
	lines := a.Header.Values("Set-Cookie")
	wants := []string{
		`^JSESSIONID=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax$`,
		`^clientId=[0-9a-f-]{36}; Path=/; HttpOnly; Secure$`,
		`^userGUID=` + string(b.user) + `; Path=/; HttpOnly$`,
	}
	for i, want := range wants {
		if len(lines) != 3 || !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Fatalf("cookies %q, want number %d like %s", lines, i, want)
		}
	}
}

func TestRememberedCookieIsPersistent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := loginCall(userName, password)
	c.body += "&rememberme=true"
	a := b.do(c)
	for _, cookie := range a.Cookies() {
		if cookie.MaxAge != 14*24*3600 {
			t.Errorf("%s: Max-Age %d", cookie.Name, cookie.MaxAge)
		}
	}
	token := a.Cookies()[0].Value
	b.pass(6 * 24 * time.Hour)
	if a := b.do(get(base+"/session/info", token)); a.StatusCode != 200 {
		t.Errorf("after six days: %d", a.StatusCode)
	}
}

func TestLoginForms(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pythonFiles := "--X\r\nContent-Disposition: form-data; name=\"username\"; filename=\"username\"\r\n\r\nmlopez\r\n" +
		"--X\r\nContent-Disposition: form-data; name=\"password\"; filename=\"password\"\r\n\r\ncorrect Horse 7\r\n--X--\r\n"
	for name, c := range map[string]call{
		"short prefix":        {method: "POST", path: "/tspublic/v1/session/login", contentType: formType, body: form("username", userName, "password", password)},
		"double slash":        {method: "POST", path: "//callosum/v1//tspublic/v1/session/login", contentType: formType, body: form("username", userName, "password", password)},
		"trailing slash":      {method: "POST", path: base + "/session/login/", contentType: formType, body: form("username", userName, "password", password)},
		"case of names":       {method: "POST", path: base + "/session/login", contentType: formType, body: form("UserName", "MLOPEZ", "PASSWORD", password)},
		"multipart as files":  {method: "POST", path: base + "/session/login", contentType: "multipart/form-data; boundary=X", body: pythonFiles},
		"parameters to spare": {method: "POST", path: base + "/session/login?disableSAMLAutoRedirect=true", contentType: formType, body: form("username", userName, "password", password, "x", "y")},
		"session that is old": {method: "POST", path: base + "/session/login", contentType: formType, body: form("username", userName, "password", password), cookie: "stale"},
		"own page":            {method: "POST", path: base + "/session/login", contentType: formType, body: form("username", userName, "password", password), header: map[string]string{"Origin": "http://bi.example.com", "Sec-Fetch-Site": "same-origin"}},
		"allowed page":        {method: "POST", path: base + "/session/login", contentType: formType, body: form("username", userName, "password", password), header: map[string]string{"Origin": "https://apps.example.com", "Sec-Fetch-Site": "cross-site"}},
	} {
		if a := b.do(c); a.StatusCode != http.StatusNoContent || len(a.Cookies()) != 3 {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.body)
		}
	}
}

func TestLoginFailures(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, tt := range map[string]struct {
		call   call
		status int
		number int
		text   string
	}{
		"wrong password":    {loginCall(userName, "wrong"), 401, 10003, "the user name or the password is wrong"},
		"unknown user":      {loginCall("nobody", password), 401, 10003, "the user name or the password is wrong"},
		"su":                {loginCall("su", "x"), 401, 10003, "the user name or the password is wrong"},
		"no user name":      {call{method: "POST", path: base + "/session/login", contentType: formType, body: "password=x"}, 400, 10002, "username is missing"},
		"empty password":    {loginCall(userName, ""), 400, 10002, "password is missing"},
		"bad rememberme":    {call{method: "POST", path: base + "/session/login", contentType: formType, body: "username=a&password=b&rememberme=maybe"}, 400, 10002, "rememberme must be true or false"},
		"password in URL":   {call{method: "POST", path: base + "/session/login?username=mlopez&password=hunter2"}, 400, 10002, "password must be sent in the body"},
		"JSON":              {call{method: "POST", path: base + "/session/login", contentType: "application/json", body: `{"username":"a"}`}, 415, 10002, "application/json is not read"},
		"plain text":        {call{method: "POST", path: base + "/session/login", contentType: "text/plain", body: `username=a&password=b`}, 415, 10002, "text/plain is not read"},
		"GET":               {call{method: "GET", path: base + "/session/login"}, 405, 10002, "does not take GET"},
		"basic credentials": {call{method: "POST", path: base + "/session/login", header: map[string]string{"Authorization": "Basic bWxvcGV6OmNvcnJlY3QgSG9yc2UgNw=="}}, 400, 10002, "username is missing"},
		"foreign page":      {withHeader(loginCall(userName, password), "Origin", "https://evil.example"), 403, 10038, "origin that is not allowed"},
		"null origin":       {withHeader(loginCall(userName, password), "Origin", "null"), 403, 10038, "origin that is not allowed"},
		"cross-site fetch":  {withHeader(loginCall(userName, password), "Sec-Fetch-Site", "cross-site"), 403, 10038, "origin that is not allowed"},
		"same-site fetch":   {withHeader(loginCall(userName, password), "Sec-Fetch-Site", "same-site"), 403, 10038, "origin that is not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.do(tt.call)
			a.wants(t, tt.status, tt.number, tt.text)
			if a.Header.Get("Set-Cookie") != "" {
				t.Error("a failed login sets a cookie")
			}
			if tt.status == 405 && a.Header.Get("Allow") != "POST" {
				t.Errorf("Allow: %q", a.Header.Get("Allow"))
			}
		})
	}
	for _, secret := range []string{"wrong", "hunter2", password} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func withHeader(c call, name, value string) call {
	header := map[string]string{name: value}
	for k, v := range c.header {
		header[k] = v
	}
	c.header = header
	return c
}

func TestInternalLoginAnswersWithTheSession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	c := loginCall("tsadmin", adminPW)
	c.path = "/callosum/v1/session/login"
	a := b.do(c)
	if a.StatusCode != 200 || len(a.Cookies()) != 3 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	info := b.do(get(base+"/session/info", a.Cookies()[0].Value))
	if info.body != a.body {
		t.Errorf("login says %s, session/info %s", a.body, info.body)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]any{
		"userName": "tsadmin", "userGUID": string(searchlight.AdminUserID), "authToken": "", "timezone": "UTC", "currentOrgId": 0.0,
		"expirationTime": float64(start.Add(24 * time.Hour).Unix()), "apiVersion": "v1", "canChangePassword": true, "isSystemUser": false,
	} {
		if body[field] != want {
			t.Errorf("%s is %v, want %v", field, body[field], want)
		}
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+`).MatchString(body["releaseVersion"].(string)) {
		t.Errorf("releaseVersion %v", body["releaseVersion"])
	}
	if privileges := fmt.Sprint(body["privileges"]); !strings.Contains(privileges, "ADMINISTRATION") {
		t.Errorf("privileges %s", privileges)
	}
	config := body["configInfo"].(map[string]any)
	if config["mixpanelConfig"] == nil || config["emailConfig"].(map[string]any)["welcomeEmailConfig"] == nil || config["selfClusterName"] != "Searchlight" {
		t.Errorf("configInfo %v", config)
	}
	if strings.Contains(a.body, "argon2") {
		t.Error("the password hash is in the answer")
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token, other := b.signIn(userName, password), b.signIn(userName, password)
	a := b.do(post("/session/logout", token))
	if a.StatusCode != http.StatusNoContent || a.Header.Get("Clear-Site-Data") != `"cache", "storage"` {
		t.Errorf("logout: %d, Clear-Site-Data %q", a.StatusCode, a.Header.Get("Clear-Site-Data"))
	}
	for i, name := range []string{"JSESSIONID", "clientId", "userGUID"} {
		if line := a.Header.Values("Set-Cookie")[i]; !strings.HasPrefix(line, name+"=;") || !strings.Contains(line, "Max-Age=0") {
			t.Errorf("cookie %d is %q", i, line)
		}
	}
	b.do(get(base+"/session/info", token)).wants(t, 401, 10003, "sign in")
	b.do(post("/session/logout", token)).wants(t, 401, 10003, "sign in")
	if a := b.do(get(base+"/session/isactive", other)); a.StatusCode != http.StatusNoContent {
		t.Errorf("the other session: %d", a.StatusCode)
	}
}

func TestT51_AnswersToFailedLoginsAreAlike(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	strip := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	known, unknown := b.do(loginCall(userName, "wrong")), b.do(loginCall("nobody", "wrong"))
	if strip.ReplaceAllString(known.body, "") != strip.ReplaceAllString(unknown.body, "") || known.StatusCode != unknown.StatusCode {
		t.Errorf("known %d %s, unknown %d %s", known.StatusCode, known.body, unknown.StatusCode, unknown.body)
	}
	for name := range known.Header {
		if unknown.Header.Get(name) == "" {
			t.Errorf("only a known user gets the header %s", name)
		}
	}
}

func TestT52_LockOutAndThrottle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 4 {
		b.do(loginCall(userName, "wrong")).wants(t, 401, 10003, "wrong")
	}
	b.do(loginCall(userName, password)).wants(t, 401, 10003, "wrong")
	b.pass(time.Hour)
	b.signIn(userName, password)
	for range 10 {
		b.do(loginCall("nobody", "wrong")).wants(t, 401, 10003, "wrong")
	}
	a := b.do(loginCall(userName, password))
	a.wants(t, 429, 10002, "too many attempts")
	if a.Header.Get("Retry-After") != "6" {
		t.Errorf("Retry-After: %q", a.Header.Get("Retry-After"))
	}
}

func TestT52_ProxiesNameTheClientOnlyWhenTrusted(t *testing.T) {
	t.Parallel()
	attempts := func(b *bench) (throttled int) {
		for i := range 12 {
			if b.do(withHeader(loginCall("nobody", "x"), "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))).StatusCode == 429 {
				throttled++
			}
		}
		return throttled
	}
	if n := attempts(newBench(t)); n != 2 {
		t.Errorf("a forged header: %d of 12 throttled, want 2", n)
	}
	trusting := newBench(t, func(c *server.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	if n := attempts(trusting); n != 0 {
		t.Errorf("behind a trusted proxy: %d of 12 throttled, want 0", n)
	}
}

func TestT53_SessionsAreNotFixed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	preset := strings.Repeat("A", 43)
	c := loginCall(userName, password)
	c.cookie = preset
	token := b.do(c).Cookies()[0].Value
	if token == preset {
		t.Fatal("the id given before login was adopted")
	}
	b.do(get(base+"/session/info", preset)).wants(t, 401, 10003, "sign in")
	c.cookie = token
	next := b.do(c).Cookies()[0].Value
	if next == token {
		t.Error("the id is not replaced at login")
	}
	b.do(get(base+"/session/info", token)).wants(t, 401, 10003, "sign in")
	b.do(get(base+"/session/info;jsessionid="+next, next)).wants(t, 400, 10002, "never read from the address")
	b.do(get(base+"/session/info?JSESSIONID="+next, "")).wants(t, 401, 10003, "sign in")
}

// promote puts the bench's user among the administrators.
func (b *bench) promote() {
	b.t.Helper()
	err := b.store.Update(b.t.Context(), func(tx searchlight.Tx) error {
		return tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{b.user: {searchlight.AdminGroupID}})
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) privileges(a answer) []string {
	b.t.Helper()
	var info struct {
		Privileges []string `json:"privileges"`
	}
	a.decode(b.t, &info)
	return info.Privileges
}

// The first request after somebody has gained privileges is answered with
// another id; the one before goes on for a minute, without the gain.
func TestT53_GainedPrivilegesRenewTheCookie(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	before := b.privileges(b.do(get(base+"/session/info", token)))
	b.promote()

	// A poll is a request like others.
	a := b.do(get(base+"/session/isactive", token))
	cookies := a.Cookies()
	if a.StatusCode != http.StatusNoContent || len(cookies) != 3 || cookies[0].Name != "JSESSIONID" || cookies[0].Value == token || cookies[0].MaxAge != 0 {
		t.Fatalf("%d with cookies %v", a.StatusCode, cookies)
	}
	next := cookies[0].Value
	if !slices.Contains(b.privileges(b.do(get(base+"/session/info", next))), "ADMINISTRATION") {
		t.Error("the new id has not gained")
	}
	b.do(get(base+"/user/list", next)).decode(t, &[]map[string]any{})

	a = b.do(get(base+"/session/info", token)) // which was under way
	if got := b.privileges(a); !slices.Equal(got, before) || len(a.Cookies()) != 0 {
		t.Errorf("the earlier id has %v, and %d cookies", got, len(a.Cookies()))
	}
	b.do(get(base+"/user/list", token)).wants(t, 403, 10038, "ADMINISTRATION")
	b.pass(time.Minute)
	b.do(get(base+"/session/info", token)).wants(t, 401, 10003, "sign in")
	b.do(get(base+"/session/isactive", next)).wantsNothing(t)
}

// The cookies of a call that ends or renews the session itself come once.
func TestElevatedCallsSendTheirCookiesOnce(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(token string) call{
		"logout": func(token string) call { return post("/session/logout", token) },
		"password": func(token string) call {
			return post("/user/updatepassword", token, "name", userName, "currentpassword", password, "password", "New Battery 45")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			token := b.signIn(userName, password)
			b.promote()
			a := b.do(call(token))
			a.wantsNothing(t)
			if lines := a.Header.Values("Set-Cookie"); len(lines) != 3 || !strings.HasPrefix(lines[0], "JSESSIONID=") {
				t.Errorf("cookies %q", lines)
			}
			b.do(get(base+"/session/info", token)).wants(t, 401, 10003, "sign in")
			if next := a.Cookies()[0].Value; next != "" {
				b.do(get(base+"/session/isactive", next)).wantsNothing(t)
			}
		})
	}
}

func TestT54_DeactivationActsAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	err := b.store.Update(t.Context(), func(tx searchlight.Tx) error {
		u, err := tx.User(b.user)
		if err != nil {
			return err
		}
		u.State = searchlight.UserInactive
		return tx.UpdateUser(u)
	})
	if err != nil {
		t.Fatal(err)
	}
	b.do(get(base+"/session/info", token)).wants(t, 401, 10003, "sign in")
	b.do(get(base+"/session/isactive", token)).wants(t, 401, 10003, "sign in")
}

// address is where a route is called, with a GUID for each of its parameters.
func address(r v1.Route) string {
	path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(r.Path, retail)
	if strings.HasPrefix(path, v1.AppPrefix+"/") {
		return path
	}
	return base + path
}

func TestT55_CSRF(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	for _, route := range b.server.API().Routes() {
		if route.Method == "GET" || route.Open {
			continue
		}
		bare := call{method: route.Method, path: address(route), cookie: token, contentType: formType}
		b.do(bare).wants(t, 400, 10002, "X-Requested-By")
		bare.contentType, bare.body = "text/plain", `{"a":1}`
		b.do(bare).wants(t, 400, 10002, "X-Requested-By")
		b.do(withHeader(bare, "X-Requested-By", "")).wants(t, 400, 10002, "X-Requested-By")
		for _, origin := range []string{"https://evil.example", "null", "http://apps.example.com", "https://bi.example.com.evil"} {
			foreign := withHeader(withHeader(bare, "X-Requested-By", "x"), "Origin", origin)
			b.do(foreign).wants(t, 403, 10038, "origin that is not allowed")
		}
		// Without a session nothing of this is looked at.
		bare.cookie = ""
		b.do(bare).wants(t, 401, 10003, "sign in")
	}
	b.do(withHeader(get(base+"/session/info", token), "X-HTTP-Method-Override", "POST"))
	if a := b.do(get(base+"/session/isactive", token)); a.StatusCode != http.StatusNoContent {
		t.Errorf("the session did not survive: %d", a.StatusCode)
	}
}

func TestCSRFModes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode   v1.CSRF
		header [2]string
		status int
	}{
		{v1.CSRFStrict, [2]string{}, 400},
		{v1.CSRFBrowser, [2]string{}, 204},
		{v1.CSRFBrowser, [2]string{"Referer", "http://bi.example.com/"}, 400},
		{v1.CSRFBrowser, [2]string{"Origin", "http://bi.example.com"}, 400},
		{v1.CSRFBrowser, [2]string{"Sec-Fetch-Site", "cross-site"}, 400},
		{v1.CSRFBrowser, [2]string{"Sec-Fetch-Site", "none"}, 204},
		{v1.CSRFOff, [2]string{"Referer", "http://bi.example.com/"}, 204},
		{v1.CSRFOff, [2]string{"Origin", "https://evil.example"}, 403},
		{v1.CSRFOff, [2]string{"Sec-Fetch-Site", "cross-site"}, 403},
	} {
		b := newBench(t, func(c *server.Config) { c.CSRF = tt.mode })
		c := call{method: "POST", path: base + "/session/logout", cookie: b.signIn(userName, password)}
		if tt.header[0] != "" {
			c = withHeader(c, tt.header[0], tt.header[1])
		}
		if a := b.do(c); a.StatusCode != tt.status {
			t.Errorf("%s with %q: %d, want %d", tt.mode, tt.header, a.StatusCode, tt.status)
		}
	}
}

func TestT56_CORS(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for origin, want := range map[string]bool{
		"https://apps.example.com": true, "https://evilapps.example.com": false, "https://apps.example.com.evil": false, "null": false, "https://evil.example": false,
	} {
		for _, c := range []call{get(base+"/session/info", ""), {method: "OPTIONS", path: base + "/searchdata"}, get("/nowhere", "")} {
			a := b.do(withHeader(c, "Origin", origin))
			allowed, credentials := a.Header.Get("Access-Control-Allow-Origin"), a.Header.Get("Access-Control-Allow-Credentials")
			if want && (allowed != origin || credentials != "true") || !want && (allowed != "" || credentials != "") {
				t.Errorf("%s %s from %s: allowed %q, credentials %q", c.method, c.path, origin, allowed, credentials)
			}
			if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Origin") {
				t.Errorf("%s %s: Vary %q", c.method, c.path, a.Header.Values("Vary"))
			}
		}
	}
	a := b.do(call{method: "OPTIONS", path: base + "/searchdata/", header: map[string]string{
		"Origin": "https://apps.example.com", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-requested-by",
	}})
	if a.StatusCode != http.StatusNoContent || a.body != "" {
		t.Errorf("preflight: %d %q", a.StatusCode, a.body)
	}
	for name, want := range map[string]string{
		"Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
		"Access-Control-Allow-Headers": "X-Requested-By, Content-Type, Accept, Authorization, Accept-Language, x-requested-with",
		"Access-Control-Max-Age":       "3600",
	} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestT58_IdentityComesFromTheSessionAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	admin := string(searchlight.AdminUserID)
	c := get(base+"/session/info?userid="+admin+"&userGUID="+admin, "")
	c.header = map[string]string{
		"Cookie": "userGUID=" + admin + "; JSESSIONID=" + token + "; clientId=x", "X-User": "tsadmin", "X-Forwarded-User": "tsadmin", "Remote-User": "tsadmin",
	}
	if a := b.do(c); a.StatusCode != 200 || !strings.Contains(a.body, `"userName":"mlopez"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	c.header["Cookie"] = "userGUID=" + admin
	b.do(c).wants(t, 401, 10003, "sign in")
}

func TestT68_AnInvalidBearerTokenIsNotSavedByACookie(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	for _, value := range []string{"Bearer x", "bearer " + token, "Bearer", "Bearer "} {
		b.do(withHeader(get(base+"/session/info", token), "Authorization", value)).wants(t, 401, 10003, "the token is wrong")
	}
}

func TestT49_ForeignHostsAreNotRepeated(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, path := range []string{"/", "/external/swagger", "/openapi.yaml", base + "/session/info", "/nowhere"} {
		c := get(path, "")
		c.header = map[string]string{"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
		a := b.do(c)
		if strings.Contains(a.body, "evil.example") || strings.Contains(fmt.Sprint(a.Header), "evil.example") {
			t.Errorf("%s repeats the host", path)
		}
	}
}

func TestT66_TokensAreNotLogged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.signIn(userName, password)
	b.do(get(base+"/session/info?x="+token, token))
	b.do(get(base+"/session/info", token+"x"))
	b.do(post("/session/logout", token))
	b.entry("POST /session/logout")
	if strings.Contains(b.log.String(), token) {
		t.Error("the log holds a session token")
	}
}

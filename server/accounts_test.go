package server_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

func TestUpdatePasswordOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin, this, other := b.tsadmin(), b.signIn(userName, password), b.signIn(userName, password)
	change := func(cookie, name, current, next string) answer {
		return b.do(post("/user/updatepassword", cookie, "name", name, "currentpassword", current, "newpassword", next))
	}
	change(this, userName, "wrong", "New Battery 45").wants(t, 403, 10003, "Unable to authenticate user")
	change(this, userName, password, password).wants(t, 500, 10000, "New password cannot be the same as current password")
	change(this, userName, password, "short").wants(t, 400, 10002, "password")
	change(this, "tsadmin", password, "New Battery 45").wants(t, 403, 10038, "only administrators")
	change(admin, "nobody", adminPW, "New Battery 45").wants(t, 400, 13003, "no user")
	change(admin, "", adminPW, "New Battery 45").wants(t, 400, 10002, "name")
	b.do(post("/user/updatepassword?password=x", this, "name", userName)).wants(t, 400, 10002, "body")

	// The session goes on under a new id, and the others are over.
	a := change(this, userName, password, "New Battery 45")
	a.wantsNothing(t)
	cookies := a.Cookies()
	if len(cookies) != 3 || cookies[0].Name != "JSESSIONID" || cookies[0].Value == this {
		t.Fatalf("cookies %v", cookies)
	}
	b.do(get(base+"/session/info", cookies[0].Value)).decode(t, &struct{}{})
	for _, old := range []string{this, other} {
		b.do(get(base+"/session/info", old)).wants(t, 401, 10003, "sign in")
	}
	// An administrator's change ends all of them.
	a = change(admin, userName, adminPW, "Third Battery 46")
	a.wantsNothing(t)
	if len(a.Cookies()) != 0 {
		t.Errorf("cookies %v", a.Cookies())
	}
	b.do(get(base+"/session/info", cookies[0].Value)).wants(t, 401, 10003, "sign in")
	b.signIn(userName, "Third Battery 46")
}

// A stolen session does not open the way to the password.
func TestT52_PresentPasswordsAreNotGuessed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin, session := b.tsadmin(), b.signIn(userName, password)
	change := func(current string) answer {
		return b.do(post("/user/updatepassword", session, "name", userName, "currentpassword", current, "password", "New Battery 45"))
	}
	for range 4 {
		change("a guess").wants(t, 403, 10003, "Unable to authenticate user")
	}
	wrong, right := change("a guess").problem(t), change(password).problem(t)
	// The address is known from the sign-in and keeps a budget, which is used up.
	if !reflect.DeepEqual(wrong.sentences(t), right.sentences(t)) {
		t.Errorf("the right password answers %v, a wrong one %v", right.sentences(t), wrong.sentences(t))
	}
	b.do(loginCall(userName, password)).wants(t, 401, 10003, "")
	for range 4 {
		change("a guess")
	}
	throttled := change(password)
	throttled.wants(t, 429, 10002, "too many attempts")
	if throttled.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	b.do(get(base+"/session/isactive", session)).wantsNothing(t)
	b.pass(time.Second)
	var log []struct {
		Log string `json:"log"`
	}
	b.do(get(base+"/logs/topics/security_logs", admin)).decode(t, &log)
	counts := map[string]int{}
	for _, e := range log {
		for _, event := range []string{"ACCOUNT_LOCKED", "UPDATE_PASSWORD_FAILURE"} {
			if strings.Contains(e.Log, `"`+event+`"`) {
				counts[event]++
			}
		}
		if strings.Contains(e.Log, "a guess") || strings.Contains(e.Log, password) {
			t.Errorf("a password in the log: %s", e.Log)
		}
	}
	// The same failure is noted once a minute: one is FORBIDDEN, one THROTTLED.
	if want := map[string]int{"ACCOUNT_LOCKED": 1, "UPDATE_PASSWORD_FAILURE": 2}; !reflect.DeepEqual(counts, want) {
		t.Errorf("events %v, want %v", counts, want)
	}
}

// Login tokens of trusted authentication end with the sessions (T-54).
func TestT54_LoginTokensEndWithSessions(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b *bench, admin string) answer{
		"password": func(b *bench, admin string) answer {
			return b.do(post("/user/updatepassword", admin, "name", userName, "currentpassword", adminPW, "password", "New Battery 45"))
		},
		"invalidate": func(b *bench, admin string) answer {
			return b.do(post("/user/session/invalidate", admin, "username", userName))
		},
		"rename": func(b *bench, admin string) answer {
			return b.do(send("PUT", "/user/"+string(b.user), admin, "content", `{"header":{"name":"maria"}}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			admin := b.tsadmin()
			var key struct{ SecretKey string }
			b.do(call{method: "POST", path: "/api/app/trusted-auth/keys", cookie: admin, header: map[string]string{"X-Requested-By": "x"}}).decode(t, &key)
			issued := b.do(call{method: "POST", path: base + "/session/auth/token", contentType: formType, body: form("secret_key", key.SecretKey, "username", userName)})
			bearer := func() answer {
				return b.do(withHeader(get(base+"/session/info", ""), "Authorization", "Bearer "+issued.body))
			}
			bearer().decode(t, &struct{}{})
			end(b, admin).wantsNothing(t)
			bearer().wants(t, 401, 10003, "token")
			b.do(call{method: "POST", path: base + "/session/login/token", contentType: formType, body: form("auth_token", issued.body)}).wants(t, 401, 10003, "token")
		})
	}
}

func TestActivationOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	admin := b.tsadmin()
	type invitation struct {
		UserID    string `json:"userid"`
		AuthToken string `json:"auth_token"`
		Link      string
		Expires   int64
	}
	session := b.signIn(userName, password)
	var in invitation
	b.do(post("/user/inactivate", admin, "username", userName, "url", "http://bi.example.com/")).decode(t, &in)
	if in.UserID != string(b.user) || in.Link != "http://bi.example.com/#/activate/"+in.UserID+"/"+in.AuthToken || in.Expires != start.Add(24*time.Hour).UnixMilli() {
		t.Errorf("%+v", in)
	}
	b.do(get(base+"/session/info", session)).wants(t, 401, 10003, "sign in")
	b.do(loginCall(userName, password)).wants(t, 401, 10003, "")
	activate := func(id, token, password string) answer {
		return b.do(call{method: "POST", path: base + "/user/activate", contentType: formType, body: form("userid", id, "auth_token", token, "password", password)})
	}
	activate(in.UserID, "x", "New Battery 45").wants(t, 403, 10038, "token is wrong")
	activate(noSuchID, in.AuthToken, "New Battery 45").wants(t, 403, 10038, "token is wrong")
	activate(in.UserID, in.AuthToken, "short").wants(t, 400, 10002, "password")
	activate("x", in.AuthToken, "New Battery 45").wants(t, 400, 10002, "GUID")
	activate(in.UserID, in.AuthToken, "New Battery 45").wantsNothing(t)
	activate(in.UserID, in.AuthToken, "New Battery 45").wants(t, 403, 10038, "token is wrong")
	b.signIn(userName, "New Battery 45")

	// T-67: the link leads only where links may lead.
	for _, target := range []string{"https://evil.example/", "//evil.example", "javascript:alert(1)", "http://bi.example.com.evil/"} {
		b.do(post("/user/inactivate", admin, "username", userName, "url", target)).wants(t, 400, 10002, "")
	}
	b.signIn(userName, "New Battery 45")
	b.do(post("/user/inactivate", admin)).wants(t, 400, 10002, "username")
	b.do(post("/user/inactivate", admin, "username", "nobody")).wants(t, 403, 10038, "no user")
	b.do(post("/user/inactivate", admin, "username", "su")).wants(t, 403, 10038, "built in")
	b.do(post("/user/inactivate", admin, "username", "tsadmin")).wants(t, 409, 10002, "nobody would be left")

	link := call{method: "POST", path: "/api/app/users/" + string(b.user) + "/reset-link", cookie: admin, header: map[string]string{"X-Requested-By": "x"}}
	b.do(link).decode(t, &in)
	if !strings.HasPrefix(in.Link, "/#/reset-password/"+string(b.user)+"/") && !strings.HasPrefix(in.Link, "http://bi.example.com/#/reset-password/"+string(b.user)+"/") {
		t.Errorf("link %q", in.Link)
	}
	reset := func(id, token string) answer {
		return b.do(call{method: "POST", path: base + "/user/resetpassword", contentType: formType, body: form("userid", id, "auth_token", token, "password", "Third Battery 46")})
	}
	strip := func(a answer) string { p := a.problem(t); return p.Debug }
	unknown, known := reset(noSuchID, in.AuthToken), reset(string(b.user), "x")
	known.wants(t, 401, 10003, "token is wrong")
	if unknown.StatusCode != known.StatusCode || strip(unknown) != strip(known) {
		t.Errorf("unknown %d %s, known %d %s", unknown.StatusCode, unknown.body, known.StatusCode, known.body)
	}
	reset(string(b.user), in.AuthToken).wantsNothing(t)
	reset(string(b.user), in.AuthToken).wants(t, 401, 10003, "token is wrong")
	b.signIn(userName, "Third Battery 46")
	for _, secret := range []string{in.AuthToken, "Battery"} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestPreferencesOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, admin := b.signIn(userName, password), b.tsadmin()
	b.do(post("/user/updatepreference", user, "preferences", `{'notifyOnShare': False, 'preferredLocale': 'fr-FR'}`)).wantsNothing(t)
	b.do(post("/user/updatepreference", admin, "userid", string(b.user), "username", userName, "preferences", `{"showWalkMe":false}`)).wantsNothing(t)
	got := b.getUser(admin, string(b.user)).UserContent.UserPreferences
	want := map[string]any{"notifyOnShare": false, "showWalkMe": false, "analystOnboardingComplete": false, "preferredLocale": "fr-FR"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, tt := range []struct {
		cookie         string
		pairs          []string
		status, number int
		text           string
	}{
		{user, []string{"preferences", `{"preferredLocale":"xx"}`}, 400, 10002, "locale"},
		{user, []string{"preferences", `[`}, 400, 10002, "preferences"},
		{user, []string{"preferencesProto", `*`}, 400, 10002, "base64"},
		{user, []string{"userid", "x"}, 400, 10002, "GUID"},
		{user, []string{"userid", string(searchlight.AdminUserID), "preferences", `{"showWalkMe":false}`}, 403, 10038, "only administrators"},
		{user, []string{"username", "tsadmin", "preferences", `{"showWalkMe":false}`}, 403, 10038, "only administrators"},
		{user, []string{"username", "nobody", "preferences", `{"showWalkMe":false}`}, 403, 10038, "only administrators"},
		{admin, []string{"userid", noSuchID, "preferences", `{}`}, 400, 10002, "no user"},
		{admin, []string{"userid", string(b.user), "username", "tsadmin", "preferences", `{}`}, 400, 10002, "different users"},
	} {
		b.do(post("/user/updatepreference", tt.cookie, tt.pairs...)).wants(t, tt.status, tt.number, tt.text)
	}
}

func TestInvalidateOverHTTP(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	user, admin := b.signIn(userName, password), b.tsadmin()
	end := func(pairs ...string) answer { return b.do(post("/user/session/invalidate", admin, pairs...)) }
	end().wants(t, 400, 10002, "name the users")
	end("username", "[]", "userid", "").wants(t, 400, 10002, "name the users")
	end("username", "[nobody]").wants(t, 403, 10038, "no user")
	end("userid", "[x]").wants(t, 400, 10002, "GUID")
	b.do(post("/user/session/invalidate", user, "username", "tsadmin")).wants(t, 403, 10038, "ADMINISTRATION")
	b.do(get(base+"/session/info", user)).decode(t, &struct{}{})
	end("username", "['"+userName+"']").wantsNothing(t)
	b.do(get(base+"/session/info", user)).wants(t, 401, 10003, "sign in")
	user = b.signIn(userName, password)
	end("allUsers", "true").wantsNothing(t)
	b.do(get(base+"/session/info", user)).wants(t, 401, 10003, "sign in")
	b.do(get(base+"/session/info", admin)).decode(t, &struct{}{})
}

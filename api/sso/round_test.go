package sso_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

// signIn goes the whole way, with the password at the identity provider where
// it asks for one.
func signIn(c *client, s *site, target string) (status int, body string) {
	c.t.Helper()
	status, body = c.get(s.url + "/callosum/v1/saml/login?targetURLPath=" + url.QueryEscape(target))
	if status != http.StatusOK {
		return status, body
	}
	if strings.Contains(body, `type="password"`) {
		if status, body = c.submit(body, "user", "anna", "password", idpPassword); status != http.StatusOK {
			c.t.Fatalf("the identity provider answers %d %s", status, body)
		}
	}
	return c.submit(body)
}

func TestRound(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { round(t, onSQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { round(t, onPostgres(t)) })
}

func round(t *testing.T, store searchlight.Store) {
	i := newIDP(t)
	s := newSiteOn(t, store, i.metadata, nil)
	i.trust(t, s)
	c := newClient(t)
	if name := c.whoAmI(s); name != "" {
		t.Fatalf("%s is signed in at the beginning", name)
	}
	status, body := signIn(c, s, "/healthz?from=login")
	if status != http.StatusOK || body != "ok\n" || c.at.String() != s.url+"/healthz?from=login" {
		t.Errorf("the sign-in ends at %s: %d %s", c.at, status, body)
	}
	if name := c.whoAmI(s); name != "anna" {
		t.Errorf("%q is signed in", name)
	}
	var groups []string
	if err := s.store.View(t.Context(), func(tx searchlight.Tx) error {
		u, err := tx.UserByName("anna")
		if err != nil {
			return err
		}
		if u.DisplayName != "Anna Lee" || u.Email != "anna@example.com" || u.Type != searchlight.SAMLUser {
			t.Errorf("%+v", u)
		}
		of, err := tx.UserGroups(u.ID)
		for _, g := range of {
			groups = append(groups, g.Name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(groups, []string{"All", "Sales"}) {
		t.Errorf("groups %v", groups)
	}

	// A second browser is nobody; a second sign-in of the first one is a new session.
	if name := newClient(t).whoAmI(s); name != "" {
		t.Errorf("%s is signed in in another browser", name)
	}
	before := c.cookie(s.url, "JSESSIONID")
	signIn(c, s, "")
	if after := c.cookie(s.url, "JSESSIONID"); after == before || c.at.Path != "/" || c.whoAmI(s) != "anna" {
		t.Errorf("the second sign-in ends at %s, with the cookie of the first: %t", c.at, after == before)
	}
}

func TestT74_ResponseInAnotherBrowser(t *testing.T) {
	i := newIDP(t)
	s := newSite(t, i.metadata, nil)
	i.trust(t, s)
	mallory, victim := newClient(t), newClient(t)
	_, page := mallory.get(s.url + "/callosum/v1/saml/login")
	_, page = mallory.submit(page, "user", "anna", "password", idpPassword)
	if status, _ := victim.submit(page); status != http.StatusUnauthorized || victim.whoAmI(s) != "" {
		t.Errorf("the victim's browser: %d, %q is signed in", status, victim.whoAmI(s))
	}
	victim.get(s.url + "/callosum/v1/saml/login") // it now has a request of its own
	if status, _ := victim.submit(page); status != http.StatusUnauthorized || victim.whoAmI(s) != "" {
		t.Errorf("the victim's browser, once more: %d, %q is signed in", status, victim.whoAmI(s))
	}
	if status, _ := mallory.submit(page); status != http.StatusOK && mallory.at.Path != "/" || mallory.whoAmI(s) != "anna" {
		t.Errorf("its own browser: %d", status)
	}
}

func TestT51_RefusalsLookTheSame(t *testing.T) {
	i := newIDP(t)
	s := newSite(t, i.metadata, func(c *saml.Config) { c.CreateUsers = false })
	i.trust(t, s)
	c := newClient(t)
	_, unknown := signIn(c, s, "")
	u := &searchlight.User{ID: searchlight.NewGUID(), Name: "anna", DisplayName: "Anna", Type: searchlight.LocalUser, State: searchlight.UserActive,
		Visibility: searchlight.Sharable, Author: searchlight.AdminUserID, ModifiedBy: searchlight.AdminUserID, Created: searchlight.BuiltInTime, Modified: searchlight.BuiltInTime}
	if err := s.store.Update(t.Context(), func(tx searchlight.Tx) error { return tx.CreateUser(u) }); err != nil {
		t.Fatal(err)
	}
	_, taken := signIn(c, s, "")
	status, forged := c.post(s.url+saml.ACSPath, url.Values{"SAMLResponse": {base64.StdEncoding.EncodeToString([]byte("<x/>"))}})
	if status != http.StatusUnauthorized || unknown != taken || taken != forged || !strings.Contains(forged, "Sign-in was not accepted") {
		t.Errorf("%d\n%s\n%s\n%s", status, unknown, taken, forged)
	}
	for _, reason := range []string{"has no account", "belongs to an account of the type LOCAL_USER", "the document is no Response"} {
		if !strings.Contains(s.log.String(), reason) {
			t.Errorf("the log does not say that %s", reason)
		}
	}
}

func TestHeaders(t *testing.T) {
	i := newIDP(t)
	s := newSite(t, i.metadata, nil)
	c := newClient(t)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := c.Get(s.url + "/callosum/v1/saml/login")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	cookies := answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || len(cookies) != 1 {
		t.Fatalf("%d, %v", answer.StatusCode, cookies)
	}
	k := cookies[0]
	if k.Name != "searchlight_saml" || k.Path != "/callosum/v1/saml/" || !k.Secure || !k.HttpOnly || k.SameSite != http.SameSiteNoneMode || k.MaxAge != 600 || len(k.Value) != 43 {
		t.Errorf("cookie %s", k)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	answer, err = c.Get(s.url + "/callosum/v1/saml/metadata")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if got := answer.Header.Get("Content-Type") + " " + answer.Header.Get("Content-Disposition"); got != `application/samlmetadata+xml attachment; filename="spring_saml_metadata.xml"` {
		t.Errorf("metadata: %s", got)
	}
}

func TestRoutes(t *testing.T) {
	i := newIDP(t)
	s := newSite(t, i.metadata, nil)
	c := newClient(t)
	for _, r := range []struct {
		method, path, contentType, body string
		want                            int
	}{
		{"GET", "/callosum/v1/saml/SSO", "", "", 405},
		{"PUT", "/callosum/v1/saml/SSO", "", "", 405},
		{"POST", "/callosum/v1/saml/login", "", "", 405},
		{"DELETE", "/callosum/v1/saml/slo", "", "", 405},
		{"POST", "/callosum/v1/saml/metadata", "", "", 405},
		{"POST", "/callosum/v1/saml/sso", "application/x-www-form-urlencoded", "SAMLResponse=x", 404},
		{"POST", "/callosum/v1/saml/SSO/", "application/x-www-form-urlencoded", "SAMLResponse=x", 404},
		{"POST", "/callosum/v1//saml/SSO", "application/x-www-form-urlencoded", "SAMLResponse=x", 404},
		{"GET", "/callosum/v1/saml/other", "", "", 404},
		{"POST", "/callosum/v1/saml/SSO", "application/x-www-form-urlencoded", "", 400},
		{"POST", "/callosum/v1/saml/SSO", "application/x-www-form-urlencoded", "SAMLart=x", 400},
		{"POST", "/callosum/v1/saml/SSO?SAMLResponse=x", "application/x-www-form-urlencoded", "", 400},
		{"POST", "/callosum/v1/saml/SSO", "application/x-www-form-urlencoded", "SAMLResponse=x&SAMLResponse=y", 400},
		{"POST", "/callosum/v1/saml/SSO", "application/x-www-form-urlencoded", "SAMLResponse=%zz", 400},
		{"POST", "/callosum/v1/saml/SSO", "text/plain", "SAMLResponse=x", 400},
		{"POST", "/callosum/v1/saml/SSO", "application/x-www-form-urlencoded", "SAMLResponse=x", 401},
		{"GET", "/callosum/v1/saml/login?targetURLPath=//evil.example.com", "", "", 400},
		{"GET", "/callosum/v1/saml/login?idp=nobody", "", "", 400},
		{"GET", "/callosum/v1/saml/slo?SAMLRequest=x", "", "", 401},
		{"GET", "/callosum/v1/saml/slo", "", "", 200},
		{"GET", "/callosum/v1/saml/slo?SAMLResponse=x", "", "", 200},
	} {
		request, err := http.NewRequestWithContext(t.Context(), r.method, s.url+r.path, strings.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", r.contentType)
		answer, err := c.Do(request)
		status, body := c.read(answer, err)
		if status != r.want || !strings.HasPrefix(body, "<!doctype html>") {
			t.Errorf("%s %s %s: %d\n%s", r.method, r.path, r.body, status, body)
		}
	}
}

// endless is a form that never ends.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	if e.read.Add(int64(len(p))) == int64(len(p)) {
		copy(p, "SAMLResponse=")
	}
	return len(p), nil
}

func TestT81_HugePost(t *testing.T) {
	i := newIDP(t)
	s := newSite(t, i.metadata, nil)
	c := newClient(t)
	body := &endless{}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+saml.ACSPath, body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = 100 << 20
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusRequestEntityTooLarge || body.read.Load() > 8<<20 {
		t.Errorf("%d after %d bytes", answer.StatusCode, body.read.Load())
	}
}

func TestTooManyRefusals(t *testing.T) {
	i := newIDP(t)
	s := newSite(t, i.metadata, nil)
	c := newClient(t)
	for n := range 61 {
		status, _ := c.post(s.url+saml.ACSPath, url.Values{"SAMLResponse": {"x"}})
		if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusTooManyRequests}[n < 60]; status != want {
			t.Fatalf("refusal %d: %d", n+1, status)
		}
	}
}

func TestLocalLogout(t *testing.T) {
	i := newIDP(t) // it offers no log-out
	s := newSite(t, i.metadata, nil)
	i.trust(t, s)
	c := newClient(t)
	signIn(c, s, "")
	slo := s.url + saml.LogoutPath

	// Another site cannot do it.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, slo, strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := c.Do(request)
	if status, _ := c.read(answer, err); status != http.StatusForbidden || c.whoAmI(s) != "anna" {
		t.Errorf("another site: %d, %q is signed in", status, c.whoAmI(s))
	}
	token := c.cookie(s.url, "JSESSIONID")
	status, body := c.post(slo, nil)
	if status != http.StatusOK || c.at.String() != slo || !strings.Contains(body, "You have signed out") || c.whoAmI(s) != "" {
		t.Errorf("%s: %d %s", c.at, status, body)
	}
	thief := newClient(t)
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	thief.Jar.SetCookies(u, []*http.Cookie{{Name: "JSESSIONID", Value: token, Secure: true}})
	if name := thief.whoAmI(s); name != "" {
		t.Errorf("%s is still signed in with the old cookie", name)
	}
	if status, _ := c.post(slo, nil); status != http.StatusOK {
		t.Errorf("once more: %d", status)
	}
}

package v1

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// login is POST session/login (api-v1.md 2.1). The public form answers 204,
// the internal one 200 with the body of session/info.
func (a *API) login(w http.ResponseWriter, r *request) error {
	name, err := r.params.required("username")
	if err != nil {
		return err
	}
	password, err := r.params.required("password")
	if err != nil {
		return err
	}
	remember, err := r.params.flag("rememberme")
	if err != nil {
		return err
	}
	in, err := a.config.Sessions.Login(r.Context(), searchlight.Credentials{
		Name: name, Password: password, Remember: remember, Address: r.call.Address})
	if err != nil {
		return err
	}
	if err := a.begin(w, r, in); err != nil {
		return err
	}
	if !r.internal {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	writeJSON(w, http.StatusOK, a.describeSession(in.Subject, in.Ends))
	return nil
}

// begin ends the session that the caller had, if any, and sends the cookies of
// the new one.
func (a *API) begin(w http.ResponseWriter, r *request, in *searchlight.SignIn) error {
	if r.token != "" && r.token != in.Token {
		if err := a.config.Sessions.Logout(r.Context(), r.token); err != nil {
			return err
		}
	}
	r.call.User = in.Subject.User.ID
	a.setSession(w, in)
	return nil
}

func (a *API) setSession(w http.ResponseWriter, in *searchlight.SignIn) {
	var maxAge int
	if in.Session.Remember {
		maxAge = int(in.Ends.Sub(a.config.Now()) / time.Second)
	}
	a.setCookies(w, in.Token, string(searchlight.NewGUID()), string(in.Subject.User.ID), maxAge)
}

// logout is POST session/logout (api-v1.md 2.2).
func (a *API) logout(w http.ResponseWriter, r *request) error {
	if err := a.config.Sessions.Logout(r.Context(), r.token); err != nil {
		return err
	}
	a.setCookies(w, "", "", "", -1)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// setCookies sends the three cookies of api-v1.md 1.5. That of the session
// comes first, because scripts cut it out of the first line.
func (a *API) setCookies(w http.ResponseWriter, token, client, user string, maxAge int) {
	cookies := []*http.Cookie{
		{Name: sessionCookie, Value: token, Secure: !a.config.PlainHTTP, SameSite: http.SameSiteLaxMode},
		{Name: "clientId", Value: client, Secure: true},
		{Name: "userGUID", Value: user, Secure: !a.config.PlainHTTP},
	}
	for _, c := range cookies {
		c.Path, c.HttpOnly, c.MaxAge = "/", true, maxAge
		if a.config.CrossSite {
			c.SameSite, c.Secure, c.Partitioned = http.SameSiteNoneMode, true, true
		}
		// The call may have had a cookie already, and clients look at the first.
		w.Header()["Set-Cookie"] = slices.DeleteFunc(w.Header()["Set-Cookie"], func(line string) bool { return strings.HasPrefix(line, c.Name+"=") })
		http.SetCookie(w, c)
	}
}

// sessionIsActive is GET session/isactive, a poll.
func (a *API) sessionIsActive(w http.ResponseWriter, _ *request) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// sessionInfo is GET session/info.
func (a *API) sessionInfo(w http.ResponseWriter, r *request) error {
	writeJSON(w, http.StatusOK, a.describeSession(r.subject, r.expires))
	return nil
}

package v1

import (
	"net/http"

	"github.com/searchlight-bi/searchlight"
)

// StartSession ends the session that a browser had, if any, and sends the
// cookies of a new one. It is for pages outside the API that sign people in.
func (a *API) StartSession(w http.ResponseWriter, hr *http.Request, in *searchlight.SignIn) error {
	return a.begin(w, browserRequest(hr), in)
}

// EndSession ends the session of a browser and takes its cookies back. It
// returns nil when there was none.
func (a *API) EndSession(w http.ResponseWriter, hr *http.Request) (*searchlight.SignIn, error) {
	r := browserRequest(hr)
	if r.token == "" {
		return nil, nil
	}
	in, err := a.config.Sessions.Authenticate(r.Context(), r.token, false)
	if err != nil && searchlight.CodeOf(err) != searchlight.CodeUnauthenticated {
		return nil, err
	}
	if err == nil {
		r.call.User = in.Subject.User.ID
		if err := a.config.Sessions.Logout(r.Context(), r.token); err != nil {
			return nil, err
		}
	}
	a.setCookies(w, "", "", "", -1)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return in, nil
}

func browserRequest(hr *http.Request) *request {
	r := &request{Request: hr, call: CallOf(hr.Context())}
	if cookie, err := hr.Cookie(sessionCookie); err == nil {
		r.token = cookie.Value
	}
	return r
}

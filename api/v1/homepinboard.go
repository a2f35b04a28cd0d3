package v1

import (
	"net/http"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

func (a *API) homePinboardRoutes() []route {
	return []route{
		{method: "POST", path: "/session/homepinboard", event: searchlight.EventPreferencesChanged, handle: a.setHomePinboard},
		{method: "GET", path: "/session/homepinboard", handle: a.homePinboard},
		{method: "DELETE", path: "/session/homepinboard", event: searchlight.EventPreferencesChanged, handle: a.clearHomePinboard},
	}
}

// setHomePinboard is POST session/homepinboard (api-v1.md 3.3).
func (a *API) setHomePinboard(w http.ResponseWriter, r *request) error {
	id, err := r.params.guid("id")
	if err != nil {
		return err
	}
	user, err := r.params.optionalGUID("userid")
	if err != nil {
		return err
	}
	return done(w, missingIs(http.StatusForbidden, a.config.Modeler.SetHomePinboard(r.Context(), r.subject, user, id)))
}

// homePinboard is GET session/homepinboard: JSON for those who ask for it, else
// the bare id.
func (a *API) homePinboard(w http.ResponseWriter, r *request) error {
	id, err := a.config.Modeler.HomePinboard(r.Context(), r.subject)
	if err != nil {
		return err
	}
	if strings.Contains(strings.ToLower(r.Header.Get("Accept")), "application/json") {
		if id == "" {
			writeJSON(w, http.StatusOK, nil)
			return nil
		}
		writeJSON(w, http.StatusOK, id)
		return nil
	}
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	_, _ = w.Write([]byte(id)) // a client that left needs no answer
	return nil
}

// clearHomePinboard is DELETE session/homepinboard.
func (a *API) clearHomePinboard(w http.ResponseWriter, r *request) error {
	if err := a.config.Modeler.SetHomePinboard(r.Context(), r.subject, "", ""); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

package v1

import (
	"net/http"

	"github.com/searchlight-bi/searchlight"
)

// Guard serves one operation outside API v1 that takes POST, with the same
// session, protection against forgery and form of errors. route names it in
// the log, and event what it is in the audit log. The body is left to handle.
func (a *API) Guard(path string, event searchlight.EventType, handle func(http.ResponseWriter, *http.Request, *searchlight.Subject) error) http.Handler {
	guarded := route{method: http.MethodPost, path: path, event: event}
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		if hr.Method != guarded.method {
			w.Header().Set("Allow", guarded.method)
			WriteError(hr.Context(), w, ErrMethod(hr.Method, path, guarded.method), false)
			return
		}
		r := &request{Request: hr, call: CallOf(hr.Context())}
		r.call.Route = guarded.method + " " + guarded.path
		err := a.identify(w, r, guarded)
		if err == nil && !r.bearer {
			err = a.checkForgery(hr, true)
		}
		if err == nil {
			err = handle(w, r.Request, r.subject)
		}
		if err != nil {
			fail(w, r, a.noteFailure(r, guarded, err))
		}
	})
}

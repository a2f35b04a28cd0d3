package v1

import (
	"fmt"
	"net/http"
)

// CSRF says when a call that changes something must carry X-Requested-By
// (api-v1.md 1.6). The check of the origin is made whatever it says.
type CSRF string

// The modes. The empty one is strict.
const (
	CSRFStrict  CSRF = "strict"
	CSRFBrowser CSRF = "browser" // only when a browser may have sent the call
	CSRFOff     CSRF = "off"
)

// ParseCSRF reads the name of a mode.
func ParseCSRF(name string) (CSRF, error) {
	switch mode := CSRF(name); mode {
	case "", CSRFStrict:
		return CSRFStrict, nil
	case CSRFBrowser, CSRFOff:
		return mode, nil
	}
	return "", fmt.Errorf("unknown mode %q; it is %s, %s or %s", name, CSRFStrict, CSRFBrowser, CSRFOff)
}

// checkForgery refuses calls that another site may have made a browser send.
// withHeader says that the header rule applies too.
func (a *API) checkForgery(r *http.Request, withHeader bool) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if withHeader && r.Header.Get("X-Requested-By") == "" && a.wantsHeader(r) {
		return errNoRequestedBy()
	}
	if a.config.Origins.Allow(r.Header.Get("Origin")) {
		return nil
	}
	if err := a.sameOrigin.Check(r); err != nil {
		return errCrossOrigin()
	}
	return nil
}

func (a *API) wantsHeader(r *http.Request) bool {
	switch a.config.CSRF {
	case CSRFOff:
		return false
	case CSRFBrowser:
		return r.Header.Get("Origin") != "" || r.Header.Get("Referer") != "" || r.Header.Get("Sec-Fetch-Site") == "cross-site"
	default:
		return true
	}
}

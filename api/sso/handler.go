package sso

import (
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

// browserCookie ties an answer of the identity provider to the browser that
// asked for it.
const browserCookie = "searchlight_saml"

// Sessions keeps the sessions of browsers. *v1.API implements it.
type Sessions interface {
	// StartSession sends the cookies of a new session, and ends the one that the
	// browser had.
	StartSession(w http.ResponseWriter, r *http.Request, in *searchlight.SignIn) error
	// EndSession ends the session of the browser and takes its cookies back. It
	// returns nil when there was none.
	EndSession(w http.ResponseWriter, r *http.Request) (*searchlight.SignIn, error)
}

// Limiter slows down addresses that bring what is refused.
type Limiter interface {
	// Take uses up an attempt of an address; when none is left it returns how
	// long to wait.
	Take(address netip.Addr) (wait time.Duration)
	// GiveBack returns the attempt of a request that was in order.
	GiveBack(address netip.Addr)
}

// Handler serves what lies under saml.Prefix. All fields but Log and Limiter
// are needed. The context of requests has a searchlight.Origin.
type Handler struct {
	Provider *saml.Provider
	Sessions Sessions
	Limiter  Limiter      // nil: no limit
	Log      *slog.Logger // nil: slog.Default
}

// Serves reports whether there is something at a path.
func Serves(path string) bool {
	return slices.Contains([]string{saml.MetadataPath, saml.LoginPath, saml.ACSPath, saml.LogoutPath}, path)
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	harden(w.Header())
	switch r.URL.Path {
	case saml.MetadataPath:
		h.only(w, r, h.metadata, http.MethodGet, http.MethodHead)
	case saml.LoginPath:
		h.only(w, r, h.login, http.MethodGet)
	case saml.ACSPath:
		if !isExactly(r, saml.ACSPath) {
			show(w, http.StatusNotFound, notFound)
			return
		}
		h.only(w, r, h.limited(h.finish), http.MethodPost)
	case saml.LogoutPath:
		if r.Method == http.MethodGet {
			h.only(w, r, h.limited(h.slo), http.MethodGet)
			return
		}
		h.only(w, r, h.limited(h.sloPost), http.MethodGet, http.MethodPost)
	default:
		show(w, http.StatusNotFound, notFound)
	}
}

// isExactly reports whether a request named a path as it is written, before
// anything cleaned it.
func isExactly(r *http.Request, path string) bool {
	u, err := url.ParseRequestURI(r.RequestURI)
	return err == nil && u.Path == path
}

// only calls serve for some methods, and shows its error.
func (h *Handler) only(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request) error, methods ...string) {
	if !slices.Contains(methods, r.Method) {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		show(w, http.StatusMethodNotAllowed, notFound)
		return
	}
	if err := serve(w, r); err != nil {
		h.fail(w, r, err)
	}
}

// limited counts what is refused against the address that it came from.
func (h *Handler) limited(serve func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	if h.Limiter == nil {
		return serve
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		address := searchlight.OriginOf(r.Context()).Address
		if wait := h.Limiter.Take(address); wait > 0 {
			err := searchlight.Errorf(searchlight.CodeThrottled, "too many attempts")
			err.RetryAfter = wait
			return err
		}
		err := serve(w, r)
		if err == nil {
			h.Limiter.GiveBack(address)
		}
		return err
	}
}

// fail shows the page of an error. Only mistakes in addresses, which are made
// by people, are explained.
func (h *Handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		show(w, http.StatusRequestEntityTooLarge, refused)
		return
	}
	e, _ := errors.AsType[*searchlight.Error](err)
	switch searchlight.CodeOf(err) {
	case searchlight.CodeUnauthenticated:
		show(w, http.StatusUnauthorized, refused)
	case searchlight.CodeForbidden:
		show(w, http.StatusForbidden, refused)
	case searchlight.CodeInvalid:
		p := badRequest
		p.Text = e.Message
		show(w, http.StatusBadRequest, p)
	case searchlight.CodeThrottled:
		w.Header().Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
		show(w, http.StatusTooManyRequests, throttled)
	default:
		log := h.Log
		if log == nil {
			log = slog.Default()
		}
		log.ErrorContext(r.Context(), "single sign-on failed", "error", err)
		show(w, http.StatusInternalServerError, broken)
	}
}

func (h *Handler) metadata(w http.ResponseWriter, _ *http.Request) error {
	text, err := h.Provider.Metadata()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/samlmetadata+xml")
	w.Header().Set("Content-Disposition", `attachment; filename="spring_saml_metadata.xml"`)
	_, _ = w.Write(text) // a client that left needs no answer
	return nil
}

// login sends the browser to the identity provider.
func (h *Handler) login(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	begin := saml.Begin{Target: query.Get("targetURLPath"), Provider: query.Get("idp"), Browser: browserOf(r)}
	begun, err := h.Provider.Begin(r.Context(), begin)
	if err != nil {
		return err
	}
	cookie := &http.Cookie{Name: browserCookie, Value: begun.Browser, Path: saml.Prefix, HttpOnly: true,
		MaxAge: int(saml.RequestLife / time.Second), Secure: true, SameSite: http.SameSiteNoneMode}
	if !h.Provider.SecureCookies() { // browsers drop SameSite=None without Secure
		cookie.Secure, cookie.SameSite = false, http.SameSiteLaxMode
	}
	http.SetCookie(w, cookie)
	return send(w, begun.Message)
}

func browserOf(r *http.Request) string {
	cookie, err := r.Cookie(browserCookie)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// readForm reads a posted form, of which nothing may be in the address.
func readForm(w http.ResponseWriter, r *http.Request) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/x-www-form-urlencoded" {
		return errForm("it is not of the type application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, saml.MaxMessage)
	if err := r.ParseForm(); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return err
		}
		return errForm("it cannot be read")
	}
	for _, name := range []string{"SAMLRequest", "SAMLResponse", "RelayState"} {
		if len(r.PostForm[name]) > 1 {
			return errForm(name + " stands in it more than once")
		}
	}
	return nil
}

func errForm(what string) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "the form cannot be used: %s", what)
}

// finish is the assertion consumer service.
func (h *Handler) finish(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	if !r.PostForm.Has("SAMLResponse") {
		return errForm("it has no SAMLResponse")
	}
	arrival, err := h.Provider.Finish(r.Context(), saml.Response{
		Message: r.PostForm.Get("SAMLResponse"), Relay: r.PostForm.Get("RelayState"), Browser: browserOf(r)})
	if err != nil {
		return err
	}
	if err := h.Sessions.StartSession(w, r, arrival.SignIn); err != nil {
		return err
	}
	redirect(w, arrival.Target)
	return nil
}

// slo takes log-outs of the identity provider, its answers to ours, and shows
// that somebody has signed out. Nothing here signs in again by itself.
func (h *Handler) slo(w http.ResponseWriter, r *http.Request) error {
	if r.URL.Query().Has("SAMLRequest") {
		return h.endSessions(w, r, saml.LogoutRequest{Query: r.URL.RawQuery})
	}
	show(w, http.StatusOK, signedOut)
	return nil
}

// sloPost takes the same from forms. A form without a message is our own, by
// which somebody signs out here and, where that is configured, at the identity
// provider as well.
func (h *Handler) sloPost(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(w, r); err != nil {
		return err
	}
	switch {
	case r.PostForm.Has("SAMLRequest"):
		return h.endSessions(w, r, saml.LogoutRequest{Message: r.PostForm.Get("SAMLRequest"), Relay: r.PostForm.Get("RelayState")})
	case r.PostForm.Has("SAMLResponse"):
		show(w, http.StatusOK, signedOut)
		return nil
	}
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return searchlight.Errorf(searchlight.CodeForbidden, "the request comes from another site")
	}
	in, err := h.Sessions.EndSession(w, r)
	if err != nil {
		return err
	}
	if in != nil {
		message, err := h.Provider.SignOut(&in.Session)
		if err != nil {
			return err
		}
		if message != nil && len(message.Fields) > 0 {
			return send(w, message)
		}
		if message != nil {
			forward(w, message.Location)
			return nil
		}
	}
	redirect(w, saml.LogoutPath)
	return nil
}

func (h *Handler) endSessions(w http.ResponseWriter, r *http.Request, request saml.LogoutRequest) error {
	answer, err := h.Provider.EndSessions(r.Context(), request)
	if err != nil {
		return err
	}
	if answer == nil {
		show(w, http.StatusOK, signedOut)
		return nil
	}
	return send(w, answer)
}

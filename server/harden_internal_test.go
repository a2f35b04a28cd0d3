package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
)

// What a handler sets wins over the usual headers, and cookies are kept by
// nobody but the browser that they are for.
func TestHardenedAnswers(t *testing.T) {
	t.Parallel()
	s := &Server{public: &url.URL{Scheme: "https"}, policy: contentSecurityPolicy(nil), log: slog.New(slog.DiscardHandler)}
	cookie := func(w http.ResponseWriter) { http.SetCookie(w, &http.Cookie{Name: "x", Value: "y"}) }
	for name, tt := range map[string]struct {
		handle                      http.HandlerFunc
		cache, referrer, openerOnly string
	}{
		"a page":                  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, "", "strict-origin-when-cross-origin", "same-origin"},
		"a page that may be kept": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "max-age=60") }, "max-age=60", "strict-origin-when-cross-origin", "same-origin"},
		"a cookie":                {func(w http.ResponseWriter, _ *http.Request) { cookie(w); w.WriteHeader(302) }, "no-store", "strict-origin-when-cross-origin", "same-origin"},
		"a cookie with a body":    {func(w http.ResponseWriter, _ *http.Request) { cookie(w); _, _ = w.Write([]byte("x")) }, "no-store", "strict-origin-when-cross-origin", "same-origin"},
		"a cookie without a word": {func(w http.ResponseWriter, _ *http.Request) { cookie(w) }, "no-store", "strict-origin-when-cross-origin", "same-origin"},
		"a cookie to be kept": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "max-age=60")
			cookie(w)
			w.WriteHeader(200)
		}, "no-store", "strict-origin-when-cross-origin", "same-origin"},
		"a cookie, flushed": {func(w http.ResponseWriter, _ *http.Request) { cookie(w); w.(http.Flusher).Flush() }, "no-store", "strict-origin-when-cross-origin", "same-origin"},
		"a cookie of the API": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "no-store, max-age=0")
			cookie(w)
		}, "no-store, max-age=0", "strict-origin-when-cross-origin", "same-origin"},
		"a page that a token opens": {func(w http.ResponseWriter, _ *http.Request) { v1.KeepPrivate(w) }, "no-store", "no-referrer", "same-origin"},
		"a page of a sign-on":       {func(w http.ResponseWriter, _ *http.Request) { v1.AllowPopups(w) }, "", "strict-origin-when-cross-origin", "same-origin-allow-popups"},
	} {
		w := httptest.NewRecorder()
		s.harden(tt.handle).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		h := w.Result().Header
		for header, want := range map[string]string{"Cache-Control": tt.cache, "Referrer-Policy": tt.referrer, "Cross-Origin-Opener-Policy": tt.openerOnly} {
			if got := h.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
	}
}

package server

import (
	"net/http"
	"strings"

	v1 "github.com/searchlight-bi/searchlight/api/v1"
)

// contentSecurityPolicy is that of everything served (security.md 6.4). Only
// the given origins may show pages in a frame.
func contentSecurityPolicy(embeds v1.Origins) string {
	ancestors := "'none'"
	if len(embeds) > 0 {
		ancestors = strings.Join(embeds.Sources(), " ")
	}
	return "default-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
		"form-action 'self'; frame-ancestors " + ancestors
}

const permissionsPolicy = "accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), " +
	"magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

// harden sends the headers that keep browsers careful. A handler may make one
// stricter, or fit for its page, by setting it again.
func (s *Server) harden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", s.policy)
		if len(s.embeds) == 0 {
			h.Set("X-Frame-Options", "DENY") // it knows no list of hosts
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissionsPolicy)
		if s.public.Scheme == "https" {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		keeper := &cookieKeeper{ResponseWriter: w}
		next.ServeHTTP(keeper, r)
		keeper.begin()
	})
}

// cookieKeeper sees to it that no cache keeps an answer that sets a cookie.
type cookieKeeper struct {
	http.ResponseWriter
	begun bool
}

// begin has the last word on the header.
func (w *cookieKeeper) begin() {
	if w.begun {
		return
	}
	w.begun = true
	if h := w.Header(); h.Get("Set-Cookie") != "" && !strings.Contains(h.Get("Cache-Control"), "no-store") {
		h.Set("Cache-Control", "no-store")
	}
}

func (w *cookieKeeper) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.begin()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *cookieKeeper) Write(b []byte) (int, error) {
	w.begin()
	return w.ResponseWriter.Write(b)
}

func (w *cookieKeeper) Flush() {
	w.begin()
	_ = http.NewResponseController(w.ResponseWriter).Flush() // the next write meets the same failure
}

func (w *cookieKeeper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

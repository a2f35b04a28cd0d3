package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	v1 "github.com/searchlight-bi/searchlight/api/v1"
	"github.com/searchlight-bi/searchlight/auth/saml"
)

// observe gives each request its ids, and logs and counts it when it is over.
// Neither parameters nor texts of errors that users caused are logged, since
// they hold data and may hold secrets.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.config.Now()
		call, r := v1.Begin(w, r, s.clientAddress(r))
		seen := &recorder{ResponseWriter: w}
		defer func() {
			broken := recover()
			s.record(r, call, seen, start, broken != nil)
			if broken != nil {
				panic(broken)
			}
		}()
		next.ServeHTTP(seen, r)
	})
}

func (s *Server) logRequest(r *http.Request, call *v1.Call, e exchange) {
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", e.status), slog.Int64("bytes", e.bytes),
		slog.Duration("duration", e.duration), slog.String("incident", string(call.Incident)), slog.String("trace", string(call.Trace)),
		slog.String("address", call.Address.String()),
	}
	if call.Route != "" {
		attributes = append(attributes, slog.String("route", call.Route))
	}
	if call.User != "" {
		attributes = append(attributes, slog.String("user", string(call.User)))
	}
	message := "request"
	switch {
	case e.clientLeft:
		message = "request left by its client"
	case e.broken:
		level, message = slog.LevelError, "answer broken off"
	case e.status >= http.StatusInternalServerError && call.Err != nil:
		level, message = slog.LevelError, "request failed"
	}
	if call.Err != nil && (level == slog.LevelError || s.log.Enabled(r.Context(), slog.LevelDebug)) {
		attributes = append(attributes, slog.Any("error", call.Err))
	}
	s.log.LogAttrs(context.WithoutCancel(r.Context()), level, message, attributes...)
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

func (w *recorder) Flush() {
	_ = http.NewResponseController(w.ResponseWriter).Flush() // the next write meets the same failure
}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// clientAddress is the address of the connection, or what trusted proxies say
// stands behind it.
func (s *Server) clientAddress(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(s.config.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(address) }) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		address = before.Unmap()
	}
	return address
}

// cors tells browsers which other origins may read answers.
func (s *Server) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if origin := r.Header.Get("Origin"); origin != "" && s.origins.Allow(origin) {
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Expose-Headers", "X-Callosum-Incident-Id, X-Callosum-Trace-Id, Retry-After")
			if r.Method == http.MethodOptions {
				h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
				h.Set("Access-Control-Allow-Headers",
					"X-Requested-By, Content-Type, Accept, Authorization, Accept-Language, x-requested-with")
				h.Set("Access-Control-Max-Age", "3600")
			}
		}
		next.ServeHTTP(w, r)
	})
}

// contain is the boundary at which a panic, a mistake of ours, becomes an
// answer, so that the server goes on.
func (s *Server) contain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := &recorder{ResponseWriter: w}
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			call := v1.CallOf(r.Context())
			err := fmt.Errorf("panic: %v", cause)
			s.log.ErrorContext(r.Context(), "panic", "incident", call.Incident, "cause", err, "stack", string(debug.Stack()))
			if begun.status != 0 {
				call.Err = err
				panic(http.ErrAbortHandler)
			}
			v1.WriteError(r.Context(), w, err, false)
		}()
		next.ServeHTTP(begun, r)
	})
}

// normalise cleans the path before routing, without a redirect, which would
// turn POST into GET (api-v1.md 1.1). Paths that climb lead nowhere.
func (s *Server) normalise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.RequestURI) > maxURL {
			v1.WriteError(r.Context(), w, v1.ErrURLTooLong(maxURL), false)
			return
		}
		path, ok := cleanPath(r.URL.Path)
		if !ok {
			v1.WriteError(r.Context(), w, searchlight.Errorf(searchlight.CodeNotFound, "there is nothing at this address"), false)
			return
		}
		clean, u := *r, *r.URL
		u.Path, u.RawPath = path, ""
		clean.URL = &u
		next.ServeHTTP(w, &clean)
	})
}

// cleanPath collapses repeated slashes and drops one at the end.
func cleanPath(path string) (string, bool) {
	var b strings.Builder
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." || strings.ContainsAny(segment, "\\\x00") {
			return "", false
		}
		if segment != "" {
			b.WriteByte('/')
			b.WriteString(segment)
		}
	}
	if b.Len() == 0 {
		return "/", true
	}
	return b.String(), true
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if s.load != nil && r.URL.Path == loadPath {
		s.load.ServeHTTP(w, r)
		return
	}
	if s.sso != nil && strings.HasPrefix(r.URL.Path, saml.Prefix) {
		s.sso.ServeHTTP(w, r)
		return
	}
	for _, prefix := range []string{v1.InternalPrefix, v1.ShortPrefix, v1.AppPrefix} {
		if r.URL.Path == prefix || strings.HasPrefix(r.URL.Path, prefix+"/") {
			s.api.ServeHTTP(w, r)
			return
		}
	}
	if len(s.embeds) > 0 {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // pages that isolate themselves may show ours
	}
	s.pages.ServeHTTP(w, r)
}

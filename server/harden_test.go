package server_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/mock"
	"github.com/searchlight-bi/searchlight/server"
)

func TestT57_FramesOfListedHostsAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		hosts     []string
		ancestors string
		options   string
		resource  string
	}{
		"none":  {nil, "frame-ancestors 'none'", "DENY", "same-origin"},
		"some":  {[]string{"portal.example.com", "https://*.example.org:8443"}, "frame-ancestors https://portal.example.com https://*.example.org:8443", "", "cross-origin"},
		"local": {[]string{"http://localhost:3000"}, "frame-ancestors http://localhost:3000", "", "cross-origin"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(c *server.Config) { c.EmbedHosts, c.PublicURL = tt.hosts, "https://bi.example.com" })
			for _, path := range []string{"/", "/external/swagger", "/nowhere", base + "/session/info"} {
				h := b.do(get(path, "")).Header
				policy := h.Get("Content-Security-Policy")
				if !strings.HasSuffix(policy, "; "+tt.ancestors) || strings.Count(policy, "frame-ancestors") != 1 || h.Get("X-Frame-Options") != tt.options {
					t.Errorf("%s: policy %q, X-Frame-Options %q", path, policy, h.Get("X-Frame-Options"))
				}
				resource := tt.resource
				if strings.HasPrefix(path, base) {
					resource = "same-origin" // data is for nobody's frame
				}
				if got := h.Get("Cross-Origin-Resource-Policy"); got != resource {
					t.Errorf("%s: resource policy %q, want %q", path, got, resource)
				}
			}
			for _, line := range b.do(loginCall(userName, password)).Header.Values("Set-Cookie") {
				if strings.Contains(line, "SameSite=None") != (len(tt.hosts) > 0) || strings.Contains(line, "Partitioned") != (len(tt.hosts) > 0) {
					t.Errorf("cookie %q", line)
				}
			}
		})
	}
	for _, host := range []string{"https://example.com; script-src *", "*", "'self'", "'unsafe-inline'", "data:", "https://a b", "http://*.example.com", "null"} {
		_, err := server.New(server.Config{Services: mock.Services(), EmbedHosts: []string{host}})
		if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "embed hosts") {
			t.Errorf("%q: %v", host, err)
		}
	}
}

// Embedding over plain http leaves cookies as they are: browsers would drop
// those of other sites.
func TestEmbeddingOverHTTPKeepsCookies(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *server.Config) { c.EmbedHosts = []string{"http://bi.example.com:3000"} })
	if line := b.do(loginCall(userName, password)).Header.Values("Set-Cookie")[0]; !strings.Contains(line, "SameSite=Lax") || strings.Contains(line, "Secure") {
		t.Errorf("cookie %q", line)
	}
}

func TestT47_SignInLeadsToListedHosts(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *server.Config) {
		c.PublicURL, c.EmbedHosts, c.RedirectHosts = "https://bi.example.com", []string{"https://portal.example.com", "https://*.example.org"}, []string{"apps.example.com:8443"}
	})
	for target, allowed := range map[string]bool{
		"/#/pinboard/1": true, "https://bi.example.com/#/x": true, "https://portal.example.com/": true, "https://apps.example.com:8443/": true,
		"//evil.example": false, `/\evil.example`: false, "https:evil.example": false, "javascript:alert(1)": false, "/\t/evil.example": false,
		"http://bi.example.com/": false, "https://x.example.org/": false, "https://apps.example.com/": false,
	} {
		a := b.do(call{method: "POST", path: base + "/session/login/token", contentType: formType, body: form("auth_token", "x", "redirect_url", target)})
		// The address is looked at before the token.
		if want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusBadRequest}[allowed]; a.StatusCode != want || a.Header.Get("Location") != "" {
			t.Errorf("%q: %d, Location %q; want %d", target, a.StatusCode, a.Header.Get("Location"), want)
		}
	}
	for _, host := range []string{"*.example.com", "https://portal.example.com", "a b"} {
		if _, err := server.New(server.Config{Services: mock.Services(), RedirectHosts: []string{host}}); err == nil {
			t.Errorf("%q: accepted", host)
		}
	}
}

func TestCookiesAreNotCached(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do(loginCall(userName, password))
	if a.Header.Get("Set-Cookie") == "" || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("login: Cache-Control %q", a.Header.Get("Cache-Control"))
	}
}

func TestT46_LogLinesAreNotForged(t *testing.T) {
	t.Parallel()
	log := &logBuffer{}
	b := newBench(t, func(c *server.Config) { c.Logger = slog.New(slog.NewTextHandler(log, nil)) })
	forged := "%0d%0atime=2024-01-01T00:00:00Z%20level=INFO%20msg=forged"
	b.do(get("/nowhere"+forged, ""))
	b.do(get(base+"/session/info"+forged+"?x="+forged, "x"+forged))
	for line := range strings.SplitSeq(strings.TrimSpace(log.String()), "\n") {
		if !strings.HasPrefix(line, "time=") || strings.Contains(line, "\r") || strings.HasPrefix(line, "time=2024-01-01") {
			t.Errorf("a line of the log: %q", line)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 2 {
		t.Errorf("%d lines for 2 requests:\n%s", n, log)
	}
}

func TestPermissionsPolicyOffersNothing(t *testing.T) {
	t.Parallel()
	policy := newBench(t).do(get("/", "")).Header.Get("Permissions-Policy")
	for feature := range strings.SplitSeq(policy, ", ") {
		if name, list, _ := strings.Cut(feature, "="); name == "" || list != "()" {
			t.Errorf("feature %q", feature)
		}
	}
	if !strings.Contains(policy, "camera=()") {
		t.Errorf("policy %q", policy)
	}
}

func TestT49_LinksNameThePublicAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *server.Config) { c.PublicURL = "https://bi.example.com" })
	for _, header := range []string{"Host", "X-Forwarded-Host", "X-Forwarded-Server", "X-Host", "X-Original-Host", "X-Forwarded-Proto", "Forwarded", "X-Forwarded-Port", "X-Original-URL", "X-Rewrite-URL"} {
		for _, path := range []string{"/", "/nowhere", base + "/session/info"} {
			plain := b.do(get(path, ""))
			c := get(path, "")
			c.header = map[string]string{header: "evil.example"}
			a := b.do(c)
			if a.StatusCode != plain.StatusCode || strings.Contains(a.body, "evil.example") || path == "/" && a.body != plain.body {
				t.Errorf("%s with %s: %d %.80q; want %d", path, header, a.StatusCode, a.body, plain.StatusCode)
			}
			for name, values := range a.Header {
				if strings.Contains(strings.Join(values, " "), "evil.example") {
					t.Errorf("%s with %s: %s is %q", path, header, name, values)
				}
			}
		}
	}
	// A login cookie is never meant for the host that a request names.
	c := withHeader(loginCall(userName, password), "Host", "evil.example")
	for _, line := range b.do(c).Header.Values("Set-Cookie") {
		if strings.Contains(strings.ToLower(line), "domain=") {
			t.Errorf("cookie %q", line)
		}
	}
}

func TestT85_NothingButWhatIsMeant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// The library of the metrics registers /debug/vars with the default mux,
	// which nobody serves.
	for path, want := range map[string]string{"/": "", "/metrics": "", "/debug/pprof/": "", "/debug/pprof/cmdline": "", "/debug/requests": "", "/debug/vars": "GET /debug/vars"} {
		if _, pattern := http.DefaultServeMux.Handler(httptest.NewRequest("GET", path, nil)); pattern != want {
			t.Errorf("the default mux serves %s as %q", path, pattern)
		}
	}
	admin := httptest.NewServer(b.server.AdminHandler())
	defer admin.Close()
	for _, tt := range []struct {
		path                  string
		public, adminListener int
		text                  string
	}{
		{"/healthz", 200, 200, "ok\n"},
		{"/readyz", 200, 200, "ok\n"},
		{"/metrics", 404, 200, ""},
		{"/debug/pprof/", 404, 404, ""},
		{"/debug/vars", 404, 404, ""},
		{"/backup", 404, 404, ""},
		{"/", 200, 404, ""},
		{base + "/session/info", 401, 404, ""},
		{"/static/style.css", 200, 404, ""},
	} {
		if a := b.do(get(tt.path, "")); a.StatusCode != tt.public || tt.text != "" && a.body != tt.text {
			t.Errorf("%s: %d %.60q; want %d %q", tt.path, a.StatusCode, a.body, tt.public, tt.text)
		}
		response, err := http.Get(admin.URL + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != tt.adminListener {
			t.Errorf("%s on the listener of operators: %d, want %d", tt.path, response.StatusCode, tt.adminListener)
		}
	}
}

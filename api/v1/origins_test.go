package v1

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestT56_OriginsAreMatchedWhole(t *testing.T) {
	origins, err := ParseOrigins([]string{
		"https://apps.example.com", "partner.example.org", "https://*.tenant.example.net", "http://localhost:3000", "https://[2001:DB8::1]:8443", " HTTPS://Upper.Example.com:443 ",
		"*.short.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]bool{
		"https://apps.example.com":              true,
		"https://apps.example.com:443":          true,
		"HTTPS://APPS.EXAMPLE.COM":              true,
		"https://partner.example.org":           true,
		"https://a.tenant.example.net":          true,
		"https://b.a.tenant.example.net":        true,
		"https://x.short.example":               true,
		"http://localhost:3000":                 true,
		"https://[2001:db8::1]:8443":            true,
		"https://upper.example.com":             true,
		"":                                      false,
		"null":                                  false,
		"*":                                     false,
		"https://null":                          false,
		"http://apps.example.com":               false,
		"https://apps.example.com:8443":         false,
		"https://apps.example.com:":             false,
		"https://apps.example.com.":             false,
		"https://apps.example.com/":             false,
		"https://apps.example.com?":             false,
		"https://apps.example.com#":             false,
		"https://apps.example.com, https://x.y": false,
		"https://evilapps.example.com":          false,
		"https://evilexample.com":               false,
		"https://example.com.evil":              false,
		"https://apps.example.com.evil":         false,
		"https://apps.example.com@evil.example": false,
		"https://apps.example.com%2eevil":       false,
		"https://apps.example.com\\.evil":       false,
		"https://apps.example.com evil":         false,
		"https://sub.apps.example.com":          false,
		"http://partner.example.org":            false,
		"https://tenant.example.net":            false,
		"https://.tenant.example.net":           false,
		"https://eviltenant.example.net":        false,
		"https://a.tenant.example.net.evil":     false,
		"http://a.tenant.example.net":           false,
		"https://a.tenant.example.net:8443":     false,
		"https://*.tenant.example.net":          false,
		"http://localhost":                      false,
		"https://localhost:3000":                false,
		"http://127.0.0.1:3000":                 false,
		"https://2001:db8::1:8443":              false,
		"file://":                               false,
		"chrome-extension://apps.example.com":   false,
		"apps.example.com":                      false,
		"//apps.example.com":                    false,
		"https:apps.example.com":                false,
		"https://аpps.example.com":              false, // the first letter is Cyrillic
		"https://apps。example。com":              false,
	} {
		if got := origins.Allow(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
	if (Origins)(nil).Allow("https://apps.example.com") {
		t.Error("an empty list allows an origin")
	}
}

// notOrigins may stand in neither list: that of calls and that of frames.
var notOrigins = []string{
	"", " ", "*", "*.", "https://*", "http://*", "https://*.com", "https://*.", "https://**.example.com", "https://a.*.example.com", "https://a*.example.com",
	"https://example.*", "https://*.*.example.com", "https://*example.com", "http://*.example.com", "https://*.127.0.0.1", "https://*.[::1]", ".*", "https://.*\\.example\\.com",
	"null", "https://null", "NULL", "file://", "data:", "data:text/html,x", "blob:https://example.com", "javascript:alert(1)", "chrome-extension://abc", "ftp://example.com",
	"https:", "https://", "https:example.com", "://example.com", "//example.com",
	"https://example.com/", "https://example.com/path", "https://example.com?x", "https://example.com#x", "https://u@example.com", "https://u:p@example.com",
	"https://example.com:", "https://example.com:0", "https://example.com:x", "https://example.com:99999", "https://example.com:*", "https://example.com.", "https://.example.com", "https://a..example.com",
	"https://example.com; script-src *", "https://example.com;", "example.com;", "https://example.com, https://evil.example", "https://example.com https://evil.example", "https://example.com\tx",
	"https://example.com\r\nX: y", "https://exa\nmple.com", "'self'", "'none'", "'unsafe-inline'", `"example.com"`, "unsafe-inline:", "https://example.com'", "https://münchen.example",
	"https://example.com\x00", "https://[::1", "https://[fe80::1%25eth0]", "https://[example.com]",
}

func TestT57_HostSourcesAreValidated(t *testing.T) {
	for _, text := range notOrigins {
		if got, err := ParseOrigins([]string{"https://good.example.com", text}); err == nil {
			t.Errorf("%q: accepted as %q", text, got.Sources())
		} else if strings.ContainsAny(err.Error(), "\r\n") || !strings.Contains(err.Error(), "origin") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for n, want := range map[int]bool{maxOrigins: true, maxOrigins + 1: false} {
		list := slices.Repeat([]string{"https://a.example.com"}, n/22-1) // 22 with the comma
		list = append(list, "https://"+strings.Repeat("a", n-len(strings.Join(list, ","))-len(",https://")))
		if _, err := ParseOrigins(list); (err == nil) != want {
			t.Errorf("a list of %d characters: %v", n, err)
		}
	}
	origins, err := ParseOrigins([]string{"Portal.Example.com", "https://*.example.org:8443", "http://localhost:3000", "https://example.com:443", "http://[::1]:80"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"https://portal.example.com", "https://*.example.org:8443", "http://localhost:3000", "https://example.com", "http://[::1]"}
	if diff := cmp.Diff(want, origins.Sources()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"portal.example.com", "example.com"}, origins.Hosts()); diff != "" {
		t.Error(diff)
	}
}

// Whatever is read from an Origin header is an origin that Go reads alike, and
// a list that holds it writes a source without a meaning of its own.
func FuzzOrigins(f *testing.F) {
	for _, text := range notOrigins {
		f.Add(text, "https://example.com")
	}
	f.Add("https://*.example.com", "https://a.example.com")
	f.Add("example.com:8443", "https://example.com:8443")
	f.Fuzz(func(t *testing.T, pattern, header string) {
		origins, err := ParseOrigins([]string{pattern})
		if err != nil {
			return
		}
		source := origins.Sources()[0]
		if strings.ContainsFunc(source, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("'\";,\\/?#@", r) && r != '/' }) ||
			strings.Count(source, "/") != 2 || strings.Count(source, "*") > 1 {
			t.Errorf("%q becomes %q", pattern, source)
		}
		again, err := ParseOrigins([]string{source})
		if err != nil || again[0] != origins[0] {
			t.Errorf("%q becomes %q, and then %v, %v", pattern, source, again, err)
		}
		if !origins.Allow(header) {
			return
		}
		u, err := url.Parse(header)
		if err != nil {
			t.Fatalf("%q allows %q: %v", pattern, header, err)
		}
		host := strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(source), "https://"), "http://")
		if domain, below := strings.CutPrefix(host, "*"); below {
			host = domain
		}
		if name, _, _ := strings.Cut(host, ":"); !strings.Contains(host, "[") && !strings.HasSuffix(strings.ToLower(u.Hostname()), name) {
			t.Errorf("%q allows %q", pattern, header)
		}
	})
}

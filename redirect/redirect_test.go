package redirect_test

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/redirect"
)

func policy(t testing.TB, public string, hosts ...string) redirect.Policy {
	t.Helper()
	u, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	list, err := redirect.ParseHosts(hosts)
	if err != nil {
		t.Fatal(err)
	}
	return redirect.Policy{Public: u, Hosts: list}
}

// targets is shared by the table and the fuzzer; an empty want is a refusal.
var targets = []struct{ target, want string }{
	{"/", "/"},
	{"/#/pinboard/6f7a?x=1", "/#/pinboard/6f7a?x=1"},
	{"/answer?to=https://evil.example//x#//evil.example", "/answer?to=https://evil.example//x#//evil.example"},
	{"/caf%C3%A9/münchen", "/caf%C3%A9/m%C3%BCnchen"},
	{"/?city=münchen#é", "/?city=m%C3%BCnchen#%C3%A9"},
	{"/@evil.example", "/@evil.example"},
	{"/javascript:alert(1)", "/javascript:alert(1)"},
	{"https://bi.example.com", "https://bi.example.com"},
	{"https://bi.example.com/#/pinboard/6f7a", "https://bi.example.com/#/pinboard/6f7a"},
	{"HTTPS://BI.Example.COM:443/x", "https://bi.example.com/x"},
	{"https://bi.example.com:0443/x", "https://bi.example.com/x"},
	{"https://portal.example.com/app?x=1#top", "https://portal.example.com/app?x=1#top"},
	{"https://other.example.com:8443/", "https://other.example.com:8443/"},
	{"https://[2001:DB8:0:0::1]/", "https://[2001:db8::1]/"},

	{"", ""},
	{"//evil.example", ""},
	{"///evil.example", ""},
	{"////evil.example/", ""},
	{`/\evil.example`, ""},
	{`\/evil.example`, ""},
	{`\\evil.example`, ""},
	{`https:\\evil.example`, ""},
	{`https://bi.example.com\@evil.example`, ""},
	{`https://evil.example\.bi.example.com`, ""},
	{"https:evil.example", ""},
	{"https:/evil.example", ""},
	{"https:///evil.example", ""},
	{"https:bi.example.com", ""},
	{"https:", ""},
	{"javascript:alert(1)", ""},
	{"JaVaScRiPt:alert(1)", ""},
	{"javascript://bi.example.com/%0aalert(1)", ""},
	{"data:text/html,x", ""},
	{"vbscript:x", ""},
	{"ftp://bi.example.com/", ""},
	{"http://bi.example.com/", ""},
	{"http://portal.example.com/", ""},
	{" //evil.example", ""},
	{" /x", ""},
	{"/x ", ""},
	{"\t/x", ""},
	{"/\t/evil.example", ""},
	{"/\n/evil.example", ""},
	{"/x\r\nSet-Cookie: JSESSIONID=1", ""},
	{"/x\x00", ""},
	{"/x\x7f", ""},
	{"/\u200b/evil.example", ""},
	{"/\u00a0/evil.example", ""},
	{"\ufeff//evil.example", ""},
	{"java\nscript:alert(1)", ""},
	{"/%2Fevil.example", ""},
	{"/%2f%2fevil.example", ""},
	{"/%5Cevil.example", ""},
	{"/%5c%5cevil.example", ""},
	{"/%09/evil.example", ""},
	{"/x%0d%0aSet-Cookie:x", ""},
	{"/x%00", ""},
	{"%2F%2Fevil.example", ""},
	{"/.//evil.example", ""},
	{"/..//evil.example", ""},
	{"/a//b", ""},
	{"/%", ""},
	{"/%zz", ""},
	{"/\xff", ""},
	{"x", ""},
	{"evil.example", ""},
	{"bi.example.com", ""},
	{"?x=1", ""},
	{"#x", ""},
	{"./x", ""},
	{"../x", ""},
	{"https://evil.example/", ""},
	{"https://bi.example.com.evil.example/", ""},
	{"https://evilbi.example.com/", ""},
	{"https://sub.portal.example.com/", ""},
	{"https://bi.example.com@evil.example/", ""},
	{"https://bi.example.com:x@evil.example/", ""},
	{"https://evil@bi.example.com/", ""},
	{"https://@bi.example.com/", ""},
	{"https://bi.example.com%40evil.example/", ""},
	{"https://bi.example.com%2eevil.example/", ""},
	{"https://bi.example.com./", ""},
	{"https://portal.example.com./", ""},
	{"https://.portal.example.com/", ""},
	{"https://bi.example.com:8443/", ""},
	{"https://bi.example.com:/", ""},
	{"https://bi.example.com:99999/", ""},
	{"https://bi.example.com:443x/", ""},
	{"https://portal.example.com:8443/", ""},
	{"https://other.example.com/", ""},
	{"https://[::1]/", ""},
	{"https://[2001:db8::1%25eth0]/", ""},
	{"https://[bi.example.com]/", ""},
	{"https://2001:db8::1/", ""},
	{"https://127.0.0.1/", ""},
	{"https://2130706433/", ""},
	{"https://portal。example。com/", ""},
	{"https://ｐortal.example.com/", ""},
	{"https://portal.example.com／evil", ""},
	{"https://bi.example.com/a//evil.example", ""},
	{"/" + strings.Repeat("x", 8<<10), ""},
}

func TestT47_OpenRedirects(t *testing.T) {
	p := policy(t, "https://bi.example.com", "Portal.example.com", "other.example.com:8443", "[2001:db8::1]")
	for _, tt := range targets {
		got, err := p.Check(tt.target)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q: %q, %v; want %q", tt.target, got, err, tt.want)
		}
		if err != nil && searchlight.CodeOf(err) != searchlight.CodeInvalid {
			t.Errorf("%q: code %s", tt.target, searchlight.CodeOf(err))
		}
	}
}

func TestPublicAddresses(t *testing.T) {
	for _, tt := range []struct {
		public, target string
		ok             bool
	}{
		{"http://localhost:8080", "http://localhost:8080/x", true},
		{"http://localhost:8080", "https://localhost:8080/x", false},
		{"http://localhost:8080", "http://localhost/x", false},
		{"http://localhost", "http://localhost:80/x", true},
		{"http://[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080/x", true},
		{"https://bi.example.com/", "https://bi.example.com/x", true},
		{"https:", "https:///x", false},
		{"https:", "/x", true},
	} {
		if _, err := policy(t, tt.public).Check(tt.target); (err == nil) != tt.ok {
			t.Errorf("%s at %s: %v", tt.target, tt.public, err)
		}
	}
	if got, err := (redirect.Policy{}).Check("/x"); got != "/x" || err != nil {
		t.Errorf("the zero policy: %q, %v", got, err)
	}
	if _, err := (redirect.Policy{}).Check("https://bi.example.com/"); err == nil {
		t.Error("the zero policy sends browsers away")
	}
}

func TestHostsAreChecked(t *testing.T) {
	for _, host := range []string{"", " ", "*", "*.example.com", "https://portal.example.com", "portal.example.com/x", "a@portal.example.com",
		"portal.example.com:", "portal.example.com:0", "portal.example.com:x", "portal example.com", "portal.example.com.", "münchen.example",
		"portal.example.com?x", "portal.example.com#x", "::1", "a\\b", "a;b", "'self'"} {
		if list, err := redirect.ParseHosts([]string{host}); err == nil {
			t.Errorf("%q: accepted as %q", host, list)
		}
	}
	list, err := redirect.ParseHosts([]string{" Portal.Example.com ", "portal.example.com:443", "xn--mnchen-3ya.example:8443", "[::1]:8443"})
	if got := strings.Join(list, " "); err != nil || got != "portal.example.com portal.example.com xn--mnchen-3ya.example:8443 [::1]:8443" {
		t.Errorf("got %s, %v", got, err)
	}
}

// Whatever is accepted leads to an allowed origin, as Go and as a browser read
// it, and would be accepted again.
func FuzzRedirect(f *testing.F) {
	for _, tt := range targets {
		f.Add(tt.target)
	}
	const public = "https://bi.example.com"
	p := policy(f, public, "portal.example.com", "other.example.com:8443", "[2001:db8::1]")
	allowed := map[string]bool{public: true, "https://portal.example.com": true, "https://other.example.com:8443": true, "https://[2001:db8::1]": true}
	base, err := url.Parse(public + "/callosum/v1/session/login/token")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got, err := p.Check(target)
		if err != nil {
			if got != "" {
				t.Fatalf("%q: refused, and still %q", target, got)
			}
			return
		}
		for _, location := range []string{target, got} {
			u, err := base.Parse(location)
			if err != nil {
				t.Fatalf("%q: %v", location, err)
			}
			if origin := strings.ToLower(u.Scheme + "://" + u.Host); location == got && !allowed[origin] {
				t.Errorf("%q leads to %s", location, origin)
			}
			if origin := browse(public, location); !allowed[origin] {
				t.Errorf("a browser goes from %q to %s", location, origin)
			}
		}
		if again, err := p.Check(got); err != nil || again != got {
			t.Errorf("%q becomes %q, and then %q, %v", target, got, again, err)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q is no header", got)
		}
	})
}

// browse is where a browser goes from a page of the origin base, after the
// rules of the URL standard of WHATWG: blanks at the ends, tabs and line ends
// do not count, a backslash is a slash, and any number of them may follow the
// scheme.
func browse(base, location string) string {
	s := strings.TrimFunc(location, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	baseScheme, _, _ := strings.Cut(base, ":")
	scheme, rest, ok := strings.Cut(s, ":")
	scheme = strings.ToLower(scheme)
	if !ok || scheme == "" || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" || strings.Contains("0123456789+-.", scheme[:1]) {
		scheme, rest = "", s
	}
	rest = strings.ReplaceAll(rest, `\`, "/")
	switch {
	case scheme != "" && scheme != "http" && scheme != "https":
		return scheme + ":"
	case scheme == "" && !strings.HasPrefix(rest, "//"), scheme == baseScheme && !strings.HasPrefix(rest, "/"):
		return base
	case scheme == "":
		scheme = baseScheme
	}
	host := strings.TrimLeft(rest, "/")
	if i := strings.IndexAny(host, "/?#"); i >= 0 {
		host = host[:i]
	}
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		host = host[i+1:]
	}
	host = strings.ToLower(host)
	port := ""
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		host, port = host[:i], strings.TrimLeft(host[i+1:], "0")
	}
	if ip, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && ip.Is6() {
		host = "[" + ip.String() + "]"
	}
	if port != "" && (scheme != "https" || port != "443") && (scheme != "http" || port != "80") {
		host += ":" + port
	}
	return scheme + "://" + host
}

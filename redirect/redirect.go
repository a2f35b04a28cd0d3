package redirect

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

// maxTarget is the length of the longest target, in bytes.
const maxTarget = 8 << 10

// Policy says where browsers may be sent. The zero value allows paths on this
// server alone.
type Policy struct {
	Public *url.URL // where clients find this server; nil, or without a host: not known
	// Hosts are others that https may lead to, as ParseHosts returns them.
	Hosts []string
}

// ParseHosts reads a list of hosts such as portal.example.com, with a port
// where it is not that of https. It fails for everything else, above all for
// patterns.
func ParseHosts(list []string) ([]string, error) {
	hosts := make([]string, 0, len(list))
	for _, text := range list {
		host := strings.ToLower(strings.TrimSpace(text))
		u, err := url.Parse("https://" + host)
		if err != nil || u.Host != host || !isHost(u) {
			return nil, fmt.Errorf("%q is no host to be sent to; write it as portal.example.com or portal.example.com:8443", text)
		}
		hosts = append(hosts, hostOf(u))
	}
	return hosts, nil
}

// Check returns a target in the form in which browsers are sent there: a path
// on this server, an address below its public one, or one of https on a host
// of the list. It fails with CodeInvalid for all others.
func (p Policy) Check(target string) (string, error) {
	if len(target) > maxTarget {
		return "", refuse("it is longer than %d bytes", maxTarget)
	}
	if !utf8.ValidString(target) || strings.ContainsFunc(target, isSuspect) {
		return "", refuse("it holds a blank, a backslash or a control character")
	}
	u, err := url.Parse(target)
	if err != nil || u.Opaque != "" {
		return "", refuse("it is no address")
	}
	if err := checkPath(u.EscapedPath()); err != nil {
		return "", err
	}
	if strings.HasPrefix(target, "/") {
		if u.Scheme != "" || u.Host != "" || u.User != nil || u.Path == "" {
			return "", refuse("a path on this server begins with a single /")
		}
		return ascii(u.String()), nil
	}
	if u.User != nil || !isHost(u) {
		return "", refuse("it is neither a path on this server nor an address such as https://bi.example.com/")
	}
	u.Host = hostOf(u)
	switch {
	case p.Public != nil && p.Public.Host != "" && u.Scheme == p.Public.Scheme && u.Host == hostOf(p.Public):
	case u.Scheme == "https" && slices.Contains(p.Hosts, u.Host):
	default:
		return "", refuse("it leads to a place that is not allowed")
	}
	return ascii(u.String()), nil
}

// isSuspect finds what browsers drop or read as something else.
func isSuspect(r rune) bool {
	return r == '\\' || unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
}

// checkPath refuses what another program on the way might turn into a
// separator, and so into another host.
func checkPath(path string) error {
	if strings.Contains(path, "//") {
		return refuse("its path holds //")
	}
	decoded, err := url.PathUnescape(path)
	if err != nil || strings.Count(decoded, "/") != strings.Count(path, "/") || strings.ContainsFunc(decoded, func(r rune) bool {
		return r == '\\' || unicode.IsControl(r)
	}) {
		return refuse("its path holds a separator or a control character in disguise")
	}
	return nil
}

// isHost accepts web addresses whose host is a name in ASCII or an IP address.
// Names in other scripts are written in their ASCII form, since browsers map
// several of them to one.
func isHost(u *url.URL) bool {
	if u.Scheme != "http" && u.Scheme != "https" {
		return false
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
	} else if strings.HasSuffix(u.Host, ":") {
		return false
	}
	name := u.Hostname()
	if strings.HasPrefix(u.Host, "[") {
		ip, err := netip.ParseAddr(name)
		return err == nil && ip.Is6() && ip.Zone() == ""
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// hostOf is the host as it is compared: in lower case, with its port where it
// is not that of the scheme.
func hostOf(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), strings.TrimLeft(u.Port(), "0")
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.String()
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || port == map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		return host
	}
	return host + ":" + port
}

// ascii escapes what a query may hold beyond ASCII; a header holds no more.
func ascii(address string) string {
	var b strings.Builder
	for i := range len(address) {
		if c := address[i]; c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func refuse(format string, args ...any) error {
	return searchlight.Errorf(searchlight.CodeInvalid, "the browser is not sent to the given address: "+format, args...)
}

package v1

import (
	"fmt"
	"net/url"
	"strings"
)

// maxOrigins is the length of the longest list of origins, in characters.
const maxOrigins = 4096

// Origins are the web origins whose pages may call the API with the cookie of
// a signed-in user (security.md 6.4). The zero value allows none.
type Origins []origin

type origin struct {
	scheme, host, port string
	below              bool // every host below host, but not host itself
}

// ParseOrigins reads origins such as https://bi.example.com:8443; the scheme
// may be left out and is then https. A leading label *. stands for any host
// below. It fails for everything else, above all for * and null.
func ParseOrigins(list []string) (Origins, error) {
	if len(strings.Join(list, ",")) > maxOrigins {
		return nil, fmt.Errorf("the list of origins is longer than %d characters", maxOrigins)
	}
	var origins Origins
	for _, text := range list {
		full := strings.TrimSpace(text)
		if !strings.Contains(full, "://") {
			full = "https://" + full
		}
		scheme, rest, _ := strings.Cut(full, "://")
		rest, below := strings.CutPrefix(rest, "*.")
		o, ok := parseOrigin(scheme + "://" + rest)
		if !ok || below && !strings.Contains(o.host, ".") || o.host == null {
			return nil, fmt.Errorf("%q is no origin; write it as https://bi.example.com or https://*.example.com", text)
		}
		o.below = below
		origins = append(origins, o)
	}
	return origins, nil
}

// Allow reports whether the value of an Origin header is in the list.
func (os Origins) Allow(header string) bool {
	o, ok := parseOrigin(header)
	if !ok {
		return false
	}
	for _, allowed := range os {
		if o.scheme != allowed.scheme || o.port != allowed.port {
			continue
		}
		if !allowed.below && o.host == allowed.host || allowed.below && strings.HasSuffix(o.host, "."+allowed.host) {
			return true
		}
	}
	return false
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

func parseOrigin(text string) (origin, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return origin{}, false
	}
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if defaultPorts[o.scheme] == "" || o.host == "" || strings.ContainsAny(o.host, "*, ") {
		return origin{}, false
	}
	if o.port == "" {
		o.port = defaultPorts[o.scheme]
	}
	return o, true
}

package v1

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// maxOrigins is the length of the longest list of origins, in characters.
const maxOrigins = 4096

// Origins are web origins: those whose pages may call the API with the cookie
// of a signed-in user, or those that may show its pages in a frame
// (security.md 6.4). The zero value allows none.
type Origins []origin

type origin struct {
	scheme, host, port string
	below              bool // every host below host, but not host itself
}

// ParseOrigins reads origins such as https://bi.example.com:8443; the scheme
// may be left out and is then https. A leading label *. stands for any host
// below, and only with https. It fails for everything else, above all for *
// and null.
func ParseOrigins(list []string) (Origins, error) {
	if len(strings.Join(list, ",")) > maxOrigins {
		return nil, fmt.Errorf("the list of origins is longer than %d characters", maxOrigins)
	}
	var origins Origins
	for _, text := range list {
		o, err := parsePattern(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("%q is no origin: %w", text, err)
		}
		origins = append(origins, o)
	}
	return origins, nil
}

func parsePattern(text string) (origin, error) {
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	scheme, rest, _ := strings.Cut(text, "://")
	rest, below := strings.CutPrefix(rest, "*.")
	o, ok := parseOrigin(scheme + "://" + rest)
	if !ok || o.host == "null" {
		return origin{}, errors.New("write it as https://bi.example.com or https://*.example.com")
	}
	if !below {
		return o, nil
	}
	if _, err := netip.ParseAddr(o.host); err == nil || !strings.Contains(o.host, ".") {
		return origin{}, errors.New("*. stands before a domain of two labels at least, as in https://*.example.com")
	}
	if o.scheme != "https" {
		return origin{}, errors.New("*. needs https, since whoever is on the network can answer for any host of http")
	}
	o.below = true
	return o, nil
}

// Allow reports whether the value of an Origin header is in the list.
func (os Origins) Allow(header string) bool {
	o, ok := parseOrigin(header)
	return ok && slices.ContainsFunc(os, func(allowed origin) bool {
		if o.scheme != allowed.scheme || o.port != allowed.port {
			return false
		}
		if allowed.below {
			return strings.HasSuffix(o.host, "."+allowed.host)
		}
		return o.host == allowed.host
	})
}

// Sources writes the origins as host sources of a content security policy,
// which have no character with a meaning of its own there.
func (os Origins) Sources() []string {
	sources := make([]string, len(os))
	for i, o := range os {
		host := o.host
		if o.below {
			host = "*." + host
		}
		if o.port != defaultPorts[o.scheme] {
			host += ":" + o.port
		}
		sources[i] = o.scheme + "://" + host
	}
	return sources
}

// Hosts are the hosts of the origins of https that stand for one host alone,
// with their ports where these are not that of https.
func (os Origins) Hosts() []string {
	var hosts []string
	for i, source := range os.Sources() {
		if os[i].scheme == "https" && !os[i].below {
			hosts = append(hosts, strings.TrimPrefix(source, "https://"))
		}
	}
	return hosts
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// parseOrigin reads an origin as browsers write it. The host is a name in
// ASCII or an IP address.
func parseOrigin(text string) (origin, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") {
		return origin{}, false
	}
	o := origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if defaultPorts[o.scheme] == "" || !isHostName(o.host, strings.HasPrefix(u.Host, "[")) || strings.HasSuffix(u.Host, ":") {
		return origin{}, false
	}
	if strings.Contains(o.host, ":") {
		o.host = "[" + o.host + "]"
	}
	if o.port == "" {
		o.port = defaultPorts[o.scheme]
	}
	n, err := strconv.ParseUint(o.port, 10, 16)
	o.port = strconv.FormatUint(n, 10)
	return o, err == nil && n > 0
}

func isHostName(host string, brackets bool) bool {
	if brackets {
		ip, err := netip.ParseAddr(host)
		return err == nil && ip.Is6() && ip.Zone() == ""
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

package v1

import (
	"cmp"
	"slices"
	"strings"
)

// router finds the operations of a path. Unlike http.ServeMux it takes paths
// that overlap, such as /group/listuser/{id} and /group/{id}/users: of those
// that fit, the one with the earliest literal segment wins.
type router struct{ paths []pathPattern }

// pathPattern is a path like /user/{userid}/groups with its operations.
type pathPattern struct {
	pattern  string
	segments []string // a name in braces stands for any segment
	methods  methods
}

func isWildcard(segment string) bool { return strings.HasPrefix(segment, "{") }

func newRouter(routes []route) *router {
	r := &router{}
	for _, route := range routes {
		at := slices.IndexFunc(r.paths, func(p pathPattern) bool { return p.pattern == route.path })
		if at < 0 {
			at = len(r.paths)
			r.paths = append(r.paths, pathPattern{route.path, strings.Split(route.path[1:], "/"), methods{}})
		}
		r.paths[at].methods[route.method] = route
	}
	slices.SortStableFunc(r.paths, func(a, b pathPattern) int {
		return slices.CompareFunc(a.segments, b.segments, func(x, y string) int {
			return cmp.Compare(boolRank(isWildcard(x)), boolRank(isWildcard(y)))
		})
	})
	return r
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// find returns the path that fits best, and the values of its wildcards.
func (r *router) find(path string) (*pathPattern, map[string]string) {
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i := range r.paths {
		if values, ok := r.paths[i].match(segments); ok {
			return &r.paths[i], values
		}
	}
	return nil, nil
}

func (p *pathPattern) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(p.segments) {
		return nil, false
	}
	var values map[string]string
	for i, want := range p.segments {
		switch {
		case !isWildcard(want) && want != segments[i]:
			return nil, false
		case isWildcard(want):
			if values == nil {
				values = map[string]string{}
			}
			values[strings.Trim(want, "{}")] = segments[i]
		}
	}
	return values, true
}

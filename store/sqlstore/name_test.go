package sqlstore

import (
	"slices"
	"testing"
)

func TestPiecesOfPatterns(t *testing.T) {
	for pattern, want := range map[string][]string{
		"":         nil,
		"%":        nil,
		"%%%":      nil,
		"s":        {"s"},
		"SaL":      {"sal"},
		"sales":    {"sal", "ale", "les"},
		"aaaaaaa":  {"aaa"},
		"s%":       {"<s"},
		"%s":       {"s>>"},
		"%s%":      {"s"},
		"s%n":      {"<s", "n>>"},
		"%les%20%": {"les", "20"},
		"ab%":      {"<ab"},
		"%aßE":     {"ass", "sse", "se>", "e>>"},
		"éü%":      {"<éü"},
		"_\\%":     {"<_\\"},
	} {
		if got := piecesOfPattern(pattern); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", pattern, got, want)
		}
	}
}

func TestSpread(t *testing.T) {
	letters := []string{"a", "b", "c", "d", "e", "f", "g"}
	for n, want := range map[int][]string{2: {"a", "g"}, 3: {"a", "d", "g"}, 4: {"a", "c", "e", "g"}, 7: letters, 9: letters} {
		if got := spread(letters, n); !slices.Equal(got, want) {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

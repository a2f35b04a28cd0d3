package source

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// Nearest returns up to n candidates that could have been meant by name, the
// likeliest first. Case is ignored. Candidates that differ too much to be a
// slip of the fingers are left out, so the answer may be empty.
func Nearest(name string, candidates []string, n int) []string {
	type scored struct {
		text     string
		distance int
	}
	want := fold(name)
	limit := max(1, len(want)/3)
	var found []scored
	for _, c := range candidates {
		have := fold(c)
		d := editDistance(want, have, limit)
		if d > limit && (len(want) < 3 || !strings.Contains(string(have), string(want))) {
			continue
		}
		found = append(found, scored{c, d})
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.text, b.text))
	})
	out := make([]string, 0, n)
	for _, f := range found[:min(n, len(found))] {
		out = append(out, f.text)
	}
	return out
}

func fold(s string) []rune { return []rune(strings.Map(unicode.ToLower, s)) }

// editDistance counts insertions, deletions, substitutions and swaps of
// neighbours; it stops counting above limit.
func editDistance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		best := cur[0]
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
			best = min(best, cur[j])
		}
		if best > limit {
			return limit + 1
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}

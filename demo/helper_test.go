package demo_test

import (
	"slices"
	"time"
)

// monthOf is the month of a day since 1970-01-01; 0 is January.
func monthOf(day int64) int { return int(time.Unix(day*86400, 0).UTC().Month()) - 1 }

// topTenth is the part, in percent, that the most frequent tenth of the values
// has of all rows with a value.
func topTenth(counts map[any]int) int {
	var list []int
	all := 0
	for value, n := range counts {
		if value != nil {
			list = append(list, n)
			all += n
		}
	}
	slices.Sort(list)
	top := 0
	for _, n := range list[len(list)*9/10:] {
		top += n
	}
	return 100 * top / all
}

package rowtest_test

import (
	"math"
	"slices"
	"time"
)

// combine brings parts together on the attributes that they share.
func combine(q question, parts []*part, results []partial) (partial, error) {
	// With three parts or more, an attribute that some but not all of them
	// have is left open by the definitions.
	for i := range q.outputs {
		holders := 0
		for _, p := range parts {
			if slices.Contains(p.groups, i) {
				holders++
			}
		}
		if holders > 1 && holders < len(parts) {
			return nil, errAmbiguous
		}
	}
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { // those with a filter of their own lead
		x, y := parts[a].filtered, parts[b].filtered
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	lines, have := results[order[0]], slices.Clone(parts[order[0]].groups)
	for _, at := range order[1:] {
		var shared []int
		for _, g := range parts[at].groups {
			if slices.Contains(have, g) {
				shared = append(shared, g)
			}
		}
		if len(shared) == 0 && len(have) > 0 && len(parts[at].groups) > 0 {
			return nil, errCartesian
		}
		lines = merge(lines, results[at], shared, parts[order[0]].filtered, parts[at].filtered)
		for _, g := range parts[at].groups {
			if !slices.Contains(have, g) {
				have = append(have, g)
			}
		}
	}
	return lines, nil
}

func merge(left, right partial, shared []int, leftLeads, rightFiltered bool) partial {
	var out partial
	matched := make([]bool, len(right))
	for _, l := range left {
		found := false
		for i, r := range right {
			if slices.ContainsFunc(shared, func(g int) bool { return !sameValue(l[g], r[g]) }) {
				continue
			}
			found, matched[i] = true, true
			line := map[int]any{}
			for k, v := range l {
				line[k] = v
			}
			for k, v := range r {
				line[k] = v
			}
			out = append(out, line)
		}
		if !found && len(shared) > 0 && !(leftLeads && rightFiltered) {
			out = append(out, l)
		}
	}
	if !leftLeads && len(shared) > 0 {
		for i, r := range right {
			if !matched[i] {
				out = append(out, r)
			}
		}
	}
	return out
}

// finish fills in what is missing, then filters, ranks, cuts and orders.
func finish(q question, lines partial) [][]any {
	missing := func(o output, v any) any {
		if v == nil && (o.agg == "sum" || o.agg == "count" || o.agg == "unique count") {
			return 0.0
		}
		return v
	}
	var rows [][]any
	for _, line := range lines {
		if q.having != nil {
			v := missing(*q.having, line[-1])
			if v == nil || toFloat(v) <= q.limit {
				continue
			}
		}
		row := make([]any, len(q.outputs))
		for i, o := range q.outputs {
			row[i] = missing(o, line[i])
		}
		rows = append(rows, row)
	}
	var attributes []int
	ranking := -1
	for i, o := range q.outputs {
		if o.agg == "" {
			attributes = append(attributes, i)
		} else if ranking < 0 {
			ranking = i
		}
	}
	type key struct {
		by   int
		down bool
	}
	order := func(keys ...key) {
		slices.SortStableFunc(rows, func(a, b []any) int {
			for _, k := range keys {
				if c := nullsLast(a[k.by], b[k.by], k.down); c != 0 {
					return c
				}
			}
			for _, i := range attributes {
				if c := nullsLast(a[i], b[i], false); c != 0 {
					return c
				}
			}
			return 0
		})
	}
	switch {
	case q.top == 0:
		order()
	case q.each < 0:
		order(key{ranking, true})
		rows = rows[:min(len(rows), q.top)]
	default:
		order(key{q.each, false}, key{ranking, true})
		taken := 0
		var kept [][]any
		for i, row := range rows {
			if i > 0 && !sameValue(row[q.each], rows[i-1][q.each]) {
				taken = 0
			}
			if taken++; taken <= q.top {
				kept = append(kept, row)
			}
		}
		rows = kept
	}
	if q.sortBy >= 0 {
		order(key{q.sortBy, q.down})
	}
	return rows
}

func nullsLast(a, b any, down bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	c := compareValues(a, b)
	if math.Abs(float64(c)) > 0 && sameValue(a, b) {
		c = 0
	}
	if down {
		return -c
	}
	return c
}

func bucketOf(bucket string, v any) any {
	d, ok := v.(time.Time)
	if !ok || bucket == "" || bucket == "detailed" {
		return v
	}
	day := func(y int, m time.Month, d int) any { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	weekday := (int(d.Weekday()) + 6) % 7 // from Monday
	switch bucket {
	case "weekly":
		return day(d.Year(), d.Month(), d.Day()-weekday)
	case "monthly":
		return day(d.Year(), d.Month(), 1)
	case "quarterly":
		return day(d.Year(), d.Month()-(d.Month()-1)%3, 1)
	case "yearly":
		return day(d.Year(), 1, 1)
	case "day of week":
		return int64(weekday + 1)
	case "day of year":
		return int64(d.YearDay())
	case "week of year":
		_, week := d.ISOWeek()
		return int64(week)
	case "month of quarter":
		return int64((d.Month()-1)%3 + 1)
	case "week of month":
		return int64((d.AddDate(0, 0, 3-weekday).Day()-1)/7 + 1)
	}
	panic("no bucket " + bucket)
}

package sqlgen

import (
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/expr"
)

// Shiftable is a count of units, or null where it is more than dates can be
// moved by.
func (nulls Nulls) Shiftable(n string, u expr.Unit) string {
	most := strconv.FormatInt(u.MaxShift()+1, 10)
	n = nulls("greatest("+n+", -"+most+")", "-"+most)
	return nulls("least("+n+", "+most+")", most)
}

// FiniteDate is a date, or null where it is infinite: databases disagree on how
// to calculate with that, and some refuse.
func (nulls Nulls) FiniteDate(x string) string { return nulls(nulls(x, "'infinity'"), "'-infinity'") }

// DateDigits is a year, a month and a day as the text of a date, which there
// may not be; null where one is 0, which some databases take for 1.
func (nulls Nulls) DateDigits(args []string) string {
	digits := make([]string, len(args))
	for i, a := range args {
		digits[i] = nulls(a, "0")
	}
	return "(" + strings.Join(digits, " || '-' || ") + ")"
}

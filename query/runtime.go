package query

import (
	"fmt"
	"strconv"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/period"
)

// runtimeOperator is an operator of api-v1.md 1.13 as filters of TML spell it,
// with the number of values that it takes.
type runtimeOperator struct {
	filter string
	values int // 0: one or more
}

var runtimeOperators = map[string]runtimeOperator{
	"EQ": {"=", 1}, "NE": {"!=", 1}, "LT": {"<", 1}, "LE": {"<=", 1}, "GT": {">", 1}, "GE": {">=", 1},
	"CONTAINS": {"contains", 0}, "BEGINS_WITH": {"begins_with", 1}, "ENDS_WITH": {"ends_with", 1},
	"BW": {"BW", 2}, "BW_INC": {"between", 2}, "BW_INC_MIN": {"BW_INC_MIN", 2}, "BW_INC_MAX": {"BW_INC_MAX", 2},
	"IN": {"in", 0}, "NOT_IN": {"not in", 0},
}

// numberFilter is the number of messages about filters given beside a search.
const numberFilter = 14518

func (s *Service) runtimeFilter(f RuntimeFilter) (bind.RuntimeFilter, error) {
	op, ok := runtimeOperators[f.Operator]
	switch {
	case !ok:
		return bind.RuntimeFilter{}, errFilter(f.Column, "there is no operator %q; use EQ, NE, LT, LE, GT, GE, CONTAINS, "+
			"BEGINS_WITH, ENDS_WITH, BW, BW_INC, BW_INC_MIN, BW_INC_MAX, IN or NOT_IN", f.Operator)
	case op.values > 0 && len(f.Values) != op.values:
		return bind.RuntimeFilter{}, errFilter(f.Column, "%s takes %d value(s), not %d", f.Operator, op.values, len(f.Values))
	case len(f.Values) == 0:
		return bind.RuntimeFilter{}, errFilter(f.Column, "%s needs a value", f.Operator)
	}
	return bind.RuntimeFilter{Column: f.Column, Operator: op.filter, Values: f.Values, ReadDate: s.readEpoch}, nil
}

func errFilter(column, format string, args ...any) error {
	err := searchlight.Errorf(searchlight.CodeInvalid, "The filter on column %q cannot be applied: %s", column, fmt.Sprintf(format, args...))
	err.Number = numberFilter
	return err
}

// lastYear is the last one that databases and results can write.
const lastYear = 9999

// readEpoch reads a date as results write it: epoch seconds in the server's
// time zone.
func (s *Service) readEpoch(value string, t datatype.Type) (period.Interval, error) {
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return period.Interval{}, fmt.Errorf("%q is not a date in epoch seconds", value)
	}
	from := wall(time.Unix(seconds, 0).In(s.location()))
	if from.Year() < 1 || from.Year() > lastYear {
		return period.Interval{}, fmt.Errorf("%q is not a date between the years 1 and %d in epoch seconds", value, lastYear)
	}
	if t == datatype.Date {
		from = from.Truncate(24 * time.Hour)
		return period.Interval{From: from, To: from.AddDate(0, 0, 1)}, nil
	}
	return period.Interval{From: from, To: from.Add(time.Second)}, nil
}

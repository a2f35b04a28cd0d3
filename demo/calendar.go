package demo

import "time"

// The sample covers three calendar years.
const (
	firstYear = 2023
	years     = 3
	firstDay  = 19358 // 2023-01-01, in days since 1970-01-01
	lastDay   = 20453 // 2025-12-31
)

// day is one day with what trade depends on.
type day struct {
	number  int // since 1970-01-01
	year    int // 0 is the first
	month   int // 0 is January
	date    int // of the month, from 1
	weekday time.Weekday
}

func dayOf(number int) day {
	t := time.Unix(int64(number)*86400, 0).UTC()
	return day{number, t.Year() - firstYear, int(t.Month()) - 1, t.Day(), t.Weekday()}
}

// dayNumber is the number of a calendar day.
func dayNumber(year int, month time.Month, date int) int {
	return int(time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// Trade by weekday (from Sunday) and by month, in thousandths of the mean.
var (
	weekdayTrade = [7]int{890, 850, 830, 880, 950, 1150, 1450}
	monthTrade   = [12]int{880, 820, 930, 960, 990, 1000, 1010, 930, 950, 980, 1120, 1430}
)

const meanBaskets = 215 // a day, at the middle of the first year

// baskets is the number of baskets that are bought on the day.
func (d day) baskets(r *random) int {
	n := meanBaskets * 1000
	for _, factor := range []int{
		weekdayTrade[d.weekday], monthTrade[d.month],
		950 + 300*(d.number-firstDay)/(lastDay-firstDay), // growth
		r.between(920, 1080),
	} {
		n = n * factor / 1000
	}
	if d.isHoliday() {
		n /= 5
	}
	return n / 1000
}

// isHoliday is true when only the web shop is open.
func (d day) isHoliday() bool {
	return d.month == 0 && d.date == 1 || d.month == 11 && d.date == 25
}

// isSale is true in the weeks of reduced prices: January, midsummer and the
// end of November.
func (d day) isSale() bool {
	switch d.month {
	case 0:
		return d.date >= 2 && d.date <= 20
	case 5:
		return d.date >= 25
	case 6:
		return d.date <= 15
	case 10:
		return d.date >= 22
	}
	return false
}

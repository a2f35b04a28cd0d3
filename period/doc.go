// Package period reads dates and date phrases as people write them in
// searches: "1/30/2014 10:32 AM", "q1 2024", "last 3 months", "monday"
// (search-language.md 1.3 and 3.4).
//
// In come the text, the present moment and whether the column has a time of
// day; out comes a half-open interval of wall-clock time, or a weekday, month
// or quarter of any year. Weeks start on Monday and the calendar is the
// Gregorian one.
//
// A wall-clock time is a time.Time in UTC that holds the reading of the clock
// on the wall. The package knows neither time zones nor columns nor SQL, and it
// never asks for the time itself.
package period

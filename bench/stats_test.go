package main

import (
	"strings"
	"testing"
	"time"
)

func TestTimings(t *testing.T) {
	list := timings{5, 1, 4, 2, 3}
	if list.median() != 3 || list.spread() != 2 || list.quantile(0) != 1 || list.quantile(1) != 5 {
		t.Errorf("median %d, spread %d, from %d to %d", list.median(), list.spread(), list.quantile(0), list.quantile(1))
	}
	if list[0] != 5 {
		t.Error("the measurements were moved")
	}
	if got := milliseconds(1500 * time.Microsecond); got != 1.5 {
		t.Errorf("1.5 ms are %v", got)
	}
}

func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-only=text,nothing": `no part "nothing"; there are text, search, stream, metadata`,
		"-rounds=0":          "rounds and rows must be at least 1",
		"-objects=50":        "objects must be a power of ten from 100 to 100000",
		"flights.parquet":    `unexpected argument "flights.parquet"`,
	} {
		if _, err := parseFlags([]string{args}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	o, err := parseFlags([]string{"-only=stream", "-rows=10"})
	if err != nil || strings.Join(o.parts, " ") != "stream" || o.rows != 10 {
		t.Errorf("%+v, %v", o, err)
	}
}

// One run of everything on small tables: the searches and the statements that
// they are compared with must give the same rows.
func TestRun(t *testing.T) {
	o := options{parts: partNames(), rounds: 1, longest: time.Second, rows: 2000, tableRows: 20_000, objects: 1000, principals: 200}
	var out strings.Builder
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Text to SQL", "| `[distance]` | 1 |", "over HTTP", "2,000 rows", "a page of 50 out of 1,000 objects", "user/sync of 200 principals", "argon2 alone"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, out.String())
		}
	}
}

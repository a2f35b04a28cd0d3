package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/searchlight-bi/searchlight/engine/duckdb"
)

// question is a search with the SQL that a person would write for it.
type question struct{ search, sql string }

// questions go from trivial to heavy. The last one is beyond what a call may
// return by default: it shows what the rows themselves cost on their way.
var questions = []question{
	{"[distance]", `SELECT coalesce(sum(distance), 0) FROM flights`},
	{"average [delay] [origin] = 'las'", `SELECT avg(delay) FROM flights WHERE lower(origin) = 'las'`},
	{"[distance] average [delay] [date].monthly",
		`SELECT CAST(date_trunc('month', date) AS DATE), coalesce(sum(distance), 0), avg(delay) FROM flights GROUP BY 1 ORDER BY 1`},
	{"[distance] [origin]", `SELECT origin, coalesce(sum(distance), 0) FROM flights GROUP BY 1 ORDER BY 1`},
	{"top 10 [destination] average [delay]",
		`SELECT destination, avg(delay) FROM flights GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 10`},
	{"[origin] [destination] [distance] count [delay]",
		`SELECT origin, destination, coalesce(sum(distance), 0), count(delay) FROM flights GROUP BY 1, 2 ORDER BY 1, 2`},
	{"[origin] unique count [date]", `SELECT origin, count(DISTINCT date) FROM flights GROUP BY 1 ORDER BY 1`},
	{"[date].daily [origin] [distance] average [delay] unique count [destination]",
		`SELECT CAST(date AS DATE), origin, coalesce(sum(distance), 0), avg(delay), count(DISTINCT destination)
		FROM flights GROUP BY 1, 2 ORDER BY 1, 2`},
	{"[date].daily [origin] [destination] [delay] [distance]",
		`SELECT CAST(date AS DATE), origin, destination, coalesce(sum(delay), 0), coalesce(sum(distance), 0)
		FROM flights GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`},
}

// searchAgainstEngine measures searches over HTTP against the engine alone.
func searchAgainstEngine(ctx context.Context, o options, out io.Writer) error {
	s, err := openSite(ctx, func(e *duckdb.Engine) error { return loadFlights(ctx, e, o.flights, o.flightRows()) })
	if err != nil {
		return err
	}
	err = compareAll(ctx, s, o, out)
	if closed := s.close(); err == nil {
		err = closed
	}
	return err
}

// flightRows is the size of the generated table.
func (o options) flightRows() int {
	if o.tableRows > 0 {
		return o.tableRows
	}
	return flightRows
}

func compareAll(ctx context.Context, s *site, o options, out io.Writer) error {
	origin := "a generated table"
	if o.flights != "" {
		origin = "a file"
	}
	fmt.Fprintf(out, "\n## searchdata against the engine alone: flights from %s\n\n", origin)
	fmt.Fprintln(out, "| search | rows | engine ms | engine + JSON ms | engine over HTTP ms | searchdata ms | ratio | difference ms | spread of the engine ms | fastest: ratio | fastest: difference ms | over HTTP: ratio | over HTTP: difference ms |")
	fmt.Fprintln(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, q := range questions {
		if err := compare(ctx, s, q, o, out); err != nil {
			return fmt.Errorf("%s: %w", q.search, err)
		}
	}
	return nil
}

func compare(ctx context.Context, s *site, q question, o options, out io.Writer) error {
	table, err := s.table(ctx, flights.Name)
	if err != nil {
		return err
	}
	e := s.app.Embedded()
	bare := newBareSite(e)
	defer bare.Close()
	rows, err := sameRows(ctx, s, q)
	if err != nil {
		return err
	}
	contenders := []func() error{
		func() error { _, err := drain(ctx, e, q.sql); return err },
		func() error { _, err := encode(ctx, e, q.sql, io.Discard); return err },
		func() error { _, err := s.searchdata(ctx, table, q.search, io.Discard); return err },
		func() error { return bare.ask(ctx, q.sql, io.Discard) },
	}
	times := make([]timings, len(contenders))
	began := time.Now()
	for round := range o.rounds {
		if round > 2 && time.Since(began) > o.longest {
			break
		}
		for i := range contenders {
			turn := (round + i) % len(contenders) // each goes first as often
			start := time.Now()
			if err := contenders[turn](); err != nil {
				return err
			}
			times[turn] = append(times[turn], time.Since(start))
		}
	}
	alone, withJSON, served, overHTTP := times[0].median(), times[1].median(), times[2].median(), times[3].median()
	// The rounds' own differences: a drift of the machine touches both alike.
	added, addedToHTTP := times[2].minus(times[0]).median(), times[2].minus(times[3]).median()
	bestAlone, bestServed := times[0].quantile(0), times[2].quantile(0)
	fmt.Fprintf(out, "| `%s` | %s | %.2f | %.2f | %.2f | %.2f | %.3f | %+.2f | %.2f | %.3f | %+.2f | %.3f | %+.2f |\n", q.search, grouped(rows),
		milliseconds(alone), milliseconds(withJSON), milliseconds(overHTTP), milliseconds(served),
		1+float64(added)/float64(alone), milliseconds(added), milliseconds(times[0].spread()),
		float64(bestServed)/float64(bestAlone), milliseconds(bestServed-bestAlone),
		1+float64(addedToHTTP)/float64(overHTTP), milliseconds(addedToHTTP))
	return nil
}

// sameRows makes sure that a search and its SQL give the same rows, in the
// same order, and returns their number.
func sameRows(ctx context.Context, s *site, q question) (int, error) {
	table, err := s.table(ctx, flights.Name)
	if err != nil {
		return 0, err
	}
	var want, got bytes.Buffer
	rows, err := encode(ctx, s.app.Embedded(), q.sql, &want)
	if err != nil {
		return 0, err
	}
	if _, err := s.searchdata(ctx, table, q.search, &got); err != nil {
		return 0, err
	}
	_, data, found := bytes.Cut(got.Bytes(), []byte(`"data":[`))
	data, _, ended := bytes.Cut(data, []byte(`],"samplingRatio"`))
	expected := bytes.TrimSuffix(want.Bytes(), []byte(","))
	if !found || !ended || !bytes.Equal(data, expected) {
		return 0, fmt.Errorf("the rows differ: searchdata gives %.200s, the statement %.200s", data, expected)
	}
	return rows, nil
}

// grouped writes a number with commas between thousands.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

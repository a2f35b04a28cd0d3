package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
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
	fmt.Fprintln(out, "| search | rows | engine ms | spread ms | engine + JSON ms | searchdata ms | ratio | difference ms | over HTTP: engine ms | over HTTP: searchdata ms | over HTTP: ratio | over HTTP: difference ms |")
	fmt.Fprintln(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
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
	const alone, withJSON, handled, overHTTP, served = 0, 1, 2, 3, 4
	contenders := []func() error{
		alone:    func() error { _, err := drain(ctx, e, q.sql); return err },
		withJSON: func() error { _, err := encode(ctx, e, q.sql, io.Discard); return err },
		handled:  func() error { return s.handle(ctx, table, q.search, io.Discard) },
		overHTTP: func() error { return bare.ask(ctx, q.sql, io.Discard) },
		served:   func() error { _, err := s.searchdata(ctx, table, q.search, io.Discard); return err },
	}
	times := make([]timings, len(contenders))
	began := time.Now()
	// What has just run before leaves its traces: threads that sleep or do not.
	order := rand.New(rand.NewPCG(1, 2))
	for round := range o.rounds {
		if round > 2 && time.Since(began) > o.longest {
			break
		}
		for _, turn := range order.Perm(len(contenders)) {
			start := time.Now()
			if err := contenders[turn](); err != nil {
				return err
			}
			times[turn] = append(times[turn], time.Since(start))
		}
	}
	// The rounds' own differences: a drift of the machine touches both alike.
	added, addedToHTTP := times[handled].minus(times[alone]).median(), times[served].minus(times[overHTTP]).median()
	ratio := func(added time.Duration, to int) float64 { return 1 + float64(added)/float64(times[to].median()) }
	fmt.Fprintf(out, "| `%s` | %s | %.2f | %.2f | %.2f | %.2f | %.3f | %+.2f | %.2f | %.2f | %.3f | %+.2f |\n", q.search, grouped(rows),
		milliseconds(times[alone].median()), milliseconds(times[alone].spread()), milliseconds(times[withJSON].median()),
		milliseconds(times[handled].median()), ratio(added, alone), milliseconds(added),
		milliseconds(times[overHTTP].median()), milliseconds(times[served].median()), ratio(addedToHTTP, overHTTP), milliseconds(addedToHTTP))
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
	for _, ask := range []func() error{
		func() error { _, err := s.searchdata(ctx, table, q.search, &got); return err },
		func() error { return s.handle(ctx, table, q.search, &got) },
	} {
		got.Reset()
		if err := ask(); err != nil {
			return 0, err
		}
		_, data, found := bytes.Cut(got.Bytes(), []byte(`"data":[`))
		data, _, ended := bytes.Cut(data, []byte(`],"samplingRatio"`))
		expected := bytes.TrimSuffix(want.Bytes(), []byte(","))
		if !found || !ended || !bytes.Equal(data, expected) {
			return 0, fmt.Errorf("the rows differ: searchdata gives %.200s, the statement %.200s", data, expected)
		}
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

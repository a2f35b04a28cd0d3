package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine/duckdb"
)

// The rows of this part. The search groups by row_id, so that each row is a
// group of its own and the engine must group and sort them all before the
// first can be sent. The scan does no more than read them.
const (
	wideSearch = "[row_id] [day] [name] [quantity] [amount] [price]"
	wideSQL    = `SELECT row_id, day, name, coalesce(sum(quantity), 0), coalesce(sum(amount), 0), coalesce(sum(price), 0)
		FROM wide GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`
	plainSQL = `SELECT * FROM wide`
)

// counter counts the bytes written to it.
type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

// streamRows measures how fast long results come, and the memory they take.
func streamRows(ctx context.Context, o options, out io.Writer) error {
	s, err := openSite(ctx, func(e *duckdb.Engine) error { return makeWide(ctx, e, o.rows) })
	if err != nil {
		return err
	}
	err = measureStreams(ctx, s, o, out)
	if closed := s.close(); err == nil {
		err = closed
	}
	return err
}

func measureStreams(ctx context.Context, s *site, o options, out io.Writer) error {
	table, err := s.table(ctx, "wide")
	if err != nil {
		return err
	}
	plain, stop, err := s.plainSite(ctx, plainSQL)
	if err != nil {
		return err
	}
	err = measureBoth(ctx, s, plain, table, o, out)
	if stopped := stop(); err == nil {
		err = stopped
	}
	return err
}

func measureBoth(ctx context.Context, s, plain *site, table searchlight.GUID, o options, out io.Writer) error {
	e := s.app.Embedded()
	streams := []struct {
		name string
		run  func(to io.Writer) error
	}{
		{"scan: engine alone", func(io.Writer) error { _, err := drain(ctx, e, plainSQL); return err }},
		{"scan: engine + JSON", func(to io.Writer) error { _, err := encode(ctx, e, plainSQL, to); return err }},
		{"scan: over HTTP", func(to io.Writer) error { _, err := plain.searchdata(ctx, table, wideSearch, to); return err }},
		{"search: engine alone", func(io.Writer) error { _, err := drain(ctx, e, wideSQL); return err }},
		{"search: engine + JSON", func(to io.Writer) error { _, err := encode(ctx, e, wideSQL, to); return err }},
		{"search: over HTTP", func(to io.Writer) error { _, err := s.searchdata(ctx, table, wideSearch, to); return err }},
	}
	fmt.Fprintf(out, "\n## Streaming %s rows of 6 columns, COMPACT\n\n", grouped(o.rows))
	fmt.Fprintln(out, "| | ms | rows/s | MB | MB/s | peak growth of the Go heap, MB | peak growth of the process, MB |")
	fmt.Fprintln(out, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, stream := range streams {
		if err := stream.run(io.Discard); err != nil { // warm
			return err
		}
	}
	rounds := min(o.rounds, 7)
	times := make([]timings, len(streams))
	sizes := make([]int64, len(streams))
	for round := range rounds {
		for i := range streams {
			turn := (round + i) % len(streams)
			var size counter
			start := time.Now()
			if err := streams[turn].run(&size); err != nil {
				return err
			}
			times[turn] = append(times[turn], time.Since(start))
			sizes[turn] = size.bytes
		}
	}
	for i, stream := range streams {
		// Watching takes time, so it is not done while time is taken.
		growth, err := watchMemory(func() error { return stream.run(io.Discard) })
		if err != nil {
			return err
		}
		took := times[i].median()
		rate := func(n float64) float64 { return n / took.Seconds() }
		size, speed := "", ""
		if sizes[i] > 0 {
			size, speed = fmt.Sprintf("%.1f", megabytes(sizes[i])), fmt.Sprintf("%.0f", rate(megabytes(sizes[i])))
		}
		fmt.Fprintf(out, "| %s | %.0f | %s | %s | %s | %.1f | %.1f |\n", stream.name, milliseconds(took), grouped(int(rate(float64(o.rows)))),
			size, speed, megabytes(growth.heap), megabytes(growth.process))
	}
	return nil
}

func megabytes(n int64) float64 { return float64(n) / 1e6 }

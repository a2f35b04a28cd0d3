package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/store/storetest"
)

// options are what the command line says.
type options struct {
	flights string
	parts   []string
	rounds  int
	longest time.Duration
	rows    int
	sql     bool
	// tableRows is the size of the generated table of flights; 0: flightRows.
	tableRows int
	// How much metadata there is.
	objects, principals int
}

// part is a section of the output.
type part struct {
	name string
	run  func(ctx context.Context, o options, out io.Writer) error
}

var parts = []part{
	{"text", textToSQL},
	{"search", searchAgainstEngine},
	{"stream", streamRows},
	{"metadata", metadataAtSize},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o, err := parseFlags(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil {
		err = run(ctx, o, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parseFlags(args []string) (options, error) {
	o := options{principals: 10_000}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.flights, "flights", os.Getenv("SEARCHLIGHT_BENCH_FLIGHTS"),
		"Parquet or CSV file with the columns "+strings.Join(flightColumns, ", ")+"; without it the table is generated (SEARCHLIGHT_BENCH_FLIGHTS)")
	only := f.String("only", "", "run these parts alone: "+strings.Join(partNames(), ","))
	f.IntVar(&o.rounds, "rounds", 31, "measurements of each search, at most")
	f.DurationVar(&o.longest, "longest", 20*time.Second, "how long one search is measured, when the rounds take longer")
	f.IntVar(&o.rows, "rows", 1_000_000, "rows that are streamed")
	f.IntVar(&o.objects, "objects", storetest.LargeObjects, "objects of part metadata: a power of ten, this one at most")
	f.BoolVar(&o.sql, "sql", false, "print the SQL text of part text")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", f.Arg(0))
	}
	if o.rounds < 1 || o.rows < 1 {
		return o, errors.New("rounds and rows must be at least 1")
	}
	if !slices.Contains([]int{100, 1000, 10_000, storetest.LargeObjects}, o.objects) {
		return o, fmt.Errorf("objects must be a power of ten from 100 to %d", storetest.LargeObjects)
	}
	o.parts = partNames()
	if *only != "" {
		o.parts = strings.Split(*only, ",")
	}
	for _, name := range o.parts {
		if !slices.Contains(partNames(), name) {
			return o, fmt.Errorf("no part %q; there are %s", name, strings.Join(partNames(), ", "))
		}
	}
	return o, nil
}

func partNames() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

func run(ctx context.Context, o options, out io.Writer) error {
	fmt.Fprintf(out, "%s, %s/%s, %s, %s\n", time.Now().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, machine(), runtime.Version())
	for _, p := range parts {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		if err := p.run(ctx, o, out); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

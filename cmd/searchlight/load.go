package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/api/app"
	"github.com/searchlight-bi/searchlight/load"
)

// LoadCommand loads files as a table.
type LoadCommand struct {
	StoreFlags
	Files     []string `arg:"" type:"path" help:"Files to load; several become one table."`
	Table     string   `required:"" help:"Name of the table. A table of that name is replaced."`
	Append    bool     `help:"Add the rows to the table instead of replacing it."`
	MaxErrors int      `help:"Bad rows to leave out and report before one more fails the load." default:"0"`
	Format    string   `help:"csv, tsv, json, ndjson, parquet, arrow or xlsx; by the file's name when empty." placeholder:"NAME"`
	Encoding  string   `help:"Of CSV and TSV: utf-8, utf-16le, utf-16be, windows-1252 or latin1." placeholder:"NAME"`
	Delimiter string   `help:"Of CSV: the character between fields; found out when empty." placeholder:"CHAR"`
	Header    string   `help:"Whether the first row names the columns: auto, yes or no." enum:"auto,yes,no" default:"auto"`
	Sheet     string   `help:"Of XLSX: the sheet; the first one when empty." placeholder:"NAME"`
	Server    string   `help:"Load into a running server instead of a data directory." placeholder:"URL"`
	User      string   `help:"Who signs in to the server; the password is asked for, or read from standard input."`
}

// Run implements the command.
func (c *LoadCommand) Run(i *invocation) error {
	if c.Server != "" {
		return c.remote(i)
	}
	a, err := i.open(c.config())
	if err != nil {
		return err
	}
	defer a.Close()
	admin, err := a.Subject(i.ctx, searchlight.AdminUserID)
	if err != nil {
		return err
	}
	show, done := i.progress()
	options := c.options()
	options.Progress = show
	report, header, err := a.Load(i.ctx, admin, options)
	done()
	if err != nil {
		return i.failedLoad(err)
	}
	i.report(app.NewLoaded(header.ID, report))
	return nil
}

func (c *LoadCommand) options() load.Options {
	return load.Options{Table: c.Table, Files: c.Files, Append: c.Append, MaxErrors: c.MaxErrors, Format: c.Format,
		Encoding: c.Encoding, Delimiter: c.Delimiter, Sheet: c.Sheet,
		Header: map[string]load.Header{"auto": load.HeaderAuto, "yes": load.HeaderPresent, "no": load.HeaderAbsent}[c.Header]}
}

// failedLoad prints the bad rows of a load that failed because of them.
func (i *invocation) failedLoad(err error) error {
	if bad, ok := errors.AsType[*load.BadRowsError](err); ok && len(bad.Rejected) > 1 {
		for _, r := range bad.Rejected {
			fmt.Fprintln(i.Stderr, r)
		}
	}
	return err
}

// report says what a load did.
func (i *invocation) report(r *app.Loaded) {
	for _, bad := range r.Rejected {
		fmt.Fprintln(i.Stderr, load.Rejected(bad))
	}
	if more := r.Bad - int64(len(r.Rejected)); more > 0 {
		fmt.Fprintf(i.Stderr, "and %d more\n", more)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(i.Stderr, "warning: %s\n", w)
	}
	took := time.Duration(r.Milliseconds) * time.Millisecond
	fmt.Fprintf(i.Stdout, "Loaded %d rows into %s in %s", r.Rows, r.Table, took.Round(10*time.Millisecond))
	if r.Bad > 0 {
		fmt.Fprintf(i.Stdout, "; bad rows left out: %d", r.Bad)
	}
	fmt.Fprintf(i.Stdout, "\nThe table has the GUID %s and these columns:\n", r.GUID)
	for _, column := range r.Columns {
		fmt.Fprintf(i.Stdout, "  %-30s %s\n", column.Name, column.Type)
	}
}

// progress returns a function that shows how far a load is, on a terminal, and
// one that wipes it.
func (i *invocation) progress() (show func(load.Progress), done func()) {
	f, ok := i.Stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, func() {}
	}
	return func(p load.Progress) {
		percent := int64(0)
		if p.Total > 0 {
			percent = min(100, 100*p.Done/p.Total)
		}
		fmt.Fprintf(f, "\r\x1b[K%3d %%  %d rows  %s", percent, p.Rows, filepath.Base(p.File))
	}, func() { fmt.Fprint(f, "\r\x1b[K") }
}

package load

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// Target is the embedded engine, as far as loads need it: *duckdb.Engine with
// its transactions of type T.
type Target[T Tx] interface {
	// ReadFiles runs a query over files.
	ReadFiles(ctx context.Context, s engine.Statement) (result.Rows, error)
	// Describe lists the columns of a table.
	Describe(ctx context.Context, t engine.Table) ([]engine.Column, error)
	// Update runs fn in a transaction.
	Update(ctx context.Context, fn func(tx T) error) error
}

// Tx is a transaction of a Target.
type Tx interface {
	Exec(ctx context.Context, s engine.Statement) (int64, error)
	InsertFiles(ctx context.Context, t engine.Table, s engine.Statement) (int64, error)
	InsertRows(ctx context.Context, t engine.Table, r result.Rows) (int64, error)
}

// Header says whether the first row of a CSV, TSV or XLSX file names its
// columns.
type Header uint8

// The ways to know of a header. HeaderAuto takes the first row for one unless
// it clearly is data.
const (
	HeaderAuto Header = iota
	HeaderPresent
	HeaderAbsent
)

// Options say what is loaded, and how.
type Options struct {
	Table  string   // 1 to 128 printable characters
	Files  []string // one or more; their columns are united by name
	Append bool     // add to the table; otherwise a table of that name is replaced
	// MaxErrors is how many bad rows are left out and reported before one more
	// fails the load.
	MaxErrors int
	Format    string // one of Formats; empty: by each file's extension
	// Of CSV and TSV:
	Encoding  string // utf-8, utf-16le, utf-16be, windows-1252 or latin1; empty: UTF-8 or UTF-16, as found
	Delimiter string // one ASCII character; empty: as found
	Header    Header // of XLSX too
	Sheet     string // of XLSX; empty: the first one
	// Approve is asked before a table is replaced, once the columns of the new
	// one are known; its error ends the load. It may be nil.
	Approve func(columns []engine.Column) error
	// Progress is called at most ten times a second, and once at the end, from
	// one goroutine at a time.
	Progress func(Progress)
}

// Report says what a load did.
type Report struct {
	Table    string
	Columns  []engine.Column // of the table, in order
	Rows     int64           // added
	Bad      int64           // rows left out
	Rejected []Rejected      // of these, the first 100
	Warnings []string        // what was changed on the way, such as objects made text
	Duration time.Duration
}

// maxListed is how many rejected rows are kept.
const maxListed = 100

// maxTableName is in characters.
const maxTableName = 128

// Load brings files into a table, wholly or not at all: when it fails, or the
// process is killed, the table is as it was. It fails with an *Error when the
// request or a file is at fault, with a *BadRowsError when more than
// Options.MaxErrors rows are bad, and otherwise with the engine's error.
func Load[T Tx](ctx context.Context, target Target[T], o Options) (*Report, error) {
	start := time.Now()
	if err := o.check(); err != nil {
		return nil, err
	}
	l := &loader{
		options:  o,
		read:     target.ReadFiles,
		describe: target.Describe,
		update: func(ctx context.Context, fn func(tx Tx) error) error {
			return target.Update(ctx, func(tx T) error { return fn(tx) })
		},
		progress: progress{report: o.Progress},
		byName:   map[string]*column{},
		warned:   map[string]bool{},
	}
	if err := l.load(ctx); err != nil {
		return nil, err
	}
	l.progress.finish()
	l.report.Table = o.Table
	l.report.Bad, l.report.Rejected = l.rejects.count, l.rejects.list
	l.report.Duration = time.Since(start)
	return &l.report, nil
}

func (o *Options) check() error {
	if err := checkTableName(o.Table); err != nil {
		return err
	}
	switch {
	case len(o.Files) == 0:
		return errOption("no file is given")
	case o.MaxErrors < 0:
		return errOption("the number of bad rows cannot be negative: %d", o.MaxErrors)
	case len(o.Delimiter) > 1, o.Delimiter != "" && strings.Contains("\"'\r\n\x00", o.Delimiter), o.Delimiter > "\x7f":
		return errOption("the delimiter %q is not one ASCII character that can stand between fields", o.Delimiter)
	}
	if _, ok := encodings[strings.ToLower(o.Encoding)]; !ok && o.Encoding != "" {
		return errOption("the encoding %q is not known; give utf-8, utf-16le, utf-16be, windows-1252 or latin1", o.Encoding)
	}
	if _, ok := formats[strings.ToLower(o.Format)]; !ok && o.Format != "" {
		return errOption("the format %q is not known; give one of %s", o.Format, strings.Join(Formats(), ", "))
	}
	return nil
}

func checkTableName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case strings.TrimSpace(name) == "":
		return errOption("the table has no name")
	case n > maxTableName:
		return errOption("the table's name has %d characters, more than %d", n, maxTableName)
	case !utf8.ValidString(name):
		return errOption("the table's name %q is not UTF-8", name)
	}
	for _, r := range name {
		if !unicode.IsPrint(r) {
			return errOption("the table's name %q has a character that cannot be printed", name)
		}
	}
	return nil
}

// loader is one load.
type loader struct {
	options  Options
	read     func(ctx context.Context, s engine.Statement) (result.Rows, error)
	describe func(ctx context.Context, t engine.Table) ([]engine.Column, error)
	update   func(ctx context.Context, fn func(tx Tx) error) error

	columns  []*column // of all files, in order of appearance
	byName   map[string]*column
	layout   []*column // of the table, in its order
	settled  []engine.Column
	rejects  rejects
	progress progress
	warned   map[string]bool
	report   Report
}

// source is one file.
type source interface {
	// scan finds the columns and looks at the values.
	scan(ctx context.Context) error
	// insert appends the rows to a table of the loader's layout.
	insert(ctx context.Context, tx Tx, t engine.Table) (int64, error)
	close()
}

func (l *loader) load(ctx context.Context) error {
	sources := make([]source, 0, len(l.options.Files))
	defer func() {
		for _, s := range sources {
			s.close()
		}
	}()
	for _, name := range l.options.Files {
		s, err := l.open(name)
		if err != nil {
			return err
		}
		sources = append(sources, s)
	}
	table := engine.Table{Name: l.options.Table}
	if l.options.Append {
		var err error
		if l.settled, err = l.describe(ctx, table); err != nil {
			return err
		}
	}
	l.rejects = rejects{max: l.options.MaxErrors}
	for _, s := range sources {
		if err := s.scan(ctx); err != nil {
			return err
		}
	}
	l.settle()
	if l.options.Approve != nil && !l.options.Append {
		if err := l.options.Approve(l.newColumns()); err != nil {
			return err
		}
	}
	l.rejects = rejects{max: l.options.MaxErrors} // the second reading finds them again
	insert := func(tx Tx, t engine.Table) error {
		for _, s := range sources {
			n, err := s.insert(ctx, tx, t)
			if err != nil {
				return err
			}
			l.report.Rows += n
		}
		return nil
	}
	err := l.update(ctx, func(tx Tx) error {
		if l.options.Append {
			return l.appendTo(ctx, tx, table, insert)
		}
		return l.replace(ctx, tx, table, insert)
	})
	if err != nil {
		return err
	}
	l.report.Columns, err = l.describe(ctx, table)
	return err
}

// appendTo inserts into the table, if it still is what the load was made for.
func (l *loader) appendTo(ctx context.Context, tx Tx, table engine.Table, insert func(Tx, engine.Table) error) error {
	now, err := l.describe(ctx, table)
	if err != nil {
		return err
	}
	if len(now) != len(l.settled) {
		return errOption("table %s was changed while the files were read; load again", table.Name)
	}
	for i := range now {
		if now[i] != l.settled[i] {
			return errOption("table %s was changed while the files were read; load again", table.Name)
		}
	}
	return insert(tx, table)
}

// replace builds a new table beside the old one and lets it take its place.
func (l *loader) replace(ctx context.Context, tx Tx, table engine.Table, insert func(Tx, engine.Table) error) error {
	staging, err := l.unusedTable(ctx, table)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, engine.Statement{SQL: createTable(staging.Name, l.layout)}); err != nil {
		return err
	}
	if err := insert(tx, staging); err != nil {
		return err
	}
	for _, sql := range []string{
		"DROP TABLE IF EXISTS " + quote(table.Name),
		"ALTER TABLE " + quote(staging.Name) + " RENAME TO " + quote(table.Name),
	} {
		if _, err := tx.Exec(ctx, engine.Statement{SQL: sql}); err != nil {
			return err
		}
	}
	return nil
}

// types are what searches see in the columns of new tables.
var types = map[result.Kind]datatype.Type{
	result.KindBool: datatype.Bool, result.KindInt: datatype.Int64, result.KindFloat: datatype.Double,
	result.KindDecimal: datatype.Double, result.KindNumber: datatype.Double, result.KindText: datatype.Varchar,
	result.KindDate: datatype.Date, result.KindDateTime: datatype.DateTime, result.KindTime: datatype.Time,
}

// newColumns are the columns that the table will have.
func (l *loader) newColumns() []engine.Column {
	out := make([]engine.Column, len(l.layout))
	for i, c := range l.layout {
		out[i] = engine.Column{Name: c.name, Native: c.native, Type: types[c.kind]}
	}
	return out
}

// unusedTable is a name that no table has, and that is not the given one.
func (l *loader) unusedTable(ctx context.Context, given engine.Table) (engine.Table, error) {
	for t := (engine.Table{Name: "__searchlight_load"}); ; t.Name += "_" {
		if strings.EqualFold(t.Name, given.Name) {
			continue
		}
		_, err := l.describe(ctx, t)
		var failure *engine.Error
		switch {
		case errors.As(err, &failure) && failure.Kind == engine.KindNoTable:
			return t, nil
		case err != nil:
			return t, err
		}
	}
}

func createTable(name string, columns []*column) string {
	var b strings.Builder
	b.WriteString("CREATE TABLE " + quote(name) + " (")
	for i, c := range columns {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(c.name) + " " + c.native)
	}
	b.WriteByte(')')
	return b.String()
}

// quote writes an identifier.
func quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// warn adds a sentence to the report, once.
func (l *loader) warn(sentence string) {
	if !l.warned[sentence] {
		l.warned[sentence] = true
		l.report.Warnings = append(l.report.Warnings, sentence)
	}
}

// reject takes note of a bad row. It fails when there are too many.
func (l *loader) reject(file string, columns []*column, bad *rowError) error {
	r := Rejected{File: file, Line: bad.line, Reason: bad.reason}
	switch {
	case bad.column == 0:
	case bad.column <= len(columns):
		r.Column = columns[bad.column-1].name
	default:
		r.Column = strconv.Itoa(bad.column)
	}
	return l.rejects.add(r)
}

// rejects collects bad rows.
type rejects struct {
	max   int
	count int64
	list  []Rejected
}

func (r *rejects) add(bad Rejected) error {
	r.count++
	if len(r.list) < maxListed {
		r.list = append(r.list, bad)
	}
	if r.count > int64(r.max) {
		return &BadRowsError{Max: r.max, Rejected: r.list}
	}
	return nil
}

// absolute is the path of a file that means the same everywhere.
func absolute(name string) string {
	if path, err := filepath.Abs(name); err == nil {
		return path
	}
	return name
}

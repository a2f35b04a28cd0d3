package load

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// textSource is a file whose values are texts.
type textSource struct {
	l       *loader
	name    string
	columns []*column
	// header finds the names of the columns; exact says that each record has
	// a field for each, otherwise short ones are filled with nulls.
	header func(ctx context.Context) ([]string, error)
	exact  bool
	// records begins the file again, after its header. done tells the bytes
	// that have been read.
	records func(ctx context.Context) (r records, done func() int64, err error)
	size    int64
}

// checkInterval is how many rows pass between looks at the context.
const checkInterval = 1 << 12

// scan implements source.
func (s *textSource) scan(ctx context.Context) error {
	names, err := s.header(ctx)
	if err != nil {
		return err
	}
	if s.columns, err = s.l.fileColumns(s.name, names); err != nil {
		return err
	}
	return s.each(ctx, false, func(rec *record) error {
		for i := range rec.fields {
			s.columns[i].observe(&rec.fields[i])
		}
		return nil
	})
}

// each calls fn with the good rows of the file, and counts the bad ones. fn may
// find a row to be bad as well.
func (s *textSource) each(ctx context.Context, writing bool, fn func(*record) error) error {
	r, done, err := s.records(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = r.close() }()
	var reported, rows int64
	report := func(bytes int64) {
		if !writing {
			rows = 0
		}
		s.l.progress.advance(s.name, bytes-reported, rows)
		reported, rows = bytes, 0
	}
	for n := 1; ; n++ {
		if n%checkInterval == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			report(min(done(), s.size))
		}
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			report(s.size)
			return nil
		}
		if err == nil {
			if len(rec.fields) != len(s.columns) && (s.exact || len(rec.fields) > len(s.columns)) {
				err = errFieldCount(rec.line, len(rec.fields), len(s.columns))
			} else {
				err = fn(rec)
			}
		}
		var bad *rowError
		switch {
		case err == nil:
			rows++
		case errors.As(err, &bad):
			if err := s.l.reject(s.name, s.columns, bad); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// insert implements source. Rows are read and converted while the engine
// stores those before.
func (s *textSource) insert(ctx context.Context, tx Tx, t engine.Table) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	rows := &textRows{chunks: make(chan *result.Chunk, 2)}
	for _, c := range s.l.layout {
		rows.schema = append(rows.schema, result.Column{Name: c.name, Kind: c.kind, Scale: c.scale})
	}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		defer close(rows.chunks)
		rows.err = s.convert(ctx, rows)
	}()
	n, err := tx.InsertRows(ctx, t, rows)
	cancel()
	<-finished
	if err != nil && rows.err != nil && !errors.Is(rows.err, context.Canceled) {
		err = rows.err
	}
	return n, err
}

func (s *textSource) close() {}

// textRows are converted rows on their way.
type textRows struct {
	schema result.Schema
	chunks chan *result.Chunk
	err    error // to be read when chunks is closed
}

// Schema implements result.Rows.
func (r *textRows) Schema() result.Schema { return r.schema }

// Close implements result.Rows.
func (r *textRows) Close() error { return nil }

// Next implements result.Rows.
func (r *textRows) Next(ctx context.Context) (*result.Chunk, error) {
	select {
	case c, ok := <-r.chunks:
		switch {
		case ok:
			return c, nil
		case r.err != nil:
			return nil, r.err
		}
		return nil, io.EOF
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

const chunkRows = 2048

// convert sends the rows of the file in chunks.
func (s *textSource) convert(ctx context.Context, out *textRows) error {
	positions := s.l.positions(s.columns)
	chunk, n := result.NewChunk(out.schema, chunkRows), 0
	flush := func() error {
		chunk.Rows = n
		select {
		case out.chunks <- chunk:
		case <-ctx.Done():
			return ctx.Err()
		}
		chunk, n = result.NewChunk(out.schema, chunkRows), 0
		return nil
	}
	null := field{null: true}
	err := s.each(ctx, true, func(rec *record) error {
		for i, c := range s.l.layout {
			f := &null
			if p := positions[i]; p >= 0 && p < len(rec.fields) {
				f = &rec.fields[p]
			}
			if !s.put(c, &chunk.Vectors[i], n, f) {
				s.clear(chunk, n)
				return &rowError{line: rec.line, column: positions[i] + 1, reason: reasonNotOfType(f.text, c.native)}
			}
		}
		if n++; n == chunkRows {
			return flush()
		}
		return nil
	})
	if err == nil && n > 0 {
		err = flush()
	}
	return err
}

// clear makes row n of a chunk one that nothing was put into.
func (s *textSource) clear(chunk *result.Chunk, n int) {
	for i := range chunk.Vectors {
		if v := &chunk.Vectors[i]; v.Valid != nil {
			v.Valid[n>>6] |= 1 << (uint(n) & 63)
		}
	}
}

// put stores a text as value n of a vector. It reports false when the column
// cannot hold it.
func (s *textSource) put(c *column, v *result.Vector, n int, f *field) (ok bool) {
	if c.kind == result.KindText {
		if f.null {
			v.SetNull(n, chunkRows)
		} else {
			v.Texts[n] = shared(s.withoutNUL(c, f.text))
		}
		return true
	}
	text := trim(f.text)
	if len(text) == 0 {
		v.SetNull(n, chunkRows)
		return true
	}
	switch c.kind {
	case result.KindBool:
		v.Bools[n], ok = parseBool(text)
	case result.KindInt:
		v.Ints[n], ok = parseInt(text)
		ok = ok && v.Ints[n] >= c.low && v.Ints[n] <= c.high
	case result.KindFloat:
		v.Floats[n], ok = parseFloat(text)
	case result.KindNumber:
		v.Texts[n], ok = shared(text), c.holdsDecimal(text)
	case result.KindDate, result.KindDateTime:
		var d civil
		if d, ok = parseCivil(text); !ok || !d.fits(c.order) {
			return false
		}
		v.Ints[n] = d.days(c.order)
		if c.kind == result.KindDate {
			return !d.clock
		}
		v.Ints[n] = v.Ints[n]*microsPerDay + d.micros
	case result.KindTime:
		v.Ints[n], ok = parseTime(text)
	default:
		panic("load: no text becomes a value of kind " + c.kind.String())
	}
	return ok
}

func (s *textSource) withoutNUL(c *column, text []byte) []byte {
	if bytes.IndexByte(text, 0) < 0 {
		return text
	}
	s.l.warn(s.name + ": NUL characters were dropped from texts of column " + strconv.Quote(c.name))
	return bytes.ReplaceAll(text, []byte{0}, nil)
}

// holdsDecimal reports whether a column of decimals holds a number without
// rounding it.
func (c *column) holdsDecimal(text []byte) bool {
	if shapeOfNumber(text) == noNumber {
		return false
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(shared(text), "-"), ".")
	return (len(whole) <= c.digits || whole == "0") && len(fraction) <= c.scale && !strings.ContainsAny(fraction+whole, "eE")
}

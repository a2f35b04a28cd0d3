package load

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// encodings are the names that Options.Encoding may have. Both UTF-16 forms
// heed a mark at the beginning of the file.
var encodings = map[string]encoding.Encoding{
	"utf-8":        nil,
	"utf-16le":     unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
	"utf-16be":     unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
	"windows-1252": charmap.Windows1252,
	"latin1":       charmap.ISO8859_1,
}

// delimitedFile is a CSV or TSV file.
type delimitedFile struct {
	l         *loader
	name      string
	delimiter byte // 0: as found
	dialect   dialect
	header    bool
}

// delimited is a CSV or TSV file; delimiter is 0 when it is to be found.
func (l *loader) delimited(name string, size int64, delimiter byte) source {
	if l.options.Delimiter != "" {
		delimiter = l.options.Delimiter[0]
	}
	f := &delimitedFile{l: l, name: name, delimiter: delimiter}
	l.progress.state.Total += 2 * size
	return &textSource{l: l, name: name, size: size, exact: true, header: f.names, records: f.records}
}

// names finds out how the file is written and returns the names of its columns.
func (f *delimitedFile) names(context.Context) ([]string, error) {
	file, text, _, err := f.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	s := sample{text: make([]byte, sampleBytes)}
	n, err := io.ReadFull(text, s.text)
	s.text = s.text[:n]
	if s.complete = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); err != nil && !s.complete {
		return nil, errAccess(f.name, err)
	}
	if len(bytes.TrimSpace(s.text)) == 0 && s.complete {
		return nil, errEmpty(f.name)
	}
	f.dialect = sniff(s, f.delimiter)
	// The sample may have no complete row.
	first, err := newScanner(io.MultiReader(bytes.NewReader(s.text), text), f.dialect).next()
	var bad *rowError
	if errors.As(err, &bad) {
		return nil, &BadRowsError{Rejected: []Rejected{{File: f.name, Line: bad.line, Reason: bad.reason}}}
	}
	if err != nil {
		return nil, errAccess(f.name, err)
	}
	names := make([]string, len(first.fields))
	for i, field := range first.fields {
		names[i] = string(field.text)
	}
	rows, _ := s.records(f.dialect)
	if f.header = f.l.isHeader(rows, names); !f.header {
		clear(names)
	}
	return columnNames(names), nil
}

// isHeader decides whether the first row, which has the given names, is a
// header.
func (l *loader) isHeader(rows [][]field, names []string) bool {
	switch l.options.Header {
	case HeaderPresent:
		return true
	case HeaderAbsent:
		return false
	}
	if l.options.Append {
		known := map[string]bool{}
		for _, c := range l.settled {
			known[strings.ToLower(c.Name)] = true
		}
		all := true
		for _, name := range columnNames(names) {
			all = all && known[strings.ToLower(name)]
		}
		if all {
			return true
		}
	}
	return hasHeader(rows)
}

// records begins the file, after its header.
func (f *delimitedFile) records(context.Context) (records, func() int64, error) {
	file, text, done, err := f.open()
	if err != nil {
		return nil, nil, err
	}
	r := &fileScanner{scanner: newScanner(text, f.dialect), file: file, name: f.name}
	if f.header {
		if _, err := r.next(); err != nil {
			_ = file.Close()
			return nil, nil, err
		}
	}
	return r, done, nil
}

// open gives the text of the file as UTF-8, without a byte order mark, and a
// function that tells how many bytes of the file have been read.
func (f *delimitedFile) open() (*os.File, io.Reader, func() int64, error) {
	file, err := os.Open(f.name)
	if err != nil {
		return nil, nil, nil, errAccess(f.name, err)
	}
	head := make([]byte, 4096)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		_ = file.Close()
		return nil, nil, nil, errAccess(f.name, err)
	}
	head = head[:n]
	counter := &countingReader{source: file, bytes: int64(n)}
	coding := encodings[strings.ToLower(f.l.options.Encoding)]
	if f.l.options.Encoding == "" {
		coding = findEncoding(head)
	}
	if coding == nil {
		head = bytes.TrimPrefix(head, []byte("\uFEFF"))
	}
	text := io.MultiReader(bytes.NewReader(head), counter)
	if coding != nil {
		text = coding.NewDecoder().Reader(text)
	}
	return file, text, func() int64 { return counter.bytes }, nil
}

// findEncoding tells UTF-16 from UTF-8, by its mark or by the zeros that are
// every second byte of most texts.
func findEncoding(head []byte) encoding.Encoding {
	if bytes.HasPrefix(head, []byte{0xFF, 0xFE}) || bytes.HasPrefix(head, []byte{0xFE, 0xFF}) {
		return encodings["utf-16le"]
	}
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i%2]++
		}
	}
	half := len(head) / 2
	switch {
	case half < 2:
	case zeros[1] > half/2 && zeros[0] < half/10:
		return encodings["utf-16le"]
	case zeros[0] > half/2 && zeros[1] < half/10:
		return encodings["utf-16be"]
	}
	return nil
}

// fileScanner is a scanner with the file that it reads.
type fileScanner struct {
	*scanner
	file *os.File
	name string
}

// next implements records.
func (s *fileScanner) next() (*record, error) {
	rec, err := s.scanner.next()
	var bad *rowError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &bad) {
		err = errAccess(s.name, err)
	}
	return rec, err
}

// close implements records.
func (s *fileScanner) close() error { return s.file.Close() }

package load

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	bufferSize = 1 << 20
	// maxRecord is the most bytes that a row may have, so that a quote that
	// nothing closes does not take in the whole file.
	maxRecord = 32 << 20
)

// record is one row of texts.
type record struct {
	line   int64 // where it begins, or its number in files without lines
	fields []field
}

// field is a cell of a record. Its bytes are never written again.
type field struct {
	text    []byte
	null    bool
	allowed forms // in which the file lets it be read
}

// records are the rows of a file as texts. next returns io.EOF after the last;
// a rowError says that a row is bad, and next goes on after it.
type records interface {
	next() (*record, error)
	close() error
}

// dialect is how a delimited file is written.
type dialect struct {
	delimiter, quote byte // quote 0: none
	newline          byte // \n, also after \r, or \r alone
}

// scanner splits delimited text into records.
type scanner struct {
	dialect
	source io.Reader
	data   []byte // from the beginning of the next record on
	line   int64  // of the next record
	err    error  // why source gives no more
	rec    record
}

func newScanner(source io.Reader, d dialect) *scanner {
	return &scanner{dialect: d, source: source, line: 1}
}

// fill reads more data and reports whether there is any. It never moves bytes
// in place: fields and texts of former records still point to them.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	buffer := make([]byte, max(2*len(s.data), len(s.data)+bufferSize))
	n := copy(buffer, s.data)
	more, err := io.ReadFull(s.source, buffer[n:])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	s.err = err
	s.data = buffer[:n+more]
	return more > 0
}

// lineEnd finds the end of the line that goes on at from: the index behind its
// text and that of the next line.
func (s *scanner) lineEnd(from int) (end, next int) {
	for at := from; ; {
		if i := bytes.IndexByte(s.data[at:], s.newline); i >= 0 {
			return s.trimReturn(from, at+i), at + i + 1
		}
		at = len(s.data)
		if at-from > maxRecord || !s.fill() {
			return s.trimReturn(from, at), at
		}
	}
}

func (s *scanner) trimReturn(from, end int) int {
	if s.newline == '\n' && end > from && s.data[end-1] == '\r' {
		return end - 1
	}
	return end
}

// next implements records.
func (s *scanner) next() (*record, error) {
	for {
		end, next := s.lineEnd(0)
		if next == 0 {
			return nil, s.err
		}
		if s.err != nil && !errors.Is(s.err, io.EOF) {
			return nil, s.err
		}
		line := s.data[:end]
		if isBlank(line) {
			s.advance(next, 1)
			continue
		}
		s.rec.line, s.rec.fields = s.line, s.rec.fields[:0]
		if end > maxRecord {
			return nil, s.skipLongLine(next)
		}
		lines := 1
		if s.quote == 0 || bytes.IndexByte(line, s.quote) < 0 {
			s.split(line)
		} else {
			var bad *rowError
			if next, lines, bad = s.scanQuoted(next); bad != nil {
				// What seems to be inside the quotes may be rows of its own.
				s.advance(next, 1)
				return nil, bad
			}
		}
		valid := utf8.Valid(s.data[:next])
		s.advance(next, lines)
		if !valid {
			return nil, s.invalidText()
		}
		return &s.rec, nil
	}
}

func (s *scanner) close() error { return nil }

func isBlank(line []byte) bool {
	for _, c := range line {
		if c != ' ' {
			return false
		}
	}
	return true
}

func (s *scanner) advance(n, lines int) {
	s.data = s.data[n:]
	s.line += int64(lines)
}

func (s *scanner) add(text []byte, quoted bool) {
	s.rec.fields = append(s.rec.fields, field{text: text, null: len(text) == 0 && !quoted, allowed: allForms})
}

// split adds the fields of a line without quotes.
func (s *scanner) split(line []byte) {
	for {
		i := bytes.IndexByte(line, s.delimiter)
		if i < 0 {
			s.add(line, false)
			return
		}
		s.add(line[:i], false)
		line = line[i+1:]
	}
}

// skipLongLine drops the rest of a line that is too long to be a row.
func (s *scanner) skipLongLine(next int) error {
	bad := errTooLong(s.line)
	for s.data[next-1] != s.newline {
		s.data = nil
		if !s.fill() {
			break
		}
		next = len(s.data)
		if i := bytes.IndexByte(s.data, s.newline); i >= 0 {
			next = i + 1
		}
	}
	s.advance(min(next, len(s.data)), 1)
	return bad
}

// scanQuoted adds the fields of a record that has a quote in its first line,
// which ends at firstLine. It returns the end of the record and the number of
// its lines, or the end of the first line and what is wrong.
func (s *scanner) scanQuoted(firstLine int) (end, lines int, bad *rowError) {
	lines = 1
	for at := 0; ; {
		if at == len(s.data) && !s.fill() { // a delimiter was the last character
			s.add(nil, false)
			return at, lines, nil
		}
		if s.data[at] != s.quote {
			end, next := s.lineEnd(at)
			if i := bytes.IndexByte(s.data[at:end], s.delimiter); i >= 0 {
				s.add(s.data[at:at+i], false)
				at += i + 1
				continue
			}
			s.add(s.data[at:end], false)
			return next, lines, nil
		}
		text, after, reason := s.quotedField(at)
		if reason != "" {
			return firstLine, 1, &rowError{line: s.line, column: len(s.rec.fields) + 1, reason: reason}
		}
		lines += bytes.Count(s.data[at:after], []byte{s.newline})
		column := len(s.rec.fields) + 1
		s.add(text, true)
		at = after
		if at == len(s.data) && !s.fill() {
			return at, lines, nil
		}
		if s.data[at] == s.delimiter {
			at++
			continue
		}
		if end, next := s.lineEnd(at); end == at {
			return next, lines, nil
		}
		return firstLine, 1, &rowError{line: s.line, column: column, reason: reasonAfterQuote}
	}
}

// quotedField reads the field that the quote at the given index opens. after
// is the index behind the closing quote.
func (s *scanner) quotedField(at int) (text []byte, after int, reason string) {
	doubled := false
	for from := at + 1; ; {
		i := bytes.IndexByte(s.data[from:], s.quote)
		if i < 0 {
			from = len(s.data)
			if from > maxRecord {
				return nil, 0, reasonLongQuote
			}
			if !s.fill() {
				return nil, 0, reasonOpenQuote
			}
			continue
		}
		closing := from + i
		if closing+1 == len(s.data) {
			s.fill()
		}
		if closing+1 < len(s.data) && s.data[closing+1] == s.quote {
			doubled = true
			from = closing + 2
			continue
		}
		text = s.data[at+1 : closing]
		if doubled {
			text = bytes.ReplaceAll(text, []byte{s.quote, s.quote}, []byte{s.quote})
		}
		return text, closing + 1, ""
	}
}

// invalidText says which field of the current record is not UTF-8.
func (s *scanner) invalidText() *rowError {
	for i, f := range s.rec.fields {
		for rest := f.text; len(rest) > 0; {
			r, size := utf8.DecodeRune(rest)
			if r == utf8.RuneError && size == 1 {
				return errNotUTF8(s.rec.line, i+1, rest[0])
			}
			rest = rest[size:]
		}
	}
	return errNotUTF8(s.rec.line, 0, 0)
}

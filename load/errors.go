package load

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Error is a failure whose reason lies with the request or a file. Its message
// is for the person who asked for the load.
type Error struct {
	File    string // empty when it is not about one file
	Message string
	Err     error // the cause; may be nil
}

// Error implements error.
func (e *Error) Error() string {
	if e.File == "" {
		return e.Message
	}
	return e.File + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Rejected is a row that could not be loaded.
type Rejected struct {
	File string
	// Line is the physical line on which the row begins, from 1. In a JSON file
	// it is the number of the record, in an XLSX file that of the row.
	Line int64
	// Column is the name of the column, or its number when it has none; empty
	// when the whole row is at fault.
	Column string
	Reason string
}

// String is the place and the reason.
func (r Rejected) String() string {
	if r.Column == "" {
		return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r.Reason)
	}
	return fmt.Sprintf("%s:%d: column %s: %s", r.File, r.Line, r.Column, r.Reason)
}

// BadRowsError says that a load failed because of bad rows, and that nothing
// was changed.
type BadRowsError struct {
	Max      int        // Options.MaxErrors
	Rejected []Rejected // the first 100 of them
}

// Error implements error.
func (e *BadRowsError) Error() string {
	if e.Max == 0 {
		return e.Rejected[0].String()
	}
	return fmt.Sprintf("more than %d bad rows, of which the first is %s", e.Max, e.Rejected[0])
}

// rowError is a bad row of a file that is being read.
type rowError struct {
	line   int64
	column int // from 1; 0: the whole row
	reason string
}

// Error implements error.
func (e *rowError) Error() string { return e.reason }

const (
	reasonOpenQuote  = "a quoted field is not closed"
	reasonAfterQuote = "text follows the closing quote of a field; a quote inside a quoted field is written twice"
)

var reasonLongQuote = fmt.Sprintf("a quoted field is not closed within %d MB", maxRecord>>20)

func errTooLong(line int64) *rowError {
	return &rowError{line: line, reason: fmt.Sprintf("the line is longer than %d MB", maxRecord>>20)}
}

func errNotUTF8(line int64, column int, b byte) *rowError {
	return &rowError{line: line, column: column, reason: fmt.Sprintf(
		"byte 0x%02X is not UTF-8; for a file of Western Windows or Latin-1 give the encoding windows-1252, or convert it: iconv -f WINDOWS-1252 -t UTF-8", b)}
}

func errFieldCount(line int64, got, want int) *rowError {
	return &rowError{line: line, reason: fmt.Sprintf("%s where %d are expected", plural(got, "field"), want)}
}

func reasonNotOfType(text []byte, native string) string {
	return fmt.Sprintf("%.60q is no %s", text, native)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func errOption(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...)}
}

func errFile(file, format string, args ...any) error {
	return &Error{File: file, Message: fmt.Sprintf(format, args...)}
}

// errAccess explains an error of the operating system.
func errAccess(file string, err error) error {
	var reason string
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = "the file does not exist"
	case errors.Is(err, fs.ErrPermission):
		reason = "the file may not be read"
	default:
		reason = err.Error()
		var path *fs.PathError
		if errors.As(err, &path) {
			reason = "cannot read the file: " + path.Err.Error()
		}
	}
	return &Error{File: file, Message: reason, Err: err}
}

func errFormat(file, extension string) error {
	what := "a name that ends in " + extension
	if extension == "" {
		what = "a name without an extension"
	}
	return errFile(file, "%s does not tell the format; give one of %s", what, strings.Join(Formats(), ", "))
}

func errEmpty(file string) error { return errFile(file, "the file is empty") }

// errReader passes on what the engine says of a file.
func errReader(file string, err error) error {
	message, _, _ := strings.Cut(err.Error(), "\n")
	return &Error{File: file, Message: message, Err: err}
}

func errExtraColumn(file, column, table string) error {
	return errFile(file, "table %s has no column %q; rows can only be appended to columns that exist", table, column)
}

func errColumnType(file, column, native, table, tableNative string) error {
	return errFile(file, "column %q is %s in the file and %s in table %s", column, native, tableNative, table)
}

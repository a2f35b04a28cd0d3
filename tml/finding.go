package tml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/source"
)

// Codes of findings on the wire (tml.md 3.7), those that this package uses.
const (
	codeRemark      = 14900
	codeSyntax      = 14901
	codeObjectKey   = 14902
	codeCompulsory  = 14903
	codeDuplicate   = 14904
	codeUnknownName = 14906
	codeDatabase    = 14908
	codeJoin        = 14909
	codeGUID        = 14911
	codeConflict    = 14915
	codeLimit       = 14916
	codeValue       = 14528
)

// maxFindings is how many errors and how many warnings of a document are kept;
// one more warning says that there are others.
const maxFindings = 100

// Finding is one remark about a document, written for its author.
type Finding struct {
	Code     int // error_code on the wire
	Severity source.Severity
	Path     Path // empty when the remark is about the whole text
	Line     int  // from 1; 0 when the place is not known
	Column   int  // from 1, in characters
	Message  string
}

// Sentence is the message with its place, the form that users read.
func (f Finding) Sentence() string {
	if f.Line == 0 {
		return f.Message
	}
	return fmt.Sprintf("%s (line %d, column %d)", f.Message, f.Line, f.Column)
}

// String prints the finding on one line, the form that goldens use.
func (f Finding) String() string {
	return fmt.Sprintf("%s %d %s: %s", f.Severity, f.Code, f.Path, f.Sentence())
}

// Findings are the remarks about one document, in the order of their places.
type Findings []Finding

// HasErrors reports whether any of the findings is an error.
func (fs Findings) HasErrors() bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == source.SeverityError })
}

// Errors returns the errors among the findings.
func (fs Findings) Errors() Findings { return fs.withSeverity(source.SeverityError) }

// Warnings returns the warnings among the findings.
func (fs Findings) Warnings() Findings { return fs.withSeverity(source.SeverityWarning) }

func (fs Findings) withSeverity(s source.Severity) Findings {
	var out Findings
	for _, f := range fs {
		if f.Severity == s {
			out = append(out, f)
		}
	}
	return out
}

// Message joins the sentences of the findings as error_message wants them.
func (fs Findings) Message() string {
	sentences := make([]string, len(fs))
	for i, f := range fs {
		sentences[i] = f.Sentence()
	}
	return strings.Join(sentences, "<br/>")
}

// Code is the code of the first finding, 0 when there is none.
func (fs Findings) Code() int {
	if len(fs) == 0 {
		return 0
	}
	return fs[0].Code
}

// sorted brings the findings into the order of their places.
func (fs Findings) sorted() Findings {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return fs
}

package tml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/source"
)

const syntaxSentence = "Invalid YAML/JSON syntax in file."

// report adds a finding about the node at a path.
func (r *reader) report(severity source.Severity, code int, path Path, n *node, message string) {
	if n == nil {
		n = r.doc.source.root
	}
	r.add(Finding{Code: code, Severity: severity, Path: path, Message: message}, n.at)
}

// add keeps a finding about a place unless there are too many already.
func (r *reader) add(f Finding, offset int) {
	if r.reported[f.Severity]++; r.reported[f.Severity] > maxFindings {
		return
	}
	f.Line, f.Column = r.doc.place(offset)
	r.findings = append(r.findings, f)
}

// all returns the findings in order, and says so when some were dropped.
func (r *reader) all() Findings {
	found := r.findings.sorted()
	dropped := 0
	for _, n := range r.reported {
		dropped += max(0, n-maxFindings)
	}
	if dropped > 0 {
		found = append(found, Finding{Code: codeRemark, Severity: source.SeverityWarning,
			Message: fmt.Sprintf("%d more remarks are not shown.", dropped)})
	}
	return found
}

func (r *reader) fail(code int, path Path, n *node, format string, args ...any) {
	r.report(source.SeverityError, code, path, n, fmt.Sprintf(format, args...))
}

func (r *reader) warn(path Path, n *node, format string, args ...any) {
	r.report(source.SeverityWarning, codeRemark, path, n, fmt.Sprintf(format, args...))
}

func (r *reader) failFault(f *fault) {
	message := f.message
	if f.code == codeSyntax {
		message = syntaxSentence + " " + message
	}
	r.add(Finding{Code: f.code, Severity: source.SeverityError, Message: message}, f.at)
}

func (r *reader) failShape(path Path, n *node, wanted string) {
	r.fail(codeSyntax, path, n, "%s Field <b> %s </b> must be %s.", syntaxSentence, path, wanted)
}

func (r *reader) failMissing(path Path, n *node) {
	r.fail(codeCompulsory, path, n, "Compulsory Field <b> %s </b> is not populated", path)
}

func (r *reader) failEnum(path Path, n *node, allowed []string) {
	sorted := slices.Sorted(slices.Values(allowed))
	r.fail(codeValue, path, n, "Invalid value <b> %s </b> of field <b> %s </b>. Allowed values are <b> %s </b>.",
		n.text, path, strings.Join(sorted, ", "))
}

func (r *reader) failRange(path Path, n *node, low, high string) {
	r.fail(codeValue, path, n, "Invalid value <b> %s </b> of field <b> %s </b>. Allowed values are <b> %s to %s </b>.",
		n.text, path, low, high)
}

func (r *reader) warnUnknown(path Path, n *node) {
	r.warn(path, n, "Unknown field <b> %s </b> was ignored.", path)
}

func (r *reader) failMisplaced(path, right Path, n *node) {
	r.fail(codeCompulsory, path, n, "Field <b> %s </b> stands in the wrong place. It belongs to <b> %s </b>.", path, right)
}

func (r *reader) failDuplicateColumn(path Path, n *node, name string) {
	r.fail(codeDuplicate, path, n, "Multiple columns with the same name found: <b> %s </b>", name)
}

func (r *reader) failDuplicate(path Path, n *node, what, name string) {
	r.fail(codeDuplicate, path, n, "Multiple %s have the same name <b> %s </b>", what, name)
}

func (r *reader) failOneOf(path Path, n *node, keys []string) {
	r.fail(codeConflict, path, n, "Only one of <b> %s </b> is allowed in <b> %s </b>.", strings.Join(keys, ", "), path)
}

func (r *reader) failDataType(path Path, n *node) {
	r.fail(codeDatabase, path, n, "DataType <b> %s </b> does not match CDW DataType", n.text)
}

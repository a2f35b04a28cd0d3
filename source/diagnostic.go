package source

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Severity tells an error, which stops the work, from a warning, which
// travels beside the result.
type Severity uint8

// The severities.
const (
	SeverityError Severity = iota
	SeverityWarning
)

// String is "error" or "warning".
func (s Severity) String() string {
	if s == SeverityWarning {
		return "warning"
	}
	return "error"
}

// Code names a kind of diagnostic; it is stable and lower case with dashes,
// such as "unknown-column".
type Code string

// Diagnostic is one remark about a text, written for its author.
type Diagnostic struct {
	Severity Severity
	Code     Code
	Number   int  // the number of the message on the wire of API v1, 0 if it has none of its own
	Span     Span // the offending part
	Message  string
	Hint     string // how to mend it, without a final full stop; may be empty
	Replace  string // the text that would mend it when put in place of Span; may be empty
}

// String prints code, span, message and hint on one line, the form that
// goldens use.
func (d Diagnostic) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s at %s: %s", d.Severity, d.Code, d.Span, d.Message)
	if d.Hint != "" {
		fmt.Fprintf(&b, " (%s)", d.Hint)
	}
	return b.String()
}

// Sentence is the message followed by the hint, the form that users read.
func (d Diagnostic) Sentence() string {
	if d.Hint == "" {
		return d.Message
	}
	return strings.TrimSuffix(d.Message, ".") + "; " + d.Hint
}

// Diagnostics is a list of remarks about one text.
type Diagnostics []Diagnostic

// MaxDiagnostics is how many diagnostics a stage reports before it gives up.
const MaxDiagnostics = 20

// HasErrors reports whether any of the diagnostics is an error.
func (ds Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Severity == SeverityError })
}

// Sorted returns the diagnostics in the order of their places in the text,
// errors before warnings at the same place, at most MaxDiagnostics of them.
func (ds Diagnostics) Sorted() Diagnostics {
	out := slices.Clone(ds)
	slices.SortStableFunc(out, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Severity, b.Severity))
	})
	return out[:min(len(out), MaxDiagnostics)]
}

// Errors returns the errors among the diagnostics.
func (ds Diagnostics) Errors() Diagnostics { return ds.withSeverity(SeverityError) }

// Warnings returns the warnings among the diagnostics.
func (ds Diagnostics) Warnings() Diagnostics { return ds.withSeverity(SeverityWarning) }

func (ds Diagnostics) withSeverity(s Severity) Diagnostics {
	var out Diagnostics
	for _, d := range ds {
		if d.Severity == s {
			out = append(out, d)
		}
	}
	return out
}

// String prints one diagnostic a line.
func (ds Diagnostics) String() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Render shows a diagnostic with its position, the line of the text and a
// caret line beneath the offending part.
func (t *Text) Render(d Diagnostic) string {
	start := t.Position(d.Span.Start)
	line := t.Line(start.Line)
	width := max(1, min(t.Length(d.Span), utf8.RuneCountInString(line)-start.Column+1))
	name := t.name
	if name != "" {
		name += ":"
	}
	return fmt.Sprintf("%s%s: %s: %s\n | %s\n | %s%s", name, start, d.Severity, d.Sentence(),
		line, strings.Repeat(" ", start.Column-1), strings.Repeat("^", width))
}

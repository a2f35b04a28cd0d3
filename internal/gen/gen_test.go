package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The pages of this tree are compared by -check, which make check runs; here
// is what cannot be seen by comparing.
func TestDiagnosticsOf(t *testing.T) {
	file := filepath.Join(t.TempDir(), "errors.go")
	err := os.WriteFile(file, []byte(`package p
const CodeFew source.Code = "too-few"
func problem(code source.Code, at Span, format string, args ...any) Diagnostic { return Diagnostic{} }
func of(code source.Code, at Span) Diagnostic { return problem(code, at, "None of %q") }
func errNone(at Span) Diagnostic { return hinted(of("none", at), "write one") }
func errFew(at Span) Diagnostic { return problem(CodeFew, at, "Only %d of " + "them", 1) }
func errMany(at Span) Diagnostic { return problem("too-many", at, "Too many") }
func errFewer(at Span) Diagnostic {
	return Diagnostic{Code: CodeFew, Message: fmt.Sprintf("Fewer than %s", x), Hint: "add some"}
}
`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	got, err := diagnosticsOf(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []diagnostic{{"none", "None of …"}, {"too-few", "Only … of them"}, {"too-few", "Fewer than …"}, {"too-many", "Too many"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A new stage, kind of keyword or group must not drop out of the pages.
func TestPagesRender(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if text, err := p.render(root); err != nil || len(text) < 1000 {
			t.Errorf("%s: %d bytes, %v", p.file, len(text), err)
		}
	}
}

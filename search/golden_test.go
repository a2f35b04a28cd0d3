package search_test

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/source"
)

// The goldens in testdata know these commands; the input of each is one search:
//
//	parse         prints the tree with spans, then the diagnostics with what
//	              each would put in place of its span
//	print         prints the canonical form of a search without errors
//	render        shows the diagnostics as their readers see them
//
// parse takes max-bytes, max-tokens and max-depth, and unquote, which reads the
// input as a Go string.
func TestGoldens(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			q, diagnostics := search.ParseWith(inputOf(t, d), optionsOf(t, d))
			switch d.Cmd {
			case "parse":
				return search.Dump(q) + list(diagnostics)
			case "print":
				if len(diagnostics) > 0 {
					d.Fatalf(t, "not free of errors:\n%s", diagnostics)
				}
				return q.String() + "\n"
			case "render":
				var b strings.Builder
				for _, diagnostic := range diagnostics {
					fmt.Fprintln(&b, q.Text.Render(diagnostic))
				}
				return b.String()
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

func list(diagnostics source.Diagnostics) string {
	var b strings.Builder
	for _, d := range diagnostics {
		b.WriteString(d.String())
		if d.Replace != "" {
			fmt.Fprintf(&b, " => %s", d.Replace)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func inputOf(t testing.TB, d *datadriven.TestData) string {
	if !d.HasArg("unquote") {
		return d.Input
	}
	var text string
	if _, err := fmt.Sscanf(d.Input, "%q", &text); err != nil {
		t.Fatalf("%s: %v", d.Pos, err)
	}
	return text
}

func optionsOf(t testing.TB, d *datadriven.TestData) search.Options {
	var o search.Options
	for name, to := range map[string]*int{"max-bytes": &o.MaxBytes, "max-tokens": &o.MaxTokens, "max-depth": &o.MaxDepth} {
		if arg, ok := d.Arg(name); ok {
			if _, err := fmt.Sscan(arg.Vals[0], to); err != nil {
				t.Fatalf("%s: %v", d.Pos, err)
			}
		}
	}
	return o
}

type goldenInput struct {
	file, text string
	options    search.Options
}

// goldenInputs are the searches of all goldens.
func goldenInputs(t testing.TB) []goldenInput {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	var inputs []goldenInput
	for _, file := range files {
		datadriven.RunTestAny(t, file, func(t testing.TB, d *datadriven.TestData) string {
			inputs = append(inputs, goldenInput{file, inputOf(t, d), optionsOf(t, d)})
			return d.Expected
		})
	}
	return inputs
}

// sameTree compares trees but for the spans and the text they were read from.
var sameTree = cmp.Options{
	cmp.Comparer(func(a, b source.Span) bool { return true }),
	cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".Text" && p.Last().Type() == reflect.TypeFor[*source.Text]()
	}, cmp.Ignore()),
}

func TestPrintedSearchesParseToTheSameTree(t *testing.T) {
	tried := 0
	for _, in := range goldenInputs(t) {
		q, diagnostics := search.ParseWith(in.text, in.options)
		if diagnostics.HasErrors() {
			continue
		}
		tried++
		checkPrint(t, q)
	}
	if tried < 100 {
		t.Errorf("only %d goldens are free of errors", tried)
	}
}

func checkPrint(t *testing.T, q *search.Query) {
	t.Helper()
	printed := q.String()
	again, diagnostics := search.Parse(printed)
	if len(diagnostics) > 0 {
		t.Fatalf("%q\nis printed as %q\nwhich has errors:\n%s", q.Text, printed, diagnostics)
	}
	if diff := cmp.Diff(q.Phrases, again.Phrases, sameTree); diff != "" {
		t.Fatalf("%q\nis printed as %q\nwhich is another tree:\n%s", q.Text, printed, diff)
	}
	if twice := again.String(); twice != printed {
		t.Fatalf("%q\nis printed as %q\nand that as %q", q.Text, printed, twice)
	}
}

// TestReferenceSearches guards against goldens that were rewritten with errors
// in them: the searches of the reference are legal.
func TestReferenceSearches(t *testing.T) {
	tried := 0
	for _, in := range goldenInputs(t) {
		if !strings.Contains(in.file, "reference_") {
			continue
		}
		tried++
		if _, diagnostics := search.Parse(in.text); len(diagnostics) > 0 {
			t.Errorf("%s: %s\n%s", in.file, in.text, diagnostics)
		}
	}
	if tried < 96 {
		t.Errorf("only %d searches of the reference", tried)
	}
}

// TestSpansMoveWithTheText puts blanks in front of every golden: every span
// that is set must move by their length.
func TestSpansMoveWithTheText(t *testing.T) {
	const padding = " \n  \t "
	for _, in := range goldenInputs(t) {
		q, diagnostics := search.ParseWith(in.text, in.options)
		moved, movedDiagnostics := search.ParseWith(padding+in.text, in.options)
		if in.options.MaxBytes > 0 {
			continue
		}
		want, got := spansOf(reflect.ValueOf(q.Phrases)), spansOf(reflect.ValueOf(moved.Phrases))
		for i := range want {
			if want[i] != (source.Span{}) {
				want[i] = want[i].Shift(len(padding))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: spans of the tree:\n%s", in.text, diff)
		}
		if len(diagnostics) != len(movedDiagnostics) {
			t.Errorf("%q: %d diagnostics, with blanks in front %d", in.text, len(diagnostics), len(movedDiagnostics))
			continue
		}
		for i, d := range diagnostics {
			if m := movedDiagnostics[i]; d.Code != m.Code || m.Span != d.Span.Shift(len(padding)) {
				t.Errorf("%q: %s\nmoved to %s", in.text, d, m)
			}
		}
	}
}

var spanType = reflect.TypeFor[source.Span]()

// spansOf collects all spans below v.
func spansOf(v reflect.Value) []source.Span {
	if !v.IsValid() || v.Type() == reflect.TypeFor[*source.Text]() {
		return nil
	}
	if v.Type() == spanType {
		return []source.Span{v.Interface().(source.Span)}
	}
	var spans []source.Span
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			spans = spansOf(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			spans = append(spans, spansOf(v.Index(i))...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			spans = append(spans, spansOf(v.Field(i))...)
		}
	}
	return spans
}

// Every column, value and word of a legal search lies inside the phrase it
// belongs to, and spans name what they say.
func checkSpans(t *testing.T, q *search.Query, diagnostics source.Diagnostics) {
	t.Helper()
	size := len(q.Text.String())
	for _, s := range spansOf(reflect.ValueOf(q.Phrases)) {
		if s.Start < 0 || s.Start > s.End || s.End > size {
			t.Fatalf("%q: span %s outside the text", q.Text, s)
		}
	}
	for _, phrase := range q.Phrases {
		for _, s := range spansOf(reflect.ValueOf(phrase)) {
			if s != (source.Span{}) && (s.Start < phrase.Span().Start || s.End > phrase.Span().End) {
				t.Fatalf("%q: span %s outside its phrase %s", q.Text, s, phrase.Span())
			}
		}
	}
	for _, d := range diagnostics {
		if d.Span.Start < 0 || d.Span.Start > d.Span.End || d.Span.End > size {
			t.Fatalf("%q: %s: outside the text", q.Text, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, in := range goldenInputs(f) {
		f.Add(in.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, diagnostics := search.Parse(text)
		if q == nil || q.Text.String() != text {
			t.Fatal("the query has lost its text")
		}
		checkSpans(t, q, diagnostics)
		search.Dump(q)
		_ = q.String()
		for _, d := range diagnostics {
			q.Text.Render(d)
		}
		if !diagnostics.HasErrors() {
			checkPrint(t, q)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	const text = "[sales] [region] [date].monthly top 10"
	b.ReportAllocs()
	for b.Loop() {
		if _, diagnostics := search.Parse(text); len(diagnostics) > 0 {
			b.Fatal(diagnostics)
		}
	}
}

package source_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/source"
)

func TestPositions(t *testing.T) {
	text := source.NewText("", "aé\r\n日本🦆x\n\n")
	for offset, want := range map[int]string{-5: "1:1", 0: "1:1", 1: "1:2", 3: "1:3", 4: "1:4", 5: "2:1", 8: "2:2", 11: "2:3", 15: "2:4",
		16: "2:5", 17: "3:1", 18: "4:1", 99: "4:1"} {
		if got := text.Position(offset).String(); got != want {
			t.Errorf("offset %d is %s, want %s", offset, got, want)
		}
	}
	for n, want := range map[int]string{0: "", 1: "aé", 2: "日本🦆x", 3: "", 4: "", 5: ""} {
		if got := text.Line(n); got != want {
			t.Errorf("line %d is %q, want %q", n, got, want)
		}
	}
	span := source.Span{Start: 5, End: 15}
	if text.Slice(span) != "日本🦆" || text.Length(span) != 3 || span.Len() != 10 {
		t.Errorf("the span covers %q", text.Slice(span))
	}
	if got := text.Slice(source.Span{Start: -3, End: 200}); got != text.String() {
		t.Errorf("spans outside are cut, got %q", got)
	}
	if got := text.Slice(source.Span{Start: 9, End: 2}); got != "" {
		t.Errorf("a span of nothing covers %q", got)
	}
	if got := (source.Span{Start: 4, End: 6}).Join(source.Span{Start: 1, End: 5}).Shift(10).String(); got != "11-16" {
		t.Errorf("joined and shifted: %s", got)
	}
}

func TestRender(t *testing.T) {
	text := source.NewText("f.tml", "x: 1\né [日本] = 3\n")
	for _, test := range []struct {
		d    source.Diagnostic
		want string
	}{
		{source.Diagnostic{Span: source.Span{Start: 8, End: 16}, Message: "No column.", Hint: "did you mean [x]?"},
			"f.tml:2:3: error: No column; did you mean [x]?\n | é [日本] = 3\n |   ^^^^"},
		{source.Diagnostic{Severity: source.SeverityWarning, Span: source.Span{Start: 20, End: 20}, Message: "Ends"},
			"f.tml:2:11: warning: Ends\n | é [日本] = 3\n |           ^"},
		{source.Diagnostic{Span: source.Span{Start: 0, End: 20}, Message: "Both lines"},
			"f.tml:1:1: error: Both lines\n | x: 1\n | ^^^^"},
	} {
		if got := text.Render(test.d); got != test.want {
			t.Errorf("got\n%s\nwant\n%s", got, test.want)
		}
	}
}

func TestDiagnostics(t *testing.T) {
	at := func(start int, s source.Severity, code source.Code) source.Diagnostic {
		return source.Diagnostic{Severity: s, Code: code, Span: source.Span{Start: start, End: start + 1}, Message: "M"}
	}
	ds := source.Diagnostics{at(5, source.SeverityError, "c"), at(2, source.SeverityWarning, "b"), at(2, source.SeverityError, "a")}
	if got, want := ds.Sorted().String(), "error a at 2-3: M\nwarning b at 2-3: M\nerror c at 5-6: M"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if ds[0].Code != "c" {
		t.Error("sorting changed the list")
	}
	if !ds.HasErrors() || ds.Warnings().HasErrors() || len(ds.Errors()) != 2 || len(ds.Warnings()) != 1 {
		t.Error("severities are mixed up")
	}
	if got := slices.Repeat(ds, 20).Sorted(); len(got) != source.MaxDiagnostics {
		t.Errorf("%d diagnostics", len(got))
	}
	hinted := at(0, source.SeverityError, "x")
	hinted.Hint = "try y"
	if got := hinted.String(); got != "error x at 0-1: M (try y)" {
		t.Errorf("got %s", got)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"Region", "Revenue", "Return Date", "Date", "Amount", "Total Amount", "Straße"}
	for _, test := range []struct {
		name string
		n    int
		want string
	}{
		{"regoin", 3, "Region"},
		{"AMONUT", 3, "Amount"},
		{"amount", 3, "Amount,Total Amount"},
		{"amount", 1, "Amount"},
		{"dat", 3, "Date,Return Date"},
		{"strasse", 3, "Straße"},
		{"xyz", 3, ""},
		{"", 3, ""},
		{"re", 3, ""},
	} {
		if got := strings.Join(source.Nearest(test.name, names, test.n), ","); got != test.want {
			t.Errorf("%q is near %q, want %q", test.name, got, test.want)
		}
	}
}

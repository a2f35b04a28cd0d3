package search_test

import (
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/source"
)

func TestDefaultLimits(t *testing.T) {
	tests := map[string]struct {
		text string
		code source.Code // empty when the search is legal
	}{
		"10,000 characters":    {"[" + strings.Repeat("x", 9_998) + "]", ""},
		"the longest text":     {"[" + strings.Repeat("x", search.DefaultMaxBytes-2) + "]", ""},
		"one byte more":        {"[" + strings.Repeat("x", search.DefaultMaxBytes-1) + "]", search.CodeTooLong},
		"the most tokens":      {strings.Repeat("[x] ", search.DefaultMaxTokens), ""},
		"5,000 tokens":         {strings.Repeat("[x] ", 5000), search.CodeTooManyTokens},
		"the deepest nesting":  {strings.Repeat("[x] in ([x] ", 16) + strings.Repeat(")", 16), ""},
		"one search more":      {strings.Repeat("[x] in ([x] ", 17) + strings.Repeat(")", 17), search.CodeTooDeep},
		"a thousand too many":  {strings.Repeat("[x] in ([x] ", 600) + strings.Repeat(")", 600), search.CodeTooDeep},
		"a long list":          {"[x] = 'a'" + strings.Repeat(", 'b'", 2000), ""},
		"faults all the way":   {strings.Repeat("]", 4000), search.CodeUnclosedBracket},
		"words all the way":    {strings.Repeat("srot by ", 2000), search.CodeUnknownWord},
		"open parentheses":     {strings.Repeat("(", 4000), search.CodeUnexpected},
		"placeholders go wild": {strings.Repeat("{ ", 4000) + "}", search.CodeUnknownWord},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			q, diagnostics := search.Parse(tt.text)
			if spent := time.Since(start); spent > 5*time.Second {
				t.Errorf("took %s", spent)
			}
			if q.Text.String() != tt.text {
				t.Error("the query has lost its text")
			}
			switch {
			case tt.code == "" && len(diagnostics) > 0:
				t.Errorf("is legal, but:\n%s", diagnostics)
			case tt.code != "" && (len(diagnostics) == 0 || diagnostics[0].Code != tt.code):
				t.Errorf("want %s, got:\n%s", tt.code, diagnostics)
			}
			if strings.HasPrefix(string(tt.code), "search-too-") && len(diagnostics) != 1 {
				t.Errorf("want one diagnostic, got:\n%s", diagnostics)
			}
		})
	}
}

func TestEveryDiagnosticHasItsNumber(t *testing.T) {
	for _, in := range goldenInputs(t) {
		_, diagnostics := search.ParseWith(in.text, in.options)
		for _, d := range diagnostics {
			if d.Number != 14516 || d.Severity != source.SeverityError || d.Message == "" {
				t.Errorf("%q: %s has number %d", in.text, d, d.Number)
			}
		}
	}
}

// TestReplacementsMend puts the replacement of a lone diagnostic in its place
// and expects that fault to be gone.
func TestReplacementsMend(t *testing.T) {
	tried := 0
	for _, in := range goldenInputs(t) {
		_, diagnostics := search.ParseWith(in.text, in.options)
		if len(diagnostics) != 1 || diagnostics[0].Replace == "" {
			continue
		}
		tried++
		d := diagnostics[0]
		mended := in.text[:d.Span.Start] + d.Replace + in.text[d.Span.End:]
		if _, left := search.ParseWith(mended, in.options); len(left) > 0 {
			t.Errorf("%q\nmended to %q\nstill has:\n%s", in.text, mended, left)
		}
	}
	if tried < 5 {
		t.Errorf("only %d goldens have a lone diagnostic with a replacement", tried)
	}
}

func TestKeywords(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range search.Keywords() {
		if seen[k.Phrase] || k.Kind == "" || k.Doc == "" {
			t.Errorf("%q comes twice or lacks its kind or doc", k.Phrase)
		}
		seen[k.Phrase] = true
		for _, spelling := range []string{k.Phrase, strings.ToUpper(k.Phrase), strings.ReplaceAll(k.Phrase, " ", " \n ")} {
			_, diagnostics := search.Parse(spelling)
			for _, d := range diagnostics {
				if d.Code == search.CodeUnknownWord {
					t.Errorf("%q is not known: %s", spelling, d)
				}
			}
		}
		if _, example, ok := strings.Cut(k.Doc, ": "); ok {
			if _, diagnostics := search.Parse(example); len(diagnostics) > 0 {
				t.Errorf("example of %s: %s\n%s", k.Phrase, example, diagnostics)
			}
		}
	}
	for _, phrase := range []string{"top", "for each", "unique count", "begins with", "farther than", "year-over-year", "calendar"} {
		if !seen[phrase] {
			t.Errorf("%s is missing", phrase)
		}
	}
}

func TestKeywordsAreACopy(t *testing.T) {
	search.Keywords()[0].Phrase = "changed"
	if got := search.Keywords()[0].Phrase; got != "top" {
		t.Errorf("the table changed to %q", got)
	}
}

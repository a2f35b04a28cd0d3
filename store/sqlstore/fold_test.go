package sqlstore

import (
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

func TestFold(t *testing.T) {
	for name, want := range map[string]string{
		"":             "",
		"TsAdmin":      "tsadmin",
		"ＳＵ":           "su", // full width
		"Straße":       "strasse",
		"ΣΊΣΥΦΟΣ":      "σίσυφοσ",
		"e\u0301":      "é",
		"ﬁne print":    "fine print",
		"İstanbul":     "i̇stanbul",
		"100 % _ wool": "100 % _ wool",
	} {
		if got := fold(name); got != want {
			t.Errorf("fold(%q) = %q, want %q", name, got, want)
		}
		if again := fold(fold(name)); again != want {
			t.Errorf("fold of fold(%q) = %q, want %q", name, again, want)
		}
	}
}

// The short way of fold must not differ from the long one.
func TestFoldOfASCII(t *testing.T) {
	for c := range rune(0x80) {
		name := "x" + string(c) + "Y"
		if got, want := fold(name), norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name))); got != want {
			t.Errorf("fold(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestLikePattern(t *testing.T) {
	for pattern, want := range map[string]string{
		"Sales":   "%sales%",
		"sales%":  "sales%",
		"%sales":  "%sales",
		"a%%b":    "a%b",
		"%":       "%",
		"%%%":     "%",
		"a_b":     `%a\_b%`,
		`a\%`:     `a\\%`,
		"%_%":     `%\_%`,
		"half ％%": `half \%%`, // the first is a wildcard only after folding
	} {
		if got := likePattern(pattern); got != want {
			t.Errorf("likePattern(%q) = %q, want %q", pattern, got, want)
		}
	}
}

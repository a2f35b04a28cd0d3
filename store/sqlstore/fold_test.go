package sqlstore

import "testing"

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

func TestTotals(t *testing.T) {
	var remembered totals
	a, b := totalKey{1}, totalKey{2}
	remembered.put(5, a, 10)
	remembered.put(5, b, 20)
	remembered.put(4, a, 99) // of an older state
	for _, c := range []struct {
		version int64
		key     totalKey
		want    int
		found   bool
	}{{5, a, 10, true}, {5, b, 20, true}, {4, a, 0, false}, {6, a, 0, false}, {5, totalKey{3}, 0, false}} {
		if got, found := remembered.get(c.version, c.key); got != c.want || found != c.found {
			t.Errorf("version %d, list %d: got %d, %t, want %d, %t", c.version, c.key[0], got, found, c.want, c.found)
		}
	}
	remembered.put(6, b, 30)
	if _, found := remembered.get(6, a); found {
		t.Error("a length of version 5 is remembered in version 6")
	}
}

package source_test

import (
	"testing"

	"github.com/searchlight-bi/searchlight/source"
)

func TestOrdinal(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 111: "111th", 102: "102nd"} {
		if got := source.Ordinal(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

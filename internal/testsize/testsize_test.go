package testsize_test

import (
	"testing"

	"github.com/searchlight-bi/searchlight/internal/testsize"
)

func TestTimes(t *testing.T) {
	for text, want := range map[string]int{"": 3, "1": 3, "4": 12} {
		t.Setenv(testsize.Variable, text)
		if got := testsize.Times(3); got != want {
			t.Errorf("%q: %d; want %d", text, got, want)
		}
	}
	for _, text := range []string{"0", "-1", "x", "1.5"} {
		t.Setenv(testsize.Variable, text)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is taken", text)
				}
			}()
			testsize.Times(3)
		}()
	}
}

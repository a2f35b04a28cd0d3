package memo_test

import (
	"strconv"
	"testing"

	"github.com/searchlight-bi/searchlight/internal/memo"
)

func TestMemo(t *testing.T) {
	m := memo.Memo[string, int]{}
	want := func(version int64, key string, value int, ok bool) {
		t.Helper()
		if v, found := m.Get(version, key); v != value || found != ok {
			t.Errorf("%s at %d is %d, %t", key, version, v, found)
		}
	}
	want(0, "a", 0, false)
	m.Put(3, "a", 1)
	m.Put(3, "b", 2)
	want(3, "a", 1, true)
	want(3, "b", 2, true)
	want(2, "a", 0, false)
	want(4, "a", 0, false)

	m.Put(2, "a", 9) // of a state that is past
	want(2, "a", 0, false)
	want(3, "a", 1, true)

	for i := range memo.Max - 2 {
		m.Put(3, strconv.Itoa(i), i)
	}
	want(3, "a", 1, true)
	m.Put(3, "c", 3) // one too many
	want(3, "a", 0, false)
	want(3, "c", 3, true)

	m.Put(4, "a", 4)
	want(4, "a", 4, true)
	want(3, "c", 0, false)
}

package bind

import (
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/search"
)

// toDate is a phrase such as "month to date" on a column.
type toDate struct {
	col    *model.Column
	bucket datatype.Bucket
	phrase search.Operand
}

// checkToDates refuses to-date phrases that buckets or month names of the
// search, wherever they stand in it, give another meaning (search-language.md
// 3.4).
func (b *binder) checkToDates() {
	for _, d := range b.toDates {
		beside := ""
		switch {
		case b.hasCoarseBucket(d.col, d.bucket):
			beside = "a bucket of [%s] that is as coarse"
		case slices.Contains(b.monthNames, d.col):
			beside = "a month of [%s]"
		default:
			continue
		}
		b.report(errNotAvailable(fmt.Sprintf("%q beside "+beside, d.phrase.Text, d.col.Name), d.phrase.Span()))
	}
}

// hasCoarseBucket reports whether the search groups a date by periods at least
// as long as b.
func (b *binder) hasCoarseBucket(col *model.Column, bucket datatype.Bucket) bool {
	for _, m := range b.mentions {
		if m.col == col && !m.bucket.IsCyclic() && m.bucket >= bucket {
			return true
		}
	}
	return false
}

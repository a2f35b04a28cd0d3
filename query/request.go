package query

import (
	"context"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/result"
	"github.com/searchlight-bi/searchlight/source"
)

// Request is one search by one subject.
type Request struct {
	Subject *searchlight.Subject
	Source  searchlight.GUID // a table or worksheet
	Text    string           // the search in bracket form
	Filters []RuntimeFilter  // AND-ed with the search, on rows
	Sorts   []RuntimeSort    // in place of the order that the search asks for
	Offset  int              // of the first row, from 0
	Limit   int              // rows at most; 0 or above the server's maximum: that maximum
}

// RuntimeFilter is a filter given beside a search (api-v1.md 1.13).
type RuntimeFilter struct {
	Column   string   // display name, ignoring case
	Operator string   // EQ, NE, LT, LE, GT, GE, CONTAINS, BEGINS_WITH, ENDS_WITH, BW, BW_INC, BW_INC_MIN, BW_INC_MAX, IN, NOT_IN
	Values   []string // dates as epoch seconds
}

// RuntimeSort is an order given beside a search.
type RuntimeSort struct {
	Column     string // display name or name of a result column, ignoring case
	Descending bool
}

// Answer is the result of a search. Rows must be closed.
type Answer struct {
	Columns  []Column
	Rows     result.Rows // at most Limit rows, from Offset on
	Offset   int         // as used
	Limit    int         // as used
	Warnings source.Diagnostics

	total   func(ctx context.Context, returned int) (int, error)
	recheck func(ctx context.Context, now *searchlight.Subject) error // nil: nothing can change
}

// Column is a column of an answer.
type Column struct {
	Name string // unique in the answer
	Type datatype.Type
	Role datatype.Role
}

// Total is the number of rows of the whole result, of which Rows is a part.
// returned says how many rows Rows gave before it ended; where they were the
// last ones nothing more is asked of the engine.
func (a *Answer) Total(ctx context.Context, returned int) (int, error) {
	return a.total(ctx, returned)
}

// Recheck fails with CodeForbidden when the subject, who asked and is given as
// it stands now, may not be shown the rest of the rows: the source was taken
// away meanwhile, or rows or columns of it. Long answers are looked at again
// and again.
func (a *Answer) Recheck(ctx context.Context, now *searchlight.Subject) error {
	if a.recheck == nil {
		return nil
	}
	return a.recheck(ctx, now)
}

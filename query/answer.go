package query

import "context"

// NewAnswer completes an answer with the function behind Total.
func NewAnswer(a Answer, total func(ctx context.Context, returned int) (int, error)) *Answer {
	a.total = total
	return &a
}

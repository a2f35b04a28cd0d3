// Package search is the language of searches in its bracket form, such as
//
//	[sales] [region] [date].monthly top 10
//
// In comes the text of a search; out go a tree with the span of every part and
// diagnostics. The package knows the grammar alone: it never sees a model, a
// user or a clock, so that a column that does not exist is no error here.
package search

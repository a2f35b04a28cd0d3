// Package model compiles what people define (tables, joins, worksheets) into
// an immutable Model that searches bind to: a graph of table roles with
// directed joins, and the columns that the source shows, each with its meaning
// as a typed expression.
//
// In come domain definitions; out come a Model or the list of Problems that
// stand in its way, each with the place in the definition. The package knows
// no search, no user and no dialect. A Model is safe to share.
package model

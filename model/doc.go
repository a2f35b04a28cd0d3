// Package model compiles what people define (tables, joins, worksheets) into
// an immutable Model that searches bind to: a graph of table roles with
// directed joins, and the columns that the source shows, each with its meaning
// as a typed expression. The row-level security rules of the tables are compiled
// with them, for anybody: what is known of the person who asks stays open.
//
// In come domain definitions, which Read gathers; out come a Model or the list
// of Problems that stand in its way, each with the place in the definition. The
// package knows no search, no user, no store and no dialect. A Model is safe to
// share.
package model

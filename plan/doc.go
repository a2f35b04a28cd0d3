// Package plan turns a typed query into a tree of relational operations whose
// numbers are right: each measure is aggregated at the grain of its own table,
// and measures of several facts meet only after they are aggregated.
//
// Row-level security is part of every relation: a table of the model is read by
// its guard alone, which keeps the rows that the query's rules show and that
// have partners which may be seen, and fences conditions that could fail on
// others.
//
// In comes a bind.Query; out comes a Plan. Each node carries properties (its
// columns, its grain) that Check verifies. The package names no dialect and
// makes no SQL.
package plan

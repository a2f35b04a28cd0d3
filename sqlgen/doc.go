// Package sqlgen writes plans as SQL.
//
// In come a plan and a Dialect; out come one statement with its arguments. The
// SQL is built as a tree of SELECTs and written at the end: the same plan gives
// the same text, byte for byte. Values are arguments, identifiers go through
// the dialect's quoting. The package holds no driver and no rule of meaning.
package sqlgen

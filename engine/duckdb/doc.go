// Package duckdb is the embedded engine: DuckDB in the process of the server.
//
// In come statements; out go chunks whose numbers and texts are read in place,
// from DuckDB's own memory. Queries are SELECT statements and see the tables
// of the database, not the files of the machine. Files come in on a second
// road, for loaders alone: Engine.ReadFiles looks into them, Tx.InsertFiles
// brings their rows into a table, and Engine.Update makes a load one step that
// happens or does not. The package knows no file formats of its own, no plans
// and no users.
package duckdb

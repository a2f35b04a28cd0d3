// Package engine says what a database must do to answer searches: run a
// statement, describe its tables, and hold loaded files where it can.
//
// In come SQL texts with arguments; out go streams of chunks. Engines know
// nothing of plans, models or users. Each lives in a package of its own below
// this one and passes the suite in enginetest.
package engine

// Command gen writes the reference pages in docs from the code, so that they
// cannot go out of date: functions, keywords and the codes of diagnostics.
//
// In come the catalogue of functions, the list of keywords and the files that
// construct diagnostics; out go Markdown files. With -check it writes nothing
// and fails when a file differs from what it would write.
package main

//go:generate go run .

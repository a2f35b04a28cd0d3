// Package source holds what every language of the product needs to talk about
// text: spans of bytes, positions of lines and columns, and diagnostics.
//
// In come texts that people wrote (a search, a formula, a TML file); out go
// positions in them and readable messages. The package knows no language and
// imports nothing but the standard library.
package source

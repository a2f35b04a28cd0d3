// Package formula is the formula language: the expressions of formula columns,
// from text to typed meaning.
//
// In comes the text of a formula. Parse makes a tree of it in which every node
// knows its place, Print writes a tree in canonical form, and Check gives a
// tree its meaning: an expr.Expr over whatever the Scope says that names stand
// for. CheckAll does all of it for formulas that refer to one another. Mistakes
// come out as diagnostics; nothing here fails in any other way.
//
// The functions of the language are declared once, in the catalogue, from
// which the checker, the documentation and completion read.
//
// The package must not know worksheets, searches, SQL or any dialect.
package formula

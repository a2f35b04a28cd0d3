// Package tml reads and writes documents of the modelling language TML
// (tml.md): tables, worksheets and connections as YAML or JSON text.
//
// In come texts; out go documents made of the domain types of the root
// package, findings with their places, and canonical texts again. The package
// does no input or output and looks nothing up: a reference to another object
// stays an Identity, and whether a formula makes sense is for its callers.
package tml

// Package expr is the form in which meaning travels from the languages to SQL:
// typed expressions over numbered columns.
//
// The formula checker and the binder build them, the planner moves them around
// and splits aggregates out of them, and sqlgen writes them in a dialect. An
// expression is immutable. It knows neither names as users write them nor any
// dialect, and every rule of meaning (text folded to lower case, a sum of
// nothing being 0, division by zero being null) is spelled out in the tree, so
// that later stages need not know it.
package expr

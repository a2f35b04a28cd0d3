// Package joinexpr is the language of join conditions, the texts under the key
// "on" of a TML document (tml.md 2.2), such as
//
//	[SALES::Shop Id] = [SHOPS::Id] AND [SALES::Day] >= [SHOPS::Opened]
//
// In comes the text of one condition; out go a tree with the span of every
// part and diagnostics. The package knows the grammar alone: which objects
// exist, what types their columns have and which conditions a join must hold
// is for its callers.
package joinexpr

// Package depcheck holds which package may import which, as a table that its
// test checks against the tree. It is tests alone: when an import that the
// table forbids is needed, change the table and its reason in the same commit.
package depcheck

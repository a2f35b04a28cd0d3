// Package rewrite makes plans simpler without changing what they give.
//
// In comes a plan, out goes a plan with the same rows in the same order. Each
// pass has a file of its own; passes.go lists them in order. The package names
// no dialect.
package rewrite

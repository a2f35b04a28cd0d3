// Package testsize says how much to do to tests that could go on for ever:
// random cases, clients, rounds. It is imported by tests only and knows nothing
// of the product.
package testsize

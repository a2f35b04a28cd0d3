// Package storetest says what a metadata store is: a suite of tests that every
// implementation of searchlight.Store runs, and benchmarks that compare them.
// It is imported by tests only and knows no database.
package storetest

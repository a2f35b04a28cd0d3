// Package memo keeps what was read of the metadata store until the store
// changes.
//
// Values come in with the version of the store that they were read at, and
// come out for that version alone. The package knows neither the store nor
// what the values mean.
package memo

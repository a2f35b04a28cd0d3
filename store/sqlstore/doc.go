// Package sqlstore is the metadata store over database/sql: all statements,
// the migrations and the transactions, written once for every database.
//
// What comes in is a Backend, which says how one database differs from the
// others, and its migrations; what goes out is a searchlight.Store. The package
// must not know any driver: failures are told apart by the Backend, by code.
package sqlstore

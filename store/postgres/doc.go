// Package postgres keeps the metadata in a PostgreSQL database: the store that
// several servers share. What comes in is the URL of the database, what goes
// out is a searchlight.Store; statements and rules are those of package
// sqlstore, and only connections, locks and error codes are at home here.
package postgres

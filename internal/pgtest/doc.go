// Package pgtest gives tests empty PostgreSQL databases. The server is named
// by the environment variable SEARCHLIGHT_TEST_POSTGRES; scripts/postgres.sh
// starts one. It is imported by tests and measurements only and knows nothing
// of the product.
package pgtest

// Package query answers searches: it takes the text of one through every stage
// and hands out the rows.
//
// In comes a Request; out comes an Answer whose rows stream from the engine.
// The package knows every stage of the query path and holds the logic of none;
// it knows engines, dialects and stores by their interfaces alone.
package query

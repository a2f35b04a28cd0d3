// Package searchlight holds the nouns of the product and their rules: users,
// groups, sessions, connections, tables, worksheets, and the store that keeps
// them. Everything else is an adapter around it or a stage of the query path.
//
// It imports the standard library and the packages source and datatype; it
// knows neither HTTP nor SQL nor any file format.
package searchlight

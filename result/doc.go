// Package result is the form in which rows travel from an engine to whatever
// shows them: a schema, and chunks of typed vectors.
//
// In come chunks as engines fetch them; out go cells formatted by the one set
// of rules of search-language.md 5.2. The package knows neither engines nor
// the query that made the rows.
package result

// Package bind is where the text of a user meets the model: it turns a parsed
// search into a typed query, with every name resolved to a column and nothing
// ambiguous left.
//
// In come a search, a model and the caller's context (clock, runtime filters,
// who asks); out come a Query and diagnostics. It is the only place where
// conditions on who may see which rows belong: Query.Rules holds the row-level
// security of every table of the model with the person's values in it, as
// constants, and a column that the person may not use is as unknown as one that
// does not exist. It knows neither plans nor SQL.
package bind

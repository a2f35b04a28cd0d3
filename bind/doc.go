// Package bind is where the text of a user meets the model: it turns a parsed
// search into a typed query, with every name resolved to a column and nothing
// ambiguous left.
//
// In come a search, a model and the caller's context (clock, runtime filters);
// out come a Query and diagnostics. It is the only place where conditions on
// who may see which rows belong. It knows neither plans nor SQL.
package bind

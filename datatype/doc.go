// Package datatype is the vocabulary of data that every stage shares: types of
// columns, their role (attribute or measure), aggregations and date buckets,
// each with its spelling in TML, in searches and in the names of results.
//
// It holds no values of data and imports nothing but the standard library.
package datatype

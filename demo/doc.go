// Package demo is the sample data of the product: a retailer with shops in
// Europe, its customers, and three years of sales, returns and stock.
//
// Nothing comes in. Out come tables as streams of rows, made from a fixed seed
// with whole numbers alone, so that they are the same bytes on every machine;
// the documents that model them; and searches to begin with. The package knows
// neither engines nor the metadata store.
package demo

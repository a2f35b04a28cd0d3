// Package rowtest proves that searches give the right rows on real engines:
// those of the goldens against SQL written by hand, random ones against an
// evaluator that shares no code with the pipeline, those under row-level security
// against the same searches over nothing but the rows that may be seen, and
// hostile names and values against what was put in.
//
// It holds tests alone, apart from the packages that they test since they link
// the engines.
package rowtest

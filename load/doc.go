// Package load brings files into the embedded engine as tables.
//
// In come CSV, TSV, JSON, NDJSON, Parquet, Arrow and XLSX files; out go a
// table that is whole or untouched, and a report. The package knows how files
// are written and which types searches can use. It must not know the model,
// users or the wire; the engine reaches it through Target.
//
// Texts become typed columns by the rules of the type inference, which looks at
// every value of every file:
//
//   - Empty fields are null. A quoted empty field ("") of a CSV file is an empty
//     text in a text column and null in any other. A column without values is
//     text. Lines without any character but blanks are skipped.
//   - true and false, in any case, are booleans; yes, no, t and f are text.
//   - Whole numbers are BIGINT, other numbers DOUBLE. A leading zero (01234), a
//     plus sign, or a whole number beyond 64 bits among whole numbers makes the
//     column text, so that codes keep their spelling; among fractions such a
//     number is a DOUBLE. NaN and inf are text.
//   - 2020-12-31, 2020/12/31 and 12/31/2020 are dates. A column with slashes is
//     read month first, or day first when only that suits all of its values.
//     With a clock time (blank or T, seconds and fractions optional) they are
//     timestamps; Z and offsets such as +02:00 give the wall clock in UTC.
//     Fractions beyond microseconds are cut. 10:30 and 10:30:15.5 are times.
//   - Blanks around a value count in text columns only.
//   - A NUL character is dropped from a text, with a warning in the report.
//
// In JSON, a string is never a number or a boolean; objects and arrays become
// their JSON text.
package load

// Package metadata is the service for the objects that people define: listing
// and describing them, importing them from TML and exporting them again,
// deleting them, saying what is built on what, and keeping the tables of loaded
// files. With them go the tags, favourites and home pinboards that people hang
// onto objects.
//
// In come requests with their subject; out come headers, descriptions,
// documents and one status for each. The package decides what may be created,
// changed and read, and that nothing is left half done; what it changes and
// gives out is in the audit log. It knows no HTTP and no SQL.
package metadata

// Package metadata is the service for the objects that people define: listing
// them, importing them from TML and exporting them again, and keeping the
// tables of loaded files.
//
// In come requests with their subject; out come headers, documents and one
// status for each. The package decides what may be created, changed and read,
// and that nothing is left half done. It knows no HTTP and no SQL.
package metadata

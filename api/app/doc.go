// Package app serves what Searchlight's own programs need beyond API v1, under
// /api/app/: so far, loading files into the built-in store.
//
// In come requests whose subject the server has established; out go JSON
// answers. The package holds no rule of who may do what and no reading of
// files: the Loader has both.
package app

//go:build !embedweb

package web

import "io/fs"

// Assets are the files of Swagger UI; false: the program was built without.
func Assets() (fs.FS, bool) { return nil, false }

//go:build embedweb

package web

import (
	"embed"
	"io/fs"
)

//go:embed dist/swagger
var dist embed.FS

// Assets are the files of Swagger UI; false: the program was built without.
func Assets() (fs.FS, bool) { return sub(dist, "dist/swagger"), true }

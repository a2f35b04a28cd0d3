package web

import (
	"embed"
	"io/fs"
)

//go:embed pages static
var files embed.FS

// Pages are the HTML pages: landing.html, a template over the field Address;
// swagger.html; and swagger-missing.html, for a program without assets.
func Pages() fs.FS { return sub(files, "pages") }

// Static are the style sheets and scripts of the pages.
func Static() fs.FS { return sub(files, "static") }

// sub is a directory that is known to be embedded.
func sub(files fs.FS, directory string) fs.FS {
	inside, err := fs.Sub(files, directory)
	if err != nil {
		panic("web: " + err.Error())
	}
	return inside
}

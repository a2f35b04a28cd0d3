package v1

import (
	"bytes"
	"embed"
	"io/fs"
	"sync"
)

// The document is one file for each resource; in the order of their names
// they are one YAML text.
//
//go:embed openapi/*.yaml
var fragments embed.FS

var document = sync.OnceValue(func() []byte {
	var whole bytes.Buffer
	names, err := fs.Glob(fragments, "openapi/*.yaml") // sorted
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		text, err := fragments.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		whole.Write(text)
	}
	return whole.Bytes()
})

// OpenAPI is the document that describes every operation, in YAML.
func OpenAPI() []byte { return document() }

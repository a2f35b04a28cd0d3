package v1

import _ "embed"

//go:embed openapi.yaml
var document []byte

// OpenAPI is the document that describes every operation, in YAML.
func OpenAPI() []byte { return document }

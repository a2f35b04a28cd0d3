package saml

// Inflated is a message out of an address, for the tests of the package.
func Inflated(deflated []byte) ([]byte, error) { return inflate(deflated) }

// Deflated is a message as it stands in an address.
func Deflated(text []byte) []byte { return deflate(text) }

package tml

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFilename is the length of the name in a file name, in bytes.
const maxFilename = 200

// Filename is what a document of an object is called: <name>.<kind>.tml
// (tml.md 1.6). Characters that file systems refuse become underscores.
func Filename(name, kind string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name)
	if len(name) > maxFilename {
		end := maxFilename
		for !utf8.RuneStart(name[end]) {
			end--
		}
		name = name[:end]
	}
	return name + "." + kind + ".tml"
}

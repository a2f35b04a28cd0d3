package sqlstore

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxKeyBytes bounds what goes into an index: PostgreSQL refuses entries
// beyond 2,704 bytes.
const maxKeyBytes = 2000

// fold is the key under which names are compared, sorted and searched: two
// names that differ only in case or in compatible forms of characters have the
// same one (security.md 1.2). It does not depend on the collation of a database.
func fold(name string) string {
	if isASCII(name) { // as most are: it comes to the same
		return strings.ToLower(name)
	}
	// Folding can leave what the normal form has another spelling for.
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// nameKey is the fold of a name that is about to be stored.
func nameKey(name string) (string, error) {
	if !storable(name) {
		return "", errText()
	}
	key := fold(name)
	if len(key) > maxKeyBytes {
		return "", errNameTooLong()
	}
	return key, nil
}

var escapeLike = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// likePattern turns the pattern of a list into one for LIKE … ESCAPE '\' on
// folded names: only % is a wildcard, and without one the pattern may stand
// anywhere in the name (api-v1.md 1.10).
func likePattern(pattern string) string {
	if !strings.Contains(pattern, "%") {
		pattern = "%" + pattern + "%"
	}
	parts := strings.Split(pattern, "%")
	var like strings.Builder
	for i, part := range parts {
		// Of several wildcards in a row one is enough.
		if i > 0 && (part != "" || i == len(parts)-1) {
			like.WriteByte('%')
		}
		like.WriteString(escapeLike.Replace(fold(part)))
	}
	return like.String()
}

// piecesOfPattern are pieces of names, or what pieces begin with, that every
// name has which the pattern of a list matches.
func piecesOfPattern(pattern string) []string {
	parts := strings.Split(pattern, "%")
	last := len(parts) - 1
	var pieces []string
	for i, part := range parts {
		part = fold(part)
		if part == "" {
			continue
		}
		if i == 0 && last > 0 {
			part = beginning + part
		}
		if i == last && last > 0 {
			part += end
		}
		pieces = append(pieces, piecesOf(part)...)
	}
	return pieces
}

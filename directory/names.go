package directory

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/searchlight-bi/searchlight"
)

const (
	maxNameLength        = 128
	maxDisplayLength     = 256
	maxDescriptionLength = 10_000
	maxEmailLength       = 254
)

// reserved are names that nobody may take, as fold leaves them.
var reserved = map[string]bool{"tsadmin": true, "su": true, "system": true, "guest": true, "all": true, "administrator": true}

// fold is what makes names of users or of groups the same (security.md 1.2);
// the store compares them in the same way.
func fold(name string) string {
	if isASCII(name) { // as most are: it comes to the same
		return strings.ToLower(name)
	}
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

// CheckName fails with CodeInvalid for what no user and no group may be
// called: more than 128 characters, what is not printable or looks like
// something else, and the names of the built-in principals.
func CheckName(name string) error {
	if !utf8.ValidString(name) || name == "" || utf8.RuneCountInString(name) > maxNameLength {
		return errNameLength()
	}
	if name != strings.TrimSpace(name) {
		return errNameBlank(name)
	}
	for _, r := range name {
		if isDeceptive(r) {
			return errNameCharacter(name, r)
		}
	}
	if reserved[fold(name)] {
		return errNameReserved(name)
	}
	return nil
}

// brailleBlank counts as a symbol but shows nothing.
const brailleBlank = '\u2800'

// isDeceptive reports characters that are not seen, change how others are
// seen, or pass for a blank. Of blanks only the ordinary one is printable.
func isDeceptive(r rune) bool {
	return !unicode.IsPrint(r) || r == brailleBlank || r == utf8.RuneError ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func checkDisplayName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxDisplayLength || strings.ContainsFunc(name, unicode.IsControl) {
		return errDisplayName()
	}
	return nil
}

func checkDescription(text string) error {
	control := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t", r) }
	if utf8.RuneCountInString(text) > maxDescriptionLength || strings.ContainsFunc(text, control) {
		return errDescription()
	}
	return nil
}

// checkEmail takes a bare address, or nothing.
func checkEmail(email string) error {
	if email == "" {
		return nil
	}
	address, err := mail.ParseAddress(email)
	if err != nil || address.Address != email || len(email) > maxEmailLength {
		return errEmail(email)
	}
	return nil
}

func checkVisibility(v searchlight.Visibility) error {
	if v != searchlight.Sharable && v != searchlight.NonSharable {
		return errVisibility(v)
	}
	return nil
}

func checkUserType(t searchlight.PrincipalType) error {
	if !isType(t) || !t.IsUser() {
		return errUserType(t)
	}
	return nil
}

func checkGroupType(t searchlight.PrincipalType) error {
	if !isType(t) || t.IsUser() {
		return errGroupType(t)
	}
	return nil
}

func isType(t searchlight.PrincipalType) bool {
	for _, known := range searchlight.PrincipalTypes {
		if t == known {
			return true
		}
	}
	return false
}

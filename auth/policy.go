package auth

import (
	_ "embed"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"

	"github.com/searchlight-bi/searchlight"
)

// maxPasswordBytes is the longest password; longer ones are refused, not cut.
const maxPasswordBytes = 256

// Policy is what a new password must satisfy (security.md 1.7). The zero value
// is the default: 10 characters of three classes.
type Policy struct {
	MinLength int // characters; 0: 10
	// AnyClasses drops the rule of three classes of characters. It holds only
	// with a MinLength of 15 or more.
	AnyClasses bool
}

const (
	defaultMinLength    = 10
	minLengthAnyClasses = 15
	classesNeeded       = 3
	// Shorter words of a person's name stand in many good passwords by chance.
	minNamePart = 3
)

// Check fails with CodeInvalid, and a message that says how to choose a better
// one, when password does not suit the policy or is easy to guess for u.
func (p Policy) Check(password string, u *searchlight.User) error {
	least := p.MinLength
	if least <= 0 {
		least = defaultMinLength
	}
	switch {
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return errPassword("holds characters that cannot be typed")
	case len(password) > maxPasswordBytes:
		return errPassword("is longer than %d bytes", maxPasswordBytes)
	case utf8.RuneCountInString(password) < least:
		return errPassword("needs at least %d characters", least)
	case !(p.AnyClasses && least >= minLengthAnyClasses) && classes(password) < classesNeeded:
		return errPassword("needs characters of three of these: upper case, lower case, digits, others")
	case isCommon(password):
		return errPassword("is one of the most common ones")
	case holdsAny(password, u.Name):
		return errPassword("must not hold the user name")
	case holdsAny(password, strings.Fields(u.DisplayName)...):
		return errPassword("must not hold the first or the last name")
	}
	return nil
}

func classes(password string) int {
	var upper, lower, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return upper + lower + digit + other
}

func holdsAny(password string, names ...string) bool {
	folded := fold(password)
	for _, name := range names {
		if utf8.RuneCountInString(name) >= minNamePart && strings.Contains(folded, fold(name)) {
			return true
		}
	}
	return false
}

func fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return cases.Fold().String(s)
		}
	}
	return strings.ToLower(s) // which comes to the same, sooner
}

//go:embed common.txt
var commonText string

var common = func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(commonText) {
		words[word] = true
	}
	return words
}()

// lookAlikes turns the usual disguises of letters back.
var lookAlikes = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")

// isCommon reports whether password is a word of the list, also when disguised
// or followed, as people do, by digits and marks.
func isCommon(password string) bool {
	folded := fold(password)
	word := strings.TrimRightFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	head := strings.TrimLeftFunc(word, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, candidate := range []string{folded, word, head} {
		if common[candidate] || common[lookAlikes.Replace(candidate)] {
			return true
		}
	}
	return false
}

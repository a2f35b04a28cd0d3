package sqlgen

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/expr"
)

// callText writes the operations on texts.
func callText(c expr.Call, args []string) string {
	switch c.Op {
	case expr.OpConcat:
		return "(" + strings.Join(args, " || ") + ")"
	case expr.OpLength:
		return "length(" + args[0] + ")"
	case expr.OpLeft, expr.OpRight:
		return fmt.Sprintf("%s(%s, %s)", c.Op, args[0], length(args[1]))
	case expr.OpSubstr:
		return fmt.Sprintf("substr(%s, %s + 1, %s)", args[0], length(args[1]), length(args[2]))
	case expr.OpPosition:
		return "strpos(" + args[0] + ", " + args[1] + ")"
	case expr.OpSoundex:
		return soundex(args[0])
	}
	return ""
}

// length is a length in the type that databases want for it.
func length(n string) string { return "CAST(" + n + " AS integer)" }

// soundex writes the American Soundex of a text in lower case: the digits of
// its letters, of equal neighbours one, without vowels.
func soundex(x string) string {
	letters := "regexp_replace(" + x + ", '[^a-z]', '', 'g')"
	digits := "translate(" + letters + ", 'abcdefghijklmnopqrstuvwxyz', '01230120022455012623010202')"
	for digit := 1; digit <= 6; digit++ {
		digits = fmt.Sprintf("regexp_replace(%s, '%d+', '%[2]d', 'g')", digits, digit)
	}
	return "left(left(" + letters + ", 1) || replace(substr(" + digits + ", 2), '0', '') || '000', 4)"
}

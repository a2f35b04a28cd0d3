package expr

import "github.com/searchlight-bi/searchlight/datatype"

// Operations on texts, which count characters. Each has a value for every row.
const (
	OpConcat   Op = "concat"   // any number of texts, one after the other
	OpLength   Op = "length"   // Int64
	OpLeft     Op = "left"     // text and how many characters of its beginning, an integer from 0 to MaxLength
	OpRight    Op = "right"    // likewise, of its end
	OpSubstr   Op = "substr"   // text, the characters before the part and its length, both from 0 to MaxLength
	OpPosition Op = "position" // where the second text begins in the first, from 1; 0 if it does not occur; of folded texts
	OpSoundex  Op = "soundex"  // how a folded English word sounds: a letter and three digits; 000 without letters from a to z

	OpEditDistance Op = "edit_distance" // how many insertions, deletions and replacements lead from one text to the other; Int64
	OpSimilarity   Op = "similarity"    // how alike two texts are, from 0 to 1 in Double
)

// MaxLength bounds the length of texts and places in them.
const MaxLength = 1<<31 - 2

// TextOf applies an operation that gives a text.
func TextOf(op Op, args ...Expr) Expr {
	return Call{Op: op, Args: args, Typ: datatype.Varchar}
}

// Position is where part begins in text, ignoring case, from 1; 0 where it does
// not occur.
func Position(text, part Expr) Expr {
	return Call{Op: OpPosition, Args: []Expr{Fold(text), Fold(part)}, Typ: datatype.Int64}
}

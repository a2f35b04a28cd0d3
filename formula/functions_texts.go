package formula

import (
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

var (
	textS, textT = Arg{Name: "s", Takes: TakesText}, Arg{Name: "t", Takes: TakesText}
	countN       = Arg{Name: "n", Takes: TakesInteger}
)

const (
	lettersCount = "; beyond the letters of English one may count as several"
	notPostgres  = "; not available on PostgreSQL"
)

// texts are the functions of texts (formulas.md 3.10).
var texts = []Function{
	{
		Name: "concat", Group: TextFunctions, Syntax: "concat ( s , t , ... )", Doc: "the texts one after the other", Nulls: nullIfAny,
		Overloads: []Overload{{Args: []Arg{textS, textT}, Result: ResultText, Repeats: true}}, build: buildConcat,
		Examples: []Example{{"concat ( 'a' , 'b' , 'c' )", "abc"}, {"concat ( 'a' , null )", "null"}},
	},
	text("strlen", "s", ResultInt, "how many characters s has", buildText(expr.OpLength, datatype.Int64), []Arg{textS},
		Example{"strlen ( 'abc' )", "3"}, Example{"strlen ( '' )", "0"}),
	text("left", "s , n", ResultText, "the first n characters of s, fewer if it has no more", buildEnd(expr.OpLeft), []Arg{textS, countN},
		Example{"left ( 'abc' , 2 )", "ab"}, Example{"left ( 'abc' , 5 )", "abc"}, Example{"strlen ( left ( 'abc' , -1 ) )", "0"}),
	text("right", "s , n", ResultText, "the last n characters of s, fewer if it has no more", buildEnd(expr.OpRight), []Arg{textS, countN},
		Example{"right ( 'abc' , 2 )", "bc"}),
	text("substr", "s , start , length", ResultText, "so many characters of s after the first start ones", buildSubstr,
		[]Arg{textS, {Name: "start", Takes: TakesInteger}, {Name: "length", Takes: TakesInteger}},
		Example{"substr ( 'persnickety' , 3 , 7 )", "snicket"}),
	text("strpos", "s , t", ResultInt, "where t begins in s, ignoring case: 1 at its first character, 0 if nowhere", buildPosition,
		[]Arg{textS, textT}, Example{"strpos ( 'needle_haystack' , 'NEEDLE' )", "1"}, Example{"strpos ( 'abc' , 'z' )", "0"}),
	text("contains", "s , t", ResultBool, "whether t stands in s, ignoring case", buildContains, []Arg{textS, textT},
		Example{"contains ( 'Hello World' , 'WORLD' )", "true"}, Example{"contains ( '100 %' , '0%' )", "false"}),
	text("edit_distance", "s , t", ResultInt,
		"how many characters have to be added, left out or replaced to make t of s, ignoring case"+lettersCount+notPostgres,
		buildEditDistance, []Arg{textS, textT}, Example{"edit_distance ( 'attorney' , 'atty' )", "4"}),
	text("edit_distance_with_cap", "s , t , n", ResultInt, "edit_distance, but n + 1 where it is more than n"+notPostgres,
		buildCappedDistance, []Arg{textS, textT, countN},
		Example{"edit_distance_with_cap ( 'pokemon go' , 'minecraft pixelmon' , 3 )", "4"},
		Example{"edit_distance_with_cap ( 'attorney' , 'atty' , 9 )", "4"}),
	text("spells_like", "s , t", ResultBool,
		"whether edit_distance is 1 or less, or at most one in five characters of the longer text"+notPostgres,
		buildSpellsLike, []Arg{textS, textT}, Example{"spells_like ( 'Meyer' , 'mayer' )", "true"}, Example{"spells_like ( 'Meyer' , 'Mayor' )", "false"}),
	text("sounds_like", "s , t", ResultBool, "whether two English words have the same Soundex", buildSoundsLike, []Arg{textS, textT},
		Example{"sounds_like ( 'Robert' , 'Rupert' )", "true"}, Example{"sounds_like ( 'Robert' , 'Rubin' )", "false"}),
	text("similarity", "s , t", ResultInt, "how alike s and t are, ignoring case: the Jaro-Winkler similarity, from 0 to 100"+notPostgres,
		buildSimilarity, []Arg{textS, textT}, Example{"similarity ( 'Martha' , 'MARHTA' )", "96"}, Example{"similarity ( 'a' , 'b' )", "0"}),
	text("similar_to", "s , t", ResultBool, "whether similarity is 20 or more"+notPostgres, buildSimilarTo, []Arg{textS, textT},
		Example{"similar_to ( 'Martha' , 'Marta' )", "true"}),
}

func text(name, args string, result Result, doc string, build builder, takesArgs []Arg, examples ...Example) Function {
	return Function{Name: name, Group: TextFunctions, Syntax: name + " ( " + args + " )", Doc: doc, Nulls: nullIfAny,
		Overloads: takes(result, takesArgs...), Examples: examples, build: build}
}

func buildConcat(c *checker, n *Call, args []value) value {
	return c.made(n, expr.TextOf(expr.OpConcat, exprs(args)...), args...)
}

func buildText(op expr.Op, t datatype.Type) builder {
	return func(c *checker, n *Call, args []value) value {
		return c.made(n, expr.Call{Op: op, Args: exprs(args), Typ: t}, args...)
	}
}

func buildEnd(op expr.Op) builder {
	return func(c *checker, n *Call, args []value) value {
		count, size := lengthOf(args[1])
		return c.made(n, expr.TextOf(op, args[0].expr, count), append(size, args[0])...)
	}
}

// lengthOf makes an integer a length: what is below 0 is 0. It is
// expr.MaxLength at the most.
func lengthOf(v value) (expr.Expr, []value) {
	if k, ok := v.expr.(expr.Const); ok {
		if n, ok := k.Value.(int64); ok {
			return expr.Int(min(max(n, 0), expr.MaxLength)), []value{v}
		}
		return k, []value{v}
	}
	low, high := expr.Int(0), expr.Int(expr.MaxLength)
	e := expr.Call{Op: expr.OpCase, Typ: datatype.Int64, Args: []expr.Expr{
		expr.Compare(expr.OpLt, v.expr, low), low, expr.Compare(expr.OpGt, v.expr, high), high, v.expr,
	}}
	return e, repeated(3, v)
}

// buildSubstr takes a start or a length below 0 as 0; databases disagree on
// them. Written out, such a start is a mistake (formulas.md 2.4).
func buildSubstr(c *checker, n *Call, args []value) value {
	if k, ok := args[1].expr.(expr.Const); ok {
		if start, ok := k.Value.(int64); ok && start < 0 {
			return c.fail(n, errNegativeStart(n.Args[1].Span(), n.Name))
		}
	}
	start, startSize := lengthOf(args[1])
	length, lengthSize := lengthOf(args[2])
	parts := append(append(startSize, lengthSize...), args[0])
	return c.made(n, expr.TextOf(expr.OpSubstr, args[0].expr, start, length), parts...)
}

func buildPosition(c *checker, n *Call, args []value) value {
	return c.made(n, expr.Position(args[0].expr, args[1].expr), args...)
}

func buildContains(c *checker, n *Call, args []value) value {
	if k, ok := args[1].expr.(expr.Const); ok {
		if part, ok := k.Value.(string); ok {
			return c.made(n, expr.Like(args[0].expr, expr.MatchContains, part), args...)
		}
	}
	return c.made(n, expr.Compare(expr.OpGt, expr.Position(args[0].expr, args[1].expr), expr.Int(0)), args...)
}

func editDistance(s, t value) expr.Expr {
	return expr.Call{Op: expr.OpEditDistance, Args: []expr.Expr{expr.Fold(s.expr), expr.Fold(t.expr)}, Typ: datatype.Int64}
}

func buildEditDistance(c *checker, n *Call, args []value) value {
	return c.made(n, editDistance(args[0], args[1]), args...)
}

// buildCappedDistance is null where the cap is.
func buildCappedDistance(c *checker, n *Call, args []value) value {
	distance, limit := editDistance(args[0], args[1]), args[2].wide(datatype.Int64)
	more := expr.Call{Op: expr.OpAdd, Args: []expr.Expr{limit.expr, expr.Int(1)}, Typ: datatype.Int64}
	e := expr.Call{Op: expr.OpCase, Typ: datatype.Int64, Args: []expr.Expr{
		expr.Compare(expr.OpLe, distance, limit.expr), distance, expr.Compare(expr.OpGt, distance, limit.expr), more,
	}}
	return c.made(n, e, repeated(3, args[0], args[1], limit)...)
}

// buildSpellsLike allows for one mistake, or one in five characters.
func buildSpellsLike(c *checker, n *Call, args []value) value {
	distance := editDistance(args[0], args[1])
	length := func(v value) expr.Expr {
		return expr.Call{Op: expr.OpLength, Args: []expr.Expr{v.expr}, Typ: datatype.Int64}
	}
	longer := expr.Call{Op: expr.OpGreatest, Args: []expr.Expr{length(args[0]), length(args[1])}, Typ: datatype.Int64}
	mistakes := expr.Whole(expr.OpFloor, expr.Divide(longer, expr.Int(5)))
	return c.made(n, expr.Or(expr.Compare(expr.OpLe, distance, expr.Int(1)), expr.Compare(expr.OpLe, distance, mistakes)), repeated(3, args...)...)
}

func buildSoundsLike(c *checker, n *Call, args []value) value {
	sound := func(v value) expr.Expr { return expr.TextOf(expr.OpSoundex, expr.Fold(v.expr)) }
	e := expr.Call{Op: expr.OpEq, Args: []expr.Expr{sound(args[0]), sound(args[1])}, Typ: datatype.Bool}
	return c.made(n, e, repeated(2, args...)...)
}

func percentAlike(s, t value) expr.Expr {
	alike := expr.Number(expr.OpSimilarity, expr.Fold(s.expr), expr.Fold(t.expr))
	return expr.Whole(expr.OpRound, expr.Number(expr.OpMul, alike, double(100)))
}

func buildSimilarity(c *checker, n *Call, args []value) value {
	return c.made(n, percentAlike(args[0], args[1]), args...)
}

func buildSimilarTo(c *checker, n *Call, args []value) value {
	return c.made(n, expr.Compare(expr.OpGe, percentAlike(args[0], args[1]), expr.Int(20)), args...)
}

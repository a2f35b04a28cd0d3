package formula

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// The codes of formulas.md 2.4; they also stand at the end of each message.
const (
	CodeUnexpected       source.Code = "E101"
	CodeUnclosed         source.Code = "E102"
	CodeUnknownFunction  source.Code = "E103"
	CodeNotAList         source.Code = "E104"
	CodeUnknownName      source.Code = "E201"
	CodeUnknownPath      source.Code = "E202"
	CodeAmbiguousName    source.Code = "E203"
	CodeCycle            source.Code = "E204"
	CodeWrongType        source.Code = "E301"
	CodeNoCommonType     source.Code = "E302"
	CodeBadLiteral       source.Code = "E303"
	CodeArgumentCount    source.Code = "E304"
	CodeMixedLevels      source.Code = "E401"
	CodeArgumentLevel    source.Code = "E402"
	CodeNotInRules       source.Code = "E601"
	CodeRuleNotBoolean   source.Code = "E602"
	CodeMissingElse      source.Code = "W1"
	CodeDoubledQuote     source.Code = "W2"
	CodeIntegerOverflow  source.Code = "W5"
	CodeNegatedRule      source.Code = "W6"
	CodeGroupOfAll       source.Code = "W7"
	CodeNotAvailable     source.Code = "function-not-available"
	CodeBrokenReference  source.Code = "broken-reference"
	CodeTooLarge         source.Code = "formula-too-large"
	numberBadFormula                 = 14516 // on the wire
	numberCycleOfObjects             = 14914
)

func failure(code source.Code, span source.Span, format string, args ...any) source.Diagnostic {
	message := fmt.Sprintf(format, args...)
	if strings.HasPrefix(string(code), "E") {
		message += fmt.Sprintf(" (%s)", code)
	}
	return source.Diagnostic{Code: code, Number: numberBadFormula, Span: span, Message: message}
}

func warning(code source.Code, span source.Span, format string, args ...any) source.Diagnostic {
	message := fmt.Sprintf(format, args...) + fmt.Sprintf(" (%s)", code)
	return source.Diagnostic{Severity: source.SeverityWarning, Code: code, Span: span, Message: message}
}

func withHint(d source.Diagnostic, format string, args ...any) source.Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

// Limits.

func errTooLong(span source.Span, limit int) source.Diagnostic {
	return failure(CodeTooLarge, span, "The formula is longer than %d bytes", limit)
}

func errTooManyTokens(span source.Span, limit int) source.Diagnostic {
	return failure(CodeTooLarge, span, "The formula has more than %d words and signs", limit)
}

func errTooDeep(span source.Span, limit int) source.Diagnostic {
	return failure(CodeTooLarge, span, "The formula is nested more than %d levels deep", limit)
}

func errTooLarge(span source.Span) source.Diagnostic {
	return withHint(failure(CodeTooLarge, span, "The formula becomes too large when the formulas it names are put in their places"),
		"name fewer formulas, or simpler ones")
}

func errChainTooLong(span source.Span, limit int) source.Diagnostic {
	return failure(CodeTooLarge, span, "Formulas refer to one another over more than %d steps", limit)
}

// Spelling and grammar.

func errBadCharacter(span source.Span, character string) source.Diagnostic {
	return withHint(failure(CodeUnexpected, span, "The formula holds a character that is no text: %+q", character), "remove it")
}

// signHints say what to write instead of signs that other languages have.
var signHints = []struct{ sign, hint string }{
	{"&&", "write and"}, {"||", "join texts with concat, conditions with or"}, {"!", "write not, or != for not equal"},
	{"%", "use mod ( x , y )"}, {"]", "a name begins with ["}, {";", "a formula needs no end sign"},
}

func errUnexpectedSign(span source.Span, rest string) source.Diagnostic {
	d := errUnexpected(span, rest[:span.Len()], `"(", "-", "abs"`)
	for _, h := range signHints {
		if strings.HasPrefix(rest, h.sign) {
			return withHint(d, "%s", h.hint)
		}
	}
	return d
}

func errUnexpected(span source.Span, token, expected string) source.Diagnostic {
	if token == "" {
		return failure(CodeUnexpected, span, `The formula ends too early. Expecting one of the valid keywords, such as, %s etc.`, expected)
	}
	return failure(CodeUnexpected, span,
		`Search did not find "%s" in your data or metadata. Expecting one of the valid keywords, such as, %s etc.`, excerpt(token), expected)
}

func errEmptyReference(span source.Span) source.Diagnostic {
	return withHint(errUnexpected(span, "[]", `"(", "-", "abs"`), "write the name of a column between the brackets")
}

// errUnclosed names the place of what was opened as people count it.
func errUnclosed(text string, open source.Span, what string) source.Diagnostic {
	at := utf8.RuneCountInString(text[:open.Start]) + 1
	return failure(CodeUnclosed, open, "The %s opened with %s at character %d is not closed", what, text[open.Start:open.End], at)
}

func errNotAList(span source.Span, token string) source.Diagnostic {
	d := failure(CodeNotAList, span, `Search did not find "%s" in your data or metadata. Expecting one of the valid keywords, such as, "ts_var", "{"`, excerpt(token))
	if token == "" {
		d = failure(CodeNotAList, span, `The formula ends too early. Expecting one of the valid keywords, such as, "ts_var", "{"`)
	}
	return withHint(d, "write a list as { 'a' , 'b' }")
}

func errTemplateExpected(span source.Span, function string) source.Diagnostic {
	return failure(CodeUnexpected, span, "Function %s expects its 1st argument to be a template in quotes", function)
}

func errNumberTooLarge(span source.Span, text string) source.Diagnostic {
	return failure(CodeBadLiteral, span, "The number %s is too large", excerpt(text))
}

func warnMissingElse(span source.Span) source.Diagnostic {
	return withHint(warning(CodeMissingElse, span, "The condition has no else: other rows get no value"), "add else null if that is meant")
}

func warnDoubledQuote(span source.Span, value string, quote rune) source.Diagnostic {
	d := warning(CodeDoubledQuote, span, "A doubled quote stands for two quotes")
	other := rune('"')
	if quote == '"' {
		other = '\''
	}
	single := strings.ReplaceAll(value, string(quote)+string(quote), string(quote))
	d.Replace = printText(&Text{Value: single, Quote: other})
	return withHint(d, "write %s for one", d.Replace)
}

func warnIntegerOverflow(span source.Span, text string) source.Diagnostic {
	return warning(CodeIntegerOverflow, span, "The integer %s is too large and loses its last digits", excerpt(text))
}

// Names.

func errUnknownFunction(span source.Span, name string) source.Diagnostic {
	d := failure(CodeUnknownFunction, span, `Search did not find "%s ("`, name)
	if f, ok := byName[name]; ok && f.Group == Variables {
		d.Replace = name
		return withHint(d, "a variable has no parentheses: %s", name)
	}
	if hint, ok := foreignFunctions[name]; ok {
		return withHint(d, "%s", hint)
	}
	if near := source.Nearest(name, functionNames, 1); len(near) > 0 {
		d.Replace = near[0]
		return withHint(d, "did you mean %s", near[0])
	}
	return d
}

func errNotAvailable(span source.Span, what, name string) source.Diagnostic {
	return failure(CodeNotAvailable, span, "The %s %s is not available yet", what, name)
}

func notFound(code source.Code, r *Ref) source.Diagnostic {
	return failure(code, r.Span(), `Search did not find "%s" in your data or metadata`, excerpt(printRef(r)))
}

// unknownName suggests names like the one that the scope does not have, and
// the same name behind a path.
func (c *checker) unknownName(r *Ref, path, name string, names []string) source.Diagnostic {
	d := notFound(CodeUnknownName, r)
	var candidates []string
	for _, near := range source.Nearest(strings.TrimSpace(name), names, 3) {
		candidates = append(candidates, printRef(refTo(path, near)))
	}
	if path == "" && len(candidates) == 0 {
		candidates = c.elsewhere(name)
	}
	if len(candidates) == 0 && r.Bare {
		if f, ok := byName[strings.ToLower(name)]; ok && f.Group != Operators {
			return withHint(d, "a function needs parentheses: %s ( )", f.Name)
		}
	}
	return suggest(d, candidates)
}

func refTo(path, name string) *Ref {
	if path == "" {
		return &Ref{Parts: []string{name}}
	}
	return &Ref{Parts: []string{path, name}}
}

// suggest adds candidates as a hint, and a single one as a replacement.
func suggest(d source.Diagnostic, candidates []string) source.Diagnostic {
	if len(candidates) == 0 {
		return d
	}
	if len(candidates) == 1 {
		d.Replace = candidates[0]
	}
	return withHint(d, "did you mean %s", strings.Join(candidates, " or "))
}

// elsewhere lists references to columns of the name, by whatever path.
func (c *checker) elsewhere(name string) []string {
	var found []string
	for _, path := range c.scope.Paths() {
		for _, match := range Match(name, c.scope.Names(path)) {
			found = append(found, printRef(refTo(path, match)))
		}
	}
	return found[:min(3, len(found))]
}

// unknownPath suggests paths like the one that the scope does not have, and
// other paths to the same name.
func (c *checker) unknownPath(r *Ref) source.Diagnostic {
	var candidates []string
	rest := strings.Join(r.Parts[1:], "::")
	for _, near := range source.Nearest(strings.TrimSpace(r.Parts[0]), c.scope.Paths(), 3) {
		candidates = append(candidates, printRef(refTo(near, rest)))
	}
	if len(candidates) == 0 {
		candidates = c.elsewhere(rest)
	}
	return suggest(notFound(CodeUnknownPath, r), candidates)
}

func errAmbiguous(r *Ref, path string, matches []string) source.Diagnostic {
	var candidates []string
	for _, m := range matches {
		candidates = append(candidates, printRef(refTo(path, m)))
	}
	return withHint(failure(CodeAmbiguousName, r.Span(), `The name "%s" is ambiguous`, excerpt(printRef(r))),
		"write %s exactly", strings.Join(candidates, " or "))
}

func errCycle(span source.Span, names []string) source.Diagnostic {
	d := failure(CodeCycle, span, "Formulas refer to one another in a cycle: %s", strings.Join(names, " -> "))
	d.Number = numberCycleOfObjects
	return d
}

func errBrokenReference(r *Ref) source.Diagnostic {
	return failure(CodeBrokenReference, r.Span(), "The formula %s has errors of its own", printRef(r))
}

// Types.

func errNumericExpected(span source.Span, t datatype.Type) source.Diagnostic {
	d := failure(CodeWrongType, span, "Expecting a Numeric token, found %s", t.Family())
	switch {
	case t.IsText():
		return withHint(d, "join texts with concat, make a number of a text with to_double")
	case t.IsDated():
		return withHint(d, "calculate with dates by add_days and diff_days")
	case t == datatype.Bool:
		return withHint(d, "make a number of a condition with if ( c ) then 1 else 0")
	}
	return d
}

// conditionError makes the message for a value that is no condition.
type conditionError func(source.Span) source.Diagnostic

func errBooleanExpected(span source.Span) source.Diagnostic {
	return failure(CodeWrongType, span, "Expecting a Boolean token")
}

func errConditionExpected(span source.Span) source.Diagnostic {
	return failure(CodeWrongType, span, "(If / else if) expects condition to be Boolean")
}

func errListExpected(span source.Span, t datatype.Type) source.Diagnostic {
	return withHint(failure(CodeWrongType, span, "Expecting a List token, found %s", t.Family()), "write a list as { 'a' , 'b' }")
}

func errStrayList(span source.Span) source.Diagnostic {
	return failure(CodeWrongType, span, "A List cannot stand here")
}

func errNotComparable(x, y value) source.Diagnostic {
	d := failure(CodeWrongType, x.node.Span().Join(y.node.Span()), "Cannot compare %s (%s) with %s (%s)",
		excerpt(Print(x.node)), x.typ.Family(), excerpt(Print(y.node)), y.typ.Family())
	switch {
	case x.typ.IsDated() && y.typ.IsText(), y.typ.IsDated() && x.typ.IsText():
		return withHint(d, "write a date as '2024-01-31'")
	case x.typ.IsNumeric() && y.typ.IsText(), y.typ.IsNumeric() && x.typ.IsText():
		return withHint(d, "convert one of them with to_double or to_string")
	}
	return d
}

func errMemberNotConstant(span source.Span) source.Diagnostic {
	return withHint(failure(CodeBadLiteral, span, "The members of a list have to be constants"), "compare with = and or instead")
}

func errArgumentType(span source.Span, function string, n int, wanted Types, found datatype.Type) source.Diagnostic {
	d := failure(CodeWrongType, span, "Function %s expects %s argument to be %s, found %s", function, ordinal(n), wanted, found.Family())
	if wanted&TakesInteger != 0 && found.IsNumeric() {
		return withHint(d, "make it an integer with floor, ceil, round or to_integer")
	}
	return d
}

func errUntypedNull(span source.Span) source.Diagnostic {
	return withHint(failure(CodeNoCommonType, span, "Unknown data type"), "null alone has no type")
}

func errBranchesDiffer(first, other value) source.Diagnostic {
	return withHint(failure(CodeNoCommonType, other.node.Span(), "Unknown data type"),
		"%s is %s but %s is %s", excerpt(Print(first.node)), first.typ.Family(), excerpt(Print(other.node)), other.typ.Family())
}

func errPercentileRange(span source.Span) source.Diagnostic {
	return failure(CodeBadLiteral, span, "Function percentile expects 2nd argument to be a number written out, from 0 to 100 or a fraction between 0 and 1")
}

func errNegativeStart(span source.Span, function string) source.Diagnostic {
	return withHint(failure(CodeBadLiteral, span, "Function %s expects 2nd argument to be 0 or more", function), "the first character is at 0")
}

func errDirection(span source.Span, function string) source.Diagnostic {
	return failure(CodeBadLiteral, span, "Function %s expects its last argument to be 'asc' or 'desc'", function)
}

func errFormatLiteral(span source.Span, function string) source.Diagnostic {
	return withHint(failure(CodeBadLiteral, span, "Function %s expects 2nd argument to be a format written out", function), "write it as '%s'", "%Y-%m-%d")
}

func errFormatUnknown(span source.Span, function, part string) source.Diagnostic {
	return withHint(failure(CodeBadLiteral, span, "Function %s does not know %s in a format", function, excerpt(part)),
		"%s", "use %Y %y %m %d %j %B %b %A %a %H %I %M %S %p, or yyyy yy MM dd DDD MMMM MMM EEEE EEE HH hh mm ss a with other letters in single quotes")
}

func errFormatPlain(span source.Span, function string) source.Diagnostic {
	return withHint(failure(CodeBadLiteral, span, "Function %s expects a format that says something of a date", function), "write it as '%s'", "%Y-%m-%d")
}

func errFormatRepeats(span source.Span, function string) source.Diagnostic {
	return failure(CodeBadLiteral, span, "Function %s expects a format that says nothing twice", function)
}

func errCalendar(span source.Span, function string, n int) source.Diagnostic {
	return withHint(failure(CodeWrongType, span, "Function %s expects %s argument to be the name of a calendar", function, ordinal(n)), "write calendar, or leave it out")
}

func errTooManyArguments(span source.Span, function string, most int) source.Diagnostic {
	d := failure(CodeArgumentCount, span, "Function %s expects only %s.", function, arguments(most))
	switch function {
	case "min":
		return withHint(d, "the smallest of several values of a row is least")
	case "max":
		return withHint(d, "the largest of several values of a row is greatest")
	}
	return d
}

func errTooFewArguments(span source.Span, function string, fewest int, orMore bool, found int) source.Diagnostic {
	expected := arguments(fewest)
	if orMore {
		expected = "at least " + expected
	}
	return failure(CodeArgumentCount, span, "Function %s expects %s, found %d.", function, expected, found)
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return fmt.Sprintf("%d arguments", n)
}

// Levels.

func errMixedLevels(aggregated, row Node) source.Diagnostic {
	return withHint(failure(CodeMixedLevels, aggregated.Span().Join(row.Span()),
		"Mixing aggregated (%s) and non aggregated (%s) tokens are not supported", excerpt(Print(aggregated)), excerpt(Print(row))),
		"aggregate the other one too, such as by sum")
}

func errArgumentAggregated(span source.Span, function string, n int) source.Diagnostic {
	return failure(CodeArgumentLevel, span, "Function %s expects %s argument to be not aggregated", function, ordinal(n))
}

// Row-level security.

func errStrayVariable(n *Variable) source.Diagnostic {
	return withHint(failure(CodeWrongType, n.Span(), "A List cannot stand here"), "compare a value with it: [column] = %s", n.Name)
}

func errNotInList(x value, list Node, members datatype.Type) source.Diagnostic {
	d := failure(CodeWrongType, x.node.Span().Join(list.Span()), "Cannot compare %s (%s) with %s (List of %s)",
		excerpt(Print(x.node)), x.typ.Family(), excerpt(Print(list)), members.Family())
	switch {
	case x.typ.IsInteger() && members.IsText():
		return withHint(d, "compare integers with ts_groups_int")
	case x.typ.IsText() && members.IsInteger():
		return withHint(d, "compare texts with ts_groups")
	}
	return d
}

func errAggregateInRule(n *Call) source.Diagnostic {
	return withHint(failure(CodeNotInRules, n.Span(), "RLS rules do not support use of aggregate functions"),
		"a rule looks at one row; it cannot use %s", n.Name)
}

func errRandomInRule(n *Call) source.Diagnostic {
	return withHint(failure(CodeNotInRules, n.Span(), "RLS rules do not support use of random"), "a rule must give the same rows each time")
}

func errReferenceInRule(r *Ref) source.Diagnostic {
	return withHint(failure(CodeNotInRules, r.Span(), "RLS rules do not support use of formulas and parameters, such as %s", excerpt(printRef(r))),
		"use columns of tables")
}

func errRuleNotBoolean(n Node, t datatype.Type) source.Diagnostic {
	return withHint(failure(CodeRuleNotBoolean, n.Span(), "RLS rules have to be Boolean, found %s", t.Family()),
		"compare it with something, such as ts_groups or ts_username")
}

func warnNegatedRule(n Node, variable string) source.Diagnostic {
	return withHint(warning(CodeNegatedRule, n.Span(), "The rule shows rows to everybody whom %s does not name", variable),
		"list those who may see the rows instead")
}

func warnGroupOfAll(n Node) source.Diagnostic {
	return withHint(warning(CodeGroupOfAll, n.Span(), "Every user is in the group All, so this is the same for everybody"), "name another group")
}

func ordinal(n int) string {
	switch n {
	case 1:
		return "1st"
	case 2:
		return "2nd"
	case 3:
		return "3rd"
	}
	return fmt.Sprintf("%dth", n)
}

// excerpt keeps what messages quote short.
func excerpt(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

package search

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// wireNumber is the number of "search text not understood" on the wire of API
// v1 (api-v1.md 1.8).
const wireNumber = 14516

// The codes of the diagnostics of this package.
const (
	CodeTooLong              source.Code = "search-too-long"
	CodeTooManyTokens        source.Code = "search-too-many-tokens"
	CodeTooDeep              source.Code = "search-too-deep"
	CodeInvalidText          source.Code = "invalid-text"
	CodeEmpty                source.Code = "empty-search"
	CodeNoColumns            source.Code = "no-columns"
	CodeUnclosedBracket      source.Code = "unclosed-bracket"
	CodeUnclosedQuote        source.Code = "unclosed-quote"
	CodeUnclosedParenthesis  source.Code = "unclosed-parenthesis"
	CodeEmptyName            source.Code = "empty-name"
	CodeUnknownOperator      source.Code = "unknown-operator"
	CodeUnknownWord          source.Code = "unknown-word"
	CodeUnexpected           source.Code = "unexpected-token"
	CodeBucketWithoutColumn  source.Code = "bucket-without-column"
	CodeUnquotedValue        source.Code = "unquoted-value"
	CodeMissingValue         source.Code = "missing-value"
	CodeMissingColumn        source.Code = "missing-column"
	CodeMissingKeyword       source.Code = "missing-keyword"
	CodeMisplacedDot         source.Code = "misplaced-dot"
	CodeMisplacedAggregation source.Code = "misplaced-aggregation"
	CodeMisplacedBucket      source.Code = "misplaced-bucket"
	CodeNotABucket           source.Code = "not-a-bucket"
	CodeOtherColumn          source.Code = "value-of-other-column"
	CodeTooManyValues        source.Code = "too-many-values"
	CodePeriodRange          source.Code = "period-out-of-range"
	CodeBadNumber            source.Code = "bad-number"
	CodeMisplacedGrowth      source.Code = "misplaced-growth"
	CodeGrowthCombination    source.Code = "growth-combination"
	CodeMisplacedVersus      source.Code = "misplaced-versus"
	CodeRelationColumn       source.Code = "relation-column"
	CodeTwoCalendars         source.Code = "two-calendars"
)

func problem(code source.Code, at source.Span, format string, args ...any) source.Diagnostic {
	return source.Diagnostic{Code: code, Number: wireNumber, Span: at, Message: fmt.Sprintf(format, args...)}
}

func hinted(d source.Diagnostic, format string, args ...any) source.Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

func replaced(d source.Diagnostic, text string) source.Diagnostic {
	d.Replace = text
	return d
}

// characterAt is the position that messages name: characters from 1.
func characterAt(t *source.Text, at source.Span) int {
	return t.Length(source.Span{End: at.Start}) + 1
}

// Limits and the text as a whole.

func tooLong(at source.Span, size, limit int) source.Diagnostic {
	return hinted(problem(CodeTooLong, at, "The search has %d bytes; the limit is %d", size, limit),
		"shorten it, or filter with an inner search instead of a long list of values")
}

func tooManyTokens(at source.Span, limit int) source.Diagnostic {
	return hinted(problem(CodeTooManyTokens, at, "The search has more than %d columns, values, words and signs, which is the limit", limit),
		"shorten it, or filter with an inner search instead of a long list of values")
}

func tooDeep(at source.Span, limit int) source.Diagnostic {
	return problem(CodeTooDeep, at, "More than %d searches stand inside each other, which is the limit", limit)
}

func invalidUTF8(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeInvalidText, at, "Invalid UTF-8 at position %d", characterAt(t, at)), "send the search in UTF-8")
}

func nulCharacter(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeInvalidText, at, "NUL character at position %d", characterAt(t, at)), "remove it")
}

func emptySearch(at source.Span) source.Diagnostic {
	return hinted(problem(CodeEmpty, at, "The search is empty"), "name a column in brackets, such as [sales]")
}

func noColumns(at source.Span) source.Diagnostic {
	return hinted(problem(CodeNoColumns, at, "The search selects no columns"), "name a column in brackets, such as [sales]")
}

// Tokens.

func unclosedBracket(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeUnclosedBracket, at, "Unclosed bracket at position %d", characterAt(t, at)),
		`end the name with ]; a bracket that belongs to the name is written \[ or \]`)
}

func strayBracket(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeUnclosedBracket, at, "Unclosed bracket at position %d", characterAt(t, at)),
		"this ] has no [ before it; remove it, or add the [")
}

func unclosedQuote(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeUnclosedQuote, at, "Unclosed quotation mark at position %d", characterAt(t, at)),
		"end the value with the same mark; a mark that belongs to the value is doubled")
}

func strayQuote(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeUnclosedQuote, at, "Unclosed quotation mark at position %d", characterAt(t, at)),
		"this mark ends a value and has none before it; begin the value with ' or \"")
}

func unclosedParenthesis(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeUnclosedParenthesis, at, "Unclosed parenthesis at position %d", characterAt(t, at)), "add the )")
}

func strayParenthesis(t *source.Text, at source.Span) source.Diagnostic {
	return hinted(problem(CodeUnclosedParenthesis, at, "Unclosed parenthesis at position %d", characterAt(t, at)),
		"this ) has no ( before it; remove it, or add the (")
}

func emptyName(at source.Span) source.Diagnostic {
	return hinted(problem(CodeEmptyName, at, "The brackets hold no column name"), "write the name between [ and ]")
}

func emptyPath(at source.Span) source.Diagnostic {
	return hinted(problem(CodeEmptyName, at, "No table path stands before ::"), `write [path::name], or \:\: for colons that belong to the name`)
}

func unknownOperator(at source.Span, written, meant string) source.Diagnostic {
	return replaced(hinted(problem(CodeUnknownOperator, at, "There is no operator %s", written), "did you mean %s?", meant), meant)
}

// Words that mean nothing where they stand.

func notFound(code source.Code, at source.Span, text string) source.Diagnostic {
	return problem(code, at, "Search did not find %q in your data or metadata.", text)
}

func misspeltKeyword(at source.Span, text, keyword string) source.Diagnostic {
	return replaced(hinted(notFound(CodeUnknownWord, at, text), "did you mean %s?", keyword), keyword)
}

func foreignWord(at source.Span, text, hint, replacement string) source.Diagnostic {
	return replaced(hinted(notFound(CodeUnknownWord, at, text), "%s", hint), replacement)
}

func unbracketedColumn(at source.Span, text string) source.Diagnostic {
	name := ColumnRef{Name: text}.String()
	return replaced(hinted(notFound(CodeUnknownWord, at, text), "column names stand in brackets: %s", name), name)
}

func unquotedValue(at source.Span, text string) source.Diagnostic {
	quoted := quote(text)
	return replaced(hinted(notFound(CodeUnquotedValue, at, text), "values need quotes: %s", quoted), quoted)
}

func valueWithoutOperator(at source.Span, column, text string) source.Diagnostic {
	mended := "= " + text
	return replaced(hinted(notFound(CodeUnquotedValue, at, text), "a value needs an operator, and quotes unless it is a number: %s %s", column, mended), mended)
}

func unknownPlaceholder(at source.Span, text string, nearest []string) source.Diagnostic {
	d := notFound(CodeUnknownWord, at, text)
	if len(nearest) == 0 {
		return hinted(d, "the placeholders are {null}, {blank} and {empty}")
	}
	return replaced(hinted(d, "did you mean %s?", nearest[0]), nearest[0])
}

func wordAfterColumn(at source.Span, column, text string) source.Diagnostic {
	mended := "= " + quote(text)
	return replaced(hinted(notFound(CodeUnquotedValue, at, text), "values need quotes: %s %s", column, mended), mended)
}

func bucketWithoutColumn(at source.Span, text string) source.Diagnostic {
	return hinted(problem(CodeBucketWithoutColumn, at, "Invalid value token: %s", text),
		"write it directly after a date column and a dot: [date].%s", valueAfterDot(text))
}

func unexpected(at source.Span, text string) source.Diagnostic {
	return problem(CodeUnexpected, at, "Search did not find %q in your data or metadata. Expecting one of the valid keywords", text)
}

func operatorAfterValue(at source.Span, text string) source.Diagnostic {
	return hinted(unexpected(at, text), "an operator follows a column, not a value; write [column] %s value", text)
}

func conditionsJoinedByOr(at source.Span) source.Diagnostic {
	return hinted(unexpected(at, "or"), "or joins values of one column only")
}

func lonelyNot(at source.Span) source.Diagnostic {
	return hinted(unexpected(at, "not"), "not stands between a column and contains, begins with, ends with, similar to or in; other conditions use !=")
}

func misplacedDot(at source.Span, text string) source.Diagnostic {
	text = "." + valueAfterDot(strings.TrimPrefix(text, "."))
	return replaced(hinted(problem(CodeMisplacedDot, at, "The dot must touch the column before it and the value after it"), "write %s without spaces", text), text)
}

func missingAfterDot(at source.Span) source.Diagnostic {
	return hinted(problem(CodeMissingValue, at, "The dot has no value"), "write a value or a bucket directly after it, such as [date].monthly")
}

// Missing parts.

func missingValue(at source.Span, after string) source.Diagnostic {
	return hinted(problem(CodeMissingValue, at, "No value follows %s", after), "write a text or date in quotes, a number, true, false or {null}")
}

func columnAsValue(at source.Span, after string) source.Diagnostic {
	return hinted(problem(CodeMissingValue, at, "No value follows %s", after), "two columns cannot be compared in a search; use a formula")
}

func missingPlace(at source.Span, after string) source.Diagnostic {
	return hinted(problem(CodeMissingValue, at, "No place follows %s", after), "write the place in quotes, such as 'paris'")
}

func missingDistance(at source.Span, after string) source.Diagnostic {
	return hinted(problem(CodeMissingValue, at, "No distance follows %s", after), "write a number and a unit, such as 20 km")
}

func missingColumn(at source.Span, after string) source.Diagnostic {
	return hinted(problem(CodeMissingColumn, at, "No column follows %s", after), "write its name in brackets")
}

// missingKeyword tells which keyword is the only one that can stand here; found
// is what stands there instead, empty at the end of the search.
func missingKeyword(at source.Span, found, keyword string) source.Diagnostic {
	if found == "" {
		return problem(CodeMissingKeyword, at, "The search ends too early. Expecting keyword '%s'.", keyword)
	}
	return problem(CodeMissingKeyword, at, "Search did not find %q in your data or metadata. Expecting keyword '%s'.", found, keyword)
}

func missingCondition(at source.Span) source.Diagnostic {
	return hinted(problem(CodeMisplacedVersus, at, "vs needs a condition on each side"), "write [region].west vs [region].east, or all on one side")
}

func onlyConditions(at source.Span) source.Diagnostic {
	return hinted(problem(CodeMisplacedVersus, at, "Only conditions can stand in a side of vs"), "move outputs, sort by and top outside of the parentheses")
}

func sideWithoutVersus(at source.Span, found string) source.Diagnostic {
	d := missingKeyword(at, found, "vs")
	d.Hint = "parentheses hold conditions for a side of vs, or the search after in"
	return d
}

func allWithoutVersus(at source.Span, text string) source.Diagnostic {
	return hinted(unexpected(at, text), "%s is a side of vs, such as [region].west vs %s", text, text)
}

// Parts that do not go together.

func misplacedAggregation(at source.Span, word, before string) source.Diagnostic {
	return hinted(problem(CodeMisplacedAggregation, at, "%s cannot stand before a column that %s follows", word, before),
		"aggregated columns are compared with =, !=, <, <=, >, >= or between")
}

func aggregatedValue(at source.Span, word, value string) source.Diagnostic {
	return hinted(problem(CodeMisplacedAggregation, at, "%s needs a column; %s is a value", word, value), "name the column without a value")
}

func misplacedBucket(at source.Span, bucket datatype.Bucket, before string) source.Diagnostic {
	return hinted(problem(CodeMisplacedBucket, at, "%s cannot stand before %s", bucket, before), "name the column without a bucket")
}

func notABucket(at source.Span, text string, nearest []string) source.Diagnostic {
	d := problem(CodeNotABucket, at, "%q is no date bucket", text)
	if len(nearest) == 0 {
		return hinted(d, "a column follows here, with a bucket such as monthly or 'day of week' at most")
	}
	return replaced(hinted(d, "did you mean %s?", nearest[0]), valueAfterDot(nearest[0]))
}

func otherColumn(at source.Span, value, want ColumnRef) source.Diagnostic {
	return hinted(problem(CodeOtherColumn, at, "A value of %s cannot be compared with %s", value, want), "use a value of %s", want)
}

func tooManyValues(at source.Span, operator string) source.Diagnostic {
	return hinted(problem(CodeTooManyValues, at, "%s takes one value", operator), "only = and != take a list of values")
}

func periodNotInteger(at source.Span, text string, b datatype.Bucket) source.Diagnostic {
	low, high := b.Range()
	return hinted(problem(CodePeriodRange, at, "Value %s is outside %d to %d for %s", text, low, high, b), "%s is compared with whole numbers", b)
}

func periodOutOfRange(at source.Span, text string, b datatype.Bucket) source.Diagnostic {
	low, high := b.Range()
	return problem(CodePeriodRange, at, "Value %s is outside %d to %d for %s", text, low, high, b)
}

func badCount(at source.Span, text, keyword string) source.Diagnostic {
	return hinted(problem(CodeBadNumber, at, "%s needs a whole number from 1, not %s", keyword, text), "write %s 10, or leave the number out for 10", keyword)
}

func badDistance(at source.Span, text string) source.Diagnostic {
	return problem(CodeBadNumber, at, "%s is no distance; it must be above 0", text)
}

func misplacedGrowth(at source.Span) source.Diagnostic {
	return hinted(problem(CodeMisplacedGrowth, at, "The keyword growth of may be used once, at the beginning of the search"), "move it to the start, or ask for other growth in another search")
}

func growthCombination(at source.Span, bucket datatype.Bucket, over string, allowed []string) source.Diagnostic {
	d := problem(CodeGrowthCombination, at, "%s cannot be combined with %s", bucket, over)
	if len(allowed) == 0 {
		return hinted(d, "%s growth compares with the row before only; leave %s out", bucket, over)
	}
	return hinted(d, "with %s use %s", bucket, strings.Join(allowed, " or "))
}

func misplacedOver(at source.Span, text string) source.Diagnostic {
	return hinted(unexpected(at, text), "%s belongs at the end of growth of [measure] by [date]", text)
}

func versusInside(at source.Span) source.Diagnostic {
	return hinted(problem(CodeMisplacedVersus, at, "vs cannot be used here"), "the search after in ( must do without vs")
}

func relationColumn(at source.Span, column ColumnRef) source.Diagnostic {
	return hinted(problem(CodeRelationColumn, at, "The search after in must contain column %q", column.Name), "add %s inside the parentheses", column)
}

func twoCalendars(at source.Span) source.Diagnostic {
	return hinted(problem(CodeTwoCalendars, at, "A search has one calendar"), "remove this one, or the first")
}

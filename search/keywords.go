package search

import (
	"cmp"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
)

// KeywordKind groups keywords as the reference does (search-language.md 3.0).
type KeywordKind string

// The kinds of keywords.
const (
	KeywordGeneral     KeywordKind = "general"
	KeywordAggregation KeywordKind = "aggregation"
	KeywordDate        KeywordKind = "date"
	KeywordGrowth      KeywordKind = "growth"
	KeywordText        KeywordKind = "text"
	KeywordComparison  KeywordKind = "comparison"
	KeywordSet         KeywordKind = "set"
	KeywordPlace       KeywordKind = "place"
	KeywordCalendar    KeywordKind = "calendar"
)

// Keyword is a word or phrase that the bracket form gives a meaning.
type Keyword struct {
	Phrase string // lower case, words joined by one blank
	Kind   KeywordKind
	Doc    string // what it does, in one line

	starts      bool // a phrase may begin with it
	aggregation datatype.Aggregation
	kilometres  float64 // of one unit of distance
}

// keywords is the only list of keywords: the lexer, the hints of errors and
// completion read it. Bucket words and date phrases are missing on purpose;
// they have a meaning after a dot or in quotes alone (search-language.md 3.0).
var keywords = []Keyword{
	{Phrase: "top", Kind: KeywordGeneral, Doc: "keeps the n highest rows, 10 when n is left out: top 5 [product] [sales]", starts: true},
	{Phrase: "best", Kind: KeywordGeneral, Doc: "same as top", starts: true},
	{Phrase: "bottom", Kind: KeywordGeneral, Doc: "keeps the n lowest rows, 10 when n is left out", starts: true},
	{Phrase: "worst", Kind: KeywordGeneral, Doc: "same as bottom", starts: true},
	{Phrase: "ranked by", Kind: KeywordGeneral, Doc: "names the column by which top or bottom ranks", starts: true},
	{Phrase: "sort by", Kind: KeywordGeneral, Doc: "orders the rows by a column, ascending unless descending follows", starts: true},
	{Phrase: "sorted by", Kind: KeywordGeneral, Doc: "same as sort by", starts: true},
	{Phrase: "ascending", Kind: KeywordGeneral, Doc: "sorts from low to high"},
	{Phrase: "descending", Kind: KeywordGeneral, Doc: "sorts from high to low"},
	{Phrase: "by", Kind: KeywordGeneral, Doc: "groups by the next column, even when that is a measure", starts: true},
	{Phrase: "for", Kind: KeywordGeneral, Doc: "groups by the next column", starts: true},
	{Phrase: "for each", Kind: KeywordGeneral, Doc: "groups by the next column; after top, keeps n rows for each of its values", starts: true},
	{Phrase: "of", Kind: KeywordGeneral, Doc: "a measure at the level of the columns that follow: [sales] of [region]"},
	{Phrase: "percentage of", Kind: KeywordGeneral, Doc: "a measure as share of its total for the columns that follow, or of all"},
	{Phrase: "and", Kind: KeywordGeneral, Doc: "joins columns, or the two ends of between", starts: true},
	{Phrase: "or", Kind: KeywordGeneral, Doc: "joins values of one column"},
	{Phrase: "not", Kind: KeywordGeneral, Doc: "turns the text test or the in that follows into its opposite"},

	{Phrase: "sum", Kind: KeywordAggregation, Doc: "adds up", starts: true, aggregation: datatype.Sum},
	{Phrase: "total", Kind: KeywordAggregation, Doc: "same as sum", starts: true, aggregation: datatype.Sum},
	{Phrase: "average", Kind: KeywordAggregation, Doc: "takes the mean", starts: true, aggregation: datatype.Average},
	{Phrase: "avg", Kind: KeywordAggregation, Doc: "same as average", starts: true, aggregation: datatype.Average},
	{Phrase: "count", Kind: KeywordAggregation, Doc: "counts values that are not null", starts: true, aggregation: datatype.Count},
	{Phrase: "unique count", Kind: KeywordAggregation, Doc: "counts different values", starts: true, aggregation: datatype.CountDistinct},
	{Phrase: "min", Kind: KeywordAggregation, Doc: "takes the lowest value", starts: true, aggregation: datatype.Min},
	{Phrase: "minimum", Kind: KeywordAggregation, Doc: "same as min", starts: true, aggregation: datatype.Min},
	{Phrase: "max", Kind: KeywordAggregation, Doc: "takes the highest value", starts: true, aggregation: datatype.Max},
	{Phrase: "maximum", Kind: KeywordAggregation, Doc: "same as max", starts: true, aggregation: datatype.Max},
	{Phrase: "standard deviation", Kind: KeywordAggregation, Doc: "takes the standard deviation of the sample", starts: true, aggregation: datatype.StdDeviation},
	{Phrase: "variance", Kind: KeywordAggregation, Doc: "takes the variance of the sample", starts: true, aggregation: datatype.Variance},

	{Phrase: "before", Kind: KeywordDate, Doc: "keeps dates earlier than the start of the value"},
	{Phrase: "after", Kind: KeywordDate, Doc: "keeps dates later than the end of the value"},
	{Phrase: "on or before", Kind: KeywordDate, Doc: "keeps dates up to the end of the value"},
	{Phrase: "on or after", Kind: KeywordDate, Doc: "keeps dates from the start of the value"},

	{Phrase: "growth of", Kind: KeywordGrowth, Doc: "how a measure changes over time, first in a search: growth of [sales] by [date]", starts: true},
	{Phrase: "year-over-year", Kind: KeywordGrowth, Doc: "compares growth with the year before"},
	{Phrase: "quarter-over-quarter", Kind: KeywordGrowth, Doc: "compares growth with the quarter before"},
	{Phrase: "month-over-month", Kind: KeywordGrowth, Doc: "compares growth with the month before"},
	{Phrase: "week-over-week", Kind: KeywordGrowth, Doc: "compares growth with the week before"},
	{Phrase: "day-over-day", Kind: KeywordGrowth, Doc: "compares growth with the day before"},

	{Phrase: "contains", Kind: KeywordText, Doc: "keeps texts that hold the value anywhere"},
	{Phrase: "begins with", Kind: KeywordText, Doc: "keeps texts that start with the value"},
	{Phrase: "ends with", Kind: KeywordText, Doc: "keeps texts that end with the value"},
	{Phrase: "similar to", Kind: KeywordText, Doc: "keeps texts that match the value, in which % stands for any text and _ for any character"},

	{Phrase: "between", Kind: KeywordComparison, Doc: "keeps values from the first to the second, both included"},
	{Phrase: "vs", Kind: KeywordComparison, Doc: "compares the measures under two conditions: [region].west vs [region].east"},
	{Phrase: "versus", Kind: KeywordComparison, Doc: "same as vs"},
	{Phrase: "all", Kind: KeywordComparison, Doc: "a side of vs without condition, or the whole in percentage of", starts: true},
	{Phrase: "everything", Kind: KeywordComparison, Doc: "a side of vs without condition", starts: true},
	{Phrase: "true", Kind: KeywordComparison, Doc: "the boolean value"},
	{Phrase: "false", Kind: KeywordComparison, Doc: "the boolean value"},

	{Phrase: "in", Kind: KeywordSet, Doc: "keeps values that occur in an inner search: [store] in ( top 5 [store] [sales] )"},

	{Phrase: "near", Kind: KeywordPlace, Doc: "keeps places close to one, 10 km unless within follows"},
	{Phrase: "within", Kind: KeywordPlace, Doc: "gives the distance for near"},
	{Phrase: "farther than", Kind: KeywordPlace, Doc: "keeps places at a distance: [city] farther than 100 km from 'paris'"},
	{Phrase: "from", Kind: KeywordPlace, Doc: "names the place for farther than"},
	{Phrase: "miles", Kind: KeywordPlace, Doc: "unit of distance", kilometres: kilometresPerMile},
	{Phrase: "mile", Kind: KeywordPlace, Doc: "unit of distance", kilometres: kilometresPerMile},
	{Phrase: "km", Kind: KeywordPlace, Doc: "unit of distance", kilometres: 1},
	{Phrase: "kilometers", Kind: KeywordPlace, Doc: "unit of distance", kilometres: 1},
	{Phrase: "meters", Kind: KeywordPlace, Doc: "unit of distance", kilometres: 0.001},
	{Phrase: "m", Kind: KeywordPlace, Doc: "meters", kilometres: 0.001},

	{Phrase: "calendar", Kind: KeywordCalendar, Doc: "the calendar of the dates: [date].quarterly calendar.fiscal", starts: true},
}

const kilometresPerMile = 1.609344

// Keywords lists the keywords of the bracket form in the order of the
// reference. Bucket words and date phrases, which follow a dot or stand in
// quotes, are not among them.
func Keywords() []Keyword { return slices.Clone(keywords) }

// phrasesByWord finds the keywords that start with a word, those of more words
// first, which makes the first match the longest.
var phrasesByWord = indexPhrases()

type indexedPhrase struct {
	keyword *Keyword
	rest    []string // the words after the first
}

func indexPhrases() map[string][]indexedPhrase {
	index := map[string][]indexedPhrase{}
	for i := range keywords {
		words := strings.Fields(keywords[i].Phrase)
		index[words[0]] = append(index[words[0]], indexedPhrase{&keywords[i], words[1:]})
	}
	for _, phrases := range index {
		slices.SortStableFunc(phrases, func(a, b indexedPhrase) int { return cmp.Compare(len(b.rest), len(a.rest)) })
	}
	return index
}

// longestKeywordWord bounds the buffer in which the lexer folds a word.
var longestKeywordWord = func() int {
	longest := 0
	for word := range phrasesByWord {
		longest = max(longest, len(word))
	}
	return longest
}()

package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/search"
)

// chapters are the headings of the kinds of keywords.
var chapters = map[search.KeywordKind]string{
	search.KeywordGeneral:     "General",
	search.KeywordAggregation: "Aggregation",
	search.KeywordDate:        "Dates",
	search.KeywordGrowth:      "Growth",
	search.KeywordText:        "Text",
	search.KeywordComparison:  "Comparison",
	search.KeywordSet:         "Sets",
	search.KeywordPlace:       "Places",
	search.KeywordCalendar:    "Calendars",
}

func keywordsPage(string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Keywords of searches\n\n" + notice)
	b.WriteString(`The words and phrases that have a meaning in a search, outside brackets and quotes. Case does not matter.
The parser knows the whole language; [search.md](search.md) says which parts searches can use now.
`)
	kind := search.KeywordKind("")
	for _, k := range search.Keywords() {
		if k.Kind != kind {
			kind = k.Kind
			chapter, ok := chapters[kind]
			if !ok {
				return nil, fmt.Errorf("the kind of keywords %q has no heading", kind)
			}
			fmt.Fprintf(&b, "\n## %s\n\n| keyword | meaning |\n| --- | --- |\n", chapter)
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", k.Phrase, cell(k.Doc))
	}
	b.WriteString("\n## Date buckets\n\nA bucket follows a date column and a dot; one of several words stands in quotes.\n\n| bucket | name of the result | values |\n| --- | --- | --- |\n")
	for bucket := datatype.Detailed; bucket <= datatype.QuarterOfYear; bucket++ {
		written, values := bucket.String(), "start of the period"
		if strings.Contains(written, " ") {
			written = "'" + written + "'"
		}
		switch {
		case bucket == datatype.Detailed:
			values = "the value itself"
		case bucket.IsCyclic():
			low, high := bucket.Range()
			values = fmt.Sprintf("%d to %d", low, high)
		}
		fmt.Fprintf(&b, "| `[date].%s` | %s | %s |\n", written, bucket.Name("Date"), values)
	}
	return b.Bytes(), nil
}

// cell is a text for a cell of a table: a bar would end the cell, and brackets
// stand for columns, not for links.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "[", `\[`, "]", `\]`, "_", `\_`, "*", `\*`, "<", "&lt;").Replace(s)
}

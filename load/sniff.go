package load

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/result"
)

const (
	sampleBytes   = 256 << 10
	sampleRecords = 500
)

// delimiters are tried in this order; among equals the first wins, because the
// later ones are more often part of a text.
var delimiters = []byte{'\t', '|', ';', ','}

// sample is the beginning of a text file.
type sample struct {
	text     []byte
	complete bool // it is the whole file
}

// sniff finds out how a delimited file is written. delimiter is 0 unless it is
// known.
func sniff(s sample, delimiter byte) dialect {
	d := dialect{delimiter: delimiter, quote: '"', newline: '\n'}
	if bytes.IndexByte(s.text, '\n') < 0 && bytes.IndexByte(s.text, '\r') >= 0 {
		d.newline = '\r'
	}
	if d.delimiter != 0 {
		d.quote = s.quote(d)
		return d
	}
	best, bestScore := d, 0.0
	best.delimiter = ','
	for _, c := range delimiters {
		d.delimiter = c
		d.quote = s.quote(d)
		if score := s.score(d); score > bestScore {
			best, bestScore = d, score
		}
	}
	if bestScore == 0 {
		best.quote = s.quote(best)
	}
	return best
}

// quote finds the character that quotes fields. It is the double quote unless
// only single quotes surround fields.
func (s sample) quote(d dialect) byte {
	d.quote = 0
	rows, _ := s.records(d)
	single := 0
	for _, row := range rows {
		for _, f := range row {
			n := len(f.text)
			if n > 0 && f.text[0] == '"' {
				return '"'
			}
			if n > 1 && f.text[0] == '\'' && f.text[n-1] == '\'' {
				single++
			}
		}
	}
	if single > 0 && 2*single >= len(rows) {
		return '\''
	}
	return '"'
}

// score says how well a dialect explains the sample: 0 when it splits nothing,
// otherwise the share of rows that have the most common number of fields, and
// among equal shares, a little more for more fields.
func (s sample) score(d dialect) float64 {
	rows, bad := s.records(d)
	if len(rows) == 0 {
		return 0
	}
	counts := map[int]int{}
	common := 0
	for _, row := range rows {
		n := len(row)
		if counts[n]++; counts[n] > counts[common] || counts[n] == counts[common] && n > common {
			common = n
		}
	}
	if common < 2 {
		return 0
	}
	share := float64(counts[common]) / float64(len(rows)+bad)
	if len(rows[0]) != common { // the header decides what a row is
		share /= 2
	}
	return share + float64(min(common, 1000))*1e-6
}

// records are the complete rows at the beginning, and the number of bad ones.
func (s sample) records(d dialect) (rows [][]field, bad int) {
	scanner := newScanner(bytes.NewReader(s.text), d)
	for len(rows) < sampleRecords {
		rec, err := scanner.next()
		if errors.Is(err, io.EOF) {
			break
		}
		cut := !s.complete && len(scanner.data) == 0
		if err != nil {
			if cut {
				break
			}
			var row *rowError
			// A quote that is open at the end of a cut sample may close behind it.
			if !errors.As(err, &row) || !s.complete && row.reason == reasonOpenQuote {
				break
			}
			bad++
			continue
		}
		if cut && len(rows) > 0 {
			break
		}
		rows = append(rows, append([]field(nil), rec.fields...))
	}
	return rows, bad
}

// hasHeader reports whether the first row names the columns. It does unless it
// clearly is data: some field of it is of the type of the values below, and
// none is a text above values that are not.
func hasHeader(rows [][]field) bool {
	if len(rows) == 0 {
		return true
	}
	data := false
	for i, f := range rows[0] {
		first := kindOf([][]field{{f}}, 0)
		below := kindOf(rows[1:], i)
		empty := len(trim(f.text)) == 0
		switch {
		case empty || len(rows) > 1 && below == result.KindText:
		case first == result.KindText:
			return true
		case isYear(f.text): // 2019 may well be the name of a column
		case len(rows) == 1 || first == below || isNumber(first) && isNumber(below):
			data = true
		}
	}
	return !data
}

// kindOf is the kind of the values in a column of some rows.
func kindOf(rows [][]field, column int) result.Kind {
	var c inference
	for _, row := range rows {
		if column < len(row) {
			c.observe(row[column].text, row[column].allowed)
		}
	}
	return c.kind()
}

func isNumber(k result.Kind) bool { return k == result.KindInt || k == result.KindFloat }

func isYear(text []byte) bool {
	n, ok := parseInt(trim(text))
	return ok && n >= 1900 && n <= 2100
}

// columnNames makes names for columns of what the header has: without control
// characters and blanks around them, none empty, none twice when case is
// ignored.
func columnNames(header []string) []string {
	names := make([]string, len(header))
	given := map[string]bool{}
	for i, name := range header {
		names[i] = strings.TrimSpace(strings.Map(printable, name))
		given[strings.ToLower(names[i])] = true
	}
	used := map[string]bool{}
	for i, name := range names {
		base := name
		if base == "" {
			base = "column_" + strconv.Itoa(i+1)
			name = base
		}
		for n := 2; used[strings.ToLower(name)] || name != names[i] && given[strings.ToLower(name)]; n++ {
			name = base + "_" + strconv.Itoa(n)
		}
		used[strings.ToLower(name)] = true
		names[i] = name
	}
	return names
}

// printable maps control characters to blanks and drops NUL.
func printable(r rune) rune {
	switch {
	case r == 0 || r == 0xFEFF:
		return -1
	case r < ' ' || r >= 0x7F && r < 0xA0 || r == 0x2028 || r == 0x2029:
		return ' '
	}
	return r
}

package load

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/searchlight-bi/searchlight/result"
)

// FuzzInference checks that the kind found for a column holds all its values.
func FuzzInference(f *testing.F) {
	for _, seed := range []string{
		"1\n-2\n\n9223372036854775807", "01\n2", "9223372036854775808\n1", "9223372036854775808\n1.5", "1e5\n.5\n-0",
		"1e999", "true\nFALSE", "t\nf", "2020-02-29\n2020/1/2 10:20", "1/2/2020\n31/12/2020", "12/31/2020\n31/12/2020",
		"10:30\n23:59:59.999999", "24:00", "2020-01-01T00:00:00.123456789Z", "2020-01-01 00:00-05:30", "0000-01-01", "NaN\ninf", " 5 \n", "+49",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var c column
		values := strings.Split(text, "\n")
		for _, value := range values {
			c.texts.observe([]byte(value), allForms)
		}
		c.setType(natives[c.texts.kind()])
		c.order = c.texts.order()
		source := &textSource{l: &loader{warned: map[string]bool{}}}
		for _, value := range values {
			chunk := result.NewChunk(result.Schema{{Kind: c.kind}}, chunkRows)
			if !source.put(&c, &chunk.Vectors[0], 0, &field{text: []byte(value)}) {
				t.Errorf("%q is no %s, which was inferred of %q", value, c.native, values)
			}
		}
	})
}

// FuzzDelimited checks that any bytes are split without a panic, in finite
// time, with lines that go up, and into names that differ.
func FuzzDelimited(f *testing.F) {
	for _, seed := range []string{
		"a,b\n1,2\n", "a;b\r\n\"x\r\ny\";2\r\n", "a\tb\r1\t2\r", "'a'|'b'\n'it''s'|2", "\"open", "a,\"b\"c\n\"d\n", "\n\n ,\n", "a,a,,A_2\n", "\xff,\x00\n", "\"a\"\"\"", ",\"", "\"\"\r",
	} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, complete bool) {
		s := sample{text: text, complete: complete}
		scanner := newScanner(bytes.NewReader(text), sniff(s, 0))
		rows, _ := s.records(scanner.dialect)
		hasHeader(rows)
		lines := int64(bytes.Count(text, []byte{scanner.newline}) + 1)
		last := int64(0)
		for {
			rec, err := scanner.next()
			if errors.Is(err, io.EOF) {
				break
			}
			line := int64(0)
			var bad *rowError
			switch {
			case errors.As(err, &bad):
				line = bad.line
			case err != nil:
				t.Fatal(err)
			default:
				line = rec.line
				header := make([]string, len(rec.fields))
				for i, f := range rec.fields {
					header[i] = string(f.text)
				}
				seen := map[string]bool{}
				for _, name := range columnNames(header) {
					if key := strings.ToLower(name); name == "" || seen[key] {
						t.Fatalf("names %q of %q", columnNames(header), header)
					} else {
						seen[key] = true
					}
				}
			}
			if line <= last || line > lines {
				t.Fatalf("line %d after %d of %d", line, last, lines)
			}
			last = line
		}
	})
}

// What a CSV writer writes is what the scanner reads, wherever buffers end.
func TestScannerReadsWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(2, 5).Draw(t, "width")
		cell := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune("a,\"\n; '")), 0, 20, -1))
		want := rapid.SliceOfN(rapid.SliceOfN(cell, width, width), 1, 20).Draw(t, "rows")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		for i, row := range want {
			for j := range row {
				row[j] = strings.ReplaceAll(row[j], "\r", "")
				if i == 0 && j == 0 && row[j] == "" {
					row[j] = "x"
				}
			}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		lines := []int64{}
		line := int64(1)
		for _, row := range want {
			lines = append(lines, line)
			line += int64(strings.Count(strings.Join(row, ""), "\n")) + 1
		}
		scanner := newScanner(bytes.NewReader(b.Bytes()), dialect{delimiter: ',', quote: '"', newline: '\n'})
		var got [][]string
		var at []int64
		for {
			rec, err := scanner.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			row := make([]string, len(rec.fields))
			for i, f := range rec.fields {
				row[i] = string(f.text)
			}
			got, at = append(got, row), append(at, rec.line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("rows (-want +got):\n%s\nof %q", diff, b.String())
		}
		if !slices.Equal(lines, at) {
			t.Fatalf("lines %v, want %v", at, lines)
		}
	})
}

// Quoted fields and lines that are longer than the buffer.
func TestScannerLongRecords(t *testing.T) {
	long := strings.Repeat("x\n", bufferSize)
	scanner := newScanner(strings.NewReader("a,\""+long+"\"\nb,"+strings.Repeat("y", 3*bufferSize)+"\n\"open\n"+strings.Repeat("z", maxRecord+10)+"\nlast,row"),
		dialect{delimiter: ',', quote: '"', newline: '\n'})
	rec, err := scanner.next()
	if err != nil || rec.line != 1 || string(rec.fields[1].text) != long {
		t.Fatalf("the first record is of line %d, %v", rec.line, err)
	}
	rec, err = scanner.next()
	if err != nil || rec.line != bufferSize+2 || len(rec.fields[1].text) != 3*bufferSize {
		t.Fatalf("the second record is of line %d, %v", rec.line, err)
	}
	for _, want := range []rowError{{line: bufferSize + 3, column: 1, reason: reasonLongQuote}, *errTooLong(bufferSize + 4)} {
		var bad *rowError
		if _, err = scanner.next(); !errors.As(err, &bad) || *bad != want {
			t.Fatalf("the error is %v, want %v", err, want)
		}
	}
	rec, err = scanner.next()
	if err != nil || rec.line != bufferSize+5 || string(rec.fields[1].text) != "row" {
		t.Fatalf("the last record is %v, %v", rec, err)
	}
}

func TestDays(t *testing.T) {
	for _, test := range []struct {
		text string
		want int64
	}{{"1970-01-01", 0}, {"1969-12-31", -1}, {"2000-02-29", 11016}, {"0001-01-01", -719162}, {"9999-12-31", 2932896}, {"1900-03-01", -25508}} {
		c, ok := parseCivil([]byte(test.text))
		if got := c.days(monthFirst); !ok || got != test.want {
			t.Errorf("%s is day %d, %v, want %d", test.text, got, ok, test.want)
		}
	}
}

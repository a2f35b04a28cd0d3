package load

import (
	"context"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook is a sheet of an XLSX file.
type workbook struct {
	l       *loader
	name    string
	sheet   string
	file    *excelize.File
	is1904  bool
	dated   map[int]dateStyle
	records []record
	width   int
}

// dateStyle is what the number format of a cell makes of its number.
type dateStyle uint8

const (
	noDate dateStyle = iota
	dateOnly
	dateAndTime
	timeOnly
)

// workbook is an XLSX file, which is read into memory.
func (l *loader) workbook(name string, size int64) source {
	l.progress.state.Total += 2 * size
	w := &workbook{l: l, name: name, dated: map[int]dateStyle{}}
	s := &textSource{l: l, name: name, size: size}
	s.header = func(ctx context.Context) ([]string, error) {
		if err := w.read(ctx); err != nil {
			return nil, err
		}
		names := make([]string, w.width)
		for i, f := range w.records[0].fields {
			names[i] = string(f.text)
		}
		rows := make([][]field, 0, sampleRecords)
		for i := range w.records[:min(len(w.records), sampleRecords)] {
			rows = append(rows, w.records[i].fields)
		}
		if l.isHeader(rows, names) {
			w.records = w.records[1:]
		} else {
			clear(names)
		}
		return columnNames(names), nil
	}
	s.records = func(context.Context) (records, func() int64, error) {
		return &memoryRecords{records: w.records}, func() int64 { return 0 }, nil
	}
	return s
}

// read takes the rows of the sheet into memory.
func (w *workbook) read(ctx context.Context) error {
	file, err := excelize.OpenFile(w.name, excelize.Options{RawCellValue: true})
	if err != nil {
		return &Error{File: w.name, Message: "the file is no XLSX workbook that can be read: " + err.Error(), Err: err}
	}
	defer func() { _ = file.Close() }()
	w.file = file
	if err := w.chooseSheet(); err != nil {
		return err
	}
	if properties, err := file.GetWorkbookProps(); err == nil && properties.Date1904 != nil {
		w.is1904 = *properties.Date1904
	}
	rows, err := file.Rows(w.sheet)
	if err != nil {
		return errReader(w.name, err)
	}
	defer func() { _ = rows.Close() }()
	for line := 1; rows.Next(); line++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		texts, err := rows.Columns()
		if err != nil {
			return errFile(w.name, "row %d of sheet %q cannot be read: %v", line, w.sheet, err)
		}
		if err := w.addRow(line, texts); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return errReader(w.name, err)
	}
	if len(w.records) == 0 {
		return errFile(w.name, "sheet %q is empty", w.sheet)
	}
	return nil
}

func (w *workbook) chooseSheet() error {
	sheets := w.file.GetSheetList()
	w.sheet = w.l.options.Sheet
	if w.sheet == "" {
		if len(sheets) == 0 {
			return errFile(w.name, "the workbook has no sheet")
		}
		w.sheet = sheets[0]
		if len(sheets) > 1 {
			w.l.warn(w.name + ": only sheet " + strconv.Quote(w.sheet) + " was loaded; the others are " + strings.Join(sheets[1:], ", "))
		}
		return nil
	}
	for _, sheet := range sheets {
		if strings.EqualFold(sheet, w.sheet) {
			w.sheet = sheet
			return nil
		}
	}
	return errFile(w.name, "the workbook has no sheet %q; it has %s", w.sheet, strings.Join(sheets, ", "))
}

func (w *workbook) addRow(line int, texts []string) error {
	rec := record{line: int64(line)}
	for i, text := range texts {
		f := field{null: true, allowed: allForms}
		if text != "" {
			var err error
			if f, err = w.cell(i+1, line, text); err != nil {
				return err
			}
		}
		rec.fields = append(rec.fields, f)
	}
	for n := len(rec.fields); n > 0 && rec.fields[n-1].null; n-- {
		rec.fields = rec.fields[:n-1]
	}
	if len(rec.fields) > 0 {
		w.records = append(w.records, rec)
		w.width = max(w.width, len(rec.fields))
	}
	return nil
}

// cell gives the text of a cell in the form that the inference reads.
func (w *workbook) cell(column, row int, text string) (field, error) {
	f := field{text: []byte(text), allowed: allForms}
	at, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return f, errReader(w.name, err)
	}
	kind, err := w.file.GetCellType(w.sheet, at)
	if err != nil {
		return f, errReader(w.name, err)
	}
	switch kind {
	case excelize.CellTypeBool:
		f.text = []byte(strconv.FormatBool(text == "1" || strings.EqualFold(text, "true")))
	case excelize.CellTypeError:
		w.l.warn(w.name + ": cells with errors such as " + text + " became null")
		return field{null: true, allowed: allForms}, nil
	case excelize.CellTypeUnset, excelize.CellTypeNumber:
		number, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return f, nil
		}
		style, err := w.file.GetCellStyle(w.sheet, at)
		if err != nil {
			return f, errReader(w.name, err)
		}
		f.text = []byte(w.number(number, text, w.dateStyle(style)))
	default:
	}
	return f, nil
}

// number writes a number, or the moment that it stands for.
func (w *workbook) number(number float64, text string, style dateStyle) string {
	if style == noDate {
		// Files hold 0.30000000000000004 for what a sheet shows as 0.3, and
		// whole numbers with an exponent.
		if number == math.Trunc(number) && math.Abs(number) < 1<<53 {
			return strconv.FormatInt(int64(number), 10)
		}
		return text
	}
	if style == timeOnly && number >= 0 && number < 1 {
		t, err := excelize.ExcelDateToTime(1+number, w.is1904)
		if err != nil {
			return text
		}
		return t.Format("15:04:05.999999")
	}
	t, err := excelize.ExcelDateToTime(number, w.is1904)
	if err != nil {
		return text
	}
	if style == dateOnly && number == math.Trunc(number) {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04:05.999999")
}

// dateStyle tells whether a style shows numbers as moments.
func (w *workbook) dateStyle(id int) dateStyle {
	if known, ok := w.dated[id]; ok {
		return known
	}
	var found dateStyle
	if style, err := w.file.GetStyle(id); err == nil && style != nil {
		if style.CustomNumFmt != nil {
			found = styleOfCode(*style.CustomNumFmt)
		} else {
			found = builtinStyle(style.NumFmt)
		}
	}
	w.dated[id] = found
	return found
}

// builtinStyle knows the numbered formats, those of East Asia included.
func builtinStyle(id int) dateStyle {
	switch {
	case id >= 14 && id <= 17, id >= 27 && id <= 31, id == 36, id >= 50 && id <= 54, id == 57, id == 58:
		return dateOnly
	case id >= 18 && id <= 21, id >= 45 && id <= 47, id >= 32 && id <= 35, id == 55, id == 56:
		return timeOnly
	case id == 22:
		return dateAndTime
	}
	return noDate
}

// styleOfCode reads a format code such as yyyy\-mm\-dd;@ or [$-409]h:mm AM/PM.
func styleOfCode(code string) dateStyle {
	code, _, _ = strings.Cut(code, ";")
	var days, clock, minutesOrMonths bool
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case code[i] == '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return noDate
			}
			switch strings.ToLower(code[i+1 : i+end]) {
			case "h", "hh", "m", "mm", "s", "ss": // a duration
				clock = true
			}
			i += end
		case code[i] == '\\' || code[i] == '_' || code[i] == '*':
			i++
		case code[i] == '#' || code[i] == '?' || strings.HasPrefix(code[i:], "General"):
			return noDate
		case c == 'y' || c == 'd':
			days = true
		case c == 'h' || c == 's':
			clock = true
		case c == 'm':
			minutesOrMonths = true
		}
	}
	switch {
	case days && clock:
		return dateAndTime
	case days, minutesOrMonths && !clock:
		return dateOnly
	case clock:
		return timeOnly
	}
	return noDate
}

// memoryRecords are rows in memory.
type memoryRecords struct {
	records []record
	at      int
}

// next implements records.
func (r *memoryRecords) next() (*record, error) {
	if r.at == len(r.records) {
		return nil, io.EOF
	}
	r.at++
	return &r.records[r.at-1], nil
}

// close implements records.
func (r *memoryRecords) close() error { return nil }

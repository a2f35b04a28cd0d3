package period_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/period"
)

func FuzzParse(f *testing.F) {
	add := func(text string) {
		f.Add(text, now.Unix(), false)
		f.Add(text, now.Unix(), true)
	}
	for _, c := range literals {
		add(c.text)
	}
	for _, c := range phrases {
		add(c.text)
	}
	for _, c := range mistakes {
		add(c.text)
	}
	for _, text := range append(others, "monday", "dec", "q3") {
		add(text)
	}
	f.Fuzz(func(t *testing.T, text string, unix int64, dateTime bool) {
		c := period.Context{Now: time.Unix(unix, 0).UTC(), DateTime: dateTime}
		v, err := period.Parse(text, c)
		i, literalErr := period.ParseLiteral(text)
		if err != nil {
			e, ok := errors.AsType[*period.Error](err)
			if !ok || e.Message == "" || v != (period.Value{}) {
				t.Fatalf("Parse(%q) = %+v, %#v", text, v, err)
			}
			if literalErr == nil {
				t.Fatalf("%q is the literal %v, but Parse says %v", text, i, err)
			}
			return
		}
		if v.Literal != (literalErr == nil) || v.Literal && v.Interval != i {
			t.Fatalf("Parse(%q) = %+v, ParseLiteral %v, %v", text, v, i, literalErr)
		}
		if again, err := period.Parse("\t"+strings.ToUpper(strings.Join(strings.Fields(text), " \n"))+" ", c); err != nil || again != v {
			t.Fatalf("case and blanks change %q from %+v to %+v, %v", text, v, again, err)
		}
		if v.Bucket != datatype.NoBucket {
			if low, high := v.Bucket.Range(); v.Position < low || v.Position > high || v.Interval != (period.Interval{}) {
				t.Fatalf("Parse(%q) = %+v", text, v)
			}
			return
		}
		from, to := v.Interval.From, v.Interval.To
		empty := from.Equal(to) && v.ToDate != datatype.NoBucket && !dateTime
		if !from.Before(to) && !empty || from.Year() < 1 || to.Year() > 9999 || from.Location() != time.UTC || to.Location() != time.UTC {
			t.Fatalf("Parse(%q) = %+v", text, v)
		}
	})
}

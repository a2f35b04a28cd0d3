package formula

import (
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

// to is the value in a type that holds it without loss; constants change at
// once. Texts stay as they are, and so do integers in a wider type: engines
// mix them freely.
func (v value) to(t datatype.Type) value {
	if v.typ == t || v.typ.IsText() && t.IsText() || v.typ.IsInteger() && t.IsInteger() {
		return v
	}
	return v.cast(t)
}

func (v value) cast(t datatype.Type) value {
	if k, ok := v.expr.(expr.Const); ok {
		if n, ok := k.Value.(int64); ok && (t == datatype.Double || t == datatype.Float) {
			k.Value = float64(n)
		}
		k.Typ = t
		v.expr, v.typ = k, t
		return v
	}
	v.expr = expr.Call{Op: expr.OpCast, Args: []expr.Expr{v.expr}, Typ: t}
	v.typ = t
	v.size++
	return v
}

// literal is the text of a value that is written out as one.
func (v value) literal() (string, bool) {
	if t, ok := v.node.(*Text); ok {
		return t.Value, true
	}
	return "", false
}

// fits reports whether the value can be an argument of the given types.
func (v value) fits(t Types) bool { return t.takes(v.coerceText(t).typ) }

// coerceText reads a text literal as the date that is wanted in its place; any
// other value stays as it is.
func (v value) coerceText(wanted Types) value {
	if wanted&TakesDated == 0 || wanted&TakesText != 0 {
		return v
	}
	return v.asDate()
}

// dateLayouts are the spellings of dates in texts (formulas.md 1.1).
var dateLayouts = []struct {
	layout string
	typ    datatype.Type
}{
	{"2006-01-02", datatype.Date}, {"01/02/2006", datatype.Date},
	{"2006-01-02 15:04", datatype.DateTime}, {"01/02/2006 15:04", datatype.DateTime},
	{"2006-01-02 15:04:05", datatype.DateTime}, {"01/02/2006 15:04:05", datatype.DateTime},
}

// asDate is the date that a text literal spells; any other value stays as it
// is.
func (v value) asDate() value {
	text, ok := v.literal()
	if !ok {
		return v
	}
	for _, l := range dateLayouts {
		if day, err := time.Parse(l.layout, text); err == nil {
			return constant(v.node, day, l.typ)
		}
	}
	return v
}

// join brings values to one type, in place. It reports the first value that
// does not go with those before it.
func join(values []value) (datatype.Type, int, bool) {
	t := datatype.Null
	for i, v := range values {
		joined, ok := datatype.Join(t, v.typ)
		if !ok {
			return datatype.Unknown, i, false
		}
		t = joined
	}
	for i, v := range values {
		values[i] = v.to(t)
	}
	return t, 0, true
}

// alike brings values that are compared to one type, in place, reading texts
// as dates where they meet dates. It reports the first value that does not go
// with those before it.
func alike(values []value) (t datatype.Type, at int, ok bool) {
	dated := false
	for _, v := range values {
		dated = dated || v.typ.IsDated()
	}
	if dated {
		for i, v := range values {
			values[i] = v.asDate()
		}
	}
	return join(values)
}

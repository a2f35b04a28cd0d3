package load

import "github.com/searchlight-bi/searchlight/result"

// forms are the ways in which a text can be read.
type forms uint8

const (
	formBool forms = 1 << iota
	formInt
	formFloat
	formYearFirst
	formMonthFirst
	formDayFirst
	formTime

	numbers  = formInt | formFloat
	dates    = formYearFirst | formMonthFirst | formDayFirst
	allForms = formBool | numbers | dates | formTime
)

// inference finds the one form that all values of a column have.
type inference struct {
	excluded forms // forms that some value does not have
	valued   bool  // there was a value
	big      bool  // a whole number beyond int64
	fraction bool  // a number that is not whole
	clock    bool  // a date with a time
	// Of slashed dates, whatever else the column holds:
	onlyMonthFirst, onlyDayFirst bool
}

// observe takes note of a value, which its source lets be read in the allowed
// forms.
func (c *inference) observe(text []byte, allowed forms) {
	left := allForms &^ c.excluded
	if left == 0 {
		return
	}
	text = trim(text)
	if len(text) == 0 {
		return
	}
	c.valued = true
	if left &= allowed; left != 0 {
		left &= c.formsOf(text, left)
	}
	c.excluded = allForms &^ left
}

// formsOf is the forms of a text among those that are left.
func (c *inference) formsOf(text []byte, left forms) forms {
	switch first := text[0]; {
	case first == 't' || first == 'T' || first == 'f' || first == 'F':
		if _, ok := parseBool(text); ok {
			return formBool
		}
		return 0
	case first != '-' && first != '.' && (first < '0' || first > '9'):
		return 0
	}
	if left&numbers != 0 {
		switch shapeOfNumber(text) {
		case whole:
			return numbers
		case bigWhole:
			c.big = true
			return formFloat
		case fractional:
			c.fraction = true
			return formFloat
		case noNumber:
		}
	}
	if left&dates != 0 {
		if d, ok := parseCivil(text); ok {
			c.clock = c.clock || d.clock
			return c.dateForms(d)
		}
	}
	if left&formTime != 0 {
		if _, ok := parseTime(text); ok {
			return formTime
		}
	}
	return 0
}

func (c *inference) dateForms(d civil) forms {
	if !d.slashed {
		return formYearFirst
	}
	switch month, day := d.fits(monthFirst), d.fits(dayFirst); {
	case month && day:
		return formMonthFirst | formDayFirst
	case month:
		c.onlyMonthFirst = true
		return formMonthFirst
	default:
		c.onlyDayFirst = true
		return formDayFirst
	}
}

// observeDate takes note of the order of a date when the column's type is
// settled, so that a value of another form must not end the search for it.
func (c *inference) observeDate(text []byte) {
	if d, ok := parseCivil(trim(text)); ok {
		c.dateForms(d)
	}
}

// kind is the kind that holds all values seen.
func (c *inference) kind() result.Kind {
	left := allForms &^ c.excluded
	switch {
	case !c.valued:
		return result.KindText
	case left&formBool != 0:
		return result.KindBool
	case left&formInt != 0:
		return result.KindInt
	case left&formFloat != 0 && (c.fraction || !c.big):
		return result.KindFloat
	case left&dates != 0 && c.clock:
		return result.KindDateTime
	case left&dates != 0:
		return result.KindDate
	case left&formTime != 0:
		return result.KindTime
	}
	return result.KindText
}

// order is the order in which slashed dates are read.
func (c *inference) order() dateOrder {
	if c.onlyDayFirst && !c.onlyMonthFirst {
		return dayFirst
	}
	return monthFirst
}

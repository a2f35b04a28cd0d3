package formula

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
)

// Group is a chapter of the function catalogue.
type Group string

// The groups, in the order of the catalogue.
const (
	Operators             Group = "operators"
	Aggregates            Group = "aggregates"
	ConditionalAggregates Group = "conditional aggregates"
	GroupFunctions        Group = "group functions"
	WindowFunctions       Group = "window functions"
	SemiAdditive          Group = "semi-additive functions"
	Conversion            Group = "conversion"
	DateFunctions         Group = "date functions"
	NumberFunctions       Group = "number functions"
	TextFunctions         Group = "text functions"
	Variables             Group = "variables"
	PassThrough           Group = "pass-through functions"
)

// Function is an operator or a function of the language (formulas.md 3).
type Function struct {
	Name       string
	Group      Group
	Syntax     string // how it is written, with the names of its arguments
	Doc        string // one line
	Nulls      string // what it makes of null, and an aggregate of no values
	Overloads  []Overload
	Aggregates bool // one value of the values of a group; else as its arguments
	Examples   []Example

	// Later marks a function that is known but cannot be used yet; only its
	// name and group are set.
	Later bool

	build builder // nil for operators and variables
}

// builder makes the meaning of a call whose arguments have been checked
// against an overload and have its types.
type builder func(c *checker, n *Call, args []value) value

// Overload is one list of arguments that a function takes.
type Overload struct {
	Args    []Arg
	Result  Result
	Repeats bool // there may be more arguments like the last one
}

// arg is the argument at a place.
func (o *Overload) arg(i int) Arg { return o.Args[min(i, len(o.Args)-1)] }

// has reports whether the overload takes that many arguments.
func (o *Overload) has(n int) bool { return n == len(o.Args) || o.Repeats && n > len(o.Args) }

// beginsWith reports whether the overload takes the arguments and needs more.
func (o *Overload) beginsWith(args []value) bool {
	if len(args) >= len(o.Args) {
		return false
	}
	for i, a := range args {
		if !a.fits(o.Args[i].Takes) {
			return false
		}
	}
	return true
}

// Arg is an argument of an overload.
type Arg struct {
	Name          string
	Takes         Types
	NotAggregated bool // a value of every row is wanted
	Literal       bool // has to be written out
}

// Example is a formula and the text of its value over the tables of
// formulas.md 5, taken as one group; no value is written null.
type Example struct {
	Formula, Want string
}

// Result is the rule for the type of a function's value.
type Result uint8

// The rules.
const (
	ResultBool     Result = iota
	ResultInt             // INT64
	ResultDouble          // DOUBLE
	ResultSame            // the type of the argument, or the one that holds all of them
	ResultNumber          // INT64 of integers, otherwise DOUBLE
	ResultText            // VARCHAR
	ResultTexts           // a list of VARCHAR
	ResultInts            // a list of INT64
	ResultDate            // DATE
	ResultDateTime        // DATE_TIME
	ResultTime            // TIME
	ResultFirst           // the type of the first argument
)

// String names the rule for the documentation.
func (r Result) String() string {
	return [...]string{"Boolean", "Integer", "Double", "as the arguments", "Integer of integers, otherwise Double",
		"Text", "List of Text", "List of Integer", "Date", "DateTime", "Time", "as the first argument"}[r]
}

// Types is a set of types of arguments.
type Types uint8

// The types that messages tell apart.
const (
	TakesNumber Types = 1 << iota
	TakesText
	TakesBool
	TakesDate
	TakesDateTime
	TakesTime
	TakesInteger  // numbers that have no fraction by their type
	TakesCalendar // the name of a calendar

	TakesDated    = TakesDate | TakesDateTime
	TakesSortable = TakesNumber | TakesText | TakesDated | TakesTime
	TakesAny      = TakesSortable | TakesBool
)

var typesNames = []struct {
	types Types
	name  string
}{
	{TakesNumber, "Numeric"}, {TakesText, "Text"}, {TakesBool, "Boolean"},
	{TakesDate, "Date"}, {TakesDateTime, "DateTime"}, {TakesTime, "Time"}, {TakesInteger, "Integer"},
	{TakesCalendar, "Calendar"},
}

// String lists the types as messages name them, such as "Date or DateTime".
func (t Types) String() string {
	if t&TakesNumber != 0 {
		t &^= TakesInteger
	}
	var names []string
	for _, n := range typesNames {
		if t&n.types != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, " or ")
}

// takes reports whether a value of type d fits; null fits everywhere, and a
// date where a date with time is wanted.
func (t Types) takes(d datatype.Type) bool {
	if d == datatype.Null || t == TakesCalendar || t&TakesDateTime != 0 && d == datatype.Date || t&TakesInteger != 0 && d.IsInteger() {
		return true
	}
	return t&typesOf(d) != 0
}

func typesOf(d datatype.Type) Types {
	for _, n := range typesNames {
		if n.name == d.Family() {
			return n.types
		}
	}
	return 0
}

// typeForNull is the type that a null takes on in an argument; it matters only
// to engines, which want one.
func (t Types) typeForNull() datatype.Type {
	switch {
	case t == TakesAny:
		return datatype.Null
	case t&TakesNumber != 0:
		return datatype.Double
	case t&TakesInteger != 0:
		return datatype.Int64
	case t&TakesText != 0:
		return datatype.Varchar
	case t&TakesBool != 0:
		return datatype.Bool
	case t&TakesDateTime != 0:
		return datatype.DateTime
	case t&TakesDate != 0:
		return datatype.Date
	}
	return datatype.Time
}

// byName and functionNames are filled when the program starts: what builds a
// function's meaning reads them, so they cannot be initialised from it.
var (
	byName        = map[string]*Function{}
	functionNames []string
)

func init() {
	for i := range catalogue {
		f := &catalogue[i]
		byName[f.Name] = f
		if f.Group != Operators || f.build != nil {
			functionNames = append(functionNames, f.Name)
		}
	}
}

// Functions lists the operators and functions of the language, group by group.
func Functions() []Function { return slices.Clone(catalogue) }

// FunctionByName finds a function by its name in lower case.
func FunctionByName(name string) (Function, bool) {
	if f, ok := byName[name]; ok {
		return *f, true
	}
	return Function{}, false
}

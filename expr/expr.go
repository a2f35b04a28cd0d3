package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight/datatype"
)

// ColumnID identifies a column within one query: first the physical columns
// of the model, then those that the planner makes. 0 is no column.
type ColumnID int

// Level says how often an expression has a value (formulas.md 2.2).
type Level uint8

// The levels.
const (
	LevelConst Level = iota // one for the whole query
	LevelRow                // one for each row
	LevelAgg                // one for each group
)

// Expr is a typed expression.
type Expr interface {
	Type() datatype.Type
	Level() Level
	String() string
}

// Column is the value of a column in a row.
type Column struct {
	ID   ColumnID
	Name string // for people who read plans; without meaning
	Typ  datatype.Type
}

// Const is a value that is the same for the whole query. Value is nil, bool,
// int64, float64, string, or, for Date, DateTime and Time, a time.Time in UTC
// that holds the wall-clock reading.
type Const struct {
	Value any
	Typ   datatype.Type
}

// Principal stands for what is known of the person who asks; the binder puts
// the values in its place, so that no plan holds one. A list stands only as the
// second argument of OpIn.
type Principal struct {
	Kind PrincipalKind
	Typ  datatype.Type
}

// PrincipalKind is a property of the person who asks.
type PrincipalKind string

// The properties.
const (
	PrincipalName        PrincipalKind = "ts_username"
	PrincipalOrg         PrincipalKind = "ts_org"
	PrincipalEmailDomain PrincipalKind = "ts_email_domain"
	PrincipalGroups      PrincipalKind = "ts_groups" // the names of all groups, inherited ones too
	// PrincipalGroupInts is those names that are integers, as Int64.
	PrincipalGroupInts PrincipalKind = "ts_groups_int"
)

// IsList reports whether the property is a list.
func (k PrincipalKind) IsList() bool { return k == PrincipalGroups || k == PrincipalGroupInts }

// AsksWho reports whether the value of e depends on the person who asks.
func AsksWho(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		if _, ok := e.(Principal); ok {
			found = true
		}
		return !found
	})
	return found
}

// Call applies an operation to values of one row or one group.
type Call struct {
	Op     Op
	Args   []Expr
	Typ    datatype.Type
	Bucket datatype.Bucket // of OpBucket
	Unit   Unit            // of OpShift and OpDiff
	Field  DateField       // of OpDateText
}

// Agg makes one value of the values of a group. Nulls are skipped; a group
// without values gives null, for the counts 0.
type Agg struct {
	Fn  AggFunc
	Arg Expr
	Typ datatype.Type
	P   float64 // the quantile of AggPercentile, from 0 to 1
}

// Op is an operation of a Call. Unless said otherwise any null argument gives
// null.
type Op string

// The operations.
const (
	OpAdd Op = "add" // numbers
	OpSub Op = "sub"
	OpMul Op = "mul"
	OpDiv Op = "div" // always in Double; null when the divisor is 0
	OpPow Op = "pow" // Double; null when not a number
	OpNeg Op = "neg"

	OpEq Op = "eq" // plain comparison: fold texts with OpFold first
	OpNe Op = "ne"
	OpLt Op = "lt"
	OpLe Op = "le"
	OpGt Op = "gt"
	OpGe Op = "ge"

	OpIn     Op = "in"     // the first argument among the others, constants or one list of a Principal; with a null among them it is never false; no others: false
	OpIsNull Op = "isnull" // never null
	OpAnd    Op = "and"    // any number of arguments, three-valued; none: true
	OpOr     Op = "or"     // any number of arguments, three-valued; none: false
	OpNot    Op = "not"

	OpCase     Op = "case"     // condition, value, condition, value …, else; a null condition is false
	OpCoalesce Op = "coalesce" // the first argument that is not null

	OpFold Op = "fold" // text in lower case, by which texts are compared
	OpTrim Op = "trim" // text without blanks at both ends
	OpLike Op = "like" // text, constant pattern with % and _; ! escapes

	OpBucket Op = "bucket" // the Bucket of a date: its start (Date, DateTime for hourly and detailed), or a position (Int64)
	OpCast   Op = "cast"   // to Typ without loss, from Bool to 1 or 0, from text that spells a number; to the time of day of a DateTime
)

// AggFunc is the function of an Agg.
type AggFunc string

// The aggregate functions.
const (
	AggSum           AggFunc = "sum"
	AggCount         AggFunc = "count"
	AggCountDistinct AggFunc = "count_distinct"
	AggAverage       AggFunc = "avg"
	AggMin           AggFunc = "min"
	AggMax           AggFunc = "max"
	AggStddev        AggFunc = "stddev_samp"
	AggVariance      AggFunc = "var_samp"
	AggMedian        AggFunc = "median"
	AggPercentile    AggFunc = "percentile" // interpolated
	AggApproxCount   AggFunc = "approx_count_distinct"
)

// DuplicatesMatter reports whether counting a row twice changes the result.
func (f AggFunc) DuplicatesMatter() bool {
	switch f {
	case AggMin, AggMax, AggCountDistinct, AggApproxCount:
		return false
	}
	return true
}

// Type implements Expr.
func (c Column) Type() datatype.Type { return c.Typ }

// Type implements Expr.
func (c Const) Type() datatype.Type { return c.Typ }

// Type implements Expr.
func (p Principal) Type() datatype.Type { return p.Typ }

// Type implements Expr.
func (c Call) Type() datatype.Type { return c.Typ }

// Type implements Expr.
func (a Agg) Type() datatype.Type { return a.Typ }

// Level implements Expr.
func (Column) Level() Level { return LevelRow }

// Level implements Expr.
func (Const) Level() Level { return LevelConst }

// Level implements Expr.
func (Principal) Level() Level { return LevelConst }

// Level implements Expr: the highest level of the arguments.
func (c Call) Level() Level {
	level := LevelConst
	for _, a := range c.Args {
		level = max(level, a.Level())
	}
	return level
}

// Level implements Expr.
func (Agg) Level() Level { return LevelAgg }

// String prints the column as name#id.
func (c Column) String() string { return c.Name + "#" + strconv.Itoa(int(c.ID)) }

// String prints the value: texts quoted, dates in ISO form.
func (c Const) String() string {
	switch v := c.Value.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		switch c.Typ {
		case datatype.Date:
			return v.Format("2006-01-02")
		case datatype.Time:
			return v.Format("15:04:05.999999")
		default:
			return v.Format("2006-01-02T15:04:05.999999")
		}
	default:
		return fmt.Sprint(v)
	}
}

// String prints the name of the property.
func (p Principal) String() string { return string(p.Kind) }

// String prints the call as op(arguments).
func (c Call) String() string {
	name := string(c.Op)
	switch c.Op {
	case OpBucket:
		name = strings.ReplaceAll(c.Bucket.String(), " ", "_")
	case OpCast:
		name = "cast_" + strings.ToLower(c.Typ.String())
	case OpShift, OpDiff:
		name += "_" + string(c.Unit)
	case OpDateText:
		name += "_" + string(rune(c.Field))
	case OpCeil, OpFloor, OpRound, OpTrunc:
		name += "_" + strings.ToLower(c.Typ.String())
	}
	return name + "(" + join(c.Args) + ")"
}

// String prints the aggregate as function(argument).
func (a Agg) String() string {
	if a.Fn == AggPercentile {
		return fmt.Sprintf("%s(%s, %g)", a.Fn, a.Arg, a.P)
	}
	return string(a.Fn) + "(" + a.Arg.String() + ")"
}

func join(args []Expr) string {
	parts := make([]string, len(args))
	for i, a := range args {
		parts[i] = a.String()
	}
	return strings.Join(parts, ", ")
}

// Walk calls f for e and everything beneath it, parents first, as long as f
// returns true for the parent.
func Walk(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	switch e := e.(type) {
	case Call:
		for _, a := range e.Args {
			Walk(a, f)
		}
	case Agg:
		Walk(e.Arg, f)
	}
}

// Rewrite returns e with f applied to every part, children first. f returns
// its argument where nothing is to change.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	switch x := e.(type) {
	case Call:
		args := make([]Expr, len(x.Args))
		for i, a := range x.Args {
			args[i] = Rewrite(a, f)
		}
		x.Args = args
		return f(x)
	case Agg:
		x.Arg = Rewrite(x.Arg, f)
		return f(x)
	}
	return f(e)
}

// Columns returns the ids of the columns in e, each once, in the order of
// their first mention.
func Columns(e Expr) []ColumnID {
	var ids []ColumnID
	Walk(e, func(e Expr) bool {
		if c, ok := e.(Column); ok && !slices.Contains(ids, c.ID) {
			ids = append(ids, c.ID)
		}
		return true
	})
	return ids
}

// CanFail reports whether a database may refuse to compute e for some row, for
// an overflow or a date out of range, rather than give null.
func CanFail(e Expr) bool {
	fails := false
	Walk(e, func(e Expr) bool {
		if c, ok := e.(Call); ok && !safe[c.Op] {
			fails = true
		}
		return !fails
	})
	return fails
}

// safe are the operations that have a value for every row.
var safe = map[Op]bool{
	OpEq: true, OpNe: true, OpLt: true, OpLe: true, OpGt: true, OpGe: true, OpIn: true, OpIsNull: true,
	OpAnd: true, OpOr: true, OpNot: true, OpCase: true, OpCoalesce: true, OpFold: true, OpTrim: true, OpLike: true,

	OpAbs: true, OpCeil: true, OpFloor: true, OpRound: true, OpTrunc: true, OpMod: true, OpSqrt: true, OpCbrt: true,
	OpExp: true, OpLn: true, OpLog2: true, OpLog10: true, OpSin: true, OpCos: true, OpTan: true, OpAsin: true, OpAcos: true,
	OpAtan: true, OpAtan2: true, OpGreatest: true, OpLeast: true,

	OpConcat: true, OpLength: true, OpLeft: true, OpRight: true, OpSubstr: true, OpPosition: true, OpSoundex: true,
	OpEditDistance: true, OpSimilarity: true,
}

// Equal reports whether a and b are the same expression.
func Equal(a, b Expr) bool { return a.Type() == b.Type() && a.String() == b.String() }

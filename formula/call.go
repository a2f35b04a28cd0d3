package formula

import (
	"slices"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/source"
)

// call checks a call against the catalogue and builds its meaning.
func (c *checker) call(n *Call) value {
	f, ok := byName[n.Name]
	switch {
	case !ok, f.build == nil && !f.Later:
		return c.fail(n, errUnknownFunction(n.NameAt, n.Name))
	case c.rule && f.aggregates():
		return c.fail(n, errAggregateInRule(n))
	case c.rule && f.Name == "random":
		return c.fail(n, errRandomInRule(n))
	case f.Later:
		return c.fail(n, errNotAvailable(n.NameAt, "function", n.Name))
	}
	if d, ok := checkArity(f, n); !ok {
		return c.fail(n, d)
	}
	args := make([]value, len(n.Args))
	for i, a := range n.Args {
		if f.isCalendar(len(n.Args), i) {
			args[i] = c.calendar(n, i)
		} else {
			args[i] = c.check(a)
		}
	}
	if anyFailed(args...) {
		return failed(n)
	}
	overload, d, ok := selectOverload(f, n, args)
	if !ok {
		return c.fail(n, d)
	}
	joins := overload.Repeats && overload.Result == ResultSame // a null takes on the type of the others
	for i := range args {
		a := overload.arg(i)
		if a.NotAggregated && args[i].aggregated() {
			return c.fail(n, errArgumentAggregated(n.Args[i].Span(), f.Name, i+1))
		}
		args[i] = args[i].coerceText(a.Takes)
		if args[i].typ == datatype.Null && !joins {
			args[i] = args[i].to(a.Takes.typeForNull())
		}
	}
	return f.build(c, n, args)
}

// isCalendar reports whether the argument at a place, of so many, names a
// calendar.
func (f *Function) isCalendar(n, i int) bool {
	return slices.ContainsFunc(f.Overloads, func(o Overload) bool { return o.has(n) && o.arg(i).Takes == TakesCalendar })
}

func checkArity(f *Function, n *Call) (source.Diagnostic, bool) {
	fewest, most, repeats := len(f.Overloads[0].Args), 0, false
	for _, o := range f.Overloads {
		if o.has(len(n.Args)) {
			return source.Diagnostic{}, true
		}
		fewest, most, repeats = min(fewest, len(o.Args)), max(most, len(o.Args)), repeats || o.Repeats
	}
	if len(n.Args) > most {
		return errTooManyArguments(n.Args[most].Span().Join(n.Args[len(n.Args)-1].Span()), f.Name, most), false
	}
	return errTooFewArguments(n.Span(), f.Name, fewest, repeats, len(n.Args)), false
}

// selectOverload picks the first overload that takes the arguments. Where none
// does, the diagnostic says what is missing after them, or else names the first
// argument that no overload takes.
func selectOverload(f *Function, n *Call, args []value) (Overload, source.Diagnostic, bool) {
	var fitting []Overload
	for _, o := range f.Overloads {
		if o.has(len(args)) {
			fitting = append(fitting, o)
		}
	}
	for i, arg := range args {
		var wanted Types
		var next []Overload
		for _, o := range fitting {
			takes := o.arg(i).Takes
			wanted |= takes
			if arg.fits(takes) {
				next = append(next, o)
			}
		}
		if len(next) == 0 {
			if at := slices.IndexFunc(f.Overloads, func(o Overload) bool { return o.beginsWith(args) }); at >= 0 {
				return Overload{}, errTooFewArguments(n.Span(), f.Name, len(f.Overloads[at].Args), f.Overloads[at].Repeats, len(args)), false
			}
			return Overload{}, errArgumentType(n.Args[i].Span(), f.Name, i+1, wanted, arg.typ), false
		}
		fitting = next
	}
	return fitting[0], source.Diagnostic{}, true
}

package formula

import (
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
		args[i] = c.check(a)
	}
	if anyFailed(args...) {
		return failed(n)
	}
	overload, d, ok := selectOverload(f, n, args)
	if !ok {
		return c.fail(n, d)
	}
	for i, a := range overload.Args[:len(args)] {
		if a.NotAggregated && args[i].aggregated() {
			return c.fail(n, errArgumentAggregated(n.Args[i].Span(), f.Name, i+1))
		}
		args[i] = args[i].coerceText(a.Takes)
		if args[i].typ == datatype.Null {
			args[i] = args[i].to(a.Takes.typeForNull())
		}
	}
	return f.build(c, n, args)
}

func checkArity(f *Function, n *Call) (source.Diagnostic, bool) {
	fewest, most := len(f.Overloads[0].Args), 0
	for _, o := range f.Overloads {
		if len(o.Args) == len(n.Args) {
			return source.Diagnostic{}, true
		}
		fewest, most = min(fewest, len(o.Args)), max(most, len(o.Args))
	}
	if len(n.Args) > most {
		return errTooManyArguments(n.Args[most].Span().Join(n.Args[len(n.Args)-1].Span()), f.Name, most), false
	}
	return errTooFewArguments(n.Span(), f.Name, fewest, len(n.Args)), false
}

// selectOverload picks the first overload that takes the arguments. Where none
// does, the diagnostic names the first argument that no overload takes.
func selectOverload(f *Function, n *Call, args []value) (Overload, source.Diagnostic, bool) {
	var fitting []Overload
	for _, o := range f.Overloads {
		if len(o.Args) == len(args) {
			fitting = append(fitting, o)
		}
	}
	for i, arg := range args {
		var wanted Types
		var next []Overload
		for _, o := range fitting {
			wanted |= o.Args[i].Takes
			if arg.fits(o.Args[i].Takes) {
				next = append(next, o)
			}
		}
		if len(next) == 0 {
			return Overload{}, errArgumentType(n.Args[i].Span(), f.Name, i+1, wanted, arg.typ), false
		}
		fitting = next
	}
	return fitting[0], source.Diagnostic{}, true
}

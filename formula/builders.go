package formula

import (
	"math"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
)

func buildIfNull(c *checker, n *Call, args []value) value {
	t, at, ok := join(args)
	switch {
	case !ok:
		return c.fail(n, errBranchesDiffer(args[0], args[at]))
	case t == datatype.Null:
		return c.fail(n, errUntypedNull(n.Span()))
	}
	return c.made(n, expr.Coalesce(t, args[0].expr, args[1].expr), args...)
}

func buildIsNull(c *checker, n *Call, args []value) value {
	if args[0].typ == datatype.Null {
		return c.fail(n, errUntypedNull(n.Args[0].Span()))
	}
	return c.made(n, expr.IsNull(args[0].expr), args...)
}

// aggregated is the value of an aggregate over v.
func (c *checker) aggregated(n *Call, v value, of func(expr.Expr) expr.Expr) value {
	if v.typ == datatype.Null {
		return c.fail(n, errUntypedNull(v.node.Span()))
	}
	e := of(v.expr)
	return c.bounded(value{expr: e, typ: e.Type(), level: expr.LevelAgg, size: v.size + 3, node: n})
}

func buildAggregation(a datatype.Aggregation) builder {
	return func(c *checker, n *Call, args []value) value {
		return c.aggregated(n, args[0], func(e expr.Expr) expr.Expr { return expr.Aggregate(a, e) })
	}
}

var (
	buildSum         = buildAggregation(datatype.Sum)
	buildAverage     = buildAggregation(datatype.Average)
	buildCount       = buildAggregation(datatype.Count)
	buildUniqueCount = buildAggregation(datatype.CountDistinct)
	buildMin         = buildAggregation(datatype.Min)
	buildMax         = buildAggregation(datatype.Max)
	buildStddev      = buildAggregation(datatype.StdDeviation)
	buildVariance    = buildAggregation(datatype.Variance)
)

func buildMedian(c *checker, n *Call, args []value) value {
	return c.aggregated(n, args[0], func(e expr.Expr) expr.Expr {
		return expr.Agg{Fn: expr.AggMedian, Arg: e, Typ: datatype.Double}
	})
}

// buildPercentile reads a fraction between 0 and 1 as the quantile itself and
// anything else as percent (formulas.md 3.2).
func buildPercentile(c *checker, n *Call, args []value) value {
	p, ok := n.Args[1].(*Number)
	if !ok || p.Float > 100 {
		return c.fail(n, errPercentileRange(n.Args[1].Span()))
	}
	quantile := p.Float / 100
	if p.Fraction && p.Float > 0 && p.Float < 1 {
		quantile = p.Float
	}
	if len(args) == 3 {
		descending, ok := sortsDescending(args[2])
		if !ok {
			return c.fail(n, errDirection(n.Args[2].Span(), n.Name))
		}
		if descending {
			quantile = math.Round((1-quantile)*1e15) / 1e15 // 0.1 for 0.9, not a little less
		}
	}
	return c.aggregated(n, args[0], func(e expr.Expr) expr.Expr {
		return expr.Agg{Fn: expr.AggPercentile, Arg: e, Typ: datatype.Double, P: quantile}
	})
}

// sortsDescending reads the text literals 'asc' and 'desc'.
func sortsDescending(v value) (descending, ok bool) {
	text, ok := v.literal()
	descending = strings.EqualFold(text, "desc")
	return descending, ok && (descending || strings.EqualFold(text, "asc"))
}

// conditionalOf makes an aggregate of the rows for which its first argument
// holds: the others count as null.
func conditionalOf(plain builder) builder {
	return func(c *checker, n *Call, args []value) value {
		condition, v := args[0], args[1]
		if v.typ == datatype.Null {
			return c.fail(n, errUntypedNull(v.node.Span()))
		}
		null := expr.Const{Typ: v.typ}
		chosen := c.made(n, choose(v.typ, []expr.Expr{condition.expr, v.expr}, null), condition, v)
		if chosen.failed() {
			return chosen
		}
		return plain(c, n, []value{chosen})
	}
}

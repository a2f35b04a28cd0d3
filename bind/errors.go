package bind

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/period"
	"github.com/searchlight-bi/searchlight/source"
)

const numberSearch, numberFilter = 14516, 14518

func diag(code source.Code, at source.Span, format string, args ...any) source.Diagnostic {
	return source.Diagnostic{Code: code, Number: numberSearch, Span: at, Message: fmt.Sprintf(format, args...)}
}

func hinted(d source.Diagnostic, format string, args ...any) source.Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}

func sourceWord(m *model.Model) string {
	if m.Kind == searchlight.SubtypeWorksheet {
		return "worksheet " + m.Name
	}
	return "table " + m.Name
}

func errUnknownColumn(m *model.Model, visible func(*model.Column) bool, name string, at source.Span) source.Diagnostic {
	d := diag("unknown-column", at, "Search did not find %q in your data or metadata: no column [%s] in %s", name, name, sourceWord(m))
	near := source.Nearest(name, m.ColumnNames(visible), 3)
	if len(near) > 0 {
		d.Hint = "did you mean [" + strings.Join(near, "] or [") + "]?"
		d.Replace = "[" + near[0] + "]"
	}
	return d
}

func errUnknownPath(path, name string, at source.Span) source.Diagnostic {
	return diag("unknown-path", at, "Table path %q does not lead to column %q", path, name)
}

func errCannotAggregate(a datatype.Aggregation, name string, t datatype.Type, at source.Span) source.Diagnostic {
	return hinted(diag("cannot-aggregate", at, "Cannot apply %s to column %q of type %s", a.Word(), name, t),
		"count, unique count, min and max take any type")
}

func errCannotGroup(name string, at source.Span) source.Diagnostic {
	return diag("cannot-group", at, "%s aggregates, so rows cannot be grouped by it", name)
}

func errCannotBucket(b datatype.Bucket, name string, t datatype.Type, at source.Span) source.Diagnostic {
	return hinted(diag("cannot-bucket", at, "%s does not apply to column %q of type %s", b, name, t),
		"buckets need a date column, and those of hours a date with a time")
}

func errNotAvailable(what string, at source.Span) source.Diagnostic {
	return diag("not-available", at, "%s is not available in searches yet", what)
}

func errTopTwice(at source.Span) source.Diagnostic {
	return hinted(diag("top-twice", at, "A search can have one top or bottom"), "remove one of them")
}

func errRankAlone(at source.Span) source.Diagnostic {
	return hinted(diag("rank-without-top", at, "ranked by needs a top or bottom"), "write top 10 ranked by …, or sort by")
}

func errNotANumber(value, column string, at source.Span) source.Diagnostic {
	return hinted(diag("not-a-number", at, "%q is not a number, and column %q holds numbers", value, column), "write a number such as 100 or -2.5")
}

func errQuoteText(value, column string, at source.Span) source.Diagnostic {
	d := hinted(diag("text-needs-quotes", at, "%s is not a text, and column %q holds text", value, column), "write '%s' in quotes", value)
	d.Replace = "'" + value + "'"
	return d
}

func errQuoteDate(value, column string, at source.Span) source.Diagnostic {
	d := hinted(diag("date-needs-quotes", at, "%s is not a date, and column %q holds dates", value, column), "write dates in quotes, such as '%s' or '01/31/2024'", value)
	d.Replace = "'" + value + "'"
	return d
}

func errBadValue(reason, column string, at source.Span) source.Diagnostic {
	return diag("bad-value", at, "%s; it is compared with column %q", reason, column)
}

func errBadDate(e *period.Error, column string, at source.Span) source.Diagnostic {
	d := diag("bad-date", at, "%s", e.Message)
	d.Hint = e.Hint
	if e.Kind != period.NotAvailable {
		d.Message = fmt.Sprintf("%s; it is compared with the date column %q", strings.TrimSuffix(e.Message, "."), column)
	}
	return d
}

func errEmptyNeedsText(column string, at source.Span) source.Diagnostic {
	return hinted(diag("empty-needs-text", at, "{empty} is a text, and column %q holds none", column), "{null} finds rows without a value")
}

func errOneValue(op string, at source.Span) source.Diagnostic {
	return hinted(diag("one-value", at, "%s takes one value", op), "= and != take lists of values")
}

func errNoOrder(op, what, column string, at source.Span) source.Diagnostic {
	return diag("no-order", at, "%s cannot compare column %q with %s", op, column, what)
}

func errNeedsText(op, column string, t datatype.Type, at source.Span) source.Diagnostic {
	return hinted(diag("needs-text", at, "%s needs a text column, and %q is of type %s", op, column, t), "compare it with =, <, > or between")
}

func errNeedsDate(op, column string, t datatype.Type, at source.Span) source.Diagnostic {
	return hinted(diag("needs-date", at, "%s needs a date column, and %q is of type %s", op, column, t), "compare it with =, <, > or between")
}

func errPositionRange(value string, b datatype.Bucket, at source.Span) source.Diagnostic {
	low, high := b.Range()
	return diag("position-range", at, "Value %s is outside %d to %d for %s", value, low, high, b)
}

func errPositionNumber(value string, b datatype.Bucket, at source.Span) source.Diagnostic {
	low, high := b.Range()
	return hinted(diag("position-number", at, "%q is not a number for %s", value, b), "write a number from %d to %d", low, high)
}

func errFilter(column, reason string) source.Diagnostic {
	return source.Diagnostic{Code: "runtime-filter", Number: numberFilter, Message: fmt.Sprintf("The filter on column %q cannot be applied: %s", column, reason)}
}

func errSortColumn(column string, outputs []string) source.Diagnostic {
	return source.Diagnostic{Code: "runtime-sort", Number: numberFilter,
		Message: fmt.Sprintf("The result has no column %q to sort by", column), Hint: "its columns are " + strings.Join(outputs, ", ")}
}

func errNothingShown(at source.Span) source.Diagnostic {
	return hinted(diag("no-columns", at, "The search selects no columns"), "name a column in brackets, such as [sales]")
}

// errRulesBroken names no table and no column: the person may not know them.
func errRulesBroken() source.Diagnostic {
	return hinted(diag("row-security", source.Span{}, "The data source cannot be used until its row-level security is mended"), "ask its owner")
}

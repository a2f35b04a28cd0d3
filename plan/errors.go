package plan

import (
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/source"
)

func errMixedFacts(what string, tables []string, at source.Span) source.Diagnostic {
	return source.Diagnostic{Code: "mixed-facts", Number: 14516, Span: at,
		Message: fmt.Sprintf("%s mixes columns of %s, whose rows do not belong together", what, strings.Join(tables, " and ")),
		Hint:    "aggregate each table's column on its own, or add a many-to-one join between the tables"}
}

func errNoKey(table, attribute string, at source.Span) source.Diagnostic {
	return source.Diagnostic{Code: "no-key", Number: 14516, Span: at,
		Message: fmt.Sprintf("rows of %s would count more than once for each %s, and no join tells what identifies them", table, attribute),
		Hint:    "join to " + table + " with equalities that identify its rows"}
}

func errCartesian(left, right string, at source.Span) source.Diagnostic {
	return source.Diagnostic{Code: "cartesian-product", Number: 14516, Span: at,
		Message: fmt.Sprintf("%s and %s share no attribute, so that every combination of their rows would be listed", left, right),
		Hint:    "leave one of them out, or add an attribute that both have"}
}

func warnSeveralPaths(chosen string, others []string, at source.Span) source.Diagnostic {
	return source.Diagnostic{Severity: source.SeverityWarning, Code: "several-join-paths", Number: 22001, Span: at,
		Message: fmt.Sprintf("several join paths are possible; rows were related through %s rather than %s", chosen, strings.Join(others, ", "))}
}

func warnRepeated(measure, attribute string, at source.Span) source.Diagnostic {
	return source.Diagnostic{Severity: source.SeverityWarning, Code: "repeated-measure", Number: 22002, Span: at,
		Message: fmt.Sprintf("%s does not depend on %s; its value is repeated on each row", measure, attribute)}
}

func warnFilterWithoutEffect(filter string, at source.Span) source.Diagnostic {
	return source.Diagnostic{Severity: source.SeverityWarning, Code: "filter-without-effect", Number: 22003, Span: at,
		Message: fmt.Sprintf("the filter on %s has no effect: nothing in the search depends on it", filter)}
}

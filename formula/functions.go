package formula

import "slices"

// catalogue declares every operator and function once. Its examples run over
// the tables of formulas.md 5.
var catalogue = slices.Concat(operators, aggregates, conditionalAggregates,
	later(GroupFunctions, "group_aggregate", "group_sum", "group_average", "group_count", "group_max", "group_min",
		"group_stddev", "group_variance", "group_unique_count", "query_groups", "query_filters"),
	later(WindowFunctions, "cumulative_sum", "cumulative_average", "cumulative_max", "cumulative_min",
		"moving_sum", "moving_average", "moving_max", "moving_min", "rank", "rank_percentile"),
	later(SemiAdditive, "last_value", "first_value", "last_value_in_period", "first_value_in_period"),
	conversions, dateFunctions,
	numbers, later(NumberFunctions, "random"), texts,
	systemVariables, later(Variables, "ts_var"),
	later(PassThrough, "sql_string_op", "sql_int_op", "sql_double_op", "sql_bool_op", "sql_date_op",
		"sql_date_time_op", "sql_time_op", "sql_string_aggregate_op", "sql_int_aggregate_op",
		"sql_double_aggregate_op", "sql_bool_aggregate_op", "sql_date_aggregate_op",
		"sql_date_time_aggregate_op", "sql_time_aggregate_op"),
)

func later(g Group, names ...string) []Function {
	var functions []Function
	for _, name := range names {
		functions = append(functions, Function{Name: name, Group: g, Later: true})
	}
	return functions
}

const nullIfAny = "null if an argument is null"

func takes(result Result, args ...Arg) []Overload {
	return []Overload{{Args: args, Result: result}}
}

func operator(name, syntax, doc, nulls string, overloads []Overload, examples ...Example) Function {
	return Function{Name: name, Group: Operators, Syntax: syntax, Doc: doc, Nulls: nulls, Overloads: overloads, Examples: examples}
}

var (
	numberX, numberY = Arg{Name: "x", Takes: TakesNumber}, Arg{Name: "y", Takes: TakesNumber}
	anyU, anyV       = Arg{Name: "u", Takes: TakesAny}, Arg{Name: "v", Takes: TakesAny}
	conditionC       = Arg{Name: "c", Takes: TakesBool}
	conditionD       = Arg{Name: "d", Takes: TakesBool}
)

var operators = []Function{
	operator("+", "x + y", "adds numbers", nullIfAny, takes(ResultNumber, numberX, numberY),
		Example{"1 + 2", "3"}, Example{"1 + 0.5", "1.5"}, Example{"1 + null", "null"}),
	operator("-", "x - y", "subtracts numbers; - x is the negative", nullIfAny,
		[]Overload{{Args: []Arg{numberX, numberY}, Result: ResultNumber}, {Args: []Arg{numberX}, Result: ResultNumber}},
		Example{"10 - 4 + 1", "7"}, Example{"- 2 ^ 2", "-4"}),
	operator("*", "x * y", "multiplies numbers; binds less tightly than /", nullIfAny, takes(ResultNumber, numberX, numberY),
		Example{"12 / 3 * 2", "8"}, Example{"6 * 4 / 3", "8"}),
	operator("/", "x / y", "divides numbers", "null if an argument is null or y is 0", takes(ResultDouble, numberX, numberY),
		Example{"6 / 4", "1.5"}, Example{"1 / 0", "null"}),
	operator("^", "x ^ y", "raises x to the power y", "null if an argument is null or the result is no number",
		takes(ResultDouble, numberX, numberY), Example{"2 ^ 3", "8"}, Example{"2 ^ 3 ^ 2", "512"}),
	comparison("=", "is equal; x = null asks whether x has no value", Example{"'A' = 'a'", "true"}, Example{"1 = 2", "false"}),
	comparison("!=", "is not equal; x != null asks whether x has a value", Example{"'A' != 'a'", "false"}),
	comparison("<", "is less", Example{"'HR' < 'f'", "false"}, Example{"01/31/2024 < 02/01/2024", "true"}),
	comparison("<=", "is less or equal", Example{"2 <= 2.0", "true"}),
	comparison(">", "is greater", Example{"2 > 2.0", "false"}),
	comparison(">=", "is greater or equal", Example{"'b' >= 'A'", "true"}),
	operator("and", "c and d", "both conditions hold", "null unless the other condition decides",
		takes(ResultBool, conditionC, conditionD), Example{"1 < 2 and 2 < 3", "true"}),
	operator("or", "c or d", "one condition holds", "null unless the other condition decides",
		takes(ResultBool, conditionC, conditionD), Example{"1 > 2 or 2 > 3", "false"}),
	operator("not", "not c", "the condition does not hold", nullIfAny, takes(ResultBool, conditionC),
		Example{"not 1 > 2", "true"}),
	operator("in", "u in { v , ... }", "is one of the constants; not in is the opposite", "null if u is null; nulls in the list are ignored",
		takes(ResultBool, anyU, anyV), Example{"3 in { 1 , 3 }", "true"}, Example{"'A' not in { 'a' }", "false"},
		Example{"3 in { }", "false"}),
	operator("between", "u between v and w", "lies between the bounds or is one of them", nullIfAny,
		takes(ResultBool, Arg{Name: "u", Takes: TakesAny}, Arg{Name: "v", Takes: TakesAny}, Arg{Name: "w", Takes: TakesAny}),
		Example{"5 between 1 and 5", "true"}, Example{"'B' between 'a' and 'c'", "true"}),
	operator("if", "if ( c ) then u else v", "the first value whose condition holds; chains with else if",
		"a null condition does not hold; without else the value is null", takes(ResultSame, conditionC, anyU, anyV),
		Example{"if ( 1 > 2 ) then 'a' else 'b'", "b"}, Example{"if ( 1 > 2 ) then 1 else if ( 2 > 1 ) then 2 else 0.5", "2"}),
	{
		Name: "ifnull", Group: Operators, Syntax: "ifnull ( u , v )", Doc: "u, or v where u has no value",
		Nulls: "null if both are null", Overloads: takes(ResultSame, anyU, anyV), build: buildIfNull,
		Examples: []Example{{"ifnull ( null , 3 )", "3"}, {"ifnull ( 'a' , 'b' )", "a"}},
	},
	{
		Name: "isnull", Group: Operators, Syntax: "isnull ( u )", Doc: "whether u has no value",
		Nulls: "never null", Overloads: takes(ResultBool, anyU), build: buildIsNull,
		Examples: []Example{{"isnull ( 1 / 0 )", "true"}, {"isnull ( 1 )", "false"}},
	},
}

func comparison(op, doc string, examples ...Example) Function {
	return operator(op, "u "+op+" v", doc+"; texts ignore case", nullIfAny, takes(ResultBool, anyU, anyV), examples...)
}

const (
	skipsNulls  = "nulls are skipped; no values give null"
	countsNulls = "nulls are skipped; no values give 0"
)

// rowArg is an argument that is evaluated for every row.
func rowArg(name string, t Types) Arg { return Arg{Name: name, Takes: t, NotAggregated: true} }

var (
	percentileX = rowArg("x", TakesNumber)
	percentileP = Arg{Name: "p", Takes: TakesNumber, Literal: true}
	direction   = Arg{Name: "direction", Takes: TakesText, Literal: true}
)

var aggregates = []Function{
	aggregate("sum", rowArg("x", TakesNumber), ResultNumber, "the sum of the values", countsNulls, buildSum,
		Example{"sum ( [revenue] )", "590"}, Example{"sum ( [qty] )", "14"}),
	aggregate("average", rowArg("x", TakesNumber), ResultDouble, "the arithmetic mean of the values", skipsNulls, buildAverage,
		Example{"average ( [qty] )", "1.75"}),
	aggregate("count", rowArg("u", TakesAny), ResultInt, "how many values there are", countsNulls, buildCount,
		Example{"count ( [revenue] )", "7"}, Example{"count ( 1 )", "8"}),
	aggregate("unique count", rowArg("u", TakesAny), ResultInt, "how many different values there are; case counts", countsNulls,
		buildUniqueCount, Example{"unique count ( [customer] )", "5"}, Example{"unique count ( [region] )", "3"}),
	aggregate("min", rowArg("u", TakesSortable), ResultSame, "the smallest value; upper case sorts before lower case", skipsNulls,
		buildMin, Example{"min ( [revenue] )", "0"}, Example{"min ( [order_date] )", "2024-01-31"}),
	aggregate("max", rowArg("u", TakesSortable), ResultSame, "the largest value; upper case sorts before lower case", skipsNulls,
		buildMax, Example{"max ( [revenue] )", "200"}, Example{"max ( [region] )", "east"}),
	aggregate("median", rowArg("x", TakesNumber), ResultDouble, "the value in the middle, between the two middle ones if need be",
		skipsNulls, buildMedian, Example{"median ( [revenue] )", "50"}),
	{
		Name: "percentile", Group: Aggregates, Aggregates: true, Syntax: "percentile ( x , p [ , 'asc' | 'desc' ] )",
		Doc:   "the value below which p percent of the values lie; p is 0 to 100, or a fraction between 0 and 1; 'desc' counts from above",
		Nulls: skipsNulls, build: buildPercentile,
		Overloads: []Overload{
			{Args: []Arg{percentileX, percentileP}, Result: ResultDouble},
			{Args: []Arg{percentileX, percentileP, direction}, Result: ResultDouble},
		},
		Examples: []Example{{"percentile ( [revenue] , 90 )", "170"}, {"percentile ( [revenue] , 0.9 )", "170"},
			{"percentile ( [revenue] , 10 , 'desc' )", "170"}},
	},
	aggregate("stddev", rowArg("x", TakesNumber), ResultDouble, "the standard deviation of a sample", skipsNulls+"; one value gives null",
		buildStddev, Example{"stddev ( [qty] )", "1.2817398889"}),
	aggregate("variance", rowArg("x", TakesNumber), ResultDouble, "the variance of a sample", skipsNulls+"; one value gives null",
		buildVariance, Example{"variance ( [qty] )", "1.6428571429"}),
}

func aggregate(name string, arg Arg, result Result, doc, nulls string, build builder, examples ...Example) Function {
	return Function{
		Name: name, Group: Aggregates, Syntax: name + " ( " + arg.Name + " )", Doc: doc, Nulls: nulls,
		Overloads: takes(result, arg), Aggregates: true, Examples: examples, build: build,
	}
}

var conditionalAggregates = []Function{
	conditional("sum_if", "sum", Example{"sum_if ( [region] = 'EAST' , [revenue] )", "350"},
		Example{"sum_if ( [region] = 'North' , [revenue] )", "0"}),
	conditional("count_if", "count", Example{"count_if ( [revenue] > 90 , [id] )", "3"}),
	conditional("unique_count_if", "unique count", Example{"unique_count_if ( [revenue] > 40 , [customer] )", "3"}),
	conditional("average_if", "average", Example{"average_if ( [region] = 'west' , [qty] )", "1.3333333333"},
		Example{"average_if ( [region] = 'north' , [revenue] )", "null"}),
	conditional("min_if", "min", Example{"min_if ( [region] = 'east' , [qty] )", "1"}),
	conditional("max_if", "max", Example{"max_if ( [region] = 'west' , [revenue] )", "150"}),
	conditional("stddev_if", "stddev", Example{"stddev_if ( [region] = 'west' , [qty] )", "1.5275252317"}),
	conditional("variance_if", "variance", Example{"variance_if ( [region] = 'west' , [qty] )", "2.3333333333"}),
}

// systemVariables stand for the person who asks; their examples are those of
// Ann, ann@example.com, who is in the groups All, West and 7 of Primary.
var systemVariables = []Function{
	systemVariable("ts_username", ResultText, "the name by which the person who asks signs in", "never null",
		Example{"ts_username = 'ANN'", "true"}, Example{"ts_username", "Ann"}),
	systemVariable("ts_groups", ResultTexts,
		"the names of all groups of the person who asks, direct and inherited ones, All among them; u = ts_groups is u in ts_groups", "never null",
		Example{"'west' = ts_groups", "true"}, Example{"'East' not in ts_groups", "true"}),
	systemVariable("ts_groups_int", ResultInts, "those names among ts_groups that are integers, as numbers", "never null",
		Example{"7 in ts_groups_int", "true"}),
	systemVariable("ts_org", ResultText, "the name of the organisation for which the person who asks works: Primary, the only one", "never null",
		Example{"ts_org = 'primary'", "true"}),
	systemVariable("ts_email_domain", ResultText, "what follows @ in the mail address of the person who asks", "null without such an address",
		Example{"ts_email_domain", "example.com"}),
}

func systemVariable(name string, result Result, doc, nulls string, examples ...Example) Function {
	return Function{Name: name, Group: Variables, Syntax: name, Doc: doc, Nulls: nulls,
		Overloads: takes(result), Examples: examples}
}

// conditional declares the aggregate of the rows for which a condition holds.
func conditional(name, of string, examples ...Example) Function {
	i := slices.IndexFunc(aggregates, func(f Function) bool { return f.Name == of })
	plain := aggregates[i]
	overload := plain.Overloads[0]
	value := overload.Args[0]
	return Function{
		Name: name, Group: ConditionalAggregates, Syntax: name + " ( c , " + value.Name + " )",
		Doc: plain.Doc + ", of the rows for which the condition holds", Nulls: plain.Nulls,
		Overloads:  takes(overload.Result, rowArg("c", TakesBool), value),
		Aggregates: true, Examples: examples, build: conditionalOf(plain.build),
	}
}

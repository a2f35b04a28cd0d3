package query_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/query"
	"github.com/searchlight-bi/searchlight/result"
	"github.com/searchlight-bi/searchlight/source"
	"github.com/searchlight-bi/searchlight/sqlgen/duckdb"
)

// table answers as a database whose result has the given number of rows: the
// page that the statement asks for, or the count.
func table(total int) func(context.Context, engine.Statement) (result.Rows, error) {
	return func(_ context.Context, s engine.Statement) (result.Rows, error) {
		if strings.HasPrefix(s.SQL, "SELECT COUNT(*)") {
			return result.FromRows(result.Schema{{Name: "count", Kind: result.KindInt}}, [][]any{{total}}), nil
		}
		limit, offset := 0, 0
		if at := strings.LastIndex(s.SQL, " LIMIT "); at >= 0 {
			if n, _ := fmt.Sscanf(s.SQL[at:], " LIMIT %d OFFSET %d", &limit, &offset); n == 0 {
				return nil, fmt.Errorf("no limit in %s", s.SQL)
			}
		}
		return numbered(min(limit, max(0, total-offset))), nil
	}
}

func page(offset, limit int) func(*query.Request) {
	return func(r *query.Request) { r.Offset, r.Limit = offset, limit }
}

func TestPaging(t *testing.T) {
	tests := []struct {
		name          string
		total         int
		offset, limit int
		rows          int
		atOffset      int // as the answer has it
		atLimit       int
		statements    int // with Total
	}{
		{"everything", 5, 0, 0, 5, 0, 50, 1},
		{"a limit above the maximum", 120, 0, 1000, 50, 0, 50, 2},
		{"a negative limit", 120, 0, -1, 50, 0, 50, 2},
		{"a negative offset", 5, -3, 10, 5, 0, 10, 1},
		{"the first page", 25, 0, 10, 10, 0, 10, 2},
		{"a page in the middle", 25, 10, 10, 10, 10, 10, 2},
		{"the last page", 25, 20, 10, 5, 20, 10, 1},
		{"a last page that is full", 30, 20, 10, 10, 20, 10, 1},
		{"the page after it", 30, 30, 10, 0, 30, 10, 2},
		{"far past the end", 30, 1 << 47, 10, 0, 1 << 47, 10, 2},
		{"nothing at all", 0, 0, 10, 0, 0, 10, 1},
		{"one row", 30, 29, 1, 1, 29, 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, table(test.total))
			b.MaxRows = 50
			a, rows := b.mustAsk("[quantity] [product]", page(test.offset, test.limit))
			if len(rows) != test.rows || a.Offset != test.atOffset || a.Limit != test.atLimit {
				t.Errorf("%d rows, offset %d, limit %d; want %d, %d, %d", len(rows), a.Offset, a.Limit, test.rows, test.atOffset, test.atLimit)
			}
			total, err := a.Total(context.Background(), len(rows))
			if err != nil || total != test.total {
				t.Errorf("total %d, error %v; want %d", total, err, test.total)
			}
			if n := len(b.engine.asked()); n != test.statements {
				t.Errorf("%d statements; want %d", n, test.statements)
			}
		})
	}
}

// Rows beyond the limit may come in the chunk of the last one, or in their own.
func TestTheRowThatTellsOfOthersIsNotHandedOut(t *testing.T) {
	for _, limit := range []int{2047, 2048, 2049} {
		b := newBench(t, table(10_000))
		a, rows := b.mustAsk("[quantity] [product]", page(0, limit))
		if len(rows) != limit || rows[limit-1][0] != int64(limit-1) {
			t.Errorf("limit %d: %d rows", limit, len(rows))
		}
		if total, err := a.Total(context.Background(), limit); err != nil || total != 10_000 {
			t.Errorf("limit %d: total %d, error %v", limit, total, err)
		}
	}
}

func TestColumns(t *testing.T) {
	b := newBench(t, table(1))
	a, _ := b.mustAsk("[region] [date].monthly [quantity] [unit value]")
	want := []query.Column{
		{Name: "Region", Type: datatype.Varchar, Role: datatype.Attribute},
		{Name: "Month(Date)", Type: datatype.Date, Role: datatype.Attribute},
		{Name: "Total Quantity", Type: datatype.Int64, Role: datatype.Measure},
		{Name: "Unit Value", Type: datatype.Double, Role: datatype.Measure},
	}
	if diff := cmp.Diff(want, a.Columns); diff != "" {
		t.Error(diff)
	}
}

func filter(column, operator string, values ...string) func(*query.Request) {
	return func(r *query.Request) {
		r.Filters = append(r.Filters, query.RuntimeFilter{Column: column, Operator: operator, Values: values})
	}
}

// where is the condition of the only statement, with its arguments.
func (b *bench) where(change ...func(*query.Request)) string {
	b.t.Helper()
	before := len(b.engine.asked())
	b.mustAsk("[quantity]", change...)
	st := b.engine.asked()[before]
	_, condition, _ := strings.Cut(st.SQL, " WHERE ")
	condition, _, _ = strings.Cut(condition, " LIMIT ")
	for i, arg := range st.Args {
		if at, ok := arg.(time.Time); ok {
			arg = at.Format(time.DateTime)
		}
		condition = strings.Replace(condition, fmt.Sprintf("$%d", i+1), fmt.Sprint(arg), 1)
	}
	return strings.ReplaceAll(condition, `t1.`, "")
}

func TestRuntimeFilters(t *testing.T) {
	b := newBench(t, table(1))
	tests := []struct {
		filters []func(*query.Request)
		want    string
	}{
		{[]func(*query.Request){filter("REGION", "EQ", "West")}, `(lower("region") = west)`},
		{[]func(*query.Request){filter("region", "NE", "West")}, `((lower("region") <> west) OR ("region" IS NULL))`},
		{[]func(*query.Request){filter("quantity", "LT", "2")}, `("quantity" < 2)`},
		{[]func(*query.Request){filter("quantity", "LE", "2")}, `("quantity" <= 2)`},
		{[]func(*query.Request){filter("quantity", "GT", "2000000")}, `("quantity" > 2000000)`},
		{[]func(*query.Request){filter("quantity", "GE", "-2.5")}, `("quantity" >= -2.5)`},
		{[]func(*query.Request){filter("region", "CONTAINS", "es")}, `(lower("region") LIKE %es% ESCAPE '!')`},
		{[]func(*query.Request){filter("region", "CONTAINS", "es", "ou%")}, `((lower("region") LIKE %es% ESCAPE '!') OR (lower("region") LIKE %ou!%% ESCAPE '!'))`},
		{[]func(*query.Request){filter("region", "BEGINS_WITH", "We")}, `(lower("region") LIKE we% ESCAPE '!')`},
		{[]func(*query.Request){filter("region", "ENDS_WITH", "st")}, `(lower("region") LIKE %st ESCAPE '!')`},
		{[]func(*query.Request){filter("quantity", "BW", "2", "5")}, `("quantity" > 2) AND ("quantity" < 5)`},
		{[]func(*query.Request){filter("quantity", "BW_INC", "5", "2")}, `("quantity" >= 2) AND ("quantity" <= 5)`},
		{[]func(*query.Request){filter("quantity", "BW_INC_MIN", "10", "9")}, `("quantity" >= 9) AND ("quantity" < 10)`},
		{[]func(*query.Request){filter("quantity", "BW_INC_MAX", "2", "5")}, `("quantity" > 2) AND ("quantity" <= 5)`},
		{[]func(*query.Request){filter("region", "IN", "West", "East")}, `(lower("region") IN (west, east))`},
		{[]func(*query.Request){filter("region", "NOT_IN", "West", "East")}, `((NOT (lower("region") IN (west, east))) OR ("region" IS NULL))`},
		{[]func(*query.Request){filter("discounted", "EQ", "true")}, `("discounted" = TRUE)`},
		{[]func(*query.Request){filter("region", "EQ", "west"), filter("quantity", "GT", "1")}, `(lower("region") = west) AND ("quantity" > 1)`},
	}
	for _, test := range tests {
		if got := b.where(test.filters...); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

// Dates come as results write them: the seconds of midnight in the server's
// time zone, which is half past three in India when it is midnight in Greenwich.
func TestRuntimeFiltersReadDatesInTheServersZone(t *testing.T) {
	b := newBench(t, table(1))
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	b.Location = zone
	at := func(y int, m time.Month, d, hour, minute int) string {
		return fmt.Sprint(time.Date(y, m, d, hour, minute, 0, 0, zone).Unix())
	}
	if first := at(1970, 1, 1, 0, 0); first != "-19800" {
		t.Fatal(first)
	}
	day, next := at(2024, 9, 2, 0, 0), at(2024, 9, 3, 0, 0)
	tests := []struct {
		filter func(*query.Request)
		want   string
	}{
		{filter("date", "EQ", day), `("date" >= CAST(2024-09-02 00:00:00 AS DATE)) AND ("date" < CAST(2024-09-03 00:00:00 AS DATE))`},
		{filter("date", "EQ", at(2024, 9, 2, 23, 59)), `("date" >= CAST(2024-09-02 00:00:00 AS DATE)) AND ("date" < CAST(2024-09-03 00:00:00 AS DATE))`},
		{filter("date", "LT", day), `("date" < CAST(2024-09-02 00:00:00 AS DATE))`},
		{filter("date", "LE", day), `("date" < CAST(2024-09-03 00:00:00 AS DATE))`},
		{filter("date", "GT", day), `("date" >= CAST(2024-09-03 00:00:00 AS DATE))`},
		{filter("date", "GE", day), `("date" >= CAST(2024-09-02 00:00:00 AS DATE))`},
		{filter("date", "BW_INC", next, day), `("date" >= CAST(2024-09-02 00:00:00 AS DATE)) AND ("date" < CAST(2024-09-04 00:00:00 AS DATE))`},
		{filter("date", "BW_INC_MIN", day, next), `("date" >= CAST(2024-09-02 00:00:00 AS DATE)) AND ("date" < CAST(2024-09-03 00:00:00 AS DATE))`},
		{filter("sold at", "EQ", at(2024, 9, 2, 9, 30)), `("sold_at" >= 2024-09-02 09:30:00) AND ("sold_at" < 2024-09-02 09:30:01)`},
		{filter("sold at", "GE", day), `("sold_at" >= 2024-09-02 00:00:00)`},
		{filter("date", "EQ", at(1, 1, 1, 0, 0)), `("date" >= CAST(0001-01-01 00:00:00 AS DATE)) AND ("date" < CAST(0001-01-02 00:00:00 AS DATE))`},
	}
	for _, test := range tests {
		if got := b.where(test.filter); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestRuntimeFiltersThatCannotBeApplied(t *testing.T) {
	b := newBench(t, table(1))
	tests := []struct {
		filter  func(*query.Request)
		message string
	}{
		{filter("reigon", "EQ", "west"), "did you mean [Region]?"},
		{filter("region", "LIKE", "west"), `there is no operator "LIKE"; use EQ, NE`},
		{filter("region", "=", "west"), `there is no operator "="`},
		{filter("region", "between", "a", "b"), `there is no operator "between"`},
		{filter("region", "EQ"), "EQ takes 1 value(s), not 0"},
		{filter("region", "EQ", "west", "east"), "EQ takes 1 value(s), not 2"},
		{filter("region", "BW", "west"), "BW takes 2 value(s), not 1"},
		{filter("region", "IN"), "IN needs a value"},
		{filter("quantity", "EQ", "many"), `"many" is not a number`},
		{filter("quantity", "CONTAINS", "1"), "contains needs a text column"},
		{filter("unit value", "GT", "1"), "runtime filters act on rows"},
		{filter("date", "EQ", "2024-09-02"), `"2024-09-02" is not a date in epoch seconds`},
		{filter("date", "EQ", "9223372036854775807"), "not a date between the years 1 and 9999"},
		{filter("sold at", "LT", "-62135596801"), "not a date between the years 1 and 9999"},
		{filter("sold at", "LT", "-9223372036854775808"), "not a date between the years 1 and 9999"},
		{filter("date", "BW_INC", "0", "253402300800"), "not a date between the years 1 and 9999"},
	}
	for _, test := range tests {
		a, err := b.ask("[quantity]", test.filter)
		e, ok := errors.AsType[*searchlight.Error](err)
		if a != nil || !ok || e.Code != searchlight.CodeInvalid || e.Number != 14518 || !strings.Contains(e.Message, test.message) {
			t.Errorf("got %#v; want 14518 with %q", err, test.message)
		}
	}
	if asked := b.engine.asked(); len(asked) != 0 {
		t.Errorf("the engine was asked %v", asked)
	}
}

func TestRuntimeSorts(t *testing.T) {
	b := newBench(t, table(1))
	sorted := func(sorts ...query.RuntimeSort) func(*query.Request) {
		return func(r *query.Request) { r.Sorts = sorts }
	}
	order := func(change func(*query.Request)) string {
		before := len(b.engine.asked())
		b.mustAsk("[quantity] [region] [store] sort by [store]", change)
		_, order, _ := strings.Cut(b.engine.asked()[before].SQL, " ORDER BY ")
		order, _, _ = strings.Cut(order, " LIMIT ")
		return strings.ReplaceAll(order, " NULLS LAST", "")
	}
	for _, test := range []struct {
		sort func(*query.Request)
		want string
	}{
		{sorted(), "2 ASC, 1 ASC"},
		{sorted(query.RuntimeSort{Column: "REGION", Descending: true}), "1 DESC, 2 ASC"},
		{sorted(query.RuntimeSort{Column: "Total Quantity"}), "3 ASC, 1 ASC, 2 ASC"},
		{sorted(query.RuntimeSort{Column: "quantity", Descending: true}, query.RuntimeSort{Column: "store"}), "3 DESC, 2 ASC, 1 ASC"},
	} {
		if got := order(test.sort); got != test.want {
			t.Errorf("got %s; want %s", got, test.want)
		}
	}
	message := b.refused(searchlight.CodeInvalid, "[quantity] [region]", sorted(query.RuntimeSort{Column: "store"}))
	if !strings.Contains(message, "its columns are Region, Total Quantity") {
		t.Error(message)
	}
}

func TestDiagnosticsBecomeAnError(t *testing.T) {
	b := newBench(t, table(1))
	const text = "[quantity] [reigon] [stroe]"
	_, err := b.ask(text)
	e, ok := errors.AsType[*searchlight.Error](err)
	if !ok || e.Code != searchlight.CodeInvalid || e.Number != 14516 {
		t.Fatalf("got %#v", err)
	}
	if want := `Search did not find "reigon" in your data or metadata: no column [reigon] in worksheet Sales; did you mean [Region]?`; e.Message != want {
		t.Errorf("message %q\nwant    %q", e.Message, want)
	}
	var spans []source.Span
	for _, d := range e.Diagnostics {
		spans = append(spans, d.Span)
	}
	if diff := cmp.Diff([]source.Span{{Start: 11, End: 19}, {Start: 20, End: 27}}, spans); diff != "" {
		t.Error(diff)
	}
	if got := e.Text.Position(e.Diagnostics[0].Span.Start); got.Line != 1 || got.Column != 12 {
		t.Errorf("position %+v", got)
	}
	if asked := b.engine.asked(); len(asked) != 0 {
		t.Errorf("the engine was asked %v", asked)
	}
}

func TestSearchesOfEveryKindThatCannotBeUnderstood(t *testing.T) {
	b := newBench(t, table(1))
	for _, text := range []string{"", "   ", "[quantity", "'", "[quantity] >", "[region] > ", "[quantity] = 'west'", "[]",
		"growth of [quantity] by [date]", strings.Repeat("[quantity] ", 5000), strings.Repeat("(", 5000), "a\x00b", "\xff\xfe",
		strings.Repeat("x", 10_000)} {
		_, err := b.ask(text)
		e, ok := errors.AsType[*searchlight.Error](err)
		if !ok || e.Code != searchlight.CodeInvalid || e.Number == 0 || len(e.Diagnostics) == 0 || e.Text == nil {
			t.Errorf("%.20q: got %#v", text, err)
		}
	}
}

func TestWarningsTravelWithTheAnswer(t *testing.T) {
	b := newBench(t, table(1))
	const text = "[amount] [refund] [reason]"
	a, err := b.ask(text, from(retailSource))
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Rows.Close()
	if len(a.Warnings) != 1 || a.Warnings[0].Severity != source.SeverityWarning || a.Warnings[0].Number != 22002 {
		t.Errorf("warnings %v; want one that a measure is repeated", a.Warnings)
	}
}

func TestFailuresOfTheEngine(t *testing.T) {
	secret := errors.New("password=hunter2")
	tests := []struct {
		err     error
		code    searchlight.ErrorCode
		message string
	}{
		{&engine.Error{Kind: engine.KindFailed, Message: "overflow", Err: secret}, searchlight.CodeEngine, "The database behind the data source failed"},
		{&engine.Error{Kind: engine.KindUnreachable, Message: "refused", Err: secret}, searchlight.CodeEngine, "The database behind the data source cannot be reached"},
		{&engine.Error{Kind: engine.KindNoTable, Message: "no sales", Err: secret}, searchlight.CodeEngine, "A table of the data source does not exist in its database"},
		{&engine.Error{Kind: engine.KindCancelled, Message: "stop", Err: secret}, searchlight.CodeUnavailable, "The query was cancelled"},
		{fmt.Errorf("no error of engines: %w", secret), searchlight.CodeInternal, ""},
	}
	for _, test := range tests {
		broken := fakeRows{NextFunc: func(context.Context) (*result.Chunk, error) { return nil, test.err }}
		for stage, answer := range map[string]func() (result.Rows, error){
			"statement": func() (result.Rows, error) { return nil, test.err },
			"rows":      func() (result.Rows, error) { return &broken, nil },
		} {
			b := newBench(t, func(context.Context, engine.Statement) (result.Rows, error) { return answer() })
			_, err := b.ask("[quantity]")
			e, _ := errors.AsType[*searchlight.Error](err)
			if searchlight.CodeOf(err) != test.code || e != nil && e.Message != test.message || !errors.Is(err, test.err) {
				t.Errorf("%s: got %v; want %s: %s", stage, err, test.code, test.message)
			}
		}
	}
}

func TestFailuresOfTheCount(t *testing.T) {
	answer := table(30)
	b := newBench(t, func(ctx context.Context, s engine.Statement) (result.Rows, error) {
		if strings.HasPrefix(s.SQL, "SELECT COUNT(*)") {
			return nil, &engine.Error{Message: "out of memory"}
		}
		return answer(ctx, s)
	})
	a, rows := b.mustAsk("[quantity] [product]", page(0, 10))
	if _, err := a.Total(context.Background(), len(rows)); searchlight.CodeOf(err) != searchlight.CodeEngine {
		t.Errorf("got %v", err)
	}
}

func TestTheCountIsTheOneOfTheSearch(t *testing.T) {
	b := newBench(t, table(30))
	a, rows := b.mustAsk("top 20 [product] [quantity] [region] = 'west'", page(0, 10))
	if _, err := a.Total(context.Background(), len(rows)); err != nil {
		t.Fatal(err)
	}
	count := b.engine.asked()[1]
	if !strings.Contains(count.SQL, "LIMIT 20") || strings.Contains(count.SQL, "LIMIT 11") || fmt.Sprint(count.Args) != "[west]" {
		t.Errorf("%s %v", count.SQL, count.Args)
	}
}

func TestACancelledSearch(t *testing.T) {
	b := newBench(t, func(ctx context.Context, _ engine.Statement) (result.Rows, error) {
		<-ctx.Done()
		return nil, &engine.Error{Kind: engine.KindCancelled, Message: "cancelled", Err: ctx.Err()}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := b.Search(ctx, query.Request{Subject: b.admin, Source: salesSource, Text: "[quantity]"})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestConnectionsThatCannotBeOpened(t *testing.T) {
	b := newBench(t, table(1))
	want := searchlight.Errorf(searchlight.CodeEngine, "cannot be reached")
	b.Engines = fakeEngines(func(context.Context, searchlight.GUID) (query.Engine, error) { return query.Engine{}, want })
	if _, err := b.ask("[quantity]"); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	// A search that cannot be understood is told first: no connection is opened.
	b.refused(searchlight.CodeInvalid, "[nothing]")
}

// poorDialect cannot do what a search asks for.
type poorDialect struct{ duckdb.Dialect }

func (poorDialect) Call(expr.Call, []string) string { return "" }

func TestWhatTheDatabaseCannotDo(t *testing.T) {
	b := newBench(t, table(1))
	b.Engines = fakeEngines(func(context.Context, searchlight.GUID) (query.Engine, error) {
		return query.Engine{Engine: b.engine, Dialect: poorDialect{}}, nil
	})
	_, err := b.ask("[quantity] [date].monthly")
	e, ok := errors.AsType[*searchlight.Error](err)
	if !ok || e.Code != searchlight.CodeInvalid || e.Number != 14516 || !strings.HasPrefix(e.Message, "E501: ") {
		t.Errorf("got %#v", err)
	}
}

// wordyDialect needs to be told an argument four times.
type wordyDialect struct{ duckdb.Dialect }

func (wordyDialect) Call(_ expr.Call, args []string) string { return strings.Repeat(args[0], 4) }

func TestFunctionsWithinFunctions(t *testing.T) {
	b := newBench(t, table(1))
	b.Engines = fakeEngines(func(context.Context, searchlight.GUID) (query.Engine, error) {
		return query.Engine{Engine: b.engine, Dialect: wordyDialect{}}, nil
	})
	knowing(b, strings.Repeat("to_string ( to_double ( ", 6)+"[Amount]"+strings.Repeat(" ) )", 6))
	if message := b.refused(searchlight.CodeInvalid, "[Mine]"); message != "invalid: The search cannot be run: a formula has too many functions within functions for DuckDB" {
		t.Error(message)
	}
}

func TestTheClockIsTheServers(t *testing.T) {
	b := newBench(t, table(1))
	zone := time.FixedZone("", 14*60*60) // there it is the 25th when it is the 24th in Greenwich
	b.Location = zone
	if got, want := b.where(func(r *query.Request) { r.Text = "[quantity] [date].today" }),
		`("date" >= CAST(2024-09-25 00:00:00 AS DATE)) AND ("date" < CAST(2024-09-26 00:00:00 AS DATE))`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestObservations(t *testing.T) {
	b := newBench(t, table(1))
	var seen []query.Observation
	b.Observe = func(o query.Observation) { seen = append(seen, o) }
	b.mustAsk("[quantity]")
	if len(seen) != 1 || seen[0].Compile <= 0 || seen[0].Engine <= 0 || seen[0].Shared {
		t.Errorf("seen %+v", seen)
	}
}

package query

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/bind"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/internal/memo"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/plan"
	"github.com/searchlight-bi/searchlight/plan/rewrite"
	"github.com/searchlight-bi/searchlight/result"
	"github.com/searchlight-bi/searchlight/search"
	"github.com/searchlight-bi/searchlight/source"
	"github.com/searchlight-bi/searchlight/sqlgen"
)

// DefaultMaxRows is how many rows one call returns at most.
const DefaultMaxRows = 100_000

// Engine is the database behind a connection.
type Engine struct {
	engine.Engine
	Dialect sqlgen.Dialect
	// DataVersion changes when the server itself changes the data, or the
	// connection leads elsewhere. Searches share results within one version.
	DataVersion int64
}

// Engines finds the engine of a connection. It fails with an Error that users
// may read.
type Engines interface {
	Engine(ctx context.Context, connection searchlight.GUID) (Engine, error)
}

// Service answers searches. Its fields are set before its first use.
type Service struct {
	Store   searchlight.Store
	Engines Engines
	MaxRows int // 0: DefaultMaxRows
	// Advanced asks that users may read every table column behind a worksheet's
	// column, not the worksheet alone (security.md 3.4).
	Advanced bool
	Now      func() time.Time // nil: time.Now
	Location *time.Location   // of the server; nil: UTC
	// Observe is told of each statement that ran to its first rows; may be nil.
	Observe func(Observation)

	models  modelCache
	access  memo.Memo[accessKey, access]
	flights flights
}

// Observation is what one search took until its first rows.
type Observation struct {
	Compile time.Duration // text to SQL
	Engine  time.Duration // until the engine had first rows
	Shared  bool          // with another search that asked the same at the time
}

// Search answers a request. It fails with CodeForbidden when the source is
// unknown or the subject may not read it, with CodeInvalid and diagnostics when
// the search cannot be understood, and with CodeEngine when the database fails.
func (s *Service) Search(ctx context.Context, r Request) (*Answer, error) {
	start := time.Now()
	m, visible, err := s.model(ctx, r.Subject, r.Source)
	if err != nil {
		return nil, err
	}
	q, warnings, err := s.bind(m, visible, r)
	if err != nil {
		return nil, err
	}
	e, err := s.Engines.Engine(ctx, m.Connection)
	if err != nil {
		return nil, err
	}
	a := &Answer{Offset: max(r.Offset, 0), Limit: s.limit(r.Limit)}
	// One row more than is wanted tells whether there are others.
	p, ds := plan.Build(q, plan.Page{Offset: a.Offset, Count: a.Limit + 1})
	if ds.HasErrors() {
		return nil, invalid(r.Text, ds)
	}
	a.Warnings = append(warnings, ds.Warnings()...)
	for i, o := range p.Outputs {
		role := datatype.Measure
		if q.Outputs[i].Grouped {
			role = datatype.Attribute
		}
		a.Columns = append(a.Columns, Column{Name: o.Name, Type: o.Type, Role: role})
	}
	st, err := generate(p, e.Dialect)
	if err != nil {
		return nil, err
	}
	compiled := time.Now()
	rows, shared, err := s.flights.run(ctx, m.Connection, e, st)
	if err != nil {
		return nil, engineError(ctx, err)
	}
	if s.Observe != nil {
		s.Observe(Observation{Compile: compiled.Sub(start), Engine: time.Since(compiled), Shared: shared})
	}
	limited := &limitedRows{Rows: rows, left: a.Limit}
	a.Rows = limited
	a.recheck = func(ctx context.Context, now *searchlight.Subject) error { return s.recheck(ctx, r, m, visible, now) }
	a.total = func(ctx context.Context, returned int) (int, error) {
		if !limited.more && (returned > 0 || a.Offset == 0) {
			return a.Offset + returned, nil
		}
		return s.count(ctx, m, e, q)
	}
	return a, nil
}

func (s *Service) limit(asked int) int {
	most := s.MaxRows
	if most <= 0 {
		most = DefaultMaxRows
	}
	if asked <= 0 || asked > most {
		return most
	}
	return asked
}

// bind gives the text of a request its meaning in a model.
func (s *Service) bind(m *model.Model, visible visibleColumns, r Request) (*bind.Query, source.Diagnostics, error) {
	parsed, ds := search.Parse(r.Text)
	if ds.HasErrors() {
		return nil, nil, invalid(r.Text, ds)
	}
	c := bind.Context{Now: s.wallClock(), Visible: visible.shows(), Security: security(r.Subject)}
	for _, f := range r.Filters {
		filter, err := s.runtimeFilter(f)
		if err != nil {
			return nil, nil, err
		}
		c.Filters = append(c.Filters, filter)
	}
	for _, o := range r.Sorts {
		c.Sorts = append(c.Sorts, bind.RuntimeSort(o))
	}
	q, more := bind.Bind(parsed, m, c)
	ds = append(ds, more...)
	if ds.HasErrors() {
		return nil, nil, invalid(r.Text, ds)
	}
	return q, ds.Warnings(), nil
}

// org is the name of the only organisation that there is.
const org = "Primary"

// security is what rows and formulas depend on of who asks.
func security(s *searchlight.Subject) bind.Security {
	domain := ""
	if at := strings.LastIndexByte(s.User.Email, '@'); at >= 0 {
		domain = s.User.Email[at+1:]
	}
	return bind.Security{UserName: s.User.Name, Groups: s.GroupNames, Org: org, EmailDomain: domain, Exempt: s.SeesAllRows()}
}

// recheck makes sure that an answer, of a model of which the subject saw some
// columns then, would have the same rows for it now as far as its rights go.
func (s *Service) recheck(ctx context.Context, r Request, then *model.Model, saw visibleColumns, subject *searchlight.Subject) error {
	now, sees, err := s.model(ctx, subject, r.Source)
	if err != nil {
		return err
	}
	sameRows := then.SameRules(now) && (!then.AsksWho() || reflect.DeepEqual(security(r.Subject), security(subject)))
	if !sameRows || !saw.within(sees) {
		return searchlight.Errorf(searchlight.CodeForbidden, "what you may see of the data source has changed; ask again")
	}
	return nil
}

func (s *Service) location() *time.Location {
	if s.Location == nil {
		return time.UTC
	}
	return s.Location
}

// wallClock is the reading of the server's clock as a time in UTC.
func (s *Service) wallClock() time.Time {
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	return wall(now().In(s.location()))
}

func wall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func generate(p *plan.Plan, d sqlgen.Dialect) (engine.Statement, error) {
	st, err := sqlgen.Generate(rewrite.Apply(p), d)
	if u, ok := errors.AsType[*sqlgen.UnsupportedError](err); ok {
		return engine.Statement{}, &searchlight.Error{Code: searchlight.CodeInvalid, Number: 14516, Message: "E501: " + u.Error()}
	}
	if long, ok := errors.AsType[*sqlgen.TooLongError](err); ok {
		return engine.Statement{}, &searchlight.Error{Code: searchlight.CodeInvalid, Number: 14516, Message: "The search cannot be run: " + long.Error()}
	}
	if err != nil {
		return engine.Statement{}, err
	}
	return engine.Statement{SQL: st.SQL, Args: st.Args}, nil
}

// count runs the query once more for the number of its rows.
func (s *Service) count(ctx context.Context, m *model.Model, e Engine, q *bind.Query) (int, error) {
	p, ds := plan.Count(q)
	if ds.HasErrors() {
		return 0, fmt.Errorf("query: counting: %s", ds)
	}
	st, err := generate(p, e.Dialect)
	if err != nil {
		return 0, err
	}
	rows, _, err := s.flights.run(ctx, m.Connection, e, st)
	if err != nil {
		return 0, engineError(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	chunk, err := rows.Next(ctx)
	if err != nil {
		return 0, engineError(ctx, err)
	}
	if v := &chunk.Vectors[0]; len(v.Ints) > 0 {
		return int(v.Ints[0]), nil
	}
	return 0, fmt.Errorf("query: a count came as %s", chunk.Vectors[0].Kind)
}

// invalid is the error of a search that cannot be understood.
func invalid(text string, ds source.Diagnostics) error {
	errs := ds.Errors().Sorted()
	number := errs[0].Number
	if number == 0 {
		number = 14516
	}
	return &searchlight.Error{Code: searchlight.CodeInvalid, Number: number, Message: errs[0].Sentence(),
		Text: source.NewText("", text), Diagnostics: errs}
}

// engineError tells the failures of an engine apart.
func engineError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*engine.Error](err); ok {
		switch e.Kind {
		case engine.KindCancelled:
			return &searchlight.Error{Code: searchlight.CodeUnavailable, Message: "The query was cancelled", Err: err}
		case engine.KindUnreachable:
			return &searchlight.Error{Code: searchlight.CodeEngine, Message: "The database behind the data source cannot be reached", Err: err}
		case engine.KindNoTable:
			return &searchlight.Error{Code: searchlight.CodeEngine, Message: "A table of the data source does not exist in its database", Err: err}
		}
		return &searchlight.Error{Code: searchlight.CodeEngine, Message: "The database behind the data source failed", Err: err}
	}
	return err
}

// limitedRows ends a stream after a number of rows and notes whether there
// would have been more.
type limitedRows struct {
	result.Rows
	left int
	more bool
}

// Next implements result.Rows.
func (r *limitedRows) Next(ctx context.Context) (*result.Chunk, error) {
	chunk, err := r.Rows.Next(ctx)
	if err != nil {
		if err == io.EOF {
			return nil, err
		}
		return nil, engineError(ctx, err)
	}
	if chunk.Rows > r.left {
		r.more = true
		if r.left == 0 {
			return nil, io.EOF
		}
		cut := *chunk
		cut.Rows = r.left
		chunk = &cut
	}
	r.left -= chunk.Rows
	return chunk, nil
}

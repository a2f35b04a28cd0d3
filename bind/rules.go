package bind

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
)

// Security is what row-level security has to know of the person for whom a
// search is bound. The zero value is nobody: a row that a rule guards is not
// shown to nobody.
type Security struct {
	UserName    string
	Groups      []string // names of all groups, inherited ones too
	Org         string
	EmailDomain string // empty: not known, and equal to nothing
	Exempt      bool   // sees all rows
}

// Rows says which rows of a table the person may see: those for which any
// alternative holds. Without alternatives there are none.
type Rows struct {
	Any []Alternative
}

// Alternative holds for a row that meets a condition and that has, in the
// tables that rules lead to, rows of which each set is found.
type Alternative struct {
	Cond   expr.Expr // over columns of the row
	Exists []Exists
}

// Exists holds for a row with which rows of the tables, one of each, belong
// together and meet a condition.
type Exists struct {
	Tables []model.NodeID // rule tables, each after the one that leads to it
	Cond   expr.Expr      // over columns of the tables and of the row
}

// String prints the rows as a condition.
func (r Rows) String() string {
	alternatives := make([]string, len(r.Any))
	for i, a := range r.Any {
		parts := []string{a.Cond.String()}
		for _, e := range a.Exists {
			parts = append(parts, fmt.Sprintf("exists %v: %s", e.Tables, e.Cond))
		}
		alternatives[i] = strings.Join(parts, " and ")
	}
	if len(alternatives) == 0 {
		return "none"
	}
	return strings.Join(alternatives, " or ")
}

// bindRules decides which rows of each table the search may read
// (security.md 4). A table whose rules hold for all of its rows is in it, too:
// rows of others that have no partner in it stay hidden.
func (b *binder) bindRules() {
	if b.ctx.Security.Exempt {
		return
	}
	for i := range b.m.Nodes {
		rules := b.m.Nodes[i].Rules
		if rules == nil {
			continue
		}
		rows, ok := b.person().rows(b.m, rules)
		if !ok {
			b.report(errRulesBroken())
			return
		}
		if b.out.Rules == nil {
			b.out.Rules = map[model.NodeID]Rows{}
		}
		b.out.Rules[model.NodeID(i)] = rows
	}
}

// person is who asks.
func (b *binder) person() *principal {
	if b.who == nil {
		b.who = newPrincipal(b.ctx.Security)
		b.who.now = b.ctx.Now
	}
	return b.who
}

// insertPerson puts what is known of the person into the formulas of the
// search, so that the statement of one person is never that of another.
func (b *binder) insertPerson() {
	for i := range b.out.Outputs {
		b.insertInto(&b.out.Outputs[i].Expr)
	}
	for i := range b.out.Where {
		b.insertInto(&b.out.Where[i].Expr)
	}
	for i := range b.out.Having {
		b.insertInto(&b.out.Having[i])
	}
}

func (b *binder) insertInto(e *expr.Expr) {
	if !expr.AsksWho(*e) && !expr.AsksWhen(*e) {
		return
	}
	inserted, ok := b.person().inserted(*e)
	if !ok {
		panic(fmt.Sprintf("bind: a property of the person stands where it has no meaning in %s", *e))
	}
	*e = inserted
}

// principal holds the values that take the place of each expr.Principal, and
// of expr.Clock.
type principal struct {
	now    time.Time
	values map[expr.PrincipalKind]expr.Const
	lists  map[expr.PrincipalKind][]expr.Expr
}

// newPrincipal puts the groups into one order and drops what differs in case
// alone, so that people with the same groups ask in the same words. What no
// database can hold as text is null: it equals nothing, and a negation of it
// does not hold either. So is everything about nobody.
func newPrincipal(s Security) *principal {
	nobody := s.UserName == ""
	value := func(s string) expr.Const {
		if nobody || s == "" || !isText(s) {
			return unknown
		}
		return expr.Text(s)
	}
	p := &principal{values: map[expr.PrincipalKind]expr.Const{
		expr.PrincipalName: value(s.UserName), expr.PrincipalOrg: value(s.Org), expr.PrincipalEmailDomain: value(s.EmailDomain),
	}}
	if nobody {
		p.lists = map[expr.PrincipalKind][]expr.Expr{
			expr.PrincipalGroups: {unknown}, expr.PrincipalGroupInts: {expr.Const{Typ: datatype.Int64}},
		}
		return p
	}
	var folded []string
	var groups, ints []expr.Expr
	for _, g := range s.Groups {
		if isText(g) {
			folded = append(folded, strings.ToLower(g))
		} else if len(groups) == 0 {
			groups = append(groups, unknown)
		}
	}
	slices.Sort(folded)
	for _, g := range slices.Compact(folded) {
		groups = append(groups, expr.Text(g))
		if v, err := strconv.ParseInt(g, 10, 64); err == nil {
			ints = append(ints, expr.Int(v))
		}
	}
	p.lists = map[expr.PrincipalKind][]expr.Expr{expr.PrincipalGroups: groups, expr.PrincipalGroupInts: ints}
	return p
}

var unknown = expr.Const{Typ: datatype.Varchar}

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// rows is what the rules of a node let the person see. It reports false when
// that cannot be told.
func (p *principal) rows(m *model.Model, rules *model.Rules) (rows Rows, ok bool) {
	if rules.Broken {
		return Rows{}, false
	}
	var own []expr.Expr
	for _, rule := range rules.Any {
		e, ok := p.inserted(rule)
		if !ok {
			return Rows{}, false
		}
		s := splitter{m}
		for _, part := range s.all(expr.Simplify(e)) {
			a := s.alternative(expr.Simplify(part))
			switch {
			case isNeverTrue(a.Cond):
			case len(a.Exists) > 0:
				rows.add(a)
			case a.Cond == expr.True:
				return Rows{Any: []Alternative{a}}, true
			default:
				own = append(own, a.Cond)
			}
		}
	}
	if len(own) > 0 {
		rows.Any = slices.Insert(rows.Any, 0, Alternative{Cond: expr.Or(own...)})
	}
	return rows, true
}

// add adds an alternative that looks into other tables; those that look for one
// row under the same condition look for it together.
func (r *Rows) add(a Alternative) {
	for i, have := range r.Any {
		if len(a.Exists) == 1 && len(have.Exists) == 1 && slices.Equal(a.Exists[0].Tables, have.Exists[0].Tables) && expr.Equal(a.Cond, have.Cond) {
			r.Any[i].Exists[0].Cond = expr.Or(have.Exists[0].Cond, a.Exists[0].Cond)
			return
		}
	}
	r.Any = append(r.Any, a)
}

// isNeverTrue reports whether a condition is the constant false or null.
func isNeverTrue(e expr.Expr) bool {
	c, ok := e.(expr.Const)
	return ok && c.Value != true
}

// inserted puts the person's values in place. It reports false when one stands
// where it has no meaning.
func (p *principal) inserted(e expr.Expr) (expr.Expr, bool) {
	e = expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		switch e := e.(type) {
		case expr.Principal:
			if v, ok := p.values[e.Kind]; ok {
				return v
			}
		case expr.Clock:
			return e.At(p.now)
		case expr.Call:
			if list, ok := p.list(e); ok {
				e.Args = append([]expr.Expr{e.Args[0]}, list...)
				return e
			}
			if e.Op == expr.OpFold {
				return expr.Fold(e.Args[0])
			}
		}
		return e
	})
	complete := true
	expr.Walk(e, func(e expr.Expr) bool {
		if _, left := e.(expr.Principal); left {
			complete = false
		}
		return complete
	})
	return e, complete
}

// list is what a membership test looks through, when that is a list of the
// person's.
func (p *principal) list(c expr.Call) ([]expr.Expr, bool) {
	if c.Op != expr.OpIn || len(c.Args) != 2 {
		return nil, false
	}
	of := c.Args[1]
	if fold, ok := of.(expr.Call); ok && fold.Op == expr.OpFold {
		of = fold.Args[0]
	}
	variable, _ := of.(expr.Principal)
	list, ok := p.lists[variable.Kind]
	return list, ok
}

// splitter divides rules into alternatives, so that a part which needs a row
// of another table never hides what another part shows.
type splitter struct{ m *model.Model }

// maxAlternatives bounds how far a rule is divided; beyond it, alternatives
// stay together, which shows no row more.
const maxAlternatives = 64

// all divides a whole rule.
func (s splitter) all(e expr.Expr) []expr.Expr {
	c, ok := e.(expr.Call)
	if !ok || c.Op != expr.OpOr {
		return s.alternatives(e)
	}
	var out []expr.Expr
	for _, a := range c.Args {
		out = append(out, s.alternatives(a)...)
	}
	return out
}

// alternatives divides a condition that reads other tables into those of which
// any is to be true.
func (s splitter) alternatives(e expr.Expr) []expr.Expr {
	c, ok := e.(expr.Call)
	if !ok || len(s.tables(e)) == 0 {
		return []expr.Expr{e}
	}
	switch c.Op {
	case expr.OpOr:
		return s.all(c)
	case expr.OpAnd:
		return s.both(c.Args)
	case expr.OpNot:
		if inner, ok := c.Args[0].(expr.Call); ok {
			if pushed, ok := negated(inner); ok {
				return s.alternatives(pushed)
			}
		}
	case expr.OpCase:
		if !expr.Equal(c, notTrue(c.Args[0])) {
			return s.branches(c)
		}
	}
	return []expr.Expr{e}
}

// notTrue holds where a condition is false or null.
func notTrue(e expr.Expr) expr.Expr {
	return expr.Call{Op: expr.OpCase, Args: []expr.Expr{e, expr.False, expr.True}, Typ: datatype.Bool}
}

// both divides a conjunction: every choice of one alternative of each part.
func (s splitter) both(parts []expr.Expr) []expr.Expr {
	out := []expr.Expr{expr.And()}
	for _, part := range parts {
		choices := s.alternatives(part)
		if len(out)*len(choices) > maxAlternatives {
			choices = []expr.Expr{part}
		}
		var next []expr.Expr
		for _, o := range out {
			for _, c := range choices {
				next = append(next, expr.And(o, c))
			}
		}
		out = next
	}
	return out
}

// branches divides a choice: a condition holds with what it leads to, or no
// condition before the next one does.
func (s splitter) branches(c expr.Call) []expr.Expr {
	var out, before []expr.Expr
	for i := 0; i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) {
			return append(out, s.both(append(before, c.Args[i]))...)
		}
		when, then := c.Args[i], c.Args[i+1]
		out = append(out, s.both(append(slices.Clone(before), when, then))...)
		before = append(before, notTrue(when))
	}
	return out
}

// negated moves a negation inwards, if it can.
func negated(c expr.Call) (expr.Expr, bool) {
	args := slices.Clone(c.Args)
	switch c.Op {
	case expr.OpNot:
		return c.Args[0], true
	case expr.OpAnd, expr.OpOr:
		for i, a := range args {
			args[i] = expr.Not(a)
		}
		if c.Op == expr.OpAnd {
			return expr.Or(args...), true
		}
		return expr.And(args...), true
	case expr.OpCase:
		for i := 1; i < len(args); i += 2 {
			args[i] = expr.Not(args[i])
		}
		if last := len(args) - 1; last%2 == 0 {
			args[last] = expr.Not(args[last])
		}
		c.Args = args
		return c, true
	}
	return nil, false
}

// alternative sorts the parts of a condition by the rule tables that they read
// together.
func (s splitter) alternative(e expr.Expr) Alternative {
	type set struct {
		tables []model.NodeID
		conds  []expr.Expr
	}
	var own []expr.Expr
	var sets []set
	for _, part := range expr.Conjuncts(e) {
		joined := set{s.tables(part), []expr.Expr{part}}
		if len(joined.tables) == 0 {
			own = append(own, part)
			continue
		}
		var apart []set
		for _, other := range sets {
			if !slices.ContainsFunc(other.tables, func(t model.NodeID) bool { return slices.Contains(joined.tables, t) }) {
				apart = append(apart, other)
				continue
			}
			joined.tables = append(joined.tables, other.tables...)
			joined.conds = append(other.conds, joined.conds...)
		}
		sets = append(apart, joined)
	}
	a := Alternative{Cond: expr.And(own...)}
	if len(own) == 0 {
		a.Cond = expr.True
	}
	for _, x := range sets {
		slices.Sort(x.tables)
		a.Exists = append(a.Exists, Exists{Tables: slices.Compact(x.tables), Cond: expr.And(x.conds...)})
	}
	return a
}

// tables lists the rule tables that e reads, with those that lead to them.
func (s splitter) tables(e expr.Expr) []model.NodeID {
	if len(s.m.RuleTables) == 0 {
		return nil
	}
	var out []model.NodeID
	for _, id := range expr.Columns(e) {
		for n := s.m.Physical(id).Node; s.m.RuleTable(n) != nil && !slices.Contains(out, n); n = s.m.RuleTable(n).From {
			out = append(out, n)
		}
	}
	return out
}

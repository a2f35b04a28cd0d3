package sqlgen

import (
	"fmt"
	"strconv"

	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/plan"
)

// stage is how far the clauses of a SELECT have been filled, in the order in
// which SQL evaluates them. An operation whose clause has been passed starts a
// new SELECT around the old one.
type stage uint8

const (
	stageFrom stage = iota
	stageWhere
	stageGroup
	stageHaving
	stageSelect
	stageDistinct
	stageOrder
	stageLimit
)

// block is a SELECT in the making.
type block struct {
	stage stage
	from  []relation
	where []expr.Expr
	group []expr.ColumnID
	// grouped says that the block aggregates, perhaps without group columns.
	grouped  bool
	having   []expr.Expr
	distinct bool
	order    []plan.SortKey
	limit    *plan.Limit
	fence    bool

	columns []expr.ColumnID             // that the block gives, in order
	defs    map[expr.ColumnID]expr.Expr // of columns computed here, in terms of refs
	refs    map[expr.ColumnID]reference // columns of the relations in from
}

// relation is an entry of FROM: a table or a SELECT, joined to those before it.
type relation struct {
	alias string
	table *plan.Scan
	sub   *block
	kind  plan.JoinKind
	on    []condition
}

// condition is part of a join's ON: an expression, or two columns that are to
// be the same.
type condition struct {
	expr        expr.Expr
	left, right expr.Expr
}

// reference is a column of a relation.
type reference struct{ alias, column string }

// rowNumber is the window function of a plan.Rank.
type rowNumber struct {
	expr.Const
	partition []expr.Expr
	order     []expr.Expr
	down      []bool
}

// exists is the condition that a SELECT has a row; its where ties it to the
// block in which it stands.
type exists struct {
	expr.Const
	sub *block
}

// builder turns plan nodes into blocks.
type builder struct {
	aliases int
}

func (b *builder) alias(prefix string) string {
	b.aliases++
	return prefix + strconv.Itoa(b.aliases)
}

func (b *builder) build(n plan.Node) (*block, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return b.scan(n), nil
	case *plan.Secure:
		return b.secure(n)
	case *plan.Fence:
		in, err := b.upTo(stageOrder, n.Input)
		if err != nil {
			return nil, err
		}
		in.stage, in.fence = stageLimit, true
		return in, nil
	case *plan.Join:
		return b.join(n)
	case *plan.SemiJoin:
		return b.semiJoin(n)
	case *plan.Filter:
		in, err := b.build(n.Input)
		if err != nil {
			return nil, err
		}
		return b.filter(in, n.Cond), nil
	case *plan.Project:
		return b.project(n)
	case *plan.Distinct:
		in, err := b.upTo(stageSelect, n.Input)
		if err != nil {
			return nil, err
		}
		in.stage, in.distinct = stageDistinct, true
		return in, nil
	case *plan.Aggregate:
		return b.aggregate(n)
	case *plan.Merge:
		return b.merge(n)
	case *plan.Rank:
		return b.rank(n)
	case *plan.Sort:
		in, err := b.upTo(stageDistinct, n.Input)
		if err != nil {
			return nil, err
		}
		in.stage, in.order = stageOrder, n.Keys
		return in, nil
	case *plan.Limit:
		in, err := b.upTo(stageOrder, n.Input)
		if err != nil {
			return nil, err
		}
		in.stage, in.limit = stageLimit, n
		return in, nil
	}
	return nil, fmt.Errorf("sqlgen: unknown node %T", n)
}

// upTo builds a node as a block that has not passed a stage.
func (b *builder) upTo(s stage, n plan.Node) (*block, error) {
	in, err := b.build(n)
	if err != nil || in.stage <= s {
		return in, err
	}
	return b.wrap(in), nil
}

// wrap starts a SELECT around another.
func (b *builder) wrap(sub *block) *block {
	return (&block{
		columns: sub.columns,
		defs:    map[expr.ColumnID]expr.Expr{},
		refs:    map[expr.ColumnID]reference{},
	}).add(relation{alias: b.alias("q"), sub: sub})
}

// add puts a relation into FROM and makes its columns known.
func (k *block) add(r relation) *block {
	if r.table != nil {
		for _, c := range r.table.Cols {
			k.refs[c.ID] = reference{r.alias, c.Physical}
		}
	} else {
		for _, id := range r.sub.columns {
			k.refs[id] = reference{r.alias, innerName(id)}
		}
	}
	k.from = append(k.from, r)
	return k
}

// innerName is the name of a column of a SELECT inside another.
func innerName(id expr.ColumnID) string { return "c" + strconv.Itoa(int(id)) }

// resolve puts definitions in place of the columns that the block computes.
func (k *block) resolve(e expr.Expr) expr.Expr {
	if len(k.defs) == 0 {
		return e
	}
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if c, ok := e.(expr.Column); ok {
			if def, ok := k.defs[c.ID]; ok {
				return def
			}
		}
		return e
	})
}

func (b *builder) scan(n *plan.Scan) *block {
	k := &block{defs: map[expr.ColumnID]expr.Expr{}, refs: map[expr.ColumnID]reference{}}
	for _, c := range n.Cols {
		k.columns = append(k.columns, c.ID)
	}
	return k.add(relation{alias: b.alias("t"), table: n})
}

func (b *builder) join(n *plan.Join) (*block, error) {
	left, err := b.upTo(stageFrom, n.Left)
	if err != nil {
		return nil, err
	}
	right, err := b.build(n.Right)
	if err != nil {
		return nil, err
	}
	if right.stage > stageFrom || len(right.from) != 1 {
		right = b.wrap(right)
	}
	r := right.from[0]
	r.kind, r.on = n.Kind, []condition{{expr: n.On}}
	left.columns = append(left.columns[:len(left.columns):len(left.columns)], right.columns...)
	return left.add(r), nil
}

func (b *builder) semiJoin(n *plan.SemiJoin) (*block, error) {
	in, err := b.upTo(stageWhere, n.Input)
	if err != nil {
		return nil, err
	}
	cond, err := b.exists(in, n.Sub, n.On)
	if err != nil {
		return nil, err
	}
	return b.filter(in, cond), nil
}

// exists is the condition that a node has a row which meets on with a row of
// the block.
func (b *builder) exists(k *block, n plan.Node, on expr.Expr) (expr.Expr, error) {
	sub, err := b.upTo(stageWhere, n)
	if err != nil {
		return nil, err
	}
	for id, r := range k.refs {
		if _, own := sub.refs[id]; !own {
			sub.refs[id] = r
		}
	}
	sub.where = append(sub.where, on)
	sub.columns = nil
	return exists{expr.Const{Typ: expr.True.Typ}, sub}, nil
}

func (b *builder) secure(n *plan.Secure) (*block, error) {
	in := b.scan(n.Input)
	var any []expr.Expr
	for _, a := range n.Any {
		all := []expr.Expr{a.Cond}
		if a.Cond == expr.True {
			all = nil
			if len(a.Exists) == 0 {
				return in, nil // all rows
			}
		}
		for _, e := range a.Exists {
			cond, err := b.exists(in, e.Sub, e.On)
			if err != nil {
				return nil, err
			}
			all = append(all, cond)
		}
		any = append(any, expr.And(all...))
	}
	return b.filter(in, expr.Or(any...)), nil
}

func (b *builder) filter(in *block, cond expr.Expr) *block {
	switch {
	case in.stage <= stageWhere:
		in.stage = stageWhere
		in.where = append(in.where, in.resolve(cond))
	case in.stage <= stageHaving:
		in.stage = stageHaving
		in.having = append(in.having, in.resolve(cond))
	default:
		in = b.wrap(in)
		in.stage = stageWhere
		in.where = append(in.where, cond)
	}
	return in
}

func (b *builder) project(n *plan.Project) (*block, error) {
	in, err := b.upTo(stageHaving, n.Input)
	if err != nil {
		return nil, err
	}
	// GROUP BY refers to output columns by position, so each grouping column
	// must come out unchanged.
	shown := map[expr.ColumnID]expr.ColumnID{}
	for _, c := range n.Cols {
		if col, ok := c.Expr.(expr.Column); ok {
			shown[col.ID] = c.ID
		}
	}
	group := make([]expr.ColumnID, len(in.group))
	for i, id := range in.group {
		as, ok := shown[id]
		if !ok {
			in = b.wrap(in)
			group = nil
			break
		}
		group[i] = as
	}
	in.group = group
	defs := map[expr.ColumnID]expr.Expr{}
	in.columns = nil
	for _, c := range n.Cols {
		defs[c.ID] = in.resolve(c.Expr)
		in.columns = append(in.columns, c.ID)
	}
	in.defs, in.stage = defs, stageSelect
	return in, nil
}

func (b *builder) aggregate(n *plan.Aggregate) (*block, error) {
	in, err := b.upTo(stageWhere, n.Input)
	if err != nil {
		return nil, err
	}
	defs := map[expr.ColumnID]expr.Expr{}
	in.columns = nil
	for _, g := range n.Group {
		defs[g.ID] = in.resolve(g.Expr)
		in.group = append(in.group, g.ID)
		in.columns = append(in.columns, g.ID)
	}
	for _, a := range n.Aggs {
		agg := a.Agg
		agg.Arg = in.resolve(agg.Arg)
		defs[a.ID] = agg
		in.columns = append(in.columns, a.ID)
	}
	in.defs, in.stage, in.grouped = defs, stageGroup, true
	return in, nil
}

func (b *builder) merge(n *plan.Merge) (*block, error) {
	left, err := b.build(n.Left)
	if err != nil {
		return nil, err
	}
	if left.stage > stageFrom {
		left = b.wrap(left)
	}
	right, err := b.build(n.Right)
	if err != nil {
		return nil, err
	}
	r := b.wrap(right).from[0]
	r.kind = n.Kind
	for _, k := range n.Keys {
		r.on = append(r.on, condition{
			left:  left.resolve(expr.Column{ID: k.Left, Name: k.Name, Typ: k.Type}),
			right: expr.Column{ID: k.Right, Name: k.Name, Typ: k.Type},
		})
	}
	left.add(r)
	for _, k := range n.Keys {
		l := left.resolve(expr.Column{ID: k.Left, Name: k.Name, Typ: k.Type})
		if n.Kind == plan.FullJoin {
			l = expr.Coalesce(k.Type, l, expr.Column{ID: k.Right, Name: k.Name, Typ: k.Type})
		}
		left.defs[k.ID] = l
	}
	left.columns = nil
	for _, c := range n.Columns() {
		left.columns = append(left.columns, c.ID)
	}
	return left, nil
}

func (b *builder) rank(n *plan.Rank) (*block, error) {
	in, err := b.build(n.Input)
	if err != nil {
		return nil, err
	}
	in = b.wrap(in)
	types := map[expr.ColumnID]plan.Column{}
	for _, c := range n.Input.Columns() {
		types[c.ID] = c
	}
	column := func(id expr.ColumnID) expr.Expr {
		return expr.Column{ID: id, Name: types[id].Name, Typ: types[id].Type}
	}
	w := rowNumber{Const: expr.Const{Typ: expr.Int(0).Typ}}
	for _, id := range n.Partition {
		w.partition = append(w.partition, column(id))
	}
	for _, k := range n.Order {
		w.order = append(w.order, column(k.ID))
		w.down = append(w.down, k.Descending)
	}
	in.defs[n.ID] = w
	in.columns = append(in.columns[:len(in.columns):len(in.columns)], n.ID)
	in.stage = stageSelect
	return in, nil
}

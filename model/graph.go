package model

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight/expr"
)

// edgeEnd is an edge with the direction in which it is walked.
type edgeEnd struct {
	edge    int
	forward bool // from From to To
	prev    NodeID
}

// Step is one join on the way from a node to another that its rows determine.
type Step struct {
	Edge    *Edge
	Forward bool // from Edge.From to Edge.To
	From    NodeID
	To      NodeID
}

// connect computes what each node determines: the nodes that can be joined to
// it without duplicating its rows. It returns a description of a node that is
// reached in two ways, if there is one.
func (m *Model) connect() (ambiguous string) {
	n := len(m.Nodes)
	m.reach = make([]NodeSet, n)
	m.via = make([][]edgeEnd, n)
	for root := range n {
		m.reach[root] = SetOf(NodeID(root))
		m.via[root] = make([]edgeEnd, n)
		queue := []NodeID{NodeID(root)}
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			for i := range m.Edges {
				e := &m.Edges[i]
				var to NodeID
				switch {
				case e.From == at && e.ToUnique:
					to = e.To
				case e.To == at && e.FromUnique:
					to = e.From
				default:
					continue
				}
				forward := e.From == at
				if at != NodeID(root) && m.via[root][at].edge == i {
					continue // the way we came
				}
				if m.reach[root].Has(to) {
					ambiguous = fmt.Sprintf("%s is reached from %s over more than one path",
						m.Nodes[to].Path, m.Nodes[root].Path)
					continue
				}
				m.reach[root] = m.reach[root].With(to)
				m.via[root][to] = edgeEnd{i, forward, at}
				queue = append(queue, to)
			}
		}
	}
	return ambiguous
}

// Reach is the set of nodes that the rows of n determine, n among them: joined
// to n they neither duplicate nor mix its rows.
func (m *Model) Reach(n NodeID) NodeSet { return m.reach[n] }

// Steps lists the joins that bring the given nodes to root, all of which root
// must reach, each after those that it needs.
func (m *Model) Steps(root NodeID, nodes NodeSet) []Step {
	var steps []Step
	done := SetOf(root)
	var bring func(NodeID)
	bring = func(n NodeID) {
		if done.Has(n) {
			return
		}
		v := m.via[root][n]
		bring(v.prev)
		done = done.With(n)
		steps = append(steps, Step{Edge: &m.Edges[v.edge], Forward: v.forward, From: v.prev, To: n})
	}
	for _, n := range nodes.Nodes() {
		bring(n)
	}
	return steps
}

// Key returns columns that identify a row of n, as its joins tell: those that
// another node's rows find it by. A join with further conditions, such as a
// range of dates, tells nothing. It is nil when no join tells.
func (m *Model) Key(n NodeID) []expr.ColumnID {
	var best []expr.ColumnID
	consider := func(keys []KeyPair, pick func(KeyPair) expr.ColumnID) {
		if len(keys) == 0 || best != nil && len(best) <= len(keys) {
			return
		}
		best = nil
		for _, k := range keys {
			best = append(best, pick(k))
		}
	}
	for i := range m.Edges {
		e := &m.Edges[i]
		if len(expr.Conjuncts(e.On)) > len(e.Keys) {
			continue
		}
		if e.To == n && e.ToUnique {
			consider(e.Keys, func(k KeyPair) expr.ColumnID { return k.To })
		}
		if e.From == n && e.FromUnique {
			consider(e.Keys, func(k KeyPair) expr.ColumnID { return k.From })
		}
	}
	return best
}

// Root chooses the node from whose rows all the given nodes follow: a given
// node before another, then the one that needs the fewest further joins, then
// one of prefer, then by name of table and path. rivals are tables that would
// do as well and may give other rows. It reports false when no node will do.
func (m *Model) Root(nodes, prefer NodeSet) (root NodeID, rivals []NodeID, ok bool) {
	type candidate struct {
		id        NodeID
		outside   int // 0: one of nodes
		joins     int
		unpopular int // 0: one of prefer
	}
	var candidates []candidate
	for _, n := range m.Nodes {
		if nodes.SubsetOf(m.reach[n.ID]) {
			candidates = append(candidates, candidate{n.ID, boolInt(!nodes.Has(n.ID)),
				len(m.Steps(n.ID, nodes)), boolInt(!prefer.Has(n.ID))})
		}
	}
	if len(candidates) == 0 {
		return 0, nil, false
	}
	rank := func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.outside, b.outside), cmp.Compare(a.joins, b.joins), cmp.Compare(a.unpopular, b.unpopular))
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(rank(a, b), m.compareNames(a.id, b.id))
	})
	best := candidates[0]
	for _, c := range candidates[1:] {
		if best.outside == 1 && rank(best, c) == 0 {
			rivals = append(rivals, c.id)
		}
	}
	return best.id, rivals, true
}

func (m *Model) compareNames(a, b NodeID) int {
	return cmp.Or(cmp.Compare(m.Nodes[a].Name, m.Nodes[b].Name), cmp.Compare(m.Nodes[a].Path, m.Nodes[b].Path))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

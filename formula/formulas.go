package formula

import (
	"cmp"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/source"
)

// Definition is a formula of an object in which formulas may refer to one
// another.
type Definition struct {
	ID   string // empty if it has none
	Name string
	Text string
}

// Checked is what became of a Definition.
type Checked struct {
	Definition
	Node        Node
	Expr        expr.Expr // of type Unknown if there are errors
	Diagnostics source.Diagnostics
}

// MaxChain is how many formulas may refer to one another in a row.
const MaxChain = 64

// CheckAll parses and checks formulas, in the order given. Each sees the names
// of the scope and those of the other formulas: a reference is first the id of
// a formula, then a name of the scope, then the name of a formula or
// formula_ with its name (tml.md 2.3). Formulas that refer to one another in
// a cycle get E204, and those that refer to a broken one get an error with
// CodeBrokenReference.
func CheckAll(definitions []Definition, scope Scope, options Options) []Checked {
	s := &formulaScope{Scope: scope, ids: map[string]int{}, names: map[string]int{}, prefixed: map[string]int{}}
	for i, d := range definitions {
		s.formulas = append(s.formulas, formulaState{Checked: Checked{Definition: d}})
		keepFirst(s.ids, d.ID, i)
		keepFirst(s.names, d.Name, i)
		keepFirst(s.prefixed, "formula_"+d.Name, i)
	}
	options.Names = append(withKeywords(s.Names("")), options.Names...)
	for i := range definitions {
		f := &s.formulas[i]
		f.Node, f.Diagnostics = options.Parse(f.Text)
	}
	checked := make([]Checked, len(definitions))
	for i := range definitions {
		s.check(i)
		checked[i] = s.formulas[i].Checked
	}
	return checked
}

// withKeywords picks the names that the parser has to know to read them bare.
func withKeywords(names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return !slices.ContainsFunc(strings.Fields(strings.ToLower(name)), isKeyword)
	})
}

func keepFirst(m map[string]int, key string, i int) {
	if _, taken := m[key]; !taken && key != "" {
		m[key] = i
	}
}

type formulaState struct {
	Checked
	cycle []string // the cycle that the formula is part of
	chain int      // formulas beneath it, one beneath the other
}

// formulaScope adds formulas to a scope and checks them when they are named.
type formulaScope struct {
	Scope
	formulas             []formulaState
	ids, names, prefixed map[string]int
	open                 []int // formulas being checked, each named by the one before
}

// Names implements Scope.
func (s *formulaScope) Names(path string) []string {
	names := s.Scope.Names(path)
	if path != "" {
		return names
	}
	names = slices.Clone(names)
	for _, f := range s.formulas {
		names = append(names, f.Name, cmp.Or(f.ID, "formula_"+f.Name))
	}
	return names
}

// Resolve implements Scope.
func (s *formulaScope) Resolve(path, name string) Resolution {
	if path != "" {
		return s.Scope.Resolve(path, name)
	}
	if i, ok := s.ids[name]; ok {
		return s.meaning(i)
	}
	if r := s.Scope.Resolve("", name); r.found() {
		return r
	}
	if i, ok := s.names[name]; ok {
		return s.meaning(i)
	}
	if i, ok := s.prefixed[name]; ok {
		return s.meaning(i)
	}
	return Resolution{}
}

// meaning is what a formula stands for where another one names it.
func (s *formulaScope) meaning(i int) Resolution {
	f := &s.formulas[i]
	if at := slices.Index(s.open, i); at >= 0 {
		cycle := s.open[at:]
		for k, member := range cycle {
			if s.formulas[member].cycle == nil {
				s.formulas[member].cycle = s.around(slices.Concat(cycle[k:], cycle[:k]))
			}
		}
		return Resolution{Cycle: s.formulas[s.open[len(s.open)-1]].cycle}
	}
	s.check(i)
	if f.Diagnostics.HasErrors() {
		current := s.formulas[s.open[len(s.open)-1]]
		if current.cycle != nil && slices.Contains(current.cycle, f.Name) {
			return Resolution{Cycle: current.cycle}
		}
		return Resolution{Broken: true}
	}
	current := &s.formulas[s.open[len(s.open)-1]]
	current.chain = max(current.chain, f.chain+1)
	return Resolution{Expr: f.Expr}
}

func (s *formulaScope) around(members []int) []string {
	var names []string
	for _, m := range members {
		names = append(names, s.formulas[m].Name)
	}
	return append(names, names[0])
}

// check checks a formula unless that has been done.
func (s *formulaScope) check(i int) {
	f := &s.formulas[i]
	if f.Expr != nil {
		return
	}
	s.open = append(s.open, i)
	defer func() { s.open = s.open[:len(s.open)-1] }()
	e, diags := Check(f.Node, s)
	f.Diagnostics = append(f.Diagnostics, diags...)
	if f.chain >= MaxChain && !f.Diagnostics.HasErrors() {
		e = expr.Const{Typ: datatype.Unknown}
		f.Diagnostics = append(f.Diagnostics, errChainTooLong(f.Node.Span(), MaxChain))
	}
	f.Diagnostics = f.Diagnostics.Sorted()
	f.Expr = e
}

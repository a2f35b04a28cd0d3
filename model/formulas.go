package model

import (
	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/source"
)

// formulas holds the compiled formulas of a worksheet.
type formulas struct{ list []compiled }

type compiled struct {
	def  searchlight.Formula
	expr expr.Expr // nil when it has errors
}

// compileFormulas compiles the formulas of a worksheet and reports those that
// are wrong, each at its root cause.
func (c *compiler) compileFormulas(w *searchlight.Worksheet) *formulas {
	var defs []formula.Definition
	named := map[string]bool{}
	for _, f := range w.Formulas {
		defs = append(defs, formula.Definition{ID: f.ID, Name: f.Name, Text: f.Expr})
		named[f.Name] = true
	}
	// A column that shows a formula under another name gives it that name too.
	for _, col := range w.Columns {
		if col.FormulaID != "" && !named[col.Name] {
			defs = append(defs, formula.Definition{Name: col.Name, Text: formula.Print(&formula.Ref{Parts: []string{col.FormulaID}})})
		}
	}
	checked := formula.CheckAll(defs, formulaScope{c, w}, formula.Options{})
	out := &formulas{}
	for i, f := range w.Formulas {
		x := compiled{def: f}
		if !checked[i].Diagnostics.HasErrors() {
			x.expr = checked[i].Expr
		}
		out.list = append(out.list, x)
		var causes source.Diagnostics
		for _, d := range checked[i].Diagnostics {
			if d.Code != formula.CodeBrokenReference {
				causes = append(causes, d)
			}
		}
		c.diagnose("worksheet->formulas"+ordinal(i)+"->expr", "Formula addition failed. Formula: "+f.Name+", Error: ",
			source.NewText("", f.Expr), causes)
	}
	return out
}

// find looks a formula up by id, then by name.
func (f *formulas) find(id string) *compiled {
	for i := range f.list {
		if f.list[i].def.ID == id {
			return &f.list[i]
		}
	}
	for i := range f.list {
		if name := f.list[i].def.Name; name == id || "formula_"+name == id {
			return &f.list[i]
		}
	}
	return nil
}

// formulaScope resolves what formulas name besides one another (tml.md 2.4).
type formulaScope struct {
	c *compiler
	w *searchlight.Worksheet
}

var _ formula.Scope = formulaScope{}

// Paths implements formula.Scope.
func (s formulaScope) Paths() []string {
	var out []string
	for _, p := range s.w.Paths {
		out = append(out, p.ID)
	}
	for _, t := range s.w.Tables {
		if _, ok := s.c.node(t.Alias); ok {
			out = append(out, t.Alias)
		}
	}
	return out
}

// Names implements formula.Scope.
func (s formulaScope) Names(path string) []string {
	var out []string
	if path != "" {
		if n, ok := s.c.node(path); ok {
			for _, col := range s.c.byTable[n].Table.Columns {
				out = append(out, col.Name)
			}
		}
		return out
	}
	for _, col := range s.w.Columns {
		if col.FormulaID == "" {
			out = append(out, col.Name)
		}
	}
	if len(s.c.m.Nodes) == 1 {
		for _, col := range s.c.byTable[0].Table.Columns {
			out = append(out, col.Name)
		}
	}
	return out
}

// Resolve implements formula.Scope: a column of the worksheet, or one of the
// only table.
func (s formulaScope) Resolve(path, name string) formula.Resolution {
	if path != "" {
		if n, ok := s.c.node(path); ok {
			return s.physical(n, name)
		}
		return formula.Resolution{}
	}
	for _, col := range s.w.Columns {
		if col.Name == name && col.FormulaID == "" {
			if e, _, ok := s.c.columnID(col.ColumnID); ok {
				return formula.Resolution{Expr: e}
			}
			return formula.Resolution{Broken: true} // reported with the column
		}
	}
	if len(s.c.m.Nodes) == 1 {
		return s.physical(0, name)
	}
	return formula.Resolution{}
}

func (s formulaScope) physical(n NodeID, name string) formula.Resolution {
	for _, col := range s.c.byTable[n].Table.Columns {
		if col.Name == name {
			e, _ := s.c.physical(n, name)
			return formula.Resolution{Expr: e}
		}
	}
	return formula.Resolution{}
}

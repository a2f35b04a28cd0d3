package formula

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/expr"
)

// Scope says what the names in a formula stand for. The names that it lists
// are matched here, so a scope needs to know only their exact spelling.
type Scope interface {
	// Paths lists what may stand before :: in a reference.
	Paths() []string
	// Names lists what may follow a path; with an empty path, what may stand
	// alone: columns, ids and names of formulas, parameters.
	Names(path string) []string
	// Resolve finds what the exact name stands for, with an empty path what it
	// stands for alone. The zero Resolution says that there is no such name.
	Resolve(path, name string) Resolution
}

// Resolution is what a name stands for, or why that is unknown.
type Resolution struct {
	// Expr is a column of a row, a constant, or the meaning of another formula,
	// which takes the place of the name.
	Expr expr.Expr
	// Cycle lists the formulas that refer to one another in a circle, when the
	// name would close one; the first formula stands at the end again.
	Cycle []string
	// Broken says that the name is a formula that has errors of its own.
	Broken bool
}

func (r Resolution) found() bool { return r.Expr != nil || r.Cycle != nil || r.Broken }

// Match finds a name among others: the same text first, then the same text
// ignoring case and blanks around it (formulas.md 1.1). It returns nothing if
// there is none, and all that fit if several do.
func Match(name string, names []string) []string {
	if slices.Contains(names, name) {
		return []string{name}
	}
	var fitting []string
	for _, fits := range []func(string) bool{
		func(n string) bool { return strings.EqualFold(n, name) },
		func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), strings.TrimSpace(name)) },
	} {
		for _, n := range names {
			if fits(n) && !slices.Contains(fitting, n) {
				fitting = append(fitting, n)
			}
		}
		if fitting != nil {
			break
		}
	}
	return fitting
}

// reference resolves [path::name] or [name].
func (c *checker) reference(r *Ref) value {
	if path, name, ok := c.split(r); ok {
		return c.lookup(r, path, name)
	}
	if len(r.Parts) == 1 {
		return c.lookup(r, "", r.Parts[0])
	}
	if matches := Match(r.Name(), c.scope.Names("")); len(matches) > 0 {
		return c.lookup(r, "", r.Name())
	}
	return c.fail(r, c.unknownPath(r))
}

// split divides a reference at its first :: that has a known path to its left.
func (c *checker) split(r *Ref) (path, name string, ok bool) {
	if len(r.Parts) == 1 {
		return "", "", false
	}
	paths := c.scope.Paths()
	for i := 1; i < len(r.Parts); i++ {
		matches := Match(strings.Join(r.Parts[:i], "::"), paths)
		if len(matches) > 0 {
			return matches[0], strings.Join(r.Parts[i:], "::"), true
		}
	}
	return "", "", false
}

func (c *checker) lookup(r *Ref, path, name string) value {
	found := c.scope.Resolve(path, name)
	if !found.found() {
		names := c.scope.Names(path)
		switch matches := Match(name, names); len(matches) {
		case 0:
			return c.fail(r, c.unknownName(r, path, name, names))
		case 1:
			found = c.scope.Resolve(path, matches[0])
		default:
			return c.fail(r, errAmbiguous(r, path, matches))
		}
	}
	switch {
	case found.Cycle != nil:
		return c.fail(r, errCycle(r.Span(), found.Cycle))
	case found.Broken:
		return c.fail(r, errBrokenReference(r))
	case found.Expr == nil:
		return c.fail(r, c.unknownName(r, path, name, c.scope.Names(path)))
	}
	if _, column := found.Expr.(expr.Column); c.rule && !column {
		return c.fail(r, errReferenceInRule(r))
	}
	v := value{expr: found.Expr, typ: found.Expr.Type(), level: found.Expr.Level(), node: r}
	expr.Walk(found.Expr, func(expr.Expr) bool { v.size++; return v.size <= maxSize })
	return c.bounded(v)
}

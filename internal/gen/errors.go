package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// stages are the packages that construct diagnostics in errors.go, in the
// order in which a text meets them.
var stages = []struct{ pkg, heading string }{
	{"search", "Reading a search"},
	{"bind", "Finding what a search means"},
	{"plan", "Planning a search"},
	{"formula", "Formulas"},
	{"joinexpr", "Conditions of joins"},
}

func errorsPage(root string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Codes of diagnostics\n\n" + notice)
	b.WriteString(`Every mistake in a search, a formula or the condition of a join has a code, which stays the same when the wording of
the message changes. Tests and the program speak of codes; API v1 carries the message, mostly under the number 14516
([api.md](api.md)). An ellipsis stands for the part of a message that differs from case to case.
`)
	for _, s := range stages {
		found, err := diagnosticsOf(filepath.Join(root, s.pkg, "errors.go"))
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("no diagnostics found in package %s", s.pkg)
		}
		fmt.Fprintf(&b, "\n## %s\n\n| code | message |\n| --- | --- |\n", s.heading)
		for _, d := range found {
			fmt.Fprintf(&b, "| `%s` | %s |\n", d.code, cell(d.message))
		}
	}
	return b.Bytes(), nil
}

type diagnostic struct{ code, message string }

// diagnosticsOf lists the diagnostics that the functions of a file construct,
// by code in the order of their first mention: every call whose first argument
// is a code, and every composite literal with a Code, together with the first
// format among the arguments or fields.
func diagnosticsOf(file string) ([]diagnostic, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return nil, err
	}
	codes := constants(parsed)
	formats := formatsOf(parsed)
	var found []diagnostic
	add := func(code, message string) {
		d := diagnostic{code, verbs.ReplaceAllString(message, "…")}
		if code != "" && message != "" && !slices.Contains(found, d) {
			found = append(found, d)
		}
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if len(n.Args) == 0 {
				return true
			}
			code, ok := codeOf(n.Args[0], codes)
			if !ok {
				return true
			}
			message := firstText(n.Args[1:])
			if message == "" {
				message = formats[calledName(n)]
			}
			add(code, message)
		case *ast.CompositeLit:
			var code, message string
			for _, e := range n.Elts {
				field, ok := e.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				switch name, _ := field.Key.(*ast.Ident); {
				case name == nil:
				case name.Name == "Code":
					code, _ = codeOf(field.Value, codes)
				case name.Name == "Message":
					message = firstText([]ast.Expr{field.Value})
				}
			}
			add(code, message)
		}
		return true
	})
	slices.SortStableFunc(found, byFirstMention(found))
	return found, nil
}

// byFirstMention keeps the messages of one code together.
func byFirstMention(found []diagnostic) func(a, b diagnostic) int {
	first := map[string]int{}
	for i, d := range slices.Backward(found) {
		first[d.code] = i
	}
	return func(a, b diagnostic) int { return first[a.code] - first[b.code] }
}

// verbs are the places of a format that are filled in.
var verbs = regexp.MustCompile(`%\+?[a-z]`)

// constants are the codes that a file declares by name.
func constants(file *ast.File) map[string]string {
	codes := map[string]string{}
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			v := spec.(*ast.ValueSpec)
			if t, ok := v.Type.(*ast.SelectorExpr); !ok || t.Sel.Name != "Code" || len(v.Values) != 1 {
				continue
			}
			if text, ok := textOf(v.Values[0]); ok {
				codes[v.Names[0].Name] = text
			}
		}
	}
	return codes
}

// formatsOf finds the format within each function that is given its code.
func formatsOf(file *ast.File) map[string]string {
	formats := map[string]string{}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Type.Params.NumFields() == 0 || f.Type.Params.List[0].Names[0].Name != "code" {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 && formats[f.Name.Name] == "" {
				if first, ok := call.Args[0].(*ast.Ident); ok && first.Name == "code" {
					formats[f.Name.Name] = firstText(call.Args[1:])
				}
			}
			return true
		})
	}
	return formats
}

var codePattern = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)

// codeOf reads a code: the name of a constant, or a text that looks like one.
func codeOf(e ast.Expr, codes map[string]string) (string, bool) {
	if name, ok := e.(*ast.Ident); ok {
		code, ok := codes[name.Name]
		return code, ok
	}
	text, ok := textOf(e)
	return text, ok && codePattern.MatchString(text)
}

// firstText is the first text among expressions, or the first argument of a
// call such as fmt.Sprintf among them.
func firstText(list []ast.Expr) string {
	for _, e := range list {
		if text, ok := textOf(e); ok {
			return text
		}
		if call, ok := e.(*ast.CallExpr); ok {
			if text := firstText(call.Args); text != "" {
				return text
			}
		}
	}
	return ""
}

// textOf is the value of a text, also of one made with +.
func textOf(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := textOf(e.X)
		if !ok {
			return "", false
		}
		right, ok := textOf(e.Y)
		if !ok {
			right = "…"
		}
		return left + right, true
	}
	return "", false
}

func calledName(call *ast.CallExpr) string {
	if name, ok := call.Fun.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

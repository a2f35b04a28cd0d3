package depcheck_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/searchlight-bi/searchlight"

// imports are what a package's files import: packages of this module by their
// directory, others by their path.
type imports struct{ code, tests map[string]bool }

// tree reads the imports of all packages of the module.
func tree(t *testing.T) map[string]*imports {
	t.Helper()
	root := filepath.Join("..", "..")
	out := map[string]*imports{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(dir)
		if out[pkg] == nil {
			out[pkg] = &imports{map[string]bool{}, map[string]bool{}}
		}
		into := out[pkg].code
		if strings.HasSuffix(name, "_test.go") {
			into = out[pkg].tests
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if imported == module {
				imported = "."
			}
			into[strings.TrimPrefix(imported, module+"/")] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRules(t *testing.T) {
	packages := tree(t)
	ruled := map[string]bool{}
	for _, r := range rules {
		if ruled[r.pkg] {
			t.Errorf("%s has two rules", r.pkg)
		}
		ruled[r.pkg] = true
		if r.only == "" {
			t.Errorf("the rule of %s gives no reason", r.pkg)
		}
		if packages[r.pkg] == nil || r.may == "…" {
			continue
		}
		for _, imported := range slices.Sorted(maps.Keys(packages[r.pkg].code)) {
			if packages[imported] != nil && !listed(r.may, imported) {
				t.Errorf("%s imports %s, but %s", r.pkg, imported, r.only)
			}
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(packages)) {
		if !ruled[pkg] {
			t.Errorf("%s has no rule; say in rules_test.go what it may import, and why nothing else", pkg)
		}
	}
}

// TestRulesHaveNoCycle keeps the table honest: what it allows can be built.
func TestRulesHaveNoCycle(t *testing.T) {
	may := map[string][]string{}
	for _, r := range rules {
		if r.may != "…" {
			may[r.pkg] = strings.Fields(r.may)
		}
	}
	var visit func(pkg string, trail []string)
	visit = func(pkg string, trail []string) {
		if slices.Contains(trail, pkg) {
			t.Fatalf("the rules form a cycle: %s", strings.Join(append(trail, pkg), " > "))
		}
		for _, next := range may[pkg] {
			visit(next, append(slices.Clone(trail), pkg))
		}
	}
	for pkg := range may {
		visit(pkg, nil)
	}
}

func TestBans(t *testing.T) {
	packages := tree(t)
	for _, b := range bans {
		if b.why == "" {
			t.Errorf("the ban of %s gives no reason", b.pkg)
		}
		for _, pkg := range slices.Sorted(maps.Keys(packages)) {
			if beneath(pkg, b.pkg) {
				continue // packages beneath the banned one are one family
			}
			for imported := range packages[pkg].code {
				if beneath(imported, b.pkg) && !listed(b.by, pkg) {
					t.Errorf("%s imports %s, but %s", pkg, imported, b.why)
				}
			}
			for imported := range packages[pkg].tests {
				if beneath(imported, b.pkg) && !listed(b.by+" "+b.tests, pkg) {
					t.Errorf("the tests of %s import %s, but %s", pkg, imported, b.why)
				}
			}
		}
	}
}

func beneath(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, parent+"/")
}

func listed(list, pkg string) bool {
	names := strings.Fields(list)
	return slices.Contains(names, "…") || slices.Contains(names, path.Clean(pkg))
}

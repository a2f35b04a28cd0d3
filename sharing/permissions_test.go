package sharing_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/sharing"
)

// ask returns who may do what with one object, as "norm: READ_ONLY (region
// READ_ONLY)" for each principal, or the error.
func (w *world) ask(subject *searchlight.Subject, object string, defined, dependents bool) []string {
	w.Helper()
	answer, err := w.service.Permissions(w.Context(), subject, sharing.PermissionRequest{
		Objects: map[searchlight.ObjectType][]searchlight.GUID{typeOf(object): {w.id(object)}}, Defined: defined, Dependents: dependents,
	})
	if err != nil {
		return []string{w.message(err)}
	}
	list := []string{}
	for principal, p := range answer[typeOf(object)][w.id(object)] {
		text := w.names[principal] + ": " + p.Level.ShareMode()
		var parts []string
		for _, d := range p.Dependents {
			parts = append(parts, d.Name+" "+d.Level.ShareMode())
		}
		if parts != nil {
			text += " (" + strings.Join(parts, ", ") + ")"
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}

// without drops the lines about those who hold something in every world.
func without(lines []string, names ...string) []string {
	return slices.DeleteFunc(lines, func(line string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(line, name+": ") })
	})
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		object             string
		grants             string // "principal level, …"
		effective, defined []string
	}{
		"a user": {"answer", "rob r",
			[]string{"rob: READ_ONLY"}, []string{"rob: READ_ONLY"}},
		"a group with a group in it": {"answer", "west w",
			[]string{"wendy: MODIFY", "west: MODIFY"}, []string{"west: MODIFY"}},
		"groups above": {"answer", "data r, rob w",
			[]string{"data east: READ_ONLY", "data: READ_ONLY", "rob: MODIFY"}, []string{"data: READ_ONLY", "rob: MODIFY"}},
		"the highest counts": {"pinboard", "data w, rob r",
			[]string{"data east: MODIFY", "data: MODIFY", "rob: MODIFY"}, []string{"data: MODIFY", "rob: READ_ONLY"}},
		"everybody": {"answer", "All w, rob r, west r",
			[]string{"All: MODIFY", "rob: MODIFY", "vera: MODIFY", "wendy: MODIFY", "west: READ_ONLY"}, []string{"All: MODIFY", "rob: READ_ONLY", "west: READ_ONLY"}},
		"an administrator": {"answer", "tsadmin r",
			[]string{"tsadmin: MODIFY"}, []string{"tsadmin: READ_ONLY"}},
		"the administrators": {"answer", "Administrator r",
			[]string{"Administrator: MODIFY", "su: MODIFY", "tsadmin: MODIFY"}, []string{"Administrator: READ_ONLY"}},
		"the author": {"worksheet", "", []string{}, []string{}},
		"a table and its columns": {"table", "rob r",
			[]string{"col: READ_ONLY", "rob: READ_ONLY"}, []string{"rob: READ_ONLY"}},
		"a column and its table": {"region", "west r",
			[]string{"bob: MODIFY", "col: READ_ONLY", "eddie: MODIFY", "sam: MODIFY", "vera: READ_ONLY", "wendy: READ_ONLY", "west: READ_ONLY"},
			[]string{"col: READ_ONLY", "west: READ_ONLY"}},
	} {
		w := newWorld(t)
		w.names[searchlight.SuperUserID] = "su"
		for entry := range strings.SplitSeq(tt.grants, ", ") {
			if principal, level := entry[:max(len(entry)-2, 0)], strings.HasSuffix(entry, "w"); principal != "" {
				w.grant(tt.object, principal, map[bool]searchlight.Level{false: readOnly, true: modify}[level])
			}
		}
		drop := []string{"ada", "eddie", "sam", "bob"}
		if !slices.Contains(tt.effective, "vera: MODIFY") && tt.object != "region" {
			drop = append(drop, "vera")
		}
		if tt.object == "region" {
			drop = []string{"ada"}
		}
		got := w.ask(w.subject("sam"), tt.object, false, false)
		if !slices.Contains(got, "ada: MODIFY") {
			t.Errorf("%s: the author is not in %v", name, got)
		}
		w.equal(name+", effective", without(got, drop...), tt.effective)
		w.equal(name+", defined", without(w.ask(w.subject("sam"), tt.object, true, false), append(drop, "vera")...), tt.defined)
	}
}

func TestPermissionsOfDependents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("region", "rob", modify)
	w.grant("table", "norm", readOnly)
	w.grant("salary", "All", readOnly)
	w.update(func(tx searchlight.Tx) error { // as nothing but a grant of an older column would be
		return tx.SetGrant(searchlight.Grant{Object: w.id("salary"), Principal: w.id("norm"), Level: modify, GrantedBy: w.id("ada")})
	})
	for _, tt := range []struct {
		actor, object string
		defined       bool
		want          []string
	}{
		{"tsadmin", "table", false, []string{
			"All: READ_ONLY (salary READ_ONLY)",
			"ada: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"bob: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"col: READ_ONLY (region READ_ONLY, salary READ_ONLY)",
			"eddie: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"norm: READ_ONLY (region READ_ONLY, salary MODIFY, hidden READ_ONLY)",
			"rob: READ_ONLY (region MODIFY, salary READ_ONLY)",
			"sam: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"tsadmin: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"vera: READ_ONLY (region READ_ONLY, salary READ_ONLY, hidden READ_ONLY)",
		}},
		{"tsadmin", "table", true, []string{
			"All: READ_ONLY (salary READ_ONLY)",
			"bob: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"col: READ_ONLY (region READ_ONLY)",
			"eddie: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"norm: READ_ONLY (region READ_ONLY, salary MODIFY, hidden READ_ONLY)",
			"rob: READ_ONLY (region MODIFY)",
			"sam: MODIFY (region MODIFY, salary MODIFY, hidden MODIFY)",
			"vera: READ_ONLY (region READ_ONLY, salary READ_ONLY, hidden READ_ONLY)",
		}},
		// Hidden columns are for those who manage data, and may change the table.
		{"rob", "table", false, []string{"rob: READ_ONLY (region MODIFY, salary READ_ONLY)"}},
		{"col", "table", false, []string{"col: READ_ONLY (region READ_ONLY, salary READ_ONLY)"}},
		{"col", "table", true, []string{"col: READ_ONLY (region READ_ONLY)"}},
		{"xeno", "table", false, []string{"xeno: READ_ONLY (salary READ_ONLY)"}},
		{"vera", "table", false, []string{"vera: READ_ONLY (region READ_ONLY, salary READ_ONLY)"}},
		{"tsadmin", "pinboard", false, []string{"ada: MODIFY (tile MODIFY)", "bob: MODIFY (tile MODIFY)", "eddie: MODIFY (tile MODIFY)",
			"sam: MODIFY (tile MODIFY)", "tsadmin: MODIFY (tile MODIFY)", "vera: READ_ONLY (tile READ_ONLY)"}},
		{"vera", "pinboard", false, []string{"vera: READ_ONLY (tile READ_ONLY)"}},
		{"vera", "worksheet", true, []string{"vera: READ_ONLY (ws region READ_ONLY)"}},
		{"vera", "answer", false, []string{"vera: READ_ONLY"}},
		{"vera", "connection", false, []string{"vera: READ_ONLY"}},
	} {
		what := fmt.Sprint(tt.actor, " asks for ", tt.object, ", defined ", tt.defined)
		w.equal(what, w.ask(w.subject(tt.actor), tt.object, tt.defined, true), tt.want)
	}
	answer, err := w.service.Permissions(t.Context(), w.subject("vera"), sharing.PermissionRequest{
		Objects: map[searchlight.ObjectType][]searchlight.GUID{searchlight.TypeLogicalTable: {w.id("worksheet")}, searchlight.TypeLogicalColumn: {w.id("region")}}, Dependents: true})
	w.must(err)
	d := answer[searchlight.TypeLogicalTable][w.id("worksheet")][w.id("vera")].Dependents[0]
	w.equal("column", []any{d.ID, d.Type, d.Owner, d.OwnerName, d.Author}, []any{w.id("ws region"), searchlight.TypeLogicalColumn, w.id("worksheet"), "worksheet", w.id("ada")})
	w.equal("top level of a column", answer[searchlight.TypeLogicalColumn][w.id("region")][w.id("vera")].TopLevel, w.id("table"))
}

// TestT14_PermissionsHideWhoIsNotSeen: otto and his group are nobody's business
// in sales, and so is everybody's but one's own for those who only look.
func TestT14_PermissionsHideWhoIsNotSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, principal := range []string{"otto", "other", "secret", "sid", "rob", "All"} {
		w.grantBy("tsadmin", "answer", principal, readOnly)
	}
	seen := []string{"All: READ_ONLY", "ada: MODIFY", "bob: MODIFY", "eddie: MODIFY", "rob: READ_ONLY", "vera: READ_ONLY"}
	w.equal("the author", w.ask(w.subject("ada"), "answer", false, false), seen)
	w.equal("an editor", w.ask(w.subject("eddie"), "answer", false, false), seen)
	for actor, want := range map[string]string{"vera": "vera: READ_ONLY", "rob": "rob: READ_ONLY", "otto": "otto: READ_ONLY", "xeno": "xeno: READ_ONLY"} {
		w.equal(actor, w.ask(w.subject(actor), "answer", false, false), []string{want})
	}
	w.equal("a grant of one's own", w.ask(w.subject("otto"), "answer", true, false), []string{"otto: READ_ONLY"})
	w.equal("none of one's own", w.ask(w.subject("xeno"), "answer", true, false), []string{})
	all := w.ask(w.subject("sam"), "answer", false, false)
	for _, name := range []string{"otto", "other", "secret", "sid"} {
		if !slices.Contains(all, name+": READ_ONLY") {
			t.Errorf("%s is not in %v", name, all)
		}
	}
	w.equal("defined", without(w.ask(w.subject("ada"), "answer", true, false), "bob", "eddie", "vera"), []string{"All: READ_ONLY", "rob: READ_ONLY"})
}

// An editor is not told of the administrators, but sees itself.
func TestPermissionsOfInvisibleEditors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.grant("answer", "xeno", modify)
	w.equal("xeno", w.ask(w.subject("xeno"), "answer", false, false), []string{"ada: MODIFY", "xeno: MODIFY"})
}

// TestT03_PermissionsOfAbsentObjects: what is not there and what may not be
// seen is left out, or refused in the same words.
func TestT03_PermissionsOfAbsentObjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, object := range append(objects, "region", "salary", "ws region") {
		for _, defined := range []bool{false, true} {
			w.equal(object, w.ask(w.subject("norm"), object, defined, true), []string{"forbidden: there is no object " + object + ", or you may not see it"})
		}
	}
	w.equal("salary", w.ask(w.subject("col"), "salary", false, false), []string{"forbidden: there is no object salary, or you may not see it"})
	w.equal("ghost", w.ask(w.subject("tsadmin"), "ghost", false, false), []string{"forbidden: there is no object ghost, or you may not see it"})
	w.grant("answer", "norm", readOnly)
	ids := func(names ...string) []searchlight.GUID {
		var list []searchlight.GUID
		for _, name := range names {
			list = append(list, w.id(name))
		}
		return list
	}
	answer, err := w.service.Permissions(t.Context(), w.subject("norm"), sharing.PermissionRequest{Objects: map[searchlight.ObjectType][]searchlight.GUID{
		searchlight.TypeAnswer:   ids("ghost", "answer", "pinboard", "answer"),
		searchlight.TypePinboard: ids("pinboard", "ghost"),
	}})
	w.must(err)
	text, _ := json.Marshal(answer[searchlight.TypeAnswer])
	if len(answer) != 2 || len(answer[searchlight.TypeAnswer]) != 1 || len(answer[searchlight.TypePinboard]) != 0 {
		t.Errorf("%s", text)
	}
	for _, names := range [][]string{{"pinboard", "ghost"}, {"ghost", "pinboard"}} {
		_, err := w.service.Permissions(t.Context(), w.subject("norm"), sharing.PermissionRequest{Objects: map[searchlight.ObjectType][]searchlight.GUID{searchlight.TypePinboard: ids(names...)}})
		w.equal("none", w.message(err), "forbidden: there is none of these objects, or you may not see them")
	}
	scoped := *w.subject("norm")
	scoped.Scope = w.id("answer")
	w.equal("scope", w.ask(&scoped, "answer", false, false), []string{"forbidden: this session may look at one object and do nothing else"})
	for name, tt := range map[string]struct {
		objects map[searchlight.ObjectType][]searchlight.GUID
		code    searchlight.ErrorCode
	}{
		"nothing":   {nil, searchlight.CodeInvalid},
		"no object": {map[searchlight.ObjectType][]searchlight.GUID{searchlight.TypeAnswer: nil}, searchlight.CodeInvalid},
		"users":     {map[searchlight.ObjectType][]searchlight.GUID{searchlight.TypeUser: ids("rob")}, searchlight.CodeInvalid},
		"too many": {map[searchlight.ObjectType][]searchlight.GUID{searchlight.TypeAnswer: make([]searchlight.GUID, 501),
			searchlight.TypePinboard: make([]searchlight.GUID, 500)}, searchlight.CodeTooLarge},
	} {
		if _, err := w.service.Permissions(t.Context(), w.subject("tsadmin"), sharing.PermissionRequest{Objects: tt.objects}); searchlight.CodeOf(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEffectiveIsWhatSubjectsHave compares the answer about everybody with what
// each of them is allowed by the gate itself.
func TestEffectiveIsWhatSubjectsHave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, principal := range []string{"west", "data", "other", "All", "norm", "secret", "Administrator"} {
		object := objects[i%len(objects)]
		w.grant(object, principal, map[bool]searchlight.Level{true: modify, false: readOnly}[i%2 == 0])
	}
	w.grant("salary", "data east", readOnly)
	users := []string{"ada", "eddie", "vera", "col", "rob", "norm", "wendy", "ina", "sam", "bob", "otto", "sid", "xeno", "tsadmin"}
	for _, object := range append(objects, "region", "salary", "ws region") {
		effective := w.ask(w.subject("tsadmin"), object, false, false)
		toAll := slices.ContainsFunc(effective, func(line string) bool { return strings.HasPrefix(line, "All: ") })
		for _, name := range users {
			own := w.ask(w.subject(name), object, false, false)
			at := slices.IndexFunc(effective, func(line string) bool { return strings.HasPrefix(line, name+": ") })
			switch {
			case strings.HasPrefix(own[0], "forbidden"):
				if at >= 0 {
					t.Errorf("%s: %s, but %s gets %s", object, effective[at], name, own[0])
				}
			case at < 0 && !toAll:
				t.Errorf("%s: %s is not in %v, but gets %v", object, name, effective, own)
			case at >= 0 && !slices.Contains(own, effective[at]):
				t.Errorf("%s: %s, but %s gets %v", object, effective[at], name, own)
			}
		}
	}
}

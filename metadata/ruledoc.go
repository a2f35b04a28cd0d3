package metadata

import (
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/formula"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/source"
	"github.com/searchlight-bi/searchlight/tml"
)

// linkRules decides which rules the tables have, now that all tables and joins
// are known: those of the document, or those that are stored, which follow
// what is renamed.
func (im *importer) linkRules() error {
	return im.each(tml.KindTable, func(e *entry) error {
		var err error
		switch rls := e.doc.Table.RLS; {
		case rls == nil && e.copies != nil:
			err = im.copyRules(e)
		case rls == nil:
			e.table.Rules = renameRules(e.table.Rules, e.table.RulePaths, im.tables.names)
		case len(rls.Rules) == 0:
			e.table.Rules, e.table.RulePaths = nil, nil
		default:
			err = im.readRules(e)
		}
		if err != nil || e.failed() {
			return err
		}
		if e.object.References, err = im.tables.tableReferences(im, im.tables[e.target].definition); err != nil {
			return err
		}
		return e.setContent(e.table)
	})
}

// tableReferences lists what a table is built on: its connection, and what its
// joins and its rules lead to.
func (c changes) tableReferences(im *importer, t model.TableDefinition) ([]searchlight.GUID, error) {
	ids := []searchlight.GUID{t.Header.Connection}
	for _, p := range t.Table.RulePaths {
		w, _, err := c.ruleWay(im, t, p)
		if err != nil {
			return nil, err
		}
		for _, s := range w.steps {
			ids = append(ids, s.to.Header.ID)
		}
		if p.Table != t.Header.ID {
			ids = append(ids, p.Table)
		}
	}
	return referencesOf(ids, t.Table.Joins), nil
}

// copyRules gives a copy of a table the rules of the original: a copy never
// drops them (security.md 4.4).
func (im *importer) copyRules(e *entry) error {
	var original searchlight.Table
	if err := decodeContent(e.copies, &original); err != nil {
		return err
	}
	e.table.Rules, e.table.RulePaths = original.Rules, slices.Clone(original.RulePaths)
	for i := range e.table.RulePaths {
		if p := &e.table.RulePaths[i]; p.Table == e.copies.ID {
			p.Table = e.target
		}
	}
	problem, err := im.tables.checkRules(im, im.tables[e.target].definition, e.table.Rules, e.table.RulePaths)
	if err == nil && problem != nil {
		e.fail(e.doc.Root(), problem.Number, "The row-level security of <b> %s </b> cannot be copied; write rls_rules: %s", e.copies.Name, im.tellRules(problem).Message)
	}
	return err
}

// tellRules is what a subject may know of a problem with rules that are not in
// its document: what they say, and of which tables, is for those who may
// change them.
func (im *importer) tellRules(p *model.Problem) *model.Problem {
	if p == nil || im.r.Subject.Has(searchlight.PrivilegeBypassRLS) {
		return p
	}
	return &model.Problem{Number: p.Number, Message: "its row-level security would not work any more."}
}

// readRules reads the rules of a document. Who may not change rules learns
// nothing but that, unless they are the stored ones: rules with mistakes are
// not.
func (im *importer) readRules(e *entry) error {
	r := &ruleReader{im: im, e: e, rls: e.doc.Table.RLS, own: im.tables[e.target].definition}
	if err := r.read(); err != nil {
		return err
	}
	if e.failed() && !im.r.Subject.Has(searchlight.PrivilegeBypassRLS) {
		return errRules()
	}
	return nil
}

// ruleReader turns the row security of a document into rules and paths.
type ruleReader struct {
	im     *importer
	e      *entry
	rls    *tml.RLS
	own    model.TableDefinition
	tables []ruleTable
	ways   []ruleWay
}

// ruleTable is a table by the alias that the document gives it.
type ruleTable struct {
	alias string
	id    searchlight.GUID
}

func (r *ruleReader) read() error {
	if err := r.readTables(); err != nil || r.e.failed() {
		return err
	}
	if slices.ContainsFunc(r.e.refs, func(ref *entry) bool { return ref != r.e && ref.failed() }) {
		return nil // it will be skipped
	}
	for _, step := range []func() error{r.readJoins, r.readPaths} {
		if err := step(); err != nil || r.e.failed() {
			return err
		}
	}
	r.readRules()
	return nil
}

// readTables finds the tables; the table itself need not be listed.
func (r *ruleReader) readTables() error {
	for _, identity := range r.rls.Tables {
		target, ok, err := r.im.resolve(r.e, identity, tml.KindTable)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		alias := identity.Alias()
		if alias == "" { // an fqn alone
			alias = target.header.Name
		}
		switch {
		case target.header.Connection != r.own.Header.Connection:
			r.e.fail(identity.Path, codeJoin, "Row-level security cannot use the table <b> %s </b> of another connection.", alias)
		case r.byAlias(alias) != nil:
			r.e.fail(identity.Path, codeDuplicate, "Multiple tables have same alias <b> %s </b>", alias)
		default:
			r.tables = append(r.tables, ruleTable{alias, target.header.ID})
		}
	}
	own := r.own.Header
	if !slices.ContainsFunc(r.tables, func(t ruleTable) bool { return t.id == own.ID }) && r.byAlias(own.Name) == nil {
		r.tables = append(r.tables, ruleTable{own.Name, own.ID})
	}
	return nil
}

func (r *ruleReader) byAlias(alias string) *ruleTable {
	at := slices.IndexFunc(r.tables, func(t ruleTable) bool { return t.alias == alias })
	if at < 0 {
		return nil
	}
	return &r.tables[at]
}

// readJoins checks that the joins of the document are those of the tables:
// rules have none of their own.
func (r *ruleReader) readJoins() error {
	for i, j := range r.rls.Joins {
		at := r.rls.Path.Key("joins").Item(i)
		from, to := r.byAlias(j.Source), r.byAlias(j.Destination)
		if from == nil {
			r.unknownTable(at.Key("source"), j.Source)
			continue
		}
		if to == nil {
			r.unknownTable(at.Key("destination"), j.Destination)
			continue
		}
		table, _, err := r.im.tables.table(r.im, from.id)
		if err != nil {
			return err
		}
		k := -1
		if table.Table != nil {
			k = slices.IndexFunc(table.Table.Joins, func(x searchlight.TableJoin) bool { return x.Name == j.Name && x.Destination == to.id })
		}
		switch {
		case k < 0:
			r.e.fail(at.Key("name"), codeUnknownName, "<b> %s </b> has no join <b> %s </b> to <b> %s </b>", j.Source, j.Name, j.Destination)
		case j.On != "" && j.On != table.Table.Joins[k].On:
			r.e.fail(at.Key("on"), codeJoin, "Row-level security takes the joins of tables as they are; leave out the condition of <b> %s </b>.", j.Name)
		}
	}
	return nil
}

func (r *ruleReader) unknownTable(at tml.Path, alias string) {
	r.e.fail(at, codeUnknownName, "Table <b> %s </b> is not among the tables of the row-level security", alias)
}

// readPaths follows the paths. Without any, the one table has one.
func (r *ruleReader) readPaths() error {
	ids := map[string]bool{}
	for _, p := range r.rls.Paths {
		ids[strings.ToLower(p.ID)] = true
		if err := r.readPath(p); err != nil {
			return err
		}
	}
	if len(r.rls.Paths) == 0 && len(r.tables) > 1 {
		r.e.fail(r.rls.Path.Key("table_paths"), codeCompulsory, "Compulsory Field <b> %s </b> is not populated", r.rls.Path.Key("table_paths"))
		return nil
	}
	if !slices.ContainsFunc(r.ways, func(w ruleWay) bool { return len(w.steps) == 0 }) {
		id := canonicalPath(r.own.Header.Name)
		for n := 2; ids[strings.ToLower(id)]; n++ {
			id = fmt.Sprintf("%s_%d", r.own.Header.Name, n)
		}
		r.ways = append(r.ways, ruleWay{path: searchlight.RulePath{ID: id, Table: r.own.Header.ID}, end: r.own})
	}
	return nil
}

func (r *ruleReader) readPath(p tml.RLSPath) error {
	table := r.byAlias(p.Table)
	switch {
	case table == nil:
		r.unknownTable(p.Path.Key("table"), p.Table)
		return nil
	case len(p.JoinPaths) > 1:
		r.e.fail(p.Path.Key("join_path"), codeJoin, "The path <b> %s </b> must lead to its table in one way.", p.ID)
		return nil
	case len(p.JoinPaths[0]) == 0 && table.id != r.own.Header.ID:
		r.e.fail(p.Path.Key("join_path"), codeJoin, "The path <b> %s </b> must lead from <b> %s </b> to <b> %s </b>, along joins that start there.",
			p.ID, r.own.Header.Name, p.Table)
		return nil
	}
	w, problem, err := r.im.tables.ruleWay(r.im, r.own, searchlight.RulePath{ID: p.ID, Table: table.id, Joins: p.JoinPaths[0]})
	if err != nil {
		return err
	}
	if problem != nil {
		r.e.fail(p.Path.Key("join_path"), problem.Number, "%s", problem.Message)
		return nil
	}
	for _, s := range w.steps {
		if !slices.ContainsFunc(r.tables, func(t ruleTable) bool { return t.id == s.to.Header.ID }) {
			r.unknownTable(p.Path.Key("join_path"), s.to.Header.Name)
		}
	}
	r.ways = append(r.ways, w)
	return nil
}

// readRules gives the rules their meaning. A table that has one path may be
// called by its name.
func (r *ruleReader) readRules() {
	scope := newRuleScope(r.ways)
	for _, t := range r.tables {
		var of []int
		for i, w := range r.ways {
			if w.end.Header.ID == t.id {
				of = append(of, i)
			}
		}
		if len(of) == 1 && len(formula.Match(t.alias, scope.Paths())) == 0 {
			scope.prefixes = append(scope.prefixes, rulePrefix{t.alias, of[0]})
		}
	}
	table := r.e.table
	table.Rules, table.RulePaths = nil, nil
	for _, rule := range r.rls.Rules {
		node, ds := formula.ParseRule(rule.Expr, scope)
		_, more := formula.CheckRule(node, scope)
		r.report(rule, append(ds, more...))
		table.Rules = append(table.Rules, searchlight.RowRule{Name: rule.Name, Expr: scope.qualified(rule.Expr, node)})
	}
	for i, w := range r.ways {
		implied := i >= len(r.rls.Paths)
		if !implied || usesPath(table.Rules, w.path.ID) {
			table.RulePaths = append(table.RulePaths, w.path)
		}
	}
}

func (r *ruleReader) report(rule tml.RLSRule, ds source.Diagnostics) {
	var problems []model.Problem
	for _, d := range ds {
		p := model.Problem{Number: codeFormula, Path: string(rule.Path.Key("expr")), Diagnostic: &d,
			Message: "The rule <b> " + rule.Name + " </b> cannot be used: " + d.Sentence()}
		if d.Severity == source.SeverityWarning {
			p.Warning, p.Number, p.Message = true, codeRemark, "The rule <b> "+rule.Name+" </b>: "+d.Sentence()
		}
		problems = append(problems, p)
	}
	r.e.addProblems(problems)
}

func usesPath(rules []searchlight.RowRule, id string) bool {
	return slices.ContainsFunc(rules, func(rule searchlight.RowRule) bool { return len(columnsByPath(rule.Expr)[id]) > 0 })
}

// columnsByPath lists the columns that a qualified rule uses by each path, in
// the order of their first mention.
func columnsByPath(expr string) map[string][]string {
	used := map[string][]string{}
	node, _ := formula.Parse(expr)
	for _, ref := range formula.References(node) {
		if len(ref.Parts) == 2 && !slices.Contains(used[ref.Parts[0]], ref.Parts[1]) {
			used[ref.Parts[0]] = append(used[ref.Parts[0]], ref.Parts[1])
		}
	}
	return used
}

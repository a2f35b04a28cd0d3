package metadata

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/tml"
)

// changes are tables as an import makes them, by GUID; all others are as they
// are stored.
type changes map[searchlight.GUID]change

type change struct {
	definition model.TableDefinition
	renamed    *renames
}

// with adds the names of another object.
func (c changes) with(e *entry) changes {
	out := maps.Clone(c)
	out[e.target] = change{renamed: &e.renamed}
	return out
}

// names is what happens to the names of an object, nil when nothing does.
func (c changes) names(id searchlight.GUID) *renames { return c[id].renamed }

// table is a table after the changes; it reports false when there is none.
func (c changes) table(im *importer, id searchlight.GUID) (model.TableDefinition, bool, error) {
	if changed, ok := c[id]; ok && changed.definition.Table != nil {
		return changed.definition, true, nil
	}
	d, ok, err := im.storedTable(id)
	if ok {
		d.Table = c.rejoined(d)
	}
	return d, ok, err
}

// rejoined is a table whose joins and rules call everything as it is after the
// changes.
func (c changes) rejoined(d model.TableDefinition) *searchlight.Table {
	t := *d.Table
	t.Joins = renameJoins(t.Joins, d.Header.ID, d.Header.Name, c.names)
	t.Rules = renameRules(t.Rules, t.RulePaths, c.names)
	return &t
}

// alone is what one document does without the others. The joins that it gives
// may need the others, so they are left out.
func (im *importer) alone(e *entry) (changes, error) {
	d, _, err := im.storedTable(e.target)
	if err != nil {
		return nil, err
	}
	t := *e.table
	c := changes{e.target: change{model.TableDefinition{Header: e.object.Header, Table: &t}, &e.renamed}}
	t.Joins = c.rejoined(d).Joins
	return c, nil
}

// storedTable is what the store has for a table; definition is empty when it
// has none.
type storedTable struct{ definition model.TableDefinition }

func (im *importer) storedTable(id searchlight.GUID) (model.TableDefinition, bool, error) {
	known := im.stored[id]
	if known == nil {
		known = &storedTable{}
		o, err := im.tx.Object(id)
		if err != nil && !isNotFound(err) {
			return model.TableDefinition{}, false, err
		}
		if err == nil && kindOf(&o.Header) == tml.KindTable {
			known.definition = model.TableDefinition{Header: o.Header, Table: &searchlight.Table{}}
			if err := decodeContent(o, known.definition.Table); err != nil {
				return model.TableDefinition{}, false, err
			}
		}
		im.stored[id] = known
	}
	return known.definition, known.definition.Table != nil, nil
}

// definition is a worksheet with the tables beneath it after the changes.
func (c changes) definition(im *importer, header searchlight.Header, w *searchlight.Worksheet) (model.Definition, error) {
	d := model.Definition{Header: header, Worksheet: w, Tables: map[searchlight.GUID]model.TableDefinition{}}
	for i, t := range w.Tables {
		table, ok, err := c.table(im, t.Table)
		if err != nil {
			return d, err
		}
		if !ok {
			continue
		}
		d.Tables[t.Table] = table
		if i == 0 {
			d.Header.Connection = table.Header.Connection
		}
	}
	return d, nil
}

// dependent is a stored object that is built on changed tables and that no
// document replaces.
type dependent struct {
	object *searchlight.Object
	causes []*entry // that change the tables
	// file is the document of a table that has one; then only what it does not
	// give anew, of joins and rules, depends on the changes.
	file *tml.TableDoc
}

// inUse is what objects that the request leaves alone use of the columns that
// a table loses.
type inUse struct {
	columns []string
	users   []string
	hidden  bool // others use them too that the subject may not see
}

// checkDependents works out what changed tables do to the objects built on
// them: renamed references are rewritten, and a change that breaks one is
// refused (tml.md 3.6). It looks at the state after the batch.
func (im *importer) checkDependents() error {
	var err error
	if im.touched, err = im.dependents(); err != nil {
		return err
	}
	for _, d := range im.touched {
		after, problem, err := im.tables.apply(im, d)
		if err != nil {
			return err
		}
		if problem != nil {
			_, before, err := (changes{}).apply(im, d)
			if err != nil {
				return err
			}
			if before == nil { // else it was broken already
				if err := im.blame(d, problem); err != nil {
					return err
				}
				continue
			}
		}
		if after != nil && d.file == nil {
			im.rewrites = append(im.rewrites, after)
		}
	}
	for _, e := range im.entries {
		if u := e.usedBy; len(u.columns) > 0 {
			e.fail(e.doc.ColumnsPath(), codeColumnsInUse, "Deleted columns have dependents: <b> %s </b> used by <b> %s </b>.",
				strings.Join(u.columns, ", "), strings.Join(u.names(), ", "))
		}
	}
	return nil
}

// maxUsers is how many users of removed columns are named.
const maxUsers = 20

// names lists the users as far as they may be named.
func (u inUse) names() []string {
	names := slices.Clone(u.users)
	if more := len(names) - maxUsers; more > 0 {
		names = append(names[:maxUsers], fmt.Sprintf("%d more", more))
	}
	if u.hidden {
		names = append(names, "some others")
	}
	return names
}

// dependents lists what is built on the tables that the request changes, each
// object once.
func (im *importer) dependents() ([]*dependent, error) {
	byID := map[searchlight.GUID]*dependent{}
	var out []*dependent
	add := func(id searchlight.GUID, cause *entry) error {
		d := byID[id]
		if d == nil {
			d = &dependent{}
			if e := im.staged[id]; e != nil {
				if e.table == nil || e.existing == nil {
					return nil // replaced whole
				}
				d.object, d.file = e.existing, e.doc.Table
			} else {
				o, err := im.tx.Object(id)
				if err != nil {
					return err
				}
				d.object = o
			}
			byID[id] = d
			out = append(out, d)
		}
		d.causes = append(d.causes, cause)
		return nil
	}
	err := im.each(tml.KindTable, func(e *entry) error {
		if e.existing == nil || sameObject(e.existing, e.object) {
			return nil
		}
		if err := add(e.target, e); err != nil {
			return err
		}
		headers, err := im.tx.Dependents(e.target)
		if err != nil {
			return err
		}
		for _, h := range headers {
			if err := add(h.ID, e); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// apply works out what becomes of a dependent. The object is nil when it stays
// as it is; a problem says why it does not work with the changes.
func (c changes) apply(im *importer, d *dependent) (*searchlight.Object, *model.Problem, error) {
	o := *d.object
	var content any
	var problem *model.Problem
	var err error
	switch kindOf(&o.Header) {
	case tml.KindTable:
		content, problem, err = c.applyToTable(im, &o, d.file)
	case tml.KindWorksheet:
		content, problem, err = c.applyToWorksheet(im, &o)
	default:
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if o.Content, err = json.Marshal(content); err != nil {
		return nil, nil, err
	}
	if string(o.Content) == string(d.object.Content) && o.Connection == d.object.Connection && slices.Equal(o.References, d.object.References) {
		return nil, problem, nil
	}
	return &o, problem, nil
}

func (c changes) applyToTable(im *importer, o *searchlight.Object, file *tml.TableDoc) (any, *model.Problem, error) {
	stored := &searchlight.Table{}
	if err := decodeContent(o, stored); err != nil {
		return nil, nil, err
	}
	t := c.rejoined(model.TableDefinition{Header: o.Header, Table: stored})
	own, _, err := c.table(im, o.ID)
	if err != nil {
		return nil, nil, err
	}
	kept := t.Joins
	if file != nil {
		kept = withoutGiven(t.Joins, file.JoinsWith)
	} else if o.References, err = c.tableReferences(im, own); err != nil {
		return nil, nil, err
	}
	problem, err := c.checkJoins(im, own, kept)
	if err != nil || problem != nil || file != nil && file.RLS != nil {
		return t, problem, err
	}
	problem, err = c.checkRules(im, own, t.Rules, t.RulePaths)
	return t, im.tellRules(problem), err
}

// withoutGiven leaves out the joins that a document gives anew.
func withoutGiven(joins []searchlight.TableJoin, given []tml.JoinDoc) []searchlight.TableJoin {
	return slices.DeleteFunc(slices.Clone(joins), func(j searchlight.TableJoin) bool {
		return slices.ContainsFunc(given, func(g tml.JoinDoc) bool { return g.Name == j.Name })
	})
}

func (c changes) applyToWorksheet(im *importer, o *searchlight.Object) (any, *model.Problem, error) {
	stored := &searchlight.Worksheet{}
	if err := decodeContent(o, stored); err != nil {
		return nil, nil, err
	}
	w := renameWorksheet(o.ID, o.Name, stored, c.names)
	d, err := c.definition(im, o.Header, w)
	if err != nil {
		return nil, nil, err
	}
	o.Connection = d.Header.Connection
	m, problems := model.Compile(d)
	if m == nil {
		at := slices.IndexFunc(problems, func(p model.Problem) bool { return !p.Warning })
		return w, &problems[at], nil
	}
	problem, err := c.checkJoins(im, asTable(d.Header, m), w.JoinsWith)
	return w, problem, err
}

// checkJoins finds what is wrong with the joins that start at an object. Where
// the other end is gone there is nothing to compare.
func (c changes) checkJoins(im *importer, own model.TableDefinition, joins []searchlight.TableJoin) (*model.Problem, error) {
	for _, j := range joins {
		to, ok, err := c.table(im, j.Destination)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if to.Header.Connection != own.Header.Connection {
			return &model.Problem{Number: codeJoin, Message: fmt.Sprintf("The join <b> %s </b> leads to a table of another connection.", j.Name)}, nil
		}
		if problems := model.CheckJoin(j.On, own, to, ""); len(problems) > 0 {
			return &problems[0], nil
		}
	}
	return nil, nil
}

// blame fails the documents that break a dependent: each that does so on its
// own, or all when it takes them together.
func (im *importer) blame(d *dependent, problem *model.Problem) error {
	together := true
	for _, e := range d.causes {
		if len(d.causes) == 1 {
			break
		}
		alone, err := im.alone(e)
		if err != nil {
			return err
		}
		_, p, err := alone.apply(im, d)
		if err != nil {
			return err
		}
		if p == nil {
			continue
		}
		together = false
		if err := im.refuseChange(e, alone, d, p); err != nil {
			return err
		}
	}
	if !together {
		return nil
	}
	for _, e := range d.causes {
		if err := im.refuseChange(e, im.tables, d, problem); err != nil {
			return err
		}
	}
	return nil
}

// refuseChange says what a document breaks. Objects that the subject may not
// see are not named.
func (im *importer) refuseChange(e *entry, c changes, d *dependent, p *model.Problem) error {
	columns, err := im.missed(c, d, e)
	if err != nil {
		return err
	}
	visible := im.canSee(&d.object.Header)
	switch {
	case len(columns) > 0:
		e.usedBy.add(columns, d.object.Name, visible)
	case visible:
		e.fail(e.doc.ColumnsPath(), changeCode(p), "The change makes <b> %s </b> invalid: %s", d.object.Name, p.Message)
	default:
		e.fail(e.doc.ColumnsPath(), changeCode(p), "The change makes some others invalid.")
	}
	return nil
}

// changeCode is the code of a change that breaks a dependent.
func changeCode(p *model.Problem) int {
	if p.Number == codeJoin {
		return codeJoin
	}
	return codeFormula
}

func (u *inUse) add(columns []string, user string, visible bool) {
	for _, c := range columns {
		if !slices.Contains(u.columns, c) {
			u.columns = append(u.columns, c)
		}
	}
	if !visible {
		u.hidden = true
	} else if !slices.Contains(u.users, user) {
		u.users = append(u.users, user)
	}
}

// missed lists the columns whose removal breaks a dependent: those that it
// cannot do without while all others are put back. There are none when it
// would not work with all of them either.
func (im *importer) missed(c changes, d *dependent, e *entry) ([]string, error) {
	works := func(without int) (bool, error) {
		restored := maps.Clone(c)
		changed := restored[e.target]
		table := *changed.definition.Table
		table.Columns = slices.Clone(table.Columns)
		for i, column := range e.removed {
			if i != without {
				table.Columns = append(table.Columns, column)
			}
		}
		changed.definition.Table = &table
		restored[e.target] = changed
		_, problem, err := restored.apply(im, d)
		return problem == nil, err
	}
	if ok, err := works(-1); !ok || err != nil {
		return nil, err
	}
	var names []string
	for i, column := range e.removed {
		ok, err := works(i)
		if err != nil {
			return nil, err
		}
		if !ok {
			names = append(names, column.Name)
		}
	}
	return names, nil
}

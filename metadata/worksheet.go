package metadata

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/expr"
	"github.com/searchlight-bi/searchlight/model"
	"github.com/searchlight-bi/searchlight/source"
	"github.com/searchlight-bi/searchlight/tml"
)

func (im *importer) convertWorksheets() error { return im.each(tml.KindWorksheet, im.convertWorksheet) }

// convertWorksheet resolves what a worksheet is built on. Whether it makes
// sense is for checkWorksheet, when all tables are known.
func (im *importer) convertWorksheet(e *entry) error {
	d := e.doc.Worksheet
	if len(d.Parameters) > 0 {
		e.fail(e.doc.Root().Key("parameters"), codeNotAvailable, "Parameters are not available yet.")
		return nil
	}
	e.sheet = &searchlight.Worksheet{Joins: d.Joins, Paths: slices.Clone(d.Paths), Formulas: d.Formulas, Filters: slices.Clone(d.Filters),
		Columns: slices.Clone(d.Columns), BypassRLS: d.BypassRLS, Progressive: d.Progressive, Lessons: d.Lessons,
		Generation: d.Generation, Extra: d.Extra}
	e.object.Description = d.Description
	e.renamed = renames{from: e.object.Name, to: e.object.Name}
	var stored searchlight.Worksheet
	if e.existing != nil {
		if err := decodeContent(e.existing, &stored); err != nil {
			return err
		}
		e.renamed.from = e.existing.Name
		keepNewer(&stored, e.sheet)
	}
	e.renamed.columns, _ = pairColumns(worksheetColumns(stored.Columns), worksheetColumns(e.sheet.Columns), im.s.newGUID)
	for i, c := range e.sheet.Columns {
		e.checkCalendar(e.doc.ColumnsPath().Item(i), c.Properties)
	}
	for i := range e.sheet.Filters {
		f := &e.sheet.Filters[i]
		f.Columns = tml.RepairList(f.Columns, e.shows)
	}
	return im.linkWorksheet(e, stored.JoinsWith)
}

// shows reports whether the worksheet has a column of a name.
func (e *entry) shows(name string) bool {
	return slices.ContainsFunc(e.sheet.Columns, func(c searchlight.WorksheetColumn) bool { return strings.EqualFold(c.Name, name) })
}

// linkWorksheet finds the tables of a worksheet and the targets of its joins.
func (im *importer) linkWorksheet(e *entry, stored []searchlight.TableJoin) error {
	d := e.doc.Worksheet
	var refs []searchlight.GUID
	for _, identity := range d.Tables {
		target, ok, err := im.resolve(e, identity, tml.KindTable)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		alias := identity.Alias()
		if alias == "" { // an fqn alone
			alias = target.header.Name
			if d.ImpliedPath {
				e.sheet.Paths[0].ID, e.sheet.Paths[0].Table = canonicalPath(alias), alias
			}
		}
		if slices.ContainsFunc(e.sheet.Tables, func(t searchlight.WorksheetTable) bool { return t.Alias == alias }) {
			e.fail(identity.Path, codeDuplicate, "Multiple tables have same alias <b> %s </b>", alias)
		}
		if len(e.sheet.Tables) == 0 {
			e.object.Connection = target.header.Connection
		}
		e.sheet.Tables = append(e.sheet.Tables, searchlight.WorksheetTable{Table: target.header.ID, Alias: alias})
		refs = append(refs, target.header.ID)
	}
	joins, err := im.joins(e, d.JoinsWith, renameJoins(stored, e.target, e.renamed.from, im.tables.with(e).names))
	if err != nil {
		return err
	}
	e.sheet.JoinsWith = joins
	e.object.References = referencesOf(refs, joins)
	return nil
}

// keepNewer keeps what older files cannot say: the keys of newer versions,
// which an export for older readers leaves out (tml.md 5.3).
func keepNewer(stored, now *searchlight.Worksheet) {
	now.Extra = keepExtra(stored.Extra, now.Extra)
	if now.Generation == "" {
		now.Generation = stored.Generation
	}
	now.Joins = slices.Clone(now.Joins)
	for i := range now.Joins {
		j := &now.Joins[i]
		at := slices.IndexFunc(stored.Joins, func(x searchlight.WorksheetJoin) bool {
			return x.Name == j.Name && x.Source == j.Source && x.Destination == j.Destination
		})
		if at >= 0 && j.Cardinality == "" && !j.OneToOne {
			j.Cardinality = stored.Joins[at].Cardinality
		}
	}
	for i := range now.Filters {
		f := &now.Filters[i]
		at := slices.IndexFunc(stored.Filters, func(x searchlight.Filter) bool {
			return slices.Equal(x.Columns, f.Columns) && x.Operator == f.Operator && slices.Equal(x.Values, f.Values)
		})
		if at >= 0 && len(f.ApplyOnTables) == 0 {
			f.ApplyOnTables = stored.Filters[at].ApplyOnTables
		}
	}
}

// keepExtra adds the newer keys that are stored to those that a file has.
func keepExtra(stored, now searchlight.Extra) searchlight.Extra {
	var out searchlight.Extra
	for _, bag := range []searchlight.Extra{stored, now} {
		for key, value := range bag {
			if out == nil {
				out = searchlight.Extra{}
			}
			out[key] = value
		}
	}
	return out
}

// checkWorksheets compiles the worksheets; what is wrong with the tables
// beneath has been said by then.
func (im *importer) checkWorksheets() error { return im.each(tml.KindWorksheet, im.checkWorksheet) }

func (im *importer) checkWorksheet(e *entry) error {
	d, err := im.tables.definition(im, e.object.Header, e.sheet)
	if err != nil {
		return err
	}
	if !e.inferRoles(d) {
		return nil
	}
	m, problems := model.Compile(d)
	e.addProblems(problems)
	if m == nil {
		return nil
	}
	own, given := asTable(e.object.Header, m), e.doc.Worksheet.JoinsWith
	if err := im.checkJoins(e, own, given, e.sheet.JoinsWith); err != nil {
		return err
	}
	problem, err := im.tables.checkJoins(im, own, withoutGiven(e.sheet.JoinsWith, given))
	if err != nil {
		return err
	}
	if problem != nil {
		e.fail(e.doc.ColumnsPath(), changeCode(problem), "The change makes a join that starts here invalid: %s", problem.Message)
	}
	if e.doc.Worksheet.ImpliedPath || e.doc.SecondFormat() {
		e.sheet = withCanonicalPaths(e.sheet)
	}
	return e.setContent(e.sheet)
}

// asTable is a worksheet as the joins see it that start there.
func asTable(h searchlight.Header, m *model.Model) model.TableDefinition {
	t := &searchlight.Table{}
	for _, c := range m.Columns {
		t.Columns = append(t.Columns, searchlight.TableColumn{Name: c.Name, Type: c.Type})
	}
	return model.TableDefinition{Header: h, Table: t}
}

// inferRoles decides for columns without column_type whether they are measures
// (tml.md 2.5): numeric columns are, and formulas that give numbers or
// aggregate. It reports false when the worksheet has problems.
func (e *entry) inferRoles(d model.Definition) bool {
	unknown := e.doc.Worksheet.NoRole
	if len(unknown) == 0 {
		return true
	}
	trial := *e.sheet
	trial.Columns = slices.Clone(e.sheet.Columns)
	for _, i := range unknown {
		// Counting suits every type, so the trial fails for other reasons only.
		trial.Columns[i].Properties.Role, trial.Columns[i].Properties.Aggregation = datatype.Measure, datatype.Count
	}
	d.Worksheet = &trial
	m, problems := model.Compile(d)
	if m == nil {
		e.addProblems(problems)
		return false
	}
	for _, i := range unknown {
		p := &e.sheet.Columns[i].Properties
		col, ok := m.Lookup(e.sheet.Columns[i].Name)
		if ok && (col.Aggregated || col.Type.IsNumeric() && col.Expr.Level() != expr.LevelConst) {
			p.Role = datatype.Measure
			if p.Aggregation == datatype.DefaultAggregation {
				p.Aggregation = datatype.Sum
			}
		}
	}
	return true
}

// addProblems turns the problems of a model into findings at their places in
// the file.
func (e *entry) addProblems(problems []model.Problem) {
	for _, p := range problems {
		path := tml.Path(p.Path)
		if rest, ok := strings.CutPrefix(p.Path, "worksheet->worksheet_columns"); ok {
			path = e.doc.ColumnsPath() + tml.Path(rest)
		} else if rest, ok := strings.CutPrefix(p.Path, "worksheet->tables"); ok {
			path = e.doc.TablesPath() + tml.Path(rest)
		} else if rest, ok := strings.CutPrefix(p.Path, "worksheet"); ok {
			path = e.doc.Root() + tml.Path(rest)
		}
		f := tml.Finding{Code: p.Number, Path: path, Message: p.Message}
		if p.Warning {
			f.Severity = source.SeverityWarning
		}
		if p.Diagnostic != nil {
			f.Line, f.Column = e.doc.ExprAt(path, p.Diagnostic.Span.Start)
		} else {
			f.Line, f.Column = e.doc.At(path)
		}
		e.findings = append(e.findings, f)
	}
}

func (e *entry) setContent(content any) error {
	raw, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("metadata: content of %s: %w", e.doc.Name, err)
	}
	e.object.Content, e.object.Columns = raw, columnsOf(content)
	return nil
}

func decodeContent(o *searchlight.Object, into any) error {
	if err := json.Unmarshal(o.Content, into); err != nil {
		return fmt.Errorf("metadata: content of object %s: %w", o.ID, err)
	}
	return nil
}

// sameObject reports whether an update would change nothing (tml.md 5.1).
func sameObject(a, b *searchlight.Object) bool {
	sameDescription := a.Description == b.Description ||
		a.Description != nil && b.Description != nil && *a.Description == *b.Description
	return a.Name == b.Name && sameDescription && a.Connection == b.Connection && a.Database == b.Database &&
		a.Schema == b.Schema && a.PhysicalTable == b.PhysicalTable && a.ConnectionType == b.ConnectionType &&
		a.Subtype == b.Subtype && sameContent(a, b)
}

// sameContent compares contents; the order of the lists of a worksheet that
// are found by name does not count.
func sameContent(a, b *searchlight.Object) bool {
	if string(a.Content) == string(b.Content) {
		return true
	}
	if a.Subtype != searchlight.SubtypeWorksheet {
		return false
	}
	x, errX := sortedWorksheet(a)
	y, errY := sortedWorksheet(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func sortedWorksheet(o *searchlight.Object) ([]byte, error) {
	var w searchlight.Worksheet
	if err := decodeContent(o, &w); err != nil {
		return nil, err
	}
	slices.SortFunc(w.Tables, func(a, b searchlight.WorksheetTable) int { return strings.Compare(a.Alias, b.Alias) })
	slices.SortFunc(w.Joins, func(a, b searchlight.WorksheetJoin) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(w.Paths, func(a, b searchlight.TablePath) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(w.Formulas, func(a, b searchlight.Formula) int { return strings.Compare(a.Name, b.Name) })
	return json.Marshal(w)
}

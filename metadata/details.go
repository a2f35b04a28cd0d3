package metadata

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/joinexpr"
	"github.com/searchlight-bi/searchlight/model"
)

// DetailsRequest asks what objects of a type are made of.
type DetailsRequest struct {
	Type       searchlight.ObjectType
	IDs        []searchlight.GUID
	ShowHidden bool // also hidden columns, for those who may list them
}

// Storables are objects with what the subject may see of them.
type Storables struct {
	List    []Storable           // in the order of the request
	Details *searchlight.Details // of the objects, and of their columns, joins and parts
}

// Storable is an object with what it is made of, as far as the subject may see
// that.
type Storable struct {
	Header     searchlight.Header
	Connection *searchlight.Connection // of a DATA_SOURCE, without its secrets
	Columns    []ColumnDetail          // this and the next two: of a LOGICAL_TABLE
	Joins      []JoinDetail            // that start here
	Problems   []string                // why it cannot be used as it stands
	Content    json.RawMessage         // of an answer, pinboard or tag, as it is stored
	Parts      []searchlight.Header    // of an answer or pinboard
}

// ColumnDetail is a column of a table or worksheet.
type ColumnDetail struct {
	Header       searchlight.Header
	Type         datatype.Type // Unknown when the worksheet cannot be used as it stands
	Properties   searchlight.ColumnProperties
	PhysicalName string // of a column that is one of a table's
	Sources      []ColumnSource
}

// ColumnSource is a table that a column reads.
type ColumnSource struct {
	Table searchlight.GUID
	Name  string
}

// JoinDetail is a join with the names of what it joins.
type JoinDetail struct {
	Header                      searchlight.Header // of the join, owned by the object where it starts
	Destination                 searchlight.GUID
	DestinationName, SourceName string
	On                          string
	Type                        searchlight.JoinType
}

// Describe says what objects are made of. It fails with CodeForbidden for
// objects that are not there, are of another type, or that the subject may not
// see; everybody sees tags.
func (s *Service) Describe(ctx context.Context, subject *searchlight.Subject, r DetailsRequest) (*Storables, error) {
	ids, err := checkIDs(r.IDs)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(DeletableTypes, r.Type) {
		return nil, errType(r.Type, "have no details here")
	}
	out := &Storables{}
	err = s.Store.View(ctx, func(tx searchlight.Tx) error {
		d := &describer{tx: tx, subject: subject, showHidden: r.ShowHidden, advanced: s.Advanced}
		out.List = nil
		for _, id := range ids {
			storable, err := d.describe(r.Type, id)
			if err != nil {
				return err
			}
			out.List = append(out.List, *storable)
		}
		out.Details, err = searchlight.DetailsOf(tx, out.headers())
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Storables) headers() []searchlight.Header {
	var all []searchlight.Header
	for i := range s.List {
		o := &s.List[i]
		all = append(append(all, o.Header), o.Parts...)
		for j := range o.Columns {
			all = append(all, o.Columns[j].Header)
		}
	}
	return all
}

// describer is one call under way, in its transaction.
type describer struct {
	tx                   searchlight.Tx
	subject              *searchlight.Subject
	showHidden, advanced bool
}

func (d *describer) describe(t searchlight.ObjectType, id searchlight.GUID) (*Storable, error) {
	if t == searchlight.TypeTag {
		if h, err := d.tx.Header(id); err != nil && !isNotFound(err) {
			return nil, err
		} else if err != nil || h.Type != t {
			return nil, searchlight.ErrNoObject(id)
		}
	} else if _, err := allowed(d.tx, d.subject, searchlight.PartialAccess, t, id); err != nil {
		return nil, err
	}
	o, err := d.tx.Object(id)
	if err != nil {
		return nil, err
	}
	out := &Storable{Header: o.Header}
	switch t {
	case searchlight.TypeAnswer, searchlight.TypePinboard:
		out.Content = o.Content
		out.Parts, err = d.tx.Parts(id)
	case searchlight.TypeTag:
		out.Content = o.Content
	case searchlight.TypeConnection:
		err = out.connection(o)
	case searchlight.TypeLogicalTable:
		err = d.table(out, o)
	default:
		panic("metadata: no details of a " + string(t))
	}
	return out, err
}

func (out *Storable) connection(o *searchlight.Object) error {
	out.Connection = &searchlight.Connection{}
	if err := decodeContent(o, out.Connection); err != nil {
		return err
	}
	for i := range out.Connection.Properties {
		if p := &out.Connection.Properties[i]; p.Sealed != nil || isSecret(p.Key) {
			p.Value, p.Sealed = "", nil
		}
	}
	return nil
}

func (d *describer) table(out *Storable, o *searchlight.Object) error {
	v, err := d.columns(out, o)
	if err != nil || v == nil {
		return err
	}
	out.Joins, err = v.joins()
	return err
}

// columns describes those of a table or worksheet. It returns no view of what
// is of a kind that is not available yet.
func (d *describer) columns(out *Storable, o *searchlight.Object) (*tableView, error) {
	level, err := searchlight.LevelOf(d.tx, d.subject, &o.Header)
	if err != nil {
		return nil, err
	}
	v := &tableView{d: d, object: o, hidden: d.showHidden && listsHidden(d.subject, level)}
	if v.definition, _, err = model.Read(d.tx.Object, o.ID); err != nil {
		e, ok := errors.AsType[*searchlight.Error](err)
		if !ok || e.Code != searchlight.CodeInvalid {
			return nil, err
		}
		out.Columns, out.Problems = v.names(), []string{e.Message}
		return nil, nil
	}
	if v.sight, err = sightOf(d.tx, d.subject, tablesOf(v.definition)...); err != nil {
		return nil, err
	}
	if v.definition.Worksheet != nil {
		out.Columns, out.Problems = v.worksheet()
	} else {
		out.Columns = v.table()
	}
	return v, nil
}

// tableView is a table or worksheet as the subject sees it.
type tableView struct {
	d          *describer
	object     *searchlight.Object
	definition model.Definition
	sight      columnSight // of the tables' columns
	hidden     bool        // hidden columns are shown
}

func (v *tableView) column(c searchlight.ObjectColumn, p searchlight.ColumnProperties) ColumnDetail {
	return ColumnDetail{Header: columnHeader(&v.object.Header, c), Properties: p}
}

// names are the columns of an object of whose content nothing is known.
func (v *tableView) names() (out []ColumnDetail) {
	if v.d.advanced && !v.d.subject.IsAdmin() {
		return nil
	}
	for _, c := range v.object.Columns {
		if !c.Hidden || v.hidden {
			out = append(out, v.column(c, searchlight.ColumnProperties{}))
		}
	}
	return out
}

func (v *tableView) table() []ColumnDetail {
	var out []ColumnDetail
	for i, c := range columnsOf(v.definition.Table) {
		if !v.sight.sees(c.ID) || c.Hidden && !v.hidden {
			continue
		}
		def := &v.definition.Table.Columns[i]
		detail := v.column(c, def.Properties)
		detail.Header.Description = description(def.Description)
		detail.Type, detail.PhysicalName = def.Type, def.PhysicalName
		detail.Sources = []ColumnSource{{v.object.ID, v.object.Name}}
		out = append(out, detail)
	}
	return out
}

func description(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// worksheet also says what is wrong with a worksheet that cannot be used. What
// stands beneath is for those who see it (security.md 3.4).
func (v *tableView) worksheet() (out []ColumnDetail, problems []string) {
	m, found := model.Compile(v.definition)
	if m == nil {
		problems = v.problems(found)
	}
	for i, c := range columnsOf(v.definition.Worksheet) {
		if c.Hidden && !v.hidden {
			continue
		}
		def := &v.definition.Worksheet.Columns[i]
		detail := v.column(c, def.Properties)
		detail.Header.Description = description(def.Description)
		var compiled *model.Column
		if m != nil {
			compiled, _ = m.Lookup(def.Name)
		}
		switch {
		case compiled != nil && (!v.d.advanced || v.sight.sees(compiled.Sources...)):
			v.beneath(&detail, m, compiled)
		case v.d.advanced && !v.sight.all:
			continue
		}
		out = append(out, detail)
	}
	return out, problems
}

func (v *tableView) beneath(detail *ColumnDetail, m *model.Model, c *model.Column) {
	detail.Type = c.Type
	if detail.Properties.Role == datatype.Measure {
		detail.Properties.Aggregation = c.Aggregation
	}
	for _, id := range c.Sources {
		if !v.sight.sees(id) {
			continue
		}
		p := physicalOf(m, id)
		if c.Formula == "" {
			detail.PhysicalName = p.Column
		}
		node := m.Node(p.Node)
		source := ColumnSource{node.Table, node.Name}
		if !slices.Contains(detail.Sources, source) {
			detail.Sources = append(detail.Sources, source)
		}
	}
}

// physicalOf is the first physical column of a table's column, which is in the
// model.
func physicalOf(m *model.Model, source searchlight.GUID) *model.Physical {
	for _, n := range m.Nodes {
		columns := m.ColumnsOf(n.ID)
		if at := slices.IndexFunc(columns, func(p model.Physical) bool { return p.Source == source }); at >= 0 {
			return &columns[at]
		}
	}
	panic("metadata: a column reads none of the tables")
}

// problems name what stands beneath only to those who see all of it.
func (v *tableView) problems(found []model.Problem) []string {
	if !v.sight.all && slices.ContainsFunc(v.definition.Worksheet.Tables, func(t searchlight.WorksheetTable) bool { return !v.seesAll(t.Table) }) {
		return []string{"it cannot be used until what it is built on is mended"}
	}
	var out []string
	for _, p := range found {
		if !p.Warning {
			out = append(out, p.Path+": "+p.Message)
		}
	}
	return out
}

func (v *tableView) seesAll(table searchlight.GUID) bool {
	t, ok := v.definition.Tables[table]
	return ok && !slices.ContainsFunc(t.Table.Columns, func(c searchlight.TableColumn) bool { return !v.sight.sees(c.ID) })
}

func (v *tableView) joins() ([]JoinDetail, error) {
	if v.definition.Worksheet != nil && v.d.advanced && !v.sight.all {
		return nil, nil
	}
	joins, err := joinsAt(v.object)
	if err != nil {
		return nil, err
	}
	if joins, err = visibleJoins(v.d.tx, v.d.subject, v.object, joins); err != nil {
		return nil, err
	}
	var out []JoinDetail
	for _, j := range joins {
		to, err := v.d.tx.Header(j.Destination)
		if err != nil {
			return nil, err
		}
		h := columnHeader(&v.object.Header, searchlight.ObjectColumn{ID: j.ID, Name: j.Name})
		h.Type, h.Description = TypeLogicalRelationship, description(j.Description)
		out = append(out, JoinDetail{Header: h, Destination: to.ID, DestinationName: to.Name, SourceName: v.object.Name, On: j.On, Type: j.Type})
	}
	return out, nil
}

// joinsAt are the joins that start at a table or worksheet.
func joinsAt(o *searchlight.Object) ([]searchlight.TableJoin, error) {
	switch o.Subtype {
	case searchlight.SubtypeTable, searchlight.SubtypeUpload:
		var t searchlight.Table
		err := decodeContent(o, &t)
		return t.Joins, err
	case searchlight.SubtypeWorksheet:
		var w searchlight.Worksheet
		err := decodeContent(o, &w)
		return w.JoinsWith, err
	}
	return nil, nil
}

// visibleJoins are the joins of an object of which the subject may see all
// columns, on both ends (security.md 2.2).
func visibleJoins(tx searchlight.Tx, s *searchlight.Subject, o *searchlight.Object, joins []searchlight.TableJoin) ([]searchlight.TableJoin, error) {
	var out []searchlight.TableJoin
	for _, j := range joins {
		to, err := tx.Object(j.Destination)
		if isNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sight, err := sightOf(tx, s, o.ID, to.ID)
		if err != nil {
			return nil, err
		}
		on, ds := joinexpr.Parse(j.On)
		seen := !ds.HasErrors() && !slices.ContainsFunc(joinexpr.Columns(on), func(c joinexpr.Operand) bool {
			end := to
			if c.Object == o.Name {
				end = o
			}
			at := slices.IndexFunc(end.Columns, func(x searchlight.ObjectColumn) bool { return strings.EqualFold(x.Name, c.Text) })
			return at < 0 || !sight.sees(end.Columns[at].ID)
		})
		if seen || sight.all {
			out = append(out, j)
		}
	}
	return out, nil
}

// Incomplete lists the worksheets that the subject may see and that cannot be
// used until they are mended, by name.
func (s *Service) Incomplete(ctx context.Context, subject *searchlight.Subject) (*Storables, error) {
	out := &Storables{}
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		page, err := tx.Headers(searchlight.ListQuery{Viewer: subject, Types: []searchlight.ObjectType{searchlight.TypeLogicalTable},
			Subtypes: []searchlight.Subtype{searchlight.SubtypeWorksheet}, Sort: searchlight.SortName})
		if err != nil {
			return err
		}
		d := &describer{tx: tx, subject: subject}
		out.List = nil
		for i := range page.Headers {
			storable, err := d.describe(searchlight.TypeLogicalTable, page.Headers[i].ID)
			if err != nil {
				return err
			}
			if len(storable.Problems) > 0 {
				out.List = append(out.List, Storable{Header: storable.Header, Problems: storable.Problems})
			}
		}
		out.Details, err = searchlight.DetailsOf(tx, out.headers())
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

package tml

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
)

// Kind is the object key of a document.
type Kind string

// The kinds that can be read.
const (
	KindTable      Kind = "table"
	KindWorksheet  Kind = "worksheet"
	KindConnection Kind = "connection"

	// keyModel is the key of the second format of worksheets.
	keyModel = "model"
)

// Document is one TML document. Exactly one of Table, Worksheet and
// Connection is set, the one that Kind says.
type Document struct {
	GUID       searchlight.GUID // empty when the file has none
	ObjectID   string           // obj_id, a newer portable id
	Kind       Kind
	Name       string
	Table      *TableDoc
	Worksheet  *WorksheetDoc
	Connection *ConnectionDoc

	// Bare says that the file is a connection without its wrapping key.
	Bare bool

	key    string // as the file has it: model for a worksheet in the second format
	source written
}

// Root is the path of the object in the file: its key, or nothing for a bare
// connection. Paths of a document start here.
func (d *Document) Root() Path {
	switch {
	case d.Bare:
		return ""
	case d.key != "":
		return Path(d.key)
	}
	return Path(d.Kind)
}

// ColumnsPath is the path of the list of columns of a table or worksheet.
func (d *Document) ColumnsPath() Path {
	if d.Kind == KindWorksheet && d.key != keyModel {
		return d.Root().Key("worksheet_columns")
	}
	return d.Root().Key("columns")
}

// TablesPath is the path of the list of tables that a worksheet is built on.
func (d *Document) TablesPath() Path {
	switch {
	case d.key == keyModel:
		return d.Root().Key("model_tables")
	case d.SecondFormat():
		return d.Root().Key("schema").Key("tables")
	}
	return d.Root().Key("tables")
}

// SecondFormat reports whether a worksheet was read from the second format,
// in which tables take the place of paths: Paths then holds one path a table,
// called like it.
func (d *Document) SecondFormat() bool {
	if d.Worksheet == nil || d.source.root == nil {
		return false
	}
	body := d.source.root.get(d.key)
	return d.key == keyModel || body != nil && body.get("schema") != nil
}

// Identity is a reference to another object (tml.md 2.1).
type Identity struct {
	ID       string // local alias; empty when none is written
	Name     string
	FQN      string // GUID as written
	ObjectID string
	Path     Path // where the reference stands
}

// Alias is what the rest of the document calls the object.
func (i Identity) Alias() string {
	if i.ID != "" {
		return i.ID
	}
	return i.Name
}

// LookupName is the name to look the object up by; an id alone counts as one.
func (i Identity) LookupName() string {
	if i.Name != "" {
		return i.Name
	}
	return i.ID
}

// TableDoc is the document of a physical table (tml.md 2.7).
type TableDoc struct {
	Name        string
	Description *string
	DB          string
	Schema      string
	DBTable     string
	Connection  *Identity // nil: the built-in store
	Columns     []searchlight.TableColumn
	RLS         *RLS // nil: not written; without rules: none shall stay
	JoinsWith   []JoinDoc
	Parameters  []Parameter
	Extra       searchlight.Extra
}

// JoinDoc is a relationship that starts at the object of the document. The
// embedded join has no ID and no Destination; Target stands for the latter.
type JoinDoc struct {
	searchlight.TableJoin
	Target Identity
	Path   Path // where the join stands
}

// RLS is the row security of a table.
type RLS struct {
	Tables []Identity
	Joins  []searchlight.WorksheetJoin
	Paths  []RLSPath
	Rules  []RLSRule
	Path   Path // where the block stands
}

// RLSPath is a path with the columns that the rules use through it.
type RLSPath struct {
	searchlight.TablePath
	Columns []string
	Path    Path // where the path stands
}

// RLSRule is a condition on rows; a row is visible when any rule holds.
type RLSRule struct {
	Name string
	Expr string
	Path Path // where the rule stands
}

// WorksheetDoc is the document of a worksheet in either format (tml.md 2.8).
type WorksheetDoc struct {
	Name        string
	Description *string
	Tables      []Identity
	Joins       []searchlight.WorksheetJoin
	Paths       []searchlight.TablePath
	// ImpliedPath says that the file has no table_paths; Paths then holds the
	// one path of its one table, and the table's bare name is a prefix too.
	ImpliedPath bool
	Formulas    []searchlight.Formula
	Filters     []searchlight.Filter
	Columns     []searchlight.WorksheetColumn
	// NoRole lists the indexes of Columns without column_type; the caller
	// infers their role and calls SetRole.
	NoRole      []int
	BypassRLS   bool
	Progressive bool
	JoinsWith   []JoinDoc
	Generation  string
	Lessons     []searchlight.LessonPlan
	Parameters  []Parameter
	Extra       searchlight.Extra
}

// ConnectionDoc is the document of a connection (tml.md 2.14).
type ConnectionDoc struct {
	Name           string
	Type           string
	Authentication string
	Properties     []searchlight.ConnectionProperty
	Tables         []RemappedTable // written in the bare form only
	Description    *string
}

// RemappedTable says where a table object's physical table is.
type RemappedTable struct {
	Name, ID          string
	DB, Schema, Table string
	Columns           []RemappedColumn
}

// RemappedColumn says what a column's physical column is.
type RemappedColumn struct {
	Name, ID, DataType, ExternalColumn string
}

// Parameter is a value that users may set (tml.md 2.6).
type Parameter struct {
	ID           string
	Name         string
	DataType     string
	Default      string
	Choices      []ParameterChoice
	ListColumnID string
	Range        *ParameterRange
	SAPName      string
	Linked       []string
	Description  string
}

// ParameterChoice is a value that a parameter may take.
type ParameterChoice struct {
	Value       string
	DisplayName string
}

// ParameterRange bounds a parameter; an empty bound is open.
type ParameterRange struct {
	Min, Max               string
	IncludeMin, IncludeMax *bool
}

// SetRole gives a worksheet column the role that was inferred for it, and the
// aggregation that goes with it when none is written.
func (w *WorksheetDoc) SetRole(index int, role datatype.Role) {
	p := &w.Columns[index].Properties
	p.Role = role
	if role == datatype.Measure && p.Aggregation == datatype.DefaultAggregation {
		p.Aggregation = datatype.Sum
	}
	w.NoRole = slices.DeleteFunc(w.NoRole, func(i int) bool { return i == index })
}

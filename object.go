package searchlight

import (
	"encoding/json"
	"time"
)

// ObjectType is the kind of a metadata object, as API v1 spells it.
type ObjectType string

// The types of objects (api-v1.md 1.9).
const (
	TypeAnswer       ObjectType = "QUESTION_ANSWER_BOOK"
	TypePinboard     ObjectType = "PINBOARD_ANSWER_BOOK"
	TypeLogicalTable ObjectType = "LOGICAL_TABLE"
	TypeConnection   ObjectType = "DATA_SOURCE"
	TypeTag          ObjectType = "TAG"
	// TypeVisualization is a tile of a pinboard or a view of an answer, which
	// is its Owner.
	TypeVisualization ObjectType = "VISUALIZATION"

	// Columns are parts of the content of a LOGICAL_TABLE, and principals are
	// kept on their own, but Tx.Headers lists them too.
	TypeLogicalColumn ObjectType = "LOGICAL_COLUMN"
	TypeUser          ObjectType = "USER"
	TypeUserGroup     ObjectType = "USER_GROUP"
)

// Subtype tells the kinds of a LOGICAL_TABLE apart.
type Subtype string

// The subtypes of LOGICAL_TABLE.
const (
	SubtypeTable     Subtype = "ONE_TO_ONE_LOGICAL"
	SubtypeUpload    Subtype = "USER_DEFINED" // a file loaded into the built-in store
	SubtypeWorksheet Subtype = "WORKSHEET"
	SubtypeView      Subtype = "AGGR_WORKSHEET"
	SubtypeSQLView   Subtype = "SQL_VIEW"

	SubtypeFormula Subtype = "FORMULA" // a LOGICAL_COLUMN that is computed
)

// EmbeddedConnectionID is the GUID of the built-in connection: the engine
// inside the server, which holds loaded files.
const EmbeddedConnectionID GUID = "3f7c1f6a-5a5e-4c1d-9d0b-5e2f3a6b7c80"

// EmbeddedConnectionType and the types below are what a Connection's Type may
// be; the engines register under these names.
const (
	EmbeddedConnectionType = "RDBMS_DUCKDB"
	PostgresConnectionType = "RDBMS_POSTGRES"
)

// Header is what every object has.
type Header struct {
	ID          GUID
	Type        ObjectType
	Subtype     Subtype // of LOGICAL_TABLE; FORMULA of a column or nothing; the type of a principal
	Name        string
	DisplayName string  // of a principal
	Description *string // nil: never set
	Author      GUID    // the user who owns it
	Created     time.Time
	Modified    time.Time
	ModifiedBy  GUID
	Owner       GUID // the containing object; its own ID at top level
	AutoCreated bool
	Hidden      bool
	Version     int64 // grows by one with each change

	Connection     GUID   // of a LOGICAL_TABLE of a connection
	ConnectionType string // of a DATA_SOURCE: RDBMS_…
	Database       string // of a physical table
	Schema         string
	PhysicalTable  string
}

// Object is a header with its content, the JSON text of one of the types
// Connection, Table and Worksheet (others are kept as they come).
type Object struct {
	Header
	Content json.RawMessage
	// References are the objects that this one is built on, each once.
	References []GUID
	// Columns are the columns that a LOGICAL_TABLE has, in order, under the
	// GUIDs by which they can be shared and tagged.
	Columns []ObjectColumn
}

// ObjectColumn is a column of a LOGICAL_TABLE, by itself an object of type
// LOGICAL_COLUMN.
type ObjectColumn struct {
	ID      GUID
	Name    string
	Hidden  bool
	Formula bool
}

// Connection is a database that tables live in.
type Connection struct {
	Type           string // RDBMS_POSTGRES …
	Authentication string // SERVICE_ACCOUNT …
	Properties     []ConnectionProperty
}

// ConnectionProperty is one setting of a connection. The value of a secret is
// kept sealed; Sealed then holds it and Value is empty.
type ConnectionProperty struct {
	Key    string
	Value  string
	Sealed []byte `json:",omitempty"`
}

// JoinType says which rows without a partner a join keeps.
type JoinType string

// The types of joins.
const (
	JoinInner      JoinType = "INNER"
	JoinLeftOuter  JoinType = "LEFT_OUTER"
	JoinRightOuter JoinType = "RIGHT_OUTER"
	JoinOuter      JoinType = "OUTER"
)

// JoinTypes lists the types of joins as messages name them.
var JoinTypes = []JoinType{JoinInner, JoinLeftOuter, JoinOuter, JoinRightOuter}

// Cardinality says how many rows of the two ends of a join, source and
// destination, belong together.
type Cardinality string

// The cardinalities of joins.
const (
	ManyToOne  Cardinality = "MANY_TO_ONE"
	OneToOne   Cardinality = "ONE_TO_ONE"
	OneToMany  Cardinality = "ONE_TO_MANY"
	ManyToMany Cardinality = "MANY_TO_MANY"
)

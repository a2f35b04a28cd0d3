package metadata

import (
	"github.com/searchlight-bi/searchlight"
)

// Policy says what an import does about documents that cannot be imported
// (tml.md 3.1).
type Policy string

// The policies.
const (
	Partial       Policy = "PARTIAL"
	AllOrNone     Policy = "ALL_OR_NONE"
	ValidateOnly  Policy = "VALIDATE_ONLY"
	PartialObject Policy = "PARTIAL_OBJECT" // as Partial
)

// ImportRequest is one call of metadata/tml/import.
type ImportRequest struct {
	Subject      *searchlight.Subject
	Documents    []string // YAML or JSON, one object each
	Policy       Policy   // empty: Partial
	ForceCreate  bool
	SkipPhysical bool // do not compare tables with the database
	SkipDiff     bool // write also what did not change
}

// StatusCode is how it went with one object.
type StatusCode string

// The status codes.
const (
	StatusOK      StatusCode = "OK"
	StatusWarning StatusCode = "WARNING"
	StatusError   StatusCode = "ERROR"
)

// Status is how it went with one object, with number and message unless OK.
type Status struct {
	Code    StatusCode
	Number  int
	Message string // parts joined by <br/>
}

// ImportResult is the outcome for one document, in the order of the request.
type ImportResult struct {
	Status Status
	Header *searchlight.Header // nil with StatusError
}

// ExportRequest is one call of metadata/tml/export.
type ExportRequest struct {
	Subject        *searchlight.Subject
	IDs            []searchlight.GUID
	JSON           bool // else YAML
	Associated     bool // also what the objects are built on
	FQN            bool // write GUIDs into references
	WithConnection bool // with Associated: connections too
}

// ExportResult is one exported object. Name, Filename and Kind are empty when
// the caller may not see the object; Document is empty with StatusError.
type ExportResult struct {
	ID           searchlight.GUID
	Name         string
	Filename     string
	Kind         string // table, worksheet, connection
	Status       Status
	Dependencies []ExportDependency // of requested objects, with Associated
	Document     string
}

// ExportDependency names an object that an exported one is built on.
type ExportDependency struct {
	Name     string
	Filename string
}

package v1

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// tmlBody is the answer of import and export: one entry an object.
type tmlBody[T any] struct {
	Object []T `json:"object"`
}

type tmlStatus struct {
	Code    metadata.StatusCode `json:"status_code"`
	Number  int                 `json:"error_code,omitempty"`
	Message string              `json:"error_message,omitempty"`
}

// describeStatus makes sure that whatever is not OK has a number and a message,
// which clients read without looking.
func describeStatus(s metadata.Status) tmlStatus {
	if s.Code == metadata.StatusOK {
		return tmlStatus{Code: s.Code}
	}
	if s.Number == 0 {
		s.Number = numberParameter
	}
	if s.Message == "" {
		s.Message = strings.ToLower(string(s.Code))
	}
	return tmlStatus{Code: s.Code, Number: s.Number, Message: s.Message}
}

type importEntry struct {
	Response importResponse `json:"response"`
}

type importResponse struct {
	Status tmlStatus     `json:"status"`
	Header *importHeader `json:"header,omitempty"`
}

type importHeader struct {
	ID          searchlight.GUID       `json:"id_guid"`
	Name        string                 `json:"name"`
	Description *string                `json:"description,omitempty"`
	Author      searchlight.GUID       `json:"author_guid"`
	Owner       searchlight.GUID       `json:"owner_guid"`
	Type        searchlight.ObjectType `json:"metadata_type"`
	Subtype     searchlight.Subtype    `json:"type,omitempty"`
}

// importTML is POST metadata/tml/import (api-v1.md 2.18).
func (a *API) importTML(w http.ResponseWriter, r *request) error {
	p := r.params
	req := metadata.ImportRequest{Subject: r.subject}
	policy, err := p.enum("import_policy", string(metadata.Partial),
		string(metadata.Partial), string(metadata.AllOrNone), string(metadata.ValidateOnly), string(metadata.PartialObject))
	if err != nil {
		return err
	}
	req.Policy = metadata.Policy(policy)
	if req.ForceCreate, err = p.flag("force_create"); err != nil {
		return err
	}
	if req.SkipPhysical, err = p.flag("skip_cdw_validation_for_tables"); err != nil {
		return err
	}
	if req.SkipDiff, err = p.flag("skip_diff_check"); err != nil {
		return err
	}
	for _, value := range p.all("import_objects") {
		documents, ok := decodeDocuments(value)
		if !ok {
			return errBadDocuments()
		}
		req.Documents = append(req.Documents, documents...)
	}
	if len(req.Documents) == 0 {
		return p.missing("import_objects")
	}
	results, err := a.config.Modeler.Import(r.Context(), req)
	if err != nil {
		return err
	}
	body := tmlBody[importEntry]{Object: make([]importEntry, len(results))}
	for i, result := range results {
		entry := &body.Object[i].Response
		entry.Status = describeStatus(result.Status)
		if h := result.Header; h != nil {
			entry.Header = &importHeader{h.ID, h.Name, h.Description, h.Author, h.Owner, h.Type, h.Subtype}
		}
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

func errBadDocuments() error {
	return invalid("the parameter import_objects begins like a list but is neither a JSON array nor a Python list of texts")
}

// decodeDocuments splits import_objects into documents, in all the forms of
// api-v1.md 2.18.
func decodeDocuments(value string) (documents []string, ok bool) {
	value = strings.TrimSpace(value)
	if value == "" || value == null {
		return nil, true
	}
	if value[0] != '[' {
		return []string{unwrap(value)}, true
	}
	var elements []json.RawMessage
	if json.Unmarshal([]byte(value), &elements) != nil {
		asJSON, ok := pythonToJSON(value)
		if !ok || json.Unmarshal([]byte(asJSON), &elements) != nil {
			return nil, false
		}
	}
	for _, element := range elements {
		document := unwrap(string(element))
		if element[0] == '"' {
			document = unwrap(document) // clients encode texts twice
		}
		if !isText(document) {
			return nil, false
		}
		documents = append(documents, document)
	}
	return documents, true
}

// unwrap returns what a quoted text holds, and any other document as it is.
func unwrap(document string) string {
	trimmed := strings.TrimSpace(document)
	if trimmed == "" || trimmed[0] != '"' && trimmed[0] != '\'' {
		return document
	}
	var inner string
	if json.Unmarshal([]byte(trimmed), &inner) == nil {
		return inner
	}
	if asJSON, ok := pythonToJSON(trimmed); ok && json.Unmarshal([]byte(asJSON), &inner) == nil {
		return inner
	}
	return document
}

type exportEntry struct {
	Info     exportInfo `json:"info"`
	Document string     `json:"edoc,omitempty"`
}

type exportInfo struct {
	Name         string             `json:"name,omitempty"`
	Filename     string             `json:"filename,omitempty"`
	Status       tmlStatus          `json:"status"`
	Kind         string             `json:"type,omitempty"`
	ID           searchlight.GUID   `json:"id"`
	Dependencies []exportDependency `json:"dependency,omitempty"`
}

type exportDependency struct {
	Name     string `json:"name"`
	Filename string `json:"filename"`
}

// exportTML is POST metadata/tml/export (api-v1.md 2.19, tml.md 4).
func (a *API) exportTML(w http.ResponseWriter, r *request) error {
	req, err := decodeExport(r.params)
	if err != nil {
		return err
	}
	req.Subject = r.subject
	results, err := a.config.Modeler.Export(r.Context(), req)
	if err != nil {
		return err
	}
	body := tmlBody[exportEntry]{Object: make([]exportEntry, len(results))}
	for i, result := range results {
		entry := &body.Object[i]
		entry.Document = result.Document
		entry.Info = exportInfo{
			Name: result.Name, Filename: result.Filename, Status: describeStatus(result.Status), Kind: result.Kind, ID: result.ID,
		}
		for _, d := range result.Dependencies {
			entry.Info.Dependencies = append(entry.Info.Dependencies, exportDependency(d))
		}
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

func decodeExport(p *params) (req metadata.ExportRequest, err error) {
	if req.IDs, err = p.guids("export_ids"); err != nil {
		return req, err
	}
	if len(req.IDs) == 0 {
		return req, p.missing("export_ids")
	}
	format, err := p.enum("formattype", "YAML", "YAML", "JSON")
	if err != nil {
		return req, err
	}
	req.JSON = format == "JSON"
	if req.Associated, err = p.flag("export_associated"); err != nil {
		return req, err
	}
	if req.FQN, err = p.flag("export_fqn"); err != nil {
		return req, err
	}
	if req.WithConnection, err = p.flag("export_connection_as_dependent"); err != nil {
		return req, err
	}
	version, err := p.enum("export_schema_version", "V1", "V1", "V2", "DEFAULT")
	if err != nil {
		return req, err
	}
	if version == "V2" {
		return req, errNotYet("export_schema_version v2")
	}
	dependents, err := p.flag("export_dependent")
	if err == nil && dependents {
		err = errNotYet("export_dependent")
	}
	return req, err
}

package v1

import (
	"net/http"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

// headerBody is a lean header (api-v1.md 1.10).
type headerBody struct {
	ID             searchlight.GUID `json:"id"`
	Name           string           `json:"name"`
	DisplayName    string           `json:"displayName,omitempty"`
	Description    *string          `json:"description,omitempty"`
	Author         searchlight.GUID `json:"author"`
	Created        int64            `json:"created"` // epoch ms
	Modified       int64            `json:"modified"`
	ModifiedBy     searchlight.GUID `json:"modifiedBy"`
	Owner          searchlight.GUID `json:"owner"`
	IsAutoCreated  *bool            `json:"isAutoCreated,omitempty"`
	IsAutoDelete   *bool            `json:"isAutoDelete,omitempty"`
	Type           string           `json:"type,omitempty"`
	DatabaseStripe searchlight.GUID `json:"databaseStripe,omitempty"`
	SchemaStripe   string           `json:"schemaStripe,omitempty"`
}

func leanHeader(h *searchlight.Header) headerBody {
	b := headerBody{
		ID: h.ID, Name: h.Name, Description: h.Description, Author: h.Author,
		Created: h.Created.UnixMilli(), Modified: h.Modified.UnixMilli(), ModifiedBy: h.ModifiedBy, Owner: h.Owner,
	}
	switch h.Type {
	case searchlight.TypeLogicalTable:
		b.Type = string(h.Subtype)
		b.IsAutoCreated, b.IsAutoDelete = &h.AutoCreated, new(false)
		if h.Subtype == searchlight.SubtypeTable {
			b.DatabaseStripe, b.SchemaStripe = h.Connection, h.Schema
		}
	case searchlight.TypeAnswer, searchlight.TypePinboard:
		b.IsAutoCreated, b.IsAutoDelete = &h.AutoCreated, new(false)
	case searchlight.TypeConnection:
		b.Type = h.ConnectionType
	case searchlight.TypeUser, searchlight.TypeUserGroup:
		b.Type, b.DisplayName = string(h.Subtype), h.DisplayName
	}
	return b
}

// The metadata types (api-v1.md 1.9).
var (
	listedTypes = []string{
		string(searchlight.TypeAnswer), string(searchlight.TypePinboard), string(searchlight.TypeLogicalTable), string(searchlight.TypeLogicalColumn),
		string(searchlight.TypeConnection), string(searchlight.TypeTag), string(searchlight.TypeUser), string(searchlight.TypeUserGroup),
	}
	contentTypes = []searchlight.ObjectType{searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable}
	// Of these there are never any.
	abandonedTypes = []string{"QUESTION_ANSWER_SHEET", "PINBOARD_ANSWER_SHEET"}
	unlistedTypes  = []string{string(metadata.TypeLogicalRelationship)}

	subtypes = []string{
		string(searchlight.SubtypeTable), string(searchlight.SubtypeUpload), string(searchlight.SubtypeWorksheet),
		string(searchlight.SubtypeView), string(searchlight.SubtypeSQLView),
		"PRIVATE_WORKSHEET", "MATERIALIZED_VIEW", "FORMULA", "CALENDAR_TYPE", "CALENDAR_TABLE",
	}
	categories = []string{
		string(searchlight.CategoryAll), string(searchlight.CategoryMine), string(searchlight.CategoryFavorite),
		string(searchlight.CategoryRequested),
	}
	// What contains others: visualizations and columns.
	ownerTypes = []string{string(searchlight.TypeAnswer), string(searchlight.TypePinboard), string(searchlight.TypeLogicalTable)}
	sortKeys   = []string{
		string(searchlight.SortDefault), string(searchlight.SortName), string(searchlight.SortDisplayName),
		string(searchlight.SortAuthor), string(searchlight.SortCreated), string(searchlight.SortModified),
	}
)

// listObjectHeaders is GET metadata/listobjectheaders (api-v1.md 2.14).
func (a *API) listObjectHeaders(w http.ResponseWriter, r *request) error {
	q, err := decodeList(r.params)
	if err != nil {
		return err
	}
	headers := []headerBody{}
	if len(q.Types) > 0 {
		page, err := a.config.Modeler.List(r.Context(), r.subject, q)
		if err != nil {
			return err
		}
		for i := range page.Headers {
			headers = append(headers, leanHeader(&page.Headers[i]))
		}
	}
	writeJSON(w, http.StatusOK, headers)
	return nil
}

func decodeList(p *params) (q searchlight.ListQuery, err error) {
	if q.Types, err = decodeTypes(p); err != nil {
		return q, err
	}
	names, err := p.enums("subtypes", subtypes)
	if err != nil {
		return q, err
	}
	for _, name := range names {
		q.Subtypes = append(q.Subtypes, searchlight.Subtype(name))
	}
	category, err := p.enum("category", string(searchlight.CategoryAll), categories...)
	if err != nil {
		return q, err
	}
	sort, err := p.enum("sort", string(searchlight.SortDefault), sortKeys...)
	if err != nil {
		return q, err
	}
	q.Category, q.Sort = searchlight.Category(category), searchlight.SortKey(sort)
	if q.Ascending, err = p.boolean("sortascending"); err != nil {
		return q, err
	}
	if q.Offset, err = p.integer("offset", 0); err != nil {
		return q, err
	}
	if q.Limit, err = p.integer("batchsize", 0); err != nil {
		return q, err
	}
	q.Offset, q.Limit = min(max(q.Offset, 0), maxOffset), min(max(q.Limit, 0), maxOffset)
	q.Pattern, _ = p.text("pattern")
	if q.Tags, err = p.array("tagname"); err != nil {
		return q, err
	}
	if q.Skip, err = p.guids("skipids"); err != nil {
		return q, err
	}
	if q.Fetch, err = p.guids("fetchids"); err != nil {
		return q, err
	}
	q.AutoCreated, err = p.boolean("auto_created")
	return q, err
}

// decodeTypes returns no type when there cannot be any objects. An unknown type
// is a 500, as the vendor's documentation has it.
func decodeTypes(p *params) ([]searchlight.ObjectType, error) {
	known := slices.Concat(listedTypes, abandonedTypes, unlistedTypes)
	name, err := p.enum("type", "", known...)
	switch {
	case err != nil:
		return nil, &statusError{http.StatusInternalServerError, err}
	case name == "":
		return contentTypes, nil
	case slices.Contains(abandonedTypes, name):
		return nil, nil
	case slices.Contains(unlistedTypes, name):
		return nil, errJoinsUnlisted()
	}
	return []searchlight.ObjectType{searchlight.ObjectType(name)}, nil
}

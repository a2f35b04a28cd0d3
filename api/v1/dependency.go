package v1

import (
	"net/http"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/metadata"
)

func (a *API) dependencyRoutes() []route {
	routes := []route{
		{method: "POST", path: "/dependency/listdependents", handle: a.listDependents},
		{method: "GET", path: "/dependency/pinboard", handle: a.groupsOfPinboard},
		{method: "GET", path: "/dependency/listincomplete", handle: a.listIncomplete},
	}
	for path, t := range map[string]searchlight.ObjectType{
		"logicalcolumn": searchlight.TypeLogicalColumn, "logicaltable": searchlight.TypeLogicalTable,
		"logicalrelationship": metadata.TypeLogicalRelationship, "physicalcolumn": metadata.TypePhysicalColumn, "physicaltable": metadata.TypePhysicalTable,
	} {
		routes = append(routes, route{method: "GET", path: "/dependency/" + path, handle: func(w http.ResponseWriter, r *request) error {
			return a.dependentsOf(w, r, t)
		}})
	}
	return routes
}

// dependentsBody holds full headers by id of what was asked for, and by type.
type dependentsBody map[searchlight.GUID]map[searchlight.ObjectType][]fullHeaderBody

// listDependents is POST dependency/listdependents (api-v1.md 3.5). A call
// without ids is a 500, as the documentation has it.
func (a *API) listDependents(w http.ResponseWriter, r *request) error {
	var allowed []string
	for _, t := range metadata.DependencyTypes {
		allowed = append(allowed, string(t))
	}
	t, err := r.params.enum("type", "", allowed...)
	if err != nil {
		return err
	}
	if ids, err := r.params.array("id"); err == nil && len(ids) == 0 {
		return &statusError{http.StatusInternalServerError, r.params.missing("id")}
	}
	return a.dependentsOf(w, r, searchlight.ObjectType(t))
}

func (a *API) dependentsOf(w http.ResponseWriter, r *request, t searchlight.ObjectType) (err error) {
	q := metadata.DependentsRequest{Type: t}
	if q.IDs, err = r.params.requiredGUIDs("id"); err != nil {
		return err
	}
	if q.Offset, err = r.params.integer("offset", 0); err != nil {
		return err
	}
	if q.Limit, err = r.params.integer("batchsize", 0); err != nil {
		return err
	}
	q.Offset, q.Limit = max(q.Offset, 0), max(q.Limit, 0)
	found, err := a.config.Modeler.Dependents(r.Context(), r.subject, q)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, describeDependents(found))
	return nil
}

func describeDependents(found *metadata.Dependents) dependentsBody {
	body := dependentsBody{}
	for id, headers := range found.Of {
		body[id] = map[searchlight.ObjectType][]fullHeaderBody{}
		for i, header := range fullHeaders(headers, found.Details) {
			t := headers[i].Type
			body[id][t] = append(body[id][t], header)
		}
	}
	return body
}

// groupsOfPinboard is GET dependency/pinboard: the groups whose members see a
// pinboard first. Its parameter is documented under two names.
func (a *API) groupsOfPinboard(w http.ResponseWriter, r *request) error {
	ids, err := r.params.guids("ids")
	if err == nil && len(ids) == 0 {
		ids, err = r.params.guids("id")
	}
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return r.params.missing("ids")
	}
	found, err := a.config.Modeler.DefaultOf(r.Context(), r.subject, ids)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, describeDependents(found))
	return nil
}

// incompleteBody is a worksheet that cannot be used.
type incompleteBody struct {
	Worksheet fullHeaderBody     `json:"worksheet"`
	Details   []incompleteDetail `json:"incompleteDetails"`
}

// listIncomplete is GET dependency/listincomplete.
func (a *API) listIncomplete(w http.ResponseWriter, r *request) error {
	found, err := a.config.Modeler.Incomplete(r.Context(), r.subject)
	if err != nil {
		return err
	}
	list := []incompleteBody{}
	for i := range found.List {
		s := &found.List[i]
		list = append(list, incompleteBody{fullHeaders([]searchlight.Header{s.Header}, found.Details)[0], describeProblems(s.Problems)})
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

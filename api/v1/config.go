package v1

import (
	"maps"
	"net/http"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

func (a *API) configRoutes() []route {
	return []route{
		{method: "GET", path: "/admin/configinfo", handle: a.configInfo},
		{method: "POST", path: "/admin/configinfo", handle: a.configInfo}, // so the documentation has it in one place
		{method: "GET", path: "/admin/configinfo/overrides", handle: a.configOverrides},
		{method: "POST", path: "/admin/configinfo/update", event: searchlight.EventSettingsChanged, handle: a.updateConfig},
	}
}

// configInfo is GET admin/configinfo: what session/info shows of the
// configuration.
func (a *API) configInfo(w http.ResponseWriter, r *request) error {
	if err := r.subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, a.describeSession(r.subject, r.expires).ConfigInfo)
	return nil
}

// configOverrides is GET admin/configinfo/overrides: the settings that can be
// changed while the server runs, of which there are none.
func (a *API) configOverrides(w http.ResponseWriter, r *request) error {
	if err := r.subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// updateConfig is POST admin/configinfo/update.
func (a *API) updateConfig(w http.ResponseWriter, r *request) error {
	var changes map[string]any
	given, err := r.params.object("configchanges", &changes)
	if err == nil && !given {
		err = r.params.missing("configchanges")
	}
	if err != nil {
		return err
	}
	if err := r.subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		return errFixedSetting(name)
	}
	return done(w, nil)
}

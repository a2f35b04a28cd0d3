package app_test

import (
	"context"
	"encoding/json"

	"github.com/searchlight-bi/searchlight"
)

// access says who may call a route and who may not. Parameters are
// key=value&key=value, where $name stands for an id or a name of the scene, or
// for what prepared makes; self is the caller. Those that the path has in braces
// go there.
//
// The outcomes are those of nobody, other, reader, editor, member and admin, in
// this order: a status; with + when the answer must name the object of shows,
// with - when it must not, and with E when the answer says that the object could
// not be imported or exported.
type access struct {
	route    string
	with     string
	outcomes string
	holding  []searchlight.Privilege // of all but admin
	shows    string
	form     bool   // multipart, always
	file     string // content of one
	before   func(*scene)
	// events are what a success may be in the audit log; none: what the route says.
	events []searchlight.EventType
	// silent says why a success is not in the audit log.
	silent string
	// tells says why the answer may tell objects that are not there from those
	// that may not be seen.
	tells string
}

// The outcomes that many routes have.
const (
	adminsRead    = "401 403 403 403 403 200"
	adminsChange  = "401 403 403 403 403 204"
	readersRead   = "401 403 200 200 200 200"
	everybody     = "401 204 204 204 204 204"
	signedIn      = "401 200 200 200 200 200"
	editorsChange = "401 403 403 204 403 204"
)

var (
	dataManagement = []searchlight.Privilege{searchlight.PrivilegeDataManagement}
	downloading    = []searchlight.Privilege{searchlight.PrivilegeDataDownloading}
	uploading      = []searchlight.Privilege{searchlight.PrivilegeUserDataUpload}
)

// accesses has a row at least for each route; TestT01_T02_EveryRoute fails
// without one.
var accesses = []access{
	// Sessions and tokens. Those who prove in the call itself who they are need no session.
	{route: "POST /session/login", with: "username=$targetName&password=$password", outcomes: "204 204 204 204 204 204"},
	{route: "POST /session/login", with: "username=$targetName&password=wrong", outcomes: "401 401 401 401 401 401"},
	{route: "POST /session/logout", outcomes: everybody},
	{route: "GET /session/info", outcomes: "401 200+ 200+ 200+ 200+ 200+", shows: "self"},
	{route: "GET /session/isactive", outcomes: everybody},
	{route: "POST /session/auth/token", with: "secret_key=$key&username=$targetName&access_level=FULL", outcomes: "200 200 200 200 200 200", events: []searchlight.EventType{searchlight.EventTokenCreated}},
	{route: "POST /session/auth/token", with: "secret_key=wrong&username=$targetName&access_level=FULL", outcomes: "401 401 401 401 401 401"},
	{route: "POST /session/login/token", with: "auth_token=$token&username=$targetName&no_url_redirection=true", outcomes: "204 204 204 204 204 204", events: []searchlight.EventType{searchlight.EventLogin}},
	{route: "POST /session/login/token", with: "auth_token=$token&username=$authorName&no_url_redirection=true", outcomes: "401 401 401 401 401 401"},
	{route: "GET /session/login/token", with: "auth_token=$token&username=$targetName", outcomes: "302 302 302 302 302 302", events: []searchlight.EventType{searchlight.EventLogin}},
	{route: "GET /api/app/trusted-auth/keys", outcomes: adminsRead},
	{route: "POST /api/app/trusted-auth/keys", outcomes: adminsRead, before: (*scene).oneKey},
	{route: "DELETE /api/app/trusted-auth/keys/{id}", with: "id=$spareKey", outcomes: adminsChange},

	// The audit log.
	{route: "GET /logs/topics/{topic}", with: "topic=security_logs", outcomes: adminsRead, events: []searchlight.EventType{searchlight.EventAuditRead}},
	{route: "GET /api/app/audit", outcomes: adminsRead, events: []searchlight.EventType{searchlight.EventAuditRead}},

	// Data.
	{route: "POST /searchdata", with: "query_string=[Region] [Amount]&data_source_guid=$worksheet", outcomes: readersRead, before: (*scene).fill},
	{route: "POST /searchdata", with: "query_string=[region] [amount]&data_source_guid=$table", outcomes: readersRead, before: (*scene).fill},
	{route: "POST /api/app/load", with: "table=$tableName", file: rows, form: true, holding: uploading, outcomes: "401 403 403 200+ 403 200+", shows: "table", before: (*scene).fill,
		tells: "a table of the built-in store has one name for everybody"},
	{route: "POST /api/app/load", with: "table=$newName", file: rows, form: true, holding: uploading, outcomes: "401 200 200 200 200 200"},

	// Objects.
	{route: "GET /metadata/listobjectheaders", with: `type=LOGICAL_TABLE&fetchids=["$worksheet"]`, outcomes: "401 200- 200+ 200+ 200+ 200+", shows: "worksheet"},
	{route: "GET /metadata/listobjectheaders", with: `type=DATA_SOURCE&fetchids=["$connection"]`, outcomes: "401 200- 200+ 200+ 200+ 200+", shows: "connection"},
	{route: "GET /metadata/listobjectheaders", with: `type=USER&fetchids=["$admin"]`, outcomes: "401 200- 200- 200- 200- 200+", shows: "admin"},
	{route: "GET /metadata/list", with: `type=LOGICAL_TABLE&fetchids=["$worksheet"]`, outcomes: "401 200- 200+ 200+ 200+ 200+", shows: "worksheet"},
	{route: "GET /metadata/list", with: `type=LOGICAL_COLUMN&fetchids=["$tableRegion"]`, outcomes: "401 200- 200+ 200+ 200+ 200+", shows: "tableRegion"},
	{route: "GET /metadata/list", with: `type=LOGICAL_COLUMN&showhidden=true&fetchids=["$tableMargin"]`, holding: dataManagement, outcomes: "401 200- 200- 200+ 200- 200+", shows: "tableMargin"},
	{route: "GET /metadata/list", with: `type=USER&fetchids=["$target"]`, outcomes: "401 200+ 200+ 200+ 200+ 200+", shows: "target"},
	{route: "GET /metadata/list", with: `type=USER_GROUP&fetchids=["$team"]`, outcomes: "401 200- 200- 200- 200+ 200+", shows: "team"},
	{route: "GET /metadata/details", with: `type=LOGICAL_TABLE&id=["$table"]`, outcomes: readersRead},
	{route: "GET /metadata/details", with: `type=LOGICAL_TABLE&id=["$table"]&showhidden=true`, holding: dataManagement, outcomes: "401 403 200- 200+ 200- 200+", shows: "tableMargin"},
	{route: "GET /metadata/details", with: `type=DATA_SOURCE&id=["$connection"]`, outcomes: readersRead},
	{route: "GET /metadata/details", with: `type=USER&id=["$target"]`, outcomes: adminsRead},
	{route: "GET /metadata/detail/{guid}", with: "guid=$pinboard&type=PINBOARD_ANSWER_BOOK", outcomes: "401 404 200 200 200 200"},
	{route: "GET /metadata/detail/{guid}", with: "guid=$circle&type=USER_GROUP", outcomes: adminsRead},
	{route: "GET /metadata/listcolumns/{id}", with: "id=$table", outcomes: readersRead},
	{route: "GET /metadata/listcolumns/{id}", with: "id=$table&showhidden=true", holding: dataManagement, outcomes: "401 403 200- 200+ 200- 200+", shows: "tableMargin"},
	{route: "POST /metadata/delete", with: `type=QUESTION_ANSWER_BOOK&id=["$answer"]`, outcomes: editorsChange, events: []searchlight.EventType{searchlight.EventAnswersDeleted}},
	{route: "POST /metadata/delete", with: `type=LOGICAL_TABLE&id=["$view"]`, outcomes: editorsChange, events: []searchlight.EventType{searchlight.EventModelDeleted}},
	{route: "POST /metadata/delete", with: `type=LOGICAL_TABLE&id=["$table"]`, outcomes: "401 403 403 400 403 400"},
	{route: "POST /metadata/delete", with: `type=TAG&id=["$tag"]`, outcomes: adminsChange, events: []searchlight.EventType{searchlight.EventTagsChanged}},
	{route: "POST /metadata/create", with: "type=TAG&name=$newName", outcomes: adminsRead},
	{route: "POST /metadata/assigntag", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&tagid=["$tag"]`, outcomes: editorsChange},
	{route: "POST /metadata/unassigntag", with: `type=LOGICAL_COLUMN&id=["$tableRegion"]&tagname=["$tagName"]`, outcomes: editorsChange},
	{route: "POST /metadata/markunmarkfavoritefor", with: `type=PINBOARD_ANSWER_BOOK&ids=["$pinboard"]`, outcomes: "401 403 204 204 204 204"},
	{route: "POST /metadata/markunmarkfavoritefor", with: `type=PINBOARD_ANSWER_BOOK&ids=["$pinboard"]&userid=$reader`, outcomes: "401 403 204 403 403 204"},
	{route: "DELETE /metadata/markunmarkfavoritefor", with: `ids=["$pinboard"]`, outcomes: everybody},
	{route: "DELETE /metadata/markunmarkfavoritefor", with: `ids=["$pinboard"]&userid=$reader`, outcomes: "401 403 204 403 403 204"},
	{route: "POST /session/homepinboard", with: "id=$pinboard", outcomes: "401 403 204 204 204 204"},
	{route: "POST /session/homepinboard", with: "id=$pinboard&userid=$reader", outcomes: "401 403 204 403 403 204"},
	{route: "GET /session/homepinboard", outcomes: signedIn},
	{route: "DELETE /session/homepinboard", outcomes: signedIn},
	{route: "GET /session/orgs", outcomes: signedIn},
	{route: "PUT /session/orgs", with: "orgid=0", outcomes: everybody},
	{route: "PUT /session/orgs", with: "orgid=7", outcomes: "401 403 403 403 403 403"},
	{route: "GET /session/orgs/users/{userid}", with: "userid=$target", outcomes: adminsRead},
	{route: "GET /session/orgs/users/{userid}", with: "userid=$self", outcomes: signedIn},
	{route: "GET /admin/configinfo", outcomes: adminsRead},
	{route: "POST /admin/configinfo", outcomes: adminsRead},
	{route: "GET /admin/configinfo/overrides", outcomes: adminsRead},
	{route: "POST /admin/configinfo/update", with: "configchanges={}", outcomes: adminsChange, silent: "nothing changes"},
	{route: "POST /admin/configinfo/update", with: `configchanges={"a":1}`, outcomes: "401 403 403 403 403 400"},
	{route: "POST /dependency/listdependents", with: `type=LOGICAL_TABLE&id=["$table"]`, outcomes: readersRead},
	{route: "GET /dependency/logicaltable", with: `id=["$worksheet"]`, outcomes: readersRead},
	{route: "GET /dependency/logicalcolumn", with: `id=["$tableRegion"]`, outcomes: readersRead},
	{route: "GET /dependency/logicalrelationship", with: `id=["$join"]`, outcomes: readersRead},
	{route: "GET /dependency/physicaltable", with: `id=["$table"]`, outcomes: readersRead},
	{route: "GET /dependency/physicalcolumn", with: `id=["$tableRegion"]`, outcomes: readersRead},
	{route: "GET /dependency/pinboard", with: `ids=["$pinboard"]`, outcomes: readersRead},
	{route: "GET /dependency/listincomplete", outcomes: signedIn},
	{route: "POST /metadata/tml/import", with: "import_objects=$worksheetDocument", holding: dataManagement, outcomes: "401 200E 200E 200 200E 200",
		tells: "a GUID cannot be taken twice (tml.md 3.8)"},
	{route: "POST /metadata/tml/import", with: "import_objects=$tableDocument&skip_cdw_validation_for_tables=true", holding: dataManagement, outcomes: "401 200E 200E 200 200E 200",
		tells: "a GUID cannot be taken twice (tml.md 3.8)"},
	{route: "POST /metadata/tml/import", with: "import_objects=$connectionDocument", holding: dataManagement, outcomes: "401 200E 200E 200 200E 200",
		tells: "a GUID cannot be taken twice (tml.md 3.8)"},
	{route: "POST /metadata/tml/export", with: `export_ids=["$worksheet"]`, holding: downloading, outcomes: "401 200E 200 200 200 200"},
	{route: "POST /metadata/tml/export", with: `export_ids=["$connection"]`, holding: dataManagement, outcomes: "401 200E 200 200 200 200"},

	// Shares.
	{route: "POST /security/share", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&permission={"permissions":{"$target":{"shareMode":"READ_ONLY"}}}`, outcomes: "401 403 204 204 204 204"},
	{route: "POST /security/share", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&permission={"permissions":{"$target":{"shareMode":"MODIFY"}}}`, outcomes: editorsChange},
	{route: "POST /security/share", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]&permission={"permissions":{"$spare":{"shareMode":"READ_ONLY"}}}`, outcomes: adminsChange},
	{route: "POST /security/share", with: `type=LOGICAL_TABLE&id=["$worksheet"]&permission={"permissions":{"$target":{"shareMode":"READ_ONLY"}}}`, outcomes: adminsChange},
	{route: "POST /security/share", with: `type=LOGICAL_TABLE&id=["$table"]&permission={"permissions":{"$target":{"shareMode":"READ_ONLY"}}}`, outcomes: editorsChange},
	{route: "POST /security/share", with: `type=LOGICAL_COLUMN&id=["$tableRegion"]&permission={"permissions":{"$target":{"shareMode":"READ_ONLY"}}}`, outcomes: editorsChange},
	{route: "POST /security/shareviz", with: `type=PINBOARD_ANSWER_BOOK&pinboardId=$pinboard&vizid=$tile&principalids=["$target"]`, outcomes: "401 403 204 204 204 204"},
	{route: "GET /security/metadata/permissions", with: `type=LOGICAL_TABLE&id=["$table"]`, outcomes: readersRead},
	{route: "GET /security/metadata/permissions", with: `type=LOGICAL_TABLE&id=["$table"]`, outcomes: "401 403 200- 200+ 200- 200+", shows: "editor"},
	{route: "GET /security/metadata/{id}/permissions", with: `type=QUESTION_ANSWER_BOOK&id=$answer`, outcomes: readersRead},
	{route: "POST /security/definedpermission", with: `type=PINBOARD_ANSWER_BOOK&id=["$pinboard"]`, outcomes: readersRead},
	{route: "POST /security/effectivepermissionbulk", with: `idsbytype={"DATA_SOURCE":["$connection"]}`, outcomes: readersRead},
	{route: "GET /metadata/listas", with: "type=USER&pattern=$worksheetName", outcomes: "401 200- 200+ 200+ 200+ 200+", shows: "worksheet"},
	{route: "GET /metadata/listas", with: "type=USER&principalid=$reader", outcomes: "401 403 200 403 403 200"},

	// Users. All but what people do with their own account is for administrators.
	{route: "GET /user", outcomes: adminsRead},
	{route: "GET /user", with: "userid=$target", outcomes: adminsRead},
	{route: "GET /user", with: "name=$targetName", outcomes: adminsRead},
	{route: "POST /user", with: "name=$newName&displayname=new&password=$password", outcomes: adminsRead},
	{route: "PUT /user/{userid}", with: `userid=$target&content={"displayName":"new"}`, outcomes: adminsChange},
	{route: "PUT /user/{userid}", with: `userid=$self&content={"userContent":{"userPreferences":{"notifyOnShare":false}}}`, outcomes: everybody, events: []searchlight.EventType{searchlight.EventPreferencesChanged, searchlight.EventUsersModified}},
	{route: "DELETE /user/{userid}", with: "userid=$target", outcomes: adminsChange},
	{route: "PUT /user/email", with: "userid=$target&emailid=new@example.com", outcomes: adminsChange},
	{route: "POST /user/addtoorg", with: `userids=["$target"]&orgid=0`, outcomes: adminsChange, silent: "everybody is in the one organization"},
	{route: "POST /user/addtoorg", with: `userids=["$target"]&orgid=7`, outcomes: "401 403 403 403 403 403"},
	{route: "GET /user/list", outcomes: adminsRead},
	{route: "POST /user/sync", form: true, with: "applyChanges=true&removeDeleted=false&password=$password&principals=$principals", outcomes: adminsRead, events: []searchlight.EventType{searchlight.EventUsersCreated}},
	{route: "POST /user/transfer/ownership", with: "fromUserName=$authorName&toUserName=$targetName", outcomes: adminsChange},
	{route: "POST /user/updatepassword", with: "name=$targetName&currentpassword=$password&password=Green-Heron-17-Call", outcomes: adminsChange, events: []searchlight.EventType{searchlight.EventPasswordUpdated}},
	{route: "POST /user/updatepassword", with: "name=$selfName&currentpassword=$password&password=Green-Heron-17-Call", outcomes: everybody, events: []searchlight.EventType{searchlight.EventPasswordUpdated}},
	{route: "POST /user/updatepreference", with: `userid=$target&preferences={"notifyOnShare":false}`, outcomes: adminsChange},
	{route: "POST /user/updatepreference", with: `preferences={"notifyOnShare":false}`, outcomes: everybody},
	{route: "POST /user/inactivate", with: "username=$targetName", outcomes: adminsRead},
	{route: "POST /user/activate", with: "userid=$target&auth_token=$activation&password=Green-Heron-17-Call", outcomes: "204 204 204 204 204 204"},
	{route: "POST /user/activate", with: "userid=$author&auth_token=$activation&password=Green-Heron-17-Call", outcomes: "403 403 403 403 403 403"},
	{route: "POST /user/resetpassword", with: "userid=$target&auth_token=$reset&password=Green-Heron-17-Call", outcomes: "204 204 204 204 204 204", events: []searchlight.EventType{searchlight.EventPasswordUpdated}},
	{route: "POST /user/resetpassword", with: "userid=$author&auth_token=$reset&password=Green-Heron-17-Call", outcomes: "401 401 401 401 401 401"},
	{route: "POST /user/session/invalidate", with: `userid=["$target"]`, outcomes: adminsChange},
	{route: "POST /session/user/create", with: "name=$newName&displayname=new&password=$password", outcomes: adminsRead},
	{route: "POST /session/user/deleteusers", with: `ids=["$target"]`, outcomes: adminsChange},
	{route: "POST /api/app/users/{userid}/reset-link", with: "userid=$target", outcomes: adminsRead},

	// Groups.
	{route: "GET /group", outcomes: adminsRead},
	{route: "GET /group", with: "groupid=$spare", outcomes: adminsRead},
	{route: "GET /group", with: "name=$spareName", outcomes: adminsRead},
	{route: "POST /group", with: "name=$newName&displayname=new", outcomes: adminsRead},
	{route: "PUT /group/{groupid}", with: `groupid=$spare&content={"displayName":"new"}`, outcomes: adminsChange},
	{route: "DELETE /group/{groupid}", with: "groupid=$spare", outcomes: adminsChange},
	{route: "POST /group/addprivilege", with: `privilege=ADMINISTRATION&groupNames=["$circleName"]`, outcomes: adminsChange},
	{route: "POST /group/removeprivilege", with: `privilege=DATAMANAGEMENT&groupNames=["$powerName"]`, outcomes: adminsChange, holding: dataManagement},
	{route: "POST /group/addrole", form: true, with: `roleID=r&groupNames=["$circleName"]`, outcomes: "401 403 403 403 403 400"},
	{route: "POST /group/removerole", form: true, with: `roleID=r&groupNames=["$circleName"]`, outcomes: "401 403 403 403 403 400"},
	{route: "POST /session/group/create", with: "name=$newName&displayname=new", outcomes: adminsRead},
	{route: "POST /session/group/deletegroups", with: `ids=["$spare"]`, outcomes: adminsChange},

	// Memberships.
	{route: "GET /user/{userid}/groups", with: "userid=$target", outcomes: adminsRead},
	{route: "POST /user/{userid}/groups", with: `userid=$self&groupids=["$administrators"]`, outcomes: "401 403 403 403 403 204", silent: "admin is in it already"},
	{route: "POST /user/{userid}/groups", with: `userid=$target&groupids=["$spare"]`, outcomes: adminsChange},
	{route: "PUT /user/{userid}/groups", with: `userid=$target&groupids=["$spare"]`, outcomes: adminsChange},
	{route: "DELETE /user/{userid}/groups", with: `userid=$target&groupids=["$circle"]`, outcomes: adminsChange},
	{route: "POST /group/{groupid}/user/{userid}", with: "groupid=$spare&userid=$target", outcomes: adminsChange},
	{route: "DELETE /group/{groupid}/user/{userid}", with: "groupid=$circle&userid=$target", outcomes: adminsChange},
	{route: "GET /group/{groupid}/users", with: "groupid=$circle", outcomes: adminsRead},
	{route: "POST /group/{groupid}/users", with: `groupid=$spare&userids=["$target"]`, outcomes: adminsChange},
	{route: "PUT /group/{groupid}/users", with: `groupid=$spare&userids=["$target"]`, outcomes: adminsChange},
	{route: "DELETE /group/{groupid}/users", with: `groupid=$circle&userids=["$target"]`, outcomes: adminsChange},
	{route: "GET /group/{groupid}/groups", with: "groupid=$circle", outcomes: adminsRead},
	{route: "POST /group/{groupid}/groups", with: `groupid=$administrators&principalids=["$circle"]`, outcomes: adminsChange},
	{route: "PUT /group/{groupid}/groups", with: `groupid=$spare&principalids=["$circle"]`, outcomes: adminsChange},
	{route: "DELETE /group/{groupid}/groups", with: `groupid=$spare&principalids=["$circle"]`, outcomes: adminsChange, before: (*scene).nest},
	{route: "POST /group/addmemberships", with: `groupids=["$spare"]&userids=["$target"]`, outcomes: adminsChange},
	{route: "POST /group/removememberships", with: `groupids=["$circle"]&userids=["$target"]`, outcomes: adminsChange},
	{route: "GET /group/listuser/{groupid}", with: "groupid=$circle", outcomes: adminsRead},
	{route: "GET /session/group/listuser/{groupid}", with: "groupid=$circle", outcomes: adminsRead},
	{route: "GET /session/group/listgroup/{groupid}", with: "groupid=$circle", outcomes: adminsRead},
	{route: "POST /session/group/adduser", with: "groupid=$spare&userid=$target", outcomes: adminsChange},
	{route: "POST /session/group/addgroups", with: `groupid=$spare&groupids=["$circle"]`, outcomes: adminsChange},
	{route: "POST /session/group/updateusersingroup", with: `groupid=$spare&userids=["$target"]`, outcomes: adminsChange},
	{route: "POST /session/group/updategroupsingroup", with: `groupid=$spare&groupids=["$circle"]`, outcomes: adminsChange},
}

// prepared is what a call needs beyond ids, made when it is asked for.
var prepared = map[string]func(*scene) string{
	"password":       func(*scene) string { return userPassword },
	"su":             func(*scene) string { return string(searchlight.SuperUserID) },
	"administrators": func(*scene) string { return string(searchlight.AdminGroupID) },
	"key":            func(s *scene) string { return s.key },
	"newName":        func(s *scene) string { return s.called("new") },
	"token": func(s *scene) string {
		s.spoil()
		token, err := s.Trusted.Issue(context.Background(), searchlight.TokenRequest{Key: s.key, User: s.ids["targetName"]})
		s.must(err)
		return token
	},
	"spareKey": func(s *scene) string {
		s.spoil()
		s.oneKey()
		_, id, err := s.Trusted.AddKey(context.Background(), s.operator())
		s.must(err)
		return string(id)
	},
	"activation": func(s *scene) string {
		s.spoil()
		in, err := s.Directory.Deactivate(context.Background(), s.operator(), s.ids["targetName"])
		s.must(err)
		return in.Token
	},
	"reset": func(s *scene) string {
		s.spoil()
		in, err := s.Directory.InviteReset(context.Background(), s.operator(), s.id("target"))
		s.must(err)
		return in.Token
	},
	"principals": func(s *scene) string {
		text, err := json.Marshal([]map[string]any{{"name": s.called("new"), "displayName": "new", "principalTypeEnum": "LOCAL_USER", "groupNames": []string{}}})
		s.must(err)
		return string(text)
	},
	"worksheetDocument":  func(s *scene) string { return s.document("worksheet", describe) },
	"tableDocument":      func(s *scene) string { return s.document("table", describe) },
	"connectionDocument": func(s *scene) string { return s.document("connection", describe) },
}

func describe(body map[string]any) { body["description"] = "new" }

func (s *scene) operator() *searchlight.Subject {
	s.t.Helper()
	operator, err := s.Operator(context.Background())
	s.must(err)
	return operator
}

// oneKey ends all keys of trusted authentication but that of the world.
func (s *scene) oneKey() {
	s.t.Helper()
	keys, err := s.Trusted.Keys(context.Background(), s.operator())
	s.must(err)
	for _, k := range keys[1:] {
		s.must(s.Trusted.RemoveKey(context.Background(), s.operator(), k.ID))
	}
}

// nest puts the group circle into the group spare.
func (s *scene) nest() {
	s.t.Helper()
	s.must(s.Directory.JoinGroups(context.Background(), s.operator(), []searchlight.GUID{s.id("circle")}, s.id("spare")))
}

package server_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
)

func TestDependencies(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	token := tokens[userName]
	orders := b.full(savedView, "Orders", map[string]any{"isAutoCreated": false, "isAutoDelete": false})
	sales, worksheet := b.tableHeader(salesTable, "Sales"), b.worksheetHeader()
	for _, tt := range []struct {
		path, kind, id string
		want           map[string]any
	}{
		{"logicaltable", "LOGICAL_TABLE", retail, map[string]any{"QUESTION_ANSWER_BOOK": []any{orders}, "PINBOARD_ANSWER_BOOK": []any{b.pinboardHeader()}}},
		{"logicaltable", "LOGICAL_TABLE", salesTable, map[string]any{"LOGICAL_TABLE": []any{worksheet}}},
		{"physicaltable", "PHYSICAL_TABLE", regionTable, map[string]any{"LOGICAL_TABLE": []any{sales}}},
		{"logicalcolumn", "LOGICAL_COLUMN", amount, map[string]any{"LOGICAL_TABLE": []any{worksheet}}},
		{"logicalcolumn", "LOGICAL_COLUMN", region, map[string]any{}},
		{"physicalcolumn", "PHYSICAL_COLUMN", code, map[string]any{"LOGICAL_TABLE": []any{sales}}},
		{"logicalrelationship", "LOGICAL_RELATIONSHIP", toRegions, map[string]any{}},
	} {
		want := map[string]any{tt.id: tt.want}
		b.do(get(at("/dependency/"+tt.path, "id", `["`+tt.id+`"]`), token)).wantsJSON(t, want)
		b.do(post("/dependency/listdependents", token, "type", tt.kind, "id", `["`+tt.id+`"]`, "batchsize", "-1", "offset", "-1")).wantsJSON(t, want)
		b.do(post("/dependency/listdependents", token, "id", tt.id)).wantsJSON(t, want)
	}
	b.do(post("/dependency/listdependents", token, "id", retail, "offset", "1", "batchsize", "1")).wantsJSON(t, map[string]any{retail: map[string]any{"PINBOARD_ANSWER_BOOK": []any{b.pinboardHeader()}}})
	b.do(post("/dependency/listdependents", token, "id", fmt.Sprintf(`["%s","%s"]`, regionTable, amount))).wantsJSON(t,
		map[string]any{regionTable: map[string]any{"LOGICAL_TABLE": []any{sales}}, amount: map[string]any{"LOGICAL_TABLE": []any{worksheet}}})
	b.grant(retail, viewer, searchlight.ReadOnly)
	b.do(get(at("/dependency/logicaltable", "id", retail), tokens["viewer"])).wantsJSON(t, map[string]any{retail: map[string]any{}})

	for _, name := range []string{"ids", "id"} {
		b.do(get(at("/dependency/pinboard", name, `["`+pinboard+`"]`), token)).wantsJSON(t, map[string]any{pinboard: map[string]any{"USER_GROUP": []any{teamHeader()}}})
	}
	b.do(get(base+"/dependency/listincomplete", token)).wantsJSON(t, []any{})
	b.update(func(tx searchlight.Tx) error { return tx.DeleteObject(salesTable) })
	b.do(get(base+"/dependency/listincomplete", tokens["tsadmin"])).wantsJSON(t, []any{map[string]any{"worksheet": worksheet,
		"incompleteDetails": []any{map[string]any{"message": "worksheet->tables(1st): Referenced table with name <b> Sales </b> not found."}}}})

	for _, tt := range []struct {
		c            call
		status, code int
		text         string
	}{
		{post("/dependency/listdependents", token), 500, 10000, "id is missing"}, {post("/dependency/listdependents", token, "id", "null"), 500, 10000, "id is missing"},
		{post("/dependency/listdependents", token, "id", "x"), 400, 10002, "GUIDs"}, {post("/dependency/listdependents", token, "type", "TAG", "id", retail), 400, 10002, "type must be"},
		{post("/dependency/listdependents", token, "id", retail, "offset", "x"), 400, 10002, "whole number"}, {post("/dependency/listdependents", token, "id", retail, "batchsize", "x"), 400, 10002, "whole number"},
		{get(base+"/dependency/logicaltable", token), 400, 10002, "id is missing"}, {get(base+"/dependency/logicalcolumn?id=x", token), 400, 10002, "GUIDs"},
		{get(base+"/dependency/pinboard", token), 400, 10002, "ids is missing"}, {get(base+"/dependency/pinboard?ids=x", token), 400, 10002, "GUIDs"},
	} {
		b.do(tt.c).wants(t, tt.status, tt.code, tt.text)
	}
}

// TestT03_T04_MetadataRoutesTellNothing compares the bytes of what stranger is
// told of what it may not see with those for what is not there.
func TestT03_T04_MetadataRoutesTellNothing(t *testing.T) {
	t.Parallel()
	b, tokens := newObjectsBench(t)
	b.grant(shown, stranger, searchlight.ReadOnly) // so that something of a worksheet is the stranger's
	b.update(func(tx searchlight.Tx) error { return tx.DeleteGrant(shown, stranger) })
	token := tokens["stranger"]
	q := url.QueryEscape
	all := map[string]string{pinboard: "PINBOARD_ANSWER_BOOK", savedView: "QUESTION_ANSWER_BOOK", retail: "LOGICAL_TABLE", salesTable: "LOGICAL_TABLE", warehouse: "DATA_SOURCE",
		tile: "PINBOARD_ANSWER_BOOK", region: "LOGICAL_COLUMN", shown: "LOGICAL_COLUMN", toRegions: "LOGICAL_RELATIONSHIP"}
	for name, route := range map[string]struct {
		status int
		make   func(kind, id string) call
		kinds  string // that the route takes; empty: all
	}{
		"details": {403, func(kind, id string) call {
			return get(base+"/metadata/details?type="+kind+"&id="+q(`["`+id+`"]`), token)
		}, "PINBOARD_ANSWER_BOOK QUESTION_ANSWER_BOOK LOGICAL_TABLE DATA_SOURCE"},
		"details of a tag": {403, func(_, id string) call { return get(base+"/metadata/details?type=TAG&id="+id, token) }, ""},
		"detail": {404, func(kind, id string) call { return get(base+"/metadata/detail/"+id+"?type="+kind, token) },
			"PINBOARD_ANSWER_BOOK QUESTION_ANSWER_BOOK LOGICAL_TABLE DATA_SOURCE"},
		"listcolumns": {403, func(_, id string) call { return get(base+"/metadata/listcolumns/"+id, token) }, ""},
		"delete": {403, func(kind, id string) call { return post("/metadata/delete", token, "type", kind, "id", id) },
			"PINBOARD_ANSWER_BOOK QUESTION_ANSWER_BOOK LOGICAL_TABLE DATA_SOURCE"},
		"assigntag": {403, func(kind, id string) call {
			return post("/metadata/assigntag", token, "type", kind, "id", id, "tagname", "Red")
		},
			"PINBOARD_ANSWER_BOOK QUESTION_ANSWER_BOOK LOGICAL_TABLE DATA_SOURCE LOGICAL_COLUMN"},
		"unassigntag": {403, func(kind, id string) call {
			return post("/metadata/unassigntag", token, "type", kind, "id", id, "tagid", redTag)
		},
			"PINBOARD_ANSWER_BOOK QUESTION_ANSWER_BOOK LOGICAL_TABLE DATA_SOURCE LOGICAL_COLUMN"},
		"a tag that is no tag": {400, func(_, id string) call {
			return post("/metadata/assigntag", token, "type", "LOGICAL_TABLE", "id", nobody, "tagid", id)
		}, ""},
		"favourite": {403, func(kind, id string) call {
			return post("/metadata/markunmarkfavoritefor", token, "type", kind, "ids", id)
		},
			"PINBOARD_ANSWER_BOOK QUESTION_ANSWER_BOOK LOGICAL_TABLE"},
		"no favourite":    {204, func(_, id string) call { return send("DELETE", "/metadata/markunmarkfavoritefor", token, "ids", id) }, ""},
		"home pinboard":   {403, func(_, id string) call { return post("/session/homepinboard", token, "id", id) }, ""},
		"listdependents":  {403, func(kind, id string) call { return post("/dependency/listdependents", token, "type", kind, "id", id) }, "LOGICAL_TABLE LOGICAL_COLUMN LOGICAL_RELATIONSHIP"},
		"of anything":     {403, func(_, id string) call { return post("/dependency/listdependents", token, "id", id) }, ""},
		"of tables":       {403, func(_, id string) call { return get(base+"/dependency/logicaltable?id="+id, token) }, ""},
		"of columns":      {403, func(_, id string) call { return get(base+"/dependency/physicalcolumn?id="+id, token) }, ""},
		"of joins":        {403, func(_, id string) call { return get(base+"/dependency/logicalrelationship?id="+id, token) }, ""},
		"groups":          {403, func(_, id string) call { return get(base+"/dependency/pinboard?ids="+id, token) }, ""},
		"fetched":         {200, func(kind, id string) call { return get(base+"/metadata/list?fetchids="+id, token) }, ""},
		"fetched headers": {200, func(kind, id string) call { return get(base+"/metadata/listobjectheaders?fetchids="+id, token) }, ""},
	} {
		for id, kind := range all {
			if route.kinds != "" && !slices.Contains(strings.Fields(route.kinds), kind) {
				continue
			}
			bytes := func(a answer, id string) string {
				for _, own := range []string{a.Header.Get("X-Callosum-Incident-Id"), a.Header.Get("X-Callosum-Trace-Id"), id} {
					a.body = strings.ReplaceAll(a.body, own, "-")
				}
				return fmt.Sprint(a.StatusCode, a.Header.Get("Content-Length"), a.body)
			}
			forbidden, absent := b.do(route.make(kind, id)), b.do(route.make(kind, nobody))
			if got, want := bytes(forbidden, id), bytes(absent, nobody); got != want || forbidden.StatusCode != route.status {
				t.Errorf("%s of %s %s: %s\nand of nothing: %s", name, kind, id, got, want)
			}
		}
	}
}

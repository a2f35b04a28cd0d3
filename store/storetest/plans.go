package storetest

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
)

// planner are the transactions of a store that can say how they answer.
type planner interface {
	Plans(do func() error) ([][]string, error)
}

// indexes are the pages that must be read from an index, and from which.
var indexes = map[string]string{
	"Admin/Default":             "objects_modified",
	"Admin/Everything":          "objects_modified",
	"Admin/OneType":             "objects_type_modified",
	"Admin/Worksheets":          "objects_type_modified",
	"Admin/ByName":              "objects_name",
	"Admin/ByNameDescending":    "objects_name",
	"Admin/OneTypeByName":       "objects_type_name",
	"Admin/ByCreated":           "objects_created",
	"Admin/OneTypeByCreated":    "objects_type_created",
	"Admin/ByModifiedAscending": "objects_modified",
	"Admin/CommonPattern":       "objects_modified",
	"Admin/ByAuthor":            "objects_by_author",
	"Admin/OneTypeByAuthor":     "objects_type_by_author",
	"Admin/RarePattern":         "objects_name",
	"Admin/Mine":                "objects_author_modified",
	"Admin/Users":               "users",
	"Admin/UsersByModified":     "users_modified",
	"Few/Default":               "access_modified",
	"Few/Users":                 "users",
	"Many/Default":              "access_modified",
	"Many/Everything":           "access_modified",
	"Many/OneType":              "access_modified",
	"Many/Worksheets":           "access_subtype",
	"Many/SecondPage":           "access_modified",
	"Many/ByName":               "access_name",
	"Many/ByNameDescending":     "access_name",
	"Many/OneTypeByName":        "access_name",
	"Many/ByCreated":            "access_created",
	"Many/ByModifiedAscending":  "access_modified",
	"Many/CommonPattern":        "access_modified",
	"Many/ByAuthor":             "access_by_author",
	"Many/OneTypeByAuthor":      "access_by_author",
	"Many/RarePattern":          "objects_name",
	"Many/Mine":                 "objects_author_modified",
	"Nothing/Default":           "access_modified",
	"ListAs/Few":                "access_modified",
	"ListAs/Many":               "access_modified",
	"ListAs/ManyModify":         "access_modified",
	"ListAs/ManyByOneSelf":      "access_modified",
}

// RunPlans checks that the lists of a store are read from indexes, and that a
// share costs the same however much a principal sees. settle makes the database
// count what it has, scan matches a step of a plan that goes through a whole
// table, and along one that goes through what belongs to a principal.
func RunPlans(t *testing.T, store searchlight.Store, settle func(), scan, along *regexp.Regexp) {
	if err := Populate(t.Context(), store, 1000); err != nil {
		t.Fatal(err)
	}
	sharePlans(t, store, scan, along) // also before anything is counted
	settle()
	sharePlans(t, store, scan, along)
	pages, err := Pages(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, page := range pages {
		index, ok := indexes[page.Name]
		if !ok {
			continue
		}
		seen++
		err := store.View(t.Context(), func(tx searchlight.Tx) error {
			plans, err := tx.(planner).Plans(func() error {
				_, err := tx.Headers(page.Query)
				return err
			})
			if err != nil {
				return err
			}
			found := false
			for _, plan := range plans {
				text := strings.Join(plan, "\n")
				found = found || strings.Contains(text, index)
				if scan.MatchString(text) {
					t.Errorf("%s goes through a table from end to end:\n%s", page.Name, text)
				}
			}
			if !found {
				t.Errorf("%s is not read from %s:\n%s", page.Name, index, plans)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", page.Name, err)
		}
	}
	if seen != len(indexes) {
		t.Errorf("%d pages were looked at, want %d", seen, len(indexes))
	}
}

// sharePlans shares objects with a principal who sees many, one of them and one
// that is new, and takes both back.
func sharePlans(t *testing.T, store searchlight.Store, scan, along *regexp.Regexp) {
	t.Helper()
	size := large(1000)
	err := store.Update(t.Context(), func(tx searchlight.Tx) error {
		plans, err := tx.(planner).Plans(func() error {
			for _, object := range []searchlight.GUID{size.object(7), size.object(1)} {
				grant := searchlight.Grant{Object: object, Principal: largeGroup(1), Level: searchlight.Modify, GrantedBy: searchlight.AdminUserID}
				if err := errors.Join(tx.SetGrant(grant), tx.DeleteGrant(object, grant.Principal)); err != nil {
					return err
				}
			}
			return nil
		})
		if len(plans) < 10 {
			t.Errorf("%d statements share and unshare two objects", len(plans))
		}
		for _, plan := range plans {
			if text := strings.Join(plan, "\n"); scan.MatchString(text) || along.MatchString(text) {
				t.Errorf("a share goes through more than its object:\n%s", text)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

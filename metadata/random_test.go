package metadata_test

import (
	"fmt"
	"math/rand"
	"regexp"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/internal/testsize"
	"github.com/searchlight-bi/searchlight/metadata"
)

// TestWhateverIsImportedStaysWhole imports random changes of what is stored,
// good and bad ones mixed. After each import everything stored must still make
// sense: its export can be imported again, and changes nothing. No rule is lost.
func TestWhateverIsImportedStaysWhole(t *testing.T) {
	t.Parallel()
	ids := []searchlight.GUID{warehouseID, shopsID, itemsID, linesID, bikesID, freeID, keepersID}
	rounds := testsize.Times(10)
	for seed := range int64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b := newBench(t)
			b.loadKept()
			b.load("guid: " + string(freeID) + `
worksheet:
  name: Second
  tables: [{id: L, name: SALE_LINES}, {name: SHOPS}]
  joins: [{name: own, source: L, destination: SHOPS, "on": "[L::Shop Id] = [SHOPS::Shop Id] and [SALE_LINES::Units] > 0"}]
  table_paths: [{id: P, table: L}, {id: Q, table: SHOPS, join_path: [{join: [own]}]}]
  formulas: [{name: F, expr: "sum ( [P::Units] ) / sum([P::Net Amount])"}]
  worksheet_columns: [{name: Shop, column_id: "Q::Shop Id"}, {name: F, formula_id: F}]
  joins_with: [{name: w, destination: {name: SHOPS}, on: "[Second::Shop] = [SHOPS::Shop Id]"}]
`)
			r := rand.New(rand.NewSource(seed))
			policies := []metadata.Policy{metadata.Partial, metadata.AllOrNone, metadata.ValidateOnly}
			counts := map[metadata.StatusCode]int{}
			for round := range rounds {
				var documents []string
				for _, i := range r.Perm(len(ids))[:1+r.Intn(4)] {
					documents = append(documents, mutate(r, b.text(ids[i]), round))
				}
				before := b.version()
				request := metadata.ImportRequest{Documents: documents, Policy: policies[r.Intn(3)], SkipPhysical: true}
				if round%3 > 0 {
					request.Policy = metadata.Partial
				}
				bad := false
				for _, result := range b.results(request) {
					counts[result.Status.Code]++
					bad = bad || result.Status.Code == metadata.StatusError
				}
				if (request.Policy == metadata.ValidateOnly || bad && request.Policy == metadata.AllOrNone) && b.version() != before {
					t.Fatalf("%s has written", request.Policy)
				}
				b.checkWhole(ids)
				b.contains(b.rules(shopsID), "- name: own\n", "- name: city\n")
				if t.Failed() {
					t.Fatalf("after round %d, %s:\n%s", round, request.Policy, strings.Join(documents, "\n---\n"))
				}
			}
			if counts[metadata.StatusOK] < rounds/2 || counts[metadata.StatusError] < rounds/2 {
				t.Errorf("the changes are one-sided: %v", counts)
			}
		})
	}
}

// checkWhole imports what is stored over itself.
func (b *bench) checkWhole(ids []searchlight.GUID) {
	b.Helper()
	var documents []string
	for _, r := range b.export(metadata.ExportRequest{IDs: ids, FQN: true}) {
		if r.Status.Code != metadata.StatusOK {
			b.Errorf("%s: %v", r.ID, r.Status)
		}
		documents = append(documents, r.Document)
	}
	before := b.version()
	for i, got := range b.request(metadata.ImportRequest{Documents: documents, SkipPhysical: true}) {
		if got != "OK" {
			b.Errorf("stored %s is broken: %s\n%s", ids[i], got, documents[i])
		}
	}
	if b.version() != before {
		b.Error("an export is not what is stored")
	}
}

var columnEntry = regexp.MustCompile(`(?m)^  - name: .*\n(    .*\n)+`)

// mutate changes an exported text: it renames the object or a column, drops a
// column or the description of the joins, or breaks a name.
func mutate(r *rand.Rand, text string, round int) string {
	for range 1 + r.Intn(2) {
		head, rest, ok := strings.Cut(text, "columns:\n")
		if !ok {
			return strings.Replace(text, "  name: ", "  name: x", r.Intn(2))
		}
		entries := columnEntry.FindAllStringIndex(rest, -1)
		if len(entries) == 0 {
			return text
		}
		at := entries[r.Intn(len(entries))]
		entry := rest[at[0]:at[1]]
		switch r.Intn(7) {
		case 0: // a column is renamed
			name, _, _ := strings.Cut(entry[len("  - name: "):], "\n")
			entry = strings.Replace(entry, name, fmt.Sprintf("%.8s %d", strings.Trim(name, `'"# `), round), 1)
		case 1: // removed
			entry = ""
		case 2:
			entry = strings.NewReplacer("INT64", "DOUBLE", "VARCHAR", "INT64").Replace(entry)
		case 3: // the object is renamed, with the joins in the file
			name := regexp.MustCompile(`(?m)^  name: (.*)$`).FindStringSubmatch(head)[1]
			now := fmt.Sprintf("%.5s_%d", name, round)
			head = strings.Replace(head, "  name: "+name, "  name: "+now, 1)
			rest = strings.ReplaceAll(rest, "["+name+"::", "["+now+"::")
			entries = columnEntry.FindAllStringIndex(rest, -1)
			at = entries[r.Intn(len(entries))]
			entry = rest[at[0]:at[1]]
		case 4: // the joins are not repeated
			if before, _, ok := strings.Cut(text, "  joins_with:\n"); ok {
				text = before
				continue
			}
		case 5: // a reference leads nowhere
			entry = strings.Replace(entry, "::", "::x", 1)
		case 6: // nothing but the description
			entry = strings.Replace(entry, "\n", fmt.Sprintf("\n    description: round %d\n", round), 1)
			if strings.Count(entry, "description:") > 1 {
				continue
			}
		}
		text = head + "columns:\n" + rest[:at[0]] + entry + rest[at[1]:]
	}
	return text
}

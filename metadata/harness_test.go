package metadata_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/datatype"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/metadata"
	"github.com/searchlight-bi/searchlight/store/sqlite"
)

// The GUIDs of the fixtures.
const (
	warehouseID searchlight.GUID = "8d2f1c50-7a41-4e0b-9c36-1f0e5b7a2c01"
	shopsID     searchlight.GUID = "3b1e9f02-52c7-4d7a-8a10-6c9d2e4f7b11"
	itemsID     searchlight.GUID = "5c7a1d34-0f6e-4b88-b2d9-91e3c5a80722"
	linesID     searchlight.GUID = "9e40b6c8-1d23-4f59-a7e6-0b5d8f3c2933"
	bikesID     searchlight.GUID = "a4d85e17-6b90-4c2f-8e71-d3f20c9b5644"
	modelID     searchlight.GUID = "2d9b47f6-e813-4a5c-9f02-b6c81d7e3a99"
	freeID      searchlight.GUID = "00000000-0000-4000-9000-000000000001"
	otherFreeID searchlight.GUID = "00000000-0000-4000-9000-000000000002"
)

// bench is a service on a store with the databases that the fixtures want.
type bench struct {
	*testing.T
	store     searchlight.Store
	databases *databases
	service   *metadata.Service
	now       *atomic.Int64 // of the store, in milliseconds

	admin, ann, bob *searchlight.Subject // ann and bob manage data
}

func newBench(t *testing.T) *bench {
	now := &atomic.Int64{}
	now.Store(1_600_000_000_000)
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "metadata.db"), sqlite.Options{
		Now: func() time.Time { return time.UnixMilli(now.Load()) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b := newBenchOn(t, store)
	b.now = now
	return b
}

func newBenchOn(t *testing.T, store searchlight.Store) *bench {
	b := &bench{T: t, store: store, databases: &databases{tables: fixtureTables()}}
	var guids atomic.Int64
	b.service = &metadata.Service{Store: store, Databases: b.databases, Secrets: &sealer{}, NewGUID: func() searchlight.GUID {
		return searchlight.GUID(fmt.Sprintf("11111111-0000-4000-8000-%012d", guids.Add(1)))
	}}
	b.admin = b.user(1, "root", searchlight.PrivilegeAdministration)
	b.ann = b.user(2, "ann", searchlight.PrivilegeDataManagement)
	b.bob = b.user(3, "bob", searchlight.PrivilegeDataManagement)
	return b
}

func (b *bench) user(n int, name string, privileges ...searchlight.Privilege) *searchlight.Subject {
	b.Helper()
	u := searchlight.User{ID: searchlight.GUID(fmt.Sprintf("22222222-0000-4000-8000-%012d", n)), Name: name, DisplayName: name,
		Type: "LOCAL_USER", State: searchlight.UserActive}
	if err := b.store.Update(b.Context(), func(tx searchlight.Tx) error { return tx.CreateUser(&u) }); err != nil {
		b.Fatal(err)
	}
	return &searchlight.Subject{User: u, Privileges: privileges}
}

// databases is what the databases behind connections hold.
type databases struct {
	mu      sync.Mutex
	tables  map[string][]engine.Column // by database.schema.table
	err     error
	looked  int
	secrets []string // sealed ones of the connections that were asked
	dropped []string // names of tables of the built-in store
	busy    error    // of Drop
	// meanwhile runs when Drop has been called, before it does anything.
	meanwhile func()
}

func (d *databases) Drop(_ context.Context, tables []engine.Table, forget func() error) error {
	if d.busy != nil {
		return d.busy
	}
	if d.meanwhile != nil {
		d.meanwhile()
	}
	if err := forget(); err != nil {
		return err
	}
	for _, t := range tables {
		d.dropped = append(d.dropped, t.Name)
	}
	return nil
}

func (d *databases) Describe(_ context.Context, _ searchlight.GUID, c *searchlight.Connection, t engine.Table) ([]engine.Column, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looked++
	for _, p := range c.Properties {
		if p.Sealed != nil {
			d.secrets = append(d.secrets, string(p.Sealed))
		}
	}
	columns, ok := d.tables[t.Database+"."+t.Schema+"."+t.Name]
	switch {
	case d.err != nil:
		return nil, d.err
	case !ok:
		return nil, &engine.Error{Kind: engine.KindNoTable, Message: "no such table"}
	}
	return columns, nil
}

func (d *databases) Knows(connectionType string) bool {
	return connectionType == searchlight.PostgresConnectionType || connectionType == searchlight.EmbeddedConnectionType
}

// columns describes columns as name:type.
func columns(list string) []engine.Column {
	var out []engine.Column
	for _, c := range strings.Fields(list) {
		name, kind, _ := strings.Cut(c, ":")
		typ, _ := datatype.ParseType(kind)
		out = append(out, engine.Column{Name: name, Type: typ, Native: strings.ToLower(kind)})
	}
	return out
}

func fixtureTables() map[string][]engine.Column {
	return map[string][]engine.Column{
		"PEDAL.retail.shops":      columns("shop_id:INT64 shop_name:VARCHAR city:VARCHAR town:VARCHAR opened:DATE"),
		"PEDAL.retail.items":      columns("item_id:INT32 item_name:VARCHAR category:VARCHAR list_price:DOUBLE"),
		"PEDAL.retail.sale_lines": columns("shop_id:INT64 item_id:INT64 sold_on:DATE channel:CHAR units:INT32 net_amount:DOUBLE blob:BLOB"),
		"PEDAL.retail.targets":    columns("shop_id:INT64 target:DOUBLE"),
		"PEDAL.retail.keepers":    columns("user_name:VARCHAR shop_id:INT64 level:INT64"),
	}
}

// sealer hides secrets, differently each time as real ones do.
type sealer struct{ calls atomic.Int64 }

func (s *sealer) Seal(secret, context string) ([]byte, error) {
	return fmt.Appendf(nil, "sealed %d %s", s.calls.Add(1), hex.EncodeToString([]byte(context+" "+secret))), nil
}

// file is a fixture of the reference. The row security of SHOPS is left out:
// only some may import it, and it has tests of its own.
func file(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "tml", "testdata", "fixtures", name))
	if err != nil {
		t.Fatal(err)
	}
	if name == shopsFile {
		before, _, _ := strings.Cut(string(text), rowSecurity)
		return before
	}
	return string(text)
}

// rowSecurity begins the row security of a table's document.
const rowSecurity = "  rls_rules:\n"

const (
	warehouseFile = "Pedal Warehouse.connection.tml"
	shopsFile     = "SHOPS.table.tml"
	itemsFile     = "ITEMS.table.tml"
	linesFile     = "SALE_LINES.table.tml"
	bikesFile     = "Bike Sales.worksheet.tml"
	modelFile     = "Bike Sales 2.model.tml"
)

var allFiles = []string{warehouseFile, shopsFile, itemsFile, linesFile, bikesFile}

func files(t testing.TB, names ...string) []string {
	var out []string
	for _, name := range names {
		out = append(out, file(t, name))
	}
	return out
}

// change replaces a part of a text, which must be there.
func change(t testing.TB, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		changed := strings.Replace(text, pairs[i], pairs[i+1], 1)
		if changed == text {
			t.Fatalf("the change of %q does not apply to\n%s", pairs[i], text)
		}
		text = changed
	}
	return text
}

// try imports as the administrator, and returns a line for each document.
func (b *bench) try(documents ...string) []string {
	b.Helper()
	return b.request(metadata.ImportRequest{Documents: documents})
}

func (b *bench) request(r metadata.ImportRequest) []string {
	b.Helper()
	var lines []string
	for _, result := range b.results(r) {
		lines = append(lines, line(result))
	}
	return lines
}

func (b *bench) results(r metadata.ImportRequest) []metadata.ImportResult {
	b.Helper()
	if r.Subject == nil {
		r.Subject = b.admin
	}
	results, err := b.service.Import(b.Context(), r)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range results {
		if (r.Header == nil) != (r.Status.Code == metadata.StatusError) {
			b.Errorf("header %v with %v", r.Header, r.Status)
		}
	}
	return results
}

func line(r metadata.ImportResult) string {
	if r.Status.Code == metadata.StatusOK {
		return "OK"
	}
	return fmt.Sprintf("%s %d %s", r.Status.Code, r.Status.Number, r.Status.Message)
}

// load imports documents that must be good.
func (b *bench) load(documents ...string) {
	b.Helper()
	for i, got := range b.try(documents...) {
		if !strings.HasPrefix(got, "OK") && !strings.HasPrefix(got, "WARNING") {
			b.Fatalf("document %d: %s", i, got)
		}
	}
}

// loadFixtures imports the fixtures.
func (b *bench) loadFixtures() {
	b.Helper()
	b.load(files(b, allFiles...)...)
}

func (b *bench) equal(got, want any) {
	b.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("(-want +got)\n%s", diff)
	}
}

// expect compares lines of results; a line that ends in … needs only begin so.
func (b *bench) expect(got []string, want ...string) {
	b.Helper()
	if len(got) != len(want) {
		b.Fatalf("%d results, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		start, open := strings.CutSuffix(want[i], "…")
		if got[i] != want[i] && !(open && strings.HasPrefix(got[i], start)) {
			b.Errorf("document %d:\n got %s\nwant %s", i+1, got[i], want[i])
		}
	}
}

func (b *bench) object(id searchlight.GUID) *searchlight.Object {
	b.Helper()
	var o *searchlight.Object
	err := b.store.View(b.Context(), func(tx searchlight.Tx) (err error) {
		o, err = tx.Object(id)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return o
}

func (b *bench) exists(id searchlight.GUID) bool {
	b.Helper()
	err := b.store.View(b.Context(), func(tx searchlight.Tx) error {
		_, err := tx.Header(id)
		return err
	})
	return err == nil
}

// version is the version of the store, which every change increases.
func (b *bench) version() int64 {
	b.Helper()
	var v int64
	err := b.store.View(b.Context(), func(tx searchlight.Tx) (err error) {
		v, err = tx.Version()
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return v
}

func (b *bench) export(r metadata.ExportRequest) []metadata.ExportResult {
	b.Helper()
	if r.Subject == nil {
		r.Subject = b.admin
	}
	results, err := b.service.Export(b.Context(), r)
	if err != nil {
		b.Fatal(err)
	}
	return results
}

// text is the exported YAML of one object.
func (b *bench) text(id searchlight.GUID) string {
	b.Helper()
	r := b.export(metadata.ExportRequest{IDs: []searchlight.GUID{id}})[0]
	if r.Status.Code != metadata.StatusOK {
		b.Fatalf("%s: %v", id, r.Status)
	}
	return r.Document
}

func (b *bench) contains(text string, parts ...string) {
	b.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			b.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

func (b *bench) lacks(text string, parts ...string) {
	b.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			b.Errorf("%q should not be in\n%s", part, text)
		}
	}
}

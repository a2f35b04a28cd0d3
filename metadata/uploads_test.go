package metadata_test

import (
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/metadata"
)

func upload(name, list string) metadata.Upload {
	return metadata.Upload{Table: engine.Table{Database: "searchlight", Schema: "main", Name: name}, Columns: columns(list)}
}

func (b *bench) sync(uploads ...metadata.Upload) []searchlight.Header {
	b.Helper()
	for _, u := range uploads {
		b.databases.tables[u.Table.Database+"."+u.Table.Schema+"."+u.Table.Name] = u.Columns
	}
	headers, err := b.service.SyncUploads(b.Context(), uploads, b.ann.User.ID)
	if err != nil {
		b.Fatal(err)
	}
	return headers
}

func TestUploadsBecomeTables(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	flights := upload("flights", "date:DATE origin:VARCHAR delay:INT32 distance:DOUBLE flight_no:INT64 Delay:VARCHAR raw:BLOB")
	headers := b.sync(flights, upload("airports", "iata:VARCHAR latitude:DOUBLE zip:VARCHAR"))
	b.equal([]any{headers[0].Name, headers[0].Subtype, headers[0].Author, headers[0].Connection}, []any{"flights", searchlight.SubtypeUpload, b.ann.User.ID, searchlight.EmbeddedConnectionID})
	text := b.text(headers[0].ID)
	b.equal(text, "guid: "+string(headers[0].ID)+`
table:
  name: flights
  db: searchlight
  schema: main
  db_table: flights
  columns:
  - name: date
    db_column_name: date
    properties:
      column_type: ATTRIBUTE
    db_column_properties:
      data_type: DATE
  - name: origin
    db_column_name: origin
    properties:
      column_type: ATTRIBUTE
    db_column_properties:
      data_type: VARCHAR
  - name: delay
    db_column_name: delay
    properties:
      column_type: MEASURE
      aggregation: SUM
    db_column_properties:
      data_type: INT32
  - name: distance
    db_column_name: distance
    properties:
      column_type: MEASURE
      aggregation: SUM
    db_column_properties:
      data_type: DOUBLE
  - name: flight_no
    db_column_name: flight_no
    properties:
      column_type: ATTRIBUTE
    db_column_properties:
      data_type: INT64
  - name: Delay_
    db_column_name: Delay
    properties:
      column_type: ATTRIBUTE
    db_column_properties:
      data_type: VARCHAR
`)
	before := b.version()
	b.equal(b.sync(flights)[0], headers[0])
	b.equal(b.version(), before)
	// It is exported, given a join, and imported again by its author.
	as := func(documents ...string) []string {
		return b.request(metadata.ImportRequest{Subject: b.ann, Documents: documents})
	}
	b.expect(as(text), "OK")
	b.equal(b.version(), before)
	joined := text + "  joins_with: [{name: to_airports, destination: {name: airports}, on: '[flights::origin] = [airports::iata]', type: INNER}]\n"
	joined = change(t, joined, "name: origin", "name: Origin", "[flights::origin]", "[flights::Origin]", "- name: delay\n", "- name: Late\n    description: minutes\n")
	b.expect(as(joined, "guid: "+string(freeID)+`
worksheet:
  name: Flights
  tables: [{name: flights}, {name: airports}]
  joins: [{name: to_airports, source: flights, destination: airports, type: LEFT_OUTER}]
  table_paths: [{id: f, table: flights}, {id: a, table: airports, join_path: [{join: [to_airports]}]}]
  worksheet_columns: [{name: Late, column_id: "f::Late"}, {name: Latitude, column_id: "a::latitude"}]
`), "OK", "OK")
	b.equal(b.object(headers[0].ID).Subtype, searchlight.SubtypeUpload)
	b.equal(summary(b.export(metadata.ExportRequest{Subject: b.ann, IDs: []searchlight.GUID{freeID}, Associated: true, WithConnection: true})), []string{
		"OK worksheet Flights.worksheet.tml < flights.table.tml < airports.table.tml", "OK table flights.table.tml", "OK table airports.table.tml"})

	// A new load keeps what was said of columns that stay, and follows the rest.
	b.now.Add(1000)
	headers = b.sync(upload("flights", "origin:VARCHAR delay:VARCHAR distance:INT64 late:BOOL"))
	got := b.text(headers[0].ID)
	b.contains(got, "name: Origin\n", "  - name: Late\n    description: minutes\n    db_column_name: delay\n    properties:\n      column_type: ATTRIBUTE\n    db_column_properties:\n      data_type: VARCHAR\n",
		"data_type: DOUBLE\n", "  - name: late_\n    db_column_name: late\n", "name: to_airports")
	b.lacks(got, "flight_no", "Delay_", "name: date")
	b.equal(strings.Count(got, "- name: distance"), 1)
	b.equal(headers[0].Version, int64(3))
	b.equal(b.object(headers[0].ID).Header, headers[0])
}

package main

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
)

// heavyTables are those of a search that takes far longer than a test: the join
// compares every pair.
const heavyTables = `CREATE TABLE wide_a AS SELECT 1 AS k, i AS n, 'a' || i AS a FROM %[1]s t(i);
CREATE TABLE wide_b AS SELECT 1 AS k, (i * 7919) %% %[2]d AS m, 'b' || i AS b FROM %[1]s t(i)`

// heavyWorksheet joins them.
var heavyWorksheet = document("", "worksheet", object{"name": "Heavy",
	"tables": []object{{"name": "wide_a"}, {"name": "wide_b"}},
	"joins": []object{{"name": "ab", "source": "wide_a", "destination": "wide_b", "type": "INNER", "is_one_to_one": false,
		"on": "[wide_a::k] = [wide_b::k] and [wide_a::n] >= [wide_b::m]"}},
	"table_paths": []object{{"id": "a", "table": "wide_a", "join_path": []object{{}}},
		{"id": "b", "table": "wide_b", "join_path": []object{{"join": []string{"ab"}}}}},
	"worksheet_columns": []object{
		{"name": "N", "column_id": "a::n", "properties": object{"column_type": "MEASURE", "aggregation": "SUM"}},
		{"name": "A", "column_id": "a::a", "properties": object{"column_type": "ATTRIBUTE"}},
		{"name": "B", "column_id": "b::b", "properties": object{"column_type": "ATTRIBUTE"}},
	}})

const heavySearch = "unique count [a] unique count [b] [n] [b] contains 'b'"

// TestAClientThatLeavesStopsTheBuiltInEngine looks at the processor: it is busy
// with the search, and idle soon after the client has left. It must not run
// beside other tests, which are parallel for their part.
func TestAClientThatLeavesStopsTheBuiltInEngine(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, fmt.Sprintf(heavyTables, "range(300000)", 300_000))
	server := start(t, "serve", dir)
	c := login(t, server.base)
	id := c.mustImport(heavyWorksheet)[0]
	c.leave(id, heavySearch, func() {
		if use := processorUse(time.Second); use < 0.5 {
			t.Fatalf("the search uses %.2f processors; the test needs a heavier one", use)
		}
	})
	for deadline := time.Now().Add(10 * time.Second); processorUse(300*time.Millisecond) > 0.3; {
		if time.Now().After(deadline) {
			t.Fatal("the engine still works for a client that has left")
		}
	}
	if d := c.mustSearch(id, "unique count [a] [a] = 'a7'"); string(d.Data) != "[[1]]" {
		t.Errorf("got %s", d.Data)
	}
}

// leave starts a search and leaves once busy returns.
func (c *client) leave(source searchlight.GUID, text string, busy func()) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	r := c.request(ctx, "POST", "searchdata", formType, form("query_string", text, "data_source_guid", string(source)).Encode())
	go func() {
		response, err := c.http.Do(r)
		if err == nil {
			_ = response.Body.Close()
		}
		done <- err
	}()
	busy()
	select {
	case err := <-done:
		c.t.Fatalf("the search ended too soon: %v", err)
	default:
	}
	cancel()
	<-done
}

// processorUse is how many processors this process keeps busy over a while.
func processorUse(over time.Duration) float64 {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			return 0
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begun, before := time.Now(), used()
	time.Sleep(over)
	return float64(used()-before) / float64(time.Since(begun))
}

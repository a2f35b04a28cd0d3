package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/internal/fixture"
	"github.com/searchlight-bi/searchlight/result"
)

// TestKilledWhileImporting kills the server between two imports or within one,
// again and again: what it finds afterwards is the state of one of them.
func TestKilledWhileImporting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fill(t, dir, fixture.Data)
	server := startChild(t, "serve", dir)
	c := login(t, server.base)
	documents := c.documents(place{database: "searchlight", schema: "main"})
	ids := c.mustImport(documents...)
	// Each generation writes its number into every document.
	generation := func(n int) []string {
		out := make([]string, len(documents))
		for i, d := range documents {
			kind := "table"
			if strings.Contains(d, `"worksheet":{`) {
				kind = "worksheet"
			}
			out[i] = strings.Replace(d, fmt.Sprintf(`"%s":{`, kind), fmt.Sprintf(`"%s":{"description":"generation %d",`, kind, n), 1)
			if !strings.Contains(d, `"guid"`) {
				out[i] = strings.Replace(out[i], "{", fmt.Sprintf(`{"guid":%q,`, ids[i]), 1)
			}
		}
		return out
	}
	c.mustImport(generation(0)...)
	random := rand.New(rand.NewPCG(1, 2))
	n, confirmed := 0, 0
	for round := range 4 {
		killed := make(chan struct{})
		victim := server
		time.AfterFunc(time.Duration(20+random.IntN(120))*time.Millisecond, func() { victim.kill(); close(killed) })
		for {
			n++
			body := form("import_policy", "ALL_OR_NONE", "import_objects", list(generation(n)...)).Encode()
			response, err := c.http.Do(c.request(context.Background(), "POST", "metadata/tml/import", formType, body))
			if err != nil {
				break
			}
			text, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			if err != nil {
				break
			}
			for _, o := range decodeImport(t, answer{status: response.StatusCode, body: text}) {
				if o.Status.Code == "ERROR" {
					t.Fatalf("import: %s", text)
				}
			}
			confirmed = n
		}
		<-killed
		server = startChild(t, "serve", dir)
		c = login(t, server.base)
		text := c.export(ids...)
		found := map[string]int{}
		for _, line := range strings.Split(text, "\n") {
			if _, number, ok := strings.Cut(line, "description: generation "); ok {
				found[strings.TrimSpace(number)]++
			}
		}
		if len(found) != 1 {
			t.Fatalf("round %d: generations %v; want one", round, found)
		}
		for number, count := range found {
			var got int
			if _, err := fmt.Sscan(number, &got); err != nil || count != len(ids) || got < confirmed || got > n {
				t.Fatalf("round %d: generation %s in %d of %d documents; confirmed were %d, begun %d", round, number, count, len(ids), confirmed, n)
			}
			confirmed = got
		}
		if d := c.mustSearch(salesSource, "[amount]"); d.RowCount != 1 {
			t.Errorf("round %d: %+v", round, d)
		}
	}
}

// TestKilledWhileLoading kills the load of a file: the table is the old or the
// new one.
func TestKilledWhileLoading(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string, rows int) string {
		var b strings.Builder
		b.WriteString("id,label\n")
		for i := range rows {
			fmt.Fprintf(&b, "%d,label of row %d\n", i, i)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const few, many = 1000, 150_000
	small, big := file("small.csv", few), file("big.csv", many)
	load := func(path string) *exec.Cmd {
		command := exec.Command(os.Args[0], "load", "--data-dir", dir, "--table", "things", path)
		command.Env = append(os.Environ(), asProgram+"=1")
		return command
	}
	if out, err := load(small).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	begun := time.Now()
	if out, err := load(big).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(begun)
	// Kills at a quarter, half and three quarters of the time that it takes.
	for quarter := range 3 {
		if out, err := load(small).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		command := load(big)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole * time.Duration(1+quarter) / 4)
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()
		if n := countRows(t, dir, "things"); n != few && n != many {
			t.Fatalf("after quarter %d: %d rows; want %d or %d", 1+quarter, n, few, many)
		}
	}
	c := login(t, start(t, "serve", dir).base)
	tables := c.list("type", "LOGICAL_TABLE", "pattern", "things")
	if len(tables) != 1 || tables[0].Type != string(searchlight.SubtypeUpload) {
		t.Fatalf("tables %+v", tables)
	}
	if d := c.mustSearch(tables[0].ID, "[label]", "batchsize", "1"); d.TotalRowCount != few && d.TotalRowCount != many {
		t.Errorf("%d rows", d.TotalRowCount)
	}
}

func countRows(t *testing.T, dir, table string) int {
	t.Helper()
	e := openBuiltIn(t, dir)
	defer func() { _ = e.Close() }()
	rows, err := e.Query(context.Background(), engine.Statement{SQL: "SELECT COUNT(*) FROM " + table})
	if err != nil {
		t.Fatal(err)
	}
	all, err := result.ReadAll(context.Background(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return int(all[0][0].(int64))
}

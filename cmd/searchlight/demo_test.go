package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/demo"
	"github.com/searchlight-bi/searchlight/engine"
	"github.com/searchlight-bi/searchlight/result"
)

// oracles are searches on the sample with SQL written by hand on its tables.
var oracles = []struct{ search, sql string }{
	{"[sales] [region] [date].monthly",
		`SELECT st.region, date_trunc('month', s.sale_date), SUM(s.amount) FROM sales s JOIN stores st ON s.store_id = st.store_id GROUP BY 1, 2`},
	{"[sales] [refund] [country]",
		`WITH s AS (SELECT st.country AS k, SUM(amount) AS m FROM sales JOIN stores st USING (store_id) GROUP BY 1),
		 r AS (SELECT st.country AS k, SUM(refund) AS m FROM returns JOIN stores st USING (store_id) GROUP BY 1)
		 SELECT COALESCE(s.k, r.k), COALESCE(s.m, 0), COALESCE(r.m, 0) FROM s FULL JOIN r ON s.k = r.k`},
	{"top 10 [product] [sales] [units]",
		`SELECT p.product, SUM(s.amount), SUM(s.quantity) FROM sales s JOIN products p USING (product_id) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`},
	{"[sales] [baskets] [date].weekly [date].2025 [region].nordics",
		`SELECT date_trunc('week', s.sale_date), SUM(s.amount), COUNT(DISTINCT s.basket_id) FROM sales s JOIN stores st USING (store_id)
		 WHERE year(s.sale_date) = 2025 AND lower(st.region) = 'nordics' GROUP BY 1`},
	{"[refund] [returned units] [return reason] [category].clothing",
		`SELECT r.reason, SUM(r.refund), SUM(r.quantity) FROM returns r JOIN products p USING (product_id) WHERE p.category = 'Clothing' GROUP BY 1`},
	{"[on hand] [category] [stock date].monthly [stock date] >= '01/01/2025'",
		`SELECT p.category, date_trunc('month', i.snapshot_date), SUM(i.on_hand) FROM inventory i JOIN products p USING (product_id)
		 WHERE i.snapshot_date >= DATE '2025-01-01' GROUP BY 1, 2`},
	{"[store] [sales] [country].germany sum [sales] > 100000",
		`SELECT st.store, SUM(s.amount) FROM sales s JOIN stores st USING (store_id) WHERE st.country = 'Germany' GROUP BY 1 HAVING SUM(s.amount) > 100000`},
	{"[sales] [segment] [segment] != 'student' [units] between 2 and 3 [payment] = 'card' 'cash'",
		`SELECT c.segment, SUM(s.amount) FROM sales s LEFT JOIN customers c USING (customer_id)
		 WHERE (c.segment <> 'Student' OR c.segment IS NULL) AND s.quantity BETWEEN 2 AND 3 AND s.payment IN ('card', 'cash') GROUP BY 1`},
	{"[average basket] [units per sale] [channel] [date].yearly",
		`SELECT s.channel, date_trunc('year', s.sale_date), SUM(s.amount) / COUNT(DISTINCT s.basket_id), SUM(s.quantity) / COUNT(DISTINCT s.basket_id)
		 FROM sales s GROUP BY 1, 2`},
	{"[sales] [margin] [generation]",
		`SELECT CASE WHEN c.birth_year IS NULL THEN 'not known' WHEN c.birth_year < 1965 THEN 'before 1965' WHEN c.birth_year < 1981 THEN '1965 to 1980'
		 WHEN c.birth_year < 1997 THEN '1981 to 1996' ELSE '1997 and later' END, SUM(s.amount), SUM(s.amount) - SUM(s.cost)
		 FROM sales s LEFT JOIN customers c USING (customer_id) GROUP BY 1`},
}

func TestDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, "demo", dir)
	greeting := server.stdout.String()
	for _, want := range []string{server.base, "tsadmin", password, demo.WorksheetName, server.base + "/external/swagger", "curl -s"} {
		if !strings.Contains(greeting, want) {
			t.Errorf("the greeting has no %q:\n%s", want, greeting)
		}
	}
	c := login(t, server.base)
	worksheets := c.list("type", "LOGICAL_TABLE", "subtypes", "[WORKSHEET]", "pattern", demo.WorksheetName)
	if len(worksheets) != 1 || !strings.Contains(greeting, string(worksheets[0].ID)) {
		t.Fatalf("worksheets %+v", worksheets)
	}
	retail := worksheets[0].ID
	if sources := c.list("type", "DATA_SOURCE"); len(sources) != 1 || sources[0].ID != searchlight.EmbeddedConnectionID {
		t.Errorf("connections %+v", sources)
	}

	for _, text := range demo.Searches() {
		if d := c.mustSearch(retail, text); d.RowCount == 0 || d.TotalRowCount != d.RowCount || len(d.rows(t)) != d.RowCount || d.SamplingRatio != 1 {
			t.Errorf("%s: %d rows of %d", text, d.RowCount, d.TotalRowCount)
		}
	}
	var answers [][]string
	for _, o := range oracles {
		answers = append(answers, normal(c.mustSearch(retail, o.search).rows(t)))
	}
	// A long result comes whole in pages of any size.
	whole := c.mustSearch(retail, "[customer] [sales]")
	var paged [][]any
	for {
		d := c.mustSearch(retail, "[customer] [sales]", "batchsize", "7000", "offset", strconv.Itoa(len(paged)))
		paged = append(paged, d.rows(t)...)
		if d.TotalRowCount != whole.TotalRowCount || d.PageSize != 7000 {
			t.Errorf("page %+v of %d rows", d.Offset, d.TotalRowCount)
		}
		if d.RowCount < d.PageSize {
			break
		}
	}
	if len(paged) != whole.TotalRowCount || !slices.Equal(texts(paged), texts(whole.rows(t))) {
		t.Errorf("%d rows in pages, %d at once", len(paged), whole.TotalRowCount)
	}
	if code := server.stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, server.stderr.String())
	}

	checkOracles(t, dir, answers)

	// A second start finds the data and says the same.
	again := start(t, "demo", dir)
	if strings.Contains(again.stderr.String(), "loaded") {
		t.Error("the second start loads the data again")
	}
	if same := strings.ReplaceAll(again.stdout.String(), again.base, server.base); same != greeting {
		t.Errorf("the second start says\n%s\ninstead of\n%s", same, greeting)
	}
	pasteCurl(t, again.stdout.String())
}

func checkOracles(t *testing.T, dir string, answers [][]string) {
	t.Helper()
	e := openBuiltIn(t, dir)
	defer func() { _ = e.Close() }()
	for i, o := range oracles {
		rows, err := e.Query(context.Background(), engine.Statement{SQL: o.sql})
		if err != nil {
			t.Fatalf("%s: %v", o.sql, err)
		}
		all, err := result.ReadAll(context.Background(), rows)
		if err != nil {
			t.Fatal(err)
		}
		if want := normal(all); len(want) == 0 || !slices.Equal(answers[i], want) {
			t.Errorf("%s: %d rows %.300v\nwant %d rows %.300v", o.search, len(answers[i]), answers[i], len(want), want)
		}
	}
}

// pasteCurl runs the command that the greeting prints.
func pasteCurl(t *testing.T, greeting string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("curl is not installed")
		}
		t.Skip("curl is not installed; the printed command is not tried")
	}
	_, command, _ := strings.Cut(greeting, "\n\ncurl ")
	command, _, _ = strings.Cut(command, "\n\n")
	shell := exec.Command("bash", "-c", "curl "+command)
	shell.Dir = t.TempDir()
	out, err := shell.Output()
	if err != nil {
		t.Fatalf("%s: %v", command, err)
	}
	var d data
	if err := json.Unmarshal(out, &d); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	if rows := d.rows(t); len(rows) != 5 || d.ColumnNames[0] != "Category" || rows[0][1].(float64) <= rows[4][1].(float64) {
		t.Errorf("got %s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(shell.Dir, "*")); len(left) != 0 {
		t.Errorf("the command leaves files: %v", left)
	}
}

// normal writes rows so that those of the API and of SQL compare, in one order.
func normal(rows [][]any) []string {
	out := texts(rows)
	slices.Sort(out)
	return out
}

func texts(rows [][]any) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, cell := range row {
			cells[j] = normalCell(cell)
		}
		out[i] = strings.Join(cells, "|")
	}
	return out
}

func normalCell(cell any) string {
	switch cell := cell.(type) {
	case time.Time:
		return normalCell(float64(cell.Unix()))
	case int64:
		return normalCell(float64(cell))
	case float64:
		return strconv.FormatFloat(math.Round(cell*1e6)/1e6, 'f', -1, 64)
	case string:
		if number, err := strconv.ParseFloat(cell, 64); err == nil {
			return normalCell(number)
		}
	}
	return fmt.Sprint(cell)
}

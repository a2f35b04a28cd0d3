package demo_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strings"
	"testing"

	"github.com/searchlight-bi/searchlight/demo"
	"github.com/searchlight-bi/searchlight/result"
)

// sample is the whole of a table in memory, column by column. Nulls are nil.
type sample struct {
	rows int
	of   map[string][]any
}

func read(t *testing.T, table demo.Table) sample {
	t.Helper()
	s := sample{of: map[string][]any{}}
	eachChunk(t, table, func(c *result.Chunk) {
		for i := range c.Vectors {
			v, name := &c.Vectors[i], table.Columns[i].Name
			for row := range c.Rows {
				var cell any
				switch {
				case v.IsNull(row):
				case v.Kind == result.KindText:
					cell = strings.Clone(v.Texts[row])
				case v.Kind == result.KindFloat:
					cell = v.Floats[row]
				default:
					cell = v.Ints[row]
				}
				s.of[name] = append(s.of[name], cell)
			}
		}
		s.rows += c.Rows
	})
	return s
}

func eachChunk(t *testing.T, table demo.Table, visit func(c *result.Chunk)) {
	t.Helper()
	rows := table.Rows()
	for {
		c, err := rows.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		visit(c)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
}

// all holds the tables once they have been read.
var all map[string]sample

func readAll(t *testing.T) map[string]sample {
	t.Helper()
	if all == nil {
		all = map[string]sample{}
		for _, table := range demo.Tables() {
			all[table.Name] = read(t, table)
		}
	}
	return all
}

// sum adds a column of whole numbers; nulls count as nothing.
func (s sample) sum(column string) (total int64) {
	for _, cell := range s.of[column] {
		if n, ok := cell.(int64); ok {
			total += n
		}
	}
	return total
}

func (s sample) nulls(column string) (n int) {
	for _, cell := range s.of[column] {
		if cell == nil {
			n++
		}
	}
	return n
}

// count counts the rows by the values of a column.
func (s sample) count(column string) map[any]int {
	counts := map[any]int{}
	for _, cell := range s.of[column] {
		counts[cell]++
	}
	return counts
}

// The data is part of what the product promises: documentation shows numbers
// from it. A change of these hashes changes them.
func TestSameBytesEverywhere(t *testing.T) {
	want := map[string]struct {
		rows int
		hash string
	}{
		"stores":    {61, "ba2aa7cdfbeda114"},
		"products":  {400, "7ef40e8ee26e849e"},
		"customers": {20000, "ee59e9c5c09b15ac"},
		"sales":     {590762, "d921ede74d99cf6c"},
		"returns":   {24971, "f3049cbc5fa30b84"},
		"inventory": {187631, "e2cf12512296ba7f"},
	}
	for _, table := range demo.Tables() {
		hash, rows := fnv.New64a(), 0
		var buffer []byte
		eachChunk(t, table, func(c *result.Chunk) {
			for row := range c.Rows {
				buffer = append(c.AppendRowsCompact(buffer[:0], row, row+1, nil), '\n')
				hash.Write(buffer)
			}
			rows += c.Rows
		})
		w, ok := want[table.Name]
		if got := fmt.Sprintf("%016x", hash.Sum64()); !ok || rows != w.rows || got != w.hash {
			t.Errorf("%q: {%d, %q}, want {%d, %q}", table.Name, rows, got, w.rows, w.hash)
		}
	}
}

func TestSize(t *testing.T) {
	tables := readAll(t)
	for name, bounds := range map[string][2]int{
		"stores": {58, 62}, "products": {400, 400}, "customers": {20_000, 20_000},
		"sales": {500_000, 700_000}, "returns": {20_000, 30_000}, "inventory": {100_000, 250_000},
	} {
		if n := tables[name].rows; n < bounds[0] || n > bounds[1] {
			t.Errorf("%s has %d rows, want %d to %d", name, n, bounds[0], bounds[1])
		}
	}
}

func TestReferences(t *testing.T) {
	tables := readAll(t)
	opened, joined := tables["stores"].of["opened"], tables["customers"].of["joined"]
	for _, fact := range []struct{ name, date string }{
		{"sales", "sale_date"}, {"returns", "return_date"}, {"inventory", "snapshot_date"},
	} {
		f := tables[fact.name]
		for row := range f.rows {
			day := f.of[fact.date][row].(int64)
			if day < 19358 || day > 20453 {
				t.Fatalf("%s row %d: day %d is outside 2023 to 2025", fact.name, row, day)
			}
			store := f.of["store_id"][row].(int64)
			if store < 1 || int(store) > tables["stores"].rows {
				t.Fatalf("%s row %d: no store %d", fact.name, row, store)
			}
			if opened[store-1].(int64) > day {
				t.Fatalf("%s row %d: store %d is not open yet", fact.name, row, store)
			}
			if product := f.of["product_id"][row].(int64); product < 1 || int(product) > tables["products"].rows {
				t.Fatalf("%s row %d: no product %d", fact.name, row, product)
			}
			if f.of["customer_id"] == nil || f.of["customer_id"][row] == nil {
				continue
			}
			customer := f.of["customer_id"][row].(int64)
			if customer < 1 || int(customer) > tables["customers"].rows || joined[customer-1].(int64) > day {
				t.Fatalf("%s row %d: no customer %d on that day", fact.name, row, customer)
			}
		}
	}
}

func TestReturnsBelongToSales(t *testing.T) {
	tables := readAll(t)
	sales, returns := tables["sales"], tables["returns"]
	seen := map[int64]bool{}
	for row := range returns.rows {
		id := returns.of["sale_id"][row].(int64)
		if seen[id] {
			t.Fatalf("sale %d comes back twice", id)
		}
		seen[id] = true
		at := int(id - 1)
		if sales.of["sale_id"][at] != id {
			t.Fatalf("row %d of sales is sale %v", at, sales.of["sale_id"][at])
		}
		for _, same := range []string{"product_id", "customer_id"} {
			if sales.of[same][at] != returns.of[same][row] {
				t.Fatalf("return %d: another %s than sale %d", row, same, id)
			}
		}
		for sold, back := range map[string]string{"quantity": "quantity", "amount": "refund"} {
			if n := returns.of[back][row].(int64); n < 0 || n > sales.of[sold][at].(int64) {
				t.Fatalf("return %d: %s %d of sale %d is too much", row, back, n, id)
			}
		}
		if days := returns.of["return_date"][row].(int64) - sales.of["sale_date"][at].(int64); days < 1 || days > 60 {
			t.Fatalf("return %d comes after %d days", row, days)
		}
	}
}

func TestAmounts(t *testing.T) {
	sales := readAll(t)["sales"]
	for row := range sales.rows {
		cell := func(name string) int64 { return sales.of[name][row].(int64) }
		if cell("unit_price") <= 0 || cell("quantity") <= 0 || cell("cost") <= 0 ||
			cell("amount") != cell("quantity")*cell("unit_price")-cell("discount") || cell("discount")*2 > cell("quantity")*cell("unit_price")+1 {
			t.Fatalf("row %d does not add up", row)
		}
	}
	if margin := 1 - float64(sales.sum("cost"))/float64(sales.sum("amount")); margin < 0.3 || margin > 0.5 {
		t.Errorf("margin is %.3f", margin)
	}
}

func TestBaskets(t *testing.T) {
	sales := readAll(t)["sales"]
	last := int64(0)
	for row := range sales.rows {
		basket := sales.of["basket_id"][row].(int64)
		if basket != last && basket != last+1 {
			t.Fatalf("basket %d follows %d", basket, last)
		}
		if basket == last {
			for _, same := range []string{"sale_date", "store_id", "customer_id", "channel", "payment"} {
				if sales.of[same][row] != sales.of[same][row-1] {
					t.Fatalf("row %d: %s changes within basket %d", row, same, basket)
				}
			}
		}
		last = basket
	}
	if lines := float64(sales.rows) / float64(last); lines < 2 || lines > 2.6 {
		t.Errorf("%.2f lines a basket", lines)
	}
}

func TestNames(t *testing.T) {
	tables := readAll(t)
	for table, column := range map[string]string{"stores": "store", "products": "product", "customers": "customer"} {
		for name, n := range tables[table].count(column) {
			if n > 1 || name == nil || name == "" {
				t.Errorf("%d %s are called %q", n, table, name)
			}
		}
	}
}

func TestLooksLikeTrade(t *testing.T) {
	tables := readAll(t)
	sales, products := tables["sales"], tables["products"]
	var byYear [3]int64
	var byWeekday [7]int
	var december, february int
	category := map[string][12]int{}
	for row := range sales.rows {
		d := sales.of["sale_date"][row].(int64)
		byYear[min((d-19358)/365, 2)] += sales.of["amount"][row].(int64)
		byWeekday[(d+4)%7]++
		month := monthOf(d)
		switch month {
		case 1:
			february++
		case 11:
			december++
		}
		name := products.of["category"][sales.of["product_id"][row].(int64)-1].(string)
		counts := category[name]
		counts[month]++
		category[name] = counts
	}
	if !(byYear[0] < byYear[1] && byYear[1] < byYear[2]) || byYear[2]*10 > byYear[0]*16 {
		t.Errorf("by year %v", byYear)
	}
	if saturday, tuesday := byWeekday[6], byWeekday[2]; saturday*10 < tuesday*14 {
		t.Errorf("by weekday %v", byWeekday)
	}
	if december*10 < february*15 {
		t.Errorf("%d in December, %d in February", december, february)
	}
	if skis := category["Winter Sports"]; skis[0] < 3*skis[6] {
		t.Errorf("winter sports by month %v", skis)
	}
	if garden := category["Garden"]; garden[5] < 2*garden[0] {
		t.Errorf("garden by month %v", garden)
	}

	// The best tenth of products and customers make far more than a tenth.
	for column, share := range map[string]int{"product_id": 25, "customer_id": 30} {
		if got := topTenth(sales.count(column)); got < share || got > 70 {
			t.Errorf("the first tenth by %s has %d%% of the lines", column, got)
		}
	}

	regions := map[string]int64{}
	for row := range sales.rows {
		regions[tables["stores"].of["region"][sales.of["store_id"][row].(int64)-1].(string)] += sales.of["amount"][row].(int64)
	}
	if len(regions) != 5 {
		t.Errorf("regions %v", regions)
	}
	for name, amount := range regions {
		if share := 100 * amount / sales.sum("amount"); share < 8 || share > 40 {
			t.Errorf("%s has %d%% of the sales", name, share)
		}
	}

	if rate := 1000 * tables["returns"].sum("refund") / sales.sum("amount"); rate < 20 || rate > 60 {
		t.Errorf("return rate %d‰", rate)
	}
}

func TestGaps(t *testing.T) {
	tables := readAll(t)
	for _, gap := range []struct {
		table, column string
		low, high     float64 // parts of the rows
	}{
		{"sales", "customer_id", 0.15, 0.4}, {"sales", "payment", 0.001, 0.01}, {"sales", "amount", 0, 0},
		{"customers", "birth_year", 0.1, 0.2}, {"products", "brand", 0.03, 0.12},
		{"returns", "reason", 0.03, 0.1}, {"inventory", "on_order", 0.5, 0.95},
	} {
		if part := float64(tables[gap.table].nulls(gap.column)) / float64(tables[gap.table].rows); part < gap.low || part > gap.high {
			t.Errorf("%.4f of %s.%s is null", part, gap.table, gap.column)
		}
	}
	for table, column := range map[string]string{"customers": "city", "products": "subcategory", "returns": "reason"} {
		if n := tables[table].count(column)[""]; n == 0 || n*20 > tables[table].rows {
			t.Errorf("%d of %s.%s are empty", n, table, column)
		}
	}
}

func TestRowsEnd(t *testing.T) {
	table := demo.Tables()[0]
	rows := table.Rows()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rows.Next(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context gives %v", err)
	}
	if c, err := rows.Next(t.Context()); err != nil || c.Rows == 0 {
		t.Errorf("the first chunk is %v, %v", c, err)
	}
	if _, err := rows.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("the end is %v", err)
	}
	_ = rows.Close()
	if _, err := rows.Next(t.Context()); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("closed rows give %v", err)
	}
}

func TestCreateSQL(t *testing.T) {
	const want = `CREATE TABLE "main"."inventory" ("snapshot_date" DATE, "store_id" INTEGER, "product_id" INTEGER, "on_hand" INTEGER, "on_order" INTEGER)`
	tables := demo.Tables()
	if got := tables[len(tables)-1].CreateSQL("main"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := tables[0].CreateSQL(""); !strings.HasPrefix(got, `CREATE TABLE "stores" (`) {
		t.Errorf("%s", got)
	}
}

func BenchmarkRows(b *testing.B) {
	for b.Loop() {
		rows := 0
		for _, table := range demo.Tables() {
			r := table.Rows()
			for c, err := r.Next(b.Context()); err == nil; c, err = r.Next(b.Context()) {
				rows += c.Rows
			}
		}
		b.ReportMetric(float64(rows), "rows/op")
	}
}

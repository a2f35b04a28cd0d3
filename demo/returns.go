package demo

import "github.com/searchlight-bi/searchlight/result"

// Why things come back. What sits badly is said of clothes alone. An empty
// reason is a form left blank, a missing one a return without a form.
var (
	reasons      = []string{"changed mind", "damaged", "not as described", "arrived late", "faulty", ""}
	reasonShare  = newWeights(340, 190, 170, 90, 160, 50)
	sizeReasons  = []string{"too small", "too large"}
	clothes      = "Clothing"
	channelRates = [3]int{780, 1550, 1400} // returns of a channel, in thousandths of the mean
)

// restock is what is kept of a refund when the goods were used, in thousandths.
const restock = 150

// returned is a return of one line of a basket.
type returned struct {
	id       int
	sale     *sale
	day      int
	store    int
	quantity int
	reason   *string
	refund   int // cents
}

// returns makes the returns in the order of the sales they belong to.
type returns struct {
	world  *world
	random random
	sales  *sales
	out    returned
}

func (t *returns) next() *returned {
	r := &t.random
	for l := t.sales.next(); l != nil; l = t.sales.next() {
		category := &categories[t.world.products[l.product].category]
		if !r.chance(category.returns * channelRates[l.channel] / 1000) {
			continue
		}
		back := dayOf(l.day.number + 1 + min(r.below(60), r.below(60)))
		if back.number > lastDay {
			continue // it will come back when the sample has ended
		}
		t.out = returned{id: t.out.id + 1, sale: l, day: back.number, store: l.store, quantity: l.quantity}
		if l.channel != inStore && r.chance(300) {
			t.out.store = t.world.openStore(r, back)
		}
		if l.quantity > 1 && r.chance(600) {
			t.out.quantity = r.between(1, l.quantity)
		}
		t.out.refund = l.amount * t.out.quantity / l.quantity
		if r.chance(70) {
			t.out.refund = perMille(t.out.refund, 1000-restock)
		}
		t.out.reason = t.reason(category)
		return &t.out
	}
	return nil
}

func (t *returns) reason(c *category) *string {
	r := &t.random
	switch {
	case r.chance(60):
		return nil
	case c.name == clothes && r.chance(550):
		return &sizeReasons[r.below(len(sizeReasons))]
	}
	return &reasons[reasonShare.pick(r)]
}

func (w *world) returnTable() Table {
	return Table{
		Name: "returns",
		Columns: []Column{
			whole("return_id"), whole("sale_id"), date("return_date"), whole("store_id"), whole("product_id"),
			whole("customer_id"), text("reason"), whole("quantity"), money("refund"),
		},
		start: func() filler {
			list := &returns{world: w, random: random{seedReturns}, sales: w.sales()}
			return func(c *result.Chunk, index int) bool {
				b := list.next()
				if b == nil {
					return false
				}
				r := row{chunk: c, index: index}
				r.int(b.id)
				r.int(b.sale.id)
				r.int(b.day)
				r.int(b.store + 1)
				r.int(b.sale.product + 1)
				r.idOrNull(b.sale.customer)
				r.textOrNull(b.reason)
				r.int(b.quantity)
				r.int(b.refund)
				return true
			}
		},
	}
}

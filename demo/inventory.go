package demo

import (
	"time"

	"github.com/searchlight-bi/searchlight/result"
)

// inventory makes what is in stock on the last day of each month, in each
// store that is open, of each product that the store carries.
type inventory struct {
	world   *world
	random  random
	month   int // since the first
	store   int
	product int
}

// carries says whether a product is kept in a store; bigger ones keep more.
func (w *world) carries(store, product int) bool {
	h := mix(uint64(store)<<32 | uint64(product))
	return int(h%1000) < 120+w.stores[store].squareM/7
}

// next moves to the next store and product with stock on the last day of a
// month, and returns that day, or 0 at the end.
func (t *inventory) next() int {
	for ; t.month < 12*years; t.month++ {
		last := dayNumber(firstYear, time.Month(t.month+2), 0)
		for ; t.store < len(t.world.stores); t.store++ {
			if t.world.stores[t.store].opened > last {
				continue
			}
			for t.product < len(t.world.products) {
				t.product++
				if t.world.carries(t.store, t.product-1) {
					return last
				}
			}
			t.product = 0
		}
		t.store = 0
	}
	return 0
}

// stock is the number of pieces in store, and of those on their way, or none.
func (t *inventory) stock() (onHand, onOrder int) {
	r := &t.random
	p := &t.world.products[t.product-1]
	// Shelves fill up for the months to come.
	ahead := categories[p.category].months[(t.month+1)%12]
	target := 4 + p.weight/100*t.world.stores[t.store].weight/600_000*ahead/1000
	onHand = target * r.between(250, 1400) / 1000
	if r.chance(35) {
		onHand = 0
	}
	if onHand >= target/2 {
		return onHand, none
	}
	return onHand, target - onHand + r.below(6)
}

func (w *world) inventoryTable() Table {
	return Table{
		Name: "inventory",
		Columns: []Column{
			date("snapshot_date"), whole("store_id"), whole("product_id"), whole("on_hand"), whole("on_order"),
		},
		start: func() filler {
			list := &inventory{world: w, random: random{seedInventory}}
			return func(c *result.Chunk, index int) bool {
				day := list.next()
				if day == 0 {
					return false
				}
				onHand, onOrder := list.stock()
				r := row{chunk: c, index: index}
				r.int(day)
				r.int(list.store + 1)
				r.int(list.product)
				r.int(onHand)
				r.intOrNull(onOrder)
				return true
			}
		},
	}
}

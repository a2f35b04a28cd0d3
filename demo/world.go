package demo

import "sort"

// world is what the facts refer to, with the weights by which they do.
type world struct {
	stores    []store
	products  []product
	customers []customer

	byYear  [years]weights // of stores
	byMonth [12]weights    // of products
	buyers  weights        // of customers
	inPlace [][]int        // stores by place
}

func newWorld() *world {
	w := &world{stores: makeStores(), products: makeProducts(), customers: makeCustomers()}
	for year := range w.byYear {
		list := make([]int, len(w.stores))
		for i, s := range w.stores {
			list[i] = s.weight * (1000 + year*regionGrowth[places[s.place].region]) / 1000
		}
		w.byYear[year] = newWeights(list...)
	}
	for month := range w.byMonth {
		list := make([]int, len(w.products))
		for i, p := range w.products {
			list[i] = p.weight * categories[p.category].months[month] / 1000
		}
		w.byMonth[month] = newWeights(list...)
	}
	list := make([]int, len(w.customers))
	for i, c := range w.customers {
		list[i] = c.weight
	}
	w.buyers = newWeights(list...)
	w.inPlace = make([][]int, len(places))
	for i, s := range w.stores {
		w.inPlace[s.place] = append(w.inPlace[s.place], i)
	}
	return w
}

// buyer draws one of the customers who have joined by a day.
func (w *world) buyer(r *random, d day) int {
	joined := sort.Search(len(w.customers), func(i int) bool { return w.customers[i].joined > d.number })
	return w.buyers.pickBefore(r, joined)
}

// openStore draws a store that is open on a day.
func (w *world) openStore(r *random, d day) int {
	for {
		if s := w.byYear[d.year].pick(r); w.stores[s].opened <= d.number {
			return s
		}
	}
}

// storeFor is the store where a customer buys: most often one in the same
// town.
func (w *world) storeFor(r *random, d day, c *customer) int {
	if c.place >= 0 && r.chance(850) {
		near := w.inPlace[c.place]
		if s := near[r.below(len(near))]; w.stores[s].opened <= d.number {
			return s
		}
	}
	return w.openStore(r, d)
}

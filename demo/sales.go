package demo

import "github.com/searchlight-bi/searchlight/result"

const (
	inStore = iota
	onWeb
	inApp
)

var channels = []string{"store", "web", "app"}

// Shares of the channels by year, in thousandths.
var channelShare = [years]weights{newWeights(770, 180, 50), newWeights(690, 215, 95), newWeights(610, 245, 145)}

var payments = []string{"card", "cash", "wallet", "invoice"}

// Shares of the payments by channel.
var paymentShare = [3]weights{newWeights(640, 240, 110, 10), newWeights(480, 0, 390, 130), newWeights(350, 0, 630, 20)}

// sale is one line of a basket.
type sale struct {
	id, basket int
	day        day
	store      int
	product    int
	customer   int // or none: nobody known
	channel    int
	payment    *string // nil: the till did not say
	quantity   int
	unitPrice  int // cents, before the discount
	discount   int // cents, on the line
	amount     int // cents, paid for the line
	cost       int // cents, of the line
}

// sales makes the lines one after another, day by day.
type sales struct {
	world   *world
	random  random
	day     day
	baskets int // left on the day
	lines   int // left in the basket
	line    sale
}

func (w *world) sales() *sales {
	s := &sales{world: w, random: random{seedSales}}
	s.begin(firstDay)
	return s
}

func (s *sales) begin(number int) {
	s.day = dayOf(number)
	s.baskets = s.day.baskets(&s.random)
}

// next is the next line, valid until the call after it; nil when there is none.
func (s *sales) next() *sale {
	for s.lines == 0 {
		for s.baskets == 0 {
			if s.day.number == lastDay {
				return nil
			}
			s.begin(s.day.number + 1)
		}
		s.baskets--
		s.open()
	}
	s.lines--
	s.add()
	return &s.line
}

var linesPerBasket = newWeights(380, 270, 160, 100, 50, 40)

// open begins a basket.
func (s *sales) open() {
	r, w := &s.random, s.world
	s.line.basket++
	s.line.day = s.day
	s.line.channel = channelShare[s.day.year].pick(r)
	if s.day.isHoliday() {
		s.line.channel = onWeb
	}
	s.line.customer = none
	if s.line.channel != inStore || r.chance(620) {
		s.line.customer = w.buyer(r, s.day)
		s.line.store = w.storeFor(r, s.day, &w.customers[s.line.customer])
	} else {
		s.line.store = w.openStore(r, s.day)
	}
	s.line.payment = &payments[paymentShare[s.line.channel].pick(r)]
	if r.chance(3) {
		s.line.payment = nil
	}
	s.lines = 1 + linesPerBasket.pick(r)
}

var (
	quantities         = newWeights(780, 140, 40, 25, 10, 5)
	businessQuantities = newWeights(250, 200, 120, 120, 80, 80, 40, 40, 20, 20, 10, 20)
	discounts          = []int{0, 5, 10, 15, 20, 30}
	discountShare      = newWeights(780, 70, 70, 30, 30, 20)
	reductions         = []int{0, 10, 20, 25, 30, 40, 50}
	reductionShare     = newWeights(450, 100, 160, 80, 110, 60, 40)
)

// Prices of each year, in thousandths of the last one's.
var priceLevel = [years]int{941, 972, 1000}

// add puts a line into the basket.
func (s *sales) add() {
	r, l := &s.random, &s.line
	l.id++
	l.product = s.world.byMonth[s.day.month].pick(r)
	p := &s.world.products[l.product]
	l.quantity = 1 + quantities.pick(r)
	if l.customer != none && s.world.customers[l.customer].segment == business {
		l.quantity = 1 + businessQuantities.pick(r)
	}
	percent := discounts[discountShare.pick(r)]
	if s.day.isSale() {
		percent = reductions[reductionShare.pick(r)]
	}
	l.unitPrice = perMille(p.listPrice, priceLevel[s.day.year])
	whole := l.unitPrice * l.quantity
	l.discount = perMille(whole, 10*percent)
	l.amount = whole - l.discount
	l.cost = perMille(p.cost, priceLevel[s.day.year]) * l.quantity
}

// perMille is so many thousandths of an amount, rounded to the cent.
func perMille(cents, thousandths int) int { return (cents*thousandths + 500) / 1000 }

func (w *world) saleTable() Table {
	return Table{
		Name: "sales",
		Columns: []Column{
			whole("sale_id"), whole("basket_id"), date("sale_date"), whole("store_id"), whole("product_id"), whole("customer_id"),
			text("channel"), text("payment"), whole("quantity"),
			money("unit_price"), money("discount"), money("amount"), money("cost"),
		},
		start: func() filler {
			lines := w.sales()
			return func(c *result.Chunk, index int) bool {
				l := lines.next()
				if l == nil {
					return false
				}
				r := row{chunk: c, index: index}
				r.int(l.id)
				r.int(l.basket)
				r.int(l.day.number)
				r.int(l.store + 1)
				r.int(l.product + 1)
				r.idOrNull(l.customer)
				r.text(channels[l.channel])
				r.textOrNull(l.payment)
				r.int(l.quantity)
				r.int(l.unitPrice)
				r.int(l.discount)
				r.int(l.amount)
				r.int(l.cost)
				return true
			}
		},
	}
}

package demo

// shelf is a subcategory: what its products are called, and between which
// prices, in euros, they lie.
type shelf struct {
	subcategory string
	nouns       [3]string
	low, high   int
}

// category is a group of shelves that sell in the same months.
type category struct {
	name    string
	shelves []shelf
	months  [12]int // trade, in thousandths of the mean
	returns int     // lines that come back, in thousandths
}

var (
	allYear  = [12]int{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000}
	summer   = [12]int{350, 450, 800, 1250, 1650, 1750, 1600, 1250, 900, 600, 450, 550}
	winter   = [12]int{1900, 1600, 1000, 500, 300, 250, 250, 350, 700, 1200, 1700, 2000}
	presents = [12]int{650, 650, 750, 850, 850, 850, 850, 800, 850, 1000, 1600, 2300}
)

var categories = []category{
	{"Outdoor", []shelf{
		{"Tents", [3]string{"Dome Tent", "Tunnel Tent", "Tarp"}, 79, 520},
		{"Backpacks", [3]string{"Daypack", "Trekking Pack", "Bike Bag"}, 35, 240},
		{"Camp Kitchen", [3]string{"Stove", "Pot Set", "Water Filter"}, 12, 120},
		{"Sleeping Bags", [3]string{"Down Bag", "Summer Bag", "Mat"}, 29, 310},
	}, summer, 42},
	{"Garden", []shelf{
		{"Hand Tools", [3]string{"Secateurs", "Spade", "Rake"}, 9, 65},
		{"Watering", [3]string{"Hose", "Sprinkler", "Watering Can"}, 8, 90},
		{"Furniture", [3]string{"Bench", "Folding Chair", "Table"}, 39, 480},
		{"Planters", [3]string{"Pot", "Window Box", "Raised Bed"}, 7, 140},
	}, summer, 25},
	{"Winter Sports", []shelf{
		{"Skis", [3]string{"Touring Ski", "Piste Ski", "Cross-Country Ski"}, 180, 690},
		{"Helmets", [3]string{"Helmet", "Visor Helmet", "Junior Helmet"}, 45, 220},
		{"Gloves", [3]string{"Mitten", "Glove", "Liner"}, 15, 110},
	}, winter, 58},
	{"Clothing", []shelf{
		{"Jackets", [3]string{"Rain Jacket", "Softshell", "Parka"}, 59, 390},
		{"Trousers", [3]string{"Hiking Trousers", "Shorts", "Tights"}, 29, 160},
		{"Shirts", [3]string{"Shirt", "Base Layer", "Polo"}, 15, 85},
		{"Shoes", [3]string{"Hiking Boot", "Trail Shoe", "Sandal"}, 45, 240},
		{"Accessories", [3]string{"Cap", "Scarf", "Belt"}, 9, 55},
	}, allYear, 96},
	{"Cycling", []shelf{
		{"Bicycles", [3]string{"City Bike", "Gravel Bike", "Folding Bike"}, 420, 2400},
		{"Lights", [3]string{"Front Light", "Rear Light", "Light Set"}, 12, 130},
		{"Locks", [3]string{"Chain Lock", "Folding Lock", "U-Lock"}, 19, 140},
		{"Repair", [3]string{"Pump", "Multitool", "Tyre Set"}, 8, 95},
	}, summer, 33},
	{"Home", []shelf{
		{"Lighting", [3]string{"Desk Lamp", "Floor Lamp", "Lantern"}, 19, 210},
		{"Textiles", [3]string{"Blanket", "Cushion", "Towel Set"}, 12, 120},
		{"Storage", [3]string{"Basket", "Shelf Unit", "Box Set"}, 9, 180},
		{"Candles", [3]string{"Candle", "Candle Set", "Holder"}, 5, 45},
	}, presents, 37},
	{"Kitchen", []shelf{
		{"Cookware", [3]string{"Frying Pan", "Casserole", "Saucepan"}, 24, 230},
		{"Knives", [3]string{"Chef's Knife", "Bread Knife", "Knife Block"}, 15, 260},
		{"Tableware", [3]string{"Plate Set", "Mug", "Bowl Set"}, 6, 120},
		{"Coffee", [3]string{"Grinder", "Filter Cone", "Espresso Pot"}, 12, 320},
	}, presents, 29},
	{"Toys & Games", []shelf{
		{"Board Games", [3]string{"Board Game", "Card Game", "Quiz"}, 9, 70},
		{"Building Sets", [3]string{"Building Set", "Marble Run", "Model Kit"}, 14, 180},
		{"Puzzles", [3]string{"Puzzle", "Wooden Puzzle", "Brain Teaser"}, 7, 48},
		{"Plush", [3]string{"Bear", "Fox", "Owl"}, 9, 60},
	}, presents, 21},
}

// The words that tell the products of a shelf apart.
var series = []string{
	"Aldra", "Brenna", "Corvo", "Delphi", "Elska", "Fjella", "Garnet", "Hollis", "Ibera", "Juno",
	"Kestrel", "Lumen", "Marlow", "Nimbus", "Orla", "Pavo", "Quill", "Rowan", "Sable", "Tarn",
	"Umbra", "Vela", "Wren", "Xenia", "Yarrow", "Zephyr", "Alba", "Birk", "Cirra", "Dovre", "Esker",
}

// Invented makers. Products of no maker are the shop's own.
var brands = []string{
	"Northmere", "Ostrava & Sons", "Halden Works", "Pinefold", "Calder Lane", "Brightwater", "Tolliver",
	"Ostergaard", "Marrow & Finch", "Redfell", "Lindqvale", "Vantoro", "Ashgrove", "Kupferberg", "Solvanda",
	"Greyhollow", "Pelago", "Montclaire Nord", "Wexcombe", "Tarnwick", "Ilmarine", "Oakhaven",
}

const productCount = 400

type product struct {
	name        string
	category    int
	subcategory string // empty: not sorted in yet
	brand       *string
	listPrice   int // cents
	cost        int // cents
	weight      int // in trade
}

func makeProducts() []product {
	r := &random{seedProducts}
	var places []struct{ category, shelf int }
	for c := range categories {
		for s := range categories[c].shelves {
			places = append(places, struct{ category, shelf int }{c, s})
		}
	}
	products := make([]product, productCount)
	for i := range products {
		at := places[i%len(places)]
		s := &categories[at.category].shelves[at.shelf]
		nth := i / len(places)
		p := &products[i]
		p.name = series[(nth*7+i)%len(series)] + " " + s.nouns[nth%len(s.nouns)]
		p.category, p.subcategory = at.category, s.subcategory
		if !r.chance(70) {
			p.brand = &brands[(i%len(places)*5+r.below(6))%len(brands)]
		}
		if r.chance(8) {
			p.subcategory = ""
		}
		// More cheap products than dear ones, most prices just below a round one.
		span := (s.high - s.low) * 100
		price := s.low*100 + min(r.below(span), r.below(span))
		p.listPrice = price/100*100 + []int{99, 95, 49, 0}[newWeights(60, 20, 12, 8).pick(r)]
		p.cost = p.listPrice * r.between(420, 680) / 1000
		// A few products make much of the trade, and dear ones little.
		p.weight = 1_000_000 / (20 + r.below(productCount)) * 10_000 / (10_000 + price)
	}
	return products
}

func (w *world) productTable() Table {
	return Table{
		Name: "products",
		Columns: []Column{
			whole("product_id"), text("product"), text("category"), text("subcategory"), text("brand"),
			money("list_price"), money("cost"),
		},
		start: list(w.products, func(r *row, id int, p *product) {
			r.int(id)
			r.text(p.name)
			r.text(categories[p.category].name)
			r.text(p.subcategory)
			r.textOrNull(p.brand)
			r.int(p.listPrice)
			r.int(p.cost)
		}),
	}
}

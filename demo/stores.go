package demo

import "time"

// place is a city with its weight in trade.
type place struct {
	city, region, country string
	latitude, longitude   float64
	weight                int
	stores                int
}

var places = []place{
	{"London", "British Isles", "United Kingdom", 51.5074, -0.1278, 190, 3},
	{"Manchester", "British Isles", "United Kingdom", 53.4808, -2.2426, 90, 1},
	{"Birmingham", "British Isles", "United Kingdom", 52.4862, -1.8904, 85, 1},
	{"Edinburgh", "British Isles", "United Kingdom", 55.9533, -3.1883, 70, 1},
	{"Bristol", "British Isles", "United Kingdom", 51.4545, -2.5879, 55, 1},
	{"Dublin", "British Isles", "Ireland", 53.3498, -6.2603, 85, 2},
	{"Cork", "British Isles", "Ireland", 51.8985, -8.4756, 30, 1},
	{"Paris", "Western Europe", "France", 48.8566, 2.3522, 180, 3},
	{"Lyon", "Western Europe", "France", 45.7640, 4.8357, 80, 1},
	{"Marseille", "Western Europe", "France", 43.2965, 5.3698, 60, 1},
	{"Toulouse", "Western Europe", "France", 43.6047, 1.4442, 55, 1},
	{"Lille", "Western Europe", "France", 50.6292, 3.0573, 45, 1},
	{"Brussels", "Western Europe", "Belgium", 50.8503, 4.3517, 75, 1},
	{"Antwerp", "Western Europe", "Belgium", 51.2194, 4.4025, 50, 1},
	{"Amsterdam", "Western Europe", "Netherlands", 52.3676, 4.9041, 100, 2},
	{"Rotterdam", "Western Europe", "Netherlands", 51.9244, 4.4777, 60, 1},
	{"Utrecht", "Western Europe", "Netherlands", 52.0907, 5.1214, 50, 1},
	{"Berlin", "Central Europe", "Germany", 52.5200, 13.4050, 150, 3},
	{"Hamburg", "Central Europe", "Germany", 53.5511, 9.9937, 110, 2},
	{"Munich", "Central Europe", "Germany", 48.1351, 11.5820, 120, 2},
	{"Cologne", "Central Europe", "Germany", 50.9375, 6.9603, 80, 1},
	{"Leipzig", "Central Europe", "Germany", 51.3397, 12.3731, 50, 1},
	{"Zurich", "Central Europe", "Switzerland", 47.3769, 8.5417, 85, 1},
	{"Geneva", "Central Europe", "Switzerland", 46.2044, 6.1432, 55, 1},
	{"Vienna", "Central Europe", "Austria", 48.2082, 16.3738, 95, 2},
	{"Graz", "Central Europe", "Austria", 47.0707, 15.4395, 30, 1},
	{"Prague", "Central Europe", "Czechia", 50.0755, 14.4378, 70, 1},
	{"Warsaw", "Central Europe", "Poland", 52.2297, 21.0122, 75, 2},
	{"Kraków", "Central Europe", "Poland", 50.0647, 19.9450, 45, 1},
	{"Stockholm", "Nordics", "Sweden", 59.3293, 18.0686, 95, 2},
	{"Gothenburg", "Nordics", "Sweden", 57.7089, 11.9746, 50, 1},
	{"Malmö", "Nordics", "Sweden", 55.6050, 13.0038, 40, 1},
	{"Oslo", "Nordics", "Norway", 59.9139, 10.7522, 75, 1},
	{"Bergen", "Nordics", "Norway", 60.3913, 5.3221, 35, 1},
	{"Copenhagen", "Nordics", "Denmark", 55.6761, 12.5683, 85, 2},
	{"Aarhus", "Nordics", "Denmark", 56.1629, 10.2039, 35, 1},
	{"Helsinki", "Nordics", "Finland", 60.1699, 24.9384, 60, 1},
	{"Tampere", "Nordics", "Finland", 61.4978, 23.7610, 25, 1},
	{"Madrid", "Southern Europe", "Spain", 40.4168, -3.7038, 105, 2},
	{"Barcelona", "Southern Europe", "Spain", 41.3874, 2.1686, 95, 1},
	{"Valencia", "Southern Europe", "Spain", 39.4699, -0.3763, 45, 1},
	{"Lisbon", "Southern Europe", "Portugal", 38.7223, -9.1393, 60, 1},
	{"Porto", "Southern Europe", "Portugal", 41.1579, -8.6291, 35, 1},
	{"Milan", "Southern Europe", "Italy", 45.4642, 9.1900, 90, 1},
	{"Rome", "Southern Europe", "Italy", 41.9028, 12.4964, 85, 1},
	{"Turin", "Southern Europe", "Italy", 45.0703, 7.6869, 40, 1},
}

// The change of a region's weight a year, in thousandths.
var regionGrowth = map[string]int{
	"British Isles": -40, "Western Europe": 0, "Central Europe": 60, "Nordics": 140, "Southern Europe": -70,
}

// The parts of town that stores are named after.
var quarters = []string{"Arcade", "Station", "Riverside", "Old Town", "Market Hall", "Harbour", "Park", "Cathedral"}

type store struct {
	name    string
	place   int // index in places
	opened  int // day
	squareM int
	weight  int // in trade
}

// The places whose last store opens while the sample runs.
var openings = map[string]int{
	"Hamburg":   dayNumber(2023, time.September, 14),
	"Amsterdam": dayNumber(2024, time.March, 21),
	"Warsaw":    dayNumber(2024, time.October, 3),
	"Stockholm": dayNumber(2025, time.April, 10),
}

func makeStores() []store {
	var stores []store
	for p, at := range places {
		for n := range at.stores {
			h := mix(uint64(len(stores)) + 1)
			s := store{
				name:    at.city + " " + quarters[(p*3+n)%len(quarters)],
				place:   p,
				opened:  dayNumber(2004, time.March, 1) + int(h%6400),
				squareM: 180 + int(h>>20%23)*40 + at.weight,
			}
			if opened, ok := openings[at.city]; ok && n == at.stores-1 {
				s.opened = opened
			}
			s.weight = at.weight * (1000 + int(h>>40%300)) / at.stores
			stores = append(stores, s)
		}
	}
	return stores
}

func (w *world) storeTable() Table {
	return Table{
		Name: "stores",
		Columns: []Column{
			whole("store_id"), text("store"), text("city"), text("region"), text("country"),
			date("opened"), whole("size_m2"), degrees("latitude"), degrees("longitude"),
		},
		start: list(w.stores, func(r *row, id int, s *store) {
			p := &places[s.place]
			r.int(id)
			r.text(s.name)
			r.text(p.city)
			r.text(p.region)
			r.text(p.country)
			r.int(s.opened)
			r.int(s.squareM)
			r.float(p.latitude)
			r.float(p.longitude)
		}),
	}
}

package demo

import "time"

const customerCount = 20_000

var segments = []string{"Consumer", "Family", "Student", "Business"}

const business = 3 // index in segments

var firstNames = []string{
	"Ada", "Adrian", "Agnes", "Alba", "Aleks", "Amira", "Anders", "Anton", "Arno", "Astrid", "Bastian", "Beata",
	"Bianca", "Bruno", "Carla", "Casper", "Celia", "Clara", "Cosmo", "Dagmar", "Dario", "Delia", "Edgar", "Elena",
	"Elias", "Elin", "Emil", "Enzo", "Esther", "Fabian", "Felix", "Fiona", "Flora", "Frida", "Gaia", "Georg",
	"Greta", "Hanna", "Hugo", "Ida", "Ilka", "Ines", "Ingrid", "Iris", "Ivo", "Jana", "Jasper", "Joel", "Julia",
	"Karim", "Karin", "Kasia", "Lars", "Laura", "Leila", "Leo", "Lina", "Livia", "Luca", "Magda", "Malin", "Marco",
	"Marta", "Mateo", "Mila", "Mina", "Nadia", "Nils", "Nora", "Olga", "Oscar", "Otto", "Pablo", "Paula", "Petra",
	"Quentin", "Rafael", "Rita", "Rosa", "Ruben", "Sami", "Sara", "Selma", "Silas", "Sofia", "Stella", "Sven",
	"Tamar", "Tessa", "Theo", "Tilda", "Tomas", "Ulla", "Vera", "Viktor", "Wanda", "Wilma", "Xavier", "Yara", "Zoe",
}

// Family names are put together from these.
var (
	nameStarts = []string{
		"Ald", "Berg", "Cast", "Dorn", "Elm", "Fal", "Grun", "Hal", "Iver", "Jor",
		"Kall", "Lind", "Mar", "Nor", "Oster", "Pell", "Quist", "Rav", "Sund", "Thor", "Ulm", "Vest", "Wald", "Zell",
	}
	nameEnds = []string{"en", "ström", "ini", "er", "mann", "vik", "ova", "ard", "ez"}
)

// Companies are put together from these.
var (
	companyStarts = []string{
		"Aber", "Bram", "Cala", "Dexi", "Elbo", "Fern", "Glen", "Harb", "Ison", "Jade", "Kora", "Lumo", "Mira",
		"Nexa", "Opal", "Pran", "Quor", "Rill", "Stra", "Tivo", "Ulvo", "Vexa", "Wick", "Yver", "Zano",
	}
	companyMiddles = []string{"ton", "vale", "mont", "dale", "field", "stad", "burg", "holm", "ville", "ford"}
	companyEnds    = []string{"Logistics", "Catering", "Events", "Schools", "Hotels", "Clinics", "Studios", "Trading"}
)

// personName and companyName give each number below 21,600 and 2,000 a name of
// its own; the steps have no factor in common with those.
func personName(n int) string {
	n = n * 7919 % (len(firstNames) * len(nameStarts) * len(nameEnds))
	first, family := n%len(firstNames), n/len(firstNames)
	return firstNames[first] + " " + nameStarts[family%len(nameStarts)] + nameEnds[family/len(nameStarts)]
}

func companyName(n int) string {
	n = n * 337 % (len(companyStarts) * len(companyMiddles) * len(companyEnds))
	start, rest := n%len(companyStarts), n/len(companyStarts)
	return companyStarts[start] + companyMiddles[rest%len(companyMiddles)] + " " + companyEnds[rest/len(companyMiddles)]
}

type customer struct {
	name      string
	segment   int
	place     int // index in places, or none minus one in towns
	birthYear int // or none
	joined    int // day
	weight    int // in trade
}

// Towns without a store. Some customers live there; of some the town is not
// known, which their records show as an empty text.
var towns = []string{"Kilbrae", "Montrevelle", "Altsee", "Nordvik", "San Tello", "", "Haverwold", "Dolny Brzeg"}

// makeCustomers makes customers in the order in which they joined.
func makeCustomers() []customer {
	r := &random{seedCustomers}
	var inPlaces []int
	for _, p := range places {
		inPlaces = append(inPlaces, p.weight)
	}
	cities := newWeights(inPlaces...)
	kinds := newWeights(560, 250, 120, 70)
	began := dayNumber(2019, time.January, 7)
	customers := make([]customer, customerCount)
	people, companies := 0, 0
	for i := range customers {
		c := &customers[i]
		c.joined = began + (lastDay-14-began)*i/customerCount + r.below(14)
		if i > 0 && c.joined < customers[i-1].joined {
			c.joined = customers[i-1].joined
		}
		c.segment = kinds.pick(r)
		if c.segment == business {
			c.name, c.birthYear = companyName(companies), none
			companies++
		} else {
			c.name = personName(people)
			people++
			c.birthYear = birthYear(r, segments[c.segment])
		}
		c.place = cities.pick(r)
		if r.chance(90) {
			c.place = none - r.below(len(towns))
		}
		// A few customers buy often, most hardly ever.
		c.weight = 100_000 / (20 + r.below(1000))
		if c.segment == business {
			c.weight *= 2
		}
	}
	return customers
}

func birthYear(r *random, segment string) int {
	if r.chance(80) {
		return none
	}
	switch segment {
	case "Student":
		return r.between(1997, 2007)
	case "Family":
		return r.between(1970, 1996)
	}
	return (r.between(1940, 2005) + r.between(1960, 2000)) / 2
}

// city is the name of the town in which a customer lives.
func (c *customer) city() string {
	if c.place < 0 {
		return towns[none-c.place]
	}
	return places[c.place].city
}

func (w *world) customerTable() Table {
	return Table{
		Name: "customers",
		Columns: []Column{
			whole("customer_id"), text("customer"), text("segment"), text("city"), whole("birth_year"), date("joined"),
		},
		start: list(w.customers, func(r *row, id int, c *customer) {
			r.int(id)
			r.text(c.name)
			r.text(segments[c.segment])
			r.text(c.city())
			r.intOrNull(c.birthYear)
			r.int(c.joined)
		}),
	}
}

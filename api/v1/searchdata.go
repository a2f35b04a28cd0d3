package v1

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight/query"
)

// maxOffset is further than any result reaches; offsets beyond it are moved
// there, where sums of offset and page length cannot overflow.
const maxOffset = math.MaxInt >> 16

// searchData is POST searchdata (api-v1.md 2.12).
func (a *API) searchData(w http.ResponseWriter, r *request) error {
	search, format, err := a.decodeSearch(r)
	if err != nil {
		return err
	}
	answer, err := a.config.Searcher.Search(r.Context(), search)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Rows.Close() }() // the rows are read to their end, or nobody wants them
	return a.stream(w, r, answer, format)
}

const (
	formatCompact = "COMPACT"
	formatFull    = "FULL"
)

func (a *API) decodeSearch(r *request) (search query.Request, format string, err error) {
	p := r.params
	search.Subject = r.subject
	if search.Text, err = p.required("query_string"); err != nil {
		return search, "", err
	}
	if search.Source, err = p.guid("data_source_guid"); err != nil {
		return search, "", err
	}
	if search.Offset, search.Limit, err = a.page(p); err != nil {
		return search, "", err
	}
	if format, err = p.enum("formattype", formatCompact, formatCompact, formatFull); err != nil {
		return search, "", err
	}
	if search.Filters, err = runtimeFilters(p); err != nil {
		return search, "", err
	}
	search.Sorts, err = runtimeSorts(p)
	return search, format, err
}

// page reads batchsize, pagenumber and offset by api-v1.md 1.12.
func (a *API) page(p *params) (start, size int, err error) {
	if size, err = p.integer("batchsize", -1); err != nil {
		return 0, 0, err
	}
	if size <= 0 || size > a.config.MaxRows {
		size = a.config.MaxRows
	}
	number, err := p.integer("pagenumber", 0)
	if err != nil {
		return 0, 0, err
	}
	offset, err := p.integer("offset", 0)
	if err != nil {
		return 0, 0, err
	}
	if number > 0 {
		offset = min(number-1, maxOffset/size) * size
	}
	return min(max(offset, 0), maxOffset), size, nil
}

// runtimeFilters collects colN, opN and valN in the order of N. Whether
// operator and values suit the column is for the searcher to say.
func runtimeFilters(p *params) ([]query.RuntimeFilter, error) {
	var filters []query.RuntimeFilter
	for _, n := range p.numbers("col", "op", "val") {
		column, ok := p.text("col" + n)
		if !ok {
			return nil, errMissing("col" + n)
		}
		operator, ok := p.text("op" + n)
		if !ok {
			return nil, errMissing("op" + n)
		}
		values := p.all("val" + n)
		if values == nil {
			return nil, errMissing("val" + n)
		}
		filters = append(filters, query.RuntimeFilter{Column: column, Operator: strings.ToUpper(strings.TrimSpace(operator)), Values: values})
	}
	return filters, nil
}

// runtimeSorts collects sortColN and ascN in the order of N.
func runtimeSorts(p *params) ([]query.RuntimeSort, error) {
	var sorts []query.RuntimeSort
	for _, n := range p.numbers("sortcol") {
		column, _ := p.text("sortcol" + n)
		ascending, err := p.boolean("asc" + n)
		if err != nil {
			return nil, err
		}
		sorts = append(sorts, query.RuntimeSort{Column: column, Descending: ascending != nil && !*ascending})
	}
	return sorts, nil
}

// numbers lists the N of the given parameters that end in one, in order. Gaps
// are allowed.
func (p *params) numbers(stems ...string) []string {
	var found []int
	for _, carrier := range p.carriers {
		for key := range carrier {
			for _, stem := range stems {
				suffix, ok := strings.CutPrefix(key, stem)
				n, err := strconv.Atoi(suffix)
				if ok && err == nil && n > 0 && strconv.Itoa(n) == suffix && p.all(key) != nil && !slices.Contains(found, n) {
					found = append(found, n)
				}
			}
		}
	}
	slices.Sort(found)
	texts := make([]string, len(found))
	for i, n := range found {
		texts[i] = strconv.Itoa(n)
	}
	return texts
}

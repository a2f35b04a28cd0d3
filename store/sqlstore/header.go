package sqlstore

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// Headers implements searchlight.Tx: the listing rules of api-v1.md 1.10. It
// fails with CodeInvalid on an unknown order or category.
func (tx *Tx) Headers(q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	order, err := orderOf(q)
	if err != nil {
		return nil, err
	}
	where, err := tx.conditionsOf(q)
	if err != nil {
		return nil, err
	}
	if where.never {
		return &searchlight.HeaderPage{}, nil
	}
	offset := min(max(q.Offset, 0), math.MaxInt32)
	limit := min(q.Limit, math.MaxInt32)
	if limit <= 0 {
		limit = math.MaxInt32
	}

	headers, err := tx.page(q, where, order, limit, offset)
	if err != nil {
		return nil, err
	}
	page := &searchlight.HeaderPage{Headers: headers, Total: offset + len(headers)}
	if len(headers) == limit || len(headers) == 0 && offset > 0 {
		// The page does not reach the end of the list, or lies behind it.
		page.Total, err = tx.total(where)
		if err != nil {
			return nil, err
		}
	}
	return page, nil
}

// page reads a part of a list. With a pattern that names something exactly,
// the list has two runs, so that each can follow an index: objects of just that
// name, which clients take for the one they meant, and then the others.
func (tx *Tx) page(q searchlight.ListQuery, where *conditions, order *order, limit, offset int) ([]searchlight.Header, error) {
	if q.Pattern == "" || strings.Contains(q.Pattern, "%") {
		return tx.run(where, order, limit, offset)
	}
	key := fold(q.Pattern)
	exact := where.with(`o.name_key = ?`, key)
	exactTotal, err := tx.count(exact)
	if err != nil {
		return nil, err
	}
	var headers []searchlight.Header
	if offset < exactTotal {
		headers, err = tx.run(exact, order.after(`CASE WHEN o.name = ? THEN 0 ELSE 1 END`, q.Pattern), limit, offset)
		if err != nil || len(headers) == limit {
			return headers, err
		}
	}
	others, err := tx.run(where.with(`o.name_key <> ?`, key), order, limit-len(headers), max(offset-exactTotal, 0))
	return append(headers, others...), err
}

// run reads a part of a list. The inner query finds the IDs in an index alone;
// only objects on the page are looked up.
func (tx *Tx) run(where *conditions, order *order, limit, offset int) ([]searchlight.Header, error) {
	typeColumn := `o.type`
	if len(where.types) > 1 {
		typeColumn = tx.store.backend.Unordered(typeColumn)
	}
	if order.link != "" {
		where = where.with(order.link)
	}
	args := append(where.arguments(), order.args...)
	args = append(append(args, limit, offset), order.args...)
	return all(tx, scanHeader,
		`SELECT `+headerColumns+` FROM (SELECT o.id FROM `+order.tables+where.clause(typeColumn)+
			` ORDER BY `+order.sql+` LIMIT ? OFFSET ?) page JOIN objects o ON o.id = page.id`+order.join+` ORDER BY `+order.sql, args...)
}

// total counts a whole list. The count is remembered for the next page.
func (tx *Tx) total(where *conditions) (int, error) {
	if tx.changes > 0 { // the list may be one that is undone
		return tx.count(where)
	}
	version, err := tx.Version()
	if err != nil {
		return 0, err
	}
	key := where.key()
	if total, ok := tx.store.totals.get(version, key); ok {
		return total, nil
	}
	total, err := tx.count(where)
	if err == nil {
		tx.store.totals.put(version, key, total)
	}
	return total, err
}

func (tx *Tx) count(where *conditions) (int, error) {
	return one(tx, func(row scanner, n *int) error { return row.Scan(n) },
		`SELECT count(*) FROM objects o`+where.clause(`o.type`), where.arguments()...)
}

// conditions is a WHERE clause on the objects called o.
type conditions struct {
	types []any // none: all
	sql   []string
	args  []any
	never bool // nothing can meet them
}

func (c *conditions) and(condition string, args ...any) {
	c.sql = append(c.sql, condition)
	c.args = append(c.args, args...)
}

// with is a copy with one more condition.
func (c *conditions) with(condition string, args ...any) *conditions {
	longer := &conditions{types: c.types, sql: slices.Clone(c.sql), args: slices.Clone(c.args)}
	longer.and(condition, args...)
	return longer
}

func (c *conditions) clause(typeColumn string) string {
	all := c.sql
	switch len(c.types) {
	case 0:
	case 1:
		all = append([]string{typeColumn + ` = ?`}, all...)
	default:
		all = append([]string{typeColumn + ` IN (` + placeholders(len(c.types)) + `)`}, all...)
	}
	if len(all) == 0 {
		return ``
	}
	return ` WHERE ` + strings.Join(all, ` AND `)
}

// arguments are those of the clause, in a slice of the caller's own.
func (c *conditions) arguments() []any { return slices.Concat(c.types, c.args) }

// key tells lists apart.
func (c *conditions) key() totalKey {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q", c.clause(`o.type`), c.arguments()))
}

func (tx *Tx) conditionsOf(q searchlight.ListQuery) (*conditions, error) {
	c := &conditions{types: anys(q.Types)}
	if !q.ShowHidden {
		c.and(`NOT o.hidden`)
	}
	c.mayRead(q)
	if len(q.Subtypes) > 0 {
		c.and(`(o.type <> ? OR o.subtype IN (`+placeholders(len(q.Subtypes))+`))`,
			append([]any{searchlight.TypeLogicalTable}, anys(q.Subtypes)...)...)
	}
	if q.AutoCreated != nil {
		c.and(`o.auto_created = ?`, *q.AutoCreated)
	}

	switch q.Category {
	case "", searchlight.CategoryAll:
	case searchlight.CategoryMine:
		c.and(`o.author = ?`, q.Viewer)
	case searchlight.CategoryFavorite:
		c.and(`EXISTS (SELECT 1 FROM favourites f WHERE f.user_id = ? AND f.object_id = o.id)`, q.Viewer)
	case searchlight.CategoryRequested:
		c.never = true // nobody can request access yet
	default:
		return nil, errUnknownCategory(q.Category)
	}

	if q.Pattern != "" {
		if !storable(q.Pattern) {
			return nil, errText()
		}
		like := likePattern(q.Pattern)
		if len(like) > maxKeyBytes {
			return nil, errPatternTooLong()
		}
		c.and(`o.name_key LIKE ? ESCAPE '\'`, like)
	}
	if len(q.Tags) > 0 {
		keys := make([]string, len(q.Tags))
		for i, tag := range q.Tags {
			if !storable(tag) {
				return nil, errText()
			}
			keys[i] = fold(tag)
		}
		c.and(`EXISTS (SELECT 1 FROM object_tags ot JOIN objects t ON t.id = ot.tag_id WHERE ot.object_id = o.id AND `+
			tx.store.backend.Listed(`t.name_key`)+`)`, jsonOf(keys))
	}
	if q.Fetch != nil {
		c.and(tx.store.backend.Listed(`o.id`), jsonOf(guidsAmong(q.Fetch)))
		c.never = c.never || len(q.Fetch) == 0
	}
	if len(q.Skip) > 0 {
		c.and(`NOT `+tx.store.backend.Listed(`o.id`), jsonOf(guidsAmong(q.Skip)))
	}
	return c, nil
}

// mayRead is the one place that says which objects a viewer sees.
func (c *conditions) mayRead(q searchlight.ListQuery) {
	if !q.ViewAll {
		c.and(`o.author = ?`, q.Viewer)
	}
}

// order is the ORDER BY clause of a list, with what it needs around it.
type order struct {
	tables string // in which the objects of the page are found
	link   string // condition between the tables
	join   string // to the objects of the page
	sql    string
	args   []any
}

// after is the order behind a more important one.
func (o *order) after(sql string, args ...any) *order {
	return &order{tables: o.tables, link: o.link, join: o.join, sql: sql + `, ` + o.sql, args: append(args, o.args...)}
}

func orderOf(q searchlight.ListQuery) (*order, error) {
	o := &order{tables: `objects o`}
	var key string
	ascending := true
	switch q.Sort {
	case "", searchlight.SortDefault:
		key, ascending = `o.modified`, false
		if onlyTags(q.Types) {
			key, ascending = `o.name_key`, true
		}
	case searchlight.SortName, searchlight.SortDisplayName: // objects have no other name to display
		key = `o.name_key`
	case searchlight.SortAuthor:
		key = `a.name_key`
		o.join = ` JOIN users a ON a.id = o.author`
		// Written so, SQLite follows the names of the users.
		o.tables, o.link = `users a CROSS JOIN objects o`, `a.id = o.author`
	case searchlight.SortCreated:
		key, ascending = `o.created`, false
	case searchlight.SortModified:
		key, ascending = `o.modified`, false
	default:
		return nil, errUnknownSort(q.Sort)
	}
	if q.Ascending != nil && q.Sort != "" && q.Sort != searchlight.SortDefault {
		ascending = *q.Ascending
	}
	o.sql = key + `, o.id`
	if !ascending {
		o.sql = key + ` DESC, o.id`
	}
	return o, nil
}

func onlyTags(types []searchlight.ObjectType) bool {
	for _, t := range types {
		if t != searchlight.TypeTag {
			return false
		}
	}
	return len(types) > 0
}

func placeholders(n int) string {
	return strings.TrimSuffix(strings.Repeat(`?, `, n), `, `)
}

func anys[T any](values []T) []any {
	converted := make([]any, len(values))
	for i, v := range values {
		converted[i] = v
	}
	return converted
}

// guidsAmong drops what is no GUID, and so names no object.
func guidsAmong(ids []searchlight.GUID) []string {
	guids := make([]string, 0, len(ids))
	for _, id := range ids {
		if guid, ok := searchlight.ParseGUID(string(id)); ok {
			guids = append(guids, string(guid))
		}
	}
	return guids
}

// jsonOf is the argument of Backend.Listed.
func jsonOf(texts []string) string {
	encoded, _ := json.Marshal(texts) // texts always marshal
	return string(encoded)
}

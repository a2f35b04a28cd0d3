package sqlstore

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// Headers implements searchlight.Tx: the listing rules of api-v1.md 1.10. It
// fails with CodeInvalid on an unknown order or category, and when columns or
// principals are asked for together with anything else.
//
// The embedded connection, which everybody may name, is listed only to those
// who see it like any other object.
func (tx *Tx) Headers(q searchlight.ListQuery) (*searchlight.HeaderPage, error) {
	l, err := tx.list(q)
	if err != nil {
		return nil, err
	}
	offset := min(max(q.Offset, 0), math.MaxInt32)
	limit := min(q.Limit, math.MaxInt32)
	if limit <= 0 {
		limit = math.MaxInt32
	}
	ids, err := l.page(offset, limit+1) // one more tells whether the list goes on
	if err != nil {
		return nil, err
	}
	headers, err := l.headers(ids[:min(len(ids), limit)])
	if err != nil {
		return nil, err
	}
	return &searchlight.HeaderPage{Headers: headers, More: len(ids) > limit}, nil
}

// list finds the IDs on a page, in indexes where there is one for the order,
// and then reads what is on it.
type list struct {
	tx    *Tx
	query searchlight.ListQuery
	kind  kind
	order order
	where conditions // on the rows of the kind
	short bool       // where begins with few rows
	// shared lists the same from the table access; nil: not possible.
	shared *shared
	// tables lists those of a list of columns in its order; nil: likewise.
	tables *shared
}

// kind is what a list is of.
type kind struct {
	of      searchlight.ObjectType // columns, users or groups; empty: objects
	rows    string                 // what is listed, in a FROM clause
	named   string                 // the table with a column name_key
	alias   string                 // of the rows
	columns string                 // of a header
	scan    func(scanner, *searchlight.Header) error

	// What lists are ordered by.
	author, created, modified, display string
	authorKey                          string // of the author's name; empty: it is not with the rows
}

func (k *kind) id() string  { return k.alias + `.id` }
func (k *kind) key() string { return k.alias + `.name_key` }

var (
	objectKind = kind{
		rows: `objects o`, named: `objects`, alias: `o`, columns: headerColumns, scan: scanHeader,
		author: `o.author`, authorKey: `o.author_key`, created: `o.created`, modified: `o.modified`,
		display: `o.name_key`, // the only name that objects have
	}
	columnKind = kind{
		of:   searchlight.TypeLogicalColumn,
		rows: `object_columns c JOIN objects o ON o.id = c.object_id`, named: `object_columns`, alias: `c`, columns: columnHeader, scan: scanColumnHeader,
		author: `o.author`, authorKey: `o.author_key`, created: `o.created`, modified: `o.modified`, display: `c.name_key`,
	}
	userKind = kind{
		of:   searchlight.TypeUser,
		rows: `users u`, named: `users`, alias: `u`, columns: `u.id, u.type, u.name, u.display_name, '', u.author, u.created, u.modified, u.modified_by, u.version`,
		scan:   scanPrincipalHeader(searchlight.TypeUser),
		author: `u.author`, created: `u.created`, modified: `u.modified`, display: `u.display_key`,
	}
	groupKind = kind{
		of:   searchlight.TypeUserGroup,
		rows: `groups g`, named: `groups`, alias: `g`, columns: `g.id, g.type, g.name, g.display_name, g.description, g.author, g.created, g.modified, g.modified_by, g.version`,
		scan:   scanPrincipalHeader(searchlight.TypeUserGroup),
		author: `g.author`, created: `g.created`, modified: `g.modified`, display: `g.display_key`,
	}
)

func kindOf(types []searchlight.ObjectType) (kind, error) {
	for _, k := range []kind{columnKind, userKind, groupKind} {
		if !slices.Contains(types, k.of) {
			continue
		}
		if slices.ContainsFunc(types, func(t searchlight.ObjectType) bool { return t != k.of }) {
			return kind{}, errMixedTypes(k.of)
		}
		return k, nil
	}
	return objectKind, nil
}

// principals reports whether the list is one of users or groups.
func (k *kind) principals() bool {
	return k.of == searchlight.TypeUser || k.of == searchlight.TypeUserGroup
}

func scanPrincipalHeader(t searchlight.ObjectType) func(scanner, *searchlight.Header) error {
	return func(row scanner, h *searchlight.Header) error {
		var description string
		err := row.Scan(&h.ID, &h.Subtype, &h.Name, &h.DisplayName, &description, &h.Author, instantOf{&h.Created}, instantOf{&h.Modified}, &h.ModifiedBy, &h.Version)
		h.Type, h.Owner = t, h.ID
		if description != "" {
			h.Description = &description
		}
		return err
	}
}

func (tx *Tx) list(q searchlight.ListQuery) (*list, error) {
	k, err := kindOf(q.Types)
	if err != nil {
		return nil, err
	}
	l := &list{tx: tx, query: q, kind: k}
	if q.Viewer == nil {
		l.query.Viewer, l.where.never = &searchlight.Subject{}, true
	}
	if l.order, err = orderOf(q, &l.kind); err != nil {
		return nil, err
	}
	if err := l.conditions(&l.where); err != nil || l.where.never {
		return l, err
	}
	if rare, err := l.rare(); err != nil || rare {
		return l, err
	}
	if k.of == searchlight.TypeLogicalColumn {
		return l, l.walkTables()
	}
	l.shared, err = l.sharedPart()
	return l, err
}

// page finds the IDs of a part of the list. With a pattern that names
// something exactly, the list has two runs, so that each can follow an index:
// what has just that name, which clients take for the one they meant, and then
// the others.
func (l *list) page(offset, limit int) ([]searchlight.GUID, error) {
	if l.where.never {
		return nil, nil
	}
	if l.query.Pattern == "" || strings.Contains(l.query.Pattern, "%") {
		return l.run(offset, limit)
	}
	key, name := fold(l.query.Pattern), l.kind.alias+`.name`
	if l.short { // all of it is sorted
		order := l.order.after(`CASE WHEN `+name+` = ? THEN 0 WHEN `+l.kind.key()+` = ? THEN 1 ELSE 2 END`, l.query.Pattern, key)
		return l.walk(l.where, order, offset, limit)
	}
	order := l.order.after(`CASE WHEN `+name+` = ? THEN 0 ELSE 1 END`, l.query.Pattern)
	order.rows = l.kind.rows // wherever the list begins, these begin with the name
	exact, err := l.walk(l.where.with(l.kind.key()+` = ?`, key), order, 0, offset+limit)
	if err != nil {
		return nil, err
	}
	ids := exact[min(offset, len(exact)):]
	if len(ids) == limit {
		return ids, nil
	}
	others := *l
	others.where = l.where.with(l.kind.key()+` <> ?`, key)
	if l.shared != nil {
		others.shared = l.shared.with(`a.name_key <> ?`, key)
	}
	rest, err := others.run(max(offset-len(exact), 0), limit-len(ids))
	return append(ids, rest...), err
}

func (l *list) run(offset, limit int) ([]searchlight.GUID, error) {
	switch {
	case l.shared != nil:
		return l.tx.sharedRun(l.shared, offset, limit)
	case l.tables != nil:
		return l.tablesRun(offset, limit)
	case l.order.join != `` && !l.short:
		return l.authorsRun(offset, limit)
	}
	return l.walk(l.where, l.order, offset, limit)
}

// maxAuthors is of how many authors the rows are found one author after the
// other. Most principals are made by a few.
const maxAuthors = 10

// authorsRun walks in the order of authors, which are not with the rows. Those
// who are gone are in one place.
func (l *list) authorsRun(offset, limit int) ([]searchlight.GUID, error) {
	type author struct{ id, key string }
	authors, err := all(l.tx, func(row scanner, a *author) error { return row.Scan(&a.id, &a.key) },
		`WITH RECURSIVE next (author) AS (
			SELECT min(x.author) FROM `+l.kind.named+` x
			UNION ALL
			SELECT (SELECT min(x.author) FROM `+l.kind.named+` x WHERE x.author > n.author) FROM next n WHERE n.author IS NOT NULL
		)
		SELECT made.author, `+l.order.key+` FROM (SELECT n.author FROM next n WHERE n.author IS NOT NULL LIMIT ?) made
		LEFT JOIN users author ON author.id = made.author ORDER BY 2`+direction(l.order.descending), maxAuthors+1)
	if err != nil {
		return nil, err
	}
	if len(authors) > maxAuthors {
		return l.walk(l.where, l.order, offset, limit)
	}
	byID := order{rows: l.order.rows, sql: l.kind.id() + direction(l.order.mirrored)}
	var ids []searchlight.GUID
	for len(authors) > 0 && len(ids) < offset+limit {
		var same []string
		for key := authors[0].key; len(authors) > 0 && authors[0].key == key; authors = authors[1:] {
			same = append(same, authors[0].id)
		}
		found, err := l.walk(l.where.with(l.kind.author+` IN (`+placeholders(len(same))+`)`, anys(same)...), byID, 0, offset+limit-len(ids))
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	return ids[min(offset, len(ids)):], nil
}

// walk looks at the rows in the order of the list.
func (l *list) walk(where conditions, order order, offset, limit int) ([]searchlight.GUID, error) {
	return all(l.tx, scanGUID, `SELECT `+l.kind.id()+` FROM `+order.rows+order.join+where.clause()+` ORDER BY `+order.sql+` LIMIT ? OFFSET ?`,
		slices.Concat(where.args, order.args, []any{limit, offset})...)
}

// maxRead is how many headers are read with one statement.
const maxRead = 1000

// headers reads what has the IDs, in their order.
func (l *list) headers(ids []searchlight.GUID) ([]searchlight.Header, error) {
	var headers []searchlight.Header
	for chunk := range slices.Chunk(ids, maxRead) {
		found, err := all(l.tx, l.kind.scan, `SELECT `+l.kind.columns+` FROM `+l.kind.rows+` WHERE `+l.tx.store.backend.Listed(l.kind.id()), jsonOf(chunk))
		if err != nil {
			return nil, err
		}
		position := make(map[searchlight.GUID]int, len(chunk))
		for i, id := range chunk {
			position[id] = i
		}
		slices.SortFunc(found, func(a, b searchlight.Header) int { return position[a.ID] - position[b.ID] })
		headers = append(headers, found...)
	}
	return headers, nil
}

// order is the ORDER BY clause of a list. IDs ascend in the order that a sort
// key has by itself; the other one is its mirror image, so that an index serves
// for both.
type order struct {
	key        string
	descending bool // the key
	mirrored   bool
	sql        string
	rows       string // those of the list
	join       string // what the order needs beside them
	args       []any
}

// after is the order behind a more important one.
func (o order) after(sql string, args ...any) order {
	o.sql, o.args = sql+`, `+o.sql, append(args, o.args...)
	return o
}

func orderOf(q searchlight.ListQuery, k *kind) (order, error) {
	o := order{rows: k.rows}
	sort := q.Sort
	if sort == "" || sort == searchlight.SortDefault {
		sort = searchlight.SortModified
		if k.principals() || onlyTags(q.Types) {
			sort = searchlight.SortName
		}
		q.Ascending = nil
	}
	switch sort {
	case searchlight.SortName:
		o.key = k.key()
	case searchlight.SortDisplayName:
		o.key = k.display
	case searchlight.SortAuthor:
		if o.key = k.authorKey; o.key != "" {
			break
		}
		// The author may be gone.
		o.key, o.join = `coalesce(author.name_key, '')`, ` LEFT JOIN users author ON author.id = `+k.author
	case searchlight.SortCreated:
		o.key, o.descending = k.created, true
	case searchlight.SortModified:
		o.key, o.descending = k.modified, true
	default:
		return o, errUnknownSort(q.Sort)
	}
	if q.Ascending != nil && *q.Ascending == o.descending {
		o.descending, o.mirrored = !o.descending, true
	}
	o.sql = o.by(o.key, k.id())
	return o, nil
}

func (o *order) by(key, id string) string {
	return key + direction(o.descending) + `, ` + id + direction(o.mirrored)
}

func direction(descending bool) string {
	if descending {
		return ` DESC`
	}
	return ``
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
func jsonOf[T ~string](texts []T) string {
	encoded, _ := json.Marshal(texts) // texts always marshal
	return string(encoded)
}

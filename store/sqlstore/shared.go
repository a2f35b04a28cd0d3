package sqlstore

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// shared is a list of objects from the table access, called a.
type shared struct {
	principals string
	types      []searchlight.ObjectType
	ofTypes    conditions // the types, of objects called o
	where      conditions
	order      order
	column     string // of access, that orders the list
	sorted     bool   // it is so short that it is read whole
}

// objectTypes are the types that a list is of when it does not say.
var objectTypes = []searchlight.ObjectType{searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable,
	searchlight.TypeConnection, searchlight.TypeTag}

// sharedPart is the list from the table access, nil where that does not have
// it or starts from something that narrows it more.
func (l *list) sharedPart() (*shared, error) {
	q := l.query
	types := q.Types
	if len(types) == 0 {
		types = objectTypes
	}
	if l.kind.of != "" || seesAll(q.Viewer) && q.For == nil || q.Viewer.Scope != "" || q.Author != "" || q.Fetch != nil ||
		q.Category != "" && q.Category != searchlight.CategoryAll || slices.Contains(types, searchlight.TypeVisualization) {
		return nil, nil
	}

	b := l.tx.store.backend
	s := &shared{types: types, principals: jsonOf(guidsAmong(q.Viewer.Principals()))}
	if q.For != nil {
		s.principals = jsonOf(guidsAmong(q.For))
		s.where.and(`a.level >= ?`, q.AtLeast)
		if !seesAll(q.Viewer) && !within(q.For, q.Viewer.Principals()) {
			s.where.and(probe(`SELECT 1 FROM access v WHERE v.object_id = a.object_id AND `+b.Among(`v.principal_id`)),
				jsonOf(guidsAmong(q.Viewer.Principals())))
		}
	}
	l.ofTypes(&s.ofTypes)
	l.filter(&s.where, `a`)
	l.skip(&s.where, `a.object_id`)
	if err := l.labelled(&s.where, `a.object_id`); err != nil {
		return nil, err
	}
	if err := l.named(&s.where, `a.name_key`); err != nil {
		return nil, err
	}

	s.order = l.order
	switch l.order.key {
	case l.kind.key():
		s.column = `name_key`
	case l.kind.created:
		s.column = `created`
	case l.kind.modified:
		s.column = `modified`
	case l.kind.authorKey:
		s.column = `author_key`
	default:
		panic("sqlstore: a list of objects is ordered by " + l.order.key)
	}
	s.order.key = `a.` + s.column
	return s, l.sortSpecials(s)
}

// ofSpecials is the condition of the index access_subtype; SQLite compares the
// texts.
const ofSpecials = `a.type = 'LOGICAL_TABLE' AND a.subtype <> 'ONE_TO_ONE_LOGICAL'`

// maxSorted is up to how many rows of access are sorted for a page.
const maxSorted = 2000

// sortSpecials makes a list of tables of some subtypes, plain tables not among
// them, one that is sorted, if these are few: they may be far apart among the
// tables that a merge goes through.
func (l *list) sortSpecials(s *shared) error {
	q := l.query
	if len(q.Types) != 1 || q.Types[0] != searchlight.TypeLogicalTable || len(q.Subtypes) == 0 || slices.Contains(q.Subtypes, searchlight.SubtypeTable) {
		return nil
	}
	found, err := one(l.tx, func(row scanner, n *int) error { return row.Scan(n) },
		`SELECT count(*) FROM (SELECT 1 FROM access a WHERE `+ofSpecials+` AND `+l.tx.store.backend.Listed(`a.principal_id`)+`
			AND a.subtype IN (`+placeholders(len(q.Subtypes))+`) LIMIT ?) few`,
		slices.Concat([]any{s.principals}, anys(q.Subtypes), []any{maxSorted + 1})...)
	if err == nil && found <= maxSorted {
		s.sorted = true
		s.where.and(ofSpecials)
		s.where.and(`a.subtype IN (`+placeholders(len(q.Subtypes))+`)`, anys(q.Subtypes)...)
	}
	return err
}

// within reports whether all of some are among others.
func within(some, others []searchlight.GUID) bool {
	return !slices.ContainsFunc(some, func(id searchlight.GUID) bool { return !slices.Contains(others, id) })
}

// with is a copy with one more condition.
func (s shared) with(condition string, args ...any) *shared {
	s.where = s.where.with(condition, args...)
	return &s
}

// maxMerged is how far into a list a page may reach that is merged; to read
// and sort everything is faster then.
const maxMerged = 1000

// maxBounded is how far one may reach for which it is worth the while to look
// for a key that it does not go beyond.
const maxBounded = 10_100

func (tx *Tx) sharedRun(s *shared, offset, limit int) ([]searchlight.GUID, error) {
	reach := offset + limit
	b := tx.store.backend
	where := s.where.with(b.Listed(`a.principal_id`), s.principals)
	switch {
	case s.sorted: // of one type
		return tx.sortShared(s, []conditions{where}, offset, limit)
	case reach <= maxMerged:
		query, args := b.Merge(Merge{Principals: s.principals, Types: jsonOf(s.types), Key: s.column,
			Descending: s.order.descending, Mirrored: s.order.mirrored, Where: s.where.sql, Args: s.where.args, Offset: offset, Limit: limit})
		return all(tx, scanGUID, query, args...)
	}
	if reach <= maxBounded {
		// Whoever sees a third of all objects has the page before this key.
		keys, err := all(tx, func(row scanner, key *any) error { return row.Scan(key) },
			`SELECT o.`+s.column+` FROM objects o`+s.ofTypes.clause()+` ORDER BY o.`+s.column+direction(s.order.descending)+` LIMIT 1 OFFSET ?`,
			slices.Concat(s.ofTypes.args, []any{3 * reach})...)
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			before := map[bool]string{false: ` <= ?`, true: ` >= ?`}[s.order.descending]
			parts := make([]conditions, len(s.types)) // the keys of one type are side by side
			for i, t := range s.types {
				parts[i] = where.with(`a.type = ?`, t).with(s.order.key+before, key)
			}
			ids, err := tx.sortShared(s, parts, offset, limit)
			if err != nil || len(ids) == limit {
				return ids, err
			}
		}
	}
	return tx.sortShared(s, []conditions{where.with(b.Listed(`a.type`), jsonOf(s.types))}, offset, limit)
}

// sortShared reads rows of access, which meet one of the conditions, and sorts
// them.
func (tx *Tx) sortShared(s *shared, parts []conditions, offset, limit int) ([]searchlight.GUID, error) {
	var queries []string
	var args []any
	for _, where := range parts {
		queries = append(queries, `SELECT `+s.order.key+` AS key, a.object_id FROM access a`+where.clause())
		args = append(args, where.args...)
	}
	return all(tx, scanGUID, `SELECT f.object_id FROM (`+strings.Join(queries, ` UNION ALL `)+`) f GROUP BY f.key, f.object_id
		ORDER BY f.key`+direction(s.order.descending)+`, f.object_id`+direction(s.order.mirrored)+` LIMIT ? OFFSET ?`, append(args, limit, offset)...)
}

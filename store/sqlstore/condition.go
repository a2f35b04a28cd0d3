package sqlstore

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// conditions is a WHERE clause.
type conditions struct {
	sql   []string
	args  []any
	never bool // nothing can meet them
}

func (c *conditions) and(condition string, args ...any) {
	c.sql = append(c.sql, condition)
	c.args = append(c.args, args...)
}

// with is a copy with one more condition.
func (c conditions) with(condition string, args ...any) conditions {
	c.sql, c.args = slices.Clone(c.sql), slices.Clone(c.args)
	c.and(condition, args...)
	return c
}

func (c conditions) clause() string {
	if len(c.sql) == 0 {
		return ``
	}
	return ` WHERE ` + strings.Join(c.sql, ` AND `)
}

// probe is the condition that a query about a row finds something. PostgreSQL
// would rather run the query for all rows beforehand; OFFSET keeps it from that.
func probe(query string) string { return `EXISTS (` + query + ` LIMIT 1 OFFSET 0)` }

// conditions are those of the list on the rows of its kind.
func (l *list) conditions(c *conditions) error {
	l.ofTypes(c)
	l.filter(c, l.kind.alias)
	if err := l.labelled(c, l.kind.id()); err != nil {
		return err
	}
	if err := l.named(c, l.kind.key(), l.kind.display); err != nil {
		return err
	}
	l.among(c)
	return l.visible(c)
}

// ofTypes narrows objects to the types asked for. Parts are listed only when
// they are.
func (l *list) ofTypes(c *conditions) {
	if l.kind.of != "" {
		return
	}
	switch types := l.query.Types; len(types) {
	case 0:
		c.and(`o.type <> ?`, searchlight.TypeVisualization)
	case 1:
		c.and(`o.type = ?`, types[0])
	default:
		c.and(l.tx.store.backend.Unordered(`o.type`)+` IN (`+placeholders(len(types))+`)`, anys(types)...)
	}
}

// filter narrows the list by what is in the rows themselves: those of the kind,
// or of the table access.
func (l *list) filter(c *conditions, alias string) {
	q := l.query
	switch l.kind.of {
	case "":
		if !q.ShowHidden {
			c.and(`NOT ` + alias + `.hidden`)
		}
		if len(q.Subtypes) > 0 {
			c.and(`(`+alias+`.type <> ? OR `+alias+`.subtype IN (`+placeholders(len(q.Subtypes))+`))`,
				append([]any{searchlight.TypeLogicalTable}, anys(q.Subtypes)...)...)
		}
		if q.AutoCreated != nil {
			c.and(alias+`.auto_created = ?`, *q.AutoCreated)
		}
		return
	case searchlight.TypeLogicalColumn:
		if !q.ShowHidden {
			c.and(`NOT c.hidden AND NOT o.hidden`)
		}
		if len(q.Subtypes) > 0 {
			c.and(`c.formula`)
			c.never = c.never || !slices.Contains(q.Subtypes, searchlight.SubtypeFormula)
		}
	}
	c.never = c.never || q.AutoCreated != nil && *q.AutoCreated // objects alone are
}

// labelled narrows the list by tags and by what contains the rows.
func (l *list) labelled(c *conditions, id string) error {
	q := l.query
	if len(q.Tags) > 0 {
		keys := make([]string, len(q.Tags))
		for i, tag := range q.Tags {
			if !storable(tag) {
				return errText()
			}
			keys[i] = fold(tag)
		}
		c.and(probe(`SELECT 1 FROM object_tags ot JOIN objects t ON t.id = ot.tag_id WHERE ot.item_id = `+id+` AND `+
			l.tx.store.backend.Among(`t.name_key`)), jsonOf(keys))
	}
	if len(q.OwnerTypes) == 0 {
		return nil
	}
	switch l.kind.of {
	case "":
		c.and(probe(`SELECT 1 FROM objects part JOIN objects whole ON whole.id = part.owner WHERE part.id = `+id+
			` AND whole.type IN (`+placeholders(len(q.OwnerTypes))+`)`), anys(q.OwnerTypes)...)
	case searchlight.TypeLogicalColumn:
		c.and(`o.type IN (`+placeholders(len(q.OwnerTypes))+`)`, anys(q.OwnerTypes)...)
	default: // principals contain themselves
		c.never = c.never || !slices.Contains(q.OwnerTypes, l.kind.of)
	}
	return nil
}

// named narrows the list by the pattern of its names.
func (l *list) named(c *conditions, keys ...string) error {
	if l.query.Pattern == "" {
		return nil
	}
	if !storable(l.query.Pattern) {
		return errText()
	}
	like := likePattern(l.query.Pattern)
	if len(like) > maxKeyBytes {
		return errPatternTooLong()
	}
	var either []string
	for _, key := range slices.Compact(keys) {
		either = append(either, key+` LIKE ? ESCAPE '\'`)
		c.args = append(c.args, like)
	}
	c.sql = append(c.sql, `(`+strings.Join(either, ` OR `)+`)`)
	return nil
}

// among narrows the list to rows of an author, and to those that were picked.
func (l *list) among(c *conditions) {
	q, listed := l.query, l.tx.store.backend.Listed
	if q.Author != "" {
		c.and(l.kind.author+` = ?`, q.Author)
	}
	if q.Fetch != nil {
		c.and(listed(l.kind.id()), jsonOf(guidsAmong(q.Fetch)))
		c.never = c.never || len(q.Fetch) == 0
	}
	l.skip(c, l.kind.id())
}

func (l *list) skip(c *conditions, id string) {
	if len(l.query.Skip) > 0 {
		c.and(id+` NOT IN (`+l.tx.store.backend.Elements()+`)`, jsonOf(guidsAmong(l.query.Skip)))
	}
}

package postgres

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/store/sqlstore"
)

// Merge takes as many of the first rows of every principal and type as the
// list may need of it.
func (b *backend) Merge(m sqlstore.Merge) (query string, args []any) {
	key, id := m.Directions()
	where := strings.Join(append([]string{`a.principal_id = p.id AND a.type = t.type`}, m.Where...), ` AND `)
	query = `SELECT f.object_id FROM jsonb_array_elements_text(?::jsonb) AS p (id) CROSS JOIN jsonb_array_elements_text(?::jsonb) AS t (type)
		CROSS JOIN LATERAL (
			SELECT a.object_id, a.` + m.Key + ` AS key FROM access a WHERE ` + where + `
				ORDER BY a.` + m.Key + key + `, a.object_id` + id + ` LIMIT ?
		) f
		GROUP BY f.key, f.object_id ORDER BY f.key` + key + `, f.object_id` + id + ` LIMIT ? OFFSET ?`
	return query, slices.Concat([]any{m.Principals, m.Types}, m.Args, []any{m.Offset + m.Limit, m.Limit, m.Offset})
}

package postgres

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/store/sqlstore"
)

// firstRows is how many rows of each principal and type are looked at before
// it is known how far the page can reach.
const firstRows = 5

// Merge first finds a key that the page surely does not go beyond: that of the
// last object on it, if there were only the first rows of every principal and
// type. What is up to there is little more than the page.
func (b *backend) Merge(m sqlstore.Merge) (query string, args []any) {
	key, id := m.Directions()
	within, last := `<=`, ` DESC`
	if m.Descending {
		within, last = `>=`, ``
	}
	where := strings.Join(append([]string{`a.principal_id = b.principal_id`, `a.type = b.type`}, m.Where...), ` AND `)
	first := func(more string) string {
		return `branch b CROSS JOIN LATERAL (SELECT a.object_id, a.` + m.Key + ` AS key FROM access a
			WHERE ` + where + more + ` ORDER BY a.` + m.Key + key + `, a.object_id` + id + ` LIMIT ?) f`
	}
	inOrder := ` GROUP BY f.key, f.object_id ORDER BY f.key` + key + `, f.object_id` + id + ` LIMIT ? OFFSET ?`

	query = `WITH
		branch (principal_id, type) AS MATERIALIZED (SELECT p, t FROM jsonb_array_elements_text(?::jsonb) p CROSS JOIN jsonb_array_elements_text(?::jsonb) t),
		bound (key) AS MATERIALIZED (SELECT coalesce(
			(SELECT f.key FROM ` + first(``) + inOrder + `),
			(SELECT o.` + m.Key + ` FROM objects o ORDER BY o.` + m.Key + last + ` LIMIT 1)))
		SELECT f.object_id FROM ` + first(` AND a.`+m.Key+` `+within+` (SELECT key FROM bound)`) + inOrder
	reach := m.Offset + m.Limit
	return query, slices.Concat([]any{m.Principals, m.Types}, m.Args, []any{firstRows, 1, reach - 1}, m.Args, []any{reach, m.Limit, m.Offset})
}

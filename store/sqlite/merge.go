package sqlite

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight/store/sqlstore"
)

// Merge keeps the next row of every principal and type in a queue. ORDER BY
// makes a recursive query take the first row out of its queue, and for each
// row taken its successor comes in; LIMIT stops it.
func (b *backend) Merge(m sqlstore.Merge) (query string, args []any) {
	keyOrder, idOrder := m.Directions()
	behind := map[string]string{``: `>`, ` DESC`: `<`}
	of := func(branch string) string {
		conditions := append([]string{`a.principal_id = ` + branch + `.principal_id`, `a.type = ` + branch + `.type`}, m.Where...)
		return `SELECT a.rowid FROM access a WHERE ` + strings.Join(conditions, ` AND `)
	}
	inOrder := ` ORDER BY a.` + m.Key + keyOrder + `, a.object_id` + idOrder + ` LIMIT 1`
	row := `SELECT n.principal_id, n.type, n.` + m.Key + `, n.object_id FROM `

	query = `WITH RECURSIVE
		branch (principal_id, type) AS (SELECT p.value, t.value FROM json_each(?) p CROSS JOIN json_each(?) t),
		queue (principal_id, type, key, object_id) AS (
			` + row + `branch b CROSS JOIN access n WHERE n.rowid = (` + of(`b`) + inOrder + `)
			UNION ALL
			` + row + `queue q CROSS JOIN access n WHERE n.rowid = coalesce(
				(` + of(`q`) + ` AND a.` + m.Key + ` = q.key AND a.object_id ` + behind[idOrder] + ` q.object_id` + inOrder + `),
				(` + of(`q`) + ` AND a.` + m.Key + ` ` + behind[keyOrder] + ` q.key` + inOrder + `))
			ORDER BY 3` + keyOrder + `, 4` + idOrder + `
		)
		SELECT DISTINCT object_id FROM queue LIMIT ? OFFSET ?`
	return query, slices.Concat([]any{m.Principals, m.Types}, m.Args, m.Args, m.Args, []any{m.Limit, m.Offset})
}

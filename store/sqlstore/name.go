package sqlstore

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/searchlight-bi/searchlight"
)

// This file keeps the names of objects and columns by the pieces of which they
// consist, so that what a pattern matches is found without a look at all names.
// A name is kept once, however many have it.

// pieceLength is how many characters a piece has. The ends of a name are
// marked, so that whatever stands in it begins a piece, and patterns that are
// bound to an end find pieces too. A mark that is part of a name does no harm:
// what the pieces find is compared with the pattern.
const (
	pieceLength = 3
	beginning   = "<"
	end         = ">>"
)

// piecesOf are the pieces of a text, each once; a shorter text is its own.
func piecesOf(text string) []string {
	characters := []rune(text)
	if len(characters) <= pieceLength {
		return []string{text}
	}
	var pieces []string
	seen := make(map[string]bool, len(characters))
	for window := range len(characters) - pieceLength + 1 {
		piece := string(characters[window : window+pieceLength])
		if !seen[piece] {
			pieces, seen[piece] = append(pieces, piece), true
		}
	}
	return pieces
}

// name is a row of the table names.
type name struct {
	id  int64
	key string
}

func scanName(row scanner, n *name) error { return row.Scan(&n.id, &n.key) }

func scanKey(row scanner, key *string) error { return row.Scan(key) }

// namesIn are the keys of the names of an object and its columns, each once.
func namesIn(o *searchlight.Object) ([]string, error) {
	names := make([]string, len(o.Columns)+1)
	var err error
	if names[0], err = nameKey(o.Name); err != nil {
		return nil, err
	}
	for i, c := range o.Columns {
		if names[i+1], err = nameKey(c.Name); err != nil {
			return nil, err
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// storedNames are the same of stored objects o.
func (tx *Tx) storedNames(condition string, args ...any) ([]string, error) {
	return all(tx, scanKey, `SELECT o.name_key FROM objects o WHERE `+condition+`
		UNION SELECT c.name_key FROM objects o JOIN object_columns c ON c.object_id = o.id WHERE `+condition, slices.Concat(args, args)...)
}

// learnNames writes the names that are new among those of stored objects.
func (tx *Tx) learnNames(keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	b := tx.store.backend
	learnt, err := all(tx, scanName, `WITH keys (key) AS (`+b.Elements()+`)
		INSERT INTO names (key) SELECT key FROM keys WHERE true ON CONFLICT DO NOTHING RETURNING id, key`, jsonOf(keys))
	if err != nil || len(learnt) == 0 {
		return err
	}
	pieces := make(map[string][]string, len(learnt))
	for _, n := range learnt {
		pieces[strconv.FormatInt(n.id, 10)] = piecesOf(beginning + n.key + end)
	}
	encoded, _ := json.Marshal(pieces) // texts always marshal
	_, err = tx.exec(`INSERT INTO name_pieces (piece, name_id) SELECT pairs.value, CAST(pairs.key AS BIGINT) FROM `+b.Pairs(), string(encoded))
	return err
}

// forgetNames removes those of the names that nothing has any more.
func (tx *Tx) forgetNames(keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	listed := tx.store.backend.Listed
	idle, err := all(tx, scanName, `SELECT n.id, n.key FROM names n WHERE `+listed(`n.key`)+`
		AND NOT `+probe(`SELECT 1 FROM objects o WHERE o.name_key = n.key`)+`
		AND NOT `+probe(`SELECT 1 FROM object_columns c WHERE c.name_key = n.key`), jsonOf(keys))
	if err != nil || len(idle) == 0 {
		return err
	}
	keys = keys[:0:0]
	for _, n := range idle {
		keys = append(keys, n.key)
		_, err := tx.exec(`DELETE FROM name_pieces WHERE name_id = ? AND `+listed(`piece`), n.id, jsonOf(piecesOf(beginning+n.key+end)))
		if err != nil {
			return err
		}
	}
	_, err = tx.exec(`DELETE FROM names WHERE `+listed(`key`), jsonOf(keys))
	return err
}

// replaceNames learns and forgets what differs.
func (tx *Tx) replaceNames(before, after []string) error {
	without := func(keys, others []string) []string {
		return slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return slices.Contains(others, key) })
	}
	if err := tx.learnNames(without(after, before)); err != nil {
		return err
	}
	return tx.forgetNames(without(before, after))
}

const (
	// maxCandidates is from how many names a search by pieces may start.
	maxCandidates = 1500
	// maxPieces is how many pieces of a pattern are compared for how rare they
	// are.
	maxPieces = 10
)

// rare narrows a list of objects or columns to what its pattern matches, if
// that is little, and reports whether it is. It starts with the rarest piece of
// the pattern.
func (l *list) rare() (bool, error) {
	if l.kind.principals() || l.query.Pattern == "" {
		return false, nil
	}
	pieces := piecesOfPattern(l.query.Pattern)
	if len(pieces) == 0 {
		return false, nil
	}
	type counted struct {
		piece string
		count int
	}
	const in = `FROM name_pieces p WHERE p.piece >= `
	counts, err := all(l.tx, func(row scanner, c *counted) error { return row.Scan(&c.piece, &c.count) },
		`WITH pieces (piece) AS (`+l.tx.store.backend.Elements()+`)
		SELECT q.piece, (SELECT count(*) FROM (SELECT 1 `+in+`q.piece AND p.piece < q.piece || ? LIMIT ?) begun) FROM pieces q`,
		jsonOf(spread(pieces, maxPieces)), highest, maxCandidates+1)
	if err != nil {
		return false, err
	}
	rarest := slices.MinFunc(counts, func(a, b counted) int { return a.count - b.count })
	if rarest.count > maxCandidates {
		return false, nil
	}
	// One after the other: PostgreSQL would read whole tables for a join.
	keys, err := all(l.tx, scanKey, `SELECT key FROM (
			SELECT (SELECT n.key FROM names n WHERE n.id = p.name_id) AS key `+in+`? AND p.piece < ?
		) found WHERE key LIKE ? ESCAPE '\'`, rarest.piece, rarest.piece+highest, likePattern(l.query.Pattern))
	if err != nil {
		return false, err
	}
	if len(keys) == 0 {
		l.where.never = true
		return true, nil
	}
	b := l.tx.store.backend
	return l.few(&l.where, l.kind.id(), `SELECT x.id FROM `+l.kind.named+` x WHERE `+b.Listed(`x.name_key`), jsonOf(keys))
}

// highest is behind whatever a piece goes on with.
const highest = "\U0010ffff\U0010ffff\U0010ffff"

// spread picks some of many texts, from everywhere among them.
func spread(texts []string, n int) []string {
	if len(texts) <= n {
		return texts
	}
	picked := make([]string, n)
	for i := range picked {
		picked[i] = texts[i*(len(texts)-1)/(n-1)]
	}
	return picked
}

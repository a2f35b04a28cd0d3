package sqlstore

import (
	"github.com/searchlight-bi/searchlight"
)

// TagObject implements searchlight.Tx. A tag is an object of type TAG.
func (tx *Tx) TagObject(object, tag searchlight.GUID) error {
	holder, err := tx.holderOf(object)
	if err != nil {
		return err
	}
	header, err := tx.Header(tag)
	if err != nil {
		return err
	}
	if header.Type != searchlight.TypeTag {
		return errNoObject(tag)
	}
	put, err := tx.exec(`INSERT INTO object_tags (item_id, tag_id, object_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, object, tag, holder.id)
	if err != nil {
		return err
	}
	tx.changes += put
	return nil
}

// UntagObject implements searchlight.Tx. It is idle when the tag is not on.
func (tx *Tx) UntagObject(object, tag searchlight.GUID) error {
	taken, err := tx.exec(`DELETE FROM object_tags WHERE item_id = ? AND tag_id = ?`, object, tag)
	if err != nil {
		return err
	}
	tx.changes += taken
	return nil
}

// Tags implements searchlight.Tx. What has no tag is not in the answer.
func (tx *Tx) Tags(objects ...searchlight.GUID) (map[searchlight.GUID][]searchlight.Object, error) {
	type tagged struct {
		item searchlight.GUID
		tag  searchlight.Object
	}
	found, err := all(tx, func(row scanner, t *tagged) error { return scanObject(prefixed{row, &t.item}, &t.tag) },
		`SELECT t.item_id, `+headerColumns+`, o.content FROM object_tags t JOIN objects o ON o.id = t.tag_id
		WHERE `+tx.store.backend.Listed(`t.item_id`)+` ORDER BY o.name_key, o.id`, jsonOf(guidsAmong(objects)))
	if err != nil {
		return nil, err
	}
	tags := make(map[searchlight.GUID][]searchlight.Object)
	for _, t := range found {
		tags[t.item] = append(tags[t.item], t.tag)
	}
	return tags, nil
}

// prefixed is a row with one more column before those that are scanned.
type prefixed struct {
	row   scanner
	first any
}

func (p prefixed) Scan(dest ...any) error { return p.row.Scan(append([]any{p.first}, dest...)...) }

// AddFavorite implements searchlight.Tx.
func (tx *Tx) AddFavorite(user, object searchlight.GUID) error {
	if _, err := tx.User(user); err != nil {
		return err
	}
	if _, err := tx.Header(object); err != nil {
		return err
	}
	added, err := tx.exec(`INSERT INTO favourites (user_id, object_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, user, object)
	if err != nil {
		return err
	}
	tx.changes += added
	return nil
}

// RemoveFavorite implements searchlight.Tx. It is idle when the object is no
// favourite.
func (tx *Tx) RemoveFavorite(user, object searchlight.GUID) error {
	removed, err := tx.exec(`DELETE FROM favourites WHERE user_id = ? AND object_id = ?`, user, object)
	if err != nil {
		return err
	}
	tx.changes += removed
	return nil
}

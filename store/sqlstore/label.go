package sqlstore

import (
	"github.com/searchlight-bi/searchlight"
)

// TagObject puts a tag, an object of type TAG, on an object. It fails with
// CodeNotFound when one of them is not there, and is idle when the tag is on.
func (tx *Tx) TagObject(object, tag searchlight.GUID) error {
	if _, err := tx.Header(object); err != nil {
		return err
	}
	header, err := tx.Header(tag)
	if err != nil {
		return err
	}
	if header.Type != searchlight.TypeTag {
		return errNoObject(tag)
	}
	put, err := tx.exec(`INSERT INTO object_tags (object_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, object, tag)
	if err != nil {
		return err
	}
	tx.changes += put
	return nil
}

// AddFavorite makes an object one of a user's favourites. It fails with
// CodeNotFound when one of them is not there, and is idle when it is one.
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

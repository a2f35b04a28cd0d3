package searchlight

import (
	"maps"
	"slices"
)

// Details are what full headers show beside the headers (api-v1.md 1.10).
type Details struct {
	Authors map[GUID]Author   // of the headers and of Tags, without those who were deleted
	Tags    map[GUID][]Object // by object, and by name
}

// Author is how the author of an object is called.
type Author struct{ Name, DisplayName string }

// DetailsOf gathers the details of a page of headers.
func DetailsOf(tx Tx, headers []Header) (*Details, error) {
	d := &Details{Authors: map[GUID]Author{}}
	ids := make([]GUID, len(headers))
	wanted := map[GUID]bool{}
	for i := range headers {
		ids[i] = headers[i].ID
		wanted[headers[i].Author] = true
	}
	if len(ids) == 0 {
		return d, nil
	}
	var err error
	if d.Tags, err = tx.Tags(ids...); err != nil {
		return nil, err
	}
	for _, tags := range d.Tags {
		for i := range tags {
			wanted[tags[i].Author] = true
		}
	}
	users, err := tx.UsersAmong(slices.Collect(maps.Keys(wanted))...)
	for i := range users {
		d.Authors[users[i].ID] = Author{users[i].Name, users[i].DisplayName}
	}
	return d, err
}

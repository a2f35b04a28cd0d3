package searchlight

// Details are what full headers show beside the headers (api-v1.md 1.10).
type Details struct {
	Authors map[GUID]Author   // of the headers and of Tags, without those who were deleted
	Tags    map[GUID][]Object // by object, and by name
}

// Author is how the author of an object is called.
type Author struct{ Name, DisplayName string }

// fewAuthors are read one by one; of more, all users are.
const fewAuthors = 64

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
	if len(wanted) > fewAuthors {
		users, err := tx.Users()
		for i := range users {
			if u := &users[i]; wanted[u.ID] {
				d.Authors[u.ID] = Author{u.Name, u.DisplayName}
			}
		}
		return d, err
	}
	for id := range wanted {
		u, err := tx.User(id)
		switch {
		case err == nil:
			d.Authors[id] = Author{u.Name, u.DisplayName}
		case CodeOf(err) != CodeNotFound:
			return nil, err
		}
	}
	return d, nil
}

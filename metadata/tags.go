package metadata

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// TaggableTypes are the types of what can have tags.
var TaggableTypes = []searchlight.ObjectType{
	searchlight.TypeAnswer, searchlight.TypePinboard, searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn, searchlight.TypeConnection,
}

// NewTag is a tag to be created.
type NewTag struct {
	Name        string
	Description *string
	ClientState json.RawMessage // a JSON object, such as {"color":"#48A0E0"}; nil: none
}

// CreateTag makes a tag, which needs ADMINISTRATION. Names of tags are unique
// ignoring case: CodeInvalid.
func (s *Service) CreateTag(ctx context.Context, subject *searchlight.Subject, n NewTag) (*searchlight.Object, error) {
	if err := subject.Require(searchlight.PrivilegeAdministration); err != nil {
		return nil, err
	}
	name := strings.TrimSpace(n.Name)
	if name == "" || len(name) > maxNameBytes {
		return nil, errTagName(maxNameBytes)
	}
	id := s.newGUID()
	var tag *searchlight.Object
	err := s.Store.Update(ctx, func(tx searchlight.Tx) error {
		tag = &searchlight.Object{Content: n.ClientState, Header: searchlight.Header{
			ID: id, Type: searchlight.TypeTag, Name: name, Description: n.Description, Author: subject.User.ID,
		}}
		err := tx.CreateObject(tag)
		if err != nil && searchlight.CodeOf(err) == searchlight.CodeConflict {
			return errTagTaken(name)
		}
		if err != nil {
			return err
		}
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventTagsChanged, "Created a tag", map[string]any{"tag": id, "name": name}))
	})
	if err != nil {
		return nil, err
	}
	return tag, nil
}

// Tagged is something to put tags on: an object or column.
type Tagged struct {
	Type searchlight.ObjectType // of TaggableTypes
	ID   searchlight.GUID
}

// Tagging says which tags to put on which objects, or to take off.
type Tagging struct {
	Objects []Tagged
	IDs     []searchlight.GUID // of tags
	Names   []string           // of tags, ignoring case
	Off     bool
}

// Tag puts every tag on every object, or takes them off, all of it or nothing.
// It needs the right to change each object: CodeForbidden. Unknown tags are
// CodeInvalid.
func (s *Service) Tag(ctx context.Context, subject *searchlight.Subject, t Tagging) error {
	switch {
	case len(t.Objects) == 0:
		return errNoObjects()
	case len(t.Objects) > maxObjects:
		return errTooMany(len(t.Objects))
	case len(t.IDs)+len(t.Names) == 0:
		return errNoTagsGiven()
	}
	for _, o := range t.Objects {
		if !slices.Contains(TaggableTypes, o.Type) {
			return errType(o.Type, "cannot have tags")
		}
	}
	return s.Store.Update(ctx, func(tx searchlight.Tx) error {
		tags, err := findTags(tx, t)
		if err != nil {
			return err
		}
		set, data := tx.TagObject, map[string]any{"assigned": tags}
		if t.Off {
			set, data = tx.UntagObject, map[string]any{"unassigned": tags}
		}
		ids := []searchlight.GUID{}
		for _, o := range t.Objects {
			if err := o.mayTag(tx, subject); err != nil {
				return err
			}
			for _, tag := range tags {
				if err := set(o.ID, tag); err != nil {
					return err
				}
			}
			ids = append(ids, o.ID)
		}
		data["objIds"] = ids
		return tx.Audit(searchlight.EventBy(subject, searchlight.EventTagsChanged, "Changed the tags of objects", data))
	})
}

func (o Tagged) mayTag(tx searchlight.Tx, s *searchlight.Subject) error {
	var err error
	if o.Type == searchlight.TypeLogicalColumn {
		_, err = allowedColumn(tx, s, searchlight.Modify, o.ID)
	} else {
		_, err = allowed(tx, s, searchlight.Modify, o.Type, o.ID)
	}
	return err
}

// findTags are the tags that are meant, once each.
func findTags(tx searchlight.Tx, t Tagging) ([]searchlight.GUID, error) {
	var ids []searchlight.GUID
	for _, id := range t.IDs {
		h, err := tx.Header(id)
		if isNotFound(err) || err == nil && h.Type != searchlight.TypeTag {
			return nil, errNoTag(string(id))
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if len(t.Names) > 0 {
		page, err := tx.Headers(searchlight.ListQuery{Viewer: tagReader(&searchlight.Subject{}), Types: []searchlight.ObjectType{searchlight.TypeTag}, ShowHidden: true})
		if err != nil {
			return nil, err
		}
		for _, name := range t.Names {
			at := slices.IndexFunc(page.Headers, func(h searchlight.Header) bool { return strings.EqualFold(h.Name, name) })
			if at < 0 {
				return nil, errNoTag(name)
			}
			ids = append(ids, page.Headers[at].ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

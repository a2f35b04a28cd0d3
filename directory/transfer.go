package directory

import (
	"context"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// Transfer gives what one user made to another.
type Transfer struct {
	From, To string             // names; From may be that of a deleted user
	Objects  []searchlight.GUID // nil: all
}

// TransferOwnership makes another user the author of objects; those of Objects
// that From did not make stay as they are. It needs ADMINISTRATION. It fails
// with CodeNotFound for unknown users, and with CodeInvalid when one of them is
// the server's own, To is not active, or an object is not there.
func (s *Service) TransferOwnership(ctx context.Context, caller *searchlight.Subject, t Transfer) error {
	return s.administer(ctx, caller, func(c *change) error {
		from, err := c.authors(t.From)
		if err != nil {
			return err
		}
		to, err := userNamed(c, t.To)
		if err != nil {
			return err
		}
		switch {
		case to.IsProtected():
			return errTransferSystem(to.Name)
		case to.State != searchlight.UserActive:
			return errTransferInactive(to.Name)
		}
		for _, id := range t.Objects {
			if _, err := c.Header(id); isCode(err, searchlight.CodeNotFound) {
				return errNoObjectToTransfer(id)
			} else if err != nil {
				return err
			}
		}
		var moved []searchlight.GUID
		for _, author := range from {
			if author == to.ID {
				continue
			}
			ids, err := c.ChangeAuthor(t.Objects, author, to.ID)
			if err != nil {
				return err
			}
			moved = append(moved, ids...)
		}
		return c.audit(searchlight.EventOwnershipTransferred, "Objects given to another user", map[string]any{
			"from": t.From, "fromIDs": from, "to": ofUser(to), "objects": orEmpty(moved),
		})
	})
}

// authors are those who made things under a name: the user who has it, or else
// those who had it and are deleted.
func (c *change) authors(name string) ([]searchlight.GUID, error) {
	u, err := userNamed(c, name)
	switch {
	case err == nil && u.IsProtected():
		return nil, errTransferSystem(u.Name)
	case err == nil:
		return []searchlight.GUID{u.ID}, nil
	case !isCode(err, searchlight.CodeNotFound):
		return nil, err
	}
	former, formerErr := c.formerAuthors()
	if formerErr != nil {
		return nil, formerErr
	}
	if ids := former[fold(name)]; len(ids) > 0 {
		return ids, nil
	}
	return nil, err
}

// settingFormer keeps the names of deleted users whose content is still there.
const settingFormer = "directory.formerAuthors"

// formerAuthors are deleted users by their folded names.
func (c *change) formerAuthors() (map[string][]searchlight.GUID, error) {
	former := map[string][]searchlight.GUID{}
	err := c.Setting(settingFormer, &former)
	if isCode(err, searchlight.CodeNotFound) {
		return map[string][]searchlight.GUID{}, nil
	}
	return former, err
}

// rememberAuthors keeps the names of users who are about to be deleted and
// leave something behind.
func (c *change) rememberAuthors(users []searchlight.User) error {
	ids := make([]searchlight.GUID, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	leaving, err := c.Authors(ids...)
	if err != nil {
		return err
	}
	if len(leaving) == 0 {
		return nil
	}
	former, err := c.formerAuthors()
	if err != nil {
		return err
	}
	for _, u := range users {
		if _, leaves := slices.BinarySearch(leaving, u.ID); leaves {
			key := fold(u.Name)
			former[key] = append(former[key], u.ID)
		}
	}
	return c.SetSetting(settingFormer, former)
}

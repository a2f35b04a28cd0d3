package saml

import (
	"errors"
	"net/mail"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	crewjam "github.com/crewjam/saml"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/searchlight-bi/searchlight"
)

// eventCrossOrg is a group of an organisation, of which there are none.
const eventCrossOrg = searchlight.EventType("SAML_CROSS_ORG_CLAIM_DROPPED")

const (
	maxMail        = 254
	maxDisplayName = 256
	maxGroups      = 500 // in one assertion
)

// privileged are the privileges that identity providers may not hand out,
// unless an administrator has said so of a group.
var privileged = []searchlight.Privilege{
	searchlight.PrivilegeAdministration, searchlight.PrivilegeBypassRLS, searchlight.PrivilegeUserManagement,
	searchlight.PrivilegeSystemManagement, searchlight.PrivilegeShareWithAll,
}

// Identity is User.Identity of somebody at an identity provider. Names are
// folded as user names are, but for persistent ones, which are codes.
func Identity(entityID, nameID, format string) string {
	if crewjam.NameIDFormat(format) != crewjam.PersistentNameIDFormat {
		nameID = strings.ToLower(nameID)
	}
	return entityID + " " + nameID
}

func (c *claims) identity() string { return Identity(c.provider.entityID, c.nameID, string(c.format)) }

// provision finds the account of a person, makes it where that is wanted, and
// brings it up to date. The account is the one bound to this name at this
// identity provider; another one is never taken for it because of its name or
// its mail.
func (p *Provider) provision(tx searchlight.Tx, c *claims) (*searchlight.User, error) {
	user, err := tx.UserByIdentity(c.identity())
	switch {
	case err == nil:
		err = p.refresh(tx, user, c)
	case searchlight.CodeOf(err) == searchlight.CodeNotFound:
		user, err = p.create(tx, c)
	}
	if err != nil {
		return nil, err
	}
	if user.State != searchlight.UserActive || user.IsProtected() {
		return nil, refuse("the account %s cannot sign in: it is %s", quote(user.Name), user.State)
	}
	if p.config.MapGroups {
		err = p.mapGroups(tx, user, c)
	}
	return user, err
}

// create makes an account, unless its name is somebody's already.
func (p *Provider) create(tx searchlight.Tx, c *claims) (*searchlight.User, error) {
	name := strings.ToLower(c.nameID)
	if err := p.config.CheckName(name); err != nil {
		return nil, refuse("the NameID %s cannot be a user name: %w", quote(name), err)
	}
	other, err := tx.UserByName(name)
	if err == nil && p.mayBind(other) {
		return other, p.bind(tx, other, c)
	}
	if err == nil {
		return nil, refuse("the name %s belongs to an account of the type %s that is not bound to %s", quote(other.Name), other.Type, c.provider.entityID)
	}
	if searchlight.CodeOf(err) != searchlight.CodeNotFound {
		return nil, err
	}
	if !p.config.CreateUsers {
		return nil, refuse("%s has no account, and accounts are not made by themselves", quote(name))
	}
	user := &searchlight.User{ID: p.config.NewGUID(), Name: name, DisplayName: c.nameID, Type: searchlight.SAMLUser, State: searchlight.UserActive,
		Visibility: searchlight.Sharable, Identity: c.identity(), Author: searchlight.SystemUserID, ModifiedBy: searchlight.SystemUserID,
		Created: tx.Now(), Modified: tx.Now()}
	p.describe(user, c)
	if err := tx.CreateUser(user); err != nil {
		return nil, err
	}
	return user, tx.Audit(&searchlight.Event{Type: searchlight.EventUsersCreated, User: user.ID, UserName: user.Name,
		Description: "User created at the first sign-in by SAML",
		Data:        map[string]any{"users": []string{user.Name}, "identityProvider": c.provider.entityID}})
}

// mayBind reports whether an account waits for its first sign-in: an
// administrator has made it one of SAML, and there is one identity provider
// only that can be meant.
func (p *Provider) mayBind(user *searchlight.User) bool {
	return user.Type == searchlight.SAMLUser && user.Identity == "" && !searchlight.IsBuiltIn(user.ID) && len(p.current()) == 1
}

// bind makes an account that of a person from now on.
func (p *Provider) bind(tx searchlight.Tx, user *searchlight.User, c *claims) error {
	user.Identity = c.identity()
	p.describe(user, c)
	return p.update(tx, user, c, "User bound to an identity provider at the first sign-in by SAML")
}

// refresh takes over what the identity provider says of a person.
func (p *Provider) refresh(tx searchlight.Tx, user *searchlight.User, c *claims) error {
	if !p.describe(user, c) {
		return nil
	}
	return p.update(tx, user, c, "User refreshed at a sign-in by SAML")
}

func (p *Provider) update(tx searchlight.Tx, user *searchlight.User, c *claims, description string) error {
	user.Modified, user.ModifiedBy = tx.Now(), searchlight.SystemUserID
	if err := tx.UpdateUser(user); err != nil {
		return err
	}
	return tx.Audit(&searchlight.Event{Type: searchlight.EventUsersModified, User: user.ID, UserName: user.Name,
		Description: description,
		Data:        map[string]any{"users": []string{user.Name}, "identityProvider": c.provider.entityID}})
}

// describe writes mail and display name into a user, and reports whether that
// changes it. What is not said, or cannot be shown, is left as it is.
func (p *Provider) describe(user *searchlight.User, c *claims) (changed bool) {
	if c.mail != nil && isMail(*c.mail) && user.Email != *c.mail {
		user.Email, changed = *c.mail, true
	}
	if c.name != nil && *c.name != "" && isLine(*c.name, maxDisplayName) && user.DisplayName != *c.name {
		user.DisplayName, changed = *c.name, true
	}
	return changed
}

func isMail(s string) bool {
	address, err := mail.ParseAddress(s)
	return err == nil && address.Address == s && len(s) <= maxMail
}

// isLine reports whether text can be shown on one line.
func isLine(s string, longest int) bool {
	return utf8.RuneCountInString(s) <= longest && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func fold(name string) string { return cases.Fold().String(norm.NFKC.String(name)) }

// mapGroups makes the groups of a person those that the identity provider
// lists. Groups that it may not hand out it does not take away either.
func (p *Provider) mapGroups(tx searchlight.Tx, user *searchlight.User, c *claims) error {
	if len(c.groups) > maxGroups {
		return refuse("the Assertion lists %d groups; %d are accepted", len(c.groups), maxGroups)
	}
	direct, err := tx.UserGroups(user.ID)
	if err != nil {
		return err
	}
	listed, dropped, err := p.listed(tx, c)
	if err != nil {
		return err
	}
	var ids []searchlight.GUID
	var added, removed []string
	for _, g := range direct {
		keep := g.ID == searchlight.AllGroupID || slices.ContainsFunc(listed, func(l searchlight.Group) bool { return l.ID == g.ID })
		if !keep {
			may, err := assignable(tx, &g)
			if err != nil {
				return err
			}
			keep = !may
		}
		if keep {
			ids = append(ids, g.ID)
		} else {
			removed = append(removed, g.Name)
		}
	}
	for _, g := range listed {
		if !slices.Contains(ids, g.ID) {
			ids, added = append(ids, g.ID), append(added, g.Name)
		}
	}
	if len(added)+len(removed) > 0 {
		if err := tx.SetUserGroups(map[searchlight.GUID][]searchlight.GUID{user.ID: ids}); err != nil {
			return err
		}
	}
	if len(removed) > 0 {
		left, err := tx.Administrators()
		if err != nil {
			return err
		}
		if left == 0 {
			return refuse("the groups that the identity provider lists would leave no administrator")
		}
	}
	return auditGroups(tx, user, added, removed, dropped)
}

// droppedGroups are claims that are not followed.
type droppedGroups struct{ crossOrg, unknown, privileged []string }

func auditGroups(tx searchlight.Tx, user *searchlight.User, added, removed []string, dropped droppedGroups) error {
	event := func(t searchlight.EventType, description, reason string, data map[string]any) error {
		data["user"], data["authMethod"] = user.Name, string(searchlight.AuthSAML)
		e := &searchlight.Event{Type: t, User: user.ID, UserName: user.Name, Description: description, Data: data}
		if reason != "" {
			e.Outcome, e.Reason = searchlight.Failure, reason
		}
		return tx.Audit(e)
	}
	var errs []error
	if len(added)+len(removed) > 0 {
		errs = append(errs, event(searchlight.EventMembershipChanged, "Groups set by the identity provider", "", map[string]any{"added": added, "removed": removed}))
	}
	if len(dropped.crossOrg) > 0 {
		errs = append(errs, event(eventCrossOrg, "Groups of other organisations dropped", "there are no organisations", map[string]any{"groups": dropped.crossOrg}))
	}
	if len(dropped.privileged) > 0 {
		errs = append(errs, event(searchlight.EventMembershipChanged, "Groups with high privileges dropped",
			"the groups are not assignable by single sign-on", map[string]any{"groups": dropped.privileged}))
	}
	if len(dropped.unknown) > 0 {
		errs = append(errs, event(searchlight.EventMembershipChanged, "Unknown groups dropped", "there are no such groups", map[string]any{"groups": dropped.unknown}))
	}
	return errors.Join(errs...)
}

// listed are the groups that an assertion names and may hand out.
func (p *Provider) listed(tx searchlight.Tx, c *claims) (groups []searchlight.Group, dropped droppedGroups, err error) {
	for _, name := range c.groups {
		name = strings.TrimSpace(name)
		if name == "" || slices.ContainsFunc(groups, func(g searchlight.Group) bool { return fold(g.Name) == fold(name) }) {
			continue
		}
		if strings.Contains(name, "@") {
			dropped.crossOrg = append(dropped.crossOrg, name)
			continue
		}
		group, err := p.group(tx, name)
		if err != nil {
			return nil, dropped, err
		}
		if group == nil {
			dropped.unknown = append(dropped.unknown, name)
			continue
		}
		may, err := assignable(tx, group)
		if err != nil {
			return nil, dropped, err
		}
		if !may {
			dropped.privileged = append(dropped.privileged, group.Name)
			continue
		}
		groups = append(groups, *group)
	}
	return groups, dropped, nil
}

// group finds a group, or makes one where that is wanted. Nil: there is none.
func (p *Provider) group(tx searchlight.Tx, name string) (*searchlight.Group, error) {
	group, err := tx.GroupByName(name)
	if err == nil {
		return group, nil
	}
	if searchlight.CodeOf(err) != searchlight.CodeNotFound {
		return nil, err
	}
	if !p.config.CreateGroups || p.config.CheckName(name) != nil {
		return nil, nil
	}
	group = &searchlight.Group{ID: p.config.NewGUID(), Name: name, DisplayName: name, Type: searchlight.LocalGroup, Visibility: searchlight.Sharable,
		Author: searchlight.SystemUserID, ModifiedBy: searchlight.SystemUserID, Created: tx.Now(), Modified: tx.Now()}
	if err := tx.CreateGroup(group); err != nil {
		return nil, err
	}
	return group, tx.Audit(&searchlight.Event{Type: searchlight.EventGroupsCreated, Description: "Group created at a sign-in by SAML",
		Data: map[string]any{"groups": []string{name}}})
}

// assignable reports whether identity providers may put people into a group.
func assignable(tx searchlight.Tx, group *searchlight.Group) (bool, error) {
	if group.ID == searchlight.SystemGroupID {
		return false, nil
	}
	if group.AssignableBySSO {
		return true, nil
	}
	above, err := tx.Ancestors(group.ID)
	if err != nil {
		return false, err
	}
	for _, g := range append(above, *group) {
		if slices.ContainsFunc(g.Privileges, func(p searchlight.Privilege) bool { return slices.Contains(privileged, p) }) {
			return false, nil
		}
	}
	return true, nil
}

package sharing

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/searchlight-bi/searchlight"
)

// Notice says who is told of a share by mail.
type Notice struct {
	// Wanted mails the users with whom something was shared and the members of
	// the groups, those who like to be told.
	Wanted    bool
	Addresses []string // that are mailed as well, when Wanted
	Message   string   // for them, plain text
}

// The limits of notices.
const (
	maxMessage      = 2000 // characters
	maxAddresses    = 100
	maxGroupMembers = 500 // that one share tells because of their groups
	maxNamed        = 50  // objects that one mail names
	maxNameInMail   = 80  // characters
)

// checkNotice fails with CodeInvalid when there is something in a notice that
// cannot be sent.
func (s *Service) checkNotice(n *Notice) error {
	switch {
	case utf8.RuneCountInString(n.Message) > maxMessage:
		return errMessageTooLong()
	case len(n.Addresses) > maxAddresses:
		return errTooMany("mail addresses", maxAddresses)
	case s.Outbox == nil:
		return nil
	}
	for _, address := range n.Addresses {
		if err := s.Outbox.mailer.Check(address); err != nil {
			return err
		}
	}
	return nil
}

// letter is a mail to several people.
type letter struct {
	to            []string
	subject, text string
	cut           bool // groups have more members than are told
}

// write makes the mail about a share, nil when none is wanted or possible.
// visualization is what its link leads to on the one pinboard that was shared;
// it may be empty.
func (c *call) write(n *Notice, visualization searchlight.GUID) (*letter, error) {
	if !n.Wanted || c.service.Outbox == nil {
		return wantedOnly(n), nil
	}
	l := &letter{}
	if err := c.address(l); err != nil {
		return nil, err
	}
	for _, address := range n.Addresses {
		l.add(address)
	}
	who := &c.subject.User
	from := oneLine(who.DisplayName)
	if from == "" {
		from = oneLine(who.Name)
	}
	first := &c.targets[0]
	what := fmt.Sprintf("“%s”", oneLine(first.Name))
	if len(c.targets) > 1 {
		what = fmt.Sprintf("%d %ss", len(c.targets), kind(first))
	}
	l.subject = fmt.Sprintf("%s shared %s with you", from, what)

	var text strings.Builder
	fmt.Fprintf(&text, "%s (%s) shared with you:\n", from, oneLine(who.Name))
	for i := range c.targets {
		if i == maxNamed {
			fmt.Fprintf(&text, "\nand %d more\n", len(c.targets)-maxNamed)
			break
		}
		t := &c.targets[i]
		fmt.Fprintf(&text, "\n%s “%s”\n%s\n", kind(t), oneLine(t.Name), c.service.link(t, visualization))
	}
	if message := strings.TrimSpace(plain(n.Message)); message != "" {
		fmt.Fprintf(&text, "\n%s wrote:\n\n%s\n", from, message)
	}
	l.text = text.String()
	return l, nil
}

// wantedOnly stands for a mail that nobody can send.
func wantedOnly(n *Notice) *letter {
	if n.Wanted {
		return &letter{}
	}
	return nil
}

// address finds the users who are told.
func (c *call) address(l *letter) error {
	told := map[searchlight.GUID]bool{c.subject.User.ID: true}
	tell := func(u *searchlight.User) bool {
		ownsAll := !slices.ContainsFunc(c.targets, func(t target) bool { return t.Author != u.ID })
		if told[u.ID] || ownsAll || u.Email == "" || u.State != searchlight.UserActive || !u.Preferences.Notifies() {
			return false
		}
		told[u.ID] = true
		l.add(u.Email)
		return true
	}
	var groups []searchlight.GUID
	for _, id := range unique(c.shared) {
		if c.seen[id].Type != searchlight.TypeUser {
			groups = append(groups, id)
			continue
		}
		u, err := c.tx.User(id)
		if err != nil {
			return err
		}
		tell(u)
	}
	members := 0
	for at := 0; at < len(groups); at++ {
		users, err := c.tx.GroupUsers(groups[at])
		if err != nil {
			return err
		}
		for i := range users {
			if members == maxGroupMembers {
				l.cut = true
				return nil
			}
			if tell(&users[i]) {
				members++
			}
		}
		below, err := c.tx.GroupMembers(groups[at])
		if err != nil {
			return err
		}
		for _, g := range below {
			if !slices.Contains(groups, g.ID) {
				groups = append(groups, g.ID)
			}
		}
	}
	return nil
}

func (l *letter) add(address string) {
	if !slices.ContainsFunc(l.to, func(other string) bool { return strings.EqualFold(other, address) }) {
		l.to = append(l.to, address)
	}
}

func kind(t *target) string {
	switch t.Type {
	case searchlight.TypeAnswer:
		return "answer"
	case searchlight.TypePinboard:
		return "pinboard"
	case searchlight.TypeLogicalTable:
		return "data source"
	case searchlight.TypeLogicalColumn:
		return "column"
	case searchlight.TypeConnection:
		return "connection"
	}
	panic("sharing: unknown type " + string(t.Type))
}

// link is the address of an object in the web application.
func (s *Service) link(t *target, visualization searchlight.GUID) string {
	base := strings.TrimSuffix(s.PublicURL, "/") + "/#"
	switch t.Type {
	case searchlight.TypeAnswer:
		return base + "/saved-answer/" + string(t.ID)
	case searchlight.TypePinboard:
		if visualization != "" {
			return base + "/pinboard/" + string(t.ID) + "/" + string(visualization)
		}
		return base + "/pinboard/" + string(t.ID)
	case searchlight.TypeLogicalTable, searchlight.TypeLogicalColumn:
		return base + "/data/tables/" + string(t.Owner)
	case searchlight.TypeConnection:
		return base + "/data/connections/" + string(t.ID)
	}
	panic("sharing: unknown type " + string(t.Type))
}

// oneLine makes a name fit for the subject of a mail.
func oneLine(name string) string {
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool {
		return unicode.IsControl(r) || unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r)
	}), " ")
	if runes := []rune(name); len(runes) > maxNameInMail {
		name = string(runes[:maxNameInMail]) + "…"
	}
	return name
}

// plain drops what is neither text nor a line break.
func plain(message string) string {
	message = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(message)
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, message)
}

// post hands a mail over to be sent, and says what came of it if that was not
// what was wanted.
func (s *Service) post(l *letter) []string {
	switch {
	case l == nil:
		return nil
	case s.Outbox == nil:
		return []string{"no mail was sent: no mail server is configured"}
	case len(l.to) == 0:
		return nil // whether people like mails is their own business
	}
	if err := s.Outbox.put(l); err != nil {
		return []string{"no mail was sent: " + err.Error()}
	}
	if l.cut {
		return []string{fmt.Sprintf("mail goes to %d members of groups and no more", maxGroupMembers)}
	}
	return nil
}

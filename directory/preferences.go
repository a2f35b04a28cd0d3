package directory

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"

	"github.com/searchlight-bi/searchlight"
)

// PreferenceChange is what a user chooses anew.
type PreferenceChange struct {
	// Set holds JSON values by key (api-v1.md 2.9); null takes a choice back.
	// Keys that mean nothing here are kept.
	Set   map[string]json.RawMessage
	Proto []byte // the opaque form; nil: as it is
}

// maxPreferences bounds what is kept for a user.
const maxPreferences = 64 << 10

var locales = []string{
	"da-DK", "de-DE", "en-AU", "en-CA", "en-IN", "en-GB", "en-US", "es-US", "es-ES", "fr-CA", "fr-FR", "it-IT", "nl-NL", "nb-NO",
	"pt-BR", "pt-PT", "fi-FI", "sv-SE", "zh-CN", "ja-JP",
}

// apply merges the change into what a user has chosen so far, and reports
// whether that differs.
func (p *PreferenceChange) apply(to *searchlight.Preferences) (differs bool, err error) {
	next := *to
	next.Other = make(map[string]json.RawMessage, len(to.Other)+len(p.Set))
	for key, value := range to.Other {
		next.Other[key] = value
	}
	for key, value := range p.Set {
		if err := choose(&next, key, value); err != nil {
			return false, err
		}
	}
	if len(next.Other) == 0 {
		next.Other = nil // as it is read from the store
	}
	if p.Proto != nil {
		next.Proto = p.Proto
	}
	size := len(next.Proto)
	for key, value := range next.Other {
		size += len(key) + len(value)
	}
	if size > maxPreferences {
		return false, errPreferencesTooLarge()
	}
	differs = !reflect.DeepEqual(*to, next)
	*to = next
	return differs, nil
}

func choose(p *searchlight.Preferences, key string, value json.RawMessage) error {
	switch key {
	case "preferredLocale":
		var locale string
		if json.Unmarshal(value, &locale) != nil {
			return errPreference(key, "a text")
		}
		if locale != "" && !slices.Contains(locales, locale) {
			return errLocale(locale)
		}
		p.Locale = locale
	case "notifyOnShare":
		return chooseFlag(&p.NotifyOnShare, key, value)
	case "showWalkMe":
		return chooseFlag(&p.ShowWalkMe, key, value)
	case "analystOnboardingComplete":
		var complete bool
		if json.Unmarshal(value, &complete) != nil {
			return errPreference(key, "true or false")
		}
		p.AnalystOnboardingComplete = complete
	default:
		if string(value) == "null" {
			delete(p.Other, key)
			return nil
		}
		p.Other[key] = value
	}
	return nil
}

// chooseFlag keeps what differs from the default, which is true.
func chooseFlag(flag **bool, key string, value json.RawMessage) error {
	chosen := true
	if json.Unmarshal(value, &chosen) != nil {
		return errPreference(key, "true or false")
	}
	*flag = nil
	if !chosen {
		*flag = &chosen
	}
	return nil
}

// UpdatePreferences changes what a user has chosen: the caller, when ref is
// empty. When ref holds both, ID and Name must be those of one user. For others
// it needs ADMINISTRATION. It fails with CodeInvalid, CodeForbidden and
// CodeNotFound.
func (s *Service) UpdatePreferences(ctx context.Context, caller *searchlight.Subject, ref Ref, p PreferenceChange) error {
	if caller.Scope != "" {
		return errNotYours()
	}
	if ref == (Ref{}) {
		ref.ID = caller.User.ID
	}
	return s.change(ctx, caller, func(c *change) error {
		u, err := findUser(c, ref)
		if !c.by.IsAdmin() && (isCode(err, searchlight.CodeNotFound) || err == nil && u.ID != c.by.User.ID) {
			return errNotYours()
		}
		if err != nil {
			return err
		}
		if ref.ID != "" && ref.Name != "" && fold(ref.Name) != fold(u.Name) {
			return errTwoUsers()
		}
		if u.IsProtected() {
			return errProtected(u.Name)
		}
		if differs, err := p.apply(&u.Preferences); err != nil || !differs {
			return err
		}
		u.Modified, u.ModifiedBy = c.Now(), c.by.User.ID
		if err := c.UpdateUser(u); err != nil {
			return err
		}
		return c.audit(searchlight.EventPreferencesChanged, "Preferences changed", map[string]any{"user": ofUser(u)})
	})
}

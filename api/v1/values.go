package v1

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/searchlight-bi/searchlight"
)

// null is what clients write for no value where no plain text is expected.
const null = "null"

// text returns a parameter as it is; of a repeated one the first.
func (p *params) text(name string) (string, bool) {
	values := p.all(name)
	if values == nil {
		return "", false
	}
	return values[0], true
}

// required is text for a parameter that must be there.
func (p *params) required(name string) (string, error) {
	value, ok := p.text(name)
	if !ok {
		return "", p.missing(name)
	}
	return value, nil
}

// scalar is text without blanks around it, and absent for null.
func (p *params) scalar(name string) (string, bool) {
	value, ok := p.text(name)
	value = strings.TrimSpace(value)
	return value, ok && value != null && value != ""
}

// boolean returns nil for an absent parameter.
func (p *params) boolean(name string) (*bool, error) {
	value, ok := p.scalar(name)
	if !ok {
		return nil, nil
	}
	switch strings.ToLower(value) {
	case "true", "1":
		return new(true), nil
	case "false", "0":
		return new(false), nil
	}
	return nil, errBadBool(name, value)
}

// flag is boolean with false for an absent parameter.
func (p *params) flag(name string) (bool, error) {
	value, err := p.boolean(name)
	return value != nil && *value, err
}

// requiredInteger is integer for a parameter that must be there.
func (p *params) requiredInteger(name string) (int, error) {
	if _, ok := p.scalar(name); !ok {
		return 0, p.missing(name)
	}
	return p.integer(name, 0)
}

// integer reads an optional sign and digits and ignores what follows them, as
// clients hang things onto the last parameter of an address. Numbers beyond
// the range become its ends.
func (p *params) integer(name string, absent int) (int, error) {
	value, ok := p.scalar(name)
	if !ok {
		return absent, nil
	}
	end := 0
	if value[0] == '-' || value[0] == '+' {
		end = 1
	}
	digits := end
	for end < len(value) && '0' <= value[end] && value[end] <= '9' {
		end++
	}
	if end == digits {
		return 0, errBadInt(name, value)
	}
	n, err := strconv.Atoi(value[:end])
	if err != nil { // out of range: there are only digits
		if value[0] == '-' {
			return math.MinInt, nil
		}
		return math.MaxInt, nil
	}
	return n, nil
}

// enum returns one of the allowed values, which are in upper case, or absent.
func (p *params) enum(name, absent string, allowed ...string) (string, error) {
	value, ok := p.scalar(name)
	if !ok {
		return absent, nil
	}
	return enumOf(name, value, allowed)
}

func enumOf(name, value string, allowed []string) (string, error) {
	folded := strings.ToUpper(stripQuotes(value))
	if !slices.Contains(allowed, folded) {
		return "", errBadEnum(name, value, allowed)
	}
	return folded, nil
}

// array reads a list of strings in any of the forms that clients write
// (api-v1.md 1.3), each once; absent and empty lists are nil.
func (p *params) array(name string) ([]string, error) {
	all, err := p.list(name)
	var once []string
	seen := map[string]bool{}
	for _, m := range all {
		if !seen[m] {
			seen[m] = true
			once = append(once, m)
		}
	}
	return once, err
}

// list is array for lists whose members stand beside those of another one, so
// that they may be there more than once.
func (p *params) list(name string) ([]string, error) {
	var all []string
	for _, value := range p.all(name) {
		members, ok := parseArray(value)
		if !ok {
			return nil, errBadArray(name)
		}
		for _, m := range members {
			if !isText(m) {
				return nil, errBadText(name)
			}
			if m = strings.TrimSpace(m); m != "" {
				all = append(all, m)
			}
		}
	}
	return all, nil
}

// enums is an array whose members are of the allowed values.
func (p *params) enums(name string, allowed []string) ([]string, error) {
	values, err := p.array(name)
	if err != nil {
		return nil, err
	}
	for i, value := range values {
		values[i] = strings.ToUpper(value)
		if !slices.Contains(allowed, values[i]) {
			return nil, errBadEnum(name, value, allowed)
		}
	}
	return values, nil
}

// guids is an array of GUIDs.
func (p *params) guids(name string) ([]searchlight.GUID, error) {
	values, err := p.array(name)
	if err != nil {
		return nil, err
	}
	var ids []searchlight.GUID
	for _, value := range values {
		id, ok := searchlight.ParseGUID(value)
		if !ok {
			return nil, errBadGUID(name, value)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// guid is a required GUID, which may come as a list of one.
func (p *params) guid(name string) (searchlight.GUID, error) {
	ids, err := p.guids(name)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", p.missing(name)
	case len(ids) > 1:
		return "", errOneOnly(name)
	}
	return ids[0], nil
}

// optionalGUID is guid with "" for an absent parameter.
func (p *params) optionalGUID(name string) (searchlight.GUID, error) {
	if _, ok := p.scalar(name); !ok {
		return "", nil
	}
	return p.guid(name)
}

// requiredGUIDs is guids for a parameter that must be there.
func (p *params) requiredGUIDs(name string) ([]searchlight.GUID, error) {
	ids, err := p.guids(name)
	if err == nil && len(ids) == 0 {
		err = p.missing(name)
	}
	return ids, err
}

// object decodes a JSON object, or a Python dict as clients print it. It
// reports false for an absent one.
func (p *params) object(name string, into any) (bool, error) {
	value, ok := p.scalar(name)
	if !ok {
		return false, nil
	}
	if !json.Valid([]byte(value)) {
		if value, ok = pythonToJSON(value); !ok {
			return false, errBadObject(name)
		}
	}
	if value[0] != '{' || json.Unmarshal([]byte(value), into) != nil {
		return false, errBadObject(name)
	}
	return true, nil
}

var typographicQuotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`)

// parseArray tries the forms of a list in order. It reports false for a list
// with members that are no scalars.
func parseArray(value string) ([]string, bool) {
	value = strings.TrimSpace(value)
	if value == "" || value == null {
		return nil, true
	}
	if members, ok, decoded := jsonArray(value); decoded {
		return members, ok
	}
	var one string
	if json.Unmarshal([]byte(value), &one) == nil && value[0] == '"' {
		return []string{one}, true
	}
	if value[0] == '[' {
		if asJSON, ok := pythonToJSON(value); ok {
			if members, ok, decoded := jsonArray(asJSON); decoded {
				return members, ok
			}
		}
		value = typographicQuotes.Replace(value)
		inner, closed := strings.CutSuffix(value[1:], "]")
		if !closed {
			return nil, false
		}
		return splitMembers(inner), true
	}
	if members := splitMembers(value); len(members) > 1 && !slices.ContainsFunc(members, isNoGUID) {
		return members, true
	}
	return []string{stripQuotes(value)}, true
}

func isNoGUID(s string) bool {
	_, ok := searchlight.ParseGUID(s)
	return !ok
}

// jsonArray decodes a JSON array; members that are no strings become their
// text. ok is false when a member is a list or object.
func jsonArray(value string) (members []string, ok, decoded bool) {
	var raw []json.RawMessage
	if value[0] != '[' || json.Unmarshal([]byte(value), &raw) != nil {
		return nil, false, false
	}
	for _, member := range raw {
		var text string
		switch {
		case member[0] == '[' || member[0] == '{':
			return nil, false, true
		case member[0] != '"':
			text = string(member)
			if text == null {
				text = ""
			}
		case json.Unmarshal(member, &text) != nil:
			return nil, false, true
		}
		members = append(members, text)
	}
	return members, true, true
}

func splitMembers(list string) []string {
	var members []string
	for member := range strings.SplitSeq(list, ",") {
		members = append(members, stripQuotes(strings.TrimSpace(member)))
	}
	return members
}

// stripQuotes removes one pair of quotes around a value.
func stripQuotes(value string) string {
	if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
		return value[1 : n-1]
	}
	return value
}

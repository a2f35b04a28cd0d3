package datatype

import "fmt"

// Types, roles and aggregations are kept as their TML spelling, which does not
// depend on the order of the constants.

// MarshalText implements encoding.TextMarshaler.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Type) UnmarshalText(text []byte) error {
	for i, name := range typeNames {
		if name == string(text) {
			*t = Type(i)
			return nil
		}
	}
	return fmt.Errorf("datatype: no type %q", text)
}

// MarshalText implements encoding.TextMarshaler.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Role) UnmarshalText(text []byte) error {
	role, ok := ParseRole(string(text))
	if !ok {
		return fmt.Errorf("datatype: no role %q", text)
	}
	*r = role
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (a Aggregation) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (a *Aggregation) UnmarshalText(text []byte) error {
	for i, known := range aggregations {
		if known.tml == string(text) {
			*a = Aggregation(i)
			return nil
		}
	}
	return fmt.Errorf("datatype: no aggregation %q", text)
}

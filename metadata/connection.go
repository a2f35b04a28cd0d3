package metadata

import (
	"slices"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

const serviceAccount = "SERVICE_ACCOUNT"

// SecretContext is the context with which the secret of a connection's
// property is sealed: it binds the secret to its place.
func SecretContext(connection searchlight.GUID, key string) string {
	return string(connection) + "/" + strings.ToLower(key)
}

// public are the properties of connections that everybody who sees the
// connection may know.
var public = []string{"host", "port", "user", "database", "schema", "sslmode", "application_name"}

// isSecret reports whether a property of connections holds a secret. What is
// not known may be a misspelt password.
func isSecret(key string) bool { return !slices.Contains(public, strings.ToLower(key)) }

func (im *importer) convertConnections() error {
	return im.each(tml.KindConnection, im.convertConnection)
}

func (im *importer) convertConnection(e *entry) error {
	d, root := e.doc.Connection, e.doc.Root()
	if !im.s.Databases.Knows(d.Type) || d.Type == searchlight.EmbeddedConnectionType {
		e.fail(root.Key("type"), codeNotAvailable, "Connections of type <b> %s </b> are not available. Use %s.", d.Type, searchlight.PostgresConnectionType)
		return nil
	}
	if d.Authentication != serviceAccount {
		e.fail(root.Key("authentication_type"), codeNotAvailable, "Authentication <b> %s </b> is not available. Use %s.", d.Authentication, serviceAccount)
		return nil
	}
	if len(d.Tables) > 0 {
		e.warn(root.Key("table"), codeRemark, "The list of tables in a connection file was ignored; import the tables themselves.")
	}
	var stored searchlight.Connection
	if e.existing != nil {
		if err := decodeContent(e.existing, &stored); err != nil {
			return err
		}
	}
	// Whoever may change the connection does not learn its secrets, which other
	// servers would be told.
	moved := slices.ContainsFunc(stored.Properties, func(p searchlight.ConnectionProperty) bool { return p.Sealed != nil }) &&
		endpoint(stored.Properties) != endpoint(d.Properties)
	if moved {
		stored.Properties = nil
	}
	e.conn = &searchlight.Connection{Type: d.Type, Authentication: serviceAccount}
	for i, p := range d.Properties {
		if isSecret(p.Key) {
			var err error
			if p, err = im.secret(e, p, &stored); err != nil {
				return err
			}
			if p.Sealed == nil && (e.existing == nil || moved) {
				e.warn(root.Key("properties").Item(i).Key("value"), codeRemark,
					"The connection has no <b> %s </b> and may not be usable without one.", p.Key)
			}
		}
		e.conn.Properties = append(e.conn.Properties, p)
	}
	if moved {
		e.warn(root.Key("properties"), codeRemark, "The stored secrets do not serve another host, port or user; give them anew.")
	}
	// A file never removes a secret (tml.md 3.6): that it has none may be all
	// that its writer was allowed to see.
	for _, p := range stored.Properties {
		if p.Sealed != nil && property(e.conn, p.Key) == nil {
			e.conn.Properties = append(e.conn.Properties, p)
		}
	}
	e.object.Description = d.Description
	e.object.ConnectionType = d.Type
	return e.setContent(e.conn)
}

// endpoint is the place where secrets of a connection are good, and for whom.
func endpoint(properties []searchlight.ConnectionProperty) (at [3]string) {
	for _, p := range properties {
		if i := slices.Index([]string{"host", "port", "user"}, strings.ToLower(p.Key)); i >= 0 {
			at[i] = p.Value // the last one counts
		}
	}
	return at
}

// secret seals the value of a property, or keeps the stored one when the file
// has none. Every attempt must come to the same bytes, so each is sealed once.
func (im *importer) secret(e *entry, p searchlight.ConnectionProperty, stored *searchlight.Connection) (searchlight.ConnectionProperty, error) {
	if p.Value == "" {
		if old := property(stored, p.Key); old != nil {
			p.Sealed = old.Sealed
		}
		return p, nil
	}
	context := SecretContext(e.object.ID, p.Key)
	memo := context + "\x00" + p.Value
	if im.sealed[memo] == nil {
		sealed, err := im.s.Secrets.Seal(p.Value, context)
		if err != nil {
			return p, err
		}
		im.sealed[memo] = sealed
	}
	p.Value, p.Sealed = "", im.sealed[memo]
	return p, nil
}

// property finds a property of a connection; its key is compared ignoring case.
func property(c *searchlight.Connection, key string) *searchlight.ConnectionProperty {
	at := slices.IndexFunc(c.Properties, func(p searchlight.ConnectionProperty) bool { return strings.EqualFold(p.Key, key) })
	if at < 0 {
		return nil
	}
	return &c.Properties[at]
}

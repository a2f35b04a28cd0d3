package tml

import "github.com/searchlight-bi/searchlight"

const defaultAuthentication = "SERVICE_ACCOUNT"

// connection reads the body of a connection (tml.md 2.14).
func (r *reader) connection(o *object) {
	c := &ConnectionDoc{Name: o.required("name"), Type: o.required("type"), Description: o.textPointer("description")}
	r.doc.Name, r.doc.Connection = c.Name, c
	c.Authentication = o.enum("authentication_type", defaultAuthentication, "OAUTH", "EXTOAUTH", "IAM", "KEY_PAIR")
	if c.Authentication == "" {
		c.Authentication = defaultAuthentication
	}
	keys := unique{}
	for _, p := range o.objects("properties") {
		property := searchlight.ConnectionProperty{Key: p.required("key"), Value: p.text("value")}
		p.close()
		if property.Key != "" && !keys.add(property.Key) {
			r.failDuplicate(p.path.Key("key"), p.node.get("key"), "properties", property.Key)
		}
		c.Properties = append(c.Properties, property)
	}
	for _, t := range o.objects("table") {
		c.Tables = append(c.Tables, t.remappedTable())
	}
}

func (o *object) remappedTable() RemappedTable {
	t := RemappedTable{Name: o.text("name"), ID: o.text("id")}
	if place := o.object("external_table"); place != nil {
		t.DB, t.Schema, t.Table = place.text("db_name"), place.text("schema_name"), place.text("table_name")
		place.close()
	}
	for _, c := range o.objects("column") {
		t.Columns = append(t.Columns, RemappedColumn{c.text("name"), c.text("id"), c.text("data_type"), c.text("external_column")})
		c.close()
	}
	o.close()
	return t
}

package metadata

import (
	"context"
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

const (
	codeForbidden   = 10038
	codeNoTML       = 14902
	codeBroken      = 14908
	messageNoAccess = "Cannot download TML due to lack of access to objects"
)

// Export writes objects as TML (tml.md 4). The requested ones come first, in
// the order of the request. An object that is unknown, or that the subject may
// not read with what it is built on, has a status that says so and no document.
// It fails with CodeForbidden when the subject has neither DATADOWNLOADING nor
// DATAMANAGEMENT.
func (s *Service) Export(ctx context.Context, r ExportRequest) ([]ExportResult, error) {
	if !r.Subject.Has(searchlight.PrivilegeDataDownloading) && !r.Subject.Has(searchlight.PrivilegeDataManagement) {
		return nil, searchlight.Errorf(searchlight.CodeForbidden, "Exporting TML needs the privilege DATADOWNLOADING or DATAMANAGEMENT")
	}
	var out []ExportResult
	err := s.Store.View(ctx, func(tx searchlight.Tx) error {
		x := &exporter{tx: tx, r: r, objects: map[searchlight.GUID]*searchlight.Object{}, names: map[string]bool{}}
		var err error
		out, err = x.run()
		return err
	})
	if err != nil {
		return nil, err
	}
	err = s.Store.Update(ctx, func(tx searchlight.Tx) error { return tx.Audit(exportEvent(r.Subject, out)) })
	if err != nil {
		return nil, err // nothing leaves unnoticed
	}
	return out, nil
}

type exporter struct {
	tx      searchlight.Tx
	r       ExportRequest
	objects map[searchlight.GUID]*searchlight.Object // nil: not there
	names   map[string]bool                          // of files given out
}

func (x *exporter) run() ([]ExportResult, error) {
	var results, failed []ExportResult
	var beneath []searchlight.GUID
	closures := map[searchlight.GUID][]searchlight.GUID{}
	requested := map[searchlight.GUID]bool{}
	for _, id := range x.r.IDs {
		if requested[id] {
			continue
		}
		requested[id] = true
		if x.r.Associated {
			closure, err := x.closure(id)
			if err != nil {
				return nil, err
			}
			closures[id] = closure
			beneath = append(beneath, closure...)
		}
		result, err := x.export(id, closures[id])
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	files := map[searchlight.GUID]ExportResult{}
	for _, r := range results {
		files[r.ID] = r
	}
	for _, id := range beneath {
		if _, done := files[id]; done {
			continue
		}
		result, err := x.export(id, nil)
		if err != nil {
			return nil, err
		}
		files[id] = result
		if result.Status.Code == StatusError {
			failed = append(failed, result)
		} else {
			results = append(results, result)
		}
	}
	for i := range results {
		r := &results[i]
		if r.Status.Code == StatusError {
			continue
		}
		for _, id := range closures[r.ID] {
			if f := files[id]; f.Filename != "" {
				r.Dependencies = append(r.Dependencies, ExportDependency{f.Name, f.Filename})
			}
		}
	}
	return append(results, failed...), nil
}

// object reads an object, nil when it is not there or may not be read.
func (x *exporter) object(id searchlight.GUID) (*searchlight.Object, error) {
	if o, known := x.objects[id]; known {
		return o, nil
	}
	o, err := x.tx.Object(id)
	if isNotFound(err) {
		o, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	if o != nil && !may(x.tx, x.r.Subject, searchlight.ReadOnly, &o.Header) {
		o = nil
	}
	x.objects[id] = o
	return o, nil
}

// closure lists what an object is built on, breadth first in the order of
// reference, each once. Connections are left out unless they are asked for.
func (x *exporter) closure(id searchlight.GUID) ([]searchlight.GUID, error) {
	seen := map[searchlight.GUID]bool{id: true}
	queue := []searchlight.GUID{id}
	var out []searchlight.GUID
	for len(queue) > 0 {
		o, err := x.object(queue[0])
		if err != nil {
			return nil, err
		}
		queue = queue[1:]
		if o == nil {
			continue
		}
		refs, err := upstream(o)
		if err != nil {
			return nil, err
		}
		for _, ref := range refs {
			if seen[ref] {
				continue
			}
			seen[ref] = true
			if ref == searchlight.EmbeddedConnectionID {
				continue
			}
			beneath, err := x.object(ref)
			if err != nil {
				return nil, err
			}
			if beneath != nil && beneath.Type == searchlight.TypeConnection && !x.r.WithConnection {
				continue
			}
			out = append(out, ref)
			queue = append(queue, ref)
		}
	}
	return out, nil
}

// upstream lists what an object is built on, in the order in which it refers
// to it. What an object only joins to stands beside it, not beneath.
func upstream(o *searchlight.Object) ([]searchlight.GUID, error) {
	switch o.Subtype {
	case searchlight.SubtypeTable, searchlight.SubtypeUpload:
		return []searchlight.GUID{o.Connection}, nil
	case searchlight.SubtypeWorksheet:
		var w searchlight.Worksheet
		if err := decodeContent(o, &w); err != nil {
			return nil, err
		}
		var tables []searchlight.GUID
		for _, t := range w.Tables {
			tables = append(tables, t.Table)
		}
		return tables, nil
	}
	return o.References, nil
}

// export writes one object. It needs the right to read everything beneath.
func (x *exporter) export(id searchlight.GUID, beneath []searchlight.GUID) (ExportResult, error) {
	out := ExportResult{ID: id, Status: Status{Code: StatusOK}}
	o, err := x.object(id)
	if err != nil {
		return out, err
	}
	if o == nil {
		out.Status = Status{StatusError, codeForbidden, messageNoAccess}
		return out, nil
	}
	out.Name = o.Name
	doc, err := x.document(o)
	for _, id := range beneath {
		if err != nil {
			break
		}
		err = x.mayRead(id)
	}
	switch e := err.(type) {
	case nil:
	case *exportError:
		out.Status = Status{StatusError, e.number, e.message}
		return out, nil
	default:
		return out, err
	}
	out.Kind = string(doc.Kind)
	out.Filename = x.filename(o.Name, out.Kind)
	out.Document = doc.Format(tml.Options{JSON: x.r.JSON})
	return out, nil
}

// filename is the name of an object's file, different from all given before.
func (x *exporter) filename(name, kind string) string {
	file := tml.Filename(name, kind)
	stem := strings.TrimSuffix(file, "."+kind+".tml")
	for n := 2; x.names[file]; n++ {
		file = fmt.Sprintf("%s (%d).%s.tml", stem, n, kind)
	}
	x.names[file] = true
	return file
}

// exportError is a reason why one object has no TML.
type exportError struct {
	number  int
	message string
}

// Error implements error.
func (e *exportError) Error() string { return e.message }

// document turns an object into a TML document.
func (x *exporter) document(o *searchlight.Object) (*tml.Document, error) {
	d := &tml.Document{GUID: o.ID, Name: o.Name}
	switch {
	case o.ID == searchlight.EmbeddedConnectionID:
		return nil, &exportError{codeNoTML, "The built-in connection has no TML; tables in it are written without a connection"}
	case o.Type == searchlight.TypeConnection:
		d.Kind = tml.KindConnection
		return d, x.connection(o, d)
	case o.Subtype == searchlight.SubtypeTable, o.Subtype == searchlight.SubtypeUpload:
		d.Kind = tml.KindTable
		return d, x.table(o, d)
	case o.Subtype == searchlight.SubtypeWorksheet:
		d.Kind = tml.KindWorksheet
		return d, x.worksheet(o, d)
	}
	return nil, &exportError{codeNoTML, fmt.Sprintf("Objects of type %s cannot be exported yet", o.Type)}
}

func (x *exporter) connection(o *searchlight.Object, d *tml.Document) error {
	var c searchlight.Connection
	if err := decodeContent(o, &c); err != nil {
		return err
	}
	d.Connection = &tml.ConnectionDoc{Name: o.Name, Description: o.Description, Type: c.Type, Authentication: c.Authentication}
	for _, p := range c.Properties {
		p.Sealed = nil // a secret leaves as an empty value
		d.Connection.Properties = append(d.Connection.Properties, p)
	}
	return nil
}

func (x *exporter) table(o *searchlight.Object, d *tml.Document) error {
	var t searchlight.Table
	if err := decodeContent(o, &t); err != nil {
		return err
	}
	d.Table = &tml.TableDoc{Name: o.Name, Description: o.Description, DB: o.Database, Schema: o.Schema, DBTable: o.PhysicalTable,
		Columns: t.Columns, Extra: t.Extra}
	if o.Connection != searchlight.EmbeddedConnectionID {
		identity, err := x.identity(o.Connection)
		if err != nil {
			return err
		}
		d.Table.Connection = &identity
	}
	var err error
	if d.Table.RLS, err = x.rules(o, &t); err != nil {
		return err
	}
	d.Table.JoinsWith, err = x.joinsWith(t.Joins)
	return err
}

func (x *exporter) joinsWith(joins []searchlight.TableJoin) ([]tml.JoinDoc, error) {
	var out []tml.JoinDoc
	for _, j := range joins {
		target, err := x.identity(j.Destination)
		if err != nil {
			return nil, err
		}
		out = append(out, tml.JoinDoc{TableJoin: j, Target: target})
	}
	return out, nil
}

func (x *exporter) worksheet(o *searchlight.Object, d *tml.Document) error {
	var w searchlight.Worksheet
	if err := decodeContent(o, &w); err != nil {
		return err
	}
	d.Worksheet = &tml.WorksheetDoc{Name: o.Name, Description: o.Description, Joins: w.Joins, Paths: w.Paths,
		Formulas: w.Formulas, Filters: w.Filters, Columns: w.Columns, BypassRLS: w.BypassRLS, Progressive: w.Progressive,
		Generation: w.Generation, Lessons: w.Lessons, Extra: w.Extra}
	for _, t := range w.Tables {
		identity, err := x.identity(t.Table)
		if err != nil {
			return err
		}
		if t.Alias != identity.Name {
			identity.ID = t.Alias
		}
		d.Worksheet.Tables = append(d.Worksheet.Tables, identity)
	}
	var err error
	d.Worksheet.JoinsWith, err = x.joinsWith(w.JoinsWith)
	return err
}

// identity refers to an object, which the subject must be able to read.
func (x *exporter) identity(id searchlight.GUID) (tml.Identity, error) {
	if err := x.mayRead(id); err != nil {
		return tml.Identity{}, err
	}
	identity := tml.Identity{Name: x.objects[id].Name}
	if x.r.FQN {
		identity.FQN = string(id)
	}
	return identity, nil
}

// mayRead fails with an exportError unless an object is there and the subject
// may read it.
func (x *exporter) mayRead(id searchlight.GUID) error {
	o, err := x.object(id)
	if err != nil || o != nil {
		return err
	}
	if _, err := x.tx.Header(id); isNotFound(err) {
		return &exportError{codeBroken, "OBJECT_INVALID_STATE: an object that it is built on is gone"}
	} else if err != nil {
		return err
	}
	return &exportError{codeForbidden, messageNoAccess}
}

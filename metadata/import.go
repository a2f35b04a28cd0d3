package metadata

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/source"
	"github.com/searchlight-bi/searchlight/tml"
)

// Codes of findings on the wire (tml.md 3.7).
const (
	codeChanged       = 14009
	codeNotFound      = 14500
	codeTableTaken    = 14501
	codeTableNotFound = 14502
	codeFormula       = 14516
	codeColumnsInUse  = 14544
	codeRemark        = 14900
	codeNotAvailable  = 14902
	codeCompulsory    = 14903
	codeDuplicate     = 14904
	codeAmbiguous     = 14905
	codeUnknownName   = 14906
	codeConnection    = 14907
	codeDatabase      = 14908
	codeJoin          = 14909
	codePermission    = 14910
	codeGUID          = 14911
	codeSkipped       = 14912
	codeLimit         = 14916
)

const (
	// maxDocuments is how many documents one import may hold.
	maxDocuments = 1000
	// maxNameBytes bounds the names of objects and of the parts of physical tables.
	maxNameBytes = 500
	// maxAttempts is how often an import starts again because it met a physical
	// table that it had not looked at.
	maxAttempts = 4
)

// Import creates and changes objects (tml.md 3). There is one result for each
// document, in their order; that documents fail is no error. It fails with
// CodeForbidden when the subject lacks a privilege that any of them needs, and
// with CodeInvalid when there are none or too many.
func (s *Service) Import(ctx context.Context, r ImportRequest) ([]ImportResult, error) {
	if len(r.Documents) == 0 {
		return nil, searchlight.Errorf(searchlight.CodeInvalid, "There is nothing to import")
	}
	if len(r.Documents) > maxDocuments {
		return nil, searchlight.Errorf(searchlight.CodeInvalid, "%d documents are too many; one request may hold %d", len(r.Documents), maxDocuments)
	}
	b := &batch{r: r, sealed: map[string][]byte{}, physical: &physicalTables{known: map[string]described{}}}
	for _, text := range r.Documents {
		doc, findings := tml.Parse(text)
		b.documents = append(b.documents, document{doc: doc, findings: findings, fresh: s.newGUID()})
	}
	if err := b.checkPrivileges(); err != nil {
		return nil, err
	}
	transaction := s.Store.Update
	if r.Policy == ValidateOnly {
		transaction = s.Store.View
	}
	for range maxAttempts {
		var results []ImportResult
		err := transaction(ctx, func(tx searchlight.Tx) (err error) {
			results, err = s.importBatch(tx, b)
			return err
		})
		if err == nil {
			return results, nil
		}
		if !errors.Is(err, errPhysicalUnknown) {
			return nil, err
		}
		// A database must not be asked while the store is locked.
		if err := b.physical.fetch(ctx, s.Databases); err != nil {
			return nil, err
		}
	}
	return nil, searchlight.Errorf(searchlight.CodeUnavailable, "The objects were changed by others all the while; try again")
}

// batch is a request with what its attempts share, so that all of them come
// to the same result from the same state.
type batch struct {
	r         ImportRequest
	documents []document
	sealed    map[string][]byte // secrets by context and text
	physical  *physicalTables
}

type document struct {
	doc      *tml.Document
	findings tml.Findings
	fresh    searchlight.GUID // for the object, if it needs a new one
}

// checkPrivileges refuses a request that needs what the subject does not have
// (tml.md 3.8). Every kind that can be imported so far holds data; what the
// privilege BYPASSRLS alone allows is for guard.
func (b *batch) checkPrivileges() error {
	if !b.r.Subject.Has(searchlight.PrivilegeDataManagement) && !b.r.Subject.Has(searchlight.PrivilegeBypassRLS) {
		return errDataManagement()
	}
	return nil
}

func errDataManagement() error {
	return searchlight.Errorf(searchlight.CodeForbidden, "Importing tables, worksheets and connections needs the privilege DATAMANAGEMENT")
}

// importBatch works an import out in a transaction and writes it unless it
// only validates. Documents that fail are left out and the rest is worked out
// anew, until it stands without them: what they would have renamed or changed
// must not show in the others.
func (s *Service) importBatch(tx searchlight.Tx, b *batch) ([]ImportResult, error) {
	var failed map[int]failure
	for {
		im := s.newImporter(tx, b, failed)
		if err := im.work(); err != nil {
			return nil, err
		}
		if len(b.physical.wanted) > 0 {
			return nil, errPhysicalUnknown
		}
		now := im.failures()
		if b.r.Policy == AllOrNone && len(now) > 0 {
			for _, e := range im.entries {
				if !e.failed() {
					e.fail("", codeSkipped, "Not imported because another object in the request failed.")
				}
			}
			return im.results(), im.auditImport()
		}
		if len(now) > len(failed) {
			failed = now
			continue
		}
		if err := im.guard(); err != nil {
			return nil, err
		}
		if b.r.Policy != ValidateOnly {
			if err := im.write(); err != nil {
				return nil, err
			}
			if err := im.auditImport(); err != nil {
				return nil, err
			}
		}
		return im.results(), nil
	}
}

// failure is what is known of a document that cannot be imported.
type failure struct {
	findings tml.Findings
	target   searchlight.GUID // of the object that it would have become, if that is known
}

// importer works out what the objects of a batch become. It keeps them beside
// the store, and writes at the end.
type importer struct {
	*batch
	s        *Service
	tx       searchlight.Tx
	entries  []*entry // in the order of the request
	staged   map[searchlight.GUID]*entry
	tables   changes // that the documents make
	stored   map[searchlight.GUID]*storedTable
	touched  []*dependent          // what is built on tables that change
	rewrites []*searchlight.Object // of touched, with renamed references
	ruled    []ruleChange          // what becomes of row-level security
	before   int                   // how many documents had failed before this run
}

// entry is one document on its way.
type entry struct {
	document
	existing *searchlight.Object // that it updates, nil: it creates one
	copies   *searchlight.Object // that a forced creation is a copy of, nil: none that the subject may see
	object   *searchlight.Object // that it becomes
	target   searchlight.GUID    // of object, known also after a failure
	refs     []*entry            // batch members that it refers to
	table    *searchlight.Table
	sheet    *searchlight.Worksheet
	conn     *searchlight.Connection
	renamed  renames
	removed  []searchlight.TableColumn
	usedBy   inUse
}

func (s *Service) newImporter(tx searchlight.Tx, b *batch, failed map[int]failure) *importer {
	im := &importer{batch: b, s: s, tx: tx, staged: map[searchlight.GUID]*entry{},
		stored: map[searchlight.GUID]*storedTable{}, before: len(failed)}
	for i, d := range b.documents {
		e := &entry{document: d}
		e.findings = slices.Clone(d.findings)
		if f, ok := failed[i]; ok {
			e.findings, e.target = f.findings, f.target
		}
		im.entries = append(im.entries, e)
	}
	return im
}

// work decides what each document becomes. What is built on changed tables is
// looked at last, when all documents that remain are known to be good.
func (im *importer) work() error {
	for _, step := range []func() error{im.identify, im.guardBypass, im.convertConnections, im.convertTables, im.convertWorksheets,
		im.linkTables, im.linkRules,
		im.skipDependents, im.checkTables, im.skipDependents, im.checkWorksheets, im.skipDependents} {
		if err := step(); err != nil {
			return err
		}
	}
	if len(im.physical.wanted) > 0 || len(im.failures()) > im.before {
		return nil
	}
	if err := im.checkDependents(); err != nil {
		return err
	}
	return im.skipDependents()
}

// each runs convert for the documents of a kind that have not failed.
func (im *importer) each(kind tml.Kind, convert func(*entry) error) error {
	for _, e := range im.entries {
		if e.doc.Kind != kind || e.failed() {
			continue
		}
		if err := convert(e); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) failures() map[int]failure {
	failed := map[int]failure{}
	for i, e := range im.entries {
		if e.failed() {
			failed[i] = failure{e.findings, e.target}
		}
	}
	return failed
}

// skipDependents fails what refers to a document that failed.
func (im *importer) skipDependents() error {
	for changed := true; changed; {
		changed = false
		for _, e := range im.entries {
			if e.failed() {
				continue
			}
			if at := slices.IndexFunc(e.refs, func(ref *entry) bool { return ref != e && ref.failed() }); at >= 0 {
				e.fail("", codeSkipped, "Skipped because <b> %s </b>, which it refers to, failed.", e.refs[at].doc.Name)
				changed = true
			}
		}
	}
	return nil
}

// write creates and updates, connections first and worksheets last.
func (im *importer) write() error {
	for _, kind := range []tml.Kind{tml.KindConnection, tml.KindTable, tml.KindWorksheet} {
		if err := im.each(kind, im.writeEntry); err != nil {
			return err
		}
	}
	for _, o := range im.rewrites {
		o.ModifiedBy, o.Modified = im.r.Subject.User.ID, im.tx.Now()
		if err := conflict(o.Name, im.tx.UpdateObject(o)); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) writeEntry(e *entry) error {
	o := e.object
	if e.existing == nil {
		return conflict(o.Name, im.tx.CreateObject(o))
	}
	if !im.r.SkipDiff && sameObject(e.existing, o) {
		o.Header = e.existing.Header
		return nil
	}
	o.Modified, o.ModifiedBy = im.tx.Now(), im.r.Subject.User.ID
	return conflict(o.Name, im.tx.UpdateObject(o))
}

// conflict tells an object that was changed meanwhile from other failures.
func conflict(name string, err error) error {
	if err != nil && searchlight.CodeOf(err) == searchlight.CodeConflict {
		return &searchlight.Error{Code: searchlight.CodeConflict, Number: codeChanged,
			Message: "VERSION_CONFLICT: " + name + " was changed meanwhile; import it again", Err: err}
	}
	return err
}

func (im *importer) results() []ImportResult {
	results := make([]ImportResult, len(im.entries))
	for i, e := range im.entries {
		results[i] = e.result()
	}
	return results
}

func (e *entry) result() ImportResult {
	if errs := e.findings.Errors(); len(errs) > 0 {
		return ImportResult{Status: status(StatusError, errs)}
	}
	header := e.object.Header
	if warnings := e.findings.Warnings(); len(warnings) > 0 {
		return ImportResult{Status: status(StatusWarning, warnings), Header: &header}
	}
	return ImportResult{Status: Status{Code: StatusOK}, Header: &header}
}

// maxFindings is how many findings of a document are shown.
const maxFindings = 100

func status(code StatusCode, findings tml.Findings) Status {
	s := Status{code, findings.Code(), ""}
	if more := len(findings) - maxFindings; more > 0 {
		findings = append(findings[:maxFindings:maxFindings], tml.Finding{Message: fmt.Sprintf("%d more remarks are not shown.", more)})
	}
	s.Message = findings.Message()
	return s
}

func (e *entry) failed() bool { return e.findings.HasErrors() }

// fail adds an error about the value at a path; without a path it is about
// the document as a whole.
func (e *entry) fail(path tml.Path, code int, format string, args ...any) {
	e.add(source.SeverityError, path, code, fmt.Sprintf(format, args...))
}

// warn adds a warning about the value at a path.
func (e *entry) warn(path tml.Path, code int, format string, args ...any) {
	e.add(source.SeverityWarning, path, code, fmt.Sprintf(format, args...))
}

func (e *entry) add(severity source.Severity, path tml.Path, code int, message string) {
	f := tml.Finding{Code: code, Severity: severity, Path: path, Message: message}
	if path != "" {
		f.Line, f.Column = e.doc.At(path)
	}
	e.findings = append(e.findings, f)
}

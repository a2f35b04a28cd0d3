package metadata

import (
	"slices"

	"github.com/searchlight-bi/searchlight"
	"github.com/searchlight-bi/searchlight/tml"
)

// reference is what an identity refers to.
type reference struct {
	header *searchlight.Header
	entry  *entry // nil: a stored object that the request does not touch
}

// canSee reports whether the subject may build on an object.
func (im *importer) canSee(h *searchlight.Header) bool {
	return may(im.tx, im.r.Subject, searchlight.ReadOnly, h)
}

// resolve finds the object that an identity refers to (tml.md 3.5): by fqn,
// then by obj_id, then by name among the documents of the request, then by
// name in the store. It reports false when there is none; the entry has failed
// then, or will for the document that it refers to.
func (im *importer) resolve(e *entry, identity tml.Identity, kinds ...tml.Kind) (reference, bool, error) {
	switch {
	case identity.FQN != "":
		return im.resolveFQN(e, identity, kinds)
	case identity.LookupName() == "":
		return im.resolveObjectID(e, identity, kinds)
	}
	name := identity.LookupName()
	var inBatch []*entry
	for _, other := range im.entries {
		if slices.Contains(kinds, other.doc.Kind) && other.doc.Name == name {
			inBatch = append(inBatch, other)
		}
	}
	if len(inBatch) == 1 {
		r, ok := refer(e, inBatch[0])
		return r, ok, nil
	}
	if len(inBatch) > 1 {
		failAmbiguous(e, identity, kinds[0])
		return reference{}, false, nil
	}
	t := searchlight.TypeLogicalTable
	if kinds[0] == tml.KindConnection {
		t = searchlight.TypeConnection
	}
	named, err := im.tx.ObjectsNamed(t, name)
	if err != nil {
		return reference{}, false, err
	}
	named = slices.DeleteFunc(named, func(h searchlight.Header) bool {
		// A batch member that changes this object no longer has the name.
		return !slices.Contains(kinds, kindOf(&h)) || !im.canSee(&h) || im.staged[h.ID] != nil
	})
	switch len(named) {
	case 0:
		failNotFound(e, identity, kinds[0])
		return reference{}, false, nil
	case 1:
		return reference{header: &named[0]}, true, nil
	}
	failAmbiguous(e, identity, kinds[0])
	return reference{}, false, nil
}

// refer makes a batch member the target of a reference. One that has failed
// early has no object; what refers to it is skipped with it.
func refer(e, target *entry) (reference, bool) {
	e.refs = append(e.refs, target)
	if target.object == nil {
		return reference{}, false
	}
	return reference{header: &target.object.Header, entry: target}, true
}

func (im *importer) resolveFQN(e *entry, identity tml.Identity, kinds []tml.Kind) (reference, bool, error) {
	id, ok := searchlight.ParseGUID(identity.FQN)
	if !ok {
		failFQN(e, identity, kinds[0])
		return reference{}, false, nil
	}
	for _, other := range im.entries {
		// A document that failed early is known by the GUID that it has written.
		means := other.target == id || other.failed() && other.target == "" && other.doc.GUID == id
		if means && slices.Contains(kinds, other.doc.Kind) {
			r, ok := refer(e, other)
			return r, ok, nil
		}
	}
	h, err := im.tx.Header(id)
	if err != nil && !isNotFound(err) {
		return reference{}, false, err
	}
	if err == nil && im.canSee(h) && slices.Contains(kinds, kindOf(h)) {
		return reference{header: h}, true, nil
	}
	failFQN(e, identity, kinds[0])
	return reference{}, false, nil
}

// resolveObjectID finds a document of the request by its obj_id; the store
// does not know the ids of objects.
func (im *importer) resolveObjectID(e *entry, identity tml.Identity, kinds []tml.Kind) (reference, bool, error) {
	for _, other := range im.entries {
		if other.doc.ObjectID == identity.ObjectID && slices.Contains(kinds, other.doc.Kind) {
			r, ok := refer(e, other)
			return r, ok, nil
		}
	}
	e.fail(identity.Path, codeNotFound, "The request has no %s with the obj_id <b> %s </b>; objects of the server are found by fqn or name.", kinds[0], identity.ObjectID)
	return reference{}, false, nil
}

func failFQN(e *entry, identity tml.Identity, kind tml.Kind) {
	e.fail(identity.Path, codeNotFound, "fqn resolution failed: there is no %s <b> %s </b>", kind, identity.FQN)
}

func failAmbiguous(e *entry, identity tml.Identity, kind tml.Kind) {
	e.fail(identity.Path, codeAmbiguous, "Multiple %ss have same name <b> %s </b>, add fqn", kind, identity.LookupName())
}

func failNotFound(e *entry, identity tml.Identity, kind tml.Kind) {
	name := identity.LookupName()
	switch kind {
	case tml.KindConnection:
		e.fail(identity.Path, codeConnection, "Connection <b> %s </b> not found.", name)
	case tml.KindTable:
		e.fail(identity.Path, codeTableNotFound, "Referenced table with name <b> %s </b> not found.", name)
	default:
		e.fail(identity.Path, codeNotFound, "Worksheet not found for referencedObjectId , fqn , and name %s", name)
	}
}

package searchlight

// CanRead reports whether the subject may see an object. It is the one rule
// of reading; Tx.Headers applies the same one in the store.
func (s *Subject) CanRead(h *Header) bool {
	return s.IsAdmin() || h.Author == s.User.ID
}

// CanModify reports whether the subject may change an object.
func (s *Subject) CanModify(h *Header) bool {
	return s.IsAdmin() || h.Author == s.User.ID
}

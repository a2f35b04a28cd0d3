package joinexpr

import (
	"fmt"

	"github.com/searchlight-bi/searchlight/source"
)

func diagnostic(code source.Code, span source.Span, message, hint string) *source.Diagnostic {
	return &source.Diagnostic{Severity: source.SeverityError, Code: code, Span: span, Message: message, Hint: hint}
}

func errEmpty() *source.Diagnostic {
	return diagnostic("join-empty", source.Span{}, "The join condition is empty.", "write for example [A::x] = [B::y]")
}

func errTooLong(size int) *source.Diagnostic {
	return diagnostic("join-too-long", source.Span{Start: 0, End: size},
		fmt.Sprintf("The join condition has %d bytes; at most %d are allowed.", size, maxLength), "")
}

func errTooDeep(span source.Span) *source.Diagnostic {
	return diagnostic("join-too-deep", span, fmt.Sprintf("The join condition nests more than %d levels.", maxDepth), "")
}

func errExpected(what, found string, span source.Span) *source.Diagnostic {
	return diagnostic("join-syntax", span, fmt.Sprintf("Expected %s, found %s.", what, found), "")
}

func errUnclosed(span source.Span, mark string) *source.Diagnostic {
	return diagnostic("join-unclosed", span, fmt.Sprintf("The closing %s is missing.", mark), "")
}

func errUnqualified(span source.Span, text string) *source.Diagnostic {
	return diagnostic("join-unqualified", span, fmt.Sprintf("The column %s does not say which object it belongs to.", text),
		"write [OBJECT::Column]")
}

func errCharacter(span source.Span, text string) *source.Diagnostic {
	return diagnostic("join-character", span, fmt.Sprintf("The character %q has no meaning here.", text), "")
}

func errOperator(span source.Span, text string, meant Operator) *source.Diagnostic {
	d := diagnostic("join-operator", span, fmt.Sprintf("There is no operator %s.", text), fmt.Sprintf("write %s", meant))
	d.Replace = string(meant)
	return d
}

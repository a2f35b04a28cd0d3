package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/searchlight-bi/searchlight/formula"
)

// exampleData is the table that examples of the catalogue run over.
const exampleData = `The examples with columns run over this table of eight sales, taken as one group:

| id | region | customer | order_date | qty | revenue |
| --- | --- | --- | --- | --- | --- |
| 1 | East | Ann | 2024-01-31 | 2 | 100 |
| 2 | West | Bob | 2024-01-31 | 1 | 50 |
| 3 | east | Ann | 2024-02-10 | 1 | 50 |
| 4 | West | Cid | 2024-02-29 | 0 | 0 |
| 5 | East | Bob | 2024-03-04 | 4 | 200 |
| 6 | West | Dee | 2024-03-31 | 3 | 150 |
| 7 | East | Ann | 2024-04-01 | 2 | null |
| 8 | null | Eve | 2025-01-01 | 1 | 40 |

The person who asks is Ann, ann@example.com, in the groups All, West and 7.
`

func functionsPage(string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Operators and functions of formulas\n\n" + notice)
	b.WriteString("How formulas are written, and what holds for all of them, is in [formulas.md](formulas.md).\n\n" + exampleData)
	group := formula.Group("")
	var missing []string
	for _, f := range formula.Functions() {
		if f.Group != group {
			flushMissing(&b, &missing)
			group = f.Group
			fmt.Fprintf(&b, "\n## %s\n", heading(string(group)))
		}
		if f.Later {
			missing = append(missing, "`"+f.Name+"`")
			continue
		}
		writeFunction(&b, f)
	}
	flushMissing(&b, &missing)
	return b.Bytes(), nil
}

func writeFunction(b *bytes.Buffer, f formula.Function) {
	fmt.Fprintf(b, "\n### `%s`\n\n`%s`: %s.\n", f.Name, f.Syntax, cell(f.Doc))
	fmt.Fprintf(b, "\n- Nulls: %s.\n", cell(f.Nulls))
	for _, o := range f.Overloads {
		var args []string
		for _, a := range o.Args {
			arg := fmt.Sprintf("`%s` is %s", a.Name, a.Takes)
			if a.Takes == formula.TakesAny {
				arg = fmt.Sprintf("`%s` is of any type", a.Name)
			}
			if a.Literal {
				arg += ", written out"
			}
			if a.NotAggregated {
				arg += ", not aggregated"
			}
			args = append(args, arg)
		}
		if len(args) == 0 {
			fmt.Fprintf(b, "- Type: %s.\n", o.Result)
			continue
		}
		fmt.Fprintf(b, "- Types: %s; the result is %s.\n", strings.Join(args, "; "), o.Result)
	}
	var examples []string
	for _, e := range f.Examples {
		examples = append(examples, fmt.Sprintf("`%s` gives `%s`", e.Formula, e.Want))
	}
	if len(examples) > 0 {
		fmt.Fprintf(b, "- Examples: %s.\n", strings.Join(examples, "; "))
	}
}

// flushMissing lists the functions of a group that come later.
func flushMissing(b *bytes.Buffer, names *[]string) {
	if len(*names) > 0 {
		fmt.Fprintf(b, "\nKnown by name, but not available yet: %s.\n", strings.Join(*names, ", "))
		*names = nil
	}
}

func heading(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

package result

import (
	"slices"
	"strings"
)

// Clone copies a chunk with everything in it, so that it outlives the next
// call of Rows.Next.
func (c *Chunk) Clone() *Chunk {
	out := &Chunk{Rows: c.Rows, Vectors: make([]Vector, len(c.Vectors))}
	for i, v := range c.Vectors {
		v.Valid = slices.Clone(v.Valid)
		v.Bools = slices.Clone(v.Bools)
		v.Ints = slices.Clone(v.Ints)
		v.Floats = slices.Clone(v.Floats)
		if v.Texts != nil {
			texts := make([]string, len(v.Texts))
			for row := range texts {
				if !v.IsNull(row) {
					texts[row] = strings.Clone(v.Texts[row])
				}
			}
			v.Texts = texts
		}
		out.Vectors[i] = v
	}
	return out
}

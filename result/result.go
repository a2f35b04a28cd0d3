package result

import (
	"context"
)

// Kind is how the values of a column are held in memory.
type Kind uint8

// The kinds.
const (
	KindBool     Kind = iota // Bools
	KindInt                  // Ints
	KindFloat                // Floats; NaN and infinities count as null
	KindDecimal              // Ints, to be divided by 10^Scale
	KindNumber               // Texts: decimal digits too long for an int64, with sign and point
	KindText                 // Texts, valid UTF-8
	KindDate                 // Ints: days since 1970-01-01
	KindDateTime             // Ints: microseconds of wall-clock time since 1970-01-01 00:00
	KindTime                 // Ints: microseconds since midnight
)

var kindNames = [...]string{"bool", "int", "float", "decimal", "number", "text", "date", "datetime", "time"}

// String is the name of the kind in lower case.
func (k Kind) String() string { return kindNames[k] }

// Column describes one column of a result.
type Column struct {
	Name  string
	Kind  Kind
	Scale int // digits after the point, of KindDecimal
}

// Schema describes the columns of a result in order.
type Schema []Column

// Vector holds the values of one column for the rows of a chunk. Of the
// slices, the one that the kind names has a value for each row.
//
// Its kind and scale are those of the column, with one exception: in a column
// of KindNumber, a chunk whose values all fit may hold them as KindInt or
// KindDecimal. So sums stay fast without losing the few that are too long.
type Vector struct {
	Kind   Kind
	Scale  int
	Valid  []uint64 // bit i%64 of word i/64 is 0 when row i is null; nil: no nulls
	Bools  []bool
	Ints   []int64
	Floats []float64
	Texts  []string
}

// IsNull reports whether row i has no value.
func (v *Vector) IsNull(i int) bool {
	return v.Valid != nil && v.Valid[i>>6]&(1<<(uint(i)&63)) == 0
}

// Chunk is a number of rows, column by column. Its memory, texts included, is
// valid until the next call of Rows.Next or Close.
type Chunk struct {
	Rows    int
	Vectors []Vector
}

// Rows is a stream of chunks.
type Rows interface {
	// Schema is known before the first chunk.
	Schema() Schema
	// Next returns the next chunk, never an empty one, and io.EOF after the
	// last. It fails when ctx, or the context that the query was started with,
	// is cancelled.
	Next(ctx context.Context) (*Chunk, error)
	// Close ends the query wherever it stands; it may be called twice.
	Close() error
}

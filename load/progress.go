package load

import (
	"io"
	"time"
)

// Progress is how far a load has come.
type Progress struct {
	File string
	Rows int64 // written so far
	// Done and Total are bytes of work. Files that are read twice, to find
	// their types first, count twice.
	Done, Total int64
}

const progressInterval = 100 * time.Millisecond

type progress struct {
	report func(Progress)
	state  Progress
	last   time.Time
}

func (p *progress) advance(file string, bytes, rows int64) {
	p.state.File = file
	p.state.Done += bytes
	p.state.Rows += rows
	if p.report != nil && time.Since(p.last) >= progressInterval {
		p.last = time.Now()
		p.report(p.state)
	}
}

func (p *progress) finish() {
	if p.report != nil {
		p.state.Done = p.state.Total
		p.report(p.state)
	}
}

// countingReader tells how much of a file has been read.
type countingReader struct {
	source io.Reader
	bytes  int64
}

// Read implements io.Reader.
func (r *countingReader) Read(b []byte) (int, error) {
	n, err := r.source.Read(b)
	r.bytes += int64(n)
	return n, err
}

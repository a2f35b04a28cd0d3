package result

import "time"

const (
	secondsPerDay   = 86400
	microsPerSecond = 1_000_000
)

// Format holds what the form of cells depends on. It remembers what it learns
// about its time zone, so each goroutine needs one of its own. The zero value
// is ready, in UTC, and so is a nil Format.
type Format struct {
	// Location is the time zone in which wall-clock values are read: the
	// server's (README 14). nil is UTC.
	Location *time.Location

	offsets [offsetBlocks]offsetBlock
}

// Wall-clock time is cut into blocks of 2^22 seconds, 48 days. The offset of a
// block without a change is looked up once.
const (
	offsetBlockBits = 22
	offsetBlocks    = 256
)

type offsetBlock struct {
	known, uniform bool
	number, offset int64
}

// epoch turns seconds of wall-clock time into the epoch seconds of the
// instant. Of a time that the clocks show twice it takes the first; a time
// that they skip counts as if they had not been changed yet.
func (f *Format) epoch(wall int64) int64 {
	if f == nil || f.Location == nil || f.Location == time.UTC {
		return wall
	}
	number := wall >> offsetBlockBits
	block := &f.offsets[uint64(number)%offsetBlocks]
	if !block.known || block.number != number {
		*block = f.lookUp(number)
	}
	if block.uniform {
		return wall - block.offset
	}
	return f.epochAround(wall)
}

// lookUp finds whether one offset holds for a block and a day either side of
// it, more than any offset can shift it.
func (f *Format) lookUp(number int64) offsetBlock {
	first := time.Unix(number<<offsetBlockBits-secondsPerDay, 0).In(f.Location)
	_, end := first.ZoneBounds()
	_, offset := first.Zone()
	last := (number+1)<<offsetBlockBits + secondsPerDay
	return offsetBlock{
		known:   true,
		number:  number,
		offset:  int64(offset),
		uniform: end.IsZero() || end.Unix() > last,
	}
}

// epochAround is epoch near a change of the clocks.
func (f *Format) epochAround(wall int64) int64 {
	before := wall - f.offsetAt(wall-secondsPerDay)
	if f.offsetAt(before) == wall-before {
		return before
	}
	after := wall - f.offsetAt(wall+secondsPerDay)
	if f.offsetAt(after) == wall-after {
		return after
	}
	return before
}

func (f *Format) offsetAt(instant int64) int64 {
	_, offset := time.Unix(instant, 0).In(f.Location).Zone()
	return int64(offset)
}

// floorDiv divides and rounds down, below zero too.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

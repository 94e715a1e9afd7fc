package analyzer

import (
	"bytes"

	"github.com/loganalyze/loganalyze/analyzer/format"
)

// A server may change how it logs, or the unit of its durations, in the midst of a file. What is
// read next tells so: a block is sent when the one behind it is there, and where the lines do
// not fit any longer it is parted at the first that does not.

// maxRenewals bounds how often it is asked anew how an input is read, and since when.
const maxRenewals = 16

// sendHeld sends the blocks held but for the last keep, and how each is to be read.
func (in *input) sendHeld(keep int, o format.Options, send func(*block)) {
	for len(in.held) > keep {
		b := in.held[0]
		if rest := in.renew(b, o); rest != nil {
			in.held[0] = rest
		} else {
			in.held = append(in.held[:0], in.held[1:]...)
		}
		in.describe(b)
		send(b)
	}
}

// renew says how b is to be read, whose first lines are read as they were so far. Where the
// later ones are not, b is shortened, and the rest of it is returned.
func (in *input) renew(b *block, o format.Options) (rest *block) {
	b.detection = in.detection
	if in.renewals == maxRenewals || b.skipped > 0 {
		return nil
	}
	next := b
	if len(in.held) > 1 && in.held[1].skipped == 0 {
		next = in.held[1]
	}
	if in.endFits(b) && in.endFits(next) {
		return nil
	}
	in.renewals++
	cut := in.change(b.data)
	if cut < 0 {
		return nil
	}
	sample := b.data[cut:]
	if len(sample) < len(b.data)/2 {
		sample = next.data
	}
	in.detection = in.detection.Renew(sampleOf(sample), o)
	next.endFits = nil
	if cut == 0 {
		b.detection = in.detection
		return nil
	}
	return b.split(cut)
}

// endFits reports whether lines in the last quarter of b are read as they were so far, or are too
// few to tell.
func (in *input) endFits(b *block) bool {
	if b.endFits == nil {
		few := fewOf(b.data[len(b.data)-len(b.data)/4:])
		fits := len(few) < enoughLines || in.detection.Fits(few)
		b.endFits = &fits
	}
	return *b.endFits
}

// change is where in data the lines begin that are not read as they were so far, -1 where all are.
func (in *input) change(data []byte) int {
	for at := 0; at < len(data); {
		if !in.detection.Fits(linesOf(data[at:], 1)) && !in.detection.Fits(linesOf(data[at:], 2*enoughLines)) {
			return at
		}
		n := bytes.IndexByte(data[at:], '\n') + 1
		if n == 0 {
			break
		}
		at += n
	}
	return -1
}

// linesOf are the first n lines of data.
func linesOf(data []byte, n int) (lines [][]byte) {
	for line := range bytes.Lines(data) {
		if len(lines) == n {
			break
		}
		lines = append(lines, bare(bytes.TrimSuffix(line, newline)))
	}
	return lines
}

// split shortens b to its first n bytes, which end in a newline, and returns the rest.
func (b *block) split(n int) *block {
	rest := blockPool.Get().(*block)
	if len(rest.buf) < len(b.data)-n {
		rest.buf = make([]byte, len(b.data)-n)
	}
	rest.data = rest.buf[:copy(rest.buf, b.data[n:])]
	b.data = b.data[:n]
	rest.in, rest.offset = b.in, b.offset+uint64(n)
	if b.line > 0 {
		rest.line = b.line + uint64(bytes.Count(b.data, newline))
	} else {
		rest.line = 0
	}
	return rest
}

// fewOf takes some lines from all over data, without looking at the others.
func fewOf(data []byte) (few [][]byte) {
	const parts = enoughLines + 4
	for i := range parts {
		_, rest, ok := bytes.Cut(data[i*len(data)/parts:(i+1)*len(data)/parts], newline)
		line, _, whole := bytes.Cut(rest, newline)
		if ok && whole {
			few = append(few, bare(line))
		}
	}
	return few
}

package analyzer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// index tells where in an input the requests of which times stand, so that these are read again
// and little else, whatever the order of the lines. It is made as the input is read: a reader
// adds the blocks, and workers say what they saw in them.
type index struct {
	mu      sync.Mutex
	regions []region // in the order of the input
	each    int      // how many blocks make a region: a power of 2; 0 is 1
	n       int      // blocks
}

// region is what is known of some blocks, one behind the other.
type region struct {
	offset, end uint64            // of the bytes
	line        uint64            // the number of the first line; 0 is unknown
	detection   *format.Detection // how the first line is read
	header      []byte            // see block
	seconds     stretchOfSeconds  // in which requests of it began
}

// stretchOfSeconds are those from first to last, none where last is before first.
type stretchOfSeconds struct{ first, last int64 }

var noSeconds = stretchOfSeconds{math.MaxInt64, math.MinInt64}

func (s *stretchOfSeconds) widen(t stretchOfSeconds) {
	s.first, s.last = min(s.first, t.first), max(s.last, t.last)
}

const maxRegions = 1 << 11

// add makes room for what will be seen in a block.
func (x *index) add(b *block) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.each = max(x.each, 1)
	b.ordinal = x.n
	end := b.offset + uint64(len(b.data)) + b.skipped
	if x.n++; b.ordinal%x.each != 0 {
		x.regions[b.ordinal/x.each].end = end
		return
	}
	if len(x.regions) == maxRegions {
		x.halve()
	}
	x.regions = append(x.regions, region{b.offset, end, b.line, b.detection, b.header, noSeconds})
}

func (x *index) halve() {
	for i := range maxRegions / 2 {
		p, q := x.regions[2*i], &x.regions[2*i+1]
		p.end = q.end
		p.seconds.widen(q.seconds)
		x.regions[i] = p
	}
	x.regions = x.regions[:maxRegions/2]
	x.each *= 2
}

func (x *index) saw(ordinal int, seconds stretchOfSeconds) {
	x.mu.Lock()
	x.regions[ordinal/x.each].seconds.widen(seconds)
	x.mu.Unlock()
}

// during are the regions that hold requests which began from one second to before another. Those
// that follow each other are one.
func (x *index) during(from, to int64) []region {
	var out []region
	for _, p := range x.regions {
		if p.seconds.first >= to || p.seconds.last < from {
			continue
		}
		if n := len(out); n > 0 && out[n-1].end == p.offset {
			out[n-1].end = p.end
			continue
		}
		out = append(out, p)
	}
	return out
}

// secondReading is what is read of inputs that were read before: the requests that began from one second to
// before another.
type secondReading struct {
	indexes  map[string]*index // by the names of the inputs
	from, to int64
}

// readAgain reads the regions of the input that are wanted. Where the source can only be read from its
// start, what is between them is read, too, and not sent.
func (in *input) readAgain(ctx context.Context, o *Options, how format.Options, send func(*block)) {
	x := o.again.indexes[in.name]
	if x == nil {
		return
	}
	regions := x.during(o.again.from, o.again.to)
	for len(regions) > 0 && ctx.Err() == nil && in.err == nil {
		file, err := in.source.OpenPlain(ctx)
		if err != nil {
			in.failUnlessStopped(ctx, err)
			return
		}
		if file == nil {
			in.readThrough(ctx, regions, how, send)
			return
		}
		if p := &regions[0]; p.end <= uint64(file.Size()) {
			in.readRegion(ctx, file, p, how, send)
		} else {
			in.fail(errors.Join(fmt.Errorf("%s was truncated or rotated away", in.name), file.Close()))
		}
		regions = regions[1:]
	}
}

// readRegion reads a region of a file, which it closes.
func (in *input) readRegion(ctx context.Context, file *source.Plain, p *region, how format.Options, send func(*block)) {
	in.detection, in.header = p.detection, p.header
	s := newSplitter(in, file.Section(int64(p.offset), int64(p.end)))
	s.at, s.line = p.offset, p.line
	in.read(ctx, s, how, send)
	if err := file.Close(); err != nil && in.err == nil {
		in.fail(err)
	}
}

// readThrough reads the source up to the end of the last region.
func (in *input) readThrough(ctx context.Context, regions []region, how format.Options, send func(*block)) {
	r, err := in.source.Open(ctx)
	if err != nil {
		in.failUnlessStopped(ctx, err)
		return
	}
	in.read(ctx, newSplitter(in, io.LimitReader(r, int64(regions[len(regions)-1].end))), how, func(b *block) {
		for len(regions) > 0 && regions[0].end <= b.offset {
			regions = regions[1:]
		}
		if len(regions) == 0 || regions[0].offset >= b.offset+uint64(len(b.data)) {
			b.release()
			return
		}
		send(b)
	})
	if err := r.Close(); err != nil && in.err == nil {
		in.fail(err)
	}
}

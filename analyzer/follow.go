package analyzer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// Follow is Run over sources that go on for as long as ctx does, all read at once: followed
// files, and streams. It counts lines as they come. Whenever tick fires it calls show, if
// it has counted anything since, with the report on what there was until then; an error of show
// ends it. Positions in the report count the lines of the source since it was opened, through
// all rotations. One goroutine counts: Workers means nothing here.
func Follow(ctx context.Context, sources []source.Source, o Options, tick <-chan time.Time, show func(*Report) error) (*Report, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	f := &following{o: o, whole: newAnalysis(&o, nil), bad: newBadLines(o.BadLines), workers: map[*input]*worker{}}
	var broken error // show is
	pieces := make(chan piece)
	var readers sync.WaitGroup
	taken := map[string]bool{}
	for _, src := range sources {
		in := &input{source: src, name: unused(src.Name(), taken)}
		f.inputs = append(f.inputs, in)
		f.workers[in] = newWorker(f.whole, &f.o.Filter, f.bad)
		readers.Go(func() { readLive(ctx, in, pieces) })
	}
	go func() {
		readers.Wait()
		close(pieces)
	}()
	for {
		select {
		case p, more := <-pieces:
			if !more {
				s := newState(f.whole, f.inputs, &f.o)
				return s.analysis.Report(s.list(), f.o), errors.Join(s.problems(), f.bad.failure(), f.o.save(s), cmp.Or(broken, ctx.Err()))
			}
			if ctx.Err() != nil {
				p.err = nil // it is ctx that ended the reading
			}
			f.take(p)
		case <-tick:
			if f.detectAll(); !f.news {
				continue
			}
			f.news = false
			s := newState(f.whole, f.inputs, &f.o)
			if broken = show(s.analysis.Report(s.list(), f.o)); broken != nil {
				stop()
				tick = nil
			}
		}
	}
}

// piece is a block as it was read, or the end of its input and why it ended.
type piece struct {
	in    *input
	block *block // nil at the end
	err   error
}

// readLive reads a source to its end. It leaves the input to the one who counts.
func readLive(ctx context.Context, in *input, out chan<- piece) {
	r, err := in.source.Open(ctx)
	if err != nil {
		out <- piece{in: in, err: err}
		return
	}
	s := newSplitter(in, r)
	s.live = true
	for {
		b, err := s.next(ctx)
		if err == io.EOF {
			break
		}
		out <- piece{in: in, block: b}
	}
	out <- piece{in: in, err: errors.Join(s.err, r.Close())}
}

// following is the counting of live inputs.
type following struct {
	o       Options
	inputs  inputs
	whole   *Analysis
	bad     *badLines
	workers map[*input]*worker // taking turns
	sent    uint64             // blocks
	news    bool               // something was counted since the last report
}

// The first lines of a live input come one by one. The format is detected on
// enough of them for what is learned of it to be right, or on those that there are when a
// report is due.
const (
	enoughLines = 20
	maxHeldLive = 64 // blocks that wait for the first line in a format that is known
)

func (f *following) take(p piece) {
	in := p.in
	if p.block == nil {
		f.detect(in)
		if p.err != nil {
			in.fail(p.err)
		}
		if in.detection == nil && len(in.held) > 0 {
			in.unrecognised(errors.New(in.why))
		}
		in.giveUp(len(in.held))
		return
	}
	in.head.add(p.block.offset, p.block.data)
	in.held = append(in.held, p.block)
	if in.detection != nil || enough(in) {
		f.detect(in)
	}
}

// enough reports whether an input holds lines enough to learn from: after a failure, twice
// as many blocks.
func enough(in *input) bool {
	var u unread
	for _, b := range in.held {
		u.add(b)
	}
	return u.lines >= enoughLines && len(in.held) >= 2*in.failedAt || len(in.held) >= maxHeldLive
}

func (f *following) detectAll() {
	for _, in := range f.inputs {
		f.detect(in)
	}
}

// detect counts what an input holds, if it is known or can be told how. Where there is too much
// that cannot be told, the older half is given up: a program may say a lot before its first
// request.
func (f *following) detect(in *input) {
	if in.detection == nil && len(in.held) > 0 {
		var sample [][]byte
		for _, b := range in.held {
			if b.skipped == 0 {
				sample = append(sample, sampleOf(b.data)...)
			}
		}
		d, err := format.Detect(sample, f.o.Input)
		if err != nil {
			in.why, in.failedAt = err.Error(), len(in.held)
			if len(in.held) >= maxHeldLive {
				in.giveUp(maxHeldLive / 2)
				in.failedAt = 0
			}
			return
		}
		in.detection, in.why = d, ""
	}
	in.sendHeld(0, f.o.Input, func(b *block) {
		b.number = f.sent
		f.sent++
		f.news = true
		f.workers[in].block(b)
	})
}

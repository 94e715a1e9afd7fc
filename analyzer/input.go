package analyzer

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// input is one source as it is read.
type input struct {
	source    source.Source
	name      string            // of the source, or made from it where another has the same
	detection *format.Detection // nil where no format was recognised
	renewals  int               // of the detection
	why       string            // why none was
	header    []byte            // the last line read that says how to read those behind it
	held      []*block          // until one is, and then until the next tells whether it is still right
	failedAt  int               // how many were held when none was recognised last, of a live input
	unread    unread
	err       error

	head        head
	entered     int64 // the offset at which reading began
	index       index
	unreadBytes uint64  // before it, and behind the window
	span        stretch // what they tell of it, if it was entered
	unordered   bool    // it could not be entered, as its lines are not in the order of time
}

func (in *input) fail(err error) { in.err = err }

// failUnlessStopped is fail for what may have ended as ctx is done: then nothing is wrong with the
// input.
func (in *input) failUnlessStopped(ctx context.Context, err error) {
	if ctx.Err() == nil {
		in.fail(err)
	}
}

type inputs []*input

// readAll reads the sources, as many at once as there are readers, so that several can be
// decompressed side by side. It sends what it reads to the workers. Inputs are in the order of
// their sources; those that were not begun when ctx was done are none.
func readAll(ctx context.Context, sources []source.Source, readers int, o *Options, send func(*block)) inputs {
	all := make(inputs, len(sources))
	taken := map[string]bool{}
	for i, src := range sources {
		all[i] = &input{source: src, name: unused(src.Name(), taken)}
	}
	var next atomic.Int64
	var reading sync.WaitGroup
	for range min(readers, len(all)) {
		reading.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(all) {
					return
				}
				all[i].readSource(ctx, o, send)
			}
		})
	}
	reading.Wait()
	return all[:min(int(next.Load()), len(all))]
}

// readSource opens the source and reads it to its end, or as far as the filter's window goes.
func (in *input) readSource(ctx context.Context, o *Options, send func(*block)) {
	how := o.Input
	if at := in.source.Modified(); !at.IsZero() {
		how.Written = at
	}
	if o.again != nil {
		in.readAgain(ctx, o, how, send)
		return
	}
	r, err := in.enter(ctx, o, how)
	if err == nil && r == nil {
		r, err = in.source.Open(ctx)
	}
	if err != nil {
		in.failUnlessStopped(ctx, err)
		return
	}
	s := newSplitter(in, r)
	if in.entered > 0 {
		s.line, s.at = 0, uint64(in.entered)
	}
	in.read(ctx, s, how, send)
	if err := r.Close(); err != nil && in.err == nil {
		in.fail(err)
	}
}

// unused makes a name that is not yet taken from name: readers may be called anything.
func unused(name string, taken map[string]bool) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s (%d)", name, n)
	}
	taken[free] = true
	return free
}

// maxHeld is how many blocks may pass before the first in which a format is recognised:
// a program may have said much else before its first request.
const maxHeld = 8

// read holds blocks back until the format is detected on one, and then sends all.
func (in *input) read(ctx context.Context, s *splitter, o format.Options, send func(*block)) {
	var unknown error
	tried := 0
	for in.detection != nil || tried < maxHeld && len(in.held) < 16*maxHeld {
		b, err := s.next(ctx)
		if err != nil {
			break
		}
		in.head.add(b.offset, b.data)
		in.held = append(in.held, b)
		if in.detection == nil && b.skipped == 0 {
			tried++
			in.detection, err = format.Detect(sampleOf(b.data), o)
			unknown = cmp.Or(unknown, err)
		}
		if in.detection != nil {
			in.sendHeld(1, o, send)
		}
	}
	if in.detection != nil {
		in.sendHeld(0, o, send)
	}
	if s.err != nil {
		in.failUnlessStopped(ctx, s.err)
	}
	if in.detection == nil && len(in.held) > 0 {
		in.unrecognised(cmp.Or(unknown, errLongLines))
	}
	in.giveUp(len(in.held))
}

// giveUp counts the first n blocks held as unread.
func (in *input) giveUp(n int) {
	for _, b := range in.held[:n] {
		in.unread.add(b)
		b.release()
	}
	in.held = slices.Delete(in.held, 0, n)
}

// describe gives b the header that is in force where it begins: blocks are parsed in no
// order, but read in theirs.
func (in *input) describe(b *block) {
	b.header = in.header
	if header := in.detection.HeaderOf(b.data); header != nil {
		in.header = bytes.Clone(bare(header))
	}
}

// unread counts what was read of an input that was then given up.
type unread struct{ lines, bytes uint64 }

func (u *unread) add(b *block) {
	u.bytes += uint64(len(b.data)) + b.skipped
	if b.skipped > 0 {
		u.lines++
		return
	}
	u.lines += uint64(bytes.Count(b.data, newline))
	if !bytes.HasSuffix(b.data, newline) {
		u.lines++
	}
}

var errLongLines = fmt.Errorf("there are only lines of more than %d bytes", maxLine)

var errState = errors.New("it is a state that --save wrote; loganalyze merge reports on it")

// unrecognised gives the input up. In a directory there may be other files than logs.
func (in *input) unrecognised(err error) {
	if bytes.HasPrefix(in.held[0].data, []byte(stateMagic)) {
		err = errState
	}
	in.why = err.Error()
	if !in.source.Found() && in.err == nil {
		in.fail(fmt.Errorf("%s: cannot tell the log's format: %w", in.name, err))
	}
}

// sampleOf takes lines from all over a block, one of each run of so many, and those that describe
// others. Which one of a run is as good as random, or else a program that writes two lines a
// request would be sampled by one kind of them; the same block always gives the same sample.
func sampleOf(data []byte) [][]byte {
	const most = 500
	lines := bytes.Count(data, newline) + 1
	run := (lines + most - 1) / most
	dice := rand.New(rand.NewPCG(uint64(lines), 0))
	var sample [][]byte
	i, chosen := 0, 0
	for line := range bytes.Lines(data) {
		if i%run == 0 {
			chosen = i + dice.IntN(run)
		}
		if i == chosen || format.Describes(line) {
			sample = append(sample, bare(bytes.TrimSuffix(line, newline)))
		}
		i++
	}
	return sample
}

// account gives the lines of inputs that were given up their fate, once.
func (all inputs) account(a *accounting) {
	for _, in := range all {
		n := a.of(in.name)
		n.read += in.unread.lines
		n.other += in.unread.lines
		n.bytes += in.unread.bytes
		in.unread = unread{}
		a.leftOut.widen(in.span)
	}
}

// list tells of the inputs, in their order, and nothing yet of their lines.
func (all inputs) list() []Input {
	out := []Input{}
	for _, in := range all {
		line := Input{Name: in.name, Wrappers: []string{}, OtherFormats: []string{}, Why: in.why, UnreadBytes: in.unreadBytes, Unordered: in.unordered}
		if d := in.detection; d != nil {
			line.Format, line.Confidence, line.Why, line.Guessed, line.NotRead = Text(d.Format.Name), d.Confidence, d.Why, d.Guessed, Text(d.NotRead)
			line.LogFormat, line.Unit, line.Clock, line.TZ = Text(d.LogFormat), Text(d.Unit), Text(d.Format.Clock), Text(d.TZ)
			line.Wrappers = d.Wrappers()
			for _, other := range d.Others() {
				line.OtherFormats = append(line.OtherFormats, other.Format.Name)
			}
		}
		out = append(out, line)
	}
	return out
}

// errors are what was wrong with the inputs.
func (all inputs) errors(a *accounting, o *Options) (errs []*InputError) {
	for _, in := range all {
		n := a.of(in.name)
		if in.err != nil {
			errs = append(errs, &InputError{in.name, in.err})
		}
		bad := n.malformed + n.truncated
		if float64(bad) > o.maxMalformed()*float64(bad+n.records) && in.detection != nil {
			errs = append(errs, &InputError{in.name, fmt.Errorf(
				"%s: read as %s, but %d of the %d lines that look like requests are not; name the right format with --log-format, or allow more with --max-malformed",
				in.name, in.detection.Format.Name, bad, bad+n.records)})
		}
	}
	return errs
}

func noRequests(all []Input, bytes uint64) error {
	if len(all) == 0 {
		return ErrNoRequests
	}
	in, more := all[0], ""
	if n := len(all) - 1; n > 0 {
		more = fmt.Sprintf(", nor in %d more", n)
	}
	switch {
	case in.Why != "":
		return fmt.Errorf("%s: %w%s: %s", in.Name, ErrNoRequests, more, in.Why)
	case bytes == 0:
		return fmt.Errorf("%s is empty: %w%s", in.Name, ErrNoRequests, more)
	}
	return fmt.Errorf("%s: %w%s", in.Name, ErrNoRequests, more)
}

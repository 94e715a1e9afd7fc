package analyzer

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// A log is nearly in the order of time: servers write a line when a response is completed, and
// workers are not in step. Where the lines that are looked at all over a file are out of order by
// no more than disorder, those before and behind the window that was asked for are not read.
const (
	disorder = 10 * time.Minute
	probes   = 64        // places whose order is looked at
	probed   = 32 << 10  // bytes that are looked at in one place
	minEnter = 4 << 20   // bytes of a file that is worth it
	fine     = 256 << 10 // bytes that are not searched any finer
)

// window is the part of a file that is read.
type window struct{ from, to int64 }

// enter opens the part of the input in which the times from since to until can be, if they are
// not everywhere. It returns nil where the file must be read from its start: it is small,
// a stream, compressed, not in order, or its lines do not tell the time.
func (in *input) enter(ctx context.Context, o *Options, how format.Options) (io.ReadCloser, error) {
	f := &o.Filter
	if f.Since.IsZero() && f.Until.IsZero() || in.source.Size() < minEnter {
		return nil, nil
	}
	file, err := in.source.OpenPlain(ctx)
	if file == nil || err != nil {
		return nil, err
	}
	s := &search{file: file, size: file.Size(), filter: f}
	if !s.detect(how) || !s.lookAround() {
		return nil, file.Close()
	}
	if !s.inOrder() {
		in.unordered = true
		return nil, file.Close()
	}
	w := s.window()
	if w == (window{0, s.size}) {
		return nil, file.Close()
	}
	in.head.add(0, s.head)
	in.detection, in.entered = s.detection, w.from
	for _, p := range s.places {
		in.span.widen(stretch{p.first, p.last})
	}
	in.unreadBytes = uint64(s.size - (w.to - w.from))
	return &section{file.Section(w.from, w.to), file}, nil
}

// section is the part of a file that is read.
type section struct {
	io.Reader
	file *source.Plain
}

func (s *section) Close() error { return s.file.Close() }

// search finds the window of one file.
type search struct {
	file      *source.Plain
	size      int64
	filter    *Filter
	detection *format.Detection
	parser    format.Parser
	head      []byte // what the file begins with
	buf       []byte
	places    []place // in the order of the file
}

// place is what the lines somewhere in the file say of the time.
type place struct {
	at, end     int64 // where the lines begin and end
	first, last time.Time
}

// detect tells the format by the start of the file, as reading it would.
func (s *search) detect(o format.Options) bool {
	head := make([]byte, blockSize)
	n, err := s.file.ReadAt(head, 0)
	s.head = head[:min(n, maxHead)]
	if n = bytes.LastIndexByte(head[:n], '\n') + 1; n == 0 || err != nil && err != io.EOF {
		return false
	}
	s.detection, err = format.Detect(sampleOf(head[:n]), o)
	if err != nil || s.detection.HeaderOf(head[:n]) != nil { // what lines mean can change at any place
		return false
	}
	s.parser = s.detection.NewParser()
	s.buf = make([]byte, probed)
	return true
}

// lookAround looks at lines in places all over the file.
func (s *search) lookAround() bool {
	for i := range probes {
		p, ok := s.look(max(s.size-probed, 0) * int64(i) / (probes - 1))
		if !ok {
			return false
		}
		s.places = append(s.places, p)
	}
	return true
}

// inOrder reports whether the places are.
func (s *search) inOrder() bool {
	latest := s.places[0].last
	for _, p := range s.places[1:] {
		if latest.Sub(p.first) > disorder {
			return false
		}
		if p.last.After(latest) {
			latest = p.last
		}
	}
	return true
}

// look reads the times of the whole lines from at on; the line that at is within belongs to what
// is before.
func (s *search) look(at int64) (p place, ok bool) {
	n, err := s.file.ReadAt(s.buf, at)
	if err != nil && err != io.EOF {
		return p, false
	}
	lines, begin := s.buf[:n], 0
	if at > 0 {
		begin = bytes.IndexByte(lines, '\n') + 1
		if begin == 0 {
			return p, false
		}
	}
	end := bytes.LastIndexByte(lines, '\n') + 1
	if end <= begin {
		return p, false
	}
	p.at, p.end = at+int64(begin), at+int64(end)
	for line := range bytes.Lines(lines[begin:end]) {
		_ = s.parser.Parse(bare(bytes.TrimSuffix(line, newline)), func(r *accesslog.Record) {
			if r.Time.IsZero() {
				return
			}
			if p.first.IsZero() || r.Time.Before(p.first) {
				p.first = r.Time
			}
			if r.Time.After(p.last) {
				p.last = r.Time
			}
		})
	}
	return p, !p.first.IsZero()
}

// window is a part that holds all that the filter lets through, about as small as it can be.
func (s *search) window() window {
	w := window{0, s.size}
	first, last := &s.places[0], &s.places[len(s.places)-1]
	if since := s.filter.Since; !since.IsZero() {
		// No line before a place can be younger than one of its lines by more than disorder.
		old := func(p *place) bool { return p.first.Add(disorder).Before(since) }
		if before, _ := s.edge(old); before != nil {
			w.from = before.at
		}
		if old(last) && last.last.Before(since) && last.end == s.size {
			w.from = s.size
		}
	}
	if until := s.filter.Until; !until.IsZero() {
		// Nor can one behind it be older by more.
		early := func(p *place) bool { return p.last.Add(-disorder).Before(until) }
		if _, behind := s.edge(early); behind != nil {
			w.to = behind.end
		}
		if !early(first) && !first.first.Before(until) {
			w.to = 0
		}
	}
	w.to = max(w.to, w.from)
	return w
}

// edge finds where is ceases to be true: the last place where it is, and one not far behind
// where it is not. Either is nil where there is none.
func (s *search) edge(is func(*place) bool) (before, behind *place) {
	for i := range s.places {
		if is(&s.places[i]) {
			before, behind = &s.places[i], nil
		} else if behind == nil {
			behind = &s.places[i]
		}
	}
	for before != nil && behind != nil && behind.at-before.end > fine {
		p, ok := s.look((before.end + behind.at) / 2)
		switch {
		case !ok:
			return before, behind
		case is(&p):
			before = &p
		default:
			behind = &p
		}
	}
	return before, behind
}

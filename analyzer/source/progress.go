package source

import (
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// Progress tells how far sources have been read, in bytes as they stand on disk, so that a
// compressed file goes from nothing to all of it, too. The zero Progress watches none. It may
// be used by several goroutines at once.
type Progress struct {
	read atomic.Int64

	mu      sync.Mutex
	total   int64 // of the sources whose size is known
	endless int   // those whose size is not
	open    []string
}

// Watch returns the sources in such a way that p tells of them. Each is to be read once at a time;
// when it is read again there is that much more to be read.
// Followed files are left as they are: they have no end.
func (p *Progress) Watch(sources []Source) []Source {
	p.mu.Lock()
	defer p.mu.Unlock()
	watched := slices.Clone(sources)
	for i, s := range sources {
		if s.live {
			continue
		}
		p.total += max(s.size, 0)
		if s.size < 0 {
			p.endless++
		}
		var again atomic.Bool
		watched[i].raw = func() (io.ReadCloser, error) { return p.start(s, again.Swap(true)) }
	}
	return watched
}

// Now returns how many bytes have been read, of how many, and the names of the sources that
// are being read, in the order in which they were opened. The total is -1 as long as nobody
// knows it, because of a stream. It changes where a file turns out to be longer or
// shorter than it was, or is given up.
func (p *Progress) Now() (read, total int64, open []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	read, total = p.read.Load(), p.total
	if p.endless > 0 {
		total = -1
	}
	return read, total, slices.Clone(p.open)
}

func (p *Progress) start(s Source, again bool) (io.ReadCloser, error) {
	raw, err := s.raw()
	w := &watched{ReadCloser: raw, progress: p, source: s, expected: max(s.size, 0)}
	p.mu.Lock()
	if again { // and closed before
		p.total += w.expected
	}
	p.open = append(p.open, s.name)
	p.mu.Unlock()
	if err != nil {
		p.end(w)
		return nil, err
	}
	return w, nil
}

// end makes what was read of a source all that there is to read of it.
func (p *Progress) end(w *watched) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total += w.read.Load() - w.expected
	if w.source.size < 0 {
		p.endless--
	}
	if i := slices.Index(p.open, w.source.name); i >= 0 {
		p.open = slices.Delete(p.open, i, i+1)
	}
}

// watched are the raw bytes of a source, counted as they are read.
type watched struct {
	io.ReadCloser
	progress *Progress
	source   Source
	expected int64        // bytes
	read     atomic.Int64 // a stream is closed while a read of it waits
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.ReadCloser.Read(b)
	w.count(n)
	return n, err
}

func (w *watched) count(n int) {
	w.read.Add(int64(n))
	w.progress.read.Add(int64(n))
}

// expect says that only so many bytes will be read.
func (w *watched) expect(n int64) {
	w.progress.mu.Lock()
	defer w.progress.mu.Unlock()
	w.progress.total += n - w.expected
	w.expected = n
}

func (w *watched) Close() error {
	w.progress.end(w)
	return w.ReadCloser.Close()
}

package source

import (
	"errors"
	"io"
	"os"
	"sync"
)

// Keep returns a source of the same name and bytes. If it can be opened once, it keeps what is read
// of it in a temporary file, as it is read, unless that takes more than limit bytes or the system
// has no room: then nothing is kept. A limit below 0 is none. [Source.Again] has what was kept.
// remove removes the file.
func (s Source) Keep(limit int64) (kept Source, remove func() error) {
	if s.size >= 0 || s.live {
		return s, func() error { return nil }
	}
	k := &keeper{limit: limit}
	raw := s.raw
	s.kept, s.raw = k, func() (io.ReadCloser, error) {
		r, err := raw()
		if err != nil {
			return nil, err
		}
		return &keeping{r, k}, nil
	}
	return s, k.remove
}

// Again returns a source of the same bytes that can be opened, again and again, when this one has
// been read; it is not ok where there is none: a stream that was not kept, or not read to its end.
func (s Source) Again() (again Source, ok bool) {
	if s.size >= 0 {
		return s, true
	}
	if s.kept == nil {
		return s, false
	}
	return s.kept.source(s)
}

// keeper writes what is read of a source to a file.
type keeper struct {
	limit int64

	mu   sync.Mutex
	file *os.File // nil before the first bytes
	size int64
	lost bool // not all could be kept
	done bool // all was read
}

func (k *keeper) keep(p []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lost || len(p) == 0 {
		return
	}
	var err error
	if k.file == nil {
		k.file, err = os.CreateTemp("", "loganalyze-*")
	}
	if err == nil && (k.limit < 0 || k.size+int64(len(p)) <= k.limit) {
		_, err = k.file.Write(p)
		k.size += int64(len(p))
	} else {
		k.lost = true
	}
	if k.lost = k.lost || err != nil; k.lost && k.file != nil {
		_ = k.file.Truncate(0) // the room is for others now
	}
}

func (k *keeper) source(of Source) (Source, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lost || !k.done || k.file == nil {
		return of, false
	}
	name := k.file.Name()
	of.size, of.kept = k.size, nil
	of.raw = func() (io.ReadCloser, error) { return os.Open(name) }
	return of, true
}

func (k *keeper) remove() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lost = true
	if k.file == nil {
		return nil
	}
	err := errors.Join(k.file.Close(), os.Remove(k.file.Name()))
	k.file = nil
	return err
}

// keeping is a stream whose bytes are kept.
type keeping struct {
	io.ReadCloser
	*keeper
}

func (k *keeping) Read(p []byte) (int, error) {
	n, err := k.ReadCloser.Read(p)
	k.keep(p[:n])
	if err == io.EOF {
		k.mu.Lock()
		k.done = true
		k.mu.Unlock()
	}
	return n, err
}

package analyzer

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"
)

// writer appends the parts of a state, each aggregate its own. Counts are varints, because most
// are small, and what is sorted is written as differences.
type writer struct {
	b     []byte
	names map[string]uint64 // texts that were written, by which number they are told again
}

func (w *writer) uint(n uint64)   { w.b = binary.AppendUvarint(w.b, n) }
func (w *writer) int(n int64)     { w.b = binary.AppendVarint(w.b, n) }
func (w *writer) float(f float64) { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(f)) }

func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *writer) text(s string) {
	s = s[:min(len(s), maxLine)]
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) texts(all []string) {
	w.uint(uint64(len(all)))
	for _, s := range all {
		w.text(s)
	}
}

// name writes a text that comes again and again, such as that of a file.
func (w *writer) name(s string) {
	if n, ok := w.names[s]; ok {
		w.uint(n)
		return
	}
	if w.names == nil {
		w.names = map[string]uint64{}
	}
	w.names[s] = uint64(len(w.names) + 1)
	w.uint(0)
	w.text(s)
}

func (w *writer) time(t time.Time) {
	w.bool(!t.IsZero())
	if !t.IsZero() {
		w.int(t.Unix())
		w.uint(uint64(t.Nanosecond()))
	}
}

// reader takes the parts of a state from bytes that may be anything. Its first error stays, and
// all that is read after it is zero, so that loops over counts end.
type reader struct {
	b     []byte
	at    int // where in b the next part begins
	names []string
	err   error

	version int // of the state
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
	r.at = len(r.b)
}

// left is how many bytes are still to be read.
func (r *reader) left() int { return len(r.b) - r.at }

// check fails unless what an aggregate relies on holds.
func (r *reader) check(holds bool, broken string) {
	if !holds {
		r.fail("%s", broken)
	}
}

func (r *reader) short() { r.fail("it ends too early") }

func (r *reader) uint() uint64 {
	if r.at < len(r.b) && r.b[r.at] < 0x80 { // Fast path: most counts are small.
		r.at++
		return uint64(r.b[r.at-1])
	}
	n, size := binary.Uvarint(r.b[r.at:])
	if size <= 0 {
		r.short()
		return 0
	}
	r.at += size
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.b[r.at:])
	if size <= 0 {
		r.short()
		return 0
	}
	r.at += size
	return n
}

// raw returns the next n bytes, which are the state's.
func (r *reader) raw(n int) []byte {
	if n > r.left() {
		r.short()
		return nil
	}
	r.at += n
	return r.b[r.at-n : r.at]
}

func (r *reader) float() float64 {
	b := r.raw(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

func (r *reader) bool() bool {
	b := r.raw(1)
	if b == nil {
		return false
	}
	r.check(b[0] <= 1, "a byte is neither yes nor no")
	return b[0] == 1
}

// count reads how many things follow, each of which takes a byte or more.
func (r *reader) count(most int, what string) int {
	n := r.uint()
	if n > uint64(most) {
		r.fail("there are %d %s, more than %d", n, what, most)
		return 0
	}
	if n > uint64(r.left()) {
		r.short()
		return 0
	}
	return int(n)
}

// bytes reads what text wrote. The bytes are the state's.
func (r *reader) bytes(most int) []byte { return r.raw(r.count(most, "bytes of one text")) }

// text reads a text of no more bytes than the longest line has.
func (r *reader) text() string { return string(r.bytes(maxLine)) }

func (r *reader) texts() []string {
	all := []string{}
	for range r.count(maxLine, "texts of one kind") {
		all = append(all, r.text())
	}
	return all
}

func (r *reader) name() string {
	n := r.uint()
	switch {
	case n == 0:
		s := r.text()
		if r.err == nil {
			r.names = append(r.names, s)
		}
		return s
	case n > uint64(len(r.names)):
		r.fail("a text is meant that there is not")
		return ""
	}
	return r.names[n-1]
}

func (r *reader) time() time.Time {
	if !r.bool() {
		return time.Time{}
	}
	seconds, nanos := r.int(), r.uint()
	r.check(nanos < 1e9, "a time has more than a second's nanoseconds")
	return time.Unix(seconds, int64(nanos)).UTC()
}

// moment is the time of a record: unknown, or one that is believed.
func (r *reader) moment() time.Time {
	t := r.time()
	r.check(t.IsZero() || t.Unix() >= minSecond && t.Unix() <= maxSecond, "a time is out of range")
	return t
}

package analyzer

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"
)

// distinct counts distinct strings: exactly up to limit, and with a HyperLogLog beyond.
// What it holds depends on the set of strings alone, not on their order.
type distinct struct {
	limit     int
	precision uint8 // of the HyperLogLog: 2^precision registers, a standard error of 1.04/√(2^precision)
	exact     map[uint64]struct{}
	sketch    *hyperloglog.Sketch // once there are more than limit
}

func (d *distinct) add(s string) { d.addHash(xxhash.Sum64String(s)) }

func (d *distinct) addHash(h uint64) {
	if d.sketch != nil {
		d.sketch.InsertHash(h)
		return
	}
	if d.exact == nil {
		d.exact = map[uint64]struct{}{}
	}
	if d.exact[h] = struct{}{}; len(d.exact) > d.limit {
		d.approximate()
	}
}

// approximate moves from the exact set to the sketch.
func (d *distinct) approximate() {
	d.sketch, _ = hyperloglog.NewSketch(d.precision, false) // fails for an impossible precision alone
	for h := range d.exact {
		d.sketch.InsertHash(h)
	}
	d.exact = nil
}

func (d *distinct) merge(e *distinct) {
	if e.sketch == nil {
		for h := range e.exact {
			d.addHash(h)
		}
		return
	}
	if d.sketch == nil {
		d.approximate()
	}
	_ = d.sketch.Merge(e.sketch) // fails for different precisions alone
}

func (d *distinct) append(w *writer) {
	w.bool(d.sketch != nil)
	if d.sketch != nil {
		w.b, _ = d.sketch.AppendBinary(w.b) // fails for a sketch that was never made alone
		return
	}
	w.uint(uint64(len(d.exact)))
	for _, h := range slices.Sorted(maps.Keys(d.exact)) {
		w.b = binary.LittleEndian.AppendUint64(w.b, h)
	}
}

// sketchHeader is what AppendBinary writes before the registers, of which each takes a byte.
const sketchHeader = 8

func (d *distinct) parse(r *reader) {
	if r.bool() {
		d.parseSketch(r.raw(sketchHeader+1<<d.precision), r)
		return
	}
	last := uint64(0)
	for i := range r.count(d.limit, "distinct texts") {
		h := r.raw(8)
		if h == nil {
			return
		}
		hash := binary.LittleEndian.Uint64(h)
		r.check(i == 0 || hash > last, "the hashes are not in order")
		if d.exact == nil {
			d.exact = map[uint64]struct{}{}
		}
		d.exact[hash] = struct{}{}
		last = hash
	}
}

// parseSketch asks for the one form that append writes before the library looks further.
func (d *distinct) parseSketch(b []byte, r *reader) {
	if b == nil {
		return
	}
	if b[1] != d.precision || b[3] != 0 {
		r.fail("distinct texts are counted with a precision of %d, and here with %d", b[1], d.precision)
		return
	}
	d.sketch = new(hyperloglog.Sketch)
	if err := d.sketch.UnmarshalBinary(b); err != nil {
		r.fail("distinct texts: %w", err)
	}
}

func (d *distinct) count() uint64 {
	if d.sketch != nil {
		return d.sketch.Estimate()
	}
	return uint64(len(d.exact))
}

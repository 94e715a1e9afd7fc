package analyzer

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"
)

// distinct counts distinct strings: exactly up to limit, and with a HyperLogLog beyond.
// What it holds depends on the set of strings alone, not on their order.
type distinct struct {
	limit     int
	precision uint8               // of the HyperLogLog: 2^precision registers, a standard error of 1.04/√(2^precision)
	registers []uint8             // of it, once there are more than limit
	exact     map[uint64]struct{} // until then
}

func (d *distinct) add(s string) { d.addHash(xxhash.Sum64String(s)) }

func (d *distinct) addHash(h uint64) {
	if d.registers != nil {
		d.register(h)
		return
	}
	if d.exact == nil {
		d.exact = map[uint64]struct{}{}
	}
	if d.exact[h] = struct{}{}; len(d.exact) > d.limit {
		d.approximate()
	}
}

// register counts a hash: its first bits choose the register, which keeps the highest rank of the
// others, the place of their first 1. It is what the library's InsertHash does, without the call
// and the look at its other forms, which every record would pay for twice.
func (d *distinct) register(h uint64) {
	p := d.precision & 63 // which spares the compiler looking after longer shifts
	rank := uint8(bits.LeadingZeros64(h<<p|1<<(p-1))) + 1
	if at := &d.registers[h>>(64-p)]; *at < rank {
		*at = rank
	}
}

// approximate moves from the exact set to the registers.
func (d *distinct) approximate() {
	d.registers = make([]uint8, 1<<d.precision)
	for h := range d.exact {
		d.register(h)
	}
	d.exact = nil
}

func (d *distinct) merge(e *distinct) {
	if e.registers == nil {
		for h := range e.exact {
			d.addHash(h)
		}
		return
	}
	if d.registers == nil {
		d.approximate()
	}
	for i, rank := range e.registers {
		d.registers[i] = max(d.registers[i], rank)
	}
}

func (d *distinct) append(w *writer) {
	w.bool(d.registers != nil)
	if d.registers != nil {
		w.b = d.appendSketch(w.b)
		return
	}
	w.uint(uint64(len(d.exact)))
	for _, h := range slices.Sorted(maps.Keys(d.exact)) {
		w.b = binary.LittleEndian.AppendUint64(w.b, h)
	}
}

// appendSketch writes the registers as the library does: its version, the precision, two bytes
// for other forms than this, and how many registers there are, of which each takes a byte.
func (d *distinct) appendSketch(b []byte) []byte {
	b = append(b, 2, d.precision, 0, 0)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(d.registers))), d.registers...)
}

// sketchHeader is what appendSketch writes before the registers.
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
	if err := new(hyperloglog.Sketch).UnmarshalBinary(b); err != nil {
		r.fail("distinct texts: %w", err)
		return
	}
	d.registers = bytes.Clone(b[sketchHeader:])
}

func (d *distinct) count() uint64 {
	if d.registers == nil {
		return uint64(len(d.exact))
	}
	var sketch hyperloglog.Sketch
	_ = sketch.UnmarshalBinary(d.appendSketch(nil)) // fails for what appendSketch never writes alone
	return sketch.Estimate()
}

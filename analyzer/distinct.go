package analyzer

import (
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

func (d *distinct) count() uint64 {
	if d.sketch != nil {
		return d.sketch.Estimate()
	}
	return uint64(len(d.exact))
}

package analyzer

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/axiomhq/hyperloglog"
	"pgregory.net/rapid"
)

func fill(d *distinct, from, to int) *distinct {
	for i := from; i < to; i++ {
		d.add(fmt.Sprintf("192.0.2.%d", i))
	}
	return d
}

func TestDistinctIsExactToItsLimit(t *testing.T) {
	for _, limit := range []int{1, 64, 4096} {
		d := &distinct{limit: limit, precision: 14}
		for n := range limit + 1 {
			if got := d.count(); got != uint64(n) {
				t.Fatalf("%d strings count %d, of which up to %d should be exact", n, got, limit)
			}
			fill(fill(d, n, n+1), 0, 1) // a string that comes again is no other
		}
	}
}

// The error is 1.04/√(2^precision) in the standard deviation: .8 % for clients, 3.3 % for
// the paths of a route. Three of those are allowed here.
func TestDistinctIsCloseBeyond(t *testing.T) {
	for _, d := range []distinct{newClients().all, newRouteStats("", "", kindNone).paths} {
		tolerance := 3 * 1.04 / math.Sqrt(math.Pow(2, float64(d.precision)))
		for _, n := range []int{d.limit + 1, 2 * d.limit, 10 * d.limit, 200_000} {
			d := distinct{limit: d.limit, precision: d.precision}
			got := float64(fill(&d, 0, n).count())
			if off := math.Abs(got-float64(n)) / float64(n); off > tolerance {
				t.Errorf("limit %d: %d strings count %v, which is off by %.1f %%", d.limit, n, got, off*100)
			}
		}
	}
}

func TestDistinctMergeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.IntRange(0, 200), 0, 300).Draw(t, "strings")
		of := func(hand []int) *distinct {
			d := &distinct{limit: 50, precision: 10}
			for _, i := range hand {
				fill(d, i, i+1)
			}
			return d
		}
		var parts []*distinct
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			parts = append(parts, of(hand))
		}
		got := mergeAnyhow(t, parts, func(into, from *distinct) { into.merge(from) })
		if want := of(all); got.count() != want.count() || (got.registers == nil) != (want.registers == nil) {
			t.Fatalf("merged parts count %d, the whole counts %d", got.count(), want.count())
		}
	})
}

// TestDistinctIsTheLibrarys: the registers are to the byte those of the library that estimates
// from them.
func TestDistinctIsTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := distinct{precision: uint8(rapid.IntRange(4, 18).Draw(t, "precision"))}
		sketch, err := hyperloglog.NewSketch(d.precision, false)
		if err != nil {
			t.Fatal(err)
		}
		hash := rapid.Custom(func(t *rapid.T) uint64 { // any, and those of a rank that is rare
			return rapid.Uint64().Draw(t, "bits") &^ (math.MaxUint64 >> d.precision >> rapid.IntRange(0, 64).Draw(t, "zeros"))
		})
		for _, h := range rapid.SliceOfN(rapid.OneOf(hash, rapid.Uint64()), 1, 200).Draw(t, "hashes") {
			d.addHash(h)
			sketch.InsertHash(h)
		}
		want, _ := sketch.AppendBinary(nil)
		if d.registers == nil {
			d.approximate()
		}
		if got := d.appendSketch(nil); !bytes.Equal(got, want) || d.count() != sketch.Estimate() {
			t.Fatalf("%d are counted, and %d by the library", d.count(), sketch.Estimate())
		}
	})
}

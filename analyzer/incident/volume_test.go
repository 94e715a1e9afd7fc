package incident

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// part is some seconds that have so many requests each.
type part struct {
	seconds  int64
	requests uint64
}

func seconds(parts ...part) (bins []Bin) {
	at := int64(1_000_000)
	for _, p := range parts {
		for end := at + p.seconds; at < end; at++ {
			if p.requests > 0 {
				bins = append(bins, Bin{Second: at, Requests: p.requests})
			}
		}
	}
	return bins
}

// widened are bins of so many seconds.
func widened(bins []Bin, width int64) (wide []Bin) {
	for _, b := range bins {
		b.Second -= b.Second % width
		wide = append(wide, b)
	}
	return wide
}

func TestFindVolume(t *testing.T) {
	const hour, from = 3600, 1_000_000
	type told struct {
		start, seconds          int64 // after the begin of the log
		requests                uint64
		excess, rate, usual     float64
		beganBefore, stillGoing bool
	}
	dead := seconds(part{4 * hour, 10}, part{600, 0}, part{4 * hour, 10})
	deadFound := []told{{4 * hour, 600, 0, -6000, 0, 10, false, false}}
	for _, tt := range []struct {
		reason string
		bins   []Bin
		width  int64
		want   []told
	}{
		{"no bins", nil, 1, nil},
		{"one bin", []Bin{{Second: 5, Requests: 1000}}, 1, nil},
		{"no requests", []Bin{{Second: 5}, {Second: 5000}}, 1, nil},
		{"as ever", seconds(part{8 * hour, 10}), 1, nil},
		{"a dead server writes no lines", dead, 1, deadFound},
		{"and where those that it wrote are out of order", shuffled(dead), 1, deadFound},
		{"one timestamp is decades away", append([]Bin{{Second: 5_000_000_000, Requests: 1}}, dead...), 1, deadFound},
		{"some still get through", seconds(part{4 * hour, 100}, part{600, 10}, part{4 * hour, 100}), 1, []told{{4 * hour, 600, 6000, -54_000, 10, 100, false, false}}},
		{"more than .3 times the usual is no incident", seconds(part{4 * hour, 100}, part{600, 31}, part{4 * hour, 100}), 1, nil},
		{"crashes do not make each other usual", seconds(part{2 * hour, 10}, part{180, 0}, part{hour, 10}, part{180, 0}, part{2 * hour, 10}), 1, []told{
			{2 * hour, 180, 0, -1800, 0, 10, false, false}, {3*hour + 180, 180, 0, -1800, 0, 10, false, false},
		}},
		{"two minutes between them are one of them", seconds(part{2 * hour, 10}, part{180, 0}, part{20, 10}, part{180, 0}, part{2 * hour, 10}), 1, []told{{2 * hour, 380, 200, -3600, 200. / 380, 10, false, false}}},
		{"a surge", seconds(part{4 * hour, 10}, part{300, 50}, part{4 * hour, 10}), 1, []told{{4 * hour, 300, 15_000, 12_000, 50, 10, false, false}}},
		{"a surge that goes on", seconds(part{4 * hour, 10}, part{300, 50}), 1, []told{{4 * hour, 300, 15_000, 12_000, 50, 10, false, true}}},
		{"a second surge is what this site has", seconds(part{2 * hour, 10}, part{300, 50}, part{2 * hour, 10}, part{300, 40}, part{2 * hour, 10}), 1, nil},
		{"a small one is not", seconds(part{2 * hour, 10}, part{900, 50}, part{2 * hour, 10}, part{60, 40}, part{2 * hour, 10}), 1, []told{{2 * hour, 900, 45_000, 36_000, 50, 10, false, false}}},
		{"59 seconds are too short", seconds(part{4 * hour, 10}, part{59, 0}, part{4 * hour, 10}), 1, nil},
		{"60 are not", seconds(part{4 * hour, 10}, part{60, 0}, part{4 * hour, 10}), 1, []told{{4 * hour, 60, 0, -600, 0, 10, false, false}}},
		{"what begins may begin slowly", seconds(part{600, 1}, part{8 * hour, 20}), 1, nil},
		{"what ends may end slowly", seconds(part{8 * hour, 20}, part{600, 1}), 1, nil},
		{"nearly two hours are told", seconds(part{4 * hour, 10}, part{2*hour - 600, 0}, part{4 * hour, 10}), 1, []told{{4 * hour, 2*hour - 600, 0, -66_000, 0, 10, false, false}}},
		{"two hours may be a file that is missing", seconds(part{4 * hour, 10}, part{2 * hour, 0}, part{4 * hour, 10}), 1, nil},
		{"and so may days", seconds(part{4 * hour, 10}, part{200 * hour, 0}, part{4 * hour, 10}), 1, nil},
		{"twice as much from now on is a busier site", seconds(part{4 * hour, 10}, part{4 * hour, 20}), 1, nil},
		{"nor is four times as much a surge, if it stays", seconds(part{4 * hour, 10}, part{4 * hour, 40}), 1, nil},
		// The log begins in the midst of a minute, at second 40.
		{"a log of a quarter of an hour", seconds(part{360, 3}, part{120, 0}, part{420, 3}), 1, []told{{360, 120, 0, -360, 0, 3, false, false}}},
		{"bins of a minute", widened(dead, 60), 60, []told{{4*hour - 40 + 60, 540, 0, -5400, 0, 10, false, false}}},
		{"bins that are wider than the incident", widened(dead, hour), hour, nil},
	} {
		var got []told
		for _, in := range FindVolume(tt.bins, Options{Width: tt.width}) {
			got = append(got, told{in.Start - from, in.End - in.Start, in.Requests, in.Excess, in.Rate, in.BaselineRate, in.BeganBefore, in.Ongoing})
			if in.StartLow > in.Start || in.Start > in.StartHigh || in.EndLow > in.End || in.End > in.EndHigh || in.Failures != 0 || in.Score <= 0 {
				t.Errorf("%s: %+v", tt.reason, in)
			}
		}
		near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 })
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(told{}), near); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.reason, diff)
		}
	}
}

func shuffled(bins []Bin) []Bin {
	bins = slices.Clone(bins)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(bins), func(i, j int) { bins[i], bins[j] = bins[j], bins[i] })
	return bins
}

// Memory is bounded: by 2^17 slots, and one for each stretch between two silences.
func TestVolumeSlots(t *testing.T) {
	for _, tt := range []struct {
		reason string
		step   int64
		bins   int
	}{
		{"each second of a day", 1, 86_400},
		{"each minute of a year", 60, 500_000},
		{"never two without a silence", 3 * 3600, 100_000},
		{"always just within one", 2*3600 - 1, 100_000},
	} {
		bins := make([]Bin, tt.bins)
		for i := range bins {
			bins[i] = Bin{Second: int64(i) * tt.step, Requests: 1}
		}
		v := newVolume(bins, Options{})
		slots := 0
		for _, p := range v.pieces {
			slots += len(p.counts)
		}
		if slots > maxSlots+2*len(v.pieces) {
			t.Errorf("%s: %d slots of %d s in %d pieces", tt.reason, slots, v.slot, len(v.pieces))
		}
	}
}

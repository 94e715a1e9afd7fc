package analyzer

import (
	"fmt"
	"slices"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func labelsOf(limit int, all []string) *labels {
	l := &labels{limit: limit}
	for _, label := range all {
		l.add(label, 1)
	}
	return l
}

// show is what a test compares.
func (l *labels) show() string { return fmt.Sprint(l.sorted()) }

func TestLabelsMergeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "c", "d", otherLabel, ""})).Draw(t, "labels")
		var parts []*labels
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			parts = append(parts, labelsOf(6, hand))
		}
		got := mergeAnyhow(t, parts, func(into, from *labels) { into.merge(from, 1) })
		if diff := cmp.Diff(labelsOf(6, all).show(), got.show()); diff != "" {
			t.Fatalf("merged parts are not the whole (-whole +merged):\n%s", diff)
		}
	})
}

// The least is found without looking at all, and is the first of the lowest whatever came before.
func TestLabelsLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &labels{limit: rapid.IntRange(1, 6).Draw(t, "limit")}
		label := rapid.StringOfN(rapid.RuneFrom([]rune("abcd")), 1, 2, -1)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "merge") == 0 {
				l.merge(labelsOf(l.limit, rapid.SliceOf(label).Draw(t, "others")), 1)
			} else {
				l.add(label.Draw(t, "label"), rapid.Uint64Range(1, 3).Draw(t, "n"))
			}
			if len(l.counts) == 0 {
				continue
			}
			want := slices.MinFunc(l.counts, func(a, b labelCount) int { return int(a.most()) - int(b.most()) })
			if got := l.least(); l.counts[got] != want {
				t.Fatalf("%v is the least, not %v", want, l.counts[got])
			}
		}
	})
}

// Past the limit the total stays, no label has more than it had, and none is missing that had
// more than its share, however the labels were dealt.
func TestLabelsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 1, 2, -1)).Draw(t, "labels")
		limit := rapid.IntRange(1, 8).Draw(t, "limit")
		var parts []*labels
		for _, hand := range deal(t, all, rapid.IntRange(1, 5).Draw(t, "parts")) {
			parts = append(parts, labelsOf(limit, hand))
		}
		l := mergeAnyhow(t, parts, func(into, from *labels) { into.merge(from, 1) })
		want := map[string]uint64{}
		for _, label := range all {
			want[label]++
		}
		counts, total, share := l.sorted(), uint64(0), uint64(len(all)/limit)
		for _, c := range counts {
			total += c.n
			if n := want[c.label]; c.label != otherLabel && (c.n > n || c.n+c.more < n || c.more > share) {
				t.Errorf("%q has %d to %d, want %d, and within %d", c.label, c.n, c.n+c.more, n, share)
			}
		}
		if total != uint64(len(all)) || len(counts) > limit+1 {
			t.Errorf("%d labels of %d in all, want %d at most and %d", len(counts), total, limit+1, len(all))
		}
		for label, n := range want {
			if _, ok := l.places[label]; !ok && n > share {
				t.Errorf("%q had %d of %d, and is not there", label, n, len(all))
			}
		}
	})
}

// What comes again and again is found behind what comes but once.
func TestLabelsFindTheFrequent(t *testing.T) {
	l := &labels{limit: 8}
	for i := range 1000 {
		l.add(fmt.Sprint("request ", i, " failed"), 1)
		if i > 500 {
			l.add("no space left on device", 1)
		}
	}
	if got := l.sorted(); got[1].label != "no space left on device" || got[1].n != 499 || got[0].label != otherLabel {
		t.Errorf("the labels are %v", got)
	}
}

func TestLabelsAreSorted(t *testing.T) {
	l := labelsOf(9, []string{"b", "c", "a", "c", "b", "d"})
	l.merge(labelsOf(9, []string{"d"}), 2.5)
	if want := []labelCount{{"d", 4, 0}, {"b", 2, 0}, {"c", 2, 0}, {"a", 1, 0}}; !slices.Equal(l.sorted(), want) {
		t.Errorf("labels are %v, want %v: the most first, then by name, weighted and rounded", l.sorted(), want)
	}
}

// A label points into a line, whose bytes are used again, and comes again with other ones.
func TestLabelsAreCopies(t *testing.T) {
	l := &labels{limit: 2}
	for range 3 {
		line := []byte("timeout")
		l.addBytes(line)
		copy(line, "#######")
	}
	if want := []labelCount{{"timeout", 3, 0}}; !slices.Equal(l.sorted(), want) || l.places["timeout"] != 0 {
		t.Errorf("labels are %v, want %v", l.sorted(), want)
	}
}

// addBytes adds a label that shares the bytes of b.
func (l *labels) addBytes(b []byte) { l.add(unsafe.String(&b[0], len(b)), 1) }

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

// Past the limit the total stays, and who was there stays.
func TestLabelsAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 1, 2, -1)).Draw(t, "labels")
		limit := rapid.IntRange(1, 8).Draw(t, "limit")
		l := labelsOf(limit, all)
		counts := l.sorted()
		total := uint64(0)
		for _, c := range counts {
			total += c.n
		}
		if total != uint64(len(all)) || len(counts) > limit+1 {
			t.Fatalf("%d labels of %d in all, want %d at most and %d", len(counts), total, limit+1, len(all))
		}
		var first []string // the labels that came before the limit was met
		for _, label := range all {
			if len(first) < limit && !slices.Contains(first, label) {
				first = append(first, label)
			}
		}
		for _, label := range first {
			want := uint64(0)
			for _, other := range all {
				if other == label {
					want++
				}
			}
			if !slices.Contains(counts, labelCount{label, want}) {
				t.Fatalf("%q is counted wrongly in %v, want %d", label, counts, want)
			}
		}
	})
}

func TestLabelsAreSorted(t *testing.T) {
	l := labelsOf(9, []string{"b", "c", "a", "c", "b", "d"})
	l.merge(labelsOf(9, []string{"d"}), 2.5)
	if want := []labelCount{{"d", 4}, {"b", 2}, {"c", 2}, {"a", 1}}; !slices.Equal(l.sorted(), want) {
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
	if want := []labelCount{{"timeout", 3}}; !slices.Equal(l.sorted(), want) || l.counts["timeout"] == nil {
		t.Errorf("labels are %v, want %v", l.sorted(), want)
	}
}

// addBytes adds a label that shares the bytes of b.
func (l *labels) addBytes(b []byte) { l.add(unsafe.String(&b[0], len(b)), 1) }

package analyzer

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// onGrid is a request as a grid counts it.
type onGrid struct {
	second                 int64
	row                    uint32
	failures, clientErrors uint64
}

// requestAt draws requests within a minute and a half of some times, of which two are as far from each
// other as may be.
func requestAt(t *rapid.T) onGrid {
	era := rapid.SampledFrom([]int64{noon.Unix(), noon.Unix(), noon.Unix(), minSecond, maxSecond - 90}).Draw(t, "era")
	c := onGrid{second: era + rapid.Int64Range(0, 90).Draw(t, "second"), row: rapid.SampledFrom([]uint32{0, 1, maxRow}).Draw(t, "row")}
	switch rapid.IntRange(0, 2).Draw(t, "failed") {
	case 0:
		c.failures = 1
	case 1:
		c.clientErrors = 1
	}
	return c
}

func (c *onGrid) into(g *grid) {
	at := g.at(c.second, c.row)
	at.requests++
	at.failures += c.failures
	at.clientErrors += c.clientErrors
}

// cellsOf counts in a map what a grid counts, in columns as narrow as they can be for most cells.
func cellsOf(all []onGrid, shift uint, most int) (cells []cell, width int64) {
	for ; ; shift++ {
		by := map[[2]uint64]*cell{}
		for _, c := range all {
			column := uint64(c.second-minSecond) / (1 << shift)
			at := by[[2]uint64{column, uint64(c.row)}]
			if at == nil {
				at = &cell{key: cellKey(column<<rowBits | uint64(c.row))}
				by[[2]uint64{column, uint64(c.row)}] = at
			}
			at.requests++
			at.failures += c.failures
			at.clientErrors += c.clientErrors
		}
		if len(by) > most {
			continue
		}
		for _, c := range by {
			cells = append(cells, *c)
		}
		slices.SortFunc(cells, func(a, b cell) int {
			if a.key < b.key {
				return -1
			}
			return 1
		})
		return cells, 1 << shift
	}
}

func sameRow(row uint32) uint32 { return row }

func sent(g *grid) *grid {
	var w writer
	g.append(&w, sameRow)
	h := newGrid(g.limit)
	r := reader{b: w.b}
	h.parse(&r, func(uint32) bool { return true })
	if r.err != nil || r.left() > 0 {
		panic(r.err)
	}
	return &h
}

// In whatever order requests come, over however many grids they are dealt, and however these are
// merged, by way of files or not: the cells are those of a map, in columns that are as wide as they
// must be for the limit, and no wider.
func TestGridLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(requestAt), 1, 300).Draw(t, "requests")
		limit := rapid.IntRange(24, 200).Draw(t, "limit")
		shift := rapid.UintRange(0, 5).Draw(t, "shift")
		var grids []*grid
		for _, hand := range deal(t, all, rapid.IntRange(1, 4).Draw(t, "grids")) {
			g := newGrid(limit)
			g.shift = shift
			for i := range hand {
				if hand[i].into(&g); rapid.IntRange(0, 50).Draw(t, "look") == 0 {
					g.inOrder()
				}
			}
			grids = append(grids, &g)
		}
		g := mergeAnyhow(t, grids, func(into, from *grid) {
			if rapid.Bool().Draw(t, "by a file") {
				from = sent(from)
			}
			into.merge(from, 1, sameRow)
		})
		if len(g.cells) > limit {
			t.Fatalf("there are %d cells, more than %d", len(g.cells), limit)
		}
		want, width := cellsOf(all, shift, limit*3/4)
		for _, g := range []*grid{sent(g), g} {
			got := g.inOrder()
			if g.width() != width {
				t.Fatalf("the columns are %d s wide, want %d", g.width(), width)
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(cell{})); diff != "" {
				t.Fatalf("cells (-want +got):\n%s", diff)
			}
			for i := range got {
				if at := g.second(&got[i]); at > maxSecond || g.keyOf(at, got[i].key.row()) != got[i].key {
					t.Fatalf("the column of %d begins at %d", got[i].key, at)
				}
			}
		}
	})
}

// Merged rows become one, of which the cells are one, too.
func TestGridRowsBecomeOthers(t *testing.T) {
	a, b := newGrid(100), newGrid(100)
	for i := range 40 {
		(&onGrid{second: noon.Unix() + int64(i%4), row: uint32(i % 10), failures: 1}).into(&a)
	}
	b.merge(&a, 2.5, func(row uint32) uint32 { return row % 2 })
	a.remake(a.shift, func(row uint32) (uint32, bool) { return row % 2, row != 9 })
	requests := func(g *grid) (all []uint64) {
		for _, c := range g.inOrder() {
			if all = append(all, c.requests); c.requests != c.failures {
				t.Errorf("%d requests, %d failures", c.requests, c.failures)
			}
		}
		return all
	}
	if got := requests(&a); !slices.Equal(got, []uint64{10, 8, 10, 8}) {
		t.Errorf("the cells have %d requests", got)
	}
	if got := requests(&b); !slices.Equal(got, []uint64{25, 25, 25, 25}) { // 2 of 5 rows, each 5
		t.Errorf("weighted, the cells have %d requests", got)
	}
}

// When wide columns are not enough, the rows with the fewest requests are given up, and no others.
func TestGridThins(t *testing.T) {
	g := newGrid(64)
	for row := range uint32(60) {
		for range 1 + row*7%60 {
			(&onGrid{second: noon.Unix(), row: row}).into(&g)
		}
	}
	g.thin()
	kept := g.inOrder()
	if len(kept) != 32 {
		t.Errorf("%d cells are kept, want half of 64", len(kept))
	}
	for _, c := range kept {
		if want := uint64(1 + c.key.row()*7%60); c.requests != want || want < 60-32 {
			t.Errorf("row %d is kept with %d of %d requests", c.key.row(), c.requests, want)
		}
	}
	// Whatever comes, there is room, and who has most stays.
	g = newGrid(64)
	for i := range 10_000 {
		(&onGrid{second: noon.Unix(), row: uint32(i)}).into(&g)
		(&onGrid{second: noon.Unix(), row: maxRow}).into(&g)
	}
	if last := g.inOrder()[len(g.cells)-1]; len(g.cells) > 64 || last.key.row() != maxRow || last.requests != 10_000 {
		t.Errorf("of %d cells the last is row %d with %d requests", len(g.cells), last.key.row(), last.requests)
	}
}

// Whatever a state holds of a grid, it is an error or cells that can be counted on.
func TestGridParseOfAnything(t *testing.T) {
	encode := func(all ...uint64) []byte {
		var w writer
		for _, n := range all {
			w.uint(n)
		}
		return w.b
	}
	for _, tt := range []struct {
		reason string
		b      []byte
		ok     bool
	}{
		{"nothing", nil, false},
		{"no cell", encode(0, 0), true},
		{"a cell", encode(4, 1, 77<<rowBits, 3, 2, 1), true},
		{"the last second", encode(0, 1, maxColumn<<rowBits, 1, 0, 0), true},
		{"the second behind it", encode(0, 1, (maxColumn+1)<<rowBits, 1, 0, 0), false},
		{"columns that are too wide", encode(maxColumnShift+1, 0), false},
		{"a shift that overflows", encode(math.MaxUint64, 0), false},
		{"more cells than there may be", encode(0, 65), false},
		{"more cells than there are", encode(0, 3, 1, 1, 1, 1), false},
		{"a key that overflows", encode(0, 2, 5<<rowBits, 1, 0, 0, math.MaxUint64, 1, 0, 0), false},
		{"a row that nobody knows", encode(0, 1, 7, 1, 0, 0), false},
	} {
		g := newGrid(64)
		r := reader{b: tt.b}
		g.parse(&r, func(row uint32) bool { return row == 0 })
		if (r.err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.reason, r.err)
		}
		(&onGrid{second: noon.Unix()}).into(&g)
		g.inOrder()
	}
}

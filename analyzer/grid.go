package analyzer

import (
	"cmp"
	"slices"
)

// grid counts requests by when they began and by a row, which is for its owner to choose. Only
// cells with requests are kept. When there are more than limit, the columns become twice as wide
// until there are not, so that memory is bounded whatever is counted.
//
// Cells are appended as they are met, and found again as long as they were met lately; of what
// comes late there are several with one key, until they are put in order and become one.
type grid struct {
	limit  int
	shift  uint // of the columns' width in seconds, a power of two
	cells  []cell
	lately [1 << latelyCells]int32 // 1 + the places in cells, by row
	sorted int                     // that many cells, from the first on, are in order, and of one key each
}

const latelyCells = 10

type cell struct {
	key          cellKey
	requests     uint64
	failures     uint64 // as Record.Failed has them
	clientErrors uint64 // 4xx that are no failures
}

// cellKey is a column, counted from minSecond on, and a row.
type cellKey uint64

const (
	rowBits = 22
	maxRow  = 1<<rowBits - 1
)

func (k cellKey) row() uint32    { return uint32(k) & maxRow }
func (k cellKey) column() uint64 { return uint64(k) >> rowBits }

func newGrid(limit int) grid { return grid{limit: limit} }

// width is that of the columns, in seconds.
func (g *grid) width() int64 { return 1 << g.shift }

// second is when the column of a cell begins, since 1970.
func (g *grid) second(c *cell) int64 { return int64(c.key.column())<<g.shift + minSecond }

func (g *grid) keyOf(second int64, row uint32) cellKey {
	return cellKey(uint64(second-minSecond)>>g.shift<<rowBits | uint64(row))
}

// at is a cell of a second, which is believed to be one, and a row, until the next call.
func (g *grid) at(second int64, row uint32) *cell {
	key := g.keyOf(second, row)
	slot := &g.lately[row*0x9e3779b1>>(32-latelyCells)]
	if n := int(*slot) - 1; n >= 0 && n < len(g.cells) && g.cells[n].key == key {
		return &g.cells[n]
	}
	if len(g.cells) >= g.limit {
		g.makeRoom()
		return g.at(second, row)
	}
	g.cells = append(g.cells, cell{key: key})
	*slot = int32(len(g.cells))
	return &g.cells[len(g.cells)-1]
}

// inOrder are the cells by column and row, one for each key. They are the grid's. How wide the
// columns are then depends on what was counted alone, and not on its order or by how many grids.
func (g *grid) inOrder() []cell {
	g.sort()
	for len(g.cells) > g.settled() && g.shift < maxColumnShift {
		g.widen(g.shift + 1)
	}
	return g.cells
}

// settled is how many cells there may be at the end. The others are room for those with a key that
// is there already.
func (g *grid) settled() int { return g.limit * 3 / 4 }

// sort puts the cells in order, and makes one of those of one key.
func (g *grid) sort() {
	if g.sorted == len(g.cells) {
		return
	}
	slices.SortFunc(g.cells, func(a, b cell) int { return cmp.Compare(a.key, b.key) })
	n := 0
	for i := range g.cells {
		if n > 0 && g.cells[n-1].key == g.cells[i].key {
			g.cells[n-1].add(&g.cells[i], 1)
			continue
		}
		g.cells[n] = g.cells[i]
		n++
	}
	g.cells, g.sorted = g.cells[:n], n
	clear(g.lately[:])
}

// makeRoom widens the columns until there is room, or they are as wide as they may be; then the
// rows with the fewest requests are given up.
func (g *grid) makeRoom() {
	if len(g.inOrder()) > g.settled() {
		g.thin()
	}
}

// maxColumnShift is that of columns of about a day.
const maxColumnShift = 16

// widen makes the columns wider.
func (g *grid) widen(shift uint) {
	g.remake(shift, func(row uint32) (uint32, bool) { return row, true })
}

// thin gives up the rows with the fewest requests, half of the cells.
func (g *grid) thin() {
	requests := map[uint32]uint64{}
	columns := map[uint32]int{}
	for i := range g.cells {
		requests[g.cells[i].key.row()] += g.cells[i].requests
		columns[g.cells[i].key.row()]++
	}
	var rows []uint32
	for row := range requests {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b uint32) int { return cmp.Or(cmp.Compare(requests[b], requests[a]), cmp.Compare(a, b)) })
	kept, cells := map[uint32]bool{}, 0
	for _, row := range rows {
		if cells += columns[row]; cells > g.limit/2 {
			break
		}
		kept[row] = true
	}
	g.remake(g.shift, func(row uint32) (uint32, bool) { return row, kept[row] })
}

// remake makes of what was counted columns that are as wide or wider, and each row what it becomes,
// if it becomes anything.
func (g *grid) remake(shift uint, becomes func(row uint32) (uint32, bool)) {
	old := g.cells
	g.cells, g.sorted = old[:0], 0
	clear(g.lately[:])
	for i := range old {
		c := old[i]
		if row, ok := becomes(c.key.row()); ok {
			c.key = cellKey(c.key.column()>>(shift-g.shift)<<rowBits | uint64(row))
			g.cells = append(g.cells, c)
		}
	}
	g.shift = shift
	g.sort()
}

func (c *cell) add(d *cell, weight float64) {
	c.requests += scaled(d.requests, weight)
	c.failures += scaled(d.failures, weight)
	c.clientErrors += scaled(d.clientErrors, weight)
}

// merge adds the cells of h, each row as what it becomes.
func (g *grid) merge(h *grid, weight float64, becomes func(row uint32) uint32) {
	if g.shift < h.shift {
		g.widen(h.shift)
	}
	h.sort() // or what is rounded would depend on how many cells it stands in
	for i := range h.cells {
		c := &h.cells[i]
		g.at(h.second(c), becomes(c.key.row())).add(c, weight)
	}
}

// append writes the cells in order, each as the difference to the one before.
func (g *grid) append(w *writer, becomes func(row uint32) uint32) {
	h := grid{limit: g.limit, shift: g.shift, cells: slices.Clone(g.cells)}
	h.remake(g.shift, func(row uint32) (uint32, bool) { return becomes(row), true })
	cells := h.inOrder()
	w.uint(uint64(h.shift))
	w.uint(uint64(len(cells)))
	next := cellKey(0)
	for _, c := range cells {
		w.uint(uint64(c.key - next))
		next = c.key + 1
		w.uint(c.requests)
		w.uint(c.failures)
		w.uint(c.clientErrors)
	}
}

// maxColumn is the column of the last second that is believed, where columns are a second wide.
const maxColumn = maxSecond - minSecond

func (g *grid) parse(r *reader, knows func(row uint32) bool) {
	shift := r.uint()
	r.check(shift <= maxColumnShift, "the columns of time are too wide")
	n := r.count(g.limit, "cells of time")
	if r.err != nil {
		return
	}
	g.shift = uint(shift)
	next := cellKey(0)
	for range n {
		gap := r.uint()
		key := next + cellKey(gap)
		if r.err != nil || key < next || key.column() > maxColumn>>g.shift || !knows(key.row()) {
			r.fail("a cell of time is out of range")
			return
		}
		next = key + 1
		g.cells = append(g.cells, cell{key, r.uint(), r.uint(), r.uint()})
	}
	g.sorted = len(g.cells)
}

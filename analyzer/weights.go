package analyzer

// stratum is what the records counted that were sampled at one rate, each of them once: by seriesRow, in the
// widest columns.
type stratum struct {
	weight float64 // requests that each record stands for
	cells  grid
}

func newStratum(weight float64, cells *grid, number func(route uint16) uint16) stratum {
	s := stratum{weight, newGrid(maxCells)}
	s.cells.shift = maxColumnShift
	s.cells.merge(cells, 1, renumbered(number))
	return s
}

// kish is Σw and Σw² of records that stand for w requests each.
type kish struct{ sum, squares float64 }

func (k *kish) add(records uint64, weight float64) {
	k.sum += weight * float64(records)
	k.squares += weight * weight * float64(records)
}

// weight is how many times wider a count of what the records stand for is spread than one of as many
// requests that were not sampled (see incident.Options).
func (k kish) weight() float64 {
	if k.sum == 0 {
		return 1
	}
	return k.squares / k.sum
}

// weighing is of all requests that a stream counts, and of those that failed as the stream has it.
type weighing struct{ requests, failures kish }

func (w weighing) plus(n failing, weight float64) weighing {
	w.requests.add(n.requests, weight)
	w.failures.add(n.failures, weight)
	return w
}

// weight is that of the failures. Where there is none, the requests tell how one would count.
func (w weighing) weight() float64 {
	if w.failures.sum == 0 {
		return w.requests.weight()
	}
	return w.failures.weight()
}

// weights are those of what a stream counts, together and by route. Where nothing was sampled they are
// of nothing, and each is 1.
type weights struct {
	all     weighing
	byRoute map[uint16]weighing
}

func (x *detector) weigh(s *stream) weights {
	w := weights{byRoute: map[uint16]weighing{}}
	for i := range x.strata {
		u := &x.strata[i]
		byRoute, all := map[uint16]*failing{}, failing{}
		for _, c := range u.cells.inOrder() {
			x.count(byRoute, s, &c)
		}
		for route, n := range byRoute {
			w.byRoute[route] = w.byRoute[route].plus(*n, u.weight)
			all.add(*n)
		}
		w.all = w.all.plus(all, u.weight)
	}
	return w
}

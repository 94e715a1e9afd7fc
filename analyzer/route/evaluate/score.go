package main

// A score is how well groups match the truth.
type score struct {
	groups   float64
	f1       float64 // of pairs of requests: in one group, and of one template
	accuracy float64 // the share of requests whose group is exactly one template's
	nanos    float64 // a request
}

// judge scores group, which has a number for each request, and -1 for those in none. A scanner's
// requests are of no template: they count as false pairs, and spoil the group that they fall in.
func judge(requests []request, group []int) score {
	type cell struct{ truth, group int }
	cells, truths, groups := map[cell]int{}, map[int]int{}, map[int]int{}
	real := 0
	for i, r := range requests {
		if group[i] >= 0 {
			groups[group[i]]++
		}
		if r.truth >= 0 {
			real++
			truths[r.truth]++
			cells[cell{r.truth, group[i]}]++
		}
	}
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	var both, grouped, true_ float64
	exact := 0
	for c, n := range cells {
		if c.group < 0 {
			continue
		}
		both += pairs(n)
		if n == truths[c.truth] && n == groups[c.group] {
			exact += n
		}
	}
	for _, n := range groups {
		grouped += pairs(n)
	}
	for _, n := range truths {
		true_ += pairs(n)
	}
	out := score{groups: float64(len(groups)), accuracy: float64(exact) / float64(max(1, real))}
	if grouped+true_ > 0 {
		out.f1 = 2 * both / (grouped + true_)
	}
	return out
}

func (s *score) add(o score) {
	s.groups += o.groups
	s.f1 += o.f1
	s.accuracy += o.accuracy
	s.nanos += o.nanos
}

func (s *score) scale(by float64) {
	s.groups *= by
	s.f1 *= by
	s.accuracy *= by
	s.nanos *= by
}

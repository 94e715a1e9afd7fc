package incident

import (
	"cmp"
	"math"
	"slices"
)

const (
	// suspectAlpha is about how often failures that share nothing may have a suspect.
	suspectAlpha = .01
	// suspectFailures is how many records of failures a predicate needs, and how many unexplained
	// ones are worth a further suspect, unless residualShare of all is more.
	suspectFailures = 5
	residualShare   = .1
	// penaltyOne and penaltyTwo are in nats. Two attributes give far more predicates to choose
	// from, and are harder to act upon, so they must fit better by the difference.
	penaltyOne, penaltyTwo = 2, 8
	// sameJaccard is where two predicates hold for requests too alike to tell them apart.
	sameJaccard = .95
	// pairedTerms bounds the pairs that are tried to 4,560. What few failures have cannot be in
	// a pair that many have, so those with the most failures are paired.
	pairedTerms = 96
	maxSuspects = 10
)

// Count is how many requests and failures have one combination of attribute values.
type Count struct {
	Values             []string // one for each attribute, "" is unknown
	Requests, Failures uint64   // Failures are among the Requests
	// Squares is Σw² of the failures, where the log is sampled and a record of one stands for w
	// requests: Failures²/Squares is how many failures of weight 1 would tell as much (Kish, "Survey
	// Sampling", 1965). It is at least Failures; 0 is Failures. Others is that of those that
	// did not fail, of which fewer may be written.
	Squares, Others uint64
}

// Term says that an attribute has a value.
type Term struct{ Attribute, Value string }

// Suspect is a predicate over one or two attributes that the failures share. It is no cause:
// what failed may have been told by it and still lie elsewhere.
//
// A request for which several suspects hold counts for the first of them alone, so that the
// shares of all add up to 1 at most.
type Suspect struct {
	Where              []Term // all must hold: one, or two by attribute
	Requests, Failures uint64 // for which it holds
	Rate               float64
	// RateOutside is the failure rate where neither it nor a suspect before it holds. Where it
	// is back to the baseline, all else is exonerated.
	RateOutside float64
	// Share is of the excess, the failures above baseline · requests, 0 to 1.
	Share float64
	// SameAs are the predicates that cannot be told from it in these counts: the requests for
	// which both hold are at least 95 % of those for which either does (Jaccard). What only
	// adds a term to Where, or to one listed, is left out.
	SameAs [][]Term
	// Score is G less the penalty, in nats: how much likelier the failures are with a rate of
	// their own inside the predicate, than with one rate for all.
	Score float64
}

// Suspects says what the failures among counts share, the best suspect first; none where they
// share nothing. attributes name what the values are of; they must not tell how a request went
// (as status or duration do), for that is shared by the failures always. baseline is the failure
// rate that is normal, 0 to 1.
//
// It is greedy. With K of N requests failed, and k of the n for which a predicate holds,
//
//	G = ℓ(k, n) + ℓ(K−k, N−n) − ℓ(K, N),  ℓ(k, n) = k ln(k/n) + (n−k) ln(1−k/n)
//
// is the log likelihood ratio of Kulldorff's Bernoulli scan statistic (Communications in
// Statistics 26, 1997), here over attribute values in place of regions. The predicate with the
// greatest G less 2 nats for one attribute, or 8 for two, is a suspect; the requests for which
// it holds are removed, and the next one is sought among the rest, until their excess is below 5
// failures or 10 % of the whole. Of equals the simpler is taken, then the first by name.
//
// A predicate must have 5 failures, and a rate above that outside. G must reach ln(M/.01), M the
// predicates tried with as many attributes: chance exceeds x nats with a probability below
// exp(−x) (Wilks), so that failures that share nothing seldom have a suspect. Where the counts are
// of sampled records, the failures needed are as many as tell as much as 5 do, and G is divided by how
// many times wider the counts are spread.
//
// The order of counts does not matter, and counts of equal values are summed. Of pairs those
// among the 96 values with the most failures are tried. It takes time in proportion to the counts
// and the square of the attributes, at most ten times over.
func Suspects(attributes []string, counts []Count, baseline float64) []Suspect {
	s := newSuspicion(attributes, counts)
	all := total(s.rows)
	excess := all.excess(baseline)
	limit := max(suspectFailures*all.weight(), residualShare*excess)
	var found []Suspect
	for len(found) < maxSuspects && total(s.rows).excess(baseline) >= limit {
		suspect, ok := s.next()
		if !ok {
			break
		}
		inside := outcome{requests: suspect.Requests, failures: suspect.Failures}
		suspect.Share = min(1, inside.excess(baseline)/excess)
		found = append(found, suspect)
	}
	return found
}

// outcome is how some requests went.
type outcome struct {
	requests, failures uint64
	squares            float64 // of the weights of the failures
}

func (o *outcome) add(p outcome) {
	o.requests += p.requests
	o.failures += p.failures
	o.squares += p.squares
}

func (o outcome) without(p outcome) outcome {
	return outcome{o.requests - p.requests, o.failures - p.failures, max(o.squares-p.squares, 0)}
}

func (o outcome) rate() float64 { return float64(o.failures) / float64(o.requests) }

func (o outcome) excess(baseline float64) float64 {
	return float64(o.failures) - baseline*float64(o.requests)
}

// weight is that of the mean failure: how many times the variance of as many that nobody sampled
// their count has.
func (o outcome) weight() float64 {
	if o.failures == 0 {
		return 1
	}
	return o.squares / float64(o.failures)
}

// enough reports whether the failures tell as much as those do that a predicate needs.
func (o outcome) enough() bool { return float64(o.failures) >= suspectFailures*o.weight() }

// spread is how many times wider than binomial the difference of the rates is spread, where so many
// fail as do in both together: with p of them failing, those of weight w count w(1-p), and the others
// wp (the delta method).
func (o outcome) spread(rest outcome, other float64) float64 {
	r := float64(o.requests) / float64(rest.requests)
	weight := (o.squares + r*r*rest.squares) / (float64(o.failures) + r*r*float64(rest.failures))
	p := float64(o.failures+rest.failures) / float64(o.requests+rest.requests)
	return 1 + (weight-1)*(1-p) + (other-1)*p
}

// logLikelihood is ℓ: that of the outcome under the rate that fits it best.
func (o outcome) logLikelihood() float64 {
	k, n := float64(o.failures), float64(o.requests)
	if k == 0 || k == n {
		return 0
	}
	return k*math.Log(k/n) + (n-k)*math.Log1p(-k/n)
}

// suspicion holds the requests that no suspect explains yet.
type suspicion struct {
	terms []Term // by name, so that indexes compare as names do
	rows  []suspectRow
	other float64 // the mean weight of what did not fail
	least float64 // suspectFailures of the lightest: what has fewer cannot have enough
}

// suspectRow is a count by the indexes of its known terms, ascending.
type suspectRow struct {
	terms []int
	outcome
}

func total(rows []suspectRow) (sum outcome) {
	for _, r := range rows {
		sum.add(r.outcome)
	}
	return sum
}

func newSuspicion(attributes []string, counts []Count) *suspicion {
	index := map[Term]int{}
	for _, c := range counts {
		for i, a := range attributes {
			if c.Values[i] != "" {
				index[Term{a, c.Values[i]}] = 0
			}
		}
	}
	s := &suspicion{terms: make([]Term, 0, len(index)), rows: make([]suspectRow, 0, len(counts)), least: math.Inf(1)}
	for t := range index {
		s.terms = append(s.terms, t)
	}
	slices.SortFunc(s.terms, func(a, b Term) int {
		return cmp.Or(cmp.Compare(a.Attribute, b.Attribute), cmp.Compare(a.Value, b.Value))
	})
	for i, t := range s.terms {
		index[t] = i
	}
	var others, otherSquares float64
	known := make([]int, 0, len(counts)*len(attributes)) // the rows' terms, one behind the other
	for _, c := range counts {
		start := len(known)
		for i, a := range attributes {
			if c.Values[i] != "" {
				known = append(known, index[Term{a, c.Values[i]}])
			}
		}
		row := known[start:len(known):len(known)]
		slices.Sort(row)
		o := outcome{c.Requests, c.Failures, float64(max(c.Squares, c.Failures))}
		if o.failures > 0 {
			s.least = min(s.least, suspectFailures*o.weight())
		}
		others += float64(c.Requests - c.Failures)
		otherSquares += float64(max(c.Others, c.Requests-c.Failures))
		s.rows = append(s.rows, suspectRow{row, o})
	}
	s.other = max(otherSquares/max(others, 1), 1)
	return s
}

// predicate holds where a row has both terms; those of one attribute have the same twice.
type predicate struct{ a, b int }

func (p predicate) single() bool { return p.a == p.b }

func (p predicate) penalty() float64 {
	if p.single() {
		return penaltyOne
	}
	return penaltyTwo
}

func (p predicate) holds(r suspectRow) bool {
	return slices.Contains(r.terms, p.a) && slices.Contains(r.terms, p.b)
}

// refines reports whether p only adds a term to q.
func (p predicate) refines(q predicate) bool {
	return !p.single() && q.single() && (p.a == q.a || p.b == q.a)
}

// candidate is a predicate that may be the suspect.
type candidate struct {
	predicate
	outcome // where it holds
}

// suspectTally is how the requests went for which each predicate holds.
type suspectTally struct {
	one  []outcome // by term
	rank []int     // by term: its place among the paired ones, -1 where it is not
	two  []outcome // by rank · pairedTerms + the greater rank
}

func (t *suspectTally) of(p predicate) outcome {
	if p.single() {
		return t.one[p.a]
	}
	return t.two[t.rank[p.a]*pairedTerms+t.rank[p.b]]
}

// candidates are in order: the simpler first, then by name. What has too few requests to have
// the failures is none.
func (t *suspectTally) candidates(least float64) (all []candidate) {
	var paired []int
	add := func(p predicate) {
		if o := t.of(p); float64(o.requests) >= least {
			all = append(all, candidate{p, o})
		}
	}
	for term, rank := range t.rank {
		add(predicate{term, term})
		if rank >= 0 {
			paired = append(paired, term)
		}
	}
	for i, a := range paired {
		for _, b := range paired[i+1:] {
			add(predicate{a, b})
		}
	}
	return all
}

func (s *suspicion) tally(rows []suspectRow, rank []int) *suspectTally {
	t := &suspectTally{make([]outcome, len(s.terms)), rank, make([]outcome, pairedTerms*pairedTerms)}
	var ranks []int
	for _, r := range rows {
		ranks = ranks[:0]
		for _, term := range r.terms {
			t.one[term].add(r.outcome)
			if rank[term] >= 0 {
				ranks = append(ranks, rank[term])
			}
		}
		for i, a := range ranks {
			for _, b := range ranks[i+1:] {
				t.two[a*pairedTerms+b].add(r.outcome)
			}
		}
	}
	return t
}

// paired ranks by name the terms with the most failures, and at least those a predicate needs.
func (s *suspicion) paired() (rank []int) {
	failures := make([]uint64, len(s.terms))
	rank = make([]int, len(s.terms))
	for _, r := range s.rows {
		for _, term := range r.terms {
			failures[term] += r.failures
		}
	}
	var terms []int
	for term, n := range failures {
		rank[term] = -1
		if float64(n) >= s.least {
			terms = append(terms, term)
		}
	}
	slices.SortFunc(terms, func(a, b int) int {
		return cmp.Or(cmp.Compare(failures[b], failures[a]), cmp.Compare(a, b))
	})
	terms = terms[:min(len(terms), pairedTerms)]
	slices.Sort(terms)
	for i, term := range terms {
		rank[term] = i
	}
	return rank
}

// next takes the best suspect, and removes what it explains. Its share is left to the caller.
func (s *suspicion) next() (suspect Suspect, ok bool) {
	paired := s.paired()
	candidates := s.tally(s.rows, paired).candidates(s.least)
	all := total(s.rows)
	best, score := best(candidates, all, s.other)
	if best.requests == 0 {
		return suspect, false
	}
	var inside, outside []suspectRow
	for _, r := range s.rows {
		if best.holds(r) {
			inside = append(inside, r)
		} else {
			outside = append(outside, r)
		}
	}
	s.rows = outside
	return Suspect{
		Where: s.where(best.predicate), Requests: best.requests, Failures: best.failures,
		Rate: best.rate(), RateOutside: all.without(best.outcome).rate(),
		SameAs: s.sameAs(best, candidates, s.tally(inside, paired)), Score: score,
	}, true
}

func (s *suspicion) where(p predicate) []Term {
	if p.single() {
		return []Term{s.terms[p.a]}
	}
	return []Term{s.terms[p.a], s.terms[p.b]}
}

// best is the candidate with the greatest score; without requests where none is a suspect.
func best(candidates []candidate, all outcome, other float64) (best candidate, score float64) {
	var ones, twos float64
	for _, c := range candidates {
		if c.single() {
			ones++
		} else {
			twos++
		}
	}
	for _, c := range candidates {
		rest := all.without(c.outcome)
		if !c.enough() || rest.requests == 0 || c.rate() <= rest.rate() {
			continue
		}
		tried := ones
		if !c.single() {
			tried = twos
		}
		g := (c.logLikelihood() + rest.logLikelihood() - all.logLikelihood()) / c.spread(rest, other)
		// Candidates are in order, so that of equals the first stays.
		if g >= math.Log(tried/suspectAlpha) && g-c.penalty() > score {
			best, score = c, g-c.penalty()
		}
	}
	return best, score
}

// sameAs are the candidates that hold for almost the same requests as best, inside which is the
// tally.
func (s *suspicion) sameAs(best candidate, candidates []candidate, inside *suspectTally) (same [][]Term) {
	listed := []predicate{best.predicate}
	for _, c := range candidates {
		both := float64(inside.of(c.predicate).requests)
		either := float64(best.requests+c.requests) - both
		if c.predicate == best.predicate || both < sameJaccard*either || slices.ContainsFunc(listed, c.refines) {
			continue
		}
		listed = append(listed, c.predicate)
		same = append(same, s.where(c.predicate))
	}
	return same
}

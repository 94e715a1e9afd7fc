package incident

func Refine(bins []Bin, in Incident, o Options, baseline float64) Incident {
	d := newDetector(bins)
	if len(d.bins) == 0 {
		return in
	}
	d.phi, d.base = 1, clamp(baseline, d.floor(), 1-d.floor())
	i, j := d.index(in.Start), d.index(in.End)-1
	if j < i {
		return in
	}
	s := d.stretch(i, j)
	out := d.edges(s, nil)
	out.BeganBefore, out.Ongoing, out.Score = in.BeganBefore, in.Ongoing, in.Score
	return out
}

func FindVolume(bins []Bin, o Options) []Incident { return nil }

type Group struct{ Requests, Failures, UsualRequests, UsualFailures uint64 }

type Ranked struct {
	Index                       int
	Excess, Share, BaselineRate float64
}

func Rank(groups []Group, base float64) (out []Ranked) {
	sum := 0.
	for i, g := range groups {
		p := (float64(g.UsualFailures) + 5*base) / (float64(g.UsualRequests) + 5)
		e := float64(g.Failures) - p*float64(g.Requests)
		out = append(out, Ranked{i, e, 0, p})
		if e > 0 {
			sum += e
		}
	}
	for i := range out {
		if sum > 0 {
			out[i].Share = out[i].Excess / sum
		}
	}
	return out
}

type Interval struct{ Low, High int64 }

func First(all []Interval) []bool { return make([]bool, len(all)) }

func Wilson(k, n uint64) (float64, float64) { return 0, 1 }

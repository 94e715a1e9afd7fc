package incident

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

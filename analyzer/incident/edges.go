package incident

// Refine places the edges of an incident anew, in the bins about its time: where it was found in
// wide bins, these may be narrow ones. usual is the rate of failures otherwise. What the incident
// counts is that between the new edges. It may turn out to be shorter than MinSeconds.
func Refine(bins []Bin, in Incident, usual float64, o Options) Incident {
	d := newDetector(bins, o)
	first, last := d.index(in.Start), d.index(in.End)-1
	if last < first {
		return in
	}
	d.phi, d.base = d.weight, clamp(usual, d.floor(), 1-d.floor())
	out := d.edges(d.stretch(first, last), 0, len(d.bins)-1)
	out.BeganBefore, out.Ongoing, out.Score = in.BeganBefore && out.BeganBefore, in.Ongoing && out.Ongoing, in.Score
	return out
}

// edges places the start and the end of in anew, each where the likelihood at its own rate is
// highest, and says within which bounds it is hardly lower. Neighbours bound the search, to the
// bins from low to high.
func (d *detector) edges(in Incident, low, high int) Incident {
	last := d.index(in.End) - 1
	gainAt := func(p float64) func(i int) float64 {
		return func(i int) float64 {
			return ratio(float64(d.bins[i].Failures), float64(d.bins[i].Requests), p, d.base) / d.phi
		}
	}
	p := clamp(in.Rate, d.floor(), 1-d.floor())
	start, startLow, startHigh := farthest(last, low, edgeNats, gainAt(p))
	end, endHigh, endLow := farthest(start, high, edgeNats, gainAt(p))
	// What grows or fades begins before and ends behind where it is as high as it mostly is: where
	// it is slight. That is a part of what it becomes, and not only of what is usual: where that is
	// next to nothing, time without any failure would be as likely to be part of it. A micro-burst is
	// none that grows.
	slight := min(p, max(oddsTimes(d.base, minOdds), p*slightPart))
	length := d.bins[end].Second + d.width - d.bins[start].Second
	quarter, long := (end-start)/4, length >= MinSeconds
	// Nor does it take longer to grow than it lasts. The bins at the edges are its own in part.
	from, mostFrom, _ := farthest(start, max(low, d.index(d.bins[start].Second-length)), slopeNats, gainAt(slight))
	until, mostUntil, _ := farthest(end, min(high, d.index(d.bins[end].Second+length+1)-1), slopeNats, gainAt(slight))
	growing, fading := 0., 0.
	if long && quarter > 0 {
		growing, fading = d.lower(start+1, start+quarter, end-1), d.lower(end-quarter, end-1, start+1)
	}
	if growing >= slightNats {
		startLow = min(startLow, from, mostFrom)
	}
	if fading >= slightNats {
		endHigh = max(endHigh, until, mostUntil)
	}
	if growing >= rampNats {
		start = from
	}
	if fading >= rampNats {
		end = until
	}
	out := d.stretch(start, end)
	// A bin says less of when within it something began, the wider it is.
	out.StartLow, out.StartHigh = d.bins[startLow].Second, d.bins[startHigh].Second+d.width-1
	if startLow > 0 {
		out.StartLow = d.bins[startLow-1].Second + 1
	}
	out.EndLow, out.EndHigh = d.bins[endLow].Second+1, d.bins[endHigh].Second+d.width
	if endHigh+1 < len(d.bins) {
		out.EndHigh = d.bins[endHigh+1].Second + d.width - 1
	}
	out.BeganBefore, out.Ongoing = startLow == 0, endHigh == len(d.bins)-1
	return out
}

// lower is how much likelier it is, in nats, that the rate from bin i to bin j is lower than in the
// rest of an incident, which ends or begins at the bin other: that it grows there, or fades.
func (d *detector) lower(i, j, other int) float64 {
	part, whole := d.stretch(i, j), d.stretch(min(i, other), max(j, other))
	k, n := float64(part.Failures), float64(part.Requests)
	restK, restN := float64(whole.Failures)-k, float64(whole.Requests)-n
	if restN <= 0 || k/n >= restK/restN {
		return 0
	}
	limit := d.floor()
	inPart, rest, both := clamp(k/n, limit, 1-limit), clamp(restK/restN, limit, 1-limit), clamp((k+restK)/(n+restN), limit, 1-limit)
	return (ratio(k, n, inPart, both) + ratio(restK, restN, rest, both)) / d.phi
}

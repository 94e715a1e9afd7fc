package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/cmd/usersapi/internal/truth"
)

// score is how a review did on one incident.
type score struct {
	truth.Truth
	found      verdict
	onset, end time.Duration // by how much it was put too late; below 0 too early
	firstRoute verdict
	suspect    verdict
	clients    *uint64 // counted by the review; nil where it did not, or cannot
	extra      int     // incidents that there were not
}

// verdict is whether a question was answered right.
type verdict string

const (
	right    verdict = "yes"
	wrong    verdict = "no"
	notAsked verdict = "-" // the truth has no answer
)

func verdictOf(ok bool) verdict {
	if ok {
		return right
	}
	return wrong
}

// judge compares a review with the truth. It found the incident with those of its
// incidents that are in the same stream and overlap in time. They are several where
// the fault came and went; the onset is then that of the first, the end that of the
// last, and the rest is asked of the one with the greatest excess. Any other incident
// is extra, also one that overlaps in another stream.
func judge(t truth.Truth, r analyzer.Review) score {
	s := score{Truth: t, found: notAsked, firstRoute: notAsked, suspect: notAsked}
	var own []analyzer.ReviewIncident
	for _, in := range r.Incidents {
		if string(in.Stream) == t.Stream && in.Start.Before(t.End) && in.End.After(t.Start) {
			own = append(own, in)
		}
	}
	s.extra = len(r.Incidents) - len(own)
	if t.Stream == "" {
		return s
	}
	s.found = verdictOf(len(own) > 0)
	if t.FirstRoute != nil {
		s.firstRoute = wrong
	}
	if t.Where != nil {
		s.suspect = wrong
	}
	if len(own) == 0 {
		return s
	}
	main, start, end := own[0], own[0].Start, own[0].End
	for _, in := range own[1:] {
		if in.Start.Before(start) {
			start = in.Start
		}
		if in.End.After(end) {
			end = in.End
		}
		if math.Abs(in.Excess) > math.Abs(main.Excess) {
			main = in
		}
	}
	s.onset, s.end = start.Sub(t.Start), end.Sub(t.End)
	if t.FirstRoute != nil {
		s.firstRoute = verdictOf(isFirst(*t.FirstRoute, main.Routes))
	}
	if t.Where != nil {
		s.suspect = verdictOf(isTop(t.Where, main.Suspects))
	}
	if t.Stream != string(analyzer.StreamVolume) { // no log tells who got no answer
		s.clients = main.Clients
	}
	return s
}

// isFirst reports whether want is the foremost of the routes that failed first.
func isFirst(want truth.Route, routes []analyzer.IncidentRoute) bool {
	i := slices.IndexFunc(routes, func(r analyzer.IncidentRoute) bool { return r.First })
	return i >= 0 && string(routes[i].Method) == want.Method && routes[i].Route == want.Route
}

// isTop reports whether the first suspect is want, or cannot be told from it.
func isTop(want map[string]string, suspects []analyzer.Suspect) bool {
	return len(suspects) > 0 && slices.ContainsFunc(append([]map[string]string{suspects[0].Where}, suspects[0].SameAs...),
		func(where map[string]string) bool { return maps.Equal(where, want) })
}

// counted is the number of clients beside the true one.
func (s *score) counted() string {
	if s.clients == nil {
		return "-"
	}
	return fmt.Sprintf("%d of %d", *s.clients, s.Clients)
}

const row = "%-10s %5v  %-5s  %9s  %9s  %-11s  %-7s  %-12s  %5v\n"

func header(w io.Writer) {
	fmt.Fprintf(w, row, "incident", "seed", "found", "onset, s", "end, s", "first route", "suspect", "clients", "extra")
}

func (s *score) print(w io.Writer) {
	onset, end := "-", "-"
	if s.found == right {
		onset, end = fmt.Sprintf("%+.0f", s.onset.Seconds()), fmt.Sprintf("%+.0f", s.end.Seconds())
	}
	fmt.Fprintf(w, row, s.Name, s.Seed, s.found, onset, end, s.firstRoute, s.suspect, s.counted(), s.extra)
}

// totals prints the shares of right answers, medians of the absolute errors, the
// median error of the clients relative to the true number, and all extra incidents.
func totals(w io.Writer, scores []score) {
	var onsets, ends, clients []float64
	extra := 0
	for _, s := range scores {
		extra += s.extra
		if s.found == right {
			onsets, ends = append(onsets, math.Abs(s.onset.Seconds())), append(ends, math.Abs(s.end.Seconds()))
		}
		if s.clients != nil {
			clients = append(clients, 100*math.Abs(float64(*s.clients)-float64(s.Clients))/float64(s.Clients))
		}
	}
	fmt.Fprintf(w, row, "total", len(scores),
		share(scores, func(s score) verdict { return s.found }), median(onsets, "%.0f"), median(ends, "%.0f"),
		share(scores, func(s score) verdict { return s.firstRoute }), share(scores, func(s score) verdict { return s.suspect }),
		median(clients, "%.0f %% off"), extra)
}

// share is the number of right answers to a question, of those that were asked.
func share(scores []score, answer func(score) verdict) string {
	ok, asked := 0, 0
	for _, s := range scores {
		switch answer(s) {
		case right:
			ok++
			asked++
		case wrong:
			asked++
		}
	}
	return fmt.Sprintf("%d/%d", ok, asked)
}

func median(x []float64, format string) string {
	if len(x) == 0 {
		return "-"
	}
	slices.Sort(x)
	return fmt.Sprintf(format, (x[(len(x)-1)/2]+x[len(x)/2])/2)
}

// Command evaluate measures how well incidents are found and told, on what it simulates by a seed:
//
//	go run ./analyzer/incident/evaluate
//
// Half-days have requests at 0.2, 2 or 20 a second, by day more than by night; .05 or .5 % of them
// fail all the time, more widely spread than by chance; and there are nuisances: blips of some
// seconds. In each but the quiet ones one incident of 2, 15 or 60 minutes has 3, 20 or 90 % fail: at
// once, as a ramp, or flapping. Found is one that overlaps it. Those of which fewer than 15 failures
// beyond the usual are expected are told apart: few of them can be seen by anybody. Beside this
// package stands what is set up in its place: a threshold, and the alerts of the SRE workbook.
//
// Causes are values of one attribute or two, in traffic that has eight. Of the number of requests it
// is asked whether a half-day in which a server is dead or besieged is told from kinds of traffic in
// which nothing is unusual.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

func main() {
	seed := flag.Uint64("seed", 1, "of what is simulated")
	each := flag.Int("each", 2, "half-days for each kind of incident")
	quiet := flag.Int("quiet", 24, "half-days without one, for each rate of requests and failures")
	causes := flag.Int("causes", 56, "causes")
	flag.Parse()
	write(os.Stdout, judgeDays(*seed, []float64{.2, 2, 20}, *each, *quiet), judgeCauses(*seed-1, *causes), judgeVolume(*seed, *each))
}

// write prints the tables.
func write(to io.Writer, days []judgement, causes told, volume volumes) {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	row := func(name string, t *tally, intervals bool) {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t%.0f s", name, t.days, t.recall(), t.precision(), t.f1(), median(t.errors))
		if intervals {
			fmt.Fprintf(w, "\t%.0f s\t%.3f\t%.3f", median(t.widths), t.share(t.startWithin), t.share(t.endWithin))
		}
		fmt.Fprintln(w)
	}
	head := func(what string) {
		fmt.Fprintf(w, "%s\thalf-days\trecall\tprecision\tF1\tonset error\tinterval\tonset within\tend within\n", what)
	}
	head("15 failures and more above the usual")
	for i, m := range methods {
		row(m.name, &days[i].seen, m.intervals)
		if m.intervals {
			for _, shape := range shapes {
				row("  "+shape, days[i].byShape[shape], true)
			}
		}
	}
	fmt.Fprintln(w)
	head("fewer than 15")
	for i, m := range methods {
		row(m.name, &days[i].faint, m.intervals)
	}
	fmt.Fprintf(w, "\nquiet\thalf-days\tfalse alarms\n")
	for i, m := range methods {
		fmt.Fprintf(w, "%s\t%d\t%d\n", m.name, days[i].quietDays, days[i].alarms)
	}
	fmt.Fprintf(w, "\ncauses\tfirst suspect exact\tfurther suspects\n%d\t%.3f\t%d\n", causes.cases, float64(causes.exact)/max(1, float64(causes.cases)), causes.more)
	fmt.Fprintf(w, "\nfailures that share nothing\tsuspected all the same\n%d\t%d\n", causes.shared, causes.wrong)
	fmt.Fprintf(w, "\ndead or besieged\tfound\tboth edges within\tothers\n%d\t%d\t%d\t%d\n", volume.changes, volume.found, volume.within, volume.others)
	fmt.Fprintf(w, "\nusual numbers of requests\thalf-days\tfalse alarms\n")
	for _, a := range usualTraffic {
		fmt.Fprintf(w, "%s\t%.0f\t%d\n", a.name, float64(int64(volume.each)*a.hours)/12, volume.alarms[a.name])
	}
	w.Flush()
}

package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/loganalyze/loganalyze/analyzer"
	"github.com/loganalyze/loganalyze/analyzer/render"
)

// reportFlags are the flags of the report, as they were typed.
type reportFlags struct {
	inputFlags
	format       string
	output       string
	save         string
	since, until string
	statuses     []string
	methods      []string
	routes       []string // patterns of those that are counted
	paths        []string
	routeFiles   []string
	openAPIFiles []string
	noLearn      bool
	noIncidents  bool
	top          int
	sort         string
	slo          string
	failIf       []string
	maxMalformed string
	badLines     string
	follow       bool
	color        string
	jobs         int
	noProgress   bool
	quiet        bool
}

func (f *reportFlags) register(fs *pflag.FlagSet) {
	fs.SortFlags = false
	fs.StringVar(&f.format, "format", "", "`FORM` of the report: "+formNames(render.Renderers())+" (default: the extension of --output, else text)")
	fs.StringVarP(&f.output, "output", "o", "", "write the report to `FILE`; - is standard output")
	fs.StringVar(&f.save, "save", "", "write the state of the analysis to `STATE`, from which loganalyze merge makes reports; - is standard output, in place of the report")
	fs.StringVar(&f.since, "since", "", "count requests from `TIME` on: '2026-11-20 14:00', 14:00 (today), 2h (ago), yesterday, or as a log has it; in the zone of --tz, else the local one, unless it names its own")
	fs.StringVar(&f.until, "until", "", "count requests before `TIME`")
	fs.StringSliceVarP(&f.statuses, "status", "s", nil, "count only these `STATUSES`: codes and classes, such as 5xx,404 or !2xx; the verdict stays about all")
	fs.StringSliceVarP(&f.methods, "method", "m", nil, "count only these `METHODS`, such as GET,POST or !OPTIONS")
	fs.StringArrayVarP(&f.routes, "route", "r", nil, "count only routes that match `REGEXP`, or behind ! those that do not; repeatable, and all must hold")
	fs.StringArrayVarP(&f.paths, "path", "p", nil, "count only paths that match `REGEXP`, or behind ! those that do not: '!^/healthz$' leaves health checks out; repeatable, and all must hold")
	fs.StringArrayVar(&f.routeFiles, "routes", nil, "take the routes of paths from `FILE`: one pattern a line, such as 'GET /users/{id}'; repeatable")
	fs.StringArrayVar(&f.openAPIFiles, "openapi", nil, "take the routes of paths from `FILE`, an OpenAPI description; before those of --routes; repeatable")
	fs.BoolVar(&f.noLearn, "no-learn", false, "learn no routes: paths that neither the log nor a file gives a route stand as they are")
	fs.BoolVar(&f.noIncidents, "no-incidents", false, "do not look for incidents; neither can merge then, in the state of --save")
	fs.IntVarP(&f.top, "top", "n", 10, "show `N` routes; 0 is all")
	fs.StringVar(&f.sort, "sort", string(analyzer.SortFailures), "`ORDER` of the routes: "+names(analyzer.Sorts(), func(s analyzer.Sort) string { return string(s) }))
	fs.StringVar(&f.slo, "slo", "99.9", "share of requests in `PERCENT` that should not fail; the verdict is held against it")
	fs.StringArrayVar(&f.failIf, "fail-if", nil, "exit with 1 if `CONDITION` holds, such as '5xx_rate > 1%'; repeatable; it can watch "+strings.Join(analyzer.GateMetrics(), ", "))
	f.inputFlags.register(fs)
	fs.BoolVarP(&f.follow, "follow", "f", false, "read on as the logs grow and are rotated, until interrupted; on a terminal the report is renewed every few seconds, elsewhere it is written at the end")
	fs.StringVar(&f.badLines, "bad-lines", "", "write the malformed and the cut lines to `FILE`, as they stand in the logs")
	fs.StringVar(&f.maxMalformed, "max-malformed", "50%", "`SHARE` of the lines that look like requests which may be malformed or cut; more are an error")
	fs.StringVar(&f.color, "color", "auto", "colour the text `WHEN`: auto, always, never")
	fs.IntVarP(&f.jobs, "jobs", "j", 0, "parse in `N` goroutines; 0 is one for each processor")
	fs.BoolVar(&f.noProgress, "no-progress", false, "do not show on a terminal how far the reading is")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "show no progress and no notes, only the report and errors")
}

func names[T any](all []T, name func(T) string) string {
	var out []string
	for _, v := range all {
		out = append(out, name(v))
	}
	return strings.Join(out, ", ")
}

// settings are the flags understood.
type settings struct {
	options  analyzer.Options
	renderer render.Renderer
	gates    []analyzer.Gate
	review   words // the words of the command that reviews the same logs; nil where there is none
	color    colorMode
}

// settings reads the flags. changed tells whether a flag was given.
func (f *reportFlags) settings(now time.Time, changed func(string) bool) (s settings, err error) {
	if s, err = f.shown(changed); err != nil {
		return s, err
	}
	o := &s.options
	if o.Input, err = f.inputFlags.options(changed); err != nil {
		return s, err
	}
	if o.Filter, err = f.filter(now.In(o.Input.TZ)); err != nil {
		return s, err
	}
	if o.Hints, err = f.hints(); err != nil {
		return s, err
	}
	o.NoLearn, o.NoIncidents = f.noLearn, f.noIncidents
	if o.MaxMalformed, err = maxMalformedFlag(f.maxMalformed); err != nil {
		return s, err
	}
	for i, gate := range s.gates {
		if gate.WatchesShare() && len(f.statuses) > 0 {
			return s, fmt.Errorf("--fail-if %q with --status: a share among chosen statuses says nothing; drop one of them", f.failIf[i])
		}
	}
	return s, nil
}

// filter reads the flags that say what is counted.
func (f *reportFlags) filter(now time.Time) (filter analyzer.Filter, err error) {
	if filter.Since, err = timeFlag("since", f.since, now); err != nil {
		return filter, err
	}
	if filter.Until, err = timeFlag("until", f.until, now); err != nil {
		return filter, err
	}
	if from, to := filter.Since, filter.Until; !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return filter, fmt.Errorf("--since %s is not before --until %s: nothing lies between them", from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	if len(f.statuses) > 0 {
		if filter.Statuses, err = analyzer.ParseStatusSet(strings.Join(f.statuses, ",")); err != nil {
			return filter, fmt.Errorf("--status: %w", err)
		}
	}
	for _, m := range f.methods {
		filter.Methods = append(filter.Methods, strings.ToUpper(m))
	}
	if filter.Route, err = patternsFlag("route", f.routes); err != nil {
		return filter, err
	}
	filter.Path, err = patternsFlag("path", f.paths)
	return filter, err
}

// shown reads the flags that say how what was counted is shown.
func (f *reportFlags) shown(changed func(string) bool) (s settings, err error) {
	o := &s.options
	switch {
	case f.top < 0:
		return s, fmt.Errorf("--top %d: it is a number of routes, from 1 on, or 0 for all", f.top)
	case f.top == 0:
		o.Top = -1
	default:
		o.Top = f.top
	}
	if o.Workers = f.jobs; f.jobs < 0 {
		return s, fmt.Errorf("--jobs %d: it is a number of goroutines, from 1 on, or 0 for one for each processor", f.jobs)
	}
	order, err := oneOf("sort", f.sort, analyzer.Sorts())
	if err != nil {
		return s, err
	}
	if changed("sort") {
		o.Sort = order
	}
	if o.SLO, err = sloFlag(f.slo); err != nil {
		return s, err
	}
	for _, text := range f.failIf {
		gate, err := analyzer.ParseGate(text)
		if err != nil {
			return s, fmt.Errorf("--fail-if: %w", err)
		}
		s.gates = append(s.gates, gate)
	}
	if s.color, err = oneOf("color", f.color, []colorMode{colorAuto, colorAlways, colorNever}); err != nil {
		return s, err
	}
	s.renderer, err = formOf("report", f.format, f.output, render.Renderers())
	return s, err
}

// formOf is the form of what is printed that --format names, or else the extension of --output, or
// else the first.
func formOf[T any](what, name, output string, all []render.Form[T]) (render.Form[T], error) {
	extension := filepath.Ext(output)
	switch {
	case name != "":
		form, ok := render.ByName(all, name)
		if !ok {
			return form, fmt.Errorf("--format %q: it can be %s", name, formNames(all))
		}
		return form, nil
	case extension == "":
		return all[0], nil
	}
	form, ok := render.ByExtension(all, extension)
	if !ok {
		return form, fmt.Errorf("--output %s: no form of the %s has the extension %s; name one of %s with --format", output, what, extension, formNames(all))
	}
	return form, nil
}

func formNames[T any](all []render.Form[T]) string {
	return names(all, func(f render.Form[T]) string { return f.Name })
}

func patternsFlag(flag string, texts []string) (all analyzer.Patterns, err error) {
	for _, text := range texts {
		p, err := analyzer.ParsePattern(text)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", flag, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func sloFlag(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil || !(f >= 50 && f < 100) {
		return 0, fmt.Errorf("--slo %q: it is a percentage from 50 to below 100, such as 99.9", s)
	}
	return f, nil
}

// maxMalformedFlag reads a share as Options have it, where 0 is the default.
func maxMalformedFlag(s string) (float64, error) {
	percent, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, "%")), 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		return 0, fmt.Errorf("--max-malformed %q: it is a percentage from 0 to 100, such as 50%%", s)
	}
	if percent == 0 {
		return -1, nil
	}
	return percent / 100, nil
}

// timeFlag reads an instant as a person writes it, or a log. Times without a zone are in now's.
func timeFlag(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch s {
	case "now":
		return now, nil
	case "today":
		return midnight, nil
	case "yesterday":
		return midnight.AddDate(0, 0, -1), nil
	}
	written := strings.Trim(s, "[]") // as the Common Log Format has them around it
	if t, ok := parseTime(written, now.Location(), "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02",
		"02/Jan/2006:15:04:05", "02/Jan/2006:15:04", "02/Jan/2006", "2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02"); ok {
		return t, nil
	}
	if t, ok := parseTime(written, now.Location(), "15:04", "15:04:05"); ok {
		today := now.In(t.Location())
		return time.Date(today.Year(), today.Month(), today.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()), nil
	}
	if d, ok := ago(s); ok {
		return now.Add(-d), nil
	}
	if t, ok := epoch(s); ok {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("--%s %q is no time; write 2026-11-20T14:00:00Z, '2026-11-20 14:00', '2026-11-20 14:00 +01:00', 2026-11-20, 14:00 or 14:00Z (today), "+
		"20/Nov/2026:14:00:00 +0000, 1795183200 (seconds since 1970), 2h, 1h30m or 2d (ago), now, today or yesterday", flag, s)
}

// parseTime tries the layouts, without a zone and with one behind it.
func parseTime(s string, in *time.Location, layouts ...string) (time.Time, bool) {
	for _, utc := range []string{" UTC", " GMT"} {
		if rest, ok := strings.CutSuffix(s, utc); ok {
			s = rest + "Z"
		}
	}
	for _, layout := range layouts {
		for _, zone := range []string{"", "Z07:00", " Z07:00", "Z0700", " Z0700"} {
			if t, err := time.ParseInLocation(layout+zone, s, in); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// epoch reads seconds since 1970, which may have a fraction, or milliseconds. Fewer digits than
// the seconds have had since 1973 are more likely a slip.
func epoch(s string) (time.Time, bool) {
	seconds, err := strconv.ParseFloat(s, 64)
	if err == nil && seconds >= 1e11 {
		seconds /= 1000
	}
	return time.UnixMicro(int64(seconds * 1e6)), err == nil && seconds >= 1e8 && seconds < 1e11
}

// ago reads 90s, 15m, 2h, 3d or 1w.
func ago(s string) (time.Duration, bool) {
	unit := time.Duration(0)
	switch {
	case strings.HasSuffix(s, "d"):
		unit = 24 * time.Hour
	case strings.HasSuffix(s, "w"):
		unit = 7 * 24 * time.Hour
	default:
		d, err := time.ParseDuration(s)
		return d, err == nil && d >= 0
	}
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	n *= float64(unit)
	return time.Duration(n), err == nil && n >= 0 && n < math.MaxInt64
}

package format

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// noDurations is what there is to say where somebody named the duration, and lines have none there.
const noDurations = "no line of the sample has a duration where the format string has one"

// notRead says what of the sample may be durations and is not read by l, which somebody gave.
func (l *layout) notRead(sample [][]byte, o *Options) string {
	p := l.parser(o)
	if count(p, sample).timed > 0 {
		return ""
	}
	t := tailsOf(p, func() []byte { return p.more }, sample)
	last, named := t.number(), slices.ContainsFunc(l.columns, func(c column) bool { return c.role == roleDuration || c.role == rolePart || c.role == roleElapsed })
	switch {
	case last >= 0 && named:
		return noDurations + fmt.Sprintf(", and there are more columns behind its last, of which one, such as %s, may be it; complete --log-format", t[last].sample)
	case last >= 0:
		return fmt.Sprintf("column %d behind those of the format string, such as %s, may be a duration, and is not read; if it is one, add it to --log-format", last+1, t[last].sample)
	case named && t[0].filled > 0:
		return noDurations + ", and there are more columns behind its last; complete --log-format"
	case named:
		return noDurations
	}
	return ""
}

// maybeDuration says which key that is not known has numbers that may be the duration, the first by
// name: upstreams have theirs, too.
func (v *survey) maybeDuration() string {
	for _, path := range slices.Sorted(slices.Values(v.paths)) {
		name := normalise(path)
		has := func(word string) bool { return strings.Contains(name, word) }
		if v.roleOf(path).role != roleNone || !slices.ContainsFunc([]string{"time", "duration", "latency", "elapsed", "took", "millis"}, has) ||
			slices.ContainsFunc([]string{"upstream", "origin", "connect", "header", "uptime", "timeout", "timestamp"}, has) {
			continue
		}
		numbers, sample := 0, ""
		for _, s := range v.values(path) {
			if f, err := strconv.ParseFloat(s, 64); err == nil && f > 0 && f < 1e9 {
				numbers++
				sample = s
			}
		}
		if numbers*2 > len(v.requests) {
			return fmt.Sprintf("%q, such as %s, may be the duration, and is not read; if it is, say so with --field duration_ms=%s (or _s, _us, _ns)", path, sample, path)
		}
	}
	return ""
}

// tails are the columns behind a format.
type tails [maxExtra]tail

// tail is what one of them holds.
type tail struct {
	quoted bool
	filled int // lines that have it

	times int // as nginx writes them
	sum   time.Duration

	numbers int // that may be durations
	total   float64
	largest float64
	sample  string // the largest

	upstreams int // statuses or dashes under the name of nginx's
	known     int // those that are statuses
	same      int // as the response's
}

// tailsOf are those of lines that p reads whole, and behind returns what p left of the last one.
func tailsOf(p Parser, behind func() []byte, sample [][]byte) (all tails) {
	var status accesslog.Opt[int]
	for _, line := range sample {
		if p.Parse(line, func(r *accesslog.Record) { status = r.Status }) != nil {
			continue
		}
		rest, word := behind(), []byte(nil)
		for i := range all {
			if word, rest = nextExtra(rest); len(word) == 0 {
				break
			}
			all[i].add(word, status)
		}
	}
	return all
}

func (t *tail) add(word []byte, status accesslog.Opt[int]) {
	t.filled++
	t.quoted = t.quoted || word[0] == '"'
	if d := timeOf(word); d.Known {
		t.times++
		t.sum += d.Value
	}
	if s, ok := numberOf(word); ok {
		n, _ := strconv.ParseFloat(s, 64)
		t.numbers++
		if t.total += n; n > t.largest {
			t.largest, t.sample = n, strings.Clone(s)
		}
	}
	if u, ok := upstreamOf(word); ok {
		t.upstreams++
		t.known += one(u.Known)
		t.same += one(u.Known && u == status)
	}
}

// duration is the column that holds a time wherever there is one, but for a line in ten that may be
// cut, and is no dash, as where no upstream was asked: where several do, such as those of the servers
// behind the proxy, the one that is longest, which comprises the others. -1 is none.
func (all *tails) duration() int {
	best := -1
	for i, t := range all {
		if t.times > 0 && (t.filled-t.times)*10 <= t.times && (best < 0 || t.sum > all[best].sum) {
			best = i
		}
	}
	return best
}

// upstream is the column under the name of the upstream's status that mostly is the response's.
func (all *tails) upstream() int {
	for i, t := range all {
		if t.same > 0 && t.same*2 >= t.known && (t.filled-t.upstreams)*10 <= t.upstreams {
			return i
		}
	}
	return -1
}

// number is the column of numbers that may be durations, the largest of several.
func (all *tails) number() int {
	best := -1
	for i, t := range all {
		if t.largest > 0 && (t.filled-t.numbers)*10 <= t.numbers && (best < 0 || t.total > all[best].total) {
			best = i
		}
	}
	return best
}

// numberOf is a number that may be a duration: one without a name, or under the name of one.
func numberOf(word []byte) (number string, ok bool) {
	s := share(bytes.Trim(word, `"`))
	if name, value, named := strings.Cut(s, "="); named {
		if roleOf[normalise(name)].role != roleDuration {
			return "", false
		}
		s = strings.Trim(value, `"`)
	}
	return s, s != "" && len(s) <= 18 && strings.Trim(s, "0123456789") == "" || fractions([]string{s}) == 1 && strings.Trim(s, "0123456789.") == "" && strings.Count(s, ".") == 1
}

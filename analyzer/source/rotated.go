package source

import (
	"cmp"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// rotation is what a file's name says of when it was rotated away.
type rotation struct {
	family string   // the name of the log that is being written
	date   []string // the day, and the numbers behind it, which grow; nil for none
	number string   // of a numbered one: the higher, the older; "" for none
}

var (
	packedSuffix = regexp.MustCompile(`\.(?i:gz|zst|zstd|bz2|xz|lz4)$`)
	// A day as logrotate's dateext, lumberjack, rotatelogs, logback, Tomcat and people write
	// it, and the time or the number that may follow.
	dateStamp = regexp.MustCompile(`[-._]((?:19|20)\d\d)[-._]?(0[1-9]|1[0-2])[-._]?(0[1-9]|[12]\d|3[01])((?:[-._T]?\d+)*)Z?(?:-[a-z]+)?(\.[A-Za-z_]+)?$`)
	// Seconds since 1970, as rotatelogs has them, too.
	epochStamp  = regexp.MustCompile(`[-._](1\d{9})(\.[A-Za-z_]+)?$`)
	numberStamp = regexp.MustCompile(`\.(\d{1,4})(\.[A-Za-z_]+)?$`)
	digits      = regexp.MustCompile(`\d+`)
)

// rotationOf reads the name of a file in its directory. The stamp may stand before the
// extension: access-20260101.log belongs to access.log.
func rotationOf(name string) rotation {
	name = packedSuffix.ReplaceAllString(name, "")
	if m := dateStamp.FindStringSubmatch(name); m != nil {
		date := append([]string{m[1] + m[2] + m[3]}, digits.FindAllString(m[4], -1)...)
		return rotation{family: strings.TrimSuffix(name, m[0]) + m[5], date: date}
	}
	if m := epochStamp.FindStringSubmatch(name); m != nil {
		return rotation{family: strings.TrimSuffix(name, m[0]) + m[2], date: m[1:2]}
	}
	if m := numberStamp.FindStringSubmatch(name); m != nil {
		return rotation{family: strings.TrimSuffix(name, m[0]) + m[2], number: m[1]}
	}
	return rotation{family: name}
}

// compare orders the files of a family by age, the oldest first: those with dates, those with
// numbers, the one that is being written. A log has both where its rotation was
// changed, and no name says which came first.
func (r rotation) compare(s rotation) int {
	return cmp.Or(
		cmp.Compare(r.kind(), s.kind()),
		slices.CompareFunc(r.date, s.date, compareNumbers),
		compareNumbers(s.number, r.number),
	)
}

func (r rotation) kind() int {
	switch {
	case r.date != nil:
		return 0
	case r.number != "":
		return 1
	}
	return 2
}

// compareNumbers compares numbers of any length.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// log is what the files of one rotated log have in common.
type log struct{ dir, family string }

func logOf(path string) (log, rotation) {
	dir, name := filepath.Split(path)
	r := rotationOf(name)
	return log{filepath.Clean(dir), r.family}, r
}

// byAge brings the files of each log together where the first of them stands, the oldest
// first. It returns the logs too whose order that changed.
func byAge(sources []Source) (ordered []Source, changed [][]Source) {
	files := map[log][]Source{}
	var order []log
	for _, s := range sources {
		key, _ := logOf(s.name)
		if s.size < 0 {
			key = log{family: s.name} // a stream, whatever it is called
		}
		if files[key] == nil {
			order = append(order, key)
		}
		files[key] = append(files[key], s)
	}
	for _, key := range order {
		sorted := slices.Clone(files[key])
		slices.SortStableFunc(sorted, func(a, b Source) int {
			_, x := logOf(a.name)
			_, y := logOf(b.name)
			return x.compare(y)
		})
		if !slices.EqualFunc(sorted, files[key], func(a, b Source) bool { return a.name == b.name }) {
			changed = append(changed, sorted)
		}
		ordered = append(ordered, sorted...)
	}
	return ordered, changed
}

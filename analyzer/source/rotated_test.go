package source

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRotationOrder(t *testing.T) {
	cases := []struct{ name, reason, want string }{
		{"logrotate", "the higher the number, the older; ten is more than nine", "access.log.10.gz access.log.9.gz access.log.2.gz access.log.1 access.log"},
		{"numbered from 0", "newsyslog", "a.log.2.bz2 a.log.1.bz2 a.log.0.bz2 a.log"},
		{"dateext", "days ascend", "access.log-20251231.gz access.log-20260101 access.log"},
		{"dateext by the hour", "hours are behind the day", "access.log-2026010109.gz access.log-2026010110 access.log"},
		{"dateext with seconds", "dateformat -%Y%m%d-%s", "access.log-20260101-1767225600 access.log-20260102-1767312000 access.log"},
		{"extension", "logrotate's extension .log keeps it at the end", "access.2.log.gz access.1.log access.log"},
		{"date before the extension", "dateext and extension", "access-20260101.log.xz access-20260102.log access.log"},
		{"lumberjack", "and timberjack, which says why", "access-2026-01-01T10-00-00.000-size.log.gz access-2026-01-02T09-00-00.000-time.log access.log"},
		{"rotatelogs", "seconds, without a live one", "access_log.1767225600 access_log.1767312000"},
		{"Tomcat", "each day has a file, the last is live", "localhost_access_log.2025-12-31.txt localhost_access_log.2026-01-01.txt"},
		{"logback", "behind a day, numbers ascend", "access.2026-01-01.9.log access.2026-01-01.10.log access.2026-01-02.0.log access.log"},
		{"days of two spellings", "changed at some time", "a.log-20251231 a.log.2026-01-01 a.log"},
		{"days and numbers", "days first; no name tells", "a.log-20260101 a.log.1 a.log"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			want := strings.Fields(c.want)
			rapid.Check(t, func(rt *rapid.T) {
				var sources []Source
				for _, name := range rapid.Permutation(want).Draw(rt, "order") {
					sources = append(sources, fromFile(name, 0, time.Time{}))
				}
				ordered, changed := byAge(sources)
				if got := list(ordered); got != c.want {
					rt.Fatalf("%s\n got %s\nwant %s", c.reason, got, c.want)
				}
				if inOrder := list(sources) == c.want; inOrder != (len(changed) == 0) {
					rt.Fatalf("of %s it says that %d sets were reordered", list(sources), len(changed))
				}
			})
		})
	}
}

// What is no rotated set of one log stays where it is.
func TestRotationKeepsApart(t *testing.T) {
	for _, names := range []string{"b.log a.log", "b.log.1 a.log.2", "x/a.log y/a.log.1", "web-2.log web-1.log", "10.0.0.2 10.0.0.10.log", "v2026.log a.log"} {
		var sources []Source
		for _, name := range strings.Fields(names) {
			sources = append(sources, fromFile(name, 0, time.Time{}))
		}
		if ordered, _ := byAge(sources); list(ordered) != names {
			t.Errorf("%s became %s", names, list(ordered))
		}
	}
	stream := FromReader("a.log", nil)
	if got, _ := byAge([]Source{stream, fromFile("a.log.1", 0, time.Time{})}); list(got) != "a.log a.log.1" {
		t.Errorf("a stream was sorted by its name: %s", list(got))
	}
}

// The order of several logs in one directory, and whatever else is there, is one order.
func TestRotationCompares(t *testing.T) {
	name := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", ".log", ".1", ".10", "-20260101", ".2026-01-02", ".gz", "-", ".", "1767225600", "é"}), 1, 6), func(s []string) string { return strings.Join(s, "") })
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := rotationOf(name.Draw(t, "a")), rotationOf(name.Draw(t, "b")), rotationOf(name.Draw(t, "c"))
		if a.compare(a) != 0 || a.compare(b) != -b.compare(a) || a.compare(b) < 0 && b.compare(c) < 0 && a.compare(c) >= 0 {
			t.Fatalf("no order: %+v %+v %+v", a, b, c)
		}
	})
}

func TestResolveNotes(t *testing.T) {
	long := strings.Repeat(lineA, 20_000)
	cut := gzipped(long + lineB)
	tree(t, "access.log", "access.log.1=b"+lineB, "access.log.2.gz="+gzipped("c"+lineB), "access.log.10.gz="+gzipped("d"), "access.log.11.gz="+gzipped("e"),
		"half/a.log.1="+long+lineB, "half/a.log.1.gz="+cut[:len(cut)/2],
		"whole/a.log.1="+lineA, "whole/a.log.1.gz="+gzipped(lineA),
		"more/a.log.1="+lineA, "more/a.log.1.gz="+gzipped(lineA+lineB),
		"two/a.log="+lineA+lineA, "two/a.log.gz="+gzipped(lineA+lineB), "two/a.log.xz="+xzed(lineB),
		"three/a.log="+lineA, "three/a.log.gz="+gzipped(lineA), "three/a.log.zst="+zstded(lineA))
	if err := os.Link("access.log", "hard.log"); err != nil {
		t.Skip("the file system has no hard links: ", err)
	}
	const age = "the rotated files are read in the order of their age: "
	cases := []struct {
		name, reason, args, want string
		notes                    []string
	}{
		{"in order", "nothing was decided", "access.log.2.gz access.log.1 access.log", "access.log.2.gz access.log.1 access.log", nil},
		{"as a shell sorts them", "said, and shortened", "access.log access.log.1 access.log.10.gz access.log.11.gz access.log.2.gz",
			"access.log.11.gz access.log.10.gz access.log.2.gz access.log.1 access.log",
			[]string{age + "access.log.11.gz, access.log.10.gz, access.log.2.gz, 1 more, access.log"}},
		{"hard link", "the same file by another name", "access.log hard.log", "access.log", []string{"hard.log is left out: it is the same file as access.log"}},
		{"the same name", "nobody wonders", "access.log ./access.log", "access.log", nil},
		{"half compressed", "logrotate was interrupted in gzip", "half", "half/a.log.1?", []string{"half/a.log.1.gz is left out: half/a.log.1 holds the same"}},
		{"wholly compressed", "logrotate was interrupted after gzip", "whole", "whole/a.log.1?", []string{"whole/a.log.1.gz is left out: whole/a.log.1 holds the same"}},
		{"half decompressed", "gunzip was interrupted", "more", "more/a.log.1.gz?", []string{"more/a.log.1 is left out: more/a.log.1.gz holds the same, and more"}},
		{"different", "logs, whatever they are called", "two", "two/a.log? two/a.log.gz? two/a.log.xz?", nil},
		{"thrice", "each copy is left out", "three", "three/a.log?", []string{"three/a.log.gz is left out: three/a.log holds the same", "three/a.log.zst is left out: three/a.log holds the same"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			sources, notes, err := Resolve(t.Context(), strings.Fields(c.args), nil)
			for i := range notes {
				notes[i] = strings.ReplaceAll(notes[i], `\`, "/")
			}
			if list(sources) != c.want || !slices.Equal(notes, c.notes) || err != nil {
				t.Errorf("%s\n got %s, %q, %v\nwant %s, %q", c.reason, list(sources), notes, err, c.want, c.notes)
			}
		})
	}
}

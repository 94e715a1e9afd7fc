package format

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestLayoutEnds reads lines whose values end, or begin, elsewhere than at the next space.
func TestLayoutEnds(t *testing.T) {
	want := accesslog.Record{Time: morning, Path: "/u", Status: accesslog.Some(502)}
	agent := want
	agent.UserAgent = `like "this", yes`
	tests := []struct {
		reason, layout, line string
		want                 accesslog.Record
	}{
		{"two spaces are one", "$status  $path $timestamp", "502 /u 2026-09-05T20:58:05Z", want},
		{"or more", "$status  $path $timestamp", "502     /u 2026-09-05T20:58:05Z", want},
		{"a time with spaces in it", "$timestamp $status $path", "06/Sep/2026:05:58:05 +0900 502 /u", want},
		{"a zone apart from the clock", "$timestamp $status $path", "2026-09-06 05:58:05 +0900 502 /u", want},
		{"a time at the end", "$status $path $timestamp", "502 /u 06/Sep/2026:05:58:05 +0900", want},
		{"and more behind it", "$status $path $timestamp", "502 /u 06/Sep/2026:05:58:05 +0900 17", want},
		{"more behind the last of columns that commas part", "$status,$path,$timestamp", "502,/u,2026-09-05 20:58:05,17", want},
		{"a value in quotes, doubled within", "$status,$path,$user_agent,$timestamp", `502,/u,"like ""this"", yes",2026-09-05 20:58:05`, agent},
		{"the same where all are quoted", `"$status","$path","$user_agent","$timestamp"`, `"502","/u","like ""this"", yes","2026-09-05 20:58:05"`, agent},
		{"a user agent at the end", "$timestamp $status $path $user_agent", `2026-09-05 20:58:05 502 /u like "this", yes`, agent},
	}
	for _, tt := range tests {
		l, err := parseLayout(tt.layout, "")
		if err != nil {
			t.Fatal(err)
		}
		got := parse(t, l.asInferred().parser(&Options{TZ: time.UTC}), tt.line)
		if diff := cmp.Diff(result{Records: []accesslog.Record{tt.want}}, got, sameRecord); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.reason, diff)
		}
	}
}

// TestLayoutWords reads no words where a size or a duration should be: such lines are laid out
// otherwise.
func TestLayoutWords(t *testing.T) {
	for layout, line := range map[string]string{
		`$status $response_bytes "$request"`: `502 157 of 200 "GET /u HTTP/1.1"`,
		`$status | $duration | $path`:        `502 | /u/42 | /u`,
	} {
		if got := parse(t, mustLayout(layout, "").parser(&Options{}), line); len(got.Records) > 0 || got.Err == nil || got.Err.Kind != Malformed {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

func TestEndOfTime(t *testing.T) {
	for _, at := range []string{
		"06/Sep/2026:05:58:05 +0900", "2026-09-06T05:58:05Z", "2026-09-06 05:58:05", "2026-09-06 05:58:05.123 +0900", "2026-09-06 05:58:05 +09:00", "2026-09-06 05:58:05 UTC",
		"2026/09/06 - 05:58:05", "Sun Sep 06 05:58:05 2026", "1788641885.123", "-",
	} {
		for _, behind := range []string{"", " 200 17", " -", " +1", " GET /2026", ` "x"`, " 2026", " 10.0.0.1"} {
			want := len(at)
			if behind == " 2026" && at[0] == 'S' {
				continue
			}
			got := endOfTime([]byte(at + behind))
			if got < 0 {
				got = len(at + behind)
			}
			if got != want {
				t.Errorf("endOfTime(%q) = %d, want %d", at+behind, got, want)
			}
		}
	}
}

// FuzzPlainEnd holds the fast search for the end of a value to the general one, for any column.
func FuzzPlainEnd(f *testing.F) {
	for _, until := range []string{" ", "\t", " | ", `" `, "] ", ` "`, " [", " - ", "/", "µ", ": "} {
		for _, line := range []string{`200` + until + `17`, `  1.5ms` + until, `a` + until + `[1` + until + `9`, `"a` + until + `b"` + until + `-`, until, `1, 2` + until + ` : 3`, ``} {
			for flag := range 8 {
				f.Add(line, until, byte(1)<<flag)
			}
		}
	}
	f.Fuzz(func(t *testing.T, line, until string, flags byte) {
		has := func(bit int) bool { return flags>>bit&1 == 1 }
		c := column{until: until, variable: variable{raw: has(0), list: has(1), wide: has(2)}, quoted: has(3), csv: has(4), digit: has(5), dashed: has(6)}
		if has(7) {
			c.escape = backslashes
		}
		if c.prepare(); !c.plain {
			return
		}
		n := c.plainEnd([]byte(line))
		if n >= 0 && (n != c.end([]byte(line)) || !strings.HasPrefix(line[n:], until)) {
			t.Errorf("%+v: %q ends at %d, want %d", c, line, n, c.end([]byte(line)))
		}
	})
}

// FuzzIndexByte compares the search in short values with the standard library's.
func FuzzIndexByte(f *testing.F) {
	for n := range 40 {
		f.Add(strings.Repeat("a", n)+"b\x00\x01b", byte('b'))
	}
	f.Add(strings.Repeat("\x01\x00", 20), byte(0))
	f.Add(strings.Repeat("\x80\x7f", 20), byte(0xff))
	f.Fuzz(func(t *testing.T, s string, c byte) {
		if got, want := indexByte([]byte(s), c), strings.IndexByte(s, c); got != want {
			t.Errorf("%q in %q is at %d, want %d", c, s, got, want)
		}
	})
}

// FuzzHex compares what jumps from escape to escape with what looks at every byte.
func FuzzHex(f *testing.F) {
	for _, s := range []string{"", "a#22b", "#2", "#", "##22", "#2g#22", "#22#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b := []byte(s)
		var want []byte
		for i := 0; i < len(b); i++ {
			if hi, lo := hexDigit(b, i+1), hexDigit(b, i+2); b[i] == '#' && hi >= 0 && lo >= 0 {
				want = append(want, byte(hi<<4|lo))
				i += 2
			} else {
				want = append(want, b[i])
			}
		}
		if got := appendHex(nil, b, '#'); !bytes.Equal(got, want) {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	})
}

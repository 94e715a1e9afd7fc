package format

import (
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

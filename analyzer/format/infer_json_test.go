package format

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestInferJSON reads JSON whose keys say nothing of their values.
func TestInferJSON(t *testing.T) {
	tests := []struct {
		name, reads string
		logFormat   string
		line        func(t truth) string
	}{
		{"letters", "tcu", `{"a":"$request_method","b":"$request_uri","c":"$status","d":"$timestamp","e":"$duration_s","f":"$remote_addr"}`, func(t truth) string {
			return fmt.Sprintf(`{"a":%q,"b":%q,"c":%d,"d":%q,"e":%.6f,"f":%q,"x":[1,2]}`, t.method, t.path+t.query, t.status, t.at.Format(time.RFC3339), t.took.Seconds(), t.ip)
		}},
		{"nested, and strings alone", "mcbp", `{"x":{"0":"$request","y":{"1":"$status","2":"$body_bytes_sent"}},"when":"$timestamp","who":"$remote_addr"}`, func(t truth) string {
			return fmt.Sprintf(`{"x":{"0":"%s %s HTTP/1.1","y":{"1":"%d","2":"%d"}},"when":"%d","who":"%s:%d"}`, t.method, t.path+t.query, t.status, t.bytes, t.at.UnixMilli(), t.ip, t.port)
		}},
		{"some names that tell", "tu", `{"verb":"$request_method","page":"$request_uri","result":"$status","took_us":"$duration_us","clock":"$timestamp"}`, func(t truth) string {
			return fmt.Sprintf(`{"verb":%q,"page":%q,"result":%d,"took_us":%d,"clock":%q}`, t.method, t.path+t.query, t.status, t.took.Microseconds(), t.at.Format(time.RFC3339))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requests := truths(120, 1)
			var lines []string
			for _, request := range requests {
				lines = append(lines, tt.line(request))
			}
			d := inferredFrom(t, lines)
			if d.LogFormat != tt.logFormat {
				t.Errorf("%s, want %s", d.LogFormat, tt.logFormat)
			}
			p, again := d.NewParser(), byString(t, d.LogFormat, lines)
			for i, line := range lines {
				if diff := cmp.Diff(parse(t, p, line), parse(t, again, line), sameRecord); diff != "" {
					t.Fatalf("%s, read by that string: -inferred +string:\n%s", d.LogFormat, diff)
				}
				if diff := cmp.Diff(result{Records: []accesslog.Record{requests[i].record(tt.reads)}}, parse(t, p, line), sameRecord); diff != "" {
					t.Fatalf("%s\n%s\n-want +got:\n%s", d.Why, line, diff)
				}
			}
		})
	}
}

// TestInferSaid checks what a person is told: what is open, what is missing, and how few is too few.
func TestInferSaid(t *testing.T) {
	lines := func(n int, line func(t truth) string) (out []string) {
		for _, request := range truths(n, 1) {
			out = append(out, line(request))
		}
		return out
	}
	bars := madeUp[0].line
	milliseconds := func(t truth) string {
		return fmt.Sprintf("%s %s %s %d %d", t.at.Format(time.RFC3339), t.method, t.path, t.status, t.took.Milliseconds()+1000)
	}
	tests := []struct {
		reason string
		lines  []string
		want   string // of Why or the error
	}{
		{"nineteen lines are too few", lines(19, bars), "it takes 20 lines to be sure, and 19 have that layout"},
		{"twenty are enough", lines(20, bars), "20 of 20 sampled lines"},
		{"the guess is shown", lines(19, bars), "they look like $timestamp | $remote_addr | $request | $status | $duration, but"},
		{"a good part of the lines is something else", append(lines(60, bars), repeat(5, startup...)...), "% of the lines agree with it"},
		{"a few lines are something else", append(lines(100, bars), startup...), "100 of 105 sampled lines"},
		{"a number that may be anything", lines(60, milliseconds), "column 5, of whole numbers, may be a size, a duration or neither, and is not read"},
		{"a unit that only the values tell", lines(60, madeUp[5].line), "the duration is in s, guessed from its values"},
		{"two statuses that differ", lines(60, func(t truth) string { return fmt.Sprintf("%s %d", milliseconds(t), 500+t.port%3) }), "columns 4 and 6 could both be the status"},
		{"two statuses that do not", lines(60, func(t truth) string { return fmt.Sprintf("%s %d", milliseconds(t), t.status) }), "2 columns have the same statuses, of which the last is read"},
	}
	for _, tt := range tests {
		d, err := Detect(toLines(tt.lines...), Options{TZ: time.UTC})
		said := fmt.Sprint(err)
		if err == nil {
			said = d.Why
		}
		if !strings.Contains(said, tt.want) {
			t.Errorf("%s: %q says nothing of %q", tt.reason, said, tt.want)
		}
	}
}

// TestInferLocal checks that times without a zone are in that of the options, and that this is said.
func TestInferLocal(t *testing.T) {
	tokyo := time.FixedZone("Asia/Tokyo", 9*3600)
	for _, at := range []string{"2026-09-06 05:58:05", "2026-09-06;05:58:05", "Sun Sep  6 05:58:05 2026", "2026/09/06 - 05:58:05"} {
		line := at + ";203.0.113.7;GET;/u/42;502"
		d, err := Detect(toLines(repeat(20, line)...), Options{TZ: tokyo})
		if err != nil {
			t.Fatal(err)
		}
		got := parse(t, d.NewParser(), line)
		if len(got.Records) != 1 || !got.Records[0].Time.Equal(morning) || d.TZ != "Asia/Tokyo" {
			t.Errorf("%s in %s: %+v", line, d.TZ, got)
		}
	}
}

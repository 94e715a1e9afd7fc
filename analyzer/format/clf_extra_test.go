package format

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// TestExtraTime checks which column behind the combined format is taken for the duration.
func TestExtraTime(t *testing.T) {
	tests := []struct {
		reason string
		extras []string
		want   time.Duration // of the last line; 0 is unknown
	}{
		{"nginx's $request_time", []string{` 0.004`, ` 12.250`}, 12250 * time.Millisecond},
		{"in quotes", []string{` "0.004"`}, 4 * time.Millisecond},
		{"under a name", []string{` rt=0.004 uct="0.001" urt="0.003"`}, 4 * time.Millisecond},
		{"behind the forwarded-for header", []string{` "10.0.0.1, 10.0.0.2" 0.004`}, 4 * time.Millisecond},
		{"the whole, not that of the upstream before it", []string{` 0.001 0.004`, ` 0.030 0.031`}, 31 * time.Millisecond},
		{"or behind it", []string{` 0.004 0.001`, ` 0.031 0.030`}, 31 * time.Millisecond},
		{"behind a list of tries", []string{` 0.001, 0.002 0.004`, ` 0.003 : 0.007 0.011`}, 11 * time.Millisecond},
		{"not what some lines lack: it is of an upstream", []string{` 0.004`, ` -`, ` 0.004`}, 0},
		{"Apache's %D or %T", []string{` 4021`, ` 3`}, 0},
		{"other decimals", []string{` 0.0040`, ` 1.5`}, 0},
		{"a ratio of compression, of two decimals", []string{` "1.25"`}, 0},
		{"nothing", []string{``}, 0},
	}
	for _, tt := range tests {
		var sample []string
		for _, extra := range tt.extras {
			sample = append(sample, combined.Example+extra)
		}
		d, err := Detect(toLines(sample...), Options{})
		if err != nil || d.Format != combined || (d.Unit == Seconds) != (tt.want > 0) {
			t.Fatalf("%s: %+v, %v", tt.reason, d, err)
		}
		want := accesslog.Opt[time.Duration]{Value: tt.want, Known: tt.want > 0}
		p := d.NewParser()
		for range 2 {
			if got := parse(t, p, sample[len(sample)-1]); len(got.Records) != 1 || got.Records[0].Duration != want {
				t.Errorf("%s: %q gives %+v, want %v", tt.reason, sample, got, want)
			}
		}
		if got := parse(t, p, combined.Example+` "x" soon 0.00`); len(got.Records) != 1 || got.Records[0].Duration.Known {
			t.Errorf("%s: other columns give %+v, want no duration", tt.reason, got)
		}
	}
}

// TestExtraUpstream checks which column behind the combined format tells whose a failure is.
func TestExtraUpstream(t *testing.T) {
	const asked = ` rt=0.004 uct="0.001" urt="0.003" us="502"`
	tests := []struct {
		reason string
		extras []string
		want   string // of the last line
	}{
		{"nginx's upstream failed", []string{asked}, byOrigin},
		{"the last of several", []string{asked, ` rt=5.004 uct="0.001, 0.002" urt="3.000, 2.000" us="200, 504"`}, byOrigin},
		{"nobody was asked", []string{asked, ` rt=0.000 uct="-" urt="-" us="-"`}, byProxy},
		{"an answer that was right was spoiled", []string{asked, ` rt=0.004 uct="0.001" urt="0.003" us="200"`}, byProxy},
		{"without quotes, alone", []string{` us=502`, ` us=-`}, byProxy},
		{"with quotes around all", []string{` "upstream_status=502"`, ` "upstream_status=-"`}, byProxy},
		{"statuses without a name may be another's", []string{` 502`}, ""},
		{"microseconds under that name", []string{` us=4021`, ` us=300`}, ""},
		{"or never the response's status", []string{` us=120`, ` us=430`}, ""},
		{"nobody was ever asked", []string{` us=-`}, ""},
		{"a line without the column", []string{asked, asked, asked, asked, asked, asked, asked, asked, asked, asked, ``}, ""},
	}
	for _, tt := range tests {
		var sample []string
		for _, extra := range tt.extras {
			sample = append(sample, combined.Example+extra)
		}
		last := sample[len(sample)-1]
		p := parserFor(t, combined, sample...)
		if got := parse(t, p, last); len(got.Records) != 1 || got.Records[0].FailedBy != tt.want {
			t.Errorf("%s: %q gives %+v, want %q", tt.reason, last, got, tt.want)
		}
		if got := parse(t, p, strings.Replace(last, "502", "404", 1)); len(got.Records) != 1 || got.Records[0].FailedBy != "" {
			t.Errorf("%s: what is no failure gives %+v", tt.reason, got)
		}
		b := []byte(last)
		if n := testing.AllocsPerRun(100, func() { _ = p.Parse(b, func(*accesslog.Record) {}) }); n != 0 {
			t.Errorf("%s: %v allocations", tt.reason, n)
		}
	}
}

// TestTorn: a second request on a line is not lost without a word, and the first is saved.
func TestTorn(t *testing.T) {
	agent := len(combined.Example) - len(` "curl/8.5.0"`)
	tests := []struct {
		reason string
		format *Format
		line   string
		at     int // where the second one's time begins; 0 is none
	}{
		{"a newline was lost", combined, combined.Example + combined.Example, len(combined.Example)},
		{"or became a space", combined, combined.Example + " " + combined.Example, len(combined.Example) + 1},
		{"the first was cut within its last column", combined, combined.Example[:agent+5] + combined.Example, agent + 5},
		{"behind other columns", combined, combined.Example + ` 0.004 "-"` + combined.Example, len(combined.Example) + len(` 0.004 "-"`)},
		{"behind a host", vhostCombined, vhostCombined.Example + vhostCombined.Example, len(vhostCombined.Example) + len("www.example.com:443 ")},
		{"the common format", common, common.Example + " " + common.Example, len(common.Example) + 1},
		{"a time in a header is no request", combined, combined.Example + ` "[06/Sep/2026:05:58:05 +0900]"`, 0},
		{"nor are a time and a text", combined, combined.Example + ` [06/Sep/2026:05:58:05 +0900] "GET / HTTP/1.1"`, 0},
		{"nor is it without its time", combined, combined.Example + ` [now] "GET / HTTP/1.1" 200`, 0},
		{"nor is a time that is none", combined, combined.Example + ` [46/Sep/2026:05:58:05 +0900] "GET / HTTP/1.1" 200`, 0},
	}
	for _, tt := range tests {
		var want *LineError
		if tt.at > 0 {
			at := tt.at + strings.IndexByte(tt.line[tt.at:], '[')
			want = &LineError{Kind: Truncated, Offset: at, Msg: anotherRequest}
		}
		got := parse(t, parserFor(t, tt.format, tt.format.Example), tt.line)
		if len(got.Records) != 1 || got.Records[0].Status != accesslog.Some(502) && tt.format != common {
			t.Errorf("%s: %q gives %+v, want the first record", tt.reason, tt.line, got)
		}
		if tt.format == combined {
			f, err := FromString(combined.LogFormat)
			if err != nil {
				t.Fatal(err)
			}
			if got := parse(t, parserFor(t, f, tt.format.Example), tt.line); len(got.Records) != 1 || (got.Err != nil) != (want != nil) {
				t.Errorf("%s: as a format string, %q gives %+v", tt.reason, tt.line, got)
			}
		}
		if diff := cmp.Diff(want, got.Err); diff != "" {
			t.Errorf("%s: %q: -want +got:\n%s", tt.reason, tt.line, diff)
		}
	}
}

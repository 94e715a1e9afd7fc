package format

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// corpusLog returns the lines of a log that a real server wrote, from the folder logs in
// the one that LOGANALYZE_CORPUS names.
func corpusLog(t *testing.T, name string) []string {
	t.Helper()
	folder := os.Getenv("LOGANALYZE_CORPUS")
	if folder == "" {
		t.Skip("LOGANALYZE_CORPUS is not set: real logs are not read")
	}
	data, err := os.ReadFile(filepath.Join(folder, "logs", name))
	if err != nil {
		t.Fatalf("LOGANALYZE_CORPUS is set: %v", err)
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// sampleOf is every nth line, about as many as the analyzer samples.
func sampleOf(lines []string) [][]byte {
	var sample []string
	for i := 0; i < len(lines); i += 1 + len(lines)/500 {
		sample = append(sample, lines[i])
	}
	return toLines(sample...)
}

// corpusCombined reads a log in the combined format, compares each record with what a
// regular expression finds, and counts classes and kinds of errors.
func corpusCombined(t *testing.T, lines []string) (classes map[int]int, kinds map[Kind]int) {
	d, err := Detect(sampleOf(lines), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Format != combined || d.Confidence != 1 {
		t.Errorf("%s, confidence %v: %s", d.Format.Name, d.Confidence, d.Why)
	}
	p := d.NewParser()
	classes, kinds = map[int]int{}, map[Kind]int{}
	for i, line := range lines {
		got := parse(t, p, line)
		if got.Err != nil {
			kinds[got.Err.Kind]++
		}
		if len(got.Records) != 1 {
			t.Errorf("line %d gives %d records: %s", i+1, len(got.Records), line)
			continue
		}
		r := got.Records[0]
		classes[r.Status.Value/100]++
		want := byExpression(t, line)
		if !bytes.Equal(want.AppendJSON(nil), r.AppendJSON(nil)) { // much faster than cmp
			t.Errorf("line %d: -expression +parser:\n%s", i+1, cmp.Diff(want, r, sameRecord))
		}
	}
	return classes, kinds
}

var combinedExpression = regexp.MustCompile(`^(\S+) \S+ .*? \[([^]]+)\] "([A-Z]+) ([^"?#]*)[^"]*? HTTP/([0-9.]+)" ([0-9]{3}) ([0-9]+|-) "([^"?#]*)[^"]*" "((?:[^"\\]|\\.)*)`)

func byExpression(t *testing.T, line string) accesslog.Record {
	m := combinedExpression.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("the expression does not match %s", line)
	}
	when, err := time.Parse("02/Jan/2006:15:04:05 -0700", m[2])
	if err != nil {
		t.Fatal(err)
	}
	code, _ := strconv.Atoi(m[6])
	r := accesslog.Record{Time: when, ClientIP: m[1], Method: m[3], Path: m[4], Proto: m[5], Status: accesslog.Some(code)}
	if n, err := strconv.ParseInt(m[7], 10, 64); err == nil {
		r.ResponseBytes = some(n)
	}
	if m[8] != "-" {
		r.Referer = unescaped(t, m[8])
	}
	if agent := m[9]; agent != "-" && strings.Contains(line, `"`+agent+`"`) {
		r.UserAgent = unescaped(t, agent)
	}
	return r
}

// unescaped decodes the escapes of a server, which Go's syntax has, too.
func unescaped(t *testing.T, s string) string {
	u, err := strconv.Unquote(`"` + s + `"`)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return u
}

func TestCorpusApache(t *testing.T) {
	lines := corpusLog(t, "apache_combined.log")
	classes, kinds := corpusCombined(t, lines)
	if diff := cmp.Diff(map[int]int{2: 9171, 3: 609, 4: 217, 5: 3}, classes); diff != "" || len(lines) != 10000 {
		t.Errorf("%d records, classes: -want +got:\n%s", len(lines), diff)
	}
	// One line ends within its user agent.
	if diff := cmp.Diff(map[Kind]int{Truncated: 1}, kinds); diff != "" {
		t.Errorf("errors: -want +got:\n%s", diff)
	}
}

func TestCorpusShop(t *testing.T) {
	lines := corpusLog(t, "shop_combined_extra.log")
	classes, kinds := corpusCombined(t, lines)
	if diff := cmp.Diff(map[int]int{2: 938, 3: 38, 4: 24}, classes); diff != "" || len(lines) != 1000 || len(kinds) != 0 {
		t.Errorf("%d records, errors %v, classes: -want +got:\n%s", len(lines), kinds, diff)
	}
	p := parserFor(t, combined, lines[0])
	first, last := parse(t, p, lines[0]).Records[0], parse(t, p, lines[999]).Records[0]
	if want := time.Date(2019, 1, 22, 0, 26, 14, 0, time.UTC); !first.Time.Equal(want) {
		t.Errorf("the first line is of %v, want %v", first.Time, want)
	}
	if want := time.Date(2019, 1, 22, 0, 29, 11, 0, time.UTC); !last.Time.Equal(want) {
		t.Errorf("the last line is of %v, want %v", last.Time, want)
	}
	if want := "/filter/27|13%20%D9%85%DA%AF%D8%A7"; !strings.HasPrefix(first.Path, want) || !utf8.ValidString(first.Path) {
		t.Errorf("the first path is %q, want one that begins with %q", first.Path, want)
	}
}

// TestCorpusCaddy compares what is read with what encoding/json finds in the lines that
// Caddy's logger for access has written.
func TestCorpusCaddy(t *testing.T) {
	lines := corpusLog(t, "caddy.json.log")
	d, err := Detect(toLines(lines...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Format != caddy || d.Unit != Seconds || len(d.wrappers) != 1 {
		t.Errorf("%s in %q: %s", d.Format.Name, d.Unit, d.Why)
	}
	p := d.NewParser()
	records, others := 0, 0
	for i, line := range lines {
		var entry caddyEntry
		if err := json.Unmarshal(bytes.TrimPrefix([]byte(line), []byte("caddy  | ")), &entry); err != nil {
			t.Fatal(err)
		}
		got := parse(t, p, line)
		if entry.Logger != "http.log.access" {
			others++
			if got.Err == nil || got.Err.Kind != Other {
				t.Errorf("line %d is no request: %+v", i+1, got)
			}
			continue
		}
		records++
		want := result{Records: []accesslog.Record{entry.record()}}
		if diff := cmp.Diff(want, got, sameRecord, cmp.Comparer(near)); diff != "" {
			t.Errorf("line %d: -want +got:\n%s", i+1, diff)
		}
	}
	if records != 4 || others != 35 {
		t.Errorf("%d requests and %d other lines, want 4 and 35", records, others)
	}
}

type caddyEntry struct {
	Logger  string
	TS      float64
	Request struct {
		ClientIP string `json:"client_ip"`
		Proto    string
		Method   string
		Host     string
		URI      string
		Headers  map[string][]string
	}
	Duration  float64
	Size      int64
	BytesRead int64 `json:"bytes_read"`
	Status    int
}

func (e *caddyEntry) record() accesslog.Record {
	return accesslog.Record{
		Time: time.UnixMicro(int64(e.TS * 1e6)), Method: e.Request.Method, Path: e.Request.URI, Status: accesslog.Some(e.Status),
		Duration: dur(time.Duration(e.Duration*1e9 + 0.5)), ResponseBytes: some(e.Size), RequestBytes: some(e.BytesRead),
		ClientIP: e.Request.ClientIP, Host: e.Request.Host, Proto: strings.TrimPrefix(e.Request.Proto, "HTTP/"), UserAgent: e.Request.Headers["User-Agent"][0],
	}
}

// near takes times for equal that differ by what a float64 loses.
func near(a, b time.Time) bool { return a.Sub(b).Abs() < time.Millisecond }

// corpusFates reads a log, and counts the classes of its records and the kinds of its other
// lines.
func corpusFates(t *testing.T, lines []string, want *Format) (d *Detection, records []accesslog.Record, kinds map[Kind]int) {
	t.Helper()
	d, err := Detect(sampleOf(lines), Options{TZ: time.UTC})
	if err != nil || d.Format != want || d.Confidence != 1 {
		t.Fatalf("%+v, %v; want %s", d, err, want.Name)
	}
	p, kinds := d.NewParser(), map[Kind]int{}
	for _, line := range lines {
		got := parse(t, p, line)
		if records = append(records, got.Records...); got.Err != nil {
			kinds[got.Err.Kind]++
		}
	}
	return d, records, kinds
}

// TestCorpusIIS compares each record with the fields that the log's one header names.
func TestCorpusIIS(t *testing.T) {
	lines := corpusLog(t, "w3c.log")
	d, records, kinds := corpusFates(t, lines, iis)
	if diff := cmp.Diff(map[Kind]int{Other: 44}, kinds); diff != "" || len(lines) != 254 || len(records) != 210 || d.Unit != Milliseconds {
		t.Fatalf("%d records of %d lines, in %s, errors: -want +got:\n%s", len(records), len(lines), d.Unit, diff)
	}
	n := 0
	for _, line := range lines {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		when, err := time.Parse(time.DateTime, f[0]+" "+f[1])
		if err != nil {
			t.Fatal(err)
		}
		number := func(i int) int {
			n, err := strconv.Atoi(f[i])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		text := func(i int) string { return strings.TrimPrefix(f[i], "-") }
		referer, _, _ := strings.Cut(text(10), "?")
		want := accesslog.Record{
			Time: when, Method: f[3], Path: f[4], ClientIP: f[8], UserAgent: strings.ReplaceAll(text(9), "+", " "), Referer: referer,
			Status: accesslog.Some(number(11)), ResponseBytes: some(int64(number(14))), RequestBytes: some(int64(number(15))), Duration: dur(time.Duration(number(16)) * time.Millisecond),
		}
		if diff := cmp.Diff(want, records[n], sameRecord); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", line, diff)
		}
		n++
	}
}

func TestCorpusUWSGI(t *testing.T) {
	lines := corpusLog(t, "uwsgi.log")
	d, records, kinds := corpusFates(t, lines, uwsgi)
	if len(kinds) != 0 || len(lines) != 19 || len(records) != 19 || d.TZ != "UTC" {
		t.Fatalf("%d records of %d lines, in zone %q, errors %v", len(records), len(lines), d.TZ, kinds)
	}
	expression := regexp.MustCompile(`\] (\S+) \(\) .* \[(.*)\] (\S+) (\S+) => generated (\d+) bytes in (\d+) (msec|micro)s \(HTTP/1.1 (\d+)\)`)
	for i, line := range lines {
		m := expression.FindStringSubmatch(line)
		when, err := time.Parse(time.ANSIC, m[2])
		if err != nil {
			t.Fatal(err)
		}
		size, _ := strconv.ParseInt(m[5], 10, 64)
		took, _ := time.ParseDuration(m[6] + map[string]string{"msec": "ms", "micro": "us"}[m[7]])
		code, _ := strconv.Atoi(m[8])
		want := accesslog.Record{Time: when, ClientIP: m[1], Method: m[3], Path: m[4], Proto: "1.1", ResponseBytes: some(size), Duration: dur(took), Status: accesslog.Some(code)}
		if diff := cmp.Diff(want, records[i], sameRecord); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", line, diff)
		}
	}
}

// TestCorpusHAProxy reads a log behind syslog: proxies that start and a handshake that
// failed are no requests.
func TestCorpusHAProxy(t *testing.T) {
	lines := corpusLog(t, "haproxy.log")
	d, records, kinds := corpusFates(t, lines, haproxy)
	if diff := cmp.Diff(map[Kind]int{Other: 4}, kinds); diff != "" || len(lines) != 17 || len(records) != 13 || d.TZ != "UTC" || len(d.wrappers) != 1 {
		t.Fatalf("%d records of %d lines, in zone %q behind %v, errors: -want +got:\n%s", len(records), len(lines), d.TZ, d.Wrappers(), diff)
	}
	expression := regexp.MustCompile(`\]: ([0-9.]+):\d+ \[(.*?)\] \S+ \S+ [\d/]+/(\d+) (\d+) (\d+) .* "(\S+) (/[^? ]*)\S* HTTP/1.1"$`)
	n := 0
	for _, line := range lines {
		m := expression.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		when, err := time.Parse("02/Jan/2006:15:04:05.000", m[2])
		if err != nil {
			t.Fatal(err)
		}
		took, _ := strconv.Atoi(m[3])
		code, _ := strconv.Atoi(m[4])
		size, _ := strconv.ParseInt(m[5], 10, 64)
		want := accesslog.Record{Time: when, ClientIP: m[1], Method: m[6], Path: m[7], Proto: "1.1", Status: accesslog.Some(code), ResponseBytes: some(size), Duration: dur(time.Duration(took) * time.Millisecond)}
		if diff := cmp.Diff(want, records[n], sameRecord); diff != "" {
			t.Errorf("%s\n-want +got:\n%s", line, diff)
		}
		n++
	}
}

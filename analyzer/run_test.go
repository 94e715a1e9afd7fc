package analyzer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"go.uber.org/goleak"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// run runs over sources of which nothing is wrong.
func run(t testing.TB, o Options, sources ...source.Source) *Report {
	t.Helper()
	r, err := Run(t.Context(), sources, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	combinedLine = `203.0.113.7 - - [20/Nov/2026:12:00:00 +0000] "GET /u/42?x=1 HTTP/1.1" 502 157 "-" "curl/8.5.0"` + "\n"
	commonLine   = `203.0.113.8 - ann [20/Nov/2026:12:00:01 +0000] "GET /u/43 HTTP/1.1" 200 157` + "\n"
	jsonLine     = `{"level":"info","ts":1795176002.5,"logger":"http.log.access","request":{"client_ip":"203.0.113.9","method":"POST","host":"x","uri":"/login"},"duration":0.25,"size":0,"status":308}` + "\n"
)

// tree makes files in a new directory, and goes there.
func tree(t testing.TB, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func args(t testing.TB, names ...string) []source.Source {
	t.Helper()
	sources, err := source.FromArgs(names, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func gzipped(content string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, content)
	w.Close()
	return b.String()
}

func TestRunOverSeveralFormats(t *testing.T) {
	tree(t, map[string]string{
		"a/ours.log": ours(response("GET", "/u/1", 200), response("GET", "/u/2", 404)),
		"b.log.gz":   gzipped(strings.Repeat(combinedLine, 3)),
		"c.log":      strings.Repeat(commonLine, 2),
		"d.json":     jsonLine,
	})
	r := run(t, Options{}, args(t, "a", "b.log.gz", "c.log", "d.json")...)
	type row struct {
		Name                string
		Format, Unit, Clock Text
		Lines, Records      uint64
	}
	var got []row
	for _, in := range r.Inputs {
		got = append(got, row{filepath.ToSlash(in.Name), in.Format, in.Unit, in.Clock, in.Lines, in.Records})
		if in.Why == "" || in.Confidence != 1 {
			t.Errorf("%s is read so because of %q, with a confidence of %v", in.Name, in.Why, in.Confidence)
		}
	}
	want := []row{
		{"a/ours.log", "loganalyze", "", "completion", 2, 2}, {"b.log.gz", "combined", "", "completion", 3, 3},
		{"c.log", "common", "", "start", 2, 2}, {"d.json", "caddy", "s", "completion", 1, 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inputs (-want +got):\n%s", diff)
	}
	if r.Schema != Schema || r.Requests != 8 || r.Classes[4].Requests != 3 || r.Clients.Distinct != 3 || *r.Latency.Max != 250 || r.Period.Seconds != 2.5 {
		t.Errorf("schema %q, %d requests, classes %+v, clients %+v, max %v, period %+v", r.Schema, r.Requests, r.Classes, r.Clients, *r.Latency.Max, r.Period)
	}
	for _, list := range []any{r.Incidents, r.MicroBurst, r.Lines.Samples, r.Routes.Failing[0].Errors} {
		if toJSON(t, list) != "[]" {
			t.Errorf("an empty list is %s", toJSON(t, list))
		}
	}
	if at := r.Routes.Failing[0].LastFailure; filepath.ToSlash(at.File) != "b.log.gz" || at.Line != 3 || at.Path != "/u/42" {
		t.Errorf("the last failure is %+v", at)
	}
	linesAddUp(t, r)
}

// A server that is upgraded may write another format in the same file.
func TestFormatChangesMidway(t *testing.T) {
	const other = `{"at":"2026-09-06T05:58:05Z","ts":1788674285,"verb":"GET","uri":"/u/43","status_code":404,"elapsed_ms":3}` + "\n"
	old, keys := strings.Repeat(combinedLine, 20_000), strings.Repeat(other, 20_000)
	for _, tt := range []struct{ reason, log, why string }{
		{"combined, then JSON", old + keys, "other lines are json: "},
		{"JSON, then JSON with other keys", strings.Repeat(jsonLine, 20_000) + keys, "other lines are json: "},
		{"ours, then combined", strings.Repeat(ours(response("GET", "/u/1", 200)), 20_000) + old, "other lines are combined: "},
	} {
		r := run(t, Options{}, text("log", tt.log))
		// Of the block in which the format changes, some lines may be lost.
		if r.Lines.Read != 40_000 || r.Requests < 36_000 || !strings.Contains(r.Inputs[0].Why, tt.why) || len(r.Inputs[0].OtherFormats) != 1 {
			t.Errorf("%s: %d of %d lines are requests: %s", tt.reason, r.Requests, r.Lines.Read, r.Inputs[0].Why)
		}
		linesAddUp(t, r)
	}
	junk := strings.Repeat("to be, or not to be\n", 100_000)
	r := run(t, Options{}, text("log", old+junk+old))
	if why := r.Inputs[0].Why; r.Requests != 40_000 || strings.Contains(why, "other lines") {
		t.Errorf("with prose between: %d requests: %s", r.Requests, why)
	}
}

// So may one that writes durations in another unit under the same key.
func TestUnitChangesMidway(t *testing.T) {
	const line = `{"time":"2026-09-06T05:58:05Z","level":"INFO","msg":"request","method":"GET","path":"/u/43","status":404,"took":%s}` + "\n"
	before, after := strings.Repeat(fmt.Sprintf(line, "1.25"), 40_000), strings.Repeat(fmt.Sprintf(line, "1250000"), 40_000)
	for _, log := range []string{before + after, after + before} {
		r := run(t, Options{}, text("log", log))
		// Of the block in which the unit changes, some durations may be in the wrong one.
		if p50, p90 := r.Latency.P50, r.Latency.P90; r.Requests != 80_000 || p50 == nil || math.Abs(*p50-1.25) > 0.02 || math.Abs(*p90-1.25) > 0.02 {
			t.Errorf("%d requests, %s", r.Requests, toJSON(t, r.Latency))
		}
		if in := r.Inputs[0]; !in.Guessed || !strings.Contains(in.Why, "further on, durations are in ") || len(in.OtherFormats) > 0 {
			t.Errorf("%+v", in)
		}
	}
}

// A log that names no year was written in those before it was last written to.
func TestYearIsInferred(t *testing.T) {
	tree(t, map[string]string{"web.log": `Dec 31 23:59:59 web-1 app[7]: {"method":"GET","path":"/","status":200}` + "\n" +
		`Jan  1 00:00:01 web-1 app[7]: {"method":"GET","path":"/","status":200}` + "\n"})
	written := time.Date(2024, 1, 1, 0, 0, 1, 0, time.UTC)
	if err := os.Chtimes("web.log", written, written); err != nil {
		t.Fatal(err)
	}
	r := run(t, Options{Input: format.Options{TZ: time.UTC}}, args(t, "web.log")...)
	if r.Period.Start == nil || r.Period.Seconds != 2 || !r.Period.End.Equal(written) || r.Inputs[0].TZ != "UTC" {
		t.Errorf("%+v, %+v", r.Period, r.Inputs[0])
	}
}

// How many share the work must not show.
func TestWorkersDoNotShow(t *testing.T) {
	mine, combined := string(traffic.Log(traffic.Options{}, traffic.Ours, 2<<20)), string(traffic.Log(traffic.Options{}, traffic.Combined, 1<<20))
	bad := strings.Repeat(combinedLine+strings.Replace(combinedLine, " 502 ", " 5x2 ", 1)+"hello\n\n", 5000)
	var one string
	for _, workers := range []int{1, 2, 8} {
		o := Options{Workers: workers, Top: -1, Filter: Filter{Methods: []string{"GET", "PUT"}}}
		r := run(t, o, text("ours", mine), text("combined", combined), text("bad", bad))
		got := toJSON(t, r)
		if one == "" {
			one = got
			linesAddUp(t, r)
			routesAddUp(t, r)
			addUp(t, r)
		}
		if diff := cmp.Diff(one, got); diff != "" {
			t.Errorf("%d workers (-one +more):\n%s", workers, diff)
		}
	}
}

// errorsOf are the inputs that err tells of.
func errorsOf(err error) (out []string) {
	switch e := err.(type) {
	case *InputError:
		return []string{e.Name}
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			out = append(out, errorsOf(err)...)
		}
	}
	return out
}

func TestRunErrors(t *testing.T) {
	cut := gzipped(strings.Repeat(combinedLine, 10_000))
	broken := strings.Replace(commonLine, " 200 ", " 2x0 ", 1)
	tree(t, map[string]string{
		"good.log": combinedLine, "empty.log": "", "blank.log": "\n\n\n", "binary.dat": "\x00\x01\x02\x03\x04\n", "prose.txt": "To be, or not to be\nthat is the question\n",
		"cut.gz": cut[:len(cut)/2], "wrong.log": strings.Repeat(commonLine+broken+broken, 10),
		"dir/access.log": combinedLine, "dir/notes.txt": "nothing here\n",
	})
	for _, tt := range []struct {
		name     string
		args     []string
		o        Options
		requests uint64
		inputs   []string // of which something is wrong
		says     []string
		is       []error
	}{
		{name: "nothing given", is: []error{ErrNoRequests}},
		{name: "an empty file", args: []string{"empty.log"}, says: []string{"empty.log is empty"}, is: []error{ErrNoRequests}},
		{name: "an empty file beside another", args: []string{"empty.log", "good.log"}, requests: 1},
		{name: "blank lines alone", args: []string{"blank.log"}, inputs: []string{"blank.log"}, says: []string{"blank.log: cannot tell the log's format"}},
		{name: "binary data", args: []string{"binary.dat", "good.log"}, requests: 1, inputs: []string{"binary.dat"}, says: []string{"binary.dat: ", "binary data"}},
		{name: "no log", args: []string{"prose.txt"}, inputs: []string{"prose.txt"}, says: []string{"prose.txt: ", "none of the 2 lines"}},
		{name: "no log, found in a directory", args: []string{"dir"}, requests: 1},
		{name: "no log, in a directory and named", args: []string{"dir", "dir/notes.txt"}, requests: 1, inputs: []string{filepath.Join("dir", "notes.txt")}},
		{name: "mostly malformed", args: []string{"wrong.log"}, o: Options{Input: format.Options{Formats: only("common")}}, requests: 10, inputs: []string{"wrong.log"},
			says: []string{"wrong.log: read as common, but 20 of the 30 lines", "--log-format"}},
		{name: "of another format than the one named", args: []string{"good.log"}, o: Options{Input: format.Options{Formats: only("json")}}, inputs: []string{"good.log"}},
		{name: "gzip that is cut off", args: []string{"cut.gz", "good.log"}, requests: 1, inputs: []string{"cut.gz"},
			says: []string{"cut.gz: the gzip data is cut off"}, is: []error{io.ErrUnexpectedEOF}},
	} {
		r, err := Run(t.Context(), args(t, tt.args...), tt.o)
		if r == nil {
			t.Errorf("%s: there is no report", tt.name)
			continue
		}
		linesAddUp(t, r)
		if diff := cmp.Diff(tt.inputs, errorsOf(err)); diff != "" {
			t.Errorf("%s: inputs with errors (-want +got):\n%s\n%v", tt.name, diff, err)
		}
		if (err != nil) != (tt.inputs != nil || tt.is != nil) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if r.Requests < tt.requests || tt.requests == 0 && r.Requests > 0 || len(r.Inputs) == 0 && tt.args != nil {
			t.Errorf("%s: %d requests, want %d", tt.name, r.Requests, tt.requests)
		}
		for _, want := range tt.says {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v does not say %q", tt.name, err, want)
			}
		}
		for _, want := range tt.is {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v is not %v", tt.name, err, want)
			}
		}
		if r.Lines.Records == 0 && err == nil {
			t.Errorf("%s: neither a request nor an error", tt.name)
		}
	}
}

func only(name string) []*format.Format {
	f, ok := format.ByName(name)
	if !ok {
		panic(name)
	}
	return []*format.Format{f}
}

// A file that was found beside logs and is none is listed, with the reason.
func TestRunListsWhatIsNoLog(t *testing.T) {
	tree(t, map[string]string{"dir/a.log": combinedLine, "dir/notes.txt": "nothing here\n"})
	r := run(t, Options{}, args(t, "dir")...)
	in := r.Inputs[1]
	if filepath.Base(in.Name) != "notes.txt" || in.Format != "" || in.Why == "" || in.Lines != 1 || in.Other != 1 || in.LogFormat != "" || in.Unit != "" || in.Clock != "" || in.TZ != "" {
		t.Errorf("the input is %+v", in)
	}
}

// What could be read before an error is in the report; where that is not enough to tell
// the format, the error is the reason.
func TestRunKeepsWhatCameBeforeAnError(t *testing.T) {
	broken := errors.New("the disk broke")
	failing := func(content string) source.Source {
		return source.FromReader("log", io.MultiReader(strings.NewReader(content), iotest.ErrReader(broken)))
	}
	r, err := Run(t.Context(), []source.Source{failing(strings.Repeat(combinedLine, 20_000) + "203.0.113")}, Options{})
	if !errors.Is(err, broken) || r.Requests != 20_000 || r.Lines.Read != 20_001 {
		t.Errorf("%d requests, %d lines, %v", r.Requests, r.Lines.Read, err)
	}
	_, err = Run(t.Context(), []source.Source{failing("203.0.113")}, Options{})
	if !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

// meets is a reader that waits until it has been met by the others of its group.
type meets struct {
	io.Reader
	group *sync.WaitGroup
	once  sync.Once
}

func (m *meets) Read(b []byte) (int, error) {
	m.once.Do(func() {
		m.group.Done()
		m.group.Wait()
	})
	return m.Reader.Read(b)
}

// As many sources are read at once as there are workers; the report has them in their order.
func TestRunReadsSeveralAtOnce(t *testing.T) {
	var group sync.WaitGroup
	group.Add(3)
	var sources []source.Source
	for i := range 3 {
		lines := strings.Repeat(combinedLine, 3-i)
		sources = append(sources, source.FromReader(fmt.Sprint("log ", i), &meets{Reader: strings.NewReader(lines), group: &group}))
	}
	r := run(t, Options{Workers: 3}, sources...)
	for i, in := range r.Inputs {
		if in.Name != fmt.Sprint("log ", i) || in.Lines != uint64(3-i) {
			t.Errorf("input %d is %s with %d lines", i, in.Name, in.Lines)
		}
	}
	if r.Requests != 6 {
		t.Errorf("%d requests, want 6", r.Requests)
	}
}

func TestRunStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	const n = 100_000
	first := source.FromReader("first", &cancels{strings.NewReader(strings.Repeat(combinedLine, n)), 4 << 20, cancel})
	r, err := Run(ctx, []source.Source{first, text("second", combinedLine)}, Options{Workers: 1})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if r.Requests == 0 || r.Requests == n || len(r.Inputs) != 1 || r.Lines.Malformed+r.Lines.Truncated+r.Lines.Other > 0 {
		t.Errorf("%d requests, inputs %+v, lines %+v", r.Requests, r.Inputs, r.Lines)
	}
	linesAddUp(t, r)

	r, err = Run(ctx, []source.Source{text("second", combinedLine)}, Options{})
	if !errors.Is(err, context.Canceled) || r == nil || r.Requests != 0 {
		t.Errorf("stopped before it began: %v", err)
	}
}

// A stream that is given up in the middle is not read on in the background.
func TestRunLeavesNothingBehind(t *testing.T) {
	_, err := Run(context.Background(), []source.Source{text("prose", strings.Repeat("to be, or not to be\n", 1<<20))}, Options{})
	if err == nil {
		t.Error("prose is taken for a log")
	}
	goleak.VerifyNone(t)
}

// A line that is too long costs itself alone, be it the first.
func TestRunSkipsLongLines(t *testing.T) {
	long := func() io.Reader { return &endless{3 << 20, strings.NewReader("\n" + combinedLine)} }
	for _, tt := range []struct {
		name string
		r    io.Reader
		at   uint64
	}{
		{"between others", io.MultiReader(strings.NewReader(combinedLine), long()), 2},
		{"the first", io.MultiReader(long(), strings.NewReader(combinedLine)), 1},
	} {
		r := run(t, Options{}, source.FromReader("log", tt.r))
		if l := r.Lines; r.Requests != 2 || l.Read != 3 || l.Malformed != 1 || l.SkippedBytes < 3<<20-8<<10 || l.SkippedBytes > 3<<20+1 {
			t.Errorf("%s: %d requests, lines %+v", tt.name, r.Requests, l)
		}
		if s := r.Lines.Samples; len(s) != 1 || uint64(s[0].Line) != tt.at || !strings.Contains(s[0].Error, fmt.Sprint(3<<20+1, " bytes")) || len(s[0].Text) > 1000 {
			t.Errorf("%s: samples %+v", tt.name, s)
		}
		if r.Inputs[0].Bytes != 3<<20+1+2*uint64(len(combinedLine)) {
			t.Errorf("%s: %d bytes", tt.name, r.Inputs[0].Bytes)
		}
		linesAddUp(t, r)
	}
	if r, err := Run(t.Context(), []source.Source{source.FromReader("log", &endless{9 << 20, strings.NewReader("")})}, Options{}); err == nil || strings.Contains(err.Error(), "empty") || r.Requests != 0 {
		t.Errorf("one endless line gives %d requests, %v", r.Requests, err)
	}
}

// Two streams of one name stay two.
func TestRunKeepsNamesakesApart(t *testing.T) {
	bad := strings.Repeat(commonLine, 2) + strings.Replace(commonLine, " 200 ", " 2x0 ", 1)
	var one string
	for range 10 {
		r := run(t, Options{Workers: 8}, text("x", bad), text("x", ours(response("GET", "/", 500))), text("x", bad))
		if len(r.Inputs) != 3 || r.Inputs[0].Name == r.Inputs[1].Name || r.Inputs[0].Name == r.Inputs[2].Name || r.Inputs[1].Name == r.Inputs[2].Name {
			t.Fatalf("inputs %+v", r.Inputs)
		}
		if a, b := r.Inputs[0], r.Inputs[1]; a.Name != "x" || a.Lines != 3 || a.Records != 2 || a.Malformed != 1 || b.Lines != 1 || b.Records != 1 || b.Malformed != 0 {
			t.Fatalf("inputs %+v and %+v", a, b)
		}
		if got := toJSON(t, r); one == "" {
			one = got
		} else if one != got {
			t.Fatalf("the same input gives another report:\n%s", cmp.Diff(one, got))
		}
		linesAddUp(t, r)
	}
}

// Blocks are used again, so that nothing of a report may point into one.
func TestRunKeepsNothingOfItsBlocks(t *testing.T) {
	var sources []source.Source
	const n = 300
	for i := range n {
		r := with(response("PUT", fmt.Sprintf("/first-%03d/x", i), 500), failedWith(fmt.Sprintf("error-%03d", i)), ended("odd"), from(fmt.Sprint(i)))
		r.RequestID, r.TraceID = fmt.Sprintf("request-%03d", i), fmt.Sprintf("trace-%03d", i)
		name := fmt.Sprintf("log-%03d", i)
		if i%2 == 0 {
			sources = append(sources, text(name, ours(r)))
			continue
		}
		line := strings.Replace(combinedLine, "/u/42", r.Path, 1)
		sources = append(sources, text(name, line+fmt.Sprintf("junk-%03d\n", i)))
	}
	r := run(t, Options{Top: -1, Workers: 4, NoLearn: true}, sources...)
	if len(r.Routes.Failing) != n || r.Clients.Distinct != n/2+1 {
		t.Fatalf("%d routes, %d clients", len(r.Routes.Failing), r.Clients.Distinct)
	}
	seen := map[string]bool{}
	for _, route := range r.Routes.Failing {
		e := route.FirstFailure
		id := strings.TrimPrefix(e.File, "log-")
		seen[id] = true
		path := fmt.Sprintf("/first-%s/x", id)
		if route.Route != path || string(e.Path) != path || e.Method != route.Method || e.Line != 1 {
			t.Errorf("route %+v, evidence %+v", route, *e)
		}
		if route.Method == "PUT" && (string(e.RequestID) != "request-"+id || string(e.TraceID) != "trace-"+id || len(route.Errors) != 1 || route.Errors[0].Error != "error-"+id) {
			t.Errorf("route %+v, evidence %+v", route, *e)
		}
	}
	if len(seen) != n || len(r.Outcomes) != 1 || r.Outcomes[0] != (Outcome{"odd", n / 2}) {
		t.Errorf("%d files, outcomes %v", len(seen), r.Outcomes)
	}
	for i, want := range []string{"junk-001", "junk-003", "junk-005"} {
		if got := r.Lines.Samples[i]; got.Text != want {
			t.Errorf("sample %d is %+v, want %s", i, got, want)
		}
	}
}

// A real log, of which the counts are known.
func TestRunOverARealLog(t *testing.T) {
	corpus := os.Getenv("LOGANALYZE_CORPUS")
	if corpus == "" {
		t.Skip("LOGANALYZE_CORPUS does not name the folder of real logs")
	}
	r := run(t, Options{Top: -1}, args(t, filepath.Join(corpus, "logs", "apache_combined.log"))...)
	linesAddUp(t, r)
	routesAddUp(t, r)
	addUp(t, r)
	classes := []uint64{0, 9171, 609, 217, 3, 0}
	for i, c := range r.Classes {
		if c.Requests != classes[i] {
			t.Errorf("%s: %d requests, want %d", c.Class, c.Requests, classes[i])
		}
	}
	if r.Requests != 10_000 || r.Lines.Read != 10_000 || r.Lines.Malformed != 0 || r.Inputs[0].Format != "combined" || r.Verdict != Healthy {
		t.Errorf("%d requests, lines %+v, input %+v, %s", r.Requests, r.Lines, r.Inputs[0], r.Verdict)
	}
	if got := names(r.Routes.Failing); !cmp.Equal(got, []string{"GET /misc/{name}", "OPTIONS /projects/xdotool/"}) ||
		r.Routes.Failing[0].Classes.ServerError != 2 || r.Routes.Failing[1].Classes.ServerError != 1 {
		t.Errorf("failing are %q: %+v", got, r.Routes.Failing)
	}
	if r.Latency.P50 != nil || r.Clients.Distinct != 1753 {
		t.Errorf("latency %+v, clients %+v", r.Latency, r.Clients)
	}
}

// Whatever is in a log, reading it ends, and each line has one fate.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "\r\n\r\n", combinedLine, commonLine + commonLine[:40], jsonLine, jsonLine[:60],
		ours(response("GET", "/", 200), with(response("", "", 0), noStatus, sampledAt(.3))) + "\x00\n{}\n[]\nnull",
		`{"msg":"http_request","status":-1,"duration_ms":-5,"dropped":9223372036854775807,"sample_rate":1e-300,"interim":[1,1,-1]}`,
		`web-1  | ` + combinedLine, gzipped(combinedLine)[:30],
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, log []byte) {
		var reports []string
		for _, workers := range []int{1, 2} {
			r, err := Run(t.Context(), []source.Source{source.FromReader("log", bytes.NewReader(log))}, Options{Workers: workers, Top: -1})
			if r == nil {
				t.Fatalf("no report, %v", err)
			}
			linesAddUp(t, r)
			routesAddUp(t, r)
			if !r.Sampled {
				addUp(t, r)
			}
			if err == nil && r.Lines.Records == 0 {
				t.Error("neither a request nor an error")
			}
			reports = append(reports, toJSON(t, r))
		}
		if diff := cmp.Diff(reports[0], reports[1]); diff != "" {
			t.Errorf("two workers (-one +two):\n%s", diff)
		}
	})
}

// What surrounds a line without being of it does not cost the line.
func TestBare(t *testing.T) {
	log := ours(response("GET", "/a", 200))
	for reason, text_ := range map[string]string{
		"a byte-order mark":                 "\ufeff" + log,
		"CRLF":                              strings.ReplaceAll(log, "\n", "\r\n"),
		"NULs of a file that was truncated": strings.Repeat("\x00", 4096) + log,
	} {
		if r := run(t, Options{}, text("log", text_)); r.Requests != 1 || r.Lines.Accepted != 1 {
			t.Errorf("%s: %+v", reason, r.Lines)
		}
	}
}

// TestRunObeysHeaders reads a log whose columns change far from where a block begins, with any
// number of workers, and of which a sample is unlikely to have the header.
func TestRunObeysHeaders(t *testing.T) {
	var b strings.Builder
	b.WriteString("#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2026-11-20 12:00:00\r\n")
	const each = 20_000 // lines, of about a megabyte
	for _, part := range []struct{ header, line string }{
		{"date time cs-method cs-uri-stem sc-status time-taken sc-substatus", "2026-11-20 12:00:00 GET /first/page/of/all 200 1000 404"},
		{"date time sc-substatus cs-uri-stem cs-method sc-status time-taken", "2026-11-20 12:00:00 200 /second/page/of/all POST 500 2000"},
		{"sc-status cs-method cs-uri-stem date time", "404 PUT /third/page/of/all 2026-11-20 12:00:00"},
	} {
		b.WriteString("#Fields: " + part.header + "\r\n" + strings.Repeat(part.line+"\r\n", each))
	}
	for _, workers := range []int{1, 4} {
		r := run(t, Options{Workers: workers}, text("log", b.String()))
		if r.Lines.Malformed+r.Lines.Truncated != 0 || r.Lines.Other != 6 || r.Requests != 3*each {
			t.Errorf("%d workers: %+v, %d requests", workers, r.Lines, r.Requests)
		}
		for i, want := range []uint64{0, each, 0, each, each, 0} {
			if got := r.Classes[i]; got.Requests != want {
				t.Errorf("%d workers: %+v, want %d", workers, got, want)
			}
		}
		if got := r.Latency.Max; got == nil || *got != 2000 {
			t.Errorf("%d workers: latency %+v", workers, r.Latency)
		}
	}
}

// However the lines of a program alternate, the sample has all kinds of them.
func TestSampleDoesNotFollowARhythm(t *testing.T) {
	inFullRuns(t)
	started := `{"time":"2026-11-26T21:00:00Z","level":"INFO","msg":"request started","id":"7"}` + "\n"
	ended := `{"time":"2026-11-26T21:00:00Z","level":"INFO","msg":"request","method":"GET","path":"/u/1","status":200,"duration":1234567}` + "\n"
	for _, tt := range []struct {
		reason, unit string
		requests     int // of a unit
	}{
		{"a start, and an end", started + ended, 1},
		{"an end, and another program's line", ended + "app: done\n", 1},
		{"three lines a request", started + ended + "app: done\n", 1},
		{"four", started + "app: 1\n" + ended + "app: done\n", 1},
		{"a proxy and the server behind it", combinedLine + ended, 2},
	} {
		for _, units := range []int{100, 251, 400, 500, 1250} {
			r, err := Run(t.Context(), []source.Source{text("log", strings.Repeat(tt.unit, units))}, Options{})
			if err != nil || r.Requests != uint64(tt.requests*units) {
				t.Errorf("%s, %d times: %d requests, want %d: %v", tt.reason, units, r.Requests, tt.requests*units, err)
			}
		}
	}
}

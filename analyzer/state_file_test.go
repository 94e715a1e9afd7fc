package analyzer

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Whatever is not a state that was written here is an error, which says what to do.
func TestReadStateErrors(t *testing.T) {
	b, _ := saved(t, Options{}, text("log", strings.Repeat(combinedLine, 10)))
	at := func(i int, v byte) []byte {
		c := bytes.Clone(b)
		c[i] = v
		return c
	}
	for _, tt := range []struct {
		reason string
		b      []byte
		says   string
		is     error
	}{
		{"a log", []byte(combinedLine), "web.state: it is no state that loganalyze --save wrote; if it is a log, run loganalyze on it", ErrNoState},
		{"a short text", []byte("hi"), "web.state: it is no state", ErrNoState},
		{"a newer version", at(len(stateMagic), 5), "web.state: the state is of version 5, and this program knows 1 to 4; use the program that wrote it, or a newer one", nil},
		{"cut in the magic", b[:5], "web.state: the state is cut off: unexpected EOF after 5 of at least 25 bytes; copy it again", io.ErrUnexpectedEOF},
		{"cut behind it", b[:len(stateMagic)], "cut off", io.ErrUnexpectedEOF},
		{"cut in the sum", b[:20], "cut off: unexpected EOF after 20 of", io.ErrUnexpectedEOF},
		{"cut before the payload", b[:stateHeader], "cut off", io.ErrUnexpectedEOF},
		{"cut by a byte", b[:len(b)-1], fmt.Sprintf("EOF after %d of at least %d bytes", len(b)-1, len(b)), io.ErrUnexpectedEOF},
		{"a byte changed", at(len(b)-9, b[len(b)-9]^1), "web.state: the state is damaged: its checksum is another; copy it again", nil},
		{"a sum changed", at(stateHeader-1, b[stateHeader-1]^1), "damaged", nil},
		{"something else behind the state", append(bytes.Clone(b), "\n"...), "", nil},
	} {
		r := bytes.NewReader(tt.b)
		s, err := ReadState(r, "web.state")
		if tt.says == "" {
			if err != nil || r.Len() != 1 || s.Report(Options{}).Requests != 10 {
				t.Errorf("%s: %v, %d bytes are left", tt.reason, err, r.Len())
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.says) || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: %v does not say %q", tt.reason, err, tt.says)
		}
	}
	if _, err := ReadState(strings.NewReader(""), "web.state"); err != io.EOF {
		t.Errorf("the end is %v, want io.EOF", err)
	}
}

var update = flag.Bool("update", false, "write what golden states are reported as, and the state of a new version")

// A state stays readable: that of a version is written once.
// What it is reported as may change with the report.
func TestGoldenStates(t *testing.T) {
	for version := 1; version <= stateVersion; version++ {
		file := filepath.Join("testdata", fmt.Sprintf("state-v%d", version))
		if _, err := os.Stat(file); err != nil && *update && version == stateVersion {
			writeFile(t, file, everything(t))
		}
		got := toJSON(t, load(t, "golden", readFile(t, file)).Report(Options{Top: 5})) + "\n"
		if *update {
			writeFile(t, file+".json", []byte(got))
		}
		if diff := cmp.Diff(string(readFile(t, file+".json")), got); diff != "" {
			t.Errorf("%s is reported otherwise (-want +got):\n%s", file, diff)
		}
	}
}

// everything is a state with all that a version may hold.
func everything(t testing.TB) []byte {
	records := warmRecords() // sampled, with errors and interim answers
	for i := range 4200 {    // more clients and paths than are counted exactly
		records = append(records, with(response("GET", fmt.Sprint("/items/", i), 200), took(time.Duration(i)*time.Microsecond), from(fmt.Sprint("198.51.100.", i))))
	}
	records = append(records, with(response("PUT", "/lost", 500), noStatus, func(r *accesslog.Record) { r.Dropped = 7 }))
	bad := strings.Replace(combinedLine, " 502 ", " 5x2 ", 1) + "listening on :8080\n" + commonLine[:30]
	o := Options{Filter: Filter{Since: noon.Add(-time.Hour), Path: patterns(t, "^/"), Methods: []string{"GET", "PUT"}}}
	o.Filter.Statuses, _ = ParseStatusSet("!100")
	first, _ := saved(t, o, text("access.log", ours(records...)), text("notes", "to be, or not to be\n"))
	second, _ := saved(t, o, text("access.log", strings.Repeat(combinedLine, 3)+bad))
	s := load(t, "web-1", first)
	mustMerge(t, s, load(t, "web-2", second))
	return write(t, s)
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, b, 0o666)); err != nil {
		t.Fatal(err)
	}
}

// Whatever stands in a state, it is an error, or can be reported on, merged and written.
func FuzzState(f *testing.F) {
	for _, o := range []Options{{}, {Filter: Filter{Methods: []string{"GET"}, Since: noon}}} {
		for _, log := range []string{"", combinedLine, ours(warmRecords()[:50]...), strings.Repeat(jsonLine, 3) + "junk\n" + commonLine, ours(course(300, 2, between(100, 200, answers(500, 1)))...)} {
			b, _ := saved(f, o, text("log", log))
			payload, version, err := readPayload(bytes.NewReader(b))
			if err != nil {
				f.Fatal(err)
			}
			s, err := parseState(payload, version)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(s.parts())
		}
	}
	f.Add(load(f, "golden", readFile(f, filepath.Join("testdata", "state-v1"))).parts())
	b, _ := saved(f, Options{}, text("log", combinedLine))
	f.Fuzz(func(t *testing.T, parts []byte) {
		s, err := parseParts(parts, stateVersion)
		if err != nil {
			return
		}
		first := toJSON(t, s.Report(Options{Top: -1}))
		written := s.parts()
		back, err := parseParts(written, stateVersion)
		if err != nil {
			t.Fatalf("what was read cannot be read when it is written: %v", err)
		}
		if a, b := s.Notes(), back.Notes(); !slices.Equal(a, b) {
			t.Fatalf("what was read has the notes %q, and written %q", a, b)
		}
		if diff := cmp.Diff(first, toJSON(t, back.Report(Options{Top: -1}))); diff != "" {
			t.Fatalf("what was read is another when it is written (-read +written):\n%s", diff)
		}
		if !bytes.Equal(written, back.parts()) {
			t.Fatal("it is written in two ways")
		}
		other := load(t, "other", b)
		if s.selection.same(&other.selection) {
			mustMerge(t, other, s)
			toJSON(t, other.Report(Options{}))
			other.Err()
		}
	})
}

// Whatever a file holds, reading it is an error or gives a state.
func FuzzReadState(f *testing.F) {
	b, _ := saved(f, Options{}, text("log", combinedLine+commonLine))
	f.Add(b)
	f.Add(b[:40])
	f.Add([]byte(combinedLine))
	f.Fuzz(func(t *testing.T, file []byte) {
		s, err := ReadState(bytes.NewReader(file), "x")
		if (s == nil) == (err == nil) {
			t.Fatalf("%v, %v", s, err)
		}
		if payload := file[min(stateHeader, len(file)):]; len(payload) > 0 {
			_, _ = parseState(payload, stateVersion) // as if the sum were right
		}
	})
}

// BenchmarkState is what a state costs beside the counting: of a service with 40 routes, and of
// a log in which scanners asked for thousands of paths.
func BenchmarkState(b *testing.B) {
	scanned := string(traffic.Log(traffic.Options{Unique: .5}, traffic.Combined, 4<<20))
	for i := range 8000 {
		scanned += strings.Replace(combinedLine, "/u/42", fmt.Sprintf("/a%x/b%x", i, i*i), 1)
	}
	for _, bench := range []struct{ name, log string }{{"service", string(traffic.Log(traffic.Options{}, traffic.Ours, 16<<20))}, {"scanned", scanned}} {
		file, _ := saved(b, Options{}, text("log", bench.log))
		s, from := load(b, "", file), load(b, "", file)
		b.Run("write/log="+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.WriteTo(io.Discard)
			}
			b.ReportMetric(float64(len(file)), "bytes/state")
		})
		b.Run("read/log="+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				load(b, "", file)
			}
		})
		b.Run("merge/log="+bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.analysis.Merge(from.analysis) // which leaves from as it is, as s has all that it points to
			}
		})
	}
}

package analyzer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// saved is the state of a run, as it is written, and the report that was made beside it.
func saved(t rapid.TB, o Options, sources ...source.Source) ([]byte, *Report) {
	t.Helper()
	var b bytes.Buffer
	o.Save = &b
	r, _ := Run(context.Background(), sources, o)
	return b.Bytes(), r
}

func load(t rapid.TB, name string, b []byte) *State {
	t.Helper()
	s, err := ReadState(bytes.NewReader(b), name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t rapid.TB, s *State) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := s.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("%d of %d bytes were written: %v", n, b.Len(), err)
	}
	return b.Bytes()
}

// again is a state that went to a file and back.
func again(t rapid.TB, name string, s *State) *State {
	t.Helper()
	return load(t, name, write(t, s))
}

func mustMerge(t rapid.TB, into, from *State) {
	t.Helper()
	if err := into.Merge(from); err != nil {
		t.Fatal(err)
	}
}

// someLogs are a few files: of records in our format, in others, with lines that cannot be
// read, and one that is no log.
func someLogs(t *rapid.T) (out []string) {
	for range rapid.IntRange(1, 6).Draw(t, "files") {
		var log string
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			log = "to be, or not to be\nthat is the question\n"
		case 1:
			log = combinedLine + commonLine + strings.Replace(commonLine, " 200 ", " 2x0 ", 1) + combinedLine
		default:
			all, _ := logs(t)
			for _, p := range all {
				log += ours(p.r) + rapid.SampledFrom([]string{"", "", "", "\n", "listening\n", `{"msg":"http_request","status":` + "\n"}).Draw(t, "between")
			}
		}
		out = append(out, log)
	}
	return out
}

// Whichever logs are counted together, saved, loaded, and merged in whatever order, by way of
// files or not: the report is that on all logs at once.
func TestStateLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := someLogs(t)
		var all []int
		for i := range texts {
			all = append(all, i)
		}
		called := func(some []int) (out []source.Source) {
			for _, i := range some {
				out = append(out, text(fmt.Sprintf("log-%d", i), texts[i]))
			}
			return out
		}
		o := Options{Top: rapid.SampledFrom([]int{-1, 1, 3}).Draw(t, "top"), Sort: rapid.SampledFrom(Sorts()).Draw(t, "sort"), Workers: 2}
		if rapid.Bool().Draw(t, "filtered") {
			o.Filter.Statuses, _ = ParseStatusSet("5xx,404")
			o.Filter.Methods = []string{"GET", "POST"}
		}
		whole, wantErr := Run(context.Background(), called(all), o)
		byName(whole)

		var parts []*State
		for _, hand := range deal(t, all, rapid.IntRange(1, 4).Draw(t, "parts")) {
			b, _ := saved(t, o, called(hand)...)
			parts = append(parts, load(t, fmt.Sprintf("state-%d", len(parts)), b))
		}
		merged := mergeAnyhow(t, parts, func(into, from *State) {
			if rapid.Bool().Draw(t, "by a file") {
				from = again(t, "between", from)
			}
			mustMerge(t, into, from)
		})
		for range 2 { // the second is made of what was written after a report
			got := merged.Report(o)
			byName(got)
			if diff := cmp.Diff(toJSON(t, whole), toJSON(t, got)); diff != "" {
				t.Fatalf("merged states are not the whole (-whole +merged):\n%s", diff)
			}
			linesAddUp(t, got)
			if err := merged.Err(); (err == nil) != (wantErr == nil) || len(errorsOf(err)) != len(errorsOf(wantErr)) {
				t.Fatalf("the errors are %v, and those of the whole %v", err, wantErr)
			}
			merged = again(t, "all", merged)
		}
	})
}

// byName puts inputs in an order that the order of merging does not change.
func byName(r *Report) {
	slices.SortFunc(r.Inputs, func(a, b Input) int { return strings.Compare(a.Name, b.Name) })
}

// Merged in the order of the logs, nothing is left to be put in order: also not what is counted
// with sketches, and what the bounds of the timeline made wider.
func TestStatesOfLargeLogs(t *testing.T) {
	inFullRuns(t)
	mine, combined := string(traffic.Log(traffic.Options{}, traffic.Ours, 4<<20)), string(traffic.Log(traffic.Options{Unique: .5}, traffic.Combined, 4<<20))
	var slow strings.Builder
	for i := range maxBins + maxBins/2 {
		slow.WriteString(ours(with(response("GET", fmt.Sprint("/", i%90), 200+100*(i%4)), completed(noon.Add(time.Duration(i)*time.Minute)), took(time.Duration(i*i)), from(fmt.Sprint(i)))))
	}
	o := Options{Top: -1}
	want := run(t, o, text("a", mine), text("b", combined), text("c", slow.String()))
	var all []byte
	for _, s := range []struct{ name, log string }{{"a", mine}, {"b", combined}, {"c", slow.String()}} {
		b, r := saved(t, o, text(s.name, s.log))
		if toJSON(t, r) != toJSON(t, load(t, "", b).Report(o)) {
			t.Errorf("%s: the state gives another report", s.name)
		}
		if most := len(s.log) / 64; len(b) > most {
			t.Errorf("%s: the state of %d bytes takes %d, more than %d", s.name, len(s.log), len(b), most)
		}
		all = append(all, b...)
	}
	if want.Clients.Distinct <= 4096 || want.Timeline.IntervalSeconds < 60 {
		t.Fatalf("%d clients and bins of %d s do not need what is to be tested", want.Clients.Distinct, want.Timeline.IntervalSeconds)
	}
	// One behind the other, as they come through a pipe.
	var merged *State
	for r := bytes.NewReader(all); ; {
		s, err := ReadState(r, "stdin")
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if merged == nil {
			merged = s
			continue
		}
		mustMerge(t, merged, s)
	}
	if diff := cmp.Diff(toJSON(t, want), toJSON(t, merged.Report(o))); diff != "" {
		t.Errorf("merged states are not the whole (-whole +merged):\n%s", diff)
	}
}

// The same counts are the same bytes, whoever counted them.
func TestStateIsDeterministic(t *testing.T) {
	mine, combined := string(traffic.Log(traffic.Options{}, traffic.Ours, 2<<20)), string(traffic.Log(traffic.Options{Unique: .5}, traffic.Combined, 2<<20))
	var one []byte
	for _, workers := range []int{1, 2, 3, 8} {
		b, _ := saved(t, Options{Workers: workers}, text("a", mine), text("b", combined+"junk\n"))
		if one == nil {
			one = b
		}
		if !bytes.Equal(b, one) {
			t.Errorf("%d workers make another state than one", workers)
		}
		if b = write(t, load(t, "", b)); !bytes.Equal(b, one) {
			t.Error("a state that is read and written is another")
		}
	}
}

// A state goes on where the analysis that it is of stood, also where bounds on memory were met:
// what was given up stays so.
func TestStateOfWhatIsFull(t *testing.T) {
	inFullRuns(t)
	a := NewAnalysis()
	for i := range maxRoutes + 100 {
		r := with(response("GET", "/", 500+i%maxStatuses), routed(fmt.Sprint("/", i)), failedWith(fmt.Sprint("error ", i)), ended(accesslog.Outcome(fmt.Sprint("end ", i))))
		a.Add(&r, Position{File: "log", Line: uint64(i)})
		r = with(r, routed("/one"))
		a.Add(&r, Position{File: "log", Line: uint64(i)})
	}
	back := again(t, "", &State{analysis: a}).analysis
	if diff := cmp.Diff(toJSON(t, a.Report(nil, Options{Top: 20})), toJSON(t, back.Report(nil, Options{Top: 20}))); diff != "" {
		t.Errorf("the state gives another report (-saved +loaded):\n%s", diff)
	}
	routes, loaded := &a.strata[0].routes, &back.strata[0].routes
	if !a.learning.full || !back.learning.full || len(loaded.byKey) != maxRoutes {
		t.Errorf("there is no room: %v, and: %v; there are %d", a.learning.full, back.learning.full, len(loaded.byKey))
	}
	for key, s := range routes.byKey {
		if s.errors.full != loaded.byKey[key].errors.full || s.errors.missing() != loaded.byKey[key].errors.missing() {
			t.Fatalf("%q: a label that is not there may have had %d, and here %d", key, s.errors.missing(), loaded.byKey[key].errors.missing())
		}
	}
	if !a.strata[0].outcomes.ends.full || !back.strata[0].outcomes.ends.full {
		t.Error("the outcomes are not full")
	}
}

func TestStateOfFollow(t *testing.T) {
	var b bytes.Buffer
	r, err := Follow(t.Context(), []source.Source{text("log", combinedLine+jsonLine)}, Options{Save: &b}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(toJSON(t, r), toJSON(t, load(t, "", b.Bytes()).Report(Options{}))); diff != "" {
		t.Errorf("the state gives another report (-saved +loaded):\n%s", diff)
	}
}

// Two hosts call their logs alike: each log is one input, and the report says of which.
func TestStatesKeepNamesakesApart(t *testing.T) {
	states := map[string]string{
		"web-1.state": strings.Repeat(commonLine, 2) + strings.Replace(commonLine, " 200 ", " 2x0 ", 1) + combinedLine,
		"web-2.state": combinedLine,
		"web-3.state": jsonLine + jsonLine,
	}
	of := func(name string) *State {
		b, _ := saved(t, Options{}, text("access.log", states[name]), text("of "+name, jsonLine))
		return load(t, name, b)
	}
	want := []string{"access.log (web-1.state) 4", "access.log (web-2.state) 1", "access.log (web-3.state) 2",
		"of web-1.state 1", "of web-2.state 1", "of web-3.state 1"}
	orders := map[string]func() *State{
		"one by one": func() *State {
			s := of("web-1.state")
			mustMerge(t, s, of("web-2.state"))
			mustMerge(t, s, of("web-3.state"))
			return s
		},
		"the last first": func() *State {
			s := of("web-3.state")
			mustMerge(t, s, of("web-2.state"))
			mustMerge(t, s, of("web-1.state"))
			return s
		},
		"by way of a file": func() *State {
			s := of("web-2.state")
			mustMerge(t, s, of("web-3.state"))
			s = again(t, "both.state", s)
			first := of("web-1.state")
			mustMerge(t, first, s)
			return first
		},
	}
	for reason, order := range orders {
		r := order().Report(Options{})
		var got []string
		for _, in := range r.Inputs {
			got = append(got, fmt.Sprint(in.Name, " ", in.Lines))
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: the inputs are %q, want %q", reason, got, want)
		}
		linesAddUp(t, r)
		at := r.Routes.Failing[0]
		if first := at.FirstFailure.File; first != "access.log (web-1.state)" {
			t.Errorf("%s: the first failure is in %s", reason, first)
		}
		if last := at.LastFailure.File; last != "access.log (web-2.state)" {
			t.Errorf("%s: the last failure is in %s", reason, last)
		}
		if s := r.Lines.Samples; len(s) != 1 || s[0].File != "access.log (web-1.state)" {
			t.Errorf("%s: samples %+v", reason, s)
		}
	}
	// The same once more, and without any name: still apart.
	s := of("web-2.state")
	for _, name := range []string{"web-2.state", "", ""} {
		b, _ := saved(t, Options{}, text("access.log", combinedLine))
		mustMerge(t, s, load(t, name, b))
	}
	r := s.Report(Options{})
	var got []string
	for _, in := range r.Inputs {
		got = append(got, in.Name)
	}
	if want := []string{"access.log (web-2.state)", "of web-2.state", "access.log (web-2.state) (2)", "access.log", "access.log (2)"}; !slices.Equal(got, want) {
		t.Errorf("the inputs are %q, want %q", got, want)
	}
	linesAddUp(t, r)
}

// What was wrong where the logs were read is told where the states are.
func TestStateTellsOfErrors(t *testing.T) {
	whole := gzipped(strings.Repeat(combinedLine, 1000))
	b, _ := saved(t, Options{}, text("access.log", whole[:len(whole)-20]))
	s := load(t, "web-1.state", b)
	want := "web-1.state: read access.log: the gzip data is cut off"
	if err := s.Err(); err == nil || !strings.HasPrefix(err.Error(), want) || !slices.Equal(errorsOf(err), []string{"access.log"}) {
		t.Errorf("the error is %v, want %s", err, want)
	}
	b, _ = saved(t, Options{}, text("access.log", combinedLine))
	sound := load(t, "web-2.state", b)
	if err := sound.Err(); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	mustMerge(t, sound, again(t, "all.state", s))
	if err := sound.Err(); err == nil || !strings.HasPrefix(err.Error(), "all.state: "+want) {
		t.Errorf("after a merge the error is %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var file bytes.Buffer
	if _, err := Run(ctx, []source.Source{text("log", combinedLine)}, Options{Save: &file}); !errors.Is(err, context.Canceled) || errors.Is(err, errStopped) {
		t.Errorf("the run says %v", err)
	}
	if err := load(t, "", file.Bytes()).Err(); !errors.Is(err, errStopped) {
		t.Errorf("the state of what was interrupted says %v", err)
	}

	if err := load(t, "c.state", file.Bytes()).Err(); !errors.Is(err, errStopped) || !strings.HasPrefix(err.Error(), "c.state: the reading was interrupted") {
		t.Errorf("the state of what was interrupted says %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	var midway bytes.Buffer
	log := &cancels{strings.NewReader(strings.Repeat(combinedLine, 10_000)), blockSize, cancel}
	cut, _ := Run(ctx, []source.Source{source.FromReader("log", log)}, Options{Save: &midway})
	if err := load(t, "d.state", midway.Bytes()).Err(); cut.Requests == 0 || err == nil || err.Error() != "d.state: "+errStopped.Error() {
		t.Errorf("the state of what was interrupted after %d requests says %v", cut.Requests, err)
	}
	mustMerge(t, sound, load(t, "", file.Bytes()))
	if err := sound.Err(); !errors.Is(err, errStopped) {
		t.Errorf("merged with what was interrupted a state says %v", err)
	}

	b, _ = saved(t, Options{}, text("empty.log", ""))
	empty := load(t, "a.state", b)
	if err := empty.Err(); !errors.Is(err, ErrNoRequests) || !strings.Contains(err.Error(), "empty.log is empty") {
		t.Errorf("the state of an empty log says %v", err)
	}
	b, _ = saved(t, Options{}, text("access.log", combinedLine))
	mustMerge(t, empty, load(t, "b.state", b))
	if err := empty.Err(); err != nil {
		t.Errorf("an empty log beside another is nothing wrong: %v", err)
	}
	gone := errors.Join(errors.New("gone.log is not there"), errors.New("nor is lost.log"))
	r, err := Run(t.Context(), []source.Source{text("access.log", combinedLine)}, Options{Lacking: gone})
	if err == nil || err.Error() != gone.Error() || r.Requests != 1 {
		t.Errorf("of %d requests the run says %v", r.Requests, err)
	}
	b, _ = saved(t, Options{Lacking: gone}, text("access.log", combinedLine))
	part := load(t, "part.state", b)
	part.Lack(errors.New("e.state is cut off"))
	part.Lack(nil)
	want = "all.state: part.state: gone.log is not there\nall.state: part.state: nor is lost.log\nall.state: e.state is cut off"
	if err := again(t, "all.state", part).Err(); err == nil || err.Error() != want {
		t.Errorf("the state of what lacks something says %v", err)
	}
	if _, err = Run(t.Context(), []source.Source{text("empty.log", "")}, Options{Lacking: gone}); !errors.Is(err, ErrNoRequests) || !errors.Is(err, gone.(interface{ Unwrap() []error }).Unwrap()[1]) {
		t.Errorf("of an empty log beside one that is not there the run says %v", err)
	}
	_, err = Run(t.Context(), []source.Source{text("log", combinedLine)}, Options{Save: broken{}})
	if err == nil || err.Error() != "save the state: the disk broke" {
		t.Errorf("a state that cannot be written is %v", err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the disk broke") }

func TestStatesOfOtherFilters(t *testing.T) {
	statuses := func(s string) StatusSet {
		set, err := ParseStatusSet(s)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	nine, ten, eleven := noon.Add(-3*time.Hour), noon.Add(-2*time.Hour), noon.Add(-time.Hour)
	for _, tt := range []struct {
		reason string
		a, b   Filter
		says   string // "" where they can be merged
	}{
		{"none", Filter{}, Filter{}, ""},
		{"the same statuses, otherwise written", Filter{Statuses: statuses("5xx,404")}, Filter{Statuses: statuses("404,5xx")}, ""},
		{"the same methods in another order", Filter{Methods: []string{"GET", "POST"}}, Filter{Methods: []string{"POST", "GET", "GET"}}, ""},
		{"other hours", Filter{Since: nine, Until: ten}, Filter{Since: ten, Until: eleven}, ""},
		{"one with statuses", Filter{}, Filter{Statuses: statuses("5xx")}, `it was made with --status "5xx", and a with no filter; make both`},
		{"other statuses", Filter{Statuses: statuses("4xx")}, Filter{Statuses: statuses("5xx")}, `--status "4xx"`},
		{"other methods", Filter{Methods: []string{"GET"}}, Filter{Methods: []string{"POST", "GET"}}, `--method "GET,POST"`},
		{"another route", Filter{Route: patterns(t, "^/a")}, Filter{Route: patterns(t, "^/b")}, `--route "^/b"`},
		{"another path", Filter{Path: patterns(t, "^/a")}, Filter{}, `--path "^/a"`},
	} {
		of := func(name string, f Filter) *State {
			b, _ := saved(t, Options{Filter: f}, text("log", combinedLine+commonLine))
			return load(t, name, b)
		}
		a, b := of("a", tt.a), of("b", tt.b)
		before := toJSON(t, a.Report(Options{}))
		err := a.Merge(b)
		if (err != nil) != (tt.says != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v does not say %q", tt.reason, err, tt.says)
		}
		if err != nil && before != toJSON(t, a.Report(Options{})) {
			t.Errorf("%s: what was not merged changed the state", tt.reason)
		}
		if since, until := a.Window(); tt.reason == "other hours" && (!since.Equal(nine) || !until.Equal(eleven)) {
			t.Errorf("of %v and %v the time is %v to %v", tt.a, tt.b, since, until)
		}
	}
	b, _ := saved(t, Options{Filter: Filter{Since: nine, Until: ten}}, text("log", combinedLine))
	c, _ := saved(t, Options{}, text("log", combinedLine))
	for _, order := range [][2][]byte{{b, c}, {c, b}} {
		s := load(t, "", order[0])
		mustMerge(t, s, load(t, "", order[1]))
		if since, until := s.Window(); !since.IsZero() || !until.IsZero() {
			t.Errorf("with a state of all time the time is %v to %v", since, until)
		}
	}
}

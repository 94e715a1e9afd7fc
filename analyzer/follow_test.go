package analyzer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// watched is a Follow that reports when it is asked.
type watched struct {
	t       *testing.T
	tick    chan time.Time
	reports chan *Report
	cancel  context.CancelFunc
	ended   chan error
	last    *Report
}

func watch(t *testing.T, o Options, sources ...source.Source) *watched {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	w := &watched{t, make(chan time.Time), make(chan *Report, 1), cancel, make(chan error, 1), nil}
	go func() {
		var err error
		w.last, err = Follow(ctx, sources, o, w.tick, func(r *Report) error {
			w.reports <- r
			return nil
		})
		w.ended <- err
	}()
	return w
}

// await asks until so many lines were read, and returns the report.
func (w *watched) await(lines uint64) *Report {
	w.t.Helper()
	for {
		select {
		case w.tick <- time.Time{}:
		case r := <-w.reports:
			if linesAddUp(w.t, r); r.Lines.Read >= lines {
				return r
			}
		case err := <-w.ended:
			w.t.Fatalf("it ended: %v", err)
		}
	}
}

func (w *watched) stop() (*Report, error) {
	w.cancel()
	err := <-w.ended
	linesAddUp(w.t, w.last)
	return w.last, err
}

// What is reported in the end of a followed log, an interim report or not, is what Run reports
// of the same lines.
func TestFollowIsRun(t *testing.T) {
	tree(t, nil)
	content := string(traffic.Log(traffic.Options{}, traffic.Ours, 1<<20))
	lines := uint64(strings.Count(content, "\n"))
	w := watch(t, Options{Top: -1}, source.Follow("a.log"))
	f, err := os.OpenFile("a.log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	half := strings.Index(content[len(content)/2:], "\n") + len(content)/2 + 10 // within a line
	io.WriteString(f, content[:half])
	if r := w.await(lines / 3); r.Requests == 0 || r.Inputs[0].Format != "loganalyze" {
		t.Errorf("the interim report is of %d requests, %+v", r.Requests, r.Inputs)
	}
	io.WriteString(f, content[half:])
	w.await(lines)
	got, err := w.stop()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	want := run(t, Options{Top: -1}, text("a.log", content))
	got.Inputs, want.Inputs = nil, nil // the samples differ
	if diff := cmp.Diff(toJSON(t, want), toJSON(t, got)); diff != "" {
		t.Errorf("(-Run +Follow):\n%s", diff)
	}
}

// A format is learned from enough lines, even where they come one by one behind others.
func TestFollowLearnsFromEnough(t *testing.T) {
	r, out := io.Pipe()
	w := watch(t, Options{}, source.FromReader("app", r), text("other", strings.Repeat(combinedLine, 3)))
	for i := range 4 * maxHeldLive {
		fmt.Fprintf(out, "starting part %d\n", i)
	}
	w.await(3) // of the other, which has ended
	for range 30 {
		io.WriteString(out, jsonLine)
	}
	got := w.await(4*maxHeldLive + 30 + 3)
	out.Close()
	if err := <-w.ended; err != nil {
		t.Errorf("two streams that ended are no error: %v", err)
	}
	if in := got.Inputs[0]; in.Records != 30 || in.Other != 4*maxHeldLive || in.Unit != "s" || in.Why == "" {
		t.Errorf("the input is %+v", in)
	}
}

func TestFollowErrors(t *testing.T) {
	boom := errors.New("boom")
	var bad bytes.Buffer
	broken := strings.Replace(combinedLine, " 502 ", " 5x2 ", 1)
	failing := source.FromReader("failing", io.MultiReader(strings.NewReader(combinedLine+broken), iotest.ErrReader(boom)))
	r, err := Follow(t.Context(), []source.Source{failing, text("prose", "To be, or not to be\n"), text("log", combinedLine)}, Options{BadLines: &bad}, nil, nil)
	if r.Requests != 2 || !errors.Is(err, boom) || !strings.Contains(err.Error(), "prose: cannot tell the log's format") || bad.String() != broken {
		t.Errorf("%d requests, %v, bad lines %q", r.Requests, err, bad.String())
	}
	if diff := cmp.Diff([]string{"failing", "prose"}, errorsOf(err)); diff != "" {
		t.Error(diff)
	}
	linesAddUp(t, r)

	// A report that cannot be shown ends it.
	in, out := io.Pipe()
	go func() {
		for {
			if _, err := io.WriteString(out, combinedLine); err != nil {
				return
			}
		}
	}()
	ticks := time.NewTicker(time.Millisecond)
	defer ticks.Stop()
	_, err = Follow(t.Context(), []source.Source{source.FromReader("in", in)}, Options{}, ticks.C, func(*Report) error { return boom })
	if !errors.Is(err, boom) || errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, and nobody interrupted", err)
	}
	in.Close()
}

package middleware_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// serve sends n requests one after another through l.
func serve(t interface{ Errorf(string, ...any) }, l *middleware.Logger, n int) {
	h := l.Handler(http.HandlerFunc(ok))
	for range n {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != 200 {
			t.Errorf("the response is %d", w.Code)
		}
	}
}

// counts is what l counted, without how long it took.
func counts(l *middleware.Logger) middleware.Stats {
	s := l.Stats()
	s.WriteTime, s.MaxWriteTime = 0, 0
	return s
}

// unlocked keeps each Write by itself, and lets the race detector see two at once.
type unlocked struct{ writes []string }

func (u *unlocked) Write(b []byte) (int, error) {
	u.writes = append(u.writes, string(b))
	return len(b), nil
}

// TestOneWriteALine: each record is one Write of one line, and one Write goes on at
// a time.
func TestOneWriteALine(t *testing.T) {
	const workers, each = 8, 50
	var u unlocked
	l := middleware.New(&u)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { serve(t, l, each) })
	}
	wg.Wait()
	ids := map[string]bool{}
	for _, s := range u.writes {
		if strings.Count(s, "\n") != 1 || !strings.HasSuffix(s, "\n") {
			t.Errorf("not one line: %q", s)
		}
		ids[parse(t, s).RequestID] = true
	}
	if len(ids) != workers*each {
		t.Errorf("%d different records, want %d", len(ids), workers*each)
	}
	if got, want := counts(l), (middleware.Stats{Records: workers * each, Written: workers * each}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

var errDisk = errors.New("disk full")

// faulty treats each Write by the next letter of its script, and takes what comes
// after it whole.
//
//	w  takes it whole            e  takes nothing and fails
//	s  takes half and fails      h  takes half without an error
//	l  takes it whole and fails
//	n  takes all but the newline and fails
type faulty struct {
	bytes.Buffer
	script string
}

func (f *faulty) Write(b []byte) (int, error) {
	step := byte('w')
	if f.script != "" {
		step, f.script = f.script[0], f.script[1:]
	}
	switch step {
	case 'e':
		return 0, errDisk
	case 's':
		f.Buffer.Write(b[:len(b)/2])
		return len(b) / 2, errDisk
	case 'h':
		f.Buffer.Write(b[:len(b)/2])
		return len(b) / 2, nil
	case 'n':
		f.Buffer.Write(b[:len(b)-1])
		return len(b) - 1, errDisk
	case 'l':
		f.Buffer.Write(b)
		return len(b), errDisk
	}
	return f.Buffer.Write(b)
}

func TestFailingWriter(t *testing.T) {
	tests := []struct {
		reason, script string
		lines          string // of each line: its "dropped", or x where it is torn
		stats          middleware.Stats
	}{
		{"nothing fails", "www", "0 0 0", middleware.Stats{Records: 3, Written: 3}},
		{"the next line tells of a loss", "wew", "0 1", middleware.Stats{Records: 3, Written: 2, Dropped: 1, WriteErrors: 1}},
		{"and of several", "eeeww", "3 0", middleware.Stats{Records: 5, Written: 2, Dropped: 3, WriteErrors: 3}},
		{"after half a line the next begins on its own", "wsw", "0 x 1", middleware.Stats{Records: 3, Written: 2, Dropped: 1, WriteErrors: 1}},
		{"a short write that hides it", "whw", "0 x 1", middleware.Stats{Records: 3, Written: 2, Dropped: 1, WriteErrors: 1}},
		{"half a line twice", "wssw", "0 x x 2", middleware.Stats{Records: 4, Written: 2, Dropped: 2, WriteErrors: 2}},
		{"half a line, then nothing", "wseew", "0 x 3", middleware.Stats{Records: 5, Written: 2, Dropped: 3, WriteErrors: 3}},
		{"a line that lacks its newline alone is there", "wnw", "0 0 0", middleware.Stats{Records: 3, Written: 3, WriteErrors: 1}},
		{"a whole line with an error is there", "wlw", "0 0 0", middleware.Stats{Records: 3, Written: 3, WriteErrors: 1}},
	}
	for _, tt := range tests {
		f := &faulty{script: tt.script}
		l := middleware.New(f)
		serve(t, l, len(tt.script))
		if got := told(t, f.String()); got != tt.lines {
			t.Errorf("%s: lines %q, want %q, in\n%s", tt.reason, got, tt.lines, f)
		}
		if got := counts(l); got != tt.stats {
			t.Errorf("%s: got %+v, want %+v", tt.reason, got, tt.stats)
		}
		if err := l.Close(); (tt.stats.WriteErrors > 0) != (err != nil) {
			t.Errorf("%s: Close says %v", tt.reason, err)
		}
	}
}

// told is what the lines of a log say under "dropped".
func told(t testing.TB, s string) string {
	var all []string
	for line := range strings.Lines(s) {
		var r accesslog.Record
		switch err := accesslog.ParseJSON([]byte(line), &r); {
		case line == "\n":
			all = append(all, "empty")
		case err != nil:
			all = append(all, "x")
		default:
			all = append(all, string('0'+rune(r.Dropped)))
		}
	}
	return strings.Join(all, " ")
}

// TestStatsAddUp: whatever the writer does, each record is either written or
// dropped, and each drop is told of once.
func TestStatsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &faulty{script: rapid.StringOfN(rapid.SampledFrom([]rune("weshln")), 0, 30, -1).Draw(t, "script")}
		n := len(f.script)
		l := middleware.New(f)
		serve(t, l, n+1) // the last is taken whole
		s := l.Stats()
		if s.Records != uint64(n+1) || s.Records != s.Written+s.Dropped {
			t.Errorf("%+v", s)
		}
		var written, dropped uint64
		for line := range strings.Lines(f.String()) {
			var r accesslog.Record
			if accesslog.ParseJSON([]byte(line), &r) == nil {
				written++
				dropped += uint64(r.Dropped)
			}
		}
		if written != s.Written || dropped != s.Dropped {
			t.Errorf("the log holds %d lines that tell of %d drops; %+v\n%s", written, dropped, s, f)
		}
	})
}

func TestClose(t *testing.T) {
	f := &faulty{script: "we"}
	l := middleware.New(f)
	serve(t, l, 2)
	for range 2 {
		if err := l.Close(); !errors.Is(err, errDisk) {
			t.Errorf("Close says %v, want the writer's last error", err)
		}
		serve(t, l, 1)
	}
	if got, want := counts(l), (middleware.Stats{Records: 4, Written: 1, Dropped: 3, WriteErrors: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := told(t, f.String()); got != "0" {
		t.Errorf("lines %q", got)
	}
	if err := middleware.New(io.Discard).Close(); err != nil {
		t.Error(err)
	}
}

package middleware_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// fail sends a request through l that is answered 500.
func fail(l *middleware.Logger) {
	l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })).
		ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// TestBufferedFlush: lines are written after a second, at 64 KiB, and with a failure.
func TestBufferedFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var u unlocked
		take := func() []string {
			mu.Lock()
			defer mu.Unlock()
			defer func() { u.writes = nil }()
			return u.writes
		}
		l := middleware.New(writerFunc(func(b []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return u.Write(b)
		}), middleware.Buffered(middleware.Block))
		expect := func(reason string, writes ...int) {
			t.Helper()
			synctest.Wait()
			var got []int
			for _, s := range take() {
				got = append(got, strings.Count(s, "\n"))
			}
			if len(got) != len(writes) || len(got) > 0 && got[0] != writes[0] {
				t.Errorf("%s: Writes of %v lines, want %v", reason, got, writes)
			}
		}
		serve(t, l, 3)
		time.Sleep(999 * time.Millisecond)
		expect("a second is not over")
		if got := l.Stats(); got.Waiting != 3 || got.Records != 3 || got.Written != 0 {
			t.Errorf("%+v", got)
		}
		time.Sleep(time.Millisecond)
		expect("now it is", 3)
		time.Sleep(time.Hour)
		expect("nothing waits")
		serve(t, l, 1)
		fail(l)
		expect("a failure, with what was before it", 2)
		serve(t, l, 1000)
		synctest.Wait()
		writes := take()
		if len(writes) == 0 {
			t.Error("64 KiB wait for a second")
		}
		for _, s := range writes {
			if len(s) > 64<<10 || !strings.HasSuffix(s, "\n") {
				t.Errorf("a Write of %d bytes, ending in %q", len(s), s[len(s)-5:])
			}
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got, want := counts(l), (middleware.Stats{Records: 1005, Written: 1005}); got != want {
			t.Errorf("%+v", got)
		}
		take()
		serve(t, l, 2)
		l.Close()
		expect("Close", 2)
		serve(t, l, 1)
		l.Close()
		if got, want := counts(l), (middleware.Stats{Records: 1008, Written: 1007, Dropped: 1}); got != want {
			t.Errorf("%+v", got)
		}
	})
}

// gate is a writer that lets nothing through until it is opened.
type gate struct {
	open chan struct{}
	b    bytes.Buffer
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) Write(b []byte) (int, error) {
	<-g.open
	return g.b.Write(b)
}

// TestBufferedDrop: a writer that hangs costs records and no time, and the first line
// after it tells how many.
func TestBufferedDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		l := middleware.New(g, middleware.Buffered(middleware.Drop), middleware.BufferSize(64<<10), middleware.OnError(nil))
		const n = 1000
		begin := time.Now()
		serve(t, l, n)
		if took := time.Since(begin); took != 0 {
			t.Errorf("requests waited for %v", took)
		}
		s := counts(l)
		if s.Records != n || s.Written != 0 || s.Waiting+s.Dropped != n || s.Dropped == 0 {
			t.Errorf("while it hangs: %+v", s)
		}
		close(g.open)
		synctest.Wait()
		serve(t, l, 1)
		l.Close()
		if after := counts(l); after.Written != s.Waiting+1 || after.Dropped != s.Dropped || after.Waiting != 0 {
			t.Errorf("after it: %+v, before: %+v", after, s)
		}
		checkLog(t, g.b.String(), l.Stats())
	})
}

// checkLog checks that the lines of a log and what they tell of add up to stats.
func checkLog(t *testing.T, log string, stats middleware.Stats) {
	t.Helper()
	var lines, dropped uint64
	ids := map[string]bool{}
	for line := range strings.Lines(log) {
		var r accesslog.Record
		if accesslog.ParseJSON([]byte(line), &r) == nil {
			lines++
			dropped += uint64(r.Dropped)
			ids[r.RequestID] = true
		}
	}
	if lines != stats.Written || dropped != stats.Dropped || lines+dropped != stats.Records || stats.Waiting != 0 || int(lines) != len(ids) {
		t.Errorf("%d lines of %d requests tell of %d dropped records; %+v", lines, len(ids), dropped, stats)
	}
}

// TestBufferedBlock: requests wait for room and lose nothing, also where Close comes
// meanwhile.
func TestBufferedBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		l := middleware.New(g, middleware.Buffered(middleware.Block), middleware.BufferSize(1))
		const n = 1000
		var served atomic.Int64
		for range 10 {
			go func() {
				for range n / 10 {
					serve(t, l, 1)
					served.Add(1)
				}
			}()
		}
		synctest.Wait()
		if got := served.Load(); got == 0 || got == n {
			t.Errorf("%d of %d requests found room in 64 KiB", got, n)
		}
		close(g.open)
		synctest.Wait()
		l.Close()
		if s := l.Stats(); s.Written != n {
			t.Errorf("%+v", s)
		}
		checkLog(t, g.b.String(), l.Stats())

		g = newGate()
		l = middleware.New(g, middleware.Buffered(middleware.Block), middleware.BufferSize(1))
		for range 1000 {
			go serve(t, l, 1)
		}
		synctest.Wait() // some wait
		go l.Close()
		synctest.Wait()
		close(g.open)
		synctest.Wait()
		if s := l.Stats(); s.Written != 1000 {
			t.Errorf("Close loses requests that wait for room: %+v", s)
		}
		checkLog(t, g.b.String(), l.Stats())
	})
}

// TestBufferedOrder: lines stand in the order of their records.
func TestBufferedOrder(t *testing.T) {
	var b bytes.Buffer
	var now time.Time
	l := middleware.New(&b, middleware.Buffered(middleware.Block), middleware.Clock(func() time.Time { now = now.Add(time.Second); return now }))
	serve(t, l, 5000)
	l.Close()
	var last time.Time
	n := 0
	for line := range strings.Lines(b.String()) {
		if r := parse(t, line); r.Time.After(last) {
			last = r.Time
			n++
		}
	}
	if n != 5000 {
		t.Errorf("%d of 5000 lines in order", n)
	}
}

// TestBufferedAddsUp: whatever the writer does, and however many requests come at once,
// each record is written or told of by a line.
func TestBufferedAddsUp(t *testing.T) {
	const workers, each = 8, 400
	for _, policy := range []middleware.Policy{middleware.Block, middleware.Drop} {
		for _, script := range []string{"", "e", "s", "h", "l", "essewlhwse", strings.Repeat("e", 300), strings.Repeat("sw", 100), strings.Repeat("hse", 100)} {
			f := &faulty{script: script}
			var mu sync.Mutex
			w := writerFunc(func(b []byte) (int, error) {
				time.Sleep(100 * time.Microsecond)
				mu.Lock()
				defer mu.Unlock()
				return f.Write(b)
			})
			l := middleware.New(w, middleware.Buffered(policy), middleware.BufferSize(64<<10), middleware.OnError(nil))
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					serve(t, l, each)
					fail(l)
				})
			}
			wg.Wait()
			for l.Stats().Waiting > 0 { // what is lost from here on, no line would tell of
				fail(l)
				time.Sleep(time.Millisecond)
			}
			mu.Lock()
			f.script = ""
			mu.Unlock()
			serve(t, l, 1) // whose line tells of the last losses
			l.Close()
			checkLog(t, f.String(), l.Stats())
			if s := l.Stats(); policy == middleware.Block && int(s.Dropped) > len(script) {
				t.Errorf("%d failing Writes lose %d records", len(script), s.Dropped)
			}
		}
	}
}

// TestBufferedTorn: after half a line, the next begins on a line of its own.
func TestBufferedTorn(t *testing.T) {
	f := &faulty{script: "swsw"}
	l := middleware.New(f, middleware.Buffered(middleware.Block), middleware.OnError(nil))
	serve(t, l, 1)
	fail(l)
	serve(t, l, 1)
	l.Close()
	if got := strings.Count(told(t, f.String()), "x"); got == 0 || strings.Contains(told(t, f.String()), "empty") {
		t.Errorf("%q in\n%s", told(t, f.String()), f)
	}
	if err := l.Close(); !errors.Is(err, errDisk) {
		t.Errorf("Close says %v", err)
	}
}

// BenchmarkWriters is what a request costs that logs to a file, from many goroutines.
func BenchmarkWriters(b *testing.B) {
	for name, opts := range map[string][]middleware.Option{
		"direct": nil, "block": {middleware.Buffered(middleware.Block)}, "drop": {middleware.Buffered(middleware.Drop)},
	} {
		b.Run("writer="+name, func(b *testing.B) {
			f, err := middleware.OpenFile(b.TempDir() + "/access.log")
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			l := middleware.New(f, append(opts, middleware.OnError(nil))...)
			defer l.Close()
			h := l.Handler(http.HandlerFunc(ok))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				w, r := &sink{http.Header{}}, benchRequest()
				for pb.Next() {
					h.ServeHTTP(w, r)
				}
			})
			b.ReportMetric(float64(l.Stats().Dropped)/float64(b.N), "dropped/op")
		})
	}
}

// A busy service writes its lines in batches, and goes on when the disk hangs.
func ExampleBuffered() {
	l := middleware.New(os.Stderr, middleware.Buffered(middleware.Drop))
	defer l.Close() // writes what is left

	http.Handle("/", l.Handler(http.NotFoundHandler()))
}

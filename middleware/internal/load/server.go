package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

// bare is the mode without the middleware, to compare with.
const bare = "bare"

// modes are the ways in which lines are written.
var modes = map[string][]middleware.Option{
	bare:    nil,
	"sync":  {},
	"block": {middleware.Buffered(middleware.Block)},
	"drop":  {middleware.Buffered(middleware.Drop)},
}

// findings are what a server knows in the end.
type findings struct {
	Entries    uint64 // into the handler
	Refused    uint64 // answers on its sockets that no handler gave
	Stats      middleware.Stats
	Goroutines int // more than before
	Samples    []sample
}

// sample is the memory of a moment, in bytes.
type sample struct{ RSS, Heap uint64 }

// server is a server behind the middleware.
type server struct {
	findings
	entries, refused atomic.Uint64
	mode             string
	log              *middleware.Logger
	file             *middleware.File
	stall            *stall
	handler          http.Handler
	srv              *http.Server
}

// serverRole serves until its standard input ends.
func serverRole(s setup, stdin io.Reader, stdout io.Writer) error {
	before := runtime.NumGoroutine()
	v, ln, err := newServer(s)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(ln.Addr().String()); err != nil {
		return err
	}
	profiled, err := profile(s)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- v.srv.Serve(ln) }()
	stop, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		v.watch(stop)
	}()
	_, _ = io.Copy(io.Discard, stdin)
	close(stop)
	<-sampled
	if err := profiled(); err != nil {
		return err
	}
	if err := v.shutdown(before); err != nil {
		return err
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return json.NewEncoder(stdout).Encode(v.findings)
}

// profile begins the profile that s asks for, and returns what ends it.
func profile(s setup) (end func() error, err error) {
	if s.Profile == "" || s.Mode == bare {
		return func() error { return nil }, nil
	}
	f, err := os.Create(s.Profile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

func newServer(s setup) (*server, net.Listener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	v := &server{mode: s.Mode}
	v.handler = counted(&v.entries, newMux())
	v.srv = &http.Server{MaxHeaderBytes: 8 << 10, ErrorLog: log.New(io.Discard, "", 0)}
	if s.Mode == bare {
		v.srv.Handler = v.handler
		return v, ln, nil
	}
	if v.file, err = middleware.OpenFile(s.Log); err != nil {
		return nil, nil, err
	}
	w, opts := io.Writer(v.file), modes[s.Mode]
	if s.Stall {
		v.stall = &stall{w: v.file, server: v}
		w, opts = v.stall, append(opts, middleware.BufferSize(64<<10))
	}
	v.log = middleware.New(w, append(opts, middleware.OnError(nil))...)
	v.handler = v.log.Handler(v.handler)
	v.srv.Handler = v.handler
	if s.Answers != "" { // what is measured has no instruments of ours in the way
		v.srv.Handler = recovering(v.handler)
		ln = &truth{ln, &v.refused}
	}
	return v, v.log.Listener(v.srv, ln), nil
}

// shutdown ends the server, and then the log. The last record is of a request without a
// connection: its line tells of what was dropped before it.
func (v *server) shutdown(before int) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := v.srv.Shutdown(ctx); err != nil {
		return err
	}
	if v.mode != bare {
		v.stall.end()
		// Shutdown does not wait for hijacked connections, nor for the last of what is done for
		// a closed one.
		buffers := 0
		if v.mode != "sync" {
			buffers = 1
		}
		settle(func() bool { return runtime.NumGoroutine() <= before+buffers && v.log.Stats().Waiting == 0 })
		r, err := http.NewRequest(http.MethodGet, "/status/200", nil)
		if err != nil {
			return err
		}
		v.handler.ServeHTTP(nowhere{}, r)
		if err := errors.Join(v.log.Close(), v.file.Close()); err != nil {
			return err
		}
		v.Stats = v.log.Stats()
	}
	settle(func() bool { return runtime.NumGoroutine() <= before })
	v.Goroutines = max(runtime.NumGoroutine()-before, 0)
	v.Entries, v.Refused = v.entries.Load(), v.refused.Load()
	return nil
}

// settle waits for a condition that must come true soon, and not for ever.
func settle(done func() bool) {
	for end := time.Now().Add(10 * time.Second); !done() && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// nowhere is where the answer of the last record goes.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) WriteHeader(int)             {}
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }

// watch samples the memory until it is told to stop.
func (v *server) watch(stop <-chan struct{}) {
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			metrics.Read(heap)
			v.Samples = append(v.Samples, sample{rss(), heap[0].Value.Uint64()})
		}
	}
}

// rss is the resident memory as Linux tells it, 0 elsewhere.
func rss() uint64 {
	f, err := os.Open("/proc/self/statm")
	if err != nil {
		return 0
	}
	defer f.Close()
	line, _ := bufio.NewReader(f).ReadString('\n')
	if fields := strings.Fields(line); len(fields) > 1 {
		pages, _ := strconv.ParseUint(fields[1], 10, 64)
		return pages * uint64(os.Getpagesize())
	}
	return 0
}

// stall is a writer that hangs once a second: where records can be dropped, until a hundred
// more are; elsewhere for a while, in which the requests must wait.
type stall struct {
	w      io.Writer
	server *server
	next   time.Time
	over   atomic.Bool
}

func (s *stall) Write(b []byte) (int, error) {
	if now := time.Now(); !s.over.Load() && !now.Before(s.next) {
		s.hang()
		s.next = time.Now().Add(time.Second)
	}
	return s.w.Write(b)
}

func (s *stall) hang() {
	if s.server.mode != "drop" {
		time.Sleep(100 * time.Millisecond)
		return
	}
	// New has returned long before a request comes.
	for want := s.server.log.Stats().Dropped + 100; s.server.log.Stats().Dropped < want && !s.over.Load(); {
		time.Sleep(time.Millisecond)
	}
}

func (s *stall) end() {
	if s != nil {
		s.over.Store(true)
	}
}

// truth is a listener below the middleware's that counts refusals: it knows them by the
// header that every answer of a handler has.
type truth struct {
	net.Listener
	refused *atomic.Uint64
}

func (t *truth) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &truthConn{tcp, t.refused}, err
	}
	return c, err
}

type truthConn struct {
	*net.TCPConn
	refused *atomic.Uint64
}

func (c *truthConn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	if n > 0 && refusal(b[:n]) {
		c.refused.Add(1)
	}
	return n, err
}

package middleware_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// plain is a ResponseWriter without optional interfaces. It notes what is called.
type plain struct {
	header http.Header
	calls  []string
	gone   chan bool
}

func newPlain() *plain { return &plain{header: http.Header{}, gone: make(chan bool)} }

func (p *plain) note(format string, args ...any) {
	p.calls = append(p.calls, fmt.Sprintf(format, args...))
}
func (p *plain) Header() http.Header               { return p.header }
func (p *plain) WriteHeader(code int)              { p.note("%d", code) }
func (p *plain) Write(b []byte) (n int, err error) { p.note("%s", b); return len(b), nil }

type flushes struct{ p *plain }

func (f flushes) Flush() { f.p.note("flush") }

type hijacks struct{ p *plain }

var errHijack = errors.New("no connection here")

func (h hijacks) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h.p.note("hijack")
	return nil, nil, errHijack
}

type pushes struct{ p *plain }

func (h pushes) Push(target string, opts *http.PushOptions) error {
	h.p.note("push %s", target)
	return http.ErrNotSupported
}

type notifies struct{ p *plain }

func (n notifies) CloseNotify() <-chan bool { return n.p.gone }

// optional names the optional interfaces of a ResponseWriter.
func optional(w http.ResponseWriter) string {
	var names []string
	if _, ok := w.(http.Flusher); ok {
		names = append(names, "Flusher")
	}
	if _, ok := w.(http.Hijacker); ok {
		names = append(names, "Hijacker")
	}
	if _, ok := w.(http.Pusher); ok {
		names = append(names, "Pusher")
	}
	if _, ok := w.(interface{ CloseNotify() <-chan bool }); ok {
		names = append(names, "CloseNotifier")
	}
	return strings.Join(names, "|")
}

// combination is p with the optional interfaces whose bits are set in i.
func combination(p *plain, i int) http.ResponseWriter {
	type (
		f = flushes
		h = hijacks
		s = pushes
		n = notifies
	)
	return []http.ResponseWriter{
		0b0000: p,
		0b0001: struct {
			*plain
			f
		}{p, f{p}},
		0b0010: struct {
			*plain
			h
		}{p, h{p}},
		0b0011: struct {
			*plain
			f
			h
		}{p, f{p}, h{p}},
		0b0100: struct {
			*plain
			s
		}{p, s{p}},
		0b0101: struct {
			*plain
			f
			s
		}{p, f{p}, s{p}},
		0b0110: struct {
			*plain
			h
			s
		}{p, h{p}, s{p}},
		0b0111: struct {
			*plain
			f
			h
			s
		}{p, f{p}, h{p}, s{p}},
		0b1000: struct {
			*plain
			n
		}{p, n{p}},
		0b1001: struct {
			*plain
			f
			n
		}{p, f{p}, n{p}},
		0b1010: struct {
			*plain
			h
			n
		}{p, h{p}, n{p}},
		0b1011: struct {
			*plain
			f
			h
			n
		}{p, f{p}, h{p}, n{p}},
		0b1100: struct {
			*plain
			s
			n
		}{p, s{p}, n{p}},
		0b1101: struct {
			*plain
			f
			s
			n
		}{p, f{p}, s{p}, n{p}},
		0b1110: struct {
			*plain
			h
			s
			n
		}{p, h{p}, s{p}, n{p}},
		0b1111: struct {
			*plain
			f
			h
			s
			n
		}{p, f{p}, h{p}, s{p}, n{p}},
	}[i]
}

// TestOptionalInterfaces: a handler finds the optional interfaces of the writer
// below, all of them and no other, and they reach it.
func TestOptionalInterfaces(t *testing.T) {
	seen := map[string]bool{}
	for i := range 16 {
		p := newPlain()
		below := combination(p, i)
		want := optional(below)
		seen[want] = true
		t.Run("below="+want, func(t *testing.T) {
			record := recordOn(t, below, func(w http.ResponseWriter, r *http.Request) {
				if got := optional(w); got != want {
					t.Errorf("above: %s", got)
				}
				for _, always := range []bool{is[negroni.ResponseWriter](w), is[io.ReaderFrom](w), is[io.StringWriter](w), is[unwrapping](w)} {
					if !always {
						t.Error("negroni.ResponseWriter, io.ReaderFrom, io.StringWriter and Unwrap are always there")
					}
				}
				if middleware.Unwrap(w) != below {
					t.Error("Unwrap does not lead to the writer below")
				}
				if f, ok := w.(http.Flusher); ok {
					f.Flush()
				}
				if h, ok := w.(http.Hijacker); ok {
					if _, _, err := h.Hijack(); err != errHijack {
						t.Error(err)
					}
				}
				if s, ok := w.(http.Pusher); ok {
					if err := s.Push("/a.css", nil); err != http.ErrNotSupported {
						t.Error(err)
					}
				}
				if n, ok := w.(interface{ CloseNotify() <-chan bool }); ok && n.CloseNotify() != (<-chan bool)(p.gone) {
					t.Error("another channel")
				}
				if got, want := strings.Join(p.calls, ","), strings.Join(calls(i), ","); got != want {
					t.Errorf("below were called %s, want %s", got, want)
				}
			})
			if record.Outcome != "" || record.Status != accesslog.Some(200) {
				t.Errorf("got %+v", record)
			}
		})
	}
	if len(seen) != 16 {
		t.Errorf("%d combinations", len(seen))
	}
}

// calls is what arrives below when each interface of i is used once.
func calls(i int) (names []string) {
	for bit, name := range []string{"flush", "hijack", "push /a.css"} {
		if i&(1<<bit) != 0 {
			names = append(names, name)
		}
	}
	return names
}

type unwrapping interface{ Unwrap() http.ResponseWriter }

func is[T any](w http.ResponseWriter) bool {
	_, ok := w.(T)
	return ok
}

// recordOn serves a request on w and returns its record.
func recordOn(t *testing.T, w http.ResponseWriter, h http.HandlerFunc) accesslog.Record {
	t.Helper()
	lines := newLines()
	middleware.New(lines).Handler(h).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	return lines.next(t)
}

type flushesBadly struct{ *plain }

func (f flushesBadly) Flush()            {}
func (f flushesBadly) FlushError() error { return io.ErrClosedPipe }

// TestFlushError: what the writer below says of a flush reaches the controller,
// and the record.
func TestFlushError(t *testing.T) {
	r := recordOn(t, flushesBadly{newPlain()}, func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != io.ErrClosedPipe {
			t.Errorf("got %v", err)
		}
	})
	if r.Outcome != accesslog.OutcomeClientClosed {
		t.Errorf("got outcome %q", r.Outcome)
	}
	recordOn(t, newPlain(), func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("a writer that cannot flush: got %v", err)
		}
	})
}

// TestBefore: hooks run once, the last one first, before the header is sent,
// with and without negroni's writer below.
func TestBefore(t *testing.T) {
	type hook = func(negroni.ResponseWriter)
	tests := []struct {
		reason  string
		hook    hook // runs before the two that note their order
		handler http.HandlerFunc
		order   string
		status  int
		body    string
	}{
		{"WriteHeader", nil, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, "b404 a404", 404, ""},
		{"two of them", nil, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); w.WriteHeader(500) }, "b404 a404", 404, ""},
		{"Write", nil, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("x")); w.Write([]byte("y")) }, "b200 a200", 200, "xy"},
		{"WriteString", nil, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") }, "b200 a200", 200, "x"},
		{"ReadFrom", nil, func(w http.ResponseWriter, r *http.Request) { io.Copy(w, reader{strings.NewReader("x")}) }, "b200 a200", 200, "x"},
		{"Flush", nil, func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() }, "b200 a200", 200, ""},
		{"no header, no hook", nil, func(w http.ResponseWriter, r *http.Request) {}, "", 200, ""},
		{"a hook that sends another status", func(w negroni.ResponseWriter) { w.WriteHeader(503) },
			func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) }, "b404 a404", 503, ""},
		{"a hook that writes", func(w negroni.ResponseWriter) { io.WriteString(w, "first ") },
			func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404); io.WriteString(w, "x") }, "b404 a404", 200, "first x"},
		{"a hook that turns an implicit 200 away", func(w negroni.ResponseWriter) { w.WriteHeader(503) },
			func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "x") }, "b200 a200", 503, "x"},
	}
	chains := map[string]func(*middleware.Logger, http.HandlerFunc) http.Handler{
		"handler": func(l *middleware.Logger, h http.HandlerFunc) http.Handler { return l.Handler(h) },
		"negroni": func(l *middleware.Logger, h http.HandlerFunc) http.Handler { return negroni.New(l, negroni.Wrap(h)) },
		"inside": func(l *middleware.Logger, h http.HandlerFunc) http.Handler {
			return l.Handler(negroni.New(negroni.Wrap(h)))
		},
		"two": func(l *middleware.Logger, h http.HandlerFunc) http.Handler {
			return middleware.New(io.Discard).Handler(l.Handler(h))
		},
	}
	for _, tt := range tests {
		for name, chain := range chains {
			t.Run(tt.reason+"/"+name, func(t *testing.T) {
				h := func(w http.ResponseWriter, r *http.Request) {
					n := w.(negroni.ResponseWriter)
					if n.Written() || n.Status() != 0 || n.Size() != 0 {
						t.Errorf("at first: written %v, status %d, size %d", n.Written(), n.Status(), n.Size())
					}
					if tt.hook != nil {
						n.Before(tt.hook)
					}
					n.Before(notes("a"))
					n.Before(notes("b"))
					tt.handler(w, r)
					if tt.order != "" && (!n.Written() || n.Status() != tt.status || n.Size() != len(tt.body)) {
						t.Errorf("at last: written %v, status %d, size %d", n.Written(), n.Status(), n.Size())
					}
				}
				lines, w := newLines(), httptest.NewRecorder()
				chain(middleware.New(lines), h).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
				if w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Hooked") != tt.order {
					t.Errorf("the response is %d %q, hooks %q", w.Code, w.Body, w.Header().Get("Hooked"))
				}
				if r := lines.next(t); r.Status != accesslog.Some(tt.status) || r.ResponseBytes != accesslog.Some(int64(len(tt.body))) {
					t.Errorf("the record says %d, %d bytes", r.Status.Value, r.ResponseBytes.Value)
				}
			})
		}
	}
}

// notes is a hook that leaves its name and the status that it sees in a header.
func notes(name string) func(negroni.ResponseWriter) {
	return func(w negroni.ResponseWriter) {
		w.Header().Set("Hooked", strings.TrimSpace(fmt.Sprintf("%s %s%d", w.Header().Get("Hooked"), name, w.Status())))
	}
}

// TestBeforeOutside: the hooks of a middleware outside the Logger run after those
// inside it, as without the Logger, and what they send is recorded.
func TestBeforeOutside(t *testing.T) {
	outside := func(hook func(negroni.ResponseWriter)) negroni.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
			w.(negroni.ResponseWriter).Before(hook)
			next(w, r)
		}
	}
	inside := negroni.WrapFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(negroni.ResponseWriter).Before(notes("inside"))
		http.NotFound(w, r)
	})
	tests := []struct {
		reason string
		hook   func(negroni.ResponseWriter)
		hooked string
		status int
	}{
		{"the order", notes("outside"), "inside404 outside404", 404},
		{"another status", func(w negroni.ResponseWriter) { w.WriteHeader(503) }, "inside404", 503},
	}
	for _, tt := range tests {
		lines, bare, with := newLines(), httptest.NewRecorder(), httptest.NewRecorder()
		negroni.New(outside(tt.hook), inside).ServeHTTP(bare, httptest.NewRequest("GET", "/", nil))
		negroni.New(outside(tt.hook), middleware.New(lines), inside).ServeHTTP(with, httptest.NewRequest("GET", "/", nil))
		for name, w := range map[string]*httptest.ResponseRecorder{"without": bare, "with": with} {
			if w.Code != tt.status || w.Header().Get("Hooked") != tt.hooked {
				t.Errorf("%s, %s a Logger: %d, hooks %q", tt.reason, name, w.Code, w.Header().Get("Hooked"))
			}
		}
		if r := lines.next(t); r.Status != accesslog.Some(tt.status) {
			t.Errorf("%s: the record says %d", tt.reason, r.Status.Value)
		}
	}
}

// TestDownstreamNegroni: negroni's own Logger behind this one sees the response.
func TestDownstreamNegroni(t *testing.T) {
	var b bytes.Buffer
	downstream := negroni.NewLogger()
	downstream.ALogger = printer{&b}
	downstream.SetFormat("{{.Status}} {{.Path}}")
	lines := newLines()
	n := negroni.New(middleware.New(lines), downstream, newRecovery())
	n.UseHandler(http.NotFoundHandler())
	n.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/a", nil))
	if got := b.String(); got != "404 /a\n" {
		t.Errorf("negroni logged %q", got)
	}
	if r := lines.next(t); r.Status != accesslog.Some(404) {
		t.Errorf("got %+v", r)
	}
}

type printer struct{ w io.Writer }

func (p printer) Println(v ...any)               { fmt.Fprintln(p.w, v...) }
func (p printer) Printf(format string, v ...any) { fmt.Fprintf(p.w, format, v...) }

// TestUnwrap: it leads through every wrapper that tells what it wraps.
func TestUnwrap(t *testing.T) {
	p := newPlain()
	if got := middleware.Unwrap(p); got != http.ResponseWriter(p) {
		t.Errorf("of a bare writer: %T", got)
	}
	var chain []string
	recordOn(t, unwrapper{negroni.NewResponseWriter(p)}, func(w http.ResponseWriter, r *http.Request) {
		chain = append(chain, fmt.Sprintf("%T", middleware.Unwrap(unwrapper{w})))
	})
	if want := []string{"*middleware_test.plain"}; !slices.Equal(chain, want) {
		t.Errorf("got %v", chain)
	}
}

// reader hides all but Read, so that io.Copy asks the writer to ReadFrom it.
type reader struct{ io.Reader }

// unwrapper is a writer that has nothing but Unwrap.
type unwrapper struct{ http.ResponseWriter }

func (u unwrapper) Unwrap() http.ResponseWriter { return u.ResponseWriter }

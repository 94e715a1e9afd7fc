package capture

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Cases is the conformance table.
func Cases() []Case {
	return slices.Concat(statusCases, bodyCases, notIn(H2, hijackCases), panicCases, clientCases, timeoutCases)
}

// notIn is cases that do not exist in a setting: in HTTP/2, the connection is not one
// request's to take over.
func notIn(s Setting, cases []Case) []Case {
	cases = slices.Clone(cases)
	for i := range cases {
		cases[i].Not |= s
	}
	return cases
}

var statusCases = []Case{{
	Name:    "nothing",
	Reason:  "net/http sends 200 when the handler returns without a word",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {},
	Want:    Captured{Status: 200},
}, {
	Name:    "write",
	Reason:  "the first Write sends 200",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { x.Write(w, "hello") },
	Want:    Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:   "write nothing",
	Reason: "an empty Write sends 200 too",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Write(nil)
		w.WriteHeader(404)
	},
	Want: Captured{Status: 200, TTFB: true},
}, {
	Name:   "201 then 500",
	Reason: "the first status is sent, later ones are ignored",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		w.WriteHeader(500)
	},
	Want: Captured{Status: 201, TTFB: true},
}, {
	Name:   "write then 500",
	Reason: "the Write has sent 200",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.WriteHeader(500)
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:   "103 then 404",
	Reason: "an informational status is not the final one",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(103)
		http.NotFound(w, r)
	},
	Want: Captured{Status: 404, Interim: []int{103}, Bytes: 19, TTFB: true},
}, {
	Name:    "103 then nothing",
	Reason:  "after an informational status, net/http sends 200 by itself",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(103) },
	Want:    Captured{Status: 200, Interim: []int{103}},
}, {
	Name:   "explicit 100 then 204",
	Reason: "100 is an informational status, whoever asked for it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(100)
		w.WriteHeader(204)
	},
	Want: Captured{Status: 204, Interim: []int{100}, TTFB: true},
}, {
	Name:    "101 and nothing more",
	Reason:  "the final status, but in HTTP/2, which has none to switch to",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(101) },
	Want:    Captured{Status: 101, TTFB: true},
	But:     []But{{H2, Captured{Status: 200, Interim: []int{101}}}},
}, {
	Name:   "101 then 404",
	Reason: "in HTTP/2 a final status may follow, but negroni drops it, so that net/http sends 200",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(101)
		w.WriteHeader(404)
	},
	Want: Captured{Status: 101, TTFB: true},
	But: []But{
		{H2, Captured{Status: 404, Interim: []int{101}, TTFB: true}},
		{H2 | Recovery, Captured{Status: 200, Interim: []int{101}, TTFB: true}},
	},
}, {
	Name:    "expect 100, body read",
	Reason:  "net/http sends 100 when the body is first read",
	Request: Request("POST", "/", "Expect: 100-continue", "Content-Length: 5"),
	Client:  Client{Continue: "hello"},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) },
	Want:    Captured{Status: 200, Interim: []int{100}, Request: 5},
	// HTTP/2's server keeps the expectation to itself.
	But: []But{{H2, Captured{Status: 200, Unseen: []int{100}, Request: 5}}},
}, {
	Name:    "expect 100, body echoed",
	Reason:  "io.Copy reads of the body before net/http writes the header; negroni's writer writes that first",
	Not:     Recovery,
	Request: Request("POST", "/", "Expect: 100-continue", "Content-Length: 5"),
	Client:  Client{Continue: "hello"},
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { io.Copy(w, reader{r.Body}) },
	Want:    Captured{Status: 200, Interim: []int{100}, Bytes: 5, Request: 5, TTFB: true},
	But: []But{
		{H2, Captured{Status: 200, Unseen: []int{100}, Bytes: 5, Request: 5, TTFB: true}},
	},
}, {
	Name:    "expect 100, body not read",
	Reason:  "a body that nobody reads is not asked for",
	Request: Request("POST", "/", "Expect: 100-continue", "Content-Length: 5"),
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) },
	Want:    Captured{Status: 403, TTFB: true},
}, {
	Name:    "expect 100, body read after the header",
	Reason:  "once the final header is written, net/http asks no more",
	Request: Request("POST", "/", "Expect: 100-continue", "Content-Length: 5") + "hello",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(202)
		io.Copy(io.Discard, r.Body)
	},
	Want: Captured{Status: 202, Request: 5, TTFB: true},
	// HTTP/2's asks as long as the header is in its buffer.
	But: []But{{H2, Captured{Status: 202, Unseen: []int{100}, Request: 5, TTFB: true}}},
}, {
	Name:   "proxy forwards 103 then 201",
	Reason: "ReverseProxy passes informational statuses on",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.proxy(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(103)
			w.WriteHeader(201)
			io.WriteString(w, "made")
		}).ServeHTTP(w, r)
	},
	Want: Captured{Status: 201, Interim: []int{103}, Bytes: 4, TTFB: true},
}, {
	Name:   "flush then 404",
	Reason: "the Flush has sent 200",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		w.WriteHeader(404)
	},
	Want: Captured{Status: 200, TTFB: true},
}, {
	Name:   "controller",
	Reason: "http.ResponseController finds everything through Unwrap",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		later := time.Now().Add(time.Hour)
		err := errors.Join(rc.SetReadDeadline(later), rc.SetWriteDeadline(later), rc.EnableFullDuplex(), rc.Flush())
		w.WriteHeader(404)
		x.Write(w, fmt.Sprint(err))
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:    "flush around a wrapper outside",
	Reason:  "the controller must not flush past the recorder where the writer below has no Flush of its own",
	Outside: unwrapOnly,
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			x.Error(err)
		}
		w.WriteHeader(404)
	},
	Want: Captured{Status: 200, TTFB: true},
}, {
	Name:    "too large a body",
	Reason:  "http.MaxBytesReader closes the connection when it is handed net/http's own writer",
	Request: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 10\r\n\r\n0123456789",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(middleware.Unwrap(w), r.Body, 4)
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		}
	},
	Want: Captured{Status: 413, Bytes: 10, Request: 5, TTFB: true},
}, {
	Name:   "proxy to a dead upstream",
	Reason: "ReverseProxy answers 502 by itself",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			x.Error(err)
			return
		}
		ln.Close()
		x.proxyTo(&url.URL{Scheme: "http", Host: ln.Addr().String()}, new(http.Transport)).ServeHTTP(w, r)
	},
	Want: Captured{Status: 502, TTFB: true},
}, {
	Name:   "proxy to a hanging upstream",
	Reason: "an ErrorHandler of the proxy's decides",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		p := x.proxy(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		p.Transport.(*http.Transport).ResponseHeaderTimeout = time.Millisecond
		p.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
			middleware.SetError(r.Context(), errors.New("upstream timed out"))
			w.WriteHeader(504)
		}
		p.ServeHTTP(w, r)
	},
	Want: Captured{Status: 504, TTFB: true, Err: "upstream timed out"},
}}

var bodyCases = []Case{{
	Name:   "204 with a body",
	Reason: "net/http refuses the body",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		x.Write(w, "hello")
	},
	Want: Captured{Status: 204, TTFB: true},
}, {
	Name:   "304 with a body",
	Reason: "net/http refuses the body",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		w.WriteHeader(304)
		x.Write(w, "hello")
	},
	Want: Captured{Status: 304, TTFB: true},
}, {
	Name:    "HEAD with a body",
	Reason:  "net/http takes the body and sends none",
	Request: Request("HEAD", "/"),
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { x.Write(w, strings.Repeat("x", 5000)) },
	Want:    Captured{Status: 200, TTFB: true},
}, {
	Name:   "less than promised",
	Reason: "the client waits for bytes that never come",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		x.Write(w, strings.Repeat("x", 50))
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, Bytes: 50, TTFB: true},
}, {
	Name:   "less than promised, header mended after",
	Reason: "the length that was sent counts, not what the map says later",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(200)
		w.Header().Del("Content-Length")
		x.Write(w, strings.Repeat("x", 50))
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, Bytes: 50, TTFB: true},
}, {
	Name:   "promise after the header",
	Reason: "a Content-Length that comes after the header is not sent",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		x.Write(w, "hello")
		w.Header().Set("Content-Length", "100")
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:   "more than promised",
	Reason: "net/http refuses what is too much, and the client has all of it; HTTP/2's takes it into its buffer, and the client must refuse it",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.Write(w, "hello")
		x.tooMuch(w, "!")
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
	But:  []But{{H2, Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, Bytes: 6, Refused: 1, TTFB: true}}},
}, {
	Name:   "more than promised, after a flush",
	Reason: "once the header is sent, HTTP/2's refuses it too, for a reason of its own that is no fault of the client's",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.Write(w, "hello")
		w.(http.Flusher).Flush()
		if x.Write(w, "!") == nil {
			x.Error("it was taken")
		}
	},
	Want: Captured{Status: 200, Bytes: 5, TTFB: true},
}, {
	Name:   "write after too much",
	Reason: "a refused Write counts for net/http: the next is refused too, and the client gets nothing",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.tooMuch(w, "hello world")
		x.tooMuch(w, "hello")
	},
	Want: Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, TTFB: true},
	But:  []But{{H2, Captured{Status: 200, Outcome: accesslog.OutcomeIncomplete, Bytes: 16, Refused: 11, TTFB: true}}},
}, {
	Name:   "ServeContent",
	Reason: "what io.CopyN hands to ReadFrom is counted",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), strings.NewReader(strings.Repeat("x", 10000)))
	},
	Want: Captured{Status: 200, Bytes: 10000, TTFB: true},
}, {
	Name:    "ServeContent of a range",
	Reason:  "the range alone is sent",
	Request: Request("GET", "/", "Range: bytes=10-19"),
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), strings.NewReader(strings.Repeat("x", 10000)))
	},
	Want: Captured{Status: 206, Bytes: 10, TTFB: true},
}, {
	Name:   "ServeFile",
	Reason: "a file goes out by sendfile, past Write",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		name := filepath.Join(x.TempDir(), "a.txt")
		err := os.WriteFile(name, make([]byte, 100000), 0o600)
		if err := errors.Join(err, os.Chtimes(name, time.Unix(1e9, 0), time.Unix(1e9, 0))); err != nil {
			x.Error(err)
		}
		http.ServeFile(w, r, name)
	},
	Want: Captured{Status: 200, Bytes: 100000, TTFB: true},
}, {
	Name:   "io.Copy",
	Reason: "the writer's ReadFrom counts",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, reader{io.LimitReader(zeros{}, 5003)})
	},
	Want: Captured{Status: 200, Bytes: 5003, TTFB: true},
}, {
	Name:   "io.Copy from a broken source",
	Reason: "that the source's peer reset its connection says nothing of the client",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, reader{io.MultiReader(strings.NewReader("half"), failingReader{})})
	},
	Want: Captured{Status: 200, Bytes: 4, TTFB: true},
}, {
	Name:   "io.Copy from a source that fails at once, then 502",
	Reason: "where nothing was copied, net/http has sent no header; negroni's writer has",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, failingReader{})
		w.WriteHeader(502)
	},
	Want: Captured{Status: 502, TTFB: true},
	But:  []But{{Recovery, Captured{Status: 200, TTFB: true}}},
}, {
	Name:   "io.Copy from an empty file, then 404",
	Reason: "the same of what is handed on as it is",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		f, err := os.Open(os.DevNull)
		if err != nil {
			x.Error(err)
			return
		}
		defer f.Close()
		io.Copy(w, f)
		w.WriteHeader(404)
	},
	Want: Captured{Status: 404, TTFB: true},
	But:  []But{{Recovery, Captured{Status: 200, TTFB: true}}},
}, {
	Name:   "io.Copy from a file",
	Reason: "what the system sends by itself is counted, and has a header",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) {
		name := filepath.Join(x.TempDir(), "a.txt")
		err := os.WriteFile(name, make([]byte, 5000), 0o600)
		f, openErr := os.Open(name)
		if err := errors.Join(err, openErr); err != nil {
			x.Error(err)
			return
		}
		defer f.Close()
		io.Copy(w, f)
		w.WriteHeader(404)
	},
	Want: Captured{Status: 200, Bytes: 5000, TTFB: true},
}, {
	Name:    "request body read in part",
	Reason:  "what was read counts, not what was announced",
	Request: Request("POST", "/", "Content-Length: 10") + "0123456789",
	Handler: func(x *Exchange, w http.ResponseWriter, r *http.Request) { io.ReadFull(r.Body, make([]byte, 4)) },
	Want:    Captured{Status: 200, Request: 4},
}}

// reader hides all but Read, so that io.Copy asks the writer to ReadFrom it.
type reader struct{ io.Reader }

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// failingReader fails as a connection to somewhere else does.
type failingReader struct{}

func (failingReader) Read([]byte) (int, error) {
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// unwrapOnly is a middleware whose writer has nothing but Unwrap.
func unwrapOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(unwrapper{w}, r) })
}

type unwrapper struct{ http.ResponseWriter }

func (u unwrapper) Unwrap() http.ResponseWriter { return u.ResponseWriter }

package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// captureCases is the conformance table.
func captureCases() []captureCase {
	var all []captureCase
	for _, group := range [][]captureCase{statusCases, bodyCases, hijackCases, panicCases, clientCases, timeoutCases} {
		all = append(all, group...)
	}
	return all
}

var statusCases = []captureCase{{
	name:    "nothing",
	reason:  "net/http sends 200 when the handler returns without a word",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {},
	want:    captured{status: 200},
}, {
	name:    "write",
	reason:  "the first Write sends 200",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { x.write(w, "hello") },
	want:    captured{status: 200, bytes: 5, ttfb: true},
}, {
	name:   "write nothing",
	reason: "an empty Write sends 200 too",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Write(nil)
		w.WriteHeader(404)
	},
	want: captured{status: 200, ttfb: true},
}, {
	name:   "201 then 500",
	reason: "the first status is sent, later ones are ignored",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(201)
		w.WriteHeader(500)
	},
	want: captured{status: 201, ttfb: true},
}, {
	name:   "write then 500",
	reason: "the Write has sent 200",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		w.WriteHeader(500)
	},
	want: captured{status: 200, bytes: 5, ttfb: true},
}, {
	name:   "103 then 404",
	reason: "an informational status is not the final one",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(103)
		http.NotFound(w, r)
	},
	want: captured{status: 404, interim: []int{103}, bytes: 19, ttfb: true},
}, {
	name:    "103 then nothing",
	reason:  "after an informational status, net/http sends 200 by itself",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(103) },
	want:    captured{status: 200, interim: []int{103}},
}, {
	name:   "explicit 100 then 204",
	reason: "100 is an informational status, whoever asked for it",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(100)
		w.WriteHeader(204)
	},
	want: captured{status: 204, interim: []int{100}, ttfb: true},
}, {
	name:    "expect 100, body read",
	reason:  "net/http sends 100 when the body is first read",
	request: request("POST", "/", "Expect: 100-continue", "Content-Length: 5"),
	client:  answersContinue("hello"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) },
	want:    captured{status: 200, interim: []int{100}, request: 5},
}, {
	name:    "expect 100, body not read",
	reason:  "a body that nobody reads is not asked for",
	request: request("POST", "/", "Expect: 100-continue", "Content-Length: 5"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) },
	want:    captured{status: 403, ttfb: true},
}, {
	name:    "expect 100, body read after the header",
	reason:  "once the final header is written, net/http asks no more",
	request: request("POST", "/", "Expect: 100-continue", "Content-Length: 5") + "hello",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(202)
		io.Copy(io.Discard, r.Body)
	},
	want: captured{status: 202, request: 5, ttfb: true},
}, {
	name:   "proxy forwards 103 then 201",
	reason: "ReverseProxy passes informational statuses on",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.proxy(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(103)
			w.WriteHeader(201)
			io.WriteString(w, "made")
		}).ServeHTTP(w, r)
	},
	want: captured{status: 201, interim: []int{103}, bytes: 4, ttfb: true},
}, {
	name:   "flush then 404",
	reason: "the Flush has sent 200",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		w.WriteHeader(404)
	},
	want: captured{status: 200, ttfb: true},
}, {
	name:   "controller",
	reason: "http.ResponseController finds everything through Unwrap",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		later := time.Now().Add(time.Hour)
		err := errors.Join(rc.SetReadDeadline(later), rc.SetWriteDeadline(later), rc.EnableFullDuplex(), rc.Flush())
		w.WriteHeader(404)
		x.write(w, fmt.Sprint(err))
	},
	want: captured{status: 200, bytes: 5, ttfb: true},
}, {
	name:    "flush around a wrapper outside",
	reason:  "the controller must not flush past the recorder where the writer below has no Flush of its own",
	outside: unwrapOnly,
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).Flush(); err != nil {
			x.Error(err)
		}
		w.WriteHeader(404)
	},
	want: captured{status: 200, ttfb: true},
}, {
	name:    "too large a body",
	reason:  "http.MaxBytesReader closes the connection when it is handed net/http's own writer",
	request: "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 10\r\n\r\n0123456789",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(middleware.Unwrap(w), r.Body, 4)
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		}
	},
	want: captured{status: 413, bytes: 10, request: 5, ttfb: true},
}, {
	name:   "proxy to a dead upstream",
	reason: "ReverseProxy answers 502 by itself",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			x.Error(err)
			return
		}
		ln.Close()
		x.proxyTo(&url.URL{Scheme: "http", Host: ln.Addr().String()}, new(http.Transport)).ServeHTTP(w, r)
	},
	want: captured{status: 502, ttfb: true},
}, {
	name:   "proxy to a hanging upstream",
	reason: "an ErrorHandler of the proxy's decides",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		p := x.proxy(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		p.Transport.(*http.Transport).ResponseHeaderTimeout = time.Millisecond
		p.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) {
			middleware.SetError(r.Context(), errors.New("upstream timed out"))
			w.WriteHeader(504)
		}
		p.ServeHTTP(w, r)
	},
	want: captured{status: 504, ttfb: true, err: "upstream timed out"},
}}

var bodyCases = []captureCase{{
	name:   "204 with a body",
	reason: "net/http refuses the body",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(204)
		x.write(w, "hello")
	},
	want: captured{status: 204, ttfb: true},
}, {
	name:   "304 with a body",
	reason: "net/http refuses the body",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		w.WriteHeader(304)
		x.write(w, "hello")
	},
	want: captured{status: 304, ttfb: true},
}, {
	name:    "HEAD with a body",
	reason:  "net/http takes the body and sends none",
	request: request("HEAD", "/"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { x.write(w, strings.Repeat("x", 5000)) },
	want:    captured{status: 200, ttfb: true},
}, {
	name:   "less than promised",
	reason: "the client waits for bytes that never come",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		x.write(w, strings.Repeat("x", 50))
	},
	want: captured{status: 200, outcome: accesslog.OutcomeIncomplete, bytes: 50, ttfb: true},
}, {
	name:   "less than promised, header mended after",
	reason: "the length that was sent counts, not what the map says later",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(200)
		w.Header().Del("Content-Length")
		x.write(w, strings.Repeat("x", 50))
	},
	want: captured{status: 200, outcome: accesslog.OutcomeIncomplete, bytes: 50, ttfb: true},
}, {
	name:   "promise after the header",
	reason: "a Content-Length that comes after the header is not sent",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		x.write(w, "hello")
		w.Header().Set("Content-Length", "100")
	},
	want: captured{status: 200, bytes: 5, ttfb: true},
}, {
	name:   "more than promised",
	reason: "net/http refuses what is too much, and the client has all of it",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.write(w, "hello")
		if err := x.write(w, "!"); !errors.Is(err, http.ErrContentLength) {
			x.Error(err)
		}
	},
	want: captured{status: 200, bytes: 5, ttfb: true},
}, {
	name:   "write after too much",
	reason: "a refused Write counts for net/http: the next is refused too, and the client gets nothing",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		x.write(w, "hello world")
		if err := x.write(w, "hello"); !errors.Is(err, http.ErrContentLength) {
			x.Error(err)
		}
	},
	want: captured{status: 200, outcome: accesslog.OutcomeIncomplete, ttfb: true},
}, {
	name:   "ServeContent",
	reason: "what io.CopyN hands to ReadFrom is counted",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), strings.NewReader(strings.Repeat("x", 10000)))
	},
	want: captured{status: 200, bytes: 10000, ttfb: true},
}, {
	name:    "ServeContent of a range",
	reason:  "the range alone is sent",
	request: request("GET", "/", "Range: bytes=10-19"),
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Unix(1e9, 0), strings.NewReader(strings.Repeat("x", 10000)))
	},
	want: captured{status: 206, bytes: 10, ttfb: true},
}, {
	name:   "ServeFile",
	reason: "a file goes out by sendfile, past Write",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		name := filepath.Join(x.TempDir(), "a.txt")
		err := os.WriteFile(name, make([]byte, 100000), 0o600)
		if err := errors.Join(err, os.Chtimes(name, time.Unix(1e9, 0), time.Unix(1e9, 0))); err != nil {
			x.Error(err)
		}
		http.ServeFile(w, r, name)
	},
	want: captured{status: 200, bytes: 100000, ttfb: true},
}, {
	name:   "io.Copy",
	reason: "the writer's ReadFrom counts",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, reader{io.LimitReader(zeros{}, 5003)})
	},
	want: captured{status: 200, bytes: 5003, ttfb: true},
}, {
	name:   "io.Copy from a broken source",
	reason: "that the source's peer reset its connection says nothing of the client",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) {
		io.Copy(w, reader{io.MultiReader(strings.NewReader("half"), failingReader{})})
	},
	want: captured{status: 200, bytes: 4, ttfb: true},
}, {
	name:    "request body read in part",
	reason:  "what was read counts, not what was announced",
	request: request("POST", "/", "Content-Length: 10") + "0123456789",
	handler: func(x *exchange, w http.ResponseWriter, r *http.Request) { io.ReadFull(r.Body, make([]byte, 4)) },
	want:    captured{status: 200, request: 4},
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

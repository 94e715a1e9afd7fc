package main

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// served marks what a handler answered. net/http's own refusals lack it.
const served = "X-Served"

const largeBody = 256 << 10

// newMux answers in every way that a client can tell apart.
func newMux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/status/{code}", status)
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/slow", slow)
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(largeBody))
		w.Write(make([]byte, largeBody))
	})
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, r *http.Request) {
		for range 64 {
			w.Write(make([]byte, largeBody/64))
		}
	})
	mux.HandleFunc("/copied", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(w, io.LimitReader(zeros{}, largeBody))
	})
	mux.HandleFunc("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusNotFound)
	})
	mux.HandleFunc("/hijack", hijack)
	mux.HandleFunc("/panic", func(w http.ResponseWriter, r *http.Request) { panic("of the handler") })
	mux.HandleFunc("/recovered", func(w http.ResponseWriter, r *http.Request) { panic(recoverable) })
	mux.HandleFunc("/abort", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "some")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	return mux
}

func status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil {
		code = http.StatusBadRequest
	}
	w.WriteHeader(code)
	if code != http.StatusNoContent && code != http.StatusNotModified {
		io.WriteString(w, `{"id":77,"state":"paid"}`)
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func slow(w http.ResponseWriter, r *http.Request) {
	for range 4 {
		io.WriteString(w, "a part")
		http.NewResponseController(w).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

func hijack(w http.ResponseWriter, r *http.Request) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	defer c.Close()
	io.WriteString(c, "HTTP/1.1 403 Forbidden\r\n"+served+": 1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// counted counts the entries into next, and marks the answers.
func counted(entries *atomic.Uint64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entries.Add(1)
		w.Header().Set(served, "1")
		next.ServeHTTP(w, r)
	})
}

const recoverable = "of the handler, and recovered"

// recovering is a recovery outside the middleware, which only the connection can tell of.
func recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case recoverable:
				w.Header().Set(served, "1")
				w.WriteHeader(http.StatusServiceUnavailable)
			default:
				panic(p)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// refusal reports whether b is the beginning of an answer that no handler gave.
func refusal(b []byte) bool {
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	line, _, _ := strings.Cut(string(head), "\r\n")
	return strings.HasPrefix(line, "HTTP/1.") && len(line) > 9 && line[9] >= '4' && !bytes.Contains(head, []byte(served+": "))
}

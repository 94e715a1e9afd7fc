package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
)

// request is what a client sends, and how it goes on.
type request struct {
	method  string
	raw     string
	refused bool // malformed: the server answers it by itself
	ends    bool // the connection ends with it, or the handler waits
	end     ending
}

// ending is how a client behaves when it has sent a request.
type ending int

const (
	readsAnswer ending = iota
	resetsAtOnce
	resetsInAnswer
)

// targets are the well-formed requests, each as often as its weight says.
var targets = []struct {
	weight       int
	method, path string
	body         int
	ends         bool
}{
	{30, "GET", "/status/200", 0, false}, {6, "POST", "/status/201", 0, false}, {4, "DELETE", "/status/204", 0, false},
	{4, "GET", "/status/301", 0, false}, {6, "GET", "/status/304", 0, false}, {8, "GET", "/status/404", 0, false},
	{2, "POST", "/status/422", 0, false}, {2, "GET", "/status/429", 0, false}, {4, "GET", "/status/500", 0, false}, {2, "GET", "/status/503", 0, false},
	{4, "HEAD", "/status/200", 0, false}, {2, "HEAD", "/large", 0, false},
	{6, "POST", "/echo", 2000, false}, {2, "POST", "/echo", 100_000, false},
	{3, "GET", "/slow", 0, true}, {2, "GET", "/large", 0, false}, {1, "GET", "/chunked", 0, false}, {1, "GET", "/copied", 0, false},
	{3, "GET", "/hints", 0, false}, {1, "GET", "/hijack", 0, true}, {1, "GET", "/panic", 0, true}, {2, "GET", "/recovered", 0, true}, {1, "GET", "/abort", 0, true},
}

const good = "GET / HTTP/1.1\r\nHost: example.com\r\n"

// malformed are requests that net/http answers before any handler runs.
var malformed = []string{
	"nonsense\r\n\r\n",
	"GET / HTTP/1.1\r\n\r\n", // no Host
	good + "oops\r\n\r\n",
	good + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
	good + "X: " + strings.Repeat("x", 16<<10) + "\r\n\r\n",
	good + "Transfer-Encoding: gzip\r\n\r\n",
	"GET / HTTP/9.0\r\nHost: example.com\r\n\r\n",
	good + "Expect: a-miracle\r\nConnection: close\r\n\r\n",
	"\x16\x03\x01\x00\x05hello\r\n\r\n", // a TLS client
}

// wellFormed is a request for one of targets under an id.
func wellFormed(rnd *rand.Rand, id string) request {
	total := 0
	for _, t := range targets {
		total += t.weight
	}
	pick := rnd.IntN(total)
	for _, t := range targets {
		if pick -= t.weight; pick < 0 {
			return request{method: t.method, raw: raw(t.method, t.path, id, t.body), ends: t.ends}
		}
	}
	panic("unreachable")
}

func raw(method, path, id string, body int) string {
	length := ""
	if body > 0 {
		length = fmt.Sprintf("Content-Length: %d\r\n", body)
	}
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: example.com\r\nX-Request-Id: %s\r\n%s\r\n%s", method, path, id, length, strings.Repeat("b", body))
}

// vanishing is a request in the middle of which, or of whose answer, the client goes.
func vanishing(rnd *rand.Rand, id string) request {
	switch rnd.IntN(5) {
	case 0: // in the head: the server has nothing to answer
		s := raw("GET", "/status/200", id, 0)
		return request{raw: s[:1+rnd.IntN(len(s)-2)], end: resetsAtOnce}
	case 1: // in the body
		s := raw("POST", "/echo", id, 10_000)
		return request{raw: s[:len(s)-1-rnd.IntN(9_000)], end: resetsAtOnce}
	case 2: // perhaps before the handler runs
		return request{raw: raw("GET", "/status/200", id, 0), end: resetsAtOnce}
	case 3:
		return request{raw: raw("GET", "/slow", id, 0), end: resetsInAnswer}
	default:
		return request{raw: raw("GET", "/large", id, 0), end: resetsInAnswer}
	}
}

// next is what client sends next. Every tenth client vanishes now and then.
func next(rnd *rand.Rand, client int, id string) request {
	switch n := rnd.IntN(100); {
	case client%10 == 0 && n < 40:
		return vanishing(rnd, id)
	case n < 3:
		return request{method: http.MethodGet, raw: malformed[rnd.IntN(len(malformed))], refused: true}
	}
	return wellFormed(rnd, id)
}

package middleware

import (
	"bufio"
	"net"
	"net/http"
)

// The optional interfaces of a ResponseWriter. A handler asks for them by type
// assertion and behaves otherwise without them, so that the writer it is given
// must have exactly those of the writer below. io.ReaderFrom and io.StringWriter
// are always there: they change nothing but speed.
type flusher struct{ rec *recorder }

func (f flusher) Flush()            { _ = f.rec.flush() }
func (f flusher) FlushError() error { return f.rec.flush() }

type hijacker struct{ rec *recorder }

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) { return h.rec.hijack() }

type pusher struct{ rec *recorder }

func (p pusher) Push(target string, opts *http.PushOptions) error {
	return p.rec.ResponseWriter.(http.Pusher).Push(target, opts)
}

// closeNotifier is http.CloseNotifier, which is deprecated and which gin still asserts.
type closeNotifier interface{ CloseNotify() <-chan bool }

type notifier struct{ rec *recorder }

func (n notifier) CloseNotify() <-chan bool {
	return n.rec.ResponseWriter.(closeNotifier).CloseNotify()
}

// http1Writer and http2Writer have what net/http's own writers have. They are
// written out so that the usual request costs one allocation.
type http1Writer struct {
	recorder
}

func (w *http1Writer) Flush()                                       { _ = w.flush() }
func (w *http1Writer) FlushError() error                            { return w.flush() }
func (w *http1Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.hijack() }
func (w *http1Writer) CloseNotify() <-chan bool                     { return notifier{&w.recorder}.CloseNotify() }

type http2Writer struct {
	recorder
}

func (w *http2Writer) Flush()                   { _ = w.flush() }
func (w *http2Writer) FlushError() error        { return w.flush() }
func (w *http2Writer) CloseNotify() <-chan bool { return notifier{&w.recorder}.CloseNotify() }
func (w *http2Writer) Push(target string, opts *http.PushOptions) error {
	return pusher{&w.recorder}.Push(target, opts)
}

// newRecorder returns a recorder for w, and the writer that a handler is given in
// w's place.
func newRecorder(w http.ResponseWriter) (*recorder, http.ResponseWriter) {
	const flush, hijack, push, notify = 1, 2, 4, 8
	has := 0
	if _, ok := w.(http.Flusher); ok {
		has |= flush
	}
	if _, ok := w.(http.Hijacker); ok {
		has |= hijack
	}
	if _, ok := w.(http.Pusher); ok {
		has |= push
	}
	if _, ok := w.(closeNotifier); ok {
		has |= notify
	}
	switch has {
	case flush | hijack | notify:
		x := &http1Writer{}
		x.ResponseWriter, x.self = w, x
		return &x.recorder, x
	case flush | push | notify:
		x := &http2Writer{}
		x.ResponseWriter, x.self = w, x
		return &x.recorder, x
	}
	rec := &recorder{ResponseWriter: w}
	f, h, p, n := flusher{rec}, hijacker{rec}, pusher{rec}, notifier{rec}
	var self http.ResponseWriter = rec
	switch has {
	case flush:
		self = struct {
			*recorder
			flusher
		}{rec, f}
	case hijack:
		self = struct {
			*recorder
			hijacker
		}{rec, h}
	case push:
		self = struct {
			*recorder
			pusher
		}{rec, p}
	case notify:
		self = struct {
			*recorder
			notifier
		}{rec, n}
	case flush | hijack:
		self = struct {
			*recorder
			flusher
			hijacker
		}{rec, f, h}
	case flush | push:
		self = struct {
			*recorder
			flusher
			pusher
		}{rec, f, p}
	case flush | notify:
		self = struct {
			*recorder
			flusher
			notifier
		}{rec, f, n}
	case hijack | push:
		self = struct {
			*recorder
			hijacker
			pusher
		}{rec, h, p}
	case hijack | notify:
		self = struct {
			*recorder
			hijacker
			notifier
		}{rec, h, n}
	case push | notify:
		self = struct {
			*recorder
			pusher
			notifier
		}{rec, p, n}
	case flush | hijack | push:
		self = struct {
			*recorder
			flusher
			hijacker
			pusher
		}{rec, f, h, p}
	case hijack | push | notify:
		self = struct {
			*recorder
			hijacker
			pusher
			notifier
		}{rec, h, p, n}
	case flush | hijack | push | notify:
		self = struct {
			*recorder
			flusher
			hijacker
			pusher
			notifier
		}{rec, f, h, p, n}
	}
	rec.self = self
	return rec, self
}

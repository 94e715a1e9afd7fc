package middleware

import "github.com/loganalyze/loganalyze/middleware/accesslog"

// Observe calls f with each record before its line is written, and also where the
// line is then lost or Sample leaves it out: for metrics, or to tell somebody of a
// failure. Given several times, each f is called, in that order. What Skip leaves out f
// does not get.
//
// The record is valid until f returns, and f must not change it; what it keeps, it
// copies. An empty Level is the record's DefaultLevel. f is called on the goroutine
// of the request, or the one that closes a hijacked connection, many at a time: the
// response waits for f. A panic of f's ends f alone, and is told to OnError.
func Observe(f func(*accesslog.Record)) Option {
	return func(l *Logger) { l.out.observers = append(l.out.observers, f) }
}

func (o *output) observe(rec *accesslog.Record) {
	for _, f := range o.observers {
		o.showTo(f, rec)
	}
}

func (o *output) showTo(f func(*accesslog.Record), rec *accesslog.Record) {
	defer o.contain("Observe")
	f(rec)
}

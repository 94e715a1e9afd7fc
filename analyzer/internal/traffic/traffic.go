// Package traffic makes the logs that this project measures itself on: those of a service
// whose routes, clients and failures are spread as they are in real ones, the same ones for the
// same seed.
package traffic

import (
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// Options say what the traffic is like.
type Options struct {
	Seed    uint64
	Clients int // addresses, of which few send most; 0 is 5,000
	// Unique is the share of requests, 0 to 1, for a path that is asked for once.
	Unique float64
	// PerSecond is how many requests are completed in a second; 0 is 140.
	PerSecond float64
}

// Traffic makes one record after the other. It is for one goroutine.
type Traffic struct {
	Options
	random *rand.Rand
	n      int64
	step   time.Duration
	buf    []byte
}

// New returns traffic from noon of 20 November 2026 on.
func New(o Options) *Traffic {
	if o.Clients == 0 {
		o.Clients = 5000
	}
	if o.PerSecond == 0 {
		o.PerSecond = 140
	}
	return &Traffic{Options: o, random: rand.New(rand.NewPCG(o.Seed, 2)), step: time.Duration(float64(time.Second) / o.PerSecond)}
}

var (
	begin    = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	names    = []string{"users", "orders", "carts", "items", "search", "login", "health", "images"}
	methods  = []string{"GET", "GET", "GET", "POST", "PUT"}
	statuses = []int{200, 200, 200, 200, 201, 204, 304, 400, 404}
	failures = []int{500, 502, 503}
	agents   = []string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
		"curl/8.5.0", "ShopApp/4.2 (Android 16)",
	}
)

// Next fills r. A request in 50 is a scanner's for
// what is not there, without a route. A tenth of the failures comes all the time, the rest in one
// hour of five.
func (t *Traffic) Next(r *accesslog.Record) {
	t.n++
	r.Reset()
	r.Time = begin.Add(time.Duration(t.n) * t.step)
	few := func(n int) int { return int(float64(n) * math.Pow(t.random.Float64(), 3)) } // the first ones most
	r.Method = methods[t.random.IntN(len(methods))]
	r.Status = accesslog.Some(statuses[t.random.IntN(len(statuses))])
	if t.n/50_000%5 == 3 && t.random.IntN(20) == 0 || t.random.IntN(1000) == 0 {
		r.Status = accesslog.Some(failures[t.random.IntN(len(failures))])
		r.Error = "db: too many connections"
	}
	name := names[few(len(names))]
	switch {
	case t.random.IntN(50) == 0:
		r.Method, r.Status, r.Error = "GET", accesslog.Some(404), ""
		r.Path = t.text("/wp-", few(200), ".php")
	case t.random.Float64() < t.Unique:
		r.Route, r.Path = "/"+name+"/{id}", t.text("/"+name+"/", 1_000_000_000+int(t.n), "")
	default:
		r.Route, r.Path = "/"+name+"/{id}", t.text("/"+name+"/", few(100_000), "")
	}
	r.Duration = accesslog.Some(time.Duration(math.Exp(t.random.NormFloat64()*1.2+1.5) * float64(time.Millisecond)))
	r.TTFB = r.Duration
	r.RequestBytes, r.ResponseBytes = accesslog.Some[int64](0), accesslog.Some(t.random.Int64N(20_000))
	client := few(t.Clients)
	r.ClientIP = t.text("10.", client>>16, "."+strconv.Itoa(client>>8&255)+"."+strconv.Itoa(client&255))
	r.Host, r.Scheme, r.Proto = "api.example.com", "https", "2"
	r.RequestID = t.text("", int(t.random.Uint64()>>1), "")
	r.UserAgent = agents[few(len(agents))]
}

// text is a number between two texts.
func (t *Traffic) text(before string, n int, behind string) string {
	t.buf = append(strconv.AppendInt(append(t.buf[:0], before...), int64(n), 10), behind...)
	return string(t.buf)
}

// Line writes a record as one line of a log.
type Line func(dst []byte, r *accesslog.Record) []byte

// Ours is the log of this project's middleware.
func Ours(dst []byte, r *accesslog.Record) []byte { return r.AppendJSON(dst) }

// Combined is the combined format of nginx and Apache, which has no route and no duration.
func Combined(dst []byte, r *accesslog.Record) []byte {
	dst = append(append(dst, r.ClientIP...), " - - ["...)
	dst = r.Time.AppendFormat(dst, "02/Jan/2006:15:04:05 -0700")
	dst = append(append(dst, `] "`...), r.Method...)
	dst = append(append(dst, ' '), r.Path...)
	dst = append(dst, ` HTTP/1.1" `...)
	dst = strconv.AppendInt(dst, int64(r.Status.Value), 10)
	dst = strconv.AppendInt(append(dst, ' '), r.ResponseBytes.Value, 10)
	dst = append(append(dst, ` "-" "`...), r.UserAgent...)
	return append(dst, "\"\n"...)
}

// Log is a log of at least size bytes.
func Log(o Options, line Line, size int) []byte {
	t := New(o)
	var r accesslog.Record
	b := make([]byte, 0, size+accesslog.MaxLine)
	for len(b) < size {
		t.Next(&r)
		b = line(b, &r)
	}
	return b
}

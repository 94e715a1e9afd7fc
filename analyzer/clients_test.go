package analyzer

import (
	"fmt"
	"math"
	"testing"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func from(ip string) func(*accesslog.Record) {
	return func(r *accesslog.Record) { r.ClientIP = ip }
}

func TestClients(t *testing.T) {
	ok, broken := response("GET", "/", 200), response("GET", "/", 500)
	r := reportOf(
		with(ok, from("192.0.2.1")), with(ok, from("192.0.2.1")), with(broken, from("192.0.2.1")),
		with(response("GET", "/", 404), from("192.0.2.2")),
		with(ok, from("2001:db8::1"), ended("panic")),
		ok, broken, // whose client is unknown
	)
	if want := (Clients{Distinct: 3, Failing: 2}); r.Clients != want {
		t.Errorf("clients are %+v, want %+v", r.Clients, want)
	}
}

// The number of clients that met a failure is no estimate as long as they are few,
// however many there are in all.
func TestClientsBeyondTheLimit(t *testing.T) {
	const n = 50_000
	a, b := NewAnalysis(), NewAnalysis()
	for i := range n {
		r := with(response("GET", "/", 200), from(fmt.Sprint("client-", i)))
		if i%100 == 0 {
			r.Status = accesslog.Some(502)
		}
		a.Add(&r, onLine("a", uint64(i)))
		if i%2 == 0 {
			b.Add(&r, onLine("b", uint64(i)))
		}
	}
	a.Merge(b)
	got := a.Report(nil, Options{}).Clients
	if math.Abs(float64(got.Distinct)-n) > .03*n || got.Failing != n/100 {
		t.Errorf("clients are %+v, want about %d and %d", got, n, n/100)
	}
}

package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/loganalyze/loganalyze/cmd/usersapi/internal/truth"
)

// scene plays the fault of a load on a fleet, and counts whom it hits.
type scene struct {
	truth.Truth
	breakage
	clients map[string]bool // that met a failure
	missing int             // answers that did not come

	mu     sync.Mutex // held by the handlers too
	now    time.Time  // when the request was sent that is being answered
	broken bool
	rng    *rand.Rand // of how long they take
}

// newScene starts a fleet, and arms it. Nothing is broken yet.
func newScene(ctx context.Context, cfg Config, lc loadConfig, steps []step) (*scene, *bed, error) {
	in, _ := findIncident(lc.incident)
	s := &scene{clients: map[string]bool{}, rng: lc.dice("work")}
	s.Truth = truth.Truth{Name: in.name, Seed: lc.seed, Stream: in.fault.stream, Periods: []truth.Period{}}
	b, err := newFleet(ctx, cfg, len(steps), s.handled)
	if err != nil {
		return nil, nil, err
	}
	if in.fault.long > 0 {
		s.Start, s.End = lc.window()
		s.Periods = []truth.Period{{Start: s.Start, End: s.End}}
	}
	s.breakage = in.fault.arm(&arming{
		Truth: &s.Truth, rng: lc.dice("fault"), bed: b, load: lc,
		now: s.time, people: busiest(steps),
	})
	return s, b, nil
}

// handled is what the handlers of all instances begin with.
func (s *scene) handled(in *instance, pattern string, r *http.Request) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	time.Sleep(s.work())
	if !s.broken || s.handle == nil {
		return nil
	}
	return s.handle(in, pattern, r)
}

// work is how long a handler takes besides what it really does: some have to read what
// is in no cache. Durations are real, and without it so short and alike that whatever
// else the machine does shows in the log as an incident.
func (s *scene) work() time.Duration {
	if s.rng.Float64() > .03 {
		return 0
	}
	return 10*time.Millisecond + time.Duration(s.rng.Int64N(int64(10*time.Millisecond)))
}

// time is that of the step being taken.
func (s *scene) time() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// take breaks or mends what is to be when st is sent, and makes st what it is on a
// fleet.
func (s *scene) take(ctx context.Context, st *step) error {
	if err := s.advance(ctx, st.at); err != nil {
		return err
	}
	st.traced = true
	if s.broken && s.send != nil {
		s.send(st)
	}
	if s.holds(st.at) {
		s.Requests++
	}
	return nil
}

func (s *scene) advance(ctx context.Context, t time.Time) error {
	broken := slices.ContainsFunc(s.Periods, func(p truth.Period) bool { return p.Holds(t) })
	s.mu.Lock()
	was := s.broken
	s.now, s.broken = t, broken
	s.mu.Unlock()
	switch {
	case broken && !was && s.begin != nil:
		return s.begin(ctx)
	case was && !broken && s.end != nil:
		return s.end(ctx)
	}
	return nil
}

func (s *scene) holds(t time.Time) bool { return truth.Period{Start: s.Start, End: s.End}.Holds(t) }

// answered counts the answer to the step being taken, and unanswered that there is
// none.
func (s *scene) answered(resp *http.Response) {
	if s.holds(s.now) && failures[s.Stream](resp) {
		s.hit(resp.Request.Header.Get("X-Forwarded-For"))
	}
}

func (s *scene) unanswered(st step) {
	s.missing++
	s.hit(st.client.ip)
}

// hit counts a failure that a client met.
func (s *scene) hit(ip string) {
	s.Failed++
	s.clients[ip] = true
	s.Clients = len(s.clients)
}

// over mends what is broken still, and writes the truth to the file at path, if any.
func (s *scene) over(ctx context.Context, path string) error {
	if err := s.advance(ctx, time.Time{}); err != nil || path == "" {
		return err
	}
	return s.Write(path)
}

// failures tell by the stream whether an answer is a failure. Of volume none is: it is
// those that do not come.
var failures = map[string]func(*http.Response) bool{
	"5xx":    func(r *http.Response) bool { return r.StatusCode >= 500 },
	"4xx":    func(r *http.Response) bool { return r.StatusCode >= 400 && r.StatusCode < 500 },
	"slow":   func(r *http.Response) bool { return r.Header.Get("Server-Timing") != "" },
	"volume": func(*http.Response) bool { return false },
}

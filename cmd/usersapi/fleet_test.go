package main

import (
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/cmd/usersapi/internal/truth"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// playTest returns the records of a fault, and the truth about it.
func playTest(t *testing.T, incident string, requests int) (recs []accesslog.Record, told truth.Truth) {
	t.Helper()
	lc := testLoad(requests, incident)
	lc.truth = filepath.Join(t.TempDir(), "truth.json")
	path := filepath.Join(t.TempDir(), "access.log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cfg := Config{Log: file, ErrorLog: log.New(io.Discard, "", 0), AvatarTimeout: 250 * time.Millisecond, MaxInFlight: 4, Version: "1.0.0"}
	if err := load(t.Context(), cfg, lc, io.Discard); err != nil {
		t.Fatal(err)
	}
	if told, err = truth.Read(lc.truth); err != nil {
		t.Fatal(err)
	}
	return records(t, path), told
}

// attr is an attribute of a record as the analyzer names it.
func attr(r accesslog.Record, name string) string {
	switch name {
	case "method":
		return r.Method
	case "route":
		return r.Route
	case "client_ip":
		return r.ClientIP
	case "user_agent":
		family, _, _ := strings.Cut(r.UserAgent, "/")
		return family
	}
	for _, a := range r.Attrs {
		if a.Key == name {
			return a.Text()
		}
	}
	return ""
}

func shares(r accesslog.Record, where map[string]string) bool {
	for name, value := range where {
		if attr(r, name) != value {
			return false
		}
	}
	return true
}

// failed reports whether a record is a failure in the sense of a stream.
func failed(r accesslog.Record, stream string) bool {
	switch status := r.Status.Value; stream {
	case "5xx":
		return status >= 500
	case "4xx":
		return status >= 400 && status < 500
	case "slow":
		return status < 400 && r.Route == "/users/{id}/avatar" && r.Duration.Value >= slowAvatar
	}
	return false
}

// everyDay reports whether a failure is one of a good day.
func everyDay(r accesslog.Record, stream string) bool {
	switch status := r.Status.Value; stream {
	case "5xx":
		return r.Route == "/users/{id}/avatar" && (status == 502 || status == 504) && !strings.Contains(r.Error, errBadInstance.Error()) ||
			r.Route == "/users/import" && status == 500
	case "4xx":
		return r.Route != "/users" || r.Method != "GET"
	}
	return false
}

// TestFaults: of each fault the log tells what the truth tells. What fails beyond a
// good day fails in the fault's time and place, and the load driver counted the same
// failures and clients.
func TestFaults(t *testing.T) {
	for _, name := range truth.Incidents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests := 350
			if name == "client" {
				requests = 800 // of which one client has few
			}
			recs, told := playTest(t, name, requests)
			want := truth.Truth{Name: name, Seed: 7, Stream: told.Stream, Start: told.Start, End: told.End,
				Periods: told.Periods, FirstRoute: told.FirstRoute, Where: told.Where}
			whole := truth.Period{Start: told.Start, End: told.End}
			clients := map[string]bool{}
			var early *accesslog.Record
			for _, r := range recs {
				if whole.Holds(r.Start()) {
					want.Requests++
				}
				if !failed(r, told.Stream) || told.Stream == "slow" && !whole.Holds(r.Start()) {
					continue // a busy machine is slow at any time
				}
				if whole.Holds(r.Start()) {
					want.Failed++
					clients[r.ClientIP] = true
				}
				if everyDay(r, told.Stream) {
					continue
				}
				if !slices.ContainsFunc(told.Periods, func(p truth.Period) bool { return p.Holds(r.Start()) }) || !shares(r, told.Where) {
					t.Errorf("%v: %s %s answers %d on %s to %s", r.Start(), r.Method, r.Path, r.Status.Value, attr(r, "instance"), r.ClientIP)
				}
				if early == nil {
					early = &r
				}
			}
			if f := told.FirstRoute; f != nil && (early == nil || *f != truth.Route{Method: early.Method, Route: early.Route}) {
				t.Errorf("first route %v, told %v", early, f)
			}
			want.Clients = len(clients)
			if lost := requests - len(recs); lost > 0 && name == "outage" {
				want.Requests, want.Failed, want.Clients = want.Requests+lost, lost, told.Clients
			}
			if d := cmp.Diff(want, told); d != "" {
				t.Errorf("the log (-) and the truth (+) differ:\n%s", d)
			}
			if quiet := name == "quiet"; !quiet && (told.Failed < 3 || told.Clients < 1) || quiet && told.Failed > 0 {
				t.Errorf("%d failed for %d clients", told.Failed, told.Clients)
			}
		})
	}
}

// TestFaultTold: what is needed to find where failures come from is in each record.
func TestFaultTold(t *testing.T) {
	recs, told := playTest(t, "crash", 300)
	for _, r := range recs {
		dead := strings.Contains(r.Error, errBadInstance.Error())
		if attr(r, "instance") == "" && r.Route != "" || r.TraceID == "" || r.RequestID == "" || attr(r, "version") == "" != dead {
			t.Errorf("%s %s answers %d: %+v", r.Method, r.Path, r.Status.Value, r.Attrs)
		}
		if dead && (r.Route == "" && r.Status.Value != 502) {
			t.Errorf("%s %s: %+v", r.Method, r.Path, r)
		}
	}
	again, toldAgain := playTest(t, "crash", 300)
	if d := cmp.Diff(answers(recs), answers(again)); d != "" {
		t.Errorf("two runs differ:\n%s", d)
	}
	if d := cmp.Diff(told, toldAgain); d != "" {
		t.Errorf("two truths differ:\n%s", d)
	}
}

// TestIncidentsAreScored: no fault is left out when reviews are scored.
func TestIncidentsAreScored(t *testing.T) {
	var names []string
	for _, in := range incidents {
		if in.fault != nil {
			names = append(names, in.name)
		}
	}
	if d := cmp.Diff(truth.Incidents, names); d != "" {
		t.Errorf("incidents (-scored +there):\n%s", d)
	}
}

// TestBucket: the burst goes through at once, and what is refilled later; a clock that
// goes back refills nothing.
func TestBucket(t *testing.T) {
	var at time.Duration
	b := &bucket{rate: 2, burst: 3, now: func() time.Time { return time.Unix(1, 0).Add(at) }}
	for _, tc := range []struct {
		at   time.Duration
		want string
	}{
		{0, "true true true false"},
		{500 * time.Millisecond, "true false false false"},
		{400 * time.Millisecond, "false false false false"},
		{time.Hour, "true true true false"},
	} {
		at = tc.at
		if got := fmt.Sprint(b.take(), " ", b.take(), " ", b.take(), " ", b.take()); got != tc.want {
			t.Errorf("at %v: %s, want %s", tc.at, got, tc.want)
		}
	}
}

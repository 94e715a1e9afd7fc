// Package truth is what the load driver of usersapi knows of the incident that it
// made: what a review of the log should find.
package truth

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// Incidents are the names of what can be broken, in the order in which they are
// scored.
var Incidents = []string{
	"instance", "route", "client", "release", "app", "slow", "flapping", "crash", "limit", "outage", "quiet",
}

// Truth is the fault, and whom it hit. The counts are the load driver's, taken from
// the answers that it received; the log has no part in them.
type Truth struct {
	Name   string `json:"name"`
	Seed   uint64 `json:"seed"`
	Stream string `json:"stream"` // in which it shows: 5xx, 4xx, slow, volume; "" where nothing broke

	// Start and End are when the fault was there; absent where nothing broke.
	Start time.Time `json:"start,omitzero"`
	End   time.Time `json:"end,omitzero"`
	// Periods are when it was really there: once, several times if it came and went, or never.
	Periods []Period `json:"periods"`

	FirstRoute *Route            `json:"first_route"` // that failed; null where it was no single one
	Where      map[string]string `json:"where"`       // what the failures share; null where nothing

	Requests int `json:"requests"` // sent from Start to End
	Failed   int `json:"failed"`   // those of them that failed, in the sense of the stream
	Clients  int `json:"clients"`  // distinct ones to which that happened
}

// Period is a stretch of time, without its end.
type Period struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Holds reports whether at is in p.
func (p Period) Holds(at time.Time) bool { return !at.Before(p.Start) && at.Before(p.End) }

// Route is a route as the log names it.
type Route struct {
	Method string `json:"method"`
	Route  string `json:"route"`
}

// Write makes the file at path.
func (t *Truth) Write(path string) error {
	b, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("encode truth: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write truth: %w", err)
	}
	return nil
}

// Read reads what Write wrote.
func Read(path string) (t Truth, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return t, fmt.Errorf("read truth: %w", err)
	}
	if err := json.Unmarshal(b, &t); err != nil {
		return t, fmt.Errorf("read truth %s: %w", path, err)
	}
	return t, nil
}

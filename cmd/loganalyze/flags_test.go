package main

import (
	"os"
	"testing"
	"time"
)

func TestTimeFlag(t *testing.T) {
	zone := time.FixedZone("", 2*3600)
	now := time.Date(2026, 11, 20, 15, 30, 0, 0, zone)
	tests := []struct{ reason, in, want string }{
		{"RFC 3339", "2026-11-20T14:00:00Z", "2026-11-20T14:00:00Z"},
		{"with an offset", "2026-11-20T14:00:00+01:00", "2026-11-20T13:00:00Z"},
		{"local without a zone", "2026-11-20 14:00", "2026-11-20T12:00:00Z"},
		{"with seconds", "2026-11-20 14:00:05", "2026-11-20T12:00:05Z"},
		{"with a T", "2026-11-20T14:00", "2026-11-20T12:00:00Z"},
		{"a day begins at midnight", "2026-11-19", "2026-11-18T22:00:00Z"},
		{"a clock time is of today", "14:00", "2026-11-20T12:00:00Z"},
		{"a clock time with seconds", "14:00:30", "2026-11-20T12:00:30Z"},
		{"hours ago", "2h", "2026-11-20T11:30:00Z"},
		{"minutes and seconds ago", "1m30s", "2026-11-20T13:28:30Z"},
		{"days ago", "3d", "2026-11-17T13:30:00Z"},
		{"weeks ago", "1w", "2026-11-13T13:30:00Z"},
		{"yesterday begins at midnight", "yesterday", "2026-11-18T22:00:00Z"},
		{"today", "today", "2026-11-19T22:00:00Z"},
		{"hours and minutes ago", "1h30m", "2026-11-20T12:00:00Z"},
		{"the Common Log Format", "26/Nov/2026:21:30:00 +0000", "2026-11-26T21:30:00Z"},
		{"with its brackets", "[26/Nov/2026:21:30:00 +0100]", "2026-11-26T20:30:00Z"},
		{"without its zone", "26/Nov/2026:21:30", "2026-11-26T19:30:00Z"},
		{"nginx's error log", "2026/11/26 21:30:00", "2026-11-26T19:30:00Z"},
		{"no seconds, but a zone", "2026-11-26T21:30Z", "2026-11-26T21:30:00Z"},
		{"UTC by its name", "2026-11-26 21:30 UTC", "2026-11-26T21:30:00Z"},
		{"a space in place of the T", "2026-11-26 21:30:00+01:00", "2026-11-26T20:30:00Z"},
		{"a space before the zone", "2026-11-26 21:30:00 -0130", "2026-11-26T23:00:00Z"},
		{"a day of UTC", "2026-11-26Z", "2026-11-26T00:00:00Z"},
		{"a fraction", "2026-11-26T21:30:00.250Z", "2026-11-26T21:30:00.25Z"},
		{"a comma before the fraction, as Python's logging has it", "2026-11-26 21:30:00,250", "2026-11-26T19:30:00.25Z"},
		{"a clock time of UTC", "13:00Z", "2026-11-20T13:00:00Z"},
		{"a clock time is of the day of its zone", "01:00+14:00", "2026-11-20T11:00:00Z"},
		{"seconds since 1970", "1795183200", "2026-11-20T14:00:00Z"},
		{"with a fraction, as nginx's $msec", "1795183200.5", "2026-11-20T14:00:00.5Z"},
		{"milliseconds", "1795183200500", "2026-11-20T14:00:00.5Z"},
		{"now", "now", "2026-11-20T13:30:00Z"},
	}
	for _, tt := range tests {
		got, err := timeFlag("since", tt.in, now)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != tt.want {
			t.Errorf("%s: %q gives %v (%v), want %s", tt.reason, tt.in, got.UTC(), err, tt.want)
		}
	}
	for _, bad := range []string{"soon", "25:00", "2026-13-01", "-2h", "2x", "d", "1e9w", "90000w", "20261120", "1e300", "NaN", "2026-11-26 21:30 CET", "Z", "21:30 o'clock"} {
		if got, err := timeFlag("since", bad, now); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

func TestColored(t *testing.T) {
	tests := []struct {
		reason string
		mode   colorMode
		env    map[string]string
		want   bool
	}{
		{"a pipe gets none", colorAuto, nil, false},
		{"the flag goes before NO_COLOR", colorAlways, map[string]string{"NO_COLOR": "1"}, true},
		{"the flag goes before CLICOLOR_FORCE", colorNever, map[string]string{"CLICOLOR_FORCE": "1"}, false},
		{"any NO_COLOR counts", colorAuto, map[string]string{"NO_COLOR": "yes", "CLICOLOR_FORCE": "1"}, false},
		{"an empty NO_COLOR is none", colorAuto, map[string]string{"NO_COLOR": "", "CLICOLOR_FORCE": "1"}, true},
		{"CLICOLOR_FORCE=0 forces nothing", colorAuto, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{"CLICOLOR_FORCE goes before TERM", colorAuto, map[string]string{"CLICOLOR_FORCE": "1", "TERM": "dumb"}, true},
	}
	for _, tt := range tests {
		if got := tt.mode.colored(os.Stderr, func(k string) string { return tt.env[k] }); got != tt.want && !isTerminal(os.Stderr) {
			t.Errorf("%s: %v, want %v", tt.reason, got, tt.want)
		}
	}
}

package format

import (
	"strings"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var uwsgi = &Format{
	Name:    "uwsgi",
	Title:   "uWSGI's request log",
	Example: `[pid: 88185|app: 0|req: 1/1] 127.0.0.1 () {38 vars in 696 bytes} [Sun Mar 13 22:49:12 2016] POST /m => generated 47 bytes in 129 msecs (HTTP/1.1 200) 9 headers in 378 bytes (1 switches on core 3)`,
	Clock:   ClockStart,
	Unit:    Milliseconds, // mostly: each line names its own
	learn: learnLayout(
		mustLayout(uwsgiLine, ""),
		mustLayout(`{address space usage: $memory} {rss usage: $memory} `+uwsgiLine, ""), // with --memory-report
	),
}

const uwsgiLine = `[pid: $pid|app: $app|req: $count] $forwarded_for ($remote_user) {$vars} [$time] $method $path => generated $response_bytes bytes in $elapsed ($proto $status) $headers`

// uwsgiDuration reads "129 msecs", "68 micros" or "3 msecs via sendfile()".
func uwsgiDuration(s string) accesslog.Opt[time.Duration] {
	n, rest, _ := strings.Cut(s, " ")
	word, _, _ := strings.Cut(rest, " ")
	unit, ok := uwsgiUnits[word]
	d, okay := parseDuration(n, unit)
	if !ok || !okay {
		return accesslog.Opt[time.Duration]{}
	}
	return accesslog.Some(d)
}

var uwsgiUnits = map[string]Unit{"secs": Seconds, "msecs": Milliseconds, "micros": Microseconds}

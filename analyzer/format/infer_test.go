package format

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func inferredConformance() conformance {
	example := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Proto: "1.1", Status: accesslog.Some(502), ClientIP: "203.0.113.7", Duration: dur(12500 * time.Microsecond),
	}
	full := example
	full.Time, full.ResponseBytes, full.Referer, full.UserAgent = morning, some(157), "https://example.com/list", "curl/8.5.0"
	return conformance{
		format: inferred, example: example, record: full,
		full:  `[2026-09-06T05:58:05+09:00] 502 203.0.113.7:5123 "GET /u/42?x=1 HTTP/1.1" size=157 took=12.5ms "https://example.com/list?page=2" "curl/8.5.0"`,
		saved: `HTTP/1.1" `,
		cases: []lineCase{
			{name: "empty", reason: "an empty line is no request", line: "", none: true, kind: Other},
			{name: "prose", reason: "a line of words is none", line: "listening on [::]:8080", none: true, kind: Other},
			{name: "another time", reason: "another layout", old: "2026-09-06T05:58:05+09:00", new: "yesterday", none: true, kind: Other},
			{name: "no status", reason: "a column is missing", old: " 502 ", new: " ", none: true, kind: Malformed},
			{name: "no size", reason: "a column is missing", old: " size=157", new: "", none: true, kind: Malformed},
			{name: "ends behind the request", reason: "the status is saved", old: ` size=157 took=12.5ms "https://example.com/list?page=2" "curl/8.5.0"`, new: "", kind: Truncated,
				want: func(r *record) { noTail(r); r.Duration = accesslog.Opt[time.Duration]{} }},
			{name: "hyphens", reason: "a hyphen is unknown", old: `size=157 took=12.5ms "https://example.com/list?page=2" "curl/8.5.0"`, new: `size=- took=- "-" "-"`,
				want: func(r *record) { noTail(r); r.Duration = accesslog.Opt[time.Duration]{} }},
			{name: "time -", reason: "so is a time", old: "2026-09-06T05:58:05+09:00", new: "-", want: func(r *record) { r.Time = time.Time{} }},
			{name: "status -", reason: "so is a status", old: " 502 ", new: " - ", want: func(r *record) { r.Status = accesslog.Opt[int]{} }},
			{name: "000", reason: "nothing was sent", old: " 502 ", new: " 000 ", want: status(0)},
			{name: "status 3", reason: "no status", old: " 502 ", new: " 3 ", none: true, kind: Malformed},
			{name: "duration without a unit", reason: "unknown, as the others name theirs", old: "12.5ms", new: "12.5", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }},
			{name: "quotes where there were none", reason: "as CSV writes values that need it", old: "12.5ms", new: `"12.5ms"`},
			{name: "IPv6", reason: "colons are no port", old: "203.0.113.7:5123", new: "2001:db8::1", want: func(r *record) { r.ClientIP = "2001:db8::1" }},
			{name: "IPv6 and port", reason: "an IP alone", old: "203.0.113.7:5123", new: "[2001:db8::1]:5123", want: func(r *record) { r.ClientIP = "2001:db8::1" }},
			{name: "PROPFIND", reason: "WebDAV has methods of its own", old: `"GET`, new: `"PROPFIND`, want: method("PROPFIND")},
			{name: "M-SEARCH", reason: "a method can have a hyphen", old: `"GET`, new: `"M-SEARCH`, want: method("M-SEARCH")},
			{name: "TLS to the plain port", reason: "no method, no path", old: `"` + request, new: `"\x16\x03\x01`, want: noRequest},
			{name: "percent-encoding", reason: "%2F is no slash", old: `/u/42?x=1`, new: `/a%2Fb%3Fc`, want: path("/a%2Fb%3Fc")},
			{name: "escapes", reason: "decoded", old: `/u/42?x=1`, new: `/\"\\\x41`, want: path(`/"\A`)},
			{name: "doubled quotes", reason: "as CSV writes them", old: `/u/42?x=1`, new: `/""x""`, want: path(`/"x"`)},
			{name: "NUL", reason: "any byte can be in a path", old: `/u/42?x=1`, new: "/\x00", want: path("/\x00")},
			{name: "invalid UTF-8", reason: "bytes are kept as they are", old: `/u/42?x=1`, new: "/\xff", want: path("/\xff")},
			{name: "long path", reason: "a mebibyte is a path, too", old: `/u/42?x=1`, new: "/" + strings.Repeat("a", 1<<20), want: path("/" + strings.Repeat("a", 1<<20))},
			{name: "extras", reason: "columns that somebody added are not read", old: `"curl/8.5.0"`, new: `"curl/8.5.0" 0.012 "x"`},
		},
		traffic: func(i int, at time.Time) string {
			agent := "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
			if i%10 == 0 {
				agent = `Mozilla/5.0 (\"compatible\")`
			}
			return fmt.Sprintf(`[%s] %d 203.0.113.%d:%d "GET /users/%d?page=%d HTTP/1.1" size=%d took=%d.5ms "https://example.com/users?page=2" "%s"`,
				at.Format(time.RFC3339), statusAt(i), i%256, 1024+i, i, i%9, i*37, i%100, agent)
		},
	}
}

func FuzzInferred(f *testing.F) { fuzzParser(f, inferred, holdsForeign) }

// truth is a request before anybody wrote it down.
type truth struct {
	at            time.Time
	method, path  string
	query, agent  string
	referer, ip   string
	status        int
	bytes         int64
	took          time.Duration
	port, counter int
}

var truthAgents = []string{
	"curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0", "Mozilla/5.0 (compatible; bot/2.1; +http://example.com/bot)", "Go-http-client/1.1",
}

// truths are the requests of one log.
func truths(n int, seed uint64) []truth {
	rng := rand.New(rand.NewPCG(seed, 7))
	at := time.Date(2026, 9, 5, 20, 58, 5, 0, time.UTC)
	statuses := []int{200, 200, 200, 200, 200, 200, 304, 404, 302, 201, 500, 502, 204}
	methods := []string{"GET", "GET", "GET", "GET", "POST", "PUT", "HEAD"}
	var out []truth
	for i := range n {
		at = at.Add(time.Duration(rng.IntN(3000)) * time.Millisecond)
		page := rng.IntN(12)
		t := truth{
			at: at, method: methods[rng.IntN(len(methods))], path: fmt.Sprintf("/users/%d", page), status: statuses[rng.IntN(len(statuses))],
			agent: truthAgents[rng.IntN(len(truthAgents))], ip: fmt.Sprintf("203.0.113.%d", rng.IntN(40)), bytes: int64(100 + page*page*173), port: 1024 + rng.IntN(60000), counter: i,
			took: time.Duration(math.Exp(rng.NormFloat64()*2+math.Log(60_000))) * time.Microsecond,
		}
		if rng.IntN(3) == 0 {
			t.query = fmt.Sprintf("?page=%d", i)
		}
		if rng.IntN(2) == 0 {
			t.referer = fmt.Sprintf("https://example.com/list/%d", page)
		}
		if t.status == 304 || t.status == 204 || t.method == "HEAD" {
			t.bytes = 0
		}
		out = append(out, t)
	}
	return out
}

// seconds are to the millisecond.
func (t truth) seconds() float64 { return t.took.Truncate(time.Millisecond).Seconds() }

func orHyphen(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

const clfShape = "02/Jan/2006:15:04:05 -0700"

// madeUp are layouts of nobody's, and what is to be read from them beside the status, the method
// and the path: t the time to the second and m to the millisecond, c the client, b the bytes, d the
// duration to the millisecond and u to the microsecond, a the user agent, q with quotes in it, r the referer, h the host,
// s and z the scheme, p the protocol, i the request's identifier; g that there is no method.
var madeUp = []struct {
	name, reads string
	header      string
	line        func(t truth) string
}{
	{"bars", "mcd", "", func(t truth) string {
		return fmt.Sprintf("%s | %s | %s %s%s | %d | %dms", t.at.Format("2006-01-02T15:04:05.000Z"), t.ip, t.method, t.path, t.query, t.status, t.took.Milliseconds())
	}},
	{"tabs with a header", "tcbu", "time\tclient_ip\tmethod\turi\tstatus\tbytes\tduration_us", func(t truth) string {
		return fmt.Sprintf("%s\t%s\t%s\t%s%s\t%d\t%d\t%d", t.at.Format(time.RFC3339), t.ip, t.method, t.path, t.query, t.status, t.bytes, t.took.Microseconds())
	}},
	{"CSV, all quoted", "tcbdarp", "", func(t truth) string {
		return fmt.Sprintf(`"%s","%s","%s %s%s HTTP/1.1","%d","%d","%.3f","%s","%s"`, t.at.Format(time.RFC3339), t.ip, t.method, t.path, t.query, t.status, t.bytes, t.seconds(), t.agent, orHyphen(t.referer))
	}},
	{"CSV, quoted where needed", "tcbq", "at,ip,method,path,status,bytes,agent", func(t truth) string {
		agent := t.agent
		if strings.Contains(agent, " ") {
			agent = `"` + strings.Replace(agent, "; ", `, ""like"" `, 1) + `"`
		}
		return fmt.Sprintf(`%s,%s,%s,%s%s,%d,%d,%s`, t.at.Format("2006-01-02 15:04:05"), t.ip, t.method, t.path, t.query, t.status, t.bytes, agent)
	}},
	{"semicolons, date beside clock", "tcb", "", func(t truth) string {
		return fmt.Sprintf("%s;%s;%s;%s;%d;%d;%s%s", t.at.Format("2006-01-02"), t.at.Format("15:04:05"), t.ip, t.method, t.status, t.bytes, t.path, t.query)
	}},
	{"status first, time last", "tcd", "", func(t truth) string {
		return fmt.Sprintf("%d %s %s %s%s %.3f %s", t.status, t.ip, t.method, t.path, t.query, t.seconds(), t.at.Format(clfShape))
	}},
	{"epoch in milliseconds, behind a cache's verdict, as a CDN has it", "mcarhsgi", "", func(t truth) string {
		return fmt.Sprintf("HIT|%d|%d|%d|390|%s|%s|https://www.example.com%s%s|WA|%s|%032x|DE", t.status, t.at.UnixMilli(), t.bytes+400, t.ip, orHyphen(t.referer), t.path, t.query, t.agent, t.counter*7919)
	}},
	{"microseconds beside bytes", "tcbup", "", func(t truth) string {
		return fmt.Sprintf(`%s [%s] "%s %s%s HTTP/1.1" %d %d %d`, t.ip, t.at.Format(time.RFC3339), t.method, t.path, t.query, t.status, t.bytes, t.took.Microseconds())
	}},
	{"brackets", "tcdp", "", func(t truth) string {
		return fmt.Sprintf("[%s] [%s] [%d] [%s %s%s HTTP/1.1] [%s] [%.3f s]", t.at.Format(clfShape), "INFO", t.status, t.method, t.path, t.query, t.ip, t.seconds())
	}},
	{"labels", "tcbda", "", func(t truth) string {
		return fmt.Sprintf(`time=%s, client=%s, method=%s, path="%s%s", status=%d, size=%d, took=%dms, agent="%s"`, t.at.Format(time.RFC3339), t.ip, t.method, t.path, t.query, t.status, t.bytes, t.took.Milliseconds(), t.agent)
	}},
	{"labels with colons, and tabs", "tcbp", "", func(t truth) string {
		return fmt.Sprintf("time:%s\thost:%s\treq:%s %s%s HTTP/1.1\tstatus:%d\tsize:%d", t.at.Format(clfShape), t.ip, t.method, t.path, t.query, t.status, t.bytes)
	}},
	{"two addresses", "tcu", "", func(t truth) string {
		return fmt.Sprintf(`%s %s:%d 10.0.0.%d:8080 %d %s %s%s %.6f`, t.at.Format(time.RFC3339), t.ip, t.port, t.counter%3, t.status, t.method, t.path, t.query, t.took.Seconds())
	}},
	{"labels without colons", "tcbahrs", "", func(t truth) string {
		return fmt.Sprintf(`[%s] - %d %d - %s https www.example.com "%s%s" (Client %s) (Length %d) (Gzip -) (Sent-to 10.0.0.2) "%s" "%s"`, t.at.Format(clfShape), t.status, t.status, t.method, t.path, t.query, t.ip, t.bytes, t.agent, orHyphen(t.referer))
	}},
	{"a control panel", "tcbahrp", "", func(t truth) string {
		return fmt.Sprintf(`[%s] www.example.com %s "%s %s%s HTTP/1.1" %d %d "%s" "%s"`, t.at.Format(clfShape), t.ip, t.method, t.path, t.query, t.status, t.bytes, orHyphen(t.referer), t.agent)
	}},
	{"a cache, padded", "mchz", "", func(t truth) string {
		return fmt.Sprintf("%d.%03d %6d %s TCP_MISS/%d %d %s http://www.example.com%s%s - HIER_DIRECT/10.0.0.7 text/html", t.at.Unix(), t.at.Nanosecond()/1e6, t.took.Milliseconds(), t.ip, t.status, t.bytes+300, t.method, t.path, t.query)
	}},
	{"a user agent without quotes at the end", "tca", "", func(t truth) string {
		return fmt.Sprintf(`%s %s %s %s%s %d %s`, t.at.Format("2006/01/02 15:04:05"), t.ip, t.method, t.path, t.query, t.status, t.agent)
	}},
	{"words between", "tcbd", "", func(t truth) string {
		return fmt.Sprintf(`%s INFO web: %s from %s: "%s %s%s" -> %d (%d bytes) in %d ms`, t.at.Format("2006-01-02 15:04:05 -0700"), "request", t.ip, t.method, t.path, t.query, t.status, t.bytes, t.took.Milliseconds())
	}},
}

// record is what is to be read of t, by the letters of madeUp.
func (t truth) record(reads string) accesslog.Record {
	r := accesslog.Record{Method: t.method, Path: t.path, Status: accesslog.Some(t.status)}
	for _, letter := range reads {
		switch letter {
		case 't':
			r.Time = t.at.Truncate(time.Second)
		case 'm':
			r.Time = t.at
		case 'c':
			r.ClientIP = t.ip
		case 'b':
			r.ResponseBytes = some(t.bytes)
		case 'd':
			r.Duration = dur(t.took.Truncate(time.Millisecond))
		case 'u':
			r.Duration = dur(t.took)
		case 'a':
			r.UserAgent = t.agent
		case 'q':
			r.UserAgent = strings.Replace(t.agent, "; ", `, "like" `, 1)
		case 'r':
			r.Referer = t.referer
		case 'h':
			r.Host = "www.example.com"
		case 's':
			r.Scheme = "https"
		case 'z':
			r.Scheme = "http"
		case 'p':
			r.Proto = "1.1"
		case 'g':
			r.Method = "" // nobody logs it
		case 'i':
			r.RequestID = fmt.Sprintf("%032x", t.counter*7919)
		}
	}
	return r
}

// inferredFrom detects the lines, which must be inferred, and returns how.
func inferredFrom(t testing.TB, lines []string) *Detection {
	t.Helper()
	d, err := Detect(toLines(lines...), Options{TZ: time.UTC})
	if err != nil {
		t.Fatalf("%v\n%s", err, lines[0])
	}
	if d.Format != inferred {
		t.Fatalf("%s, want it inferred: %s", d.Format.Name, lines[0])
	}
	if d.Confidence < minVotes || d.Confidence > 1 || d.LogFormat == "" {
		t.Errorf("confidence %v in %q", d.Confidence, d.LogFormat)
	}
	return d
}

// byString reads the lines by the format string that was inferred from them.
func byString(t testing.TB, s string, lines []string) Parser {
	t.Helper()
	f, err := FromString(s)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Detect(toLines(lines...), Options{Formats: []*Format{f}, TZ: time.UTC})
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return d.NewParser()
}

// TestInfer holds made-up layouts to the requests that were written in them, field by field, and
// reads them again by the format string that the report shows.
func TestInfer(t *testing.T) {
	for _, m := range madeUp {
		t.Run(m.name, func(t *testing.T) {
			for seed := range uint64(3) {
				requests := truths(120, seed)
				var lines []string
				if m.header != "" {
					lines = append(lines, m.header)
				}
				for _, request := range requests {
					lines = append(lines, m.line(request))
				}
				d := inferredFrom(t, lines)
				p, again := d.NewParser(), byString(t, d.LogFormat, lines)
				if m.header != "" {
					if got := parse(t, p, m.header); got.Err == nil || got.Err.Kind != Other {
						t.Errorf("the header: %+v", got)
					}
					lines = lines[1:]
				}
				for i, line := range lines {
					got := parse(t, p, line)
					if diff := cmp.Diff(result{Records: []accesslog.Record{requests[i].record(m.reads)}}, got, sameRecord); diff != "" {
						t.Fatalf("%s\n%s\n%s\n-want +got:\n%s", d.LogFormat, d.Why, line, diff)
					}
					if diff := cmp.Diff(got, parse(t, again, line), sameRecord); diff != "" {
						t.Fatalf("%s, read by that string: -inferred +string:\n%s", d.LogFormat, diff)
					}
				}
			}
		})
	}
}

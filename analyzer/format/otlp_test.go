package format

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func otlpConformance() conformance {
	r := accesslog.Record{
		Time: utc, Method: "GET", Path: "/u/42", Route: "/u/{id}", Status: accesslog.Some(502), Duration: dur(2500 * time.Microsecond), ResponseBytes: some(13),
		ClientIP: "203.0.113.7", TraceID: "4bf9", SpanID: "00f0", UserAgent: "curl/8.5.0",
	}
	example := accesslog.Record{Time: utc, Method: "GET", Path: "/u/1", Route: "/u/{id}", Status: accesslog.Some(502), Duration: dur(2500 * time.Microsecond), TraceID: "4bf9",
		Attrs: []accesslog.Attr{attribute("service.name", "shop")}}
	full := `{"resourceLogs":[{"resource":{"attributes":[{"key":"http.route","value":{"stringValue":"/not/this"}}]},"scopeLogs":[{"scope":{"name":"shop"},"logRecords":[{"timeUnixNano":"1788674285000000000","severityText":"ERROR","body":{"stringValue":"request"},"traceId":"4bf9","spanId":"00f0",` +
		`"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"http.route","value":{"stringValue":"/u/{id}"}},{"key":"url.path","value":{"stringValue":"/u/42?x=1"}},{"key":"http.response.status_code","value":{"intValue":"502"}},` +
		`{"key":"http.server.request.duration","value":{"doubleValue":0.0025}},{"key":"http.response.body.size","value":{"intValue":13}},{"key":"client.address","value":{"stringValue":"203.0.113.7"}},{"key":"user_agent.original","value":{"stringValue":"curl/8.5.0"}},{"key":"tags","value":{"arrayValue":{"values":[{"stringValue":"a"}]}}}]}]}]}]}`
	k := keyed{`"intValue":"502"`, `"GET"`, "/u/42?x=1", "203.0.113.7", ""}
	c := keyedConformance(otlp, example, full, r, `"502"`, k)
	c.cases = slices.Concat(keyedCases(k), []lineCase{
		{name: "other JSON", reason: "it has no log records", line: `{"url.path":"/","http.response.status_code":200}`, none: true, kind: Other},
		{name: "no records", reason: "a batch can be empty", line: `{"resourceLogs":[]}`, none: true, kind: Other},
		{name: "another record", reason: "a line of the application", old: "http.response.status_code", new: "zz", none: true, kind: Other},
		{name: "a number", reason: "some write integers so", old: `"502"`, new: `502`},
		{name: "no value", reason: "unknown", old: `{"stringValue":"203.0.113.7"}`, new: `{}`, want: func(r *record) { r.ClientIP = "" }},
		{name: "a value without a key", reason: "it is nobody's", old: `"key":"client.address",`, new: ``, want: func(r *record) { r.ClientIP = "" }},
		{name: "missing fields", reason: "what is not there is unknown", line: `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[{"key":"url.path","value":{"stringValue":"/"}},{"key":"http.response.status_code","value":{"intValue":"200"}}]}]}]}]}`,
			want: func(r *record) { *r = record{Path: "/", Status: accesslog.Some(200)} }},
		{name: "NUL", reason: "JSON has no control characters in a string, and the record was not whole", old: k.path, new: "/\x00", none: true, kind: Malformed},
		{name: "trailing garbage", reason: "the records before it are whole", line: full + "x", kind: Truncated},
	})
	return c
}

// TestOTLPResource: what a resource tells of who wrote the records is theirs, and no other's.
func TestOTLPResource(t *testing.T) {
	attribute := func(key, value string) string {
		return `{"key":"` + key + `","value":{"stringValue":"` + value + `"}}`
	}
	record := func(more ...string) string {
		return `{"attributes":[` + strings.Join(append([]string{attribute("http.request.method", "GET"), attribute("url.path", "/"), `{"key":"http.response.status_code","value":{"intValue":"502"}}`}, more...), ",") + `]}`
	}
	group := func(resource string, records ...string) string {
		return `{` + resource + `"scopeLogs":[{"logRecords":[` + strings.Join(records, ",") + `]},{"logRecords":[` + records[0] + `]}]}`
	}
	line := `{"resourceLogs":[` + strings.Join([]string{
		group(`"resource":{"droppedAttributesCount":0,"attributes":[`+attribute("service.instance.id", "web-1")+`,`+attribute("url.path", "/not/this")+`,`+attribute("telemetry.sdk.language", "go")+`,`+attribute("service.version", `1\"2`)+`]},`, record(), record(attribute("k8s.pod.name", "p"))),
		group(``, record()),
		group(`"resource":{"attributes":[`+attribute("service.version", "2")+`]},`, record(attribute("service.version", "3"))),
	}, ",") + `]}`
	p := parserFor(t, otlp, line)
	for range 2 { // what is remembered of a line's keys changes nothing
		var got []string
		for _, r := range parse(t, p, line).Records {
			got = append(got, r.Path+" "+attributes(&r))
		}
		one, two := `/ service.instance.id=web-1 service.version=1"2`, `/ service.version=2 service.version=3`
		if want := []string{one, one + " k8s.pod.name=p", one, "/ ", "/ ", two, two}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	b := []byte(line)
	if n := testing.AllocsPerRun(100, func() { _ = p.Parse(b, func(*accesslog.Record) {}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestOTLPMany: a line holds many records, of which some are requests.
func TestOTLPMany(t *testing.T) {
	record := func(path string) string {
		return `{"observedTimeUnixNano":1788674285000000000,"attributes":[{"key":"http.method","value":{"stringValue":"GET"}},{"key":"http.target","value":{"stringValue":"` + path + `"}},{"key":"http.status_code","value":{"intValue":200}}]}`
	}
	line := `{"resourceLogs":[{"scopeLogs":[{"logRecords":[` + record("/a") + `,{"body":{"stringValue":"started"}},` + record("/b") + `]},{"logRecords":[` + record("/c") + `]}]},{"scopeLogs":[{"logRecords":[` + record("/d") + `]}]}]}`
	p := parserFor(t, otlp, line)
	got := parse(t, p, line)
	var paths []string
	for _, r := range got.Records {
		if !r.Time.Equal(utc) {
			t.Errorf("%s at %v", r.Path, r.Time)
		}
		paths = append(paths, r.Path)
	}
	if strings.Join(paths, " ") != "/a /b /c /d" || got.Err != nil {
		t.Errorf("%q, %v", paths, got.Err)
	}
	if cut := parse(t, p, line[:strings.Index(line, `"/c"`)]); len(cut.Records) != 2 || cut.Err == nil || cut.Err.Kind != Truncated {
		t.Errorf("cut in the third: %+v", cut)
	}
}

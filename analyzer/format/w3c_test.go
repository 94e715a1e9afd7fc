package format

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// w3cCases are those of all dialects of the W3C format.
var w3cCases = []lineCase{
	{name: "a directive", reason: "it is about other lines", line: "#Software: Microsoft Internet Information Services 10.0", none: true, kind: Other},
	{name: "a date", reason: "so is this one", line: "#Date: 2026-09-05 20:58:05", none: true, kind: Other},
	{name: "escapes", reason: "backslashes escape nothing", old: "/u/42", new: `/a\x41\"`, want: path(`/a\x41\"`)},
	{name: "no such time", reason: "a day of 35", old: "2026-09-05", new: "2026-09-35", none: true, kind: Other},
	{name: "no such clock", reason: "an hour of 25", old: "20:58:05", new: "25:58:05", none: true, kind: Other},
	{name: "a fraction", reason: "some clocks are finer", old: "20:58:05", new: "20:58:05.310", want: func(r *record) { r.Time = morning.Add(310 * time.Millisecond) }},
}

// stemCases are the text cases for formats that log path and query apart.
func stemCases(a anatomy) []lineCase {
	cases := without(textCases(a), "no_query", "nginx_error")
	for i := range cases {
		if cases[i].old == "/u/42?x=1" {
			cases[i].old = "/u/42"
		}
	}
	return cases
}

func iisConformance() conformance {
	example := accesslog.Record{
		Time: time.Date(2026, 9, 6, 5, 58, 5, 0, time.UTC), Method: "GET", Path: "/u/42", Status: accesslog.Some(502), Duration: dur(1234 * time.Millisecond),
		ClientIP: "203.0.113.7", UserAgent: "Mozilla/5.0 (X11; Linux x86_64)", Referer: "https://example.com/",
	}
	full := example
	full.Time, full.Duration = morning, dur(226*time.Millisecond)
	return conformance{
		format: iis, example: example, record: full,
		full:  `2026-09-05 20:58:05 10.0.0.5 GET /u/42 x=1 443 ann 203.0.113.7 Mozilla/5.0+(X11;+Linux+x86_64) https://example.com/?page=2 502 3 12029 226`,
		saved: ` 502 `, openEnd: true,
		cases: slices.Concat(stemCases(anatomy{method: " GET ", status: " 502 ", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}), w3cCases, []lineCase{
			{name: "all -", reason: "unknown", old: "x=1 443 ann 203.0.113.7 Mozilla/5.0+(X11;+Linux+x86_64) https://example.com/?page=2 502 3 12029 226", new: "- - - - - - 502 - - -", want: func(r *record) {
				r.ClientIP, r.UserAgent, r.Referer, r.Duration = "", "", "", accesslog.Opt[time.Duration]{}
			}},
			{name: "plus", reason: "a plus stands for a space; IIS does not tell it from one", old: "Mozilla/5.0+(X11;+Linux+x86_64)", new: "a;++b", want: func(r *record) { r.UserAgent = "a;  b" }},
			{name: "fewer fields", reason: "the status is saved", old: " 3 12029 226", new: " ", want: func(r *record) { r.Duration = accesslog.Opt[time.Duration]{} }, kind: Truncated},
			{name: "extras", reason: "what is behind the columns is not read", old: " 226", new: " 226 x"},
		}),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf("%s 10.0.0.5 GET /users/%d page=%d 443 - 203.0.113.%d %s - %d 0 0 %d",
				at.UTC().Format(time.DateTime), i, i%9, i%256, strings.ReplaceAll(firefox, " ", "+"), statusAt(i), i%1000)
		},
	}
}

func cloudfrontConformance() conformance {
	full := accesslog.Record{
		Time: morning, Method: "GET", Path: "/u/42", Scheme: "https", Host: "www.example.com", Proto: "2", Status: accesslog.Some(502),
		RequestBytes: some(12), ResponseBytes: some(157), Duration: dur(226 * time.Millisecond), ClientIP: "203.0.113.7", RequestID: "SOX4==",
		UserAgent: "Mozilla/5.0 (X11)", Referer: "https://example.com/list", FailedBy: "origin", Error: "OriginConnectError",
	}
	return conformance{
		format: cloudfront,
		example: accesslog.Record{
			Time: time.Date(2019, 12, 4, 21, 2, 31, 0, time.UTC), Method: "GET", Path: "/index.html", Scheme: "https", Host: "www.example.com", Proto: "2", Status: accesslog.Some(200),
			RequestBytes: some(23), ResponseBytes: some(392), Duration: dur(time.Millisecond), ClientIP: "192.0.2.100", RequestID: "SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==",
			UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
		},
		record: full,
		full:   "2026-09-05\t20:58:05\tLAX1\t157\t203.0.113.7\tGET\td1.cloudfront.net\t/u/42\t502\thttps://example.com/list?page=2\tMozilla/5.0%20(X11)\tx=1\t-\tError\tSOX4==\twww.example.com\thttps\t12\t0.226\t-\tTLSv1.2\tECDHE\tError\tHTTP/2.0\t-\t-\t11040\t0.001\tOriginConnectError\ttext/html\t78\t-\t-",
		saved:  "\t502\t", openEnd: true,
		cases: slices.Concat(without(stemCases(anatomy{method: "\tGET\t", status: "\t502\t", ipv4: "203.0.113.7", ipv6: "2001:db8::1"}), "status_0", "status_-"), w3cCases, cloudfrontCases),
		traffic: func(i int, at time.Time) string {
			return fmt.Sprintf("%s\tLAX1\t%d\t203.0.113.%d\tGET\td111111abcdef8.cloudfront.net\t/users/%d\t%d\t-\t%s\tpage=%d\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBN%04dxx==\twww.example.com\thttps\t23\t0.%03d\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-",
				at.UTC().Format("2006-01-02\t15:04:05"), i*37, i%256, i, statusAt(i), strings.ReplaceAll(firefox, " ", "%20"), i%9, i, i%1000)
		},
	}
}

var cloudfrontCases = []lineCase{
	{name: "encoded twice", reason: "as CloudFront once did", old: "Mozilla/5.0%20(X11)", new: "Mozilla/5.0%2520(X11)"},
	{name: "a percent sign", reason: "CloudFront encodes it, so that the client's escapes can be had back", old: "/u/42", new: "/a%2520b%252F", want: path("/a%20b%2F")},
	{name: "a quote", reason: "in an agent it is encoded", old: "Mozilla/5.0%20(X11)", new: "a%22b", want: func(r *record) { r.UserAgent = `a"b` }},
	{name: "half an escape", reason: "it stands for itself", old: "Mozilla/5.0%20(X11)", new: "100%", want: func(r *record) { r.UserAgent = "100%" }},
	{name: "000", reason: "the client left before anything was sent", old: "\t502\t", new: "\t000\t", want: func(r *record) { r.Status = accesslog.Some(0) }},
	{name: "hit", reason: "nothing failed", old: "\tOriginConnectError\t", new: "\tHit\t", want: func(r *record) { r.FailedBy, r.Error = "", "" }},
	{name: "error", reason: "CloudFront has names for its own errors: the origin answered so", old: "\tOriginConnectError\t", new: "\tError\t", want: func(r *record) { r.Error = "Error" }},
	{name: "limit", reason: "CloudFront refused", old: "\tOriginConnectError\t", new: "\tLimitExceeded\t", want: func(r *record) { r.FailedBy, r.Error = "proxy", "LimitExceeded" }},
	{name: "function", reason: "code at the edge failed", old: "\tOriginConnectError\t", new: "\tFunctionExecutionError\t", want: func(r *record) { r.FailedBy, r.Error = "proxy", "FunctionExecutionError" }},
	{name: "client", reason: "the client left", old: "\tOriginConnectError\t", new: "\tClientCommError\t", want: func(r *record) {
		r.FailedBy, r.Error, r.Outcome = "client", "ClientCommError", "client_closed"
	}},
	{name: "country", reason: "the client did not leave, but was not let in", old: "\tOriginConnectError\t", new: "\tClientGeoBlocked\t", want: func(r *record) { r.FailedBy, r.Error = "proxy", "ClientGeoBlocked" }},
	{name: "all -", reason: "unknown", old: "\twww.example.com\thttps\t12\t0.226\t", new: "\t-\t-\t-\t-\t", want: func(r *record) {
		r.Host, r.Scheme, r.RequestBytes, r.Duration = "", "", accesslog.Opt[int64]{}, accesslog.Opt[time.Duration]{}
	}},
	{name: "fewer fields", reason: "the status is saved", old: "\t0.001\tOriginConnectError\ttext/html\t78\t-\t-", new: "", want: func(r *record) { r.FailedBy, r.Error = "", "" }, kind: Truncated},
	{name: "extras", reason: "what is behind the columns is not read", old: "\t78\t-\t-", new: "\t78\t-\t-\tx"},
}

const shortHeader = "#Fields: date time cs-method cs-uri-stem sc-status time-taken"

// TestW3CFields obeys the header, also where it changes.
func TestW3CFields(t *testing.T) {
	lines := []string{
		"#Version: 1.0",
		shortHeader,
		"2026-09-05 20:58:05 GET /a 200 226",
		"#Fields: time-taken sc-status cs-uri-stem cs-method cs-host c-ip date time",
		"1500 404 /b POST example.com 203.0.113.7 2026-09-05 20:58:06",
		"#Fields: date time s-ip",
		"2026-09-05 20:58:05 10.0.0.5",
		"#Fields:",
		"2026-09-05 20:58:05",
		"#Fields: date\ttime\tcs-method\tcs-uri-stem\tsc-status",
		"2026-09-05\t20:58:07\tPUT\t/c d\t500",
	}
	d, err := Detect(toLines(lines...), Options{TZ: time.FixedZone("", 3600)})
	if err != nil || d.Format != iis || d.Unit != Milliseconds || d.TZ != "" || !strings.Contains(d.Why, "#Fields") {
		t.Fatalf("%+v, %v", d, err)
	}
	p := d.NewParser()
	var got []accesslog.Record
	for i, line := range lines {
		r := parse(t, p, line)
		got = append(got, r.Records...)
		if r.Err != nil && r.Err.Kind != Other {
			t.Errorf("line %d: %v", i+1, r.Err)
		}
	}
	want := []accesslog.Record{
		{Time: morning, Method: "GET", Path: "/a", Status: accesslog.Some(200), Duration: dur(226 * time.Millisecond)},
		{Time: morning.Add(time.Second), Method: "POST", Path: "/b", Status: accesslog.Some(404), Duration: dur(1500 * time.Millisecond), Host: "example.com", ClientIP: "203.0.113.7"},
		{Time: morning.Add(2 * time.Second), Method: "PUT", Path: "/c d", Status: accesslog.Some(500)},
	}
	if diff := cmp.Diff(want, got, sameRecord); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCloudFrontFields reads older lines, whose header has fewer columns.
func TestCloudFrontFields(t *testing.T) {
	lines := []string{
		"#Version: 1.0",
		"#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id",
		"2014-05-23\t01:13:11\tFRA2\t182\t192.0.2.10\tGET\td111111abcdef8.cloudfront.net\t/view/my/file.html\t502\twww.displaymyfiles.com\tMozilla/4.0%2520(compatible)\t-\tzip=98101\tError\tMRVMF7==",
	}
	d, err := Detect(toLines(lines...), Options{})
	if err != nil || d.Format != cloudfront || d.Unit != "" { // for they have no durations
		t.Fatalf("%+v, %v", d, err)
	}
	want := result{Records: []accesslog.Record{{
		Time: time.Date(2014, 5, 23, 1, 13, 11, 0, time.UTC), Method: "GET", Path: "/view/my/file.html", Status: accesslog.Some(502), ResponseBytes: some(182),
		ClientIP: "192.0.2.10", Host: "d111111abcdef8.cloudfront.net", Referer: "www.displaymyfiles.com", UserAgent: "Mozilla/4.0 (compatible)", RequestID: "MRVMF7==",
		FailedBy: "origin", Error: "Error",
	}}}
	if diff := cmp.Diff(want, parse(t, d.NewParser(), lines[2]), sameRecord); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestW3CSeconds reads time-taken as the W3C has it where no IIS can have written it.
func TestW3CSeconds(t *testing.T) {
	lines := []string{"#Software: another", shortHeader, "2026-09-05 20:58:05 GET /a 200 0.226", "2026-09-05 20:58:05 GET /a 200 3"}
	d, err := Detect(toLines(lines...), Options{})
	if err != nil || d.Format != iis || d.Unit != Seconds || !strings.Contains(d.Why, "seconds") {
		t.Fatalf("%+v, %v", d, err)
	}
	p := d.NewParser()
	for line, want := range map[string]time.Duration{lines[2]: 226 * time.Millisecond, lines[3]: 3 * time.Second} {
		if got := parse(t, p, line); len(got.Records) != 1 || got.Records[0].Duration != dur(want) {
			t.Errorf("%q: %+v, want %v", line, got, want)
		}
	}
}

func TestHeaderOf(t *testing.T) {
	d, err := Detect(toLines(shortHeader, "2026-09-05 20:58:05 GET /a 200 226"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := Detect(toLines("web-1  | "+shortHeader, "web-1  | 2026-09-05 20:58:05 GET /a 200 226"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	other, err := Detect(toLines(combined.Example), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		reason     string
		d          *Detection
		data, want string
	}{
		{"nothing", d, "", ""},
		{"no header", d, "2026-09-05 20:58:05 GET /a 200 226\n#Date: x\n", ""},
		{"the last of several", d, "#Fields: a\nx\n#Fields: b\r\ny\n#Fields: c d\nz\n", "#Fields: c d"},
		{"with a carriage return", d, "#Fields: b\r\ny\r\n", "#Fields: b\r"},
		{"without an end", d, "x\n#Fields: b", "#Fields: b"},
		{"within a line", d, "#Fields: b\n2026-09-05 20:58:05 GET /#Fields: 200 226\n", "#Fields: b"},
		{"behind a wrapper", wrapped, "web-1  | #Fields: b\nweb-1  | x\n", "web-1  | #Fields: b"},
		{"without the wrapper", wrapped, "web-1  | #Fields: b\n#Fields: c\n", "web-1  | #Fields: b"},
		{"a format without headers", other, "#Fields: b\n", ""},
	} {
		if got := tt.d.HeaderOf([]byte(tt.data)); string(got) != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, got, tt.want)
		}
	}
}

// FuzzW3C changes the header of used parsers, which must then read as new ones do.
func FuzzW3C(f *testing.F) {
	f.Add(shortHeader, "2026-09-05 20:58:05 GET /a 200 226")
	f.Add("#Fields:"+cloudfrontLog.usual, cloudfront.Example)
	f.Add("#Fields: sc-status", "200")
	f.Add("#Fields: sc-status sc-status cs-uri-stem date date time", "200\t\t\t- - -")
	f.Fuzz(func(t *testing.T, header, line string) {
		for _, w := range []*w3c{iisLog, cloudfrontLog} {
			d, _ := w.learn(toLines("#Fields:"+w.usual), &Options{})
			a, b := d.open(), d.open()
			parse(t, a, "#Fields: "+header)
			parse(t, b, "#Fields: cs-uri-stem sc-status")
			parse(t, b, line)
			parse(t, b, "#Fields: "+header)
			if strings.HasPrefix(line, "#") {
				return
			}
			got := parse(t, a, line)
			if diff := cmp.Diff(got, parse(t, b, line), sameRecord); diff != "" {
				t.Errorf("-new +used:\n%s", diff)
			}
			for i := range got.Records {
				holdsForeign(t, line, &got.Records[i])
			}
		}
	})
}

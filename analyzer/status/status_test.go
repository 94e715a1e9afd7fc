package status

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClassOf(t *testing.T) {
	tests := []struct {
		code   int
		want   Class
		reason string
	}{
		{-1, Other, "a parser's mark for a status it could not read"},
		{0, Other, "nothing was sent"},
		{9, Other, "nginx logs 009 for HTTP/0.9, which has no status"},
		{99, Other, "just below the first class"},
		{100, Informational, "the first valid status"},
		{199, Informational, "the end of a class, unassigned"},
		{200, Success, "the commonest status"},
		{299, Success, "the end of a class, unassigned"},
		{300, Redirection, "the start of a class"},
		{399, Redirection, "the end of a class, unassigned"},
		{400, ClientError, "the start of a class"},
		{499, ClientError, "unregistered, yet its first digit counts"},
		{500, ServerError, "the start of a class"},
		{599, ServerError, "the last valid status"},
		{600, Other, "just above the last class"},
		{1000, Other, "four digits"},
		{25800, Other, "no wrap-around in a byte: 258 is 2 modulo 256"},
	}
	for _, tt := range tests {
		if got := ClassOf(tt.code); got != tt.want {
			t.Errorf("ClassOf(%d) = %v, want %v: %s", tt.code, got, tt.want, tt.reason)
		}
	}
}

func TestClasses(t *testing.T) {
	var names, labels []string
	for _, c := range Classes() {
		names = append(names, c.String())
		labels = append(labels, c.Label())
	}
	if diff := cmp.Diff([]string{"1xx", "2xx", "3xx", "4xx", "5xx", "other"}, names); diff != "" {
		t.Errorf("names in report order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"informational", "success", "redirect", "client error", "server error", "unknown"}, labels); diff != "" {
		t.Errorf("labels in report order (-want +got):\n%s", diff)
	}
	if c := Class(200); c.String() != "other" || c.Label() != "unknown" {
		t.Errorf("Class(200) is %q, %q: a value that is no constant should read as Other", c, c.Label())
	}
	Classes()[0] = Other
	if got := Classes()[0]; got != Informational {
		t.Errorf("Classes()[0] = %v after a caller changed its copy", got)
	}
}

func TestLookup(t *testing.T) {
	tests := []struct {
		code   int
		known  bool
		name   string
		class  Class
		fault  Fault
		reason string
	}{
		// The twenty codes an API is most likely to send, as the demo server does.
		{100, true, "Continue", Informational, FaultNone, "precedes a body"},
		{101, true, "Switching Protocols", Informational, FaultNone, "a WebSocket"},
		{200, true, "OK", Success, FaultNone, "a GET"},
		{201, true, "Created", Success, FaultNone, "a POST"},
		{202, true, "Accepted", Success, FaultNone, "an import"},
		{204, true, "No Content", Success, FaultNone, "a DELETE"},
		{301, true, "Moved Permanently", Redirection, FaultNone, "an old address"},
		{302, true, "Found", Redirection, FaultNone, "a temporary address"},
		{304, true, "Not Modified", Redirection, FaultNone, "a cached copy"},
		{400, true, "Bad Request", ClientError, FaultClient, "broken JSON"},
		{401, true, "Unauthorized", ClientError, FaultClient, "no token"},
		{403, true, "Forbidden", ClientError, FaultClient, "a reader who deletes"},
		{404, true, "Not Found", ClientError, FaultClient, "a wrong id"},
		{405, true, "Method Not Allowed", ClientError, FaultClient, "a wrong method"},
		{409, true, "Conflict", ClientError, FaultClient, "duplicate data"},
		{422, true, "Unprocessable Content", ClientError, FaultClient, "the registry's name, not the older Unprocessable Entity"},
		{500, true, "Internal Server Error", ServerError, FaultServer, "a panic"},
		{502, true, "Bad Gateway", ServerError, FaultUpstream, "the server behind the gateway is dead"},
		{503, true, "Service Unavailable", ServerError, FaultServer, "overload is one's own"},
		{504, true, "Gateway Timeout", ServerError, FaultUpstream, "the server behind the gateway is slow"},

		// Codes whose fault or name is easily got wrong.
		{0, true, "No Status", Other, FaultUnknown, "either side may have broken off"},
		{408, true, "Request Timeout", ClientError, FaultClient, "the client was slow, not the server"},
		{444, true, "No Response", ClientError, FaultClient, "nginx refuses the client on purpose"},
		{460, true, "Client Closed Connection", ClientError, FaultClient, "AWS's 499"},
		{499, true, "Client Closed Request", ClientError, FaultClient, "the client left"},
		{524, true, "A Timeout Occurred", ServerError, FaultUpstream, "Cloudflare's 504"},
		{599, true, "Network Connect Timeout Error", ServerError, FaultUpstream, "the last code of all is within the index"},

		// Codes the table lacks.
		{105, false, "", Informational, FaultNone, "treated as 100"},
		{299, false, "", Success, FaultNone, "treated as 200"},
		{399, false, "", Redirection, FaultNone, "treated as 300"},
		{450, false, "", ClientError, FaultClient, "treated as 400"},
		{555, false, "", ServerError, FaultServer, "treated as 500"},
		{-1, false, "", Other, FaultUnknown, "negative, so below the index"},
		{1, false, "", Other, FaultUnknown, "within the index, yet no status"},
		{600, false, "", Other, FaultUnknown, "just beyond the index"},
		{700, false, "", Other, FaultUnknown, "no class has this digit"},
		{1000, false, "", Other, FaultUnknown, "four digits"},
	}
	for _, tt := range tests {
		c, known := Lookup(tt.code)
		if known != tt.known || c.Code != tt.code || c.Name != tt.name || c.Class != tt.class || c.Fault != tt.fault {
			t.Errorf("Lookup(%d) = %d %q, %v, fault %q, known %v; want %q, %v, fault %q, known %v: %s",
				tt.code, c.Code, c.Name, c.Class, c.Fault, known, tt.name, tt.class, tt.fault, tt.known, tt.reason)
		}
		if !known && c.Registered {
			t.Errorf("Lookup(%d) is registered though unknown", tt.code)
		}
	}
}

// TestOlderNamesAreMentioned lets a reader who knows a code by its former name
// find it again.
func TestOlderNamesAreMentioned(t *testing.T) {
	for code, older := range map[int]string{413: "Payload Too Large", 418: "teapot", 422: "Unprocessable Entity"} {
		if c, _ := Lookup(code); !strings.Contains(c.Use, older) {
			t.Errorf("%d: use %q does not mention %q", code, c.Use, older)
		}
	}
}

func TestAllAgreesWithLookup(t *testing.T) {
	all := All()
	for _, want := range all {
		got, known := Lookup(want.Code)
		if !known {
			t.Errorf("Lookup(%d) does not know a code of All", want.Code)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Lookup(%d) (-All +Lookup):\n%s", want.Code, diff)
		}
	}
	known := 0
	for code := -1; code <= 1000; code++ {
		if _, ok := Lookup(code); ok {
			known++
		}
	}
	if known != len(all) {
		t.Errorf("Lookup knows %d codes, All returns %d", known, len(all))
	}
}

func TestAllIsTheCallers(t *testing.T) {
	All()[0].Name = "changed"
	if c, _ := Lookup(0); c.Name != "No Status" {
		t.Errorf("Lookup(0) is called %q after a caller changed its copy", c.Name)
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	var c Code
	allocs := testing.AllocsPerRun(100, func() {
		for _, code := range []int{-1, 0, 200, 299, 504, 1000} {
			c, _ = Lookup(code)
		}
	})
	if allocs != 0 {
		t.Errorf("Lookup allocates %v times, want none (last %d)", allocs, c.Code)
	}
}

func BenchmarkClassOf(b *testing.B) {
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		for code := 100; code < 600; code++ {
			n += int(ClassOf(code))
		}
	}
	b.ReportMetric(500*float64(b.N)/b.Elapsed().Seconds(), "codes/s")
	_ = n
}

func BenchmarkLookup(b *testing.B) {
	for _, bb := range []struct {
		name string
		code int
	}{{"code=known", 404}, {"code=unknown", 299}, {"code=invalid", 1000}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Lookup(bb.code)
			}
		})
	}
}

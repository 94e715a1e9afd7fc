package status

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// registry is the IANA HTTP Status Code Registry, typed out a second time so
// that a slip in the table shows. The registry's remarks on 104 ("TEMPORARY")
// and 510 ("OBSOLETED") are left out.
const registry = `
100 Continue
101 Switching Protocols
102 Processing
103 Early Hints
104 Upload Resumption Supported
200 OK
201 Created
202 Accepted
203 Non-Authoritative Information
204 No Content
205 Reset Content
206 Partial Content
207 Multi-Status
208 Already Reported
226 IM Used
300 Multiple Choices
301 Moved Permanently
302 Found
303 See Other
304 Not Modified
305 Use Proxy
306 (Unused)
307 Temporary Redirect
308 Permanent Redirect
400 Bad Request
401 Unauthorized
402 Payment Required
403 Forbidden
404 Not Found
405 Method Not Allowed
406 Not Acceptable
407 Proxy Authentication Required
408 Request Timeout
409 Conflict
410 Gone
411 Length Required
412 Precondition Failed
413 Content Too Large
414 URI Too Long
415 Unsupported Media Type
416 Range Not Satisfiable
417 Expectation Failed
418 (Unused)
421 Misdirected Request
422 Unprocessable Content
423 Locked
424 Failed Dependency
425 Too Early
426 Upgrade Required
428 Precondition Required
429 Too Many Requests
431 Request Header Fields Too Large
451 Unavailable For Legal Reasons
500 Internal Server Error
501 Not Implemented
502 Bad Gateway
503 Service Unavailable
504 Gateway Timeout
505 HTTP Version Not Supported
506 Variant Also Negotiates
507 Insufficient Storage
508 Loop Detected
510 Not Extended
511 Network Authentication Required
`

// unregistered is every other code the table holds, with the document to which
// it belongs.
const unregistered = `
0 nginx, AWS Application Load Balancer
419 Laravel
440 Microsoft IIS
444 nginx
460 AWS Application Load Balancer
463 AWS Application Load Balancer
464 AWS Application Load Balancer
494 nginx
495 nginx
496 nginx
497 nginx
499 nginx
509 informal
520 Cloudflare
521 Cloudflare
522 Cloudflare
523 Cloudflare
524 Cloudflare
525 Cloudflare
526 Cloudflare
527 Cloudflare
529 informal
530 Cloudflare
561 AWS Application Load Balancer
598 informal
599 informal
`

func TestTableIsComplete(t *testing.T) {
	var reg, unreg []string
	for _, c := range All() {
		if c.Registered {
			reg = append(reg, fmt.Sprint(c.Code, " ", c.Name))
		} else {
			unreg = append(unreg, fmt.Sprint(c.Code, " ", c.Reference))
		}
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(registry), "\n"), reg); diff != "" {
		t.Errorf("registered codes (-registry +table):\n%s", diff)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(unregistered), "\n"), unreg); diff != "" {
		t.Errorf("unregistered codes (-want +table):\n%s", diff)
	}
}

// TestNamesAgainstNetHTTP compares each name with an independent list. The
// differences are net/http's, which keeps the names it once published.
func TestNamesAgainstNetHTTP(t *testing.T) {
	differs := map[int]struct{ netHTTP, reason string }{
		104: {"", "net/http has no temporary registrations"},
		306: {"", "net/http leaves an unused code without a text"},
		413: {"Request Entity Too Large", "the name of RFC 2616"},
		414: {"Request URI Too Long", "the name of RFC 2616"},
		416: {"Requested Range Not Satisfiable", "the name of RFC 2616"},
		418: {"I'm a teapot", "the joke of RFC 2324, which the registry only reserves"},
		422: {"Unprocessable Entity", "the name of RFC 4918"},
	}
	for code := range 1000 {
		c, _ := Lookup(code)
		got := http.StatusText(code)
		if d, ok := differs[code]; ok {
			if got != d.netHTTP {
				t.Errorf("net/http calls %d %q, no longer %q (%s): is the table's %q still right?", code, got, d.netHTTP, d.reason, c.Name)
			}
			continue
		}
		switch {
		case c.Registered && got != c.Name:
			t.Errorf("%d is %q, but net/http calls it %q", code, c.Name, got)
		case !c.Registered && got != "":
			t.Errorf("net/http knows %d as %q, so the table should have it as registered", code, got)
		}
	}
}

func TestTableIsSortedAndUnique(t *testing.T) {
	last := -1
	for _, c := range All() {
		if c.Code <= last {
			t.Errorf("%d comes after %d", c.Code, last)
		}
		last = c.Code
	}
}

func TestClassFollowsFromCode(t *testing.T) {
	for _, c := range All() {
		if want := ClassOf(c.Code); c.Class != want {
			t.Errorf("%d has class %v, want %v", c.Code, c.Class, want)
		}
	}
}

func TestFaultFitsClass(t *testing.T) {
	allowed := map[Class][]Fault{
		Other:         {FaultUnknown},
		Informational: {FaultNone},
		Success:       {FaultNone},
		Redirection:   {FaultNone},
		ClientError:   {FaultClient},
		ServerError:   {FaultServer, FaultUpstream},
	}
	for _, c := range All() {
		ok := false
		for _, f := range allowed[c.Class] {
			ok = ok || c.Fault == f
		}
		if !ok {
			t.Errorf("%d %s (%v) has fault %q, want one of %q", c.Code, c.Name, c.Class, c.Fault, allowed[c.Class])
		}
	}
}

var (
	rfcReference = regexp.MustCompile(`^RFC \d{4}, \d+(\.\d+)*$`)
	sentence     = regexp.MustCompile(`^[A-Za-z][^.]*`) // "nginx" opens a sentence in lower case
)

// TestTexts holds the table's prose to its contract, for known codes and for
// those described by their class.
func TestTexts(t *testing.T) {
	all := All()
	for _, class := range Classes() {
		c, ok := Lookup(map[Class]int{Other: 999, Informational: 199, Success: 299, Redirection: 399, ClientError: 498, ServerError: 597}[class])
		if ok || c.Class != class {
			t.Fatalf("%d is no unknown code of %v: choose another for this test", c.Code, class)
		}
		all = append(all, c)
	}
	for _, c := range all {
		_, known := Lookup(c.Code)
		if known == (c.Name == "") {
			t.Errorf("%d: name %q, known %v", c.Code, c.Name, known)
		}
		if c.Registered && !rfcReference.MatchString(c.Reference) && !strings.HasPrefix(c.Reference, "draft-ietf-") {
			t.Errorf("%d: reference %q names no section of an RFC and no draft", c.Code, c.Reference)
		}
		for field, text := range map[string]string{"Name": c.Name, "Use": c.Use, "LookAt": c.LookAt, "Reference": c.Reference} {
			if field == "Name" && !known {
				continue
			}
			if text == "" || strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
				t.Errorf("%d: %s is empty or has stray spaces: %q", c.Code, field, text)
			}
			// ASCII, so that a report is legible in any terminal and any encoding.
			if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) || r > unicode.MaxASCII }); i >= 0 {
				t.Errorf("%d: %s has a control or non-ASCII character at %d: %q", c.Code, field, i, text)
			}
		}
		for field, text := range map[string]string{"Use": c.Use, "LookAt": c.LookAt} {
			if !strings.HasSuffix(text, ".") || strings.HasSuffix(text, "..") {
				t.Errorf("%d: %s does not end with one period: %q", c.Code, field, text)
			}
			parts := strings.Split(strings.TrimSuffix(text, "."), ". ")
			if len(parts) > 2 {
				t.Errorf("%d: %s has %d sentences, want one or two: %q", c.Code, field, len(parts), text)
			}
			for _, p := range parts {
				if !sentence.MatchString(p) {
					t.Errorf("%d: %s has a sentence that begins oddly: %q", c.Code, field, p)
				}
			}
		}
	}
}

func TestTextsAreTheirOwn(t *testing.T) {
	seen := map[string]int{}
	for _, c := range All() {
		for _, text := range []string{c.Use, c.LookAt} {
			if first, ok := seen[text]; ok {
				t.Errorf("%d and %d share the text %q", first, c.Code, text)
			}
			seen[text] = c.Code
		}
	}
}

// TestSectionsOfRFC9110 checks the section numbers by their order: section 15
// has a subsection per class, whose parts describe its codes in ascending order,
// without a gap.
func TestSectionsOfRFC9110(t *testing.T) {
	next := map[Class]int{}
	for _, c := range All() {
		if !strings.HasPrefix(c.Reference, "RFC 9110") {
			continue
		}
		next[c.Class]++
		if want := fmt.Sprintf("RFC 9110, 15.%d.%d", c.Class+1, next[c.Class]); c.Reference != want {
			t.Errorf("%d %s refers to %q, want %q", c.Code, c.Name, c.Reference, want)
		}
	}
	want := map[Class]int{Informational: 2, Success: 7, Redirection: 9, ClientError: 22, ServerError: 6}
	if diff := cmp.Diff(want, next); diff != "" {
		t.Errorf("sections per class (-RFC 9110 +table):\n%s", diff)
	}
}

// Package status says what an HTTP status code means.
//
// The way from a number to its meaning has two steps. [ClassOf] reads the
// first digit, which is all that counting needs. [Lookup] adds who is at
// fault, when an API sends the code, what to look at first when a log is full
// of it, and the document that defines it.
//
// The table behind Lookup holds the whole IANA HTTP Status Code Registry,
// mostly defined by RFC 9110, and the unregistered codes that logs commonly
// carry: those of nginx, Cloudflare, the AWS Application Load Balancer,
// Microsoft IIS and Laravel, and a few that are informal. Registered codes bear
// the registry's names, which for 413, 414, 416, 418 and 422 are not those of
// net/http. A code the table lacks is understood by its class, as RFC 9110,
// section 15, has every client do.
package status

import "slices"

// Class is the meaning of a status code's first digit.
type Class uint8

// The classes. Other, the zero value, holds what is no HTTP status: 0,
// negative numbers and everything outside 100 to 599.
const (
	Other Class = iota
	Informational
	Success
	Redirection
	ClientError
	ServerError
)

// Fault says on whose side a response went wrong.
type Fault string

// The possible faults. FaultClient is the request or the side that sent it,
// FaultServer the one that answered, FaultUpstream a server behind the one that
// answered; FaultUnknown means that the code alone does not tell.
const (
	FaultNone     Fault = "none"
	FaultClient   Fault = "client"
	FaultServer   Fault = "server"
	FaultUpstream Fault = "upstream"
	FaultUnknown  Fault = "unknown"
)

// Code is what is known of one status code. Its texts are whole sentences, one
// or two each, on one line.
type Code struct {
	Code       int
	Name       string // the registry's reason phrase; empty for a code that Lookup does not know
	Class      Class
	Fault      Fault
	Use        string // when an API sends it
	LookAt     string // what to look at first when a log shows it
	Reference  string // the document that defines it: "RFC 9110, 15.5.21", or a vendor's name
	Registered bool   // whether the IANA registry lists it
}

// classes holds what is said of each class, indexed by it. Fault, use and lookAt
// serve the codes that the table of codes lacks.
var classes = [...]struct {
	name, label string
	fault       Fault
	use, lookAt string
}{
	Other: {"other", "unknown", FaultUnknown,
		"It is no HTTP status, since those run from 100 to 599. RFC 9110 has a client that receives one treat it as a server error.",
		"Find out who wrote the number: a library's internal error code, a mistyped constant, or a log format whose columns are read wrongly."},
	Informational: {"1xx", "informational", FaultNone,
		"No document known here defines it. RFC 9110 has a client treat it as 100 and wait for the final status.",
		"As a final status it means that the exchange stopped halfway, or that the logger recorded an interim answer."},
	Success: {"2xx", "success", FaultNone,
		"No document known here defines it. RFC 9110 has a client treat it as 200.",
		"Search the application and the proxies in front for the number: whoever sends it made it up and should document it."},
	Redirection: {"3xx", "redirect", FaultNone,
		"No document known here defines it. RFC 9110 has a client treat it as 300.",
		"Search the application and the proxies in front for the number, and see whether clients follow it at all."},
	ClientError: {"4xx", "client error", FaultClient,
		"No document known here defines it. RFC 9110 has a client treat it as 400.",
		"Group by client and route, and search the application, its framework and the proxies in front for the number."},
	ServerError: {"5xx", "server error", FaultServer,
		"No document known here defines it. RFC 9110 has a client treat it as 500.",
		"Find out which hop sent it, by its headers or its own log, for a proxy or a hosting platform is as likely as the application."},
}

// ClassOf returns the class of a status code.
func ClassOf(code int) Class {
	if code < 100 || code > 599 {
		return Other
	}
	return Class(code / 100)
}

// Classes returns all classes in the order of a report: 1xx to 5xx, then other.
func Classes() []Class {
	return []Class{Informational, Success, Redirection, ClientError, ServerError, Other}
}

// String returns the class as it heads a column: "1xx" to "5xx", or "other".
func (c Class) String() string { return classes[c.known()].name }

// Label returns the class in words, such as "client error".
func (c Class) Label() string { return classes[c.known()].label }

// known maps a value that is none of the constants to Other.
func (c Class) known() Class {
	if int(c) >= len(classes) {
		return Other
	}
	return c
}

// byCode finds a row of codes by its number. It is an array, and not a map, so
// that a lookup for each line of a log costs an index.
var byCode [600]*Code

func init() {
	for i := range codes {
		c := &codes[i]
		c.Class = ClassOf(c.Code)
		byCode[c.Code] = c
	}
}

// Lookup returns what is known of a code, and whether the table holds it. For a
// code that it lacks, the result has no name and describes the class.
//
// The code 0, which logs also spell 000, is known: no status was sent.
func Lookup(code int) (Code, bool) {
	if code >= 0 && code < len(byCode) {
		if c := byCode[code]; c != nil {
			return *c, true
		}
	}
	class := ClassOf(code)
	k := &classes[class]
	return Code{
		Code:      code,
		Class:     class,
		Fault:     k.fault,
		Use:       k.use,
		LookAt:    k.lookAt,
		Reference: "RFC 9110, 15",
	}, false
}

// All returns every known code, in ascending order. The slice is the caller's.
func All() []Code { return slices.Clone(codes[:]) }

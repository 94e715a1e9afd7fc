package format

import (
	"bytes"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var haproxy = &Format{
	Name:      "haproxy",
	Title:     "HAProxy's HTTP log (option httplog, option httpslog)",
	Example:   `10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"`,
	LogFormat: `%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r`,
	Clock:     ClockStart,
	Unit:      Milliseconds,
	learn:     learnLayout(haproxyLayout()),
}

// haproxyLayout passes over the captured headers, which one frontend may have and another
// not: HAProxy writes no quote in them as it is. A client, a time and a frontend begin the
// lines of TCP and of failed handshakes as well.
func haproxyLayout() *layout {
	return mustLayout(
		`$client [$time] $frontend $backend/$server $tr/$tw/$tc/$th/$duration_ms $status $response_bytes $request_cookie $response_cookie $termination_state $connections $queues_and_captures "$request"`,
		"").escaped(hashes).toldByStatus()
}

// hashes are HAProxy's escapes: #22 is a quote.
var hashes = &escaping{'#', func(dst, value []byte) []byte { return appendHex(dst, value, '#') }}

// appendHex appends value, in which mark and two hexadecimal digits stand for a byte.
func appendHex(dst, value []byte, mark byte) []byte {
	for {
		i := bytes.IndexByte(value, mark)
		if i < 0 {
			return append(dst, value...)
		}
		dst = append(dst, value[:i]...)
		hi, lo := hexDigit(value, i+1), hexDigit(value, i+2)
		if hi >= 0 && lo >= 0 {
			dst = append(dst, byte(hi<<4|lo))
			value = value[i+3:]
			continue
		}
		dst = append(dst, mark)
		value = value[i+1:]
	}
}

// haproxyStates are the first two characters of the termination state: what ended the
// session, and what the proxy was waiting for.
var haproxyStates = map[string]string{
	"CC": "the client aborted before a server was connected",
	"CD": "the client aborted during the transfer",
	"CH": "the client aborted before the server answered",
	"CL": "the client aborted at the end of the transfer",
	"CQ": "the client aborted in the queue",
	"CR": "the client aborted before its request was complete",
	"CT": "the client aborted while tarpitted",
	"cD": "the client timed out during the transfer",
	"cH": "the client timed out while it sent its body",
	"cR": "the client timed out before its request was complete",
	"DC": "the server was marked down",
	"DD": "the server was marked down during the transfer",
	"DH": "the server was marked down before it answered",
	"PC": "the proxy reached a limit of its own",
	"PD": "the proxy blocked an invalid response during the transfer",
	"PH": "the proxy blocked the response: invalid, or denied",
	"PR": "the proxy blocked the request: invalid, or denied",
	"PT": "the proxy tarpitted the request",
	"RC": "the proxy lacked a resource to connect to the server",
	"SC": "the server refused the connection",
	"SD": "the server aborted during the transfer",
	"SH": "the server aborted before its headers were complete",
	"sC": "connecting to the server timed out",
	"sD": "the server timed out during the transfer",
	"sH": "the server timed out before it answered",
	"sQ": "no server was free before the queue's timeout",
}

// haproxyEnding reads the termination state. What ended normally is the server's own
// answer, if one was asked.
func (f *fields) haproxyEnding() {
	if len(f.said) < 2 {
		return
	}
	r := &f.rec
	r.Error = haproxyStates[f.said[:2]]
	switch f.said[0] {
	case 'C', 'c':
		r.FailedBy, r.Outcome = byClient, accesslog.OutcomeClientClosed
	case 'S', 's', 'D':
		r.FailedBy = byOrigin
	case 'P', 'R', 'I', 'K', 'U':
		r.FailedBy = byProxy
	}
	switch f.said[:2] {
	case "SC":
		if f.origin.server == "" {
			r.Error = "no server was up"
		}
	case "sQ": // no server knows of it
		r.FailedBy = byProxy
	case "SD":
		if r.Status.Value >= 200 && r.Status.Value < 500 {
			r.Outcome = accesslog.OutcomeIncomplete
		}
	case "CR", "cR": // the client had nothing to wait for yet
		r.Outcome = ""
	}
}

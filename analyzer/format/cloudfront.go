package format

import (
	"bytes"
	"maps"
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var cloudfront = &Format{
	Name:    "cloudfront",
	Title:   "Amazon CloudFront's standard log",
	Example: "2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64)\t-\t-\tHit\tSOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==\twww.example.com\thttps\t23\t0.001\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tHit\tHTTP/2.0\t-\t-\t11040\t0.001\tHit\ttext/html\t78\t-\t-",
	Clock:   ClockCompletion,
	Unit:    Seconds,
	learn:   cloudfrontLog.learn,
}

var cloudfrontLog = &w3c{
	variables: cloudfrontVariables(),
	escapes:   map[string]*escaping{"cs(user-agent)": percents, "cs(referer)": percents, "cs-uri-stem": percentSigns},
	unit:      Seconds,
	ours:      "x-edge-location",
	usual: " date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id" +
		" x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields" +
		" c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end",
}

func cloudfrontVariables() map[string]variable {
	all := maps.Clone(w3cVariables)
	all["x-host-header"] = variable{role: roleHost}
	all["x-edge-request-id"] = variable{role: roleRequestID}
	all["x-edge-result-type"], all["x-edge-detailed-result-type"] = variable{role: roleEdge}, variable{role: roleEdge}
	return all
}

// CloudFront writes %20 for a space and %25 for a percent sign, and once did so twice: a
// user agent is decoded until nothing of it is left. Of a path, which came with escapes of
// the client's, only CloudFront's own are taken back.
var (
	percents = &escaping{'%', func(dst, value []byte) []byte {
		begin := len(dst)
		dst = appendHex(dst, value, '%')
		if bytes.IndexByte(dst[begin:], '%') < 0 {
			return dst
		}
		end := len(dst)
		return append(dst[:begin], appendHex(dst, dst[begin:], '%')[end:]...)
	}}
	percentSigns = &escaping{'%', func(dst, value []byte) []byte {
		if !bytes.Contains(value, []byte("%25")) {
			return append(dst, value...)
		}
		return appendHex(dst, value, '%')
	}}
)

// cloudfrontEnding reads the result type. CloudFront has a name for each failure of its own:
// a plain Error is what the origin answered.
func (f *fields) cloudfrontEnding() {
	r := &f.rec
	switch s := f.said; {
	case strings.HasPrefix(s, "Client"):
		r.FailedBy, r.Outcome = byClient, accesslog.OutcomeClientClosed
		if s == "ClientGeoBlocked" {
			r.FailedBy, r.Outcome = byProxy, ""
		}
	case strings.Contains(s, "Origin"), s == "Error":
		r.FailedBy = byOrigin
	case strings.HasSuffix(s, "Error"), strings.HasSuffix(s, "Exceeded"), strings.HasPrefix(s, "InvalidRequest"):
		r.FailedBy = byProxy
	default:
		return // Hit, Miss, Redirect …
	}
	r.Error = f.said
}

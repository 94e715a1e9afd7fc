package format

import (
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

var envoy = &Format{
	Name:      "envoy",
	Title:     "Envoy's and Istio's default text",
	Example:   `[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"`,
	LogFormat: `[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"`,
	Clock:     ClockStart,
	Unit:      Milliseconds,
	learn: learnLayout(
		envoyLayout(`[$time] `, ``, ``),
		envoyLayout(`[$time] `, ` $response_code_details $termination_details "$error"`, istioTail),
		envoyLayout(`[$time] `, ` $response_code_details "$error"`, istioTail), // Istio 1.6
		envoyLayout(`[$time] `, ` "$mixer_status" "$error"`, istioTail),        // before it
		envoyLayout(`ACCESS [$time] `, ``, ``),                                 // Ambassador
	),
}

const istioTail = ` $upstream_cluster $upstream_local_address $downstream_local_address $client $requested_server_name $route_name`

// envoyLayout is Envoy's default with more before it, within it and behind it. Envoy writes
// quotes in a value as they are.
func envoyLayout(begin, reasons, end string) *layout {
	return mustLayout(begin+`"$request" $status $response_flags`+reasons+
		` $request_bytes $response_bytes $duration_ms $upstream_service_time "$forwarded_for" "$user_agent" "$request_id" "$host" "$server"`+end,
		"server").escaped(nil)
}

// envoyFlags are the response flags that name who failed.
var envoyFlags = map[string]struct{ by, text string }{
	"UH":    {byOrigin, "no healthy upstream"},
	"UF":    {byOrigin, "upstream connection failure"},
	"UO":    {byProxy, "upstream overflow: circuit breaking"},
	"UC":    {byOrigin, "upstream connection termination"},
	"UT":    {byOrigin, "upstream request timeout"},
	"UR":    {byOrigin, "upstream remote reset"},
	"UPE":   {byOrigin, "upstream protocol error"},
	"URX":   {byOrigin, "upstream retry limit exceeded"},
	"UMSDR": {byOrigin, "upstream reached its maximum stream duration"},
	"NR":    {byProxy, "no route"},
	"NC":    {byProxy, "no cluster"},
	"NFCF":  {byProxy, "no filter configuration"},
	"DF":    {byProxy, "DNS resolution failure"},
	"LH":    {byProxy, "local health check failed"},
	"LR":    {byProxy, "connection local reset"},
	"SI":    {byProxy, "stream idle timeout"},
	"DI":    {byProxy, "delay injected"},
	"FI":    {byProxy, "fault injected"},
	"RL":    {byProxy, "rate limited"},
	"RLSE":  {byProxy, "rate limit service error"},
	"UAEX":  {byProxy, "denied by external authorization"},
	"OM":    {byProxy, "overload manager"},
	"DT":    {byProxy, "maximum duration reached"},
	"DO":    {byProxy, "drop overload"},
	"LU":    {byProxy, "upstream local reset"},
	"DC":    {byClient, "downstream connection termination"},
	"DR":    {byClient, "downstream remote reset"},
	"DPE":   {byClient, "downstream protocol error"},
	"IH":    {byClient, "invalid value of a strictly checked header"},
}

// envoyEnding reads Envoy's response flags, of which the first that is known decides. It is
// a response that was cut if one from upstream is beside a status that was fine.
func (f *fields) envoyEnding() {
	r := &f.rec
	for flags := f.said; flags != ""; {
		var flag string
		flag, flags, _ = strings.Cut(flags, ",")
		known, ok := envoyFlags[flag]
		if !ok {
			continue
		}
		r.FailedBy = known.by
		if r.Error == "" {
			r.Error = known.text
		} else {
			r.Error = f.join(known.text, ": ", r.Error)
		}
		switch flag {
		case "DC", "DR":
			r.Outcome = accesslog.OutcomeClientClosed
		case "UC", "UR", "UPE", "UT":
			if r.Status.Value >= 200 && r.Status.Value < 500 {
				r.Outcome = accesslog.OutcomeIncomplete
			}
		}
		return
	}
}

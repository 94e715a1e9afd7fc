package format

var iis = &Format{
	Name:    "iis",
	Title:   "IIS and others in the W3C extended format",
	Example: `2026-09-06 05:58:05 10.0.0.5 GET /u/42 x=1 443 - 203.0.113.7 Mozilla/5.0+(X11;+Linux+x86_64) https://example.com/ 502 3 12029 1234`,
	Clock:   ClockCompletion,
	Unit:    Milliseconds,
	learn:   iisLog.learn,
}

var iisLog = &w3c{
	variables: w3cVariables,
	escapes:   map[string]*escaping{"cs(user-agent)": pluses},
	unit:      Milliseconds,
	others:    "x-edge-location",
	usual:     " date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken",
}

package format

// heroku says with a code why the router made a response itself, and has no time but the
// one that the drain or the command puts before the line.
var heroku = &Format{
	Name:    "heroku",
	Title:   "Heroku's router",
	Example: `2026-09-06T05:58:05.123456+00:00 heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/u/1" host=app.example.com request_id=9f2c fwd="203.0.113.7" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https`,
	Clock:   ClockCompletion,
	Unit:    Milliseconds,
	marked:  true, // the application's lines about the same requests are beside them
	sole:    true,
	learn: learnKeyed(syntaxLogfmt, &schema{
		by: "Heroku", marks: []mark{has("dyno"), has("status"), has("fwd")}, keys: herokuKeys, need: "fwd", units: in(Milliseconds),
	}),
}

var herokuKeys = []key{
	{"", roleTime}, {"at", roleHerokuCode}, {"code", roleHerokuCode}, {"desc", roleError}, {"method", roleMethod}, {"path", rolePath}, {"host", roleHost}, {"request_id", roleRequestID},
	{"fwd", roleForwarded}, {"connect", rolePart}, {"service", rolePart}, {"status", roleStatus}, {"bytes", roleBytes}, {"protocol", roleScheme},
}

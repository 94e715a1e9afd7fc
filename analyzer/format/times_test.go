package format

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestUnitOf(t *testing.T) {
	tests := []struct {
		path   string
		values string // separated by spaces
		want   Unit
		why    string // a part of the reason that is given
		reason string
	}{
		{"duration_ms", "0.0012", Milliseconds, "name", "the name wins over the values"},
		{"response_time_ms", "12", Milliseconds, "name", "with an underscore"},
		{"durationMs", "0.0012", Milliseconds, "name", "in camel case"},
		{"DurationMs", "12", Milliseconds, "name", "in Pascal case"},
		{"duration_millis", "12", Milliseconds, "name", "spelled out"},
		{"req.duration_ms", "12", Milliseconds, "name", "the last part of a nested key counts"},
		{"duration_us", "1234567", Microseconds, "name", "microseconds"},
		{"durationUs", "1234567", Microseconds, "name", "microseconds in camel case"},
		{"duration_ns", "12", Nanoseconds, "name", "nanoseconds"},
		{"durationNs", "12", Nanoseconds, "name", "nanoseconds in camel case"},
		{"duration_s", "12", Seconds, "name", "seconds"},
		{"duration_seconds", "12", Seconds, "name", "spelled out"},
		{"items", "12", Milliseconds, "guessed", "a final s alone says nothing"},
		{"event.duration", "1200 130000", Nanoseconds, "Elastic", "ECS has nanoseconds"},
		{"event.duration", "12 13", Milliseconds, "guessed", "but no request takes as few"},
		{"event.duration", "1.5 1234 0.25", Milliseconds, "guessed", "nor fractions of one"},
		{"http.server.request.duration", "12.5", Seconds, "OpenTelemetry", "OpenTelemetry has seconds, however many"},
		{"http.server.request.duration", "12 3 0", Milliseconds, "guessed", "but no whole ones alone"},
		{"request_time", "0.004 12.000", Seconds, "nginx", "nginx's variable is in seconds"},
		{"requestTime", "0.004", Seconds, "nginx", "however it is spelled"},

		{"latency", `12ms 1.5s`, Seconds, "names", "values that name their unit"},
		{"latency", `0.019s`, Seconds, "names", "so does one"},
		{"duration", "1234567 45678 99", Nanoseconds, "large whole", "a Go duration as a whole number"},
		{"latency", "35000 21000 512", Nanoseconds, "large whole", "most are large"},
		{"responseTime", "12 5 45678", Milliseconds, "guessed", "one that took long does not make nanoseconds"},
		{"duration", "0 1 3", Milliseconds, "guessed", "small whole numbers"},
		{"duration", "1.23 0.4 17.01", Milliseconds, "guessed", "coarse fractions"},
		{"duration", "0.004 0.003 1.250", Seconds, "guessed", "of which half would take a few microseconds"},
		{"duration", "0.0 0.0 0.002", Seconds, "guessed", "or nothing"},
		{"duration", "0.01 0.004 0.003 0.02", Milliseconds, "guessed", "as Go's handlers do, in microseconds"},
		{"duration", "0.029 0.145 0.003", Milliseconds, "guessed", "as Go's handlers do, in microseconds"},
		{"duration", "0 0 1 0.004", Milliseconds, "guessed", "mostly whole numbers"},
		{"duration", "1.234567 45.678901 0.104512", Milliseconds, "guessed", "zerolog's, with the nanosecond in the sixth decimal"},
		{"duration", "0.0012 0.0451 1.2", Seconds, "fractions", "fine fractions that are mostly below 1"},
		{"duration", "0.000024323 0.001674508", Seconds, "fractions", "Caddy's and zap's"},
		{"duration", "1.000024323 12.001674508", Seconds, "fractions", "Caddy's when it is slow: milliseconds have no ninth decimal"},
		{"duration", "1234567 1.25 3456789 2345678", Nanoseconds, "some look like another unit", "two writers, or one that was upgraded"},
		{"event.duration", "1234567 1.25 3456789 2345678", Nanoseconds, "guessed", "though they are what the standard has"},
		{"duration_ms", "1234567 1.25 3456789 2345678", Milliseconds, "name", "which is surer than the values"},
		{"duration", "2.4323e-05", Seconds, "fractions", "as encoding/json writes less than a microsecond"},
		{"rt", "0.091 0.004 12.250", Seconds, "guessed", "nginx's $request_time under a short name"},
		{"rt", "1.091 2.004 12.250", Seconds, "guessed", "also where it is slow"},
		{"rt", "0.1 0.09 0.004 0 0.021", Seconds, "guessed", "written anew, without its zeros"},
		{"rt", "91.2 15.7 230.1", Milliseconds, "guessed", "or somebody's milliseconds"},
		{"rt", "91 15 230", Milliseconds, "guessed", "whole ones"},
		{"resp_time", "0.091 0.004 1.250", Seconds, "guessed", "as nginx has them"},
		{"resp_time", "1.091 2.004 1.250", Milliseconds, "guessed", "as all others, where the values leave it open"},
		{"dur", "91.204 15.720 230.101", Milliseconds, "guessed", "too long for seconds"},
		{"dur", "0.091 0.015 0.230", Seconds, "guessed", "half a request takes more than a few microseconds"},
		{"responseTime", "1.2345670000000001 2.8000000000000003", Milliseconds, "guessed", "JavaScript's, with the noise of a float"},
	}
	for _, tt := range tests {
		unit, why := unitOf(tt.path, "time", strings.Fields(tt.values))
		if unit != tt.want || !strings.Contains(why, tt.why) {
			t.Errorf("unitOf(%q, %s) = %s %q; want %s with %q: %s", tt.path, tt.values, unit, why, tt.want, tt.why, tt.reason)
		}
	}
}

// unitOf is what is decided of values under path, of a writer that is not known.
func unitOf(path, timePath string, values []string) (Unit, string) {
	v := survey{schema: general}
	for _, s := range values {
		v.requests = append(v.requests, entry{{path: path, text: s}})
	}
	return v.unitOf(path, timePath)
}

// TestUnitOfZap checks what a timestamp under "ts" tells.
func TestUnitOfZap(t *testing.T) {
	tests := []struct {
		path, values, timePath string
		want                   Unit
		reason                 string
	}{
		{"duration", "0.25 1.5", "ts", Seconds, "zap and Caddy write seconds as fractions"},
		{"duration", "12 15", "ts", Milliseconds, "and whole milliseconds, where they are told to"},
		{"duration", "1234567", "ts", Nanoseconds, "or whole nanoseconds"},
		{"duration", "12ms", "ts", Seconds, "or strings, where the unit does not matter"},
		{"duration_ms", "0.25", "ts", Milliseconds, "the name wins all the same"},
		{"duration", "0.25 1.5", "time", Milliseconds, "zerolog writes milliseconds as fractions"},
	}
	for _, tt := range tests {
		if unit, why := unitOf(tt.path, tt.timePath, strings.Fields(tt.values)); unit != tt.want {
			t.Errorf("unitOf(%q, %s, %q) = %s %q; want %s: %s", tt.path, tt.values, tt.timePath, unit, why, tt.want, tt.reason)
		}
	}
}

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text string
		unit Unit
		want time.Duration
		ok   bool
	}{
		{"1234567", Nanoseconds, 1234567, true},
		{"12", Microseconds, 12 * time.Microsecond, true},
		{"12.345", Milliseconds, 12345 * time.Microsecond, true},
		{"0", Seconds, 0, true},
		{"0.000", Seconds, 0, true},
		{"0.001674508", Seconds, 1674508, true}, // as a float64, a bit less
		{"1.001674508", Seconds, 1001674508, true},
		{"0.019", Seconds, 19 * time.Millisecond, true},
		{"2.4323e-05", Seconds, 24323, true},
		{"0.019s", Milliseconds, 19 * time.Millisecond, true},
		{"1.23ms", Seconds, 1230 * time.Microsecond, true},
		{"350µs", Seconds, 350 * time.Microsecond, true},
		{"350us", Seconds, 350 * time.Microsecond, true},
		{"1m2.5s", Seconds, 62500 * time.Millisecond, true},
		{"1.2m", "", 0, false}, // of 1.2ms, cut off
		{"12", "", 0, false},   // in a unit that nobody named
		{"1e300", Seconds, 0, false},
		{"9223372036", Seconds, 0, false}, // more than half of what a duration holds
		{"-1", Seconds, 0, false},
		{"-1s", Seconds, 0, false},
		{"-", Seconds, 0, false},
		{"", Seconds, 0, false},
		{"NaN", Seconds, 0, false},
		{"Inf", Seconds, 0, false},
		{"long", Seconds, 0, false},
		{"0.1, 0.2", Seconds, 0, false},
		{"true", Seconds, 0, false},
	}
	for _, tt := range tests {
		got, ok := parseDuration(tt.text, tt.unit)
		if ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseDuration(%q, %s) = %v, %v; want %v, %v", tt.text, tt.unit, got, ok, tt.want, tt.ok)
		}
	}
}

// FuzzDuration holds the fast reader of durations to the general one.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"0", "12", "0.019", "0.001674508", "0.0016745085", "1.234567ms", "12.5µs", "12.5μs", "1.5ns", "9007199254.740993", "1125899906.842624", "00000000000000000000001s", "1.s", ".5", "-1", "1m2.5s", "1.2m"} {
		for _, unit := range []Unit{"", Nanoseconds, Microseconds, Milliseconds, Seconds} {
			f.Add(s, string(unit))
		}
	}
	f.Fuzz(func(t *testing.T, s, unit string) {
		got, ok := exactDuration(s, Unit(unit))
		if _, known := perUnit[Unit(unit)]; !ok || !known && unit != "" {
			return
		}
		if want, wantOK := anyDuration(s, Unit(unit)); got != want || !wantOK {
			t.Errorf("%q in %q is %d, want %d, %v", s, unit, got, want, wantOK)
		}
	})
}

// FuzzWhole compares whole numbers with the standard library's.
func FuzzWhole(f *testing.F) {
	for _, s := range []string{"0", "007", "502", "-1", "+1", "999999999999999999", "9999999999999999999", "1_0", "1x", " 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := whole(s)
		want, wantErr := strconv.ParseInt(s, 10, 64)
		if s != "" && (got.Value != want || got.Known != (wantErr == nil) || (err == nil) != (wantErr == nil)) {
			t.Errorf("%q is %v, %v; want %d, %v", s, got, err, want, wantErr)
		}
	})
}

// withLocal sets the local zone for a test.
func withLocal(t *testing.T, zone *time.Location) {
	old := time.Local
	time.Local = zone
	t.Cleanup(func() { time.Local = old })
}

func TestTimes(t *testing.T) {
	withLocal(t, time.FixedZone("here", -(3*3600+1800)))
	none := time.Time{}
	tests := []struct {
		reason, value string // JSON
		want          time.Time
	}{
		{"RFC 3339", `"2026-09-06T05:58:05Z"`, utc},
		{"with decimals", `"2026-09-06T05:58:05.123456789Z"`, utc.Add(123456789)},
		{"with an offset", `"2026-09-06T14:58:05.5+09:00"`, utc.Add(time.Second / 2)},
		{"with an offset of half an hour", `"2026-09-06T09:28:05+03:30"`, utc},
		{"with an offset without a colon", `"2026-09-05T21:58:05-0800"`, utc},
		{"with a space for the T", `"2026-09-06 05:58:05Z"`, utc},
		{"with a comma for the point", `"2026-09-06T05:58:05,25Z"`, utc.Add(time.Second / 4)},
		{"with escapes", `"2026-09-06T14:58:05\u002b09:00"`, utc},
		{"without a zone, in the local one", `"2026-09-06T02:28:05"`, utc},
		{"without a zone, with decimals", `"2026-09-06 02:28:05.250"`, utc.Add(time.Second / 4)},
		{"Python's", `"2026-09-06 02:28:05,250"`, utc.Add(time.Second / 4)},
		{"HAProxy's", `"06/Sep/2026:02:28:05.250"`, utc.Add(time.Second / 4)},
		{"as long as CLF", `"06/Sep/2026:02:28:05.25000"`, utc.Add(time.Second / 4)},
		{"a zone apart", `"2026-09-06 14:58:05.25 +0900"`, utc.Add(time.Second / 4)},
		{"CLF", `"06/Sep/2026:14:58:05 +0900"`, utc},
		{"in brackets", `"[06/Sep/2026:14:58:05 +0900]"`, utc},
		{"CLF with escaped slashes", `"06\/Sep\/2026:14:58:05 +0900"`, utc},
		{"seconds since 1970", `1788674285`, utc},
		{"with decimals", `1788674285.25`, utc.Add(time.Second / 4)},
		{"with nine decimals", `1788674285.123456789`, utc.Add(123456789)},
		{"with more decimals than there are nanoseconds", `1788674285.1234567891`, utc.Add(123456789)},
		{"as a string", `"1788674285.123"`, utc.Add(123 * time.Millisecond)},
		{"as an exponent", `1.788674285e9`, utc},
		{"as Go formats a float", `1.78867428525e+09`, utc.Add(time.Second / 4)},
		{"milliseconds since 1970", `1788674285123`, utc.Add(123 * time.Millisecond)},
		{"with decimals that are left out", `1788674285123.456`, utc.Add(123 * time.Millisecond)},
		{"as a string", `"1788674285123"`, utc.Add(123 * time.Millisecond)},
		{"microseconds since 1970", `1788674285123456`, utc.Add(123456 * time.Microsecond)},
		{"nanoseconds since 1970", `1788674285123456789`, utc.Add(123456789)},

		{"a date alone", `"2026-09-06"`, none},
		{"a time of the day alone", `"05:58:05"`, none},
		{"a day that does not exist", `"2026-02-30T05:58:05Z"`, none},
		{"words", `"a moment ago"`, none},
		{"decimals before what is no zone", `"2026-09-06 05:58:05.25 09000"`, none},
		{"RFC 3339 in brackets", `"[2026-09-06T05:58:05Z]"`, none},
		{"as long as RFC 3339 without zone", `"2026-13-06T02:28:05"`, none},
		{"as long as CLF", `"06/Foo/2026:14:58:05 +0900"`, none},
		{"a small number", `42`, none},
		{"a small number with an exponent", `4.2e1`, none},
		{"a negative number", `-1788674285`, none},
		{"a number that overflows", `99999999999999999999`, none},
		{"an exponent that overflows", `1e400`, none},
		{"an infinite one", `"Inf"`, none},
		{"two points", `"1788674285.1.2"`, none},
		{"a version", `"1788674285.x"`, none},
		{"empty", `""`, none},
		{"a hyphen", `"-"`, none},
		{"null", `null`, none},
		{"true", `true`, none},
	}
	d, err := Detect(toLines(`{"time":"2026-09-06T05:58:05Z","path":"/","status":200}`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := d.NewParser()
	for _, tt := range tests {
		line := `{"time":` + tt.value + `,"path":"/","status":200}`
		got := parse(t, p, line)
		if len(got.Records) != 1 || !got.Records[0].Time.Equal(tt.want) || got.Records[0].Time.IsZero() != tt.want.IsZero() {
			t.Errorf("%s, %s: %v, want the time %v", tt.reason, tt.value, got, tt.want)
		}
	}
}

// TestZones checks that the zone that was taken is told where times name none, and only there.
func TestZones(t *testing.T) {
	tests := []struct{ reason, line, want string }{
		{"no zone", `{"time":"2026-09-06T05:58:05","path":"/","status":200}`, "Local"},
		{"a zone", `{"time":"2026-09-06T05:58:05Z","path":"/","status":200}`, ""},
		{"an epoch", `{"time":1788674285,"path":"/","status":200}`, ""},
		{"no time", `{"path":"/","status":200}`, ""},
		{"no zone where the time is not taken from", `{"timestamp":"2026-09-06T05:58:05Z","date":"2026-09-06 05:58:05","path":"/","status":200}`, ""},
	}
	for _, tt := range tests {
		d, err := Detect(toLines(tt.line), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if d.TZ != tt.want {
			t.Errorf("%s: %q, want %q", tt.reason, d.TZ, tt.want)
		}
	}
}

// FuzzCivilTime holds the remembered minute to a reader that remembers nothing.
func FuzzCivilTime(f *testing.F) {
	for _, s := range []string{"2026-09-06 05:58:05.123", "2026-09-06 05:58:05", "2026-09-06 05:58:06,5", "06/Feb/2009:12:14:14.655", "Sun Mar 13 22:49:12 2016", "2026-09-06 05:58:05x",
		"2026-09-06T05:58:05.123+03:30", "2026-09-06T05:58:05Z", "2026-09-06 05:58:05,5 UTC", "06/Sep/2026:05:58:05 +0330", "06/Sep/2026:05:58:05.12345", "[06/Sep/2026:05:58:05 +0330]", "[2026-09-06T05:58:05Z]", "2026-09-06 05:58:05."} {
		f.Add(s)
	}
	zone := time.FixedZone("", 3600)
	used := timeReader{local: zone}
	f.Fuzz(func(t *testing.T, s string) {
		want, ok := (&timeReader{local: zone}).parse(s)
		for range 2 {
			if got, okAgain := used.parse(s); !got.Equal(want) || ok != okAgain {
				t.Errorf("%q: %v, %v after other times; alone %v, %v", s, got, okAgain, want, ok)
			}
		}
	})
}

// TestCLFTimes compares the reader of CLF times with the standard library's: alone, and
// after another time, which it remembers.
func TestCLFTimes(t *testing.T) {
	times := []string{
		"17/May/2015:10:05:03 +0000", "17/May/2015:10:05:59 +0000", "17/May/2015:10:05:00 -0800", "17/May/2015:10:06:00 +0330",
		"29/Feb/2024:23:59:59 +1400", "29/Feb/2023:23:59:59 +0000", "31/Dec/1999:23:59:59 -1200", "01/Jan/0001:00:00:00 +0000",
		"00/May/2015:10:05:03 +0000", "32/May/2015:10:05:03 +0000", "17/may/2015:10:05:03 +0000", "17/ayJ/2015:10:05:03 +0000",
		"17-May-2015:10:05:03 +0000", "17/May/2015 10:05:03 +0000", "17/May/2015:10:05:03  0000", "17/May/2015:10:05:03 +00:0",
		"17/May/2015:24:05:03 +0000", "17/May/2015:10:60:03 +0000", "17/May/2015:10:05:99 +0000", "17/May/2015:10:05:0x +0000",
		"17/May/20x5:10:05:03 +0000", "\x0017/May/2015:10:05:03 +00", strings.Repeat("\x00", 26), "17/May/2015:10:05:03 -0000",
		"17/May/2015:10:05:03 ,000Z", "17/May/2015:10:05:03 .00-0",
	}
	var used clfClock
	for _, s := range times {
		want, err := time.Parse("02/Jan/2006:15:04:05 -0700", s)
		if strings.Contains(s, "/may/") {
			want, err = time.Time{}, errNotCLF // no server writes it so
		}
		for range 2 {
			for _, clock := range []*clfClock{{}, &used} {
				got, ok := clock.parse(s)
				if ok != (err == nil) || ok && !got.Equal(want) {
					t.Errorf("%q: %v, %v; want %v, %v", s, got, ok, want, err)
				}
			}
		}
	}
	for i, m := range used.minutes {
		if m.base.Location() != time.UTC {
			t.Errorf("the times of minute %d are in %s, want UTC", i, m.base.Location())
		}
	}
}

// FuzzCivilMinutes compares times of remembered minutes with those that are read anew.
func FuzzCivilMinutes(f *testing.F) {
	f.Add("2026/09/06 - 05:58:05", "2026/09/06 - 05:58:59")
	f.Add("2026-03-29T01:59:59", "2026-03-29T03:00:00") // the hour between them is left out in Berlin
	f.Add("2026-10-25 02:59:59", "2026-10-25 02:59:60")
	f.Add("06/Sep/2026:05:58:05", "06/Sep/2026:05:58:0x")
	f.Add("Sun Sep  6 05:58:05 2026", "Sun Sep  6 05:58:05 2027")
	f.Add("Sun Sep  6 05:58:05 2026", "Sun Sep  6 05:58:05.5 2026")
	f.Add("2026-09-06T05:58:05.25+03:30", "2026-09-06T05:58:06.5+03:00")
	f.Add("2026-09-06T05:58:05Z", "2026-09-06T05:58:05")
	f.Add("06/Sep/2026:05:58:05 +0330", "06/Sep/2026:05:58:06.5 +0330")
	f.Add("2026-09-06 05:58:05,5 +0330", "2026-09-06 05:58:05. +0330")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		f.Skip(err)
	}
	used := timeReader{local: berlin}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, s := range []string{a, b, a} {
			got, ok := used.parse(s)
			want, wantOK := (&timeReader{local: berlin}).parse(s)
			if ok != wantOK || ok && !got.Equal(want) {
				t.Errorf("%q is %v, %v after other times; alone %v, %v", s, got, ok, want, wantOK)
			}
		}
	})
}

package render

import (
	"math"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{count(0), "0"}, {count(999), "999"}, {count(12408), "12,408"}, {count(math.MaxUint64), "18,446,744,073,709,551,615"},
		{counted(1, "line"), "1 line"}, {counted(2000, "line"), "2,000 lines"},

		{share(0), "0 %"}, {share(1), "100 %"}, {share(.879), "87.9 %"}, {share(.0324), "3.2 %"}, {share(.01), "1.0 %"},
		{share(.0099), "0.99 %"}, {share(.00996), "1.0 %"}, {share(.0003), "0.03 %"}, {share(.00004), "<0.01 %"}, {share(1e-12), "<0.01 %"},
		{share(.9994), "99.9 %"}, {share(.99976), "99.98 %"}, {share(.99999), ">99.99 %"}, {share(math.NaN()), "?"}, {share(-.1), "?"},

		{millis(0), "0 ms"}, {millis(1e-9), "<1 µs"}, {millis(.084), "84 µs"}, {millis(.9994), "999 µs"}, {millis(.9996), "1.0 ms"},
		{millis(2.06), "2.1 ms"}, {millis(9.96), "10 ms"}, {millis(310), "310 ms"}, {millis(999.6), "1.0 s"}, {millis(2113), "2.1 s"},
		{millis(61_000), "61 s"}, {millis(125_000), "2.1 min"}, {millis(2 * 3_600_000), "2.0 h"}, {millis(1e15), "2.8e+08 h"},
		{millis(math.NaN()), "?"}, {millis(-1), "?"}, {millis(math.Inf(1)), "+Inf h"},

		{duration(0), "under 1 s"}, {duration(1), "1 s"}, {duration(59.7), "1 m"}, {duration(5400), "1 h 30 m"},
		{duration(86400 + 7*3600 + 59), "1 d 7 h"}, {duration(86400 * 400), "400 d"}, {duration(math.NaN()), "?"}, {duration(-1), "?"},

		{interval(1), "1 s"}, {interval(90), "90 s"}, {interval(300), "5 min"}, {interval(7200), "2 h"}, {interval(172800), "2 d"},
		{per(1), "a second"}, {per(60), "a minute"}, {per(3600), "an hour"}, {per(86400), "a day"}, {per(10), "in 10 s"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestBetween(t *testing.T) {
	start := time.Date(2026, 11, 20, 15, 0, 0, 0, time.FixedZone("", 3600))
	for _, tt := range []struct {
		length time.Duration
		want   string
	}{
		{0, "20 Nov 2026 14:00:00 UTC"},
		{12 * time.Second, "20 Nov 2026 14:00:00 – 14:00:12 UTC (12 s)"},
		{90 * time.Minute, "20 Nov 2026 14:00 – 15:30 UTC (1 h 30 m)"},
		{9*time.Hour + 59*time.Minute, "20 Nov 2026 14:00 – 23:59 UTC (9 h 59 m)"},
		{36 * time.Hour, "20 Nov 2026 14:00 – 22 Nov 2026 02:00 UTC (1 d 12 h)"},
	} {
		if got := between(start, start.Add(tt.length), tt.length.Seconds()); got != tt.want {
			t.Errorf("%v: got %q, want %q", tt.length, got, tt.want)
		}
	}
}

func TestBarAndSpark(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{bar(0, 10), ""}, {bar(1e-9, 10), "▏"}, {bar(.5, 4), "██"}, {bar(.5625, 2), "█▏"}, {bar(1, 3), "███"}, {bar(7, 3), "███"}, {bar(math.NaN(), 3), ""},
		{spark(nil), ""}, {spark([]uint64{0, 1, 50, 100}), "·▁▄█"}, {spark([]uint64{0, 0}), "··"}, {spark([]uint64{math.MaxUint64, 1}), "█▁"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestMergedBins(t *testing.T) {
	for _, tt := range []struct {
		bins    int
		seconds int64
		room    int
		want    int
	}{
		{30, 60, 60, 1},
		{90, 60, 88, 2},
		{100, 60, 40, 5},   // 3 would do, 5 min is easier to think of
		{300, 1, 60, 5},    // a second
		{1440, 60, 50, 30}, // a day
		{8, 86400, 60, 1},
		{500, 7, 60, 9}, // no round number of seconds
	} {
		got := merged(tt.bins, tt.seconds, tt.room)
		if got != tt.want || (tt.bins+got-1)/got > tt.room {
			t.Errorf("%d bins of %d s in %d columns: %d bins a column, want %d", tt.bins, tt.seconds, tt.room, got, tt.want)
		}
	}
}

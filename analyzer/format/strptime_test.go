package format

import (
	"testing"
	"time"

	"github.com/itchyny/timefmt-go"
)

func TestStrptime(t *testing.T) {
	tokyo := time.FixedZone("", 9*3600)
	tests := []struct{ reason, pattern, in, want string }{
		{"a zone behind it", "%d/%b/%Y %T.%f %z", "06/Sep/2026 05:58:05.25 +0900", "2026-09-05T20:58:05.25Z"},
		{"with a colon", "%d/%b/%Y %T %z", "06/Sep/2026 05:58:05 -03:30", "2026-09-06T09:28:05Z"},
		{"Z", "%d/%b/%Y %T%z", "06/Sep/2026 05:58:05Z", "2026-09-06T05:58:05Z"},
		{"a zone before it", "%z %d/%b/%Y %T", "+0900 06/Sep/2026 05:58:05", "2026-09-05T20:58:05Z"},
		{"none: that of the reader", "%d/%m/%y %I:%M %p", "06/09/26 05:58 PM", "2026-09-06T08:58:00Z"},
		{"an epoch", "%s", "1788641885", "2026-09-05T20:58:05Z"},
		{"no zone where there should be one", "%Y-%m-%d %T %z", "2026-09-06 05:58:05", ""},
		{"half a zone", "%d/%b/%Y %T %z", "06/Sep/2026 05:58:05 +09", ""},
		{"a zone of too many digits", "%d/%b/%Y %T %z", "06/Sep/2026 05:58:05 +09000", ""},
		{"a zone alone", "%d/%b/%Y %T %z", "+", ""},
		{"no such month", "%d/%b/%Y %T", "06/Foo/2026 05:58:05", ""},
		{"nothing", "%d/%b/%Y %T", "", ""},
	}
	for _, tt := range tests {
		got, ok := newStrptime(tt.pattern).parse(tt.in, tokyo)
		if ok != (tt.want != "") || ok && got.Format(time.RFC3339Nano) != tt.want {
			t.Errorf("%s: %q by %q is %v, %v; want %s", tt.reason, tt.in, tt.pattern, got, ok, tt.want)
		}
	}
}

// FuzzStrptime compares the zones that are read here with those that the library reads.
func FuzzStrptime(f *testing.F) {
	const pattern = "%d/%b/%Y:%H:%M:%S.%f %z"
	f.Add("06/Sep/2026:05:58:05.250 +0330")
	f.Add("06/Sep/2026:05:58:05.250 -09:00")
	f.Add("06/Sep/2026:05:58:05.250 Z")
	p := newStrptime(pattern)
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := p.parse(s, time.UTC)
		want, err := timefmt.Parse(s, pattern)
		if ok && err == nil && !got.Equal(want) {
			t.Errorf("%q is %v, want %v", s, got, want)
		}
	})
}

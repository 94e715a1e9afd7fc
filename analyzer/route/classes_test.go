package route

import (
	"strings"
	"testing"
)

func TestAppendLeaf(t *testing.T) {
	tests := []struct{ reason, path, want string }{
		{"a name", "/users", "/users"},
		{"the root", "/", "/"},
		{"nothing", "", ""},
		{"a number", "/users/42", "/users/{id}"},
		{"a number in the middle", "/users/42/orders/7", "/users/{id}/orders/{id}"},
		{"a trailing slash is another route", "/users/42/", "/users/{id}/"},
		{"empty segments are kept", "//users//42", "//users//{id}"},
		{"a version is a name", "/api/v1/users", "/api/v1/users"},
		{"a UUID", "/orders/123e4567-e89b-12d3-a456-426614174000", "/orders/{uuid}"},
		{"a date", "/reports/2026-11-20", "/reports/{date}"},
		{"a month", "/reports/2026-11", "/reports/{date}"},
		{"an IPv4 address", "/hosts/203.0.113.7", "/hosts/{ip}"},
		{"an IPv6 address", "/hosts/2001:db8::1", "/hosts/{ip}"},
		{"an e-mail address", "/users/ann@example.com", "/users/{email}"},
		{"a handle is a name", "/@ann", "/@ann"},
		{"a hash", "/commits/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commits/{id}"},
		{"a short hash", "/commits/9fceb02d", "/commits/{id}"},
		{"hexadecimal without a digit is a word", "/defaced", "/defaced"},
		{"a mixed identifier", "/videos/dQw4w9WgXcQ", "/videos/{id}"},
		{"mostly digits", "/tickets/ab1234", "/tickets/{id}"},
		{"a year at a name's end", "/logstash-monitorama-2013", "/logstash-monitorama-2013"},
		{"a library's file name", "/js/jquery-1.9.min.js", "/js/jquery-1.9.min.js"},
		{"too long for a name", "/" + strings.Repeat("a", 41), "/{id}"},
		{"a word in another script is a name", "/%D9%85%DA%AF", "/%D9%85%DA%AF"},
		{"no leading slash", "*", "*"},
	}
	for _, tt := range tests {
		if got := string(AppendLeaf(nil, tt.path)); got != tt.want {
			t.Errorf("%s: %s gives %s, want %s", tt.reason, tt.path, got, tt.want)
		}
	}
}

// FuzzAppendLeaf: a template has the segments of its path, each itself or a class.
func FuzzAppendLeaf(f *testing.F) {
	f.Add("/users/42")
	f.Add("//a@b.c/1.2.3.4/::1/...")
	f.Fuzz(func(t *testing.T, path string) {
		got := string(AppendLeaf([]byte("x"), path))
		in, out := strings.Split(path, "/"), strings.Split(got[1:], "/")
		if len(in) != len(out) {
			t.Fatalf("%q became %q", path, got)
		}
		for i := range in {
			if in[i] != out[i] && !strings.HasPrefix(out[i], "{") {
				t.Fatalf("%q became %q", path, got)
			}
		}
		if again := string(AppendLeaf(nil, got[1:])); again != got[1:] && !strings.Contains(got, "{") {
			t.Fatalf("%q became %q and then %q", path, got, again)
		}
	})
}

func BenchmarkAppendLeaf(b *testing.B) {
	buf := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendLeaf(buf[:0], "/api/v1/users/123e4567-e89b-12d3-a456-426614174000/orders/42")
	}
}

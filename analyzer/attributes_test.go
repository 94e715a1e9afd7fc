package analyzer

import (
	"testing"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestAttributes(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		of       func(string) string
		raw, out string
	}{
		{"of IPv4 the /24", network, "203.0.113.77", "203.0.113.0/24"},
		{"of IPv6 the /48", network, "2001:db8:1:2::3", "2001:db8:1::/48"},
		{"IPv4 that is written as IPv6", network, "::ffff:203.0.113.77", "203.0.113.0/24"},
		{"a zone is of the host alone", network, "fe80::1%eth0", "fe80::/48"},
		{"a name", network, "localhost", ""},
		{"an address with a port", network, "203.0.113.77:1234", ""},
		{"garbage", network, "\x00\xff", ""},

		{"a product", agentFamily, "curl/8.5.0", "curl"},
		{"a product with a comment", agentFamily, "ShopApp (Android 16)", "ShopApp"},
		{"a product alone", agentFamily, "kube-probe", "kube-probe"},
		{"a browser that says what it is", agentFamily, "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox"},
		{"Edge says it is Chrome and Safari, too", agentFamily, "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/120.0", "Edg"},
		{"Chrome says it is Safari, too", agentFamily, "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36", "Chrome"},
		{"Safari", agentFamily, "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1", "Safari"},
		{"who does not begin as browsers do is none", agentFamily, "bot Chrome/1", "bot"},
		{"nothing before a comment", agentFamily, "(none)", ""},

		{"a URL", hostOf, "https://shop.example.com/cart?x=1", "shop.example.com"},
		{"a host alone", hostOf, "https://shop.example.com", "shop.example.com"},
		{"with a query right behind it", hostOf, "https://shop.example.com?x", "shop.example.com"},
		{"no URL", hostOf, "-", ""},
	} {
		if got := tt.of(tt.raw); got != tt.out {
			t.Errorf("%s: %q becomes %q, want %q", tt.reason, tt.raw, got, tt.out)
		}
	}
	for n, want := range map[int64]string{-1: "", 0: "<1", 1: "<10", 9: "<10", 10: "<100", 99_999: "<100000", 1 << 62: "<1000000000"} {
		if got := sizeClass(accesslog.Some(n)); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
	if got := sizeClass(accesslog.Opt[int64]{}); got != "" {
		t.Errorf("an unknown size is %q", got)
	}
}

package middleware

import (
	"encoding/hex"
	"net/netip"
	"testing"
)

// FuzzIsIPv4 holds the fast path to netip's own parser.
func FuzzIsIPv4(f *testing.F) {
	for _, s := range []string{"", "1.2.3.4", "255.255.255.255", "256.0.0.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "1..3.4", "1.2.3.", ".1.2.3.4", "0.0.0.0", "1.2.3.4%eth0", "::1", "1.2.3.1000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		addr, err := netip.ParseAddr(s)
		if got, want := isIPv4(s), err == nil && addr.Is4(); got != want {
			t.Errorf("isIPv4(%q) = %t, netip says %t", s, got, want)
		}
	})
}

func TestHexOf(t *testing.T) {
	for _, n := range []uint32{0, 1, 0x9abcdef0, 0x0f0f0f0f, 0xf0f0f0f0, 0x12345678, 0xffffffff} {
		digits := hexOf(n)
		var seen [16]int
		for i := range 8 {
			c := byte(digits >> (8 * i))
			d, err := hex.DecodeString("0" + string(c))
			if err != nil {
				t.Fatalf("hexOf(%#x) has %q: %v", n, c, err)
			}
			seen[d[0]]++
		}
		for i := range 8 {
			seen[n>>(4*i)&15]--
		}
		if seen != [16]int{} {
			t.Errorf("hexOf(%#x) = %#x is not made of the digits of n", n, digits)
		}
	}
}

package render

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCut(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{cut("orders", 6), "orders"}, {cut("orders", 5), "orde…"}, {cut("orders", 1), "…"}, {cut("orders", 0), ""},
		{cut("a bc", 3), "a…"}, {cut("注文/支払い", 5), "注文…"}, {cut("注文/支払い", 4), "注…"}, {cut("e\u0301e\u0301e\u0301", 2), "e\u0301…"},
		{cutMiddle("/orders/{id}/items", 18), "/orders/{id}/items"}, {cutMiddle("/orders/{id}/items", 11), "/orde…items"},
		{cutMiddle("/注文/支払い/長い", 11), "/注文…/長い"}, {cutMiddle("/orders/{id}", 6), "/orde…"},
		{cutStatus("503 Service Unavailable", 30), "503 Service Unavailable"}, {cutStatus("503 Service Unavailable", 15), "503 Service Un…"},
		{cutStatus("503 Service Unavailable", 6), "503"}, {cutStatus("unknown", 6), "unkno…"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestCutsFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, w := Escape(text(t, "text")), rapid.IntRange(0, 80).Draw(t, "width")
		for name, got := range map[string]string{"cut": cut(s, w), "cutMiddle": cutMiddle(s, w), "cutStatus": cutStatus(s, w)} {
			if width(got) > w {
				t.Errorf("%s(%q, %d) = %q", name, s, w, got)
			}
		}
	})
}

func TestFlow(t *testing.T) {
	for _, tt := range []struct {
		parts []string
		want  string
	}{
		{[]string{"p50 12 ms", "max 61 s"}, "p50 12 ms · max 61 s"},
		{[]string{"p50 12 ms", "p95 310 ms", "max 61 s"}, "p50 12 ms|p95 310 ms|max 61 s"},
		{[]string{"one", "a part of 4.1 % that is long", "two"}, "one|a part of 4.1 % that|is long · two"},
		{[]string{"/a-word-that-fits-nowhere"}, "/a-word-that-fits-n…"},
		{[]string{"", " "}, ""},
		{nil, ""},
	} {
		if got := strings.Join(flow(20, " · ", tt.parts...), "|"); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.parts, got, tt.want)
		}
	}
}

// The columns stand in line also where characters are made of several code points, and
// where the locale says that ambiguous characters are wide.
func TestTableAligns(t *testing.T) {
	tab := table{columns: []column{{head: "Route"}, {head: "Requests", right: true}, {head: "Mostly"}}}
	for _, s := range []string{"/plain", "/注文", "/👍🏽", "/🇩🇪/🇫🇷", "/한", "/\u1112\u1161\u11ab", "/नमस्ते", "/e\u0301", "/❤", "/…·▏", ""} {
		tab.add(cell{text: s, style: bad}, cell{text: "1"}, cell{text: "end"})
	}
	for _, p := range []palette{false, true} {
		lines, err := tab.lines(100, p)
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != 1+len(tab.rows) {
			t.Fatalf("%d lines for %d rows", len(lines), len(tab.rows))
		}
		for i, line := range lines[1:] {
			line = withoutSGR(line)
			before, _, ok := strings.Cut(line, "end")
			if !strings.Contains(line, tab.rows[i][0].text) || !ok || width(before) != 2+6+2+8+2 {
				t.Errorf("%q", line)
			}
		}
	}
}

func TestTableGivesWay(t *testing.T) {
	tab := table{columns: []column{
		{head: "Route", cut: cutMiddle, least: 9}, {head: "Requests", right: true, drop: 2},
		{head: "Mostly", cut: cutStatus, least: 6}, {head: "p95", right: true, drop: 1}, {head: "Gone", drop: 3},
	}}
	tab.add(cell{text: "/orders/{id}/items"}, cell{text: "1,234"}, cell{text: "503 Service Unavailable"}, cell{text: "2.1 s"}, cell{})
	for _, tt := range []struct {
		width int
		want  string
	}{
		{62, "/orders/{id}/items 1,234 503 Service Unavailable 2.1 s"},
		{52, "/orders/{id}/items 1,234 503 Service… 2.1 s"},
		{40, "/order…/items 1,234 503 2.1 s"},
		{35, "/orders…}/items 1,234 503"},
		{30, "/orde…tems 1,234 503"},
		{19, "/ord…tems 503"},
		{14, "/or… 503"},
	} {
		lines, err := tab.lines(tt.width, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(lines[1]), " "); got != tt.want {
			t.Errorf("%d columns: got %q, want %q", tt.width, got, tt.want)
		}
		if i := slices.IndexFunc(lines, func(s string) bool { return width(strings.TrimRight(s, " ")) > tt.width }); i >= 0 {
			t.Errorf("%d columns: %q", tt.width, lines[i])
		}
	}
}

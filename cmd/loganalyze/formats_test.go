package main

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestHead reads on to the end of the line in which the limit is.
func TestHead(t *testing.T) {
	const text = "one\ntwo\nthree\n"
	for left, want := range map[int]string{
		1: "one\n", 3: "one\n", 4: "one\n", 5: "one\ntwo\n", 8: "one\ntwo\n", 13: text, 14: text, 99: text,
	} {
		for _, r := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text))} {
			h := &head{r: r, left: left}
			got, err := io.ReadAll(h)
			if err != nil || string(got) != want || (h.left == 0) != (left < 99) {
				t.Errorf("%d bytes: %q, %v, %d left", left, got, err, h.left)
			}
		}
	}
	h := &head{r: strings.NewReader("no end"), left: 2}
	if got, err := io.ReadAll(h); err != nil || string(got) != "no end" {
		t.Errorf("without a newline: %q, %v", got, err)
	}
}

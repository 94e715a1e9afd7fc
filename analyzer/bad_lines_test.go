package analyzer

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer/format"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

// What is written is the log without what could be read, and without what is no request:
// byte for byte, in order, however many share the work.
func TestBadLinesAreTheLogWithoutTheGoodOnes(t *testing.T) {
	var log, want strings.Builder
	broken := strings.TrimSuffix(strings.Replace(combinedLine, " 502 ", " 5x2 ", 1), "\n")
	for i := range 20_000 {
		log.WriteString(combinedLine)
		if i%7 == 0 {
			log.WriteString("starting up\n\n")
		}
		if i%3 == 0 {
			line := fmt.Sprintf("%s \x1b[31m%d\xff\r\n", broken, i)
			log.WriteString(line)
			want.WriteString(line)
		}
	}
	long := "203.0.113.7 " + strings.Repeat("x", maxLine)
	log.WriteString(long + "\n" + broken) // the last line without its end
	want.WriteString(long[:4<<10] + "\n" + broken + "\n")
	for _, workers := range []int{1, 8} {
		var got bytes.Buffer
		r := run(t, Options{Workers: workers, BadLines: &got}, text("log", log.String()))
		if got.String() != want.String() {
			t.Fatalf("%d workers wrote %d bytes, want %d", workers, got.Len(), want.Len())
		}
		if bad := r.Lines.Malformed + r.Lines.Truncated; uint64(strings.Count(got.String(), "\n")) != bad {
			t.Errorf("%d lines were written, want %d", strings.Count(got.String(), "\n"), bad)
		}
	}
}

func TestBadLinesInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want strings.Builder
		var blocks []string
		for i := range rapid.IntRange(1, 20).Draw(t, "blocks") {
			lines := rapid.SampledFrom([]string{"", fmt.Sprintf("%d\n", i), fmt.Sprintf("%d a\n%d b\n", i, i)}).Draw(t, "lines")
			blocks = append(blocks, lines)
			want.WriteString(lines)
		}
		numbers := make([]int, len(blocks))
		for i := range numbers {
			numbers[i] = i
		}
		var got bytes.Buffer
		l := newBadLines(&got)
		for _, i := range rapid.Permutation(numbers).Draw(t, "order") {
			l.done(uint64(i), []byte(blocks[i]))
		}
		if got.String() != want.String() || len(l.waiting) > 0 {
			t.Fatalf("got %q, want %q; %d wait", got.String(), want.String(), len(l.waiting))
		}
	})
}

// full is a disk without room.
type full struct{ writes int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) { f.writes++; return 0, errFull }

func TestBadLinesThatCannotBeWritten(t *testing.T) {
	log := strings.Repeat(combinedLine+strings.Replace(combinedLine, " 502 ", " 5x2 ", 1), 20_000)
	disk := &full{}
	r, err := Run(t.Context(), []source.Source{text("log", log)}, Options{BadLines: disk})
	if !errors.Is(err, errFull) || disk.writes != 1 || r.Requests != 20_000 {
		t.Errorf("%d requests, %d writes, %v", r.Requests, disk.writes, err)
	}
}

func TestMaxMalformed(t *testing.T) {
	broken := strings.Replace(combinedLine, " 502 ", " 5x2 ", 1)
	for _, tt := range []struct {
		reason    string
		good, bad int
		max       float64
		fails     bool
	}{
		{"half is not more than half", 5, 5, 0, false},
		{"more than half", 5, 6, 0, true},
		{"none is allowed, one is there", 99, 1, -1, true},
		{"none is allowed, none is there", 99, 0, -1, false},
		{"a tenth, and a tenth", 9, 1, 0.1, false},
		{"a tenth, and more", 8, 1, 0.1, true},
		{"all may be bad", 1, 99, 1, false},
	} {
		log := strings.Repeat(combinedLine, tt.good) + strings.Repeat(broken, tt.bad)
		_, err := Run(t.Context(), []source.Source{text("log", log)}, Options{MaxMalformed: tt.max, Input: format.Options{Formats: only("combined")}})
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

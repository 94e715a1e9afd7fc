package analyzer

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// However many blocks there are: what is read again has all that hold a second asked for, and begins
// and ends where a block does.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index
		var blocks []*block
		var seconds []stretchOfSeconds
		in := new(input)
		offset, line := uint64(0), uint64(1)
		for range rapid.SampledFrom([]int{0, 1, 9, maxRegions, maxRegions + 1, 5 * maxRegions}).Draw(t, "blocks") {
			b := &block{in: in, offset: offset, line: line, data: make([]byte, 10), skipped: offset % 7}
			x.add(b)
			second := int64(offset/30) - int64(offset%90) // about in order
			s := stretchOfSeconds{second, second + int64(offset%11)}
			if offset%5 == 0 {
				s = noSeconds
			}
			blocks, seconds = append(blocks, b), append(seconds, s)
			offset += uint64(len(b.data)) + b.skipped
			line += 3
		}
		for i, b := range blocks {
			x.saw(b.ordinal, seconds[i])
		}
		if len(x.regions) > maxRegions {
			t.Fatalf("%d blocks have %d regions", len(blocks), len(x.regions))
		}
		from := rapid.Int64Range(-100, 9000).Draw(t, "from")
		to := from + rapid.Int64Range(0, 300).Draw(t, "for")
		wanted := x.during(from, to)
		for i, w := range wanted {
			if i > 0 && wanted[i-1].end >= w.offset {
				t.Fatalf("%+v are not apart", wanted)
			}
			if !slices.ContainsFunc(blocks, func(b *block) bool { return b.offset == w.offset && b.line == w.line }) || w.end != offset && !slices.ContainsFunc(blocks, func(b *block) bool { return b.offset == w.end }) {
				t.Fatalf("%+v is cut out of a block", w)
			}
		}
		for i, b := range blocks {
			held := seconds[i].first < to && seconds[i].last >= from
			read := slices.ContainsFunc(wanted, func(w region) bool { return b.offset >= w.offset && b.offset < w.end })
			if held && !read || !held && read && x.each == 1 {
				t.Fatalf("block %d, which holds %v, is read: %v", i, seconds[i], read)
			}
		}
	})
}

// What is read again of a window is all of it, in whatever order the lines are, each line at its
// place; and little else, where a file can be entered.
func TestSecondReading(t *testing.T) {
	name, lasts := busyLog(t, 5<<20, traffic.Ours, time.Minute)
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(content), "\n")
	backwards := slices.Clone(lines)
	slices.Reverse(backwards)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(content)
	_ = w.Close()
	from := noon.Add(lasts / 2)
	to := from.Add(lasts / 50)
	for _, tt := range []struct {
		reason, name, content, plain string
		most                         int // bytes
	}{
		{"in order", "a.log", string(content), string(content), 3 * blockSize},
		{"the newest first", "a.log", strings.Join(backwards, ""), strings.Join(backwards, ""), 3 * blockSize},
		{"two logs, one behind the other", "a.log", strings.Join(slices.Concat(lines[len(lines)/2:], lines[:len(lines)/2]), ""),
			strings.Join(slices.Concat(lines[len(lines)/2:], lines[:len(lines)/2]), ""), 4 * blockSize},
		{"the text before it is none of a log, and a line is too long", "a.log",
			strings.Repeat("starting\n", 90_000) + strings.Repeat("x", 2*maxLine) + "\n" + string(content),
			strings.Repeat("starting\n", 90_000) + strings.Repeat("x", 2*maxLine) + "\n" + string(content), 3 * blockSize},
		{"compressed", "a.log.gz", packed.String(), string(content), 3 * blockSize},
	} {
		path := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(path, []byte(tt.content), 0o666); err != nil {
			t.Fatal(err)
		}
		sources := args(t, path)
		o := Options{MaxMalformed: 1}
		first, err := read(context.Background(), sources, &o, nil)
		if err != nil {
			t.Fatal(err)
		}
		o.again = &secondReading{first.indexes, from.Unix(), to.Unix()}
		within := func(r *accesslog.Record) bool { return r.Start().Unix() >= from.Unix() && r.Start().Unix() < to.Unix() }

		got, want := map[Position]time.Time{}, map[Position]time.Time{}
		again := &worker{analysis: newAnalysis(&o, nil)}
		again.emit = func(r *accesslog.Record) {
			if again.records++; within(r) {
				got[again.at] = r.Time
			}
		}
		inputs := scan(t.Context(), sources, 1, &o, []*worker{again})
		at := Position{File: path, Line: 1}
		for line := range strings.Lines(tt.plain) {
			var r accesslog.Record
			if strings.HasPrefix(line, "{") && accesslog.ParseJSON([]byte(strings.TrimSuffix(line, "\n")), &r) == nil && within(&r) {
				want[at] = r.Time
			}
			at.Line++
			at.Offset += uint64(len(line))
		}
		if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
			t.Errorf("%s: of %d (-want +read):\n%s", tt.reason, len(want), diff)
		}
		if n := again.analysis.lines.of(path).bytes; n > uint64(tt.most) || inputs[0].err != nil {
			t.Errorf("%s: %d bytes were parsed, %d at most were to be: %v", tt.reason, n, tt.most, inputs[0].err)
		}
	}
}

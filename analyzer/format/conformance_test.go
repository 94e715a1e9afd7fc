package format

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// conformance is what one format is held to. A new format is a new row of
// conformances; TestTable fails as long as there is none.
type conformance struct {
	format  *Format
	example accesslog.Record // what the format's Example gives

	full   string // a line with every field that the format can hold
	record accesslog.Record
	saved  string // a part of full; a line that is cut behind it gives its status
	// openEnd is set where the last field has no end of its own, so that a line that
	// is cut within it looks whole.
	openEnd bool

	cases []lineCase

	// traffic is what a busy server writes, for measuring: line i, which was written at the
	// time at. Some lines hold something to decode.
	traffic func(i int, at time.Time) string
}

// lineCase is one line and its fate.
type lineCase struct {
	name   string
	reason string

	line     string // the line, or
	old, new string // full with old replaced by new

	want func(*accesslog.Record) // how the record differs from that of full
	none bool                    // there is no record
	kind Kind                    // of the error, if one is due
}

// result is what a Parser made of one line. It shares nothing with the Parser.
type result struct {
	Records []accesslog.Record
	Err     *LineError
}

func parse(t testing.TB, p Parser, line string) result {
	t.Helper()
	var got result
	b := []byte(line)
	err := p.Parse(b, func(r *accesslog.Record) { got.Records = append(got.Records, cloned(r)) })
	if string(b) != line {
		t.Fatalf("the line was changed:\n got %q\nwant %q", b, line)
	}
	if err != nil {
		e, ok := err.(*LineError)
		if !ok {
			t.Fatalf("the error is a %T: %v", err, err)
		}
		got.Err = e
	}
	check(t, line, got)
	return got
}

// check holds a result to what is true of all of them.
func check(t testing.TB, line string, got result) {
	t.Helper()
	for _, r := range got.Records {
		if r.Time.Location() != time.UTC {
			t.Errorf("%.200q: the time is in %s, want UTC", line, r.Time.Location())
		}
	}
	switch e := got.Err; {
	case e == nil && len(got.Records) == 0:
		t.Errorf("%.200q: neither a record nor an error", line)
	case e == nil:
	case e.Kind != Malformed && e.Kind != Truncated && e.Kind != Other:
		t.Errorf("%.200q: kind %q", line, e.Kind)
	case e.Kind != Truncated && len(got.Records) > 0:
		t.Errorf("%.200q: both a record and %v", line, e)
	case e.Offset < 0 || e.Offset > len(line):
		t.Errorf("%.200q: offset %d of %d bytes", line, e.Offset, len(line))
	case e.Msg == "" || strings.Count(e.Error(), "byte ") > 1:
		t.Errorf("%.200q: the error reads %q", line, e)
	}
}

// cloned copies what r borrows.
func cloned(r *accesslog.Record) accesslog.Record {
	c := *r
	c.Interim = append([]int(nil), r.Interim...)
	c.Attrs = append([]accesslog.Attr(nil), r.Attrs...)
	for i, a := range c.Attrs {
		c.Attrs[i].Key = strings.Clone(a.Key)
		if strings.HasPrefix(a.JSON(), `"`) { // which may be in a buffer of the parser's
			c.Attrs[i] = attribute(c.Attrs[i].Key, a.Text())
		}
	}
	for _, v := range reflect.ValueOf(&c).Elem().Fields() {
		if v.Kind() == reflect.String && v.CanSet() {
			v.SetString(strings.Clone(v.String()))
		}
	}
	return c
}

func attribute(key, value string) accesslog.Attr {
	var r accesslog.Record
	r.AddAttr(key, value)
	return r.Attrs[0]
}

// sameRecord compares records field by field.
var sameRecord = cmp.Options{
	cmpopts.IgnoreUnexported(accesslog.Record{}),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b accesslog.Attr) bool { return a.Key == b.Key && a.JSON() == b.JSON() }),
}

// parserFor makes a Parser for lines like those of sample, which must be of format f.
func parserFor(t testing.TB, f *Format, sample ...string) Parser {
	t.Helper()
	d, err := Detect(toLines(sample...), Options{Formats: []*Format{f}, TZ: time.UTC})
	if err != nil {
		t.Fatalf("%s is not recognised by name in %.300q: %v", f.Name, sample, err)
	}
	return d.NewParser()
}

// enough is the line as often as it takes to recognise f.
func enough(f *Format, line string) []string { return repeat(max(1, f.least), line) }

func toLines(sample ...string) [][]byte {
	var lines [][]byte
	for _, line := range sample {
		lines = append(lines, []byte(line))
	}
	return lines
}

func each(t *testing.T, do func(t *testing.T, c conformance)) {
	for _, c := range conformances() {
		t.Run(c.format.Name, func(t *testing.T) { do(t, c) })
	}
}

// TestTable checks that the table of formats is complete, and that each is held to
// something here.
func TestTable(t *testing.T) {
	held := map[*Format]bool{}
	for _, c := range conformances() {
		if held[c.format] {
			t.Errorf("%s has two rows of conformances", c.format.Name)
		}
		held[c.format] = true
	}
	names := map[string]bool{}
	for _, f := range Formats() {
		if f.Name == "" || f.Title == "" || f.Example == "" || f.Clock != ClockStart && f.Clock != ClockCompletion || f.learn == nil {
			t.Errorf("%q lacks a name, title, example, clock or learn: %+v", f.Name, f)
		}
		if names[f.Name] || f.Name == "auto" || strings.ToLower(f.Name) != f.Name || strings.ContainsAny(f.Name, " ,") {
			t.Errorf("%q is no name for a flag's value, or not the only one", f.Name)
		}
		names[f.Name] = true
		if got, ok := ByName(f.Name); !ok || got != f {
			t.Errorf("ByName(%q) is %v", f.Name, got)
		}
		if !held[f] {
			t.Errorf("%s has no row of conformances", f.Name)
		}
	}
	if _, ok := ByName("auto"); ok {
		t.Error("there is a format called auto")
	}
	Formats()[0] = nil
	if Formats()[0] == nil {
		t.Error("Formats gives its own table away")
	}
}

func TestExample(t *testing.T) {
	each(t, func(t *testing.T, c conformance) {
		d, err := Detect(toLines(enough(c.format, c.format.Example)...), Options{TZ: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		if d.Format != c.format {
			t.Errorf("detected as %s, want %s", d.Format.Name, c.format.Name)
		}
		if d.Confidence != 1 || d.Why == "" {
			t.Errorf("confidence %v, because %q", d.Confidence, d.Why)
		}
		if c.format.Unit != "" && d.Unit != c.format.Unit {
			t.Errorf("unit %q, want %q", d.Unit, c.format.Unit)
		}
		want := result{Records: []accesslog.Record{c.example}}
		if diff := cmp.Diff(want, parse(t, d.NewParser(), c.format.Example), sameRecord); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// TestLines runs the tables: each line on a new Parser, on one that has just read a full
// line, and the full line after it. Nothing of a line may show in the next.
func TestLines(t *testing.T) {
	each(t, func(t *testing.T, c conformance) {
		full := result{Records: []accesslog.Record{c.record}}
		if diff := cmp.Diff(full, parse(t, parserFor(t, c.format, c.full), c.full), sameRecord); diff != "" {
			t.Fatalf("the full line: -want +got:\n%s", diff)
		}
		used := parserFor(t, c.format, c.full)
		names := map[string]bool{}
		for _, tt := range c.cases {
			if names[tt.name] || tt.reason == "" {
				t.Errorf("%q is there twice, or has no reason", tt.name)
			}
			names[tt.name] = true
			t.Run(tt.name, func(t *testing.T) {
				line := c.lineOf(t, tt)
				got := parse(t, parserFor(t, c.format, c.full), line)
				tt.judge(t, c, line, got)
				parse(t, used, c.full)
				if diff := cmp.Diff(got, parse(t, used, line), sameRecord); diff != "" {
					t.Errorf("after a full line: -new parser +used parser:\n%.2000s", diff)
				}
				if diff := cmp.Diff(full, parse(t, used, c.full), sameRecord); diff != "" {
					t.Errorf("a full line after it: -want +got:\n%.2000s", diff)
				}
			})
		}
	})
}

func (c conformance) lineOf(t *testing.T, tt lineCase) string {
	if tt.old == "" {
		return tt.line
	}
	if strings.Count(c.full, tt.old) != 1 {
		t.Fatalf("%q is not there once in %s", tt.old, c.full)
	}
	return strings.Replace(c.full, tt.old, tt.new, 1)
}

func (tt lineCase) judge(t *testing.T, c conformance, line string, got result) {
	t.Helper()
	var want []accesslog.Record
	if !tt.none {
		r := cloned(&c.record)
		if tt.want != nil {
			tt.want(&r)
		}
		want = append(want, r)
	}
	if diff := cmp.Diff(want, got.Records, sameRecord); diff != "" {
		t.Errorf("%s\n%.300q\n-want +got:\n%.2000s", tt.reason, line, diff)
	}
	var kind Kind
	if got.Err != nil {
		kind = got.Err.Kind
	}
	if kind != tt.kind {
		t.Errorf("%s\n%.300q\nerror %v, want one of kind %q", tt.reason, line, got.Err, tt.kind)
	}
}

// TestCut cuts full lines at every byte. What is left gives no record, or one of which
// every known field is right; and the status is saved as soon as it is whole.
func TestCut(t *testing.T) {
	each(t, func(t *testing.T, c conformance) {
		at := strings.Index(c.full, c.saved)
		if at < 0 {
			t.Fatalf("%q is not in %s", c.saved, c.full)
		}
		checkCuts(t, parserFor(t, c.format, c.full), c.full, c.record, at+len(c.saved), c.openEnd)
	})
}

// checkCuts cuts line, which gives want, at every byte. From byte saved on there must be
// a record.
func checkCuts(t *testing.T, p Parser, line string, want accesslog.Record, saved int, openEnd bool) {
	t.Helper()
	for i := range len(line) {
		got := parse(t, p, line[:i])
		for _, r := range got.Records {
			if openEnd && got.Err == nil {
				r.ResponseBytes, r.Duration, r.RequestID = accesslog.Opt[int64]{}, accesslog.Opt[time.Duration]{}, "" // maybe not whole
				if strings.HasPrefix(want.Path, r.Path) {
					r.Path = ""
				}
				if strings.HasPrefix(want.Error, r.Error) {
					r.Error = ""
				}
			}
			if diff := wrongFields(r, want); diff != "" {
				t.Errorf("cut at byte %d, %q: %s", i, line[:i], diff)
			}
		}
		switch {
		case got.Err == nil && !openEnd:
			t.Errorf("cut at byte %d, %q: no error", i, line[:i])
		case got.Err != nil && got.Err.Kind == Malformed:
			t.Errorf("cut at byte %d, %q: %v", i, line[:i], got.Err)
		case i >= saved && (len(got.Records) != 1 || got.Records[0].Status != want.Status):
			t.Errorf("cut at byte %d, %q: the status was not saved: %v", i, line[:i], got)
		}
	}
}

// wrongFields names the fields of r that are known and are not those of want. Of a list, the
// first items may be there.
func wrongFields(r, want accesslog.Record) string {
	got, all := reflect.ValueOf(r), reflect.ValueOf(want)
	for f, v := range got.Fields() {
		w := all.FieldByIndex(f.Index)
		switch {
		case !f.IsExported() || v.IsZero():
			continue
		case v.Kind() == reflect.Slice && v.Len() <= w.Len():
			w = w.Slice(0, v.Len())
		}
		if !cmp.Equal(v.Interface(), w.Interface(), sameRecord) {
			return fmt.Sprintf("%s is %v, want %v", f.Name, v, w)
		}
	}
	return ""
}

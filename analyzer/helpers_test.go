package analyzer

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/loganalyze/loganalyze/analyzer/source"
	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the records of the tests were completed, where nothing else is said.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// response is a record without a logged route.
func response(method, path string, code int) accesslog.Record {
	return accesslog.Record{Time: noon, Method: method, Path: path, Status: accesslog.Some(code)}
}

// with is r after changes.
func with(r accesslog.Record, changes ...func(*accesslog.Record)) accesslog.Record {
	for _, change := range changes {
		change(&r)
	}
	return r
}

// analyze adds records that stand on the lines of a file called log.
func analyze(records ...accesslog.Record) *Analysis {
	a := NewAnalysis()
	for i := range records {
		a.Add(&records[i], onLine("log", uint64(i+1)))
	}
	return a
}

// reportOf is the report on records, with all routes.
func reportOf(records ...accesslog.Record) *Report {
	return analyze(records...).Report([]Input{}, Options{Top: -1})
}

func toJSON(t rapid.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// text is a source called name that holds s.
func text(name, s string) source.Source { return source.FromReader(name, strings.NewReader(s)) }

// ours is a log of records, as the middleware writes it.
func ours(records ...accesslog.Record) string {
	var b []byte
	for i := range records {
		b = records[i].AppendJSON(b)
	}
	return string(b)
}

// mergeAnyhow merges parts in the order of a tree that is drawn, and returns what is left.
func mergeAnyhow[T any](t *rapid.T, parts []T, merge func(into, from T)) T {
	for len(parts) > 1 {
		i := rapid.IntRange(0, len(parts)-1).Draw(t, "from")
		from := parts[i]
		parts = slices.Delete(parts, i, i+1)
		merge(parts[rapid.IntRange(0, len(parts)-1).Draw(t, "into")], from)
	}
	return parts[0]
}

// deal distributes items over n hands, in an order that is drawn.
func deal[T any](t *rapid.T, items []T, n int) [][]T {
	hands := make([][]T, n)
	for _, item := range rapid.Permutation(items).Draw(t, "order") {
		i := rapid.IntRange(0, n-1).Draw(t, "hand")
		hands[i] = append(hands[i], item)
	}
	return hands
}

func ptr[T any](v T) *T { return &v }

// inOrder lists counts in the order in which a report has the classes.
func inOrder(c ClassCounts) []uint64 {
	return []uint64{c.Informational, c.Success, c.Redirection, c.ClientError, c.ServerError, c.Other}
}

// onLine is where line n of a file is, in a test that has no file.
func onLine(file string, n uint64) Position { return Position{File: file, Line: n, Offset: 100 * n} }

// inFullRuns skips what takes long in short runs, as that under the race detector is one. Its
// goroutines are those of other tests, or there is only one.
func inFullRuns(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes long: run it without -short")
	}
}

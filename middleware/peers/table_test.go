package peers

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
	"github.com/loganalyze/loganalyze/middleware/internal/capture"
)

var update = flag.Bool("update", false, "write README.md")

// TestReadme: README.md shows what every peer makes of every case today.
func TestReadme(t *testing.T) {
	cases := capture.Cases()
	found := make([][]finding, len(cases))
	sent := make([]string, len(cases))
	t.Run("cases", func(t *testing.T) { // returns when the parallel ones have
		for i, c := range cases {
			found[i] = make([]finding, len(peers))
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				bare := c.Run(capture.NewExchange(t), func(h http.Handler) http.Handler { return h })
				sent[i] = statuses(bare)
				for j, p := range peers {
					found[i][j] = examine(t, c, p, bare)
				}
			})
		}
	})
	if t.Failed() {
		return
	}
	got := readme(t, cases, sent, found)
	if *update {
		if err := os.WriteFile("README.md", got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("README.md is stale, go test -run TestReadme -update renews it: -is +ought\n%s", d)
	}
}

// finding is what came of one case with one peer.
type finding struct {
	said    []said
	status  bool // it said the right one
	changed bool // the client received something else than without the peer
	counts  bool // the whole body arrived, and the peer counts bytes
	bytes   bool // it counted right
}

func (f finding) right() bool { return f.status && !f.changed }

// String is a cell of the table.
func (f finding) String() string {
	s := "✓"
	switch {
	case len(f.said) == 0:
		s = "no line"
	case len(f.said) > 1:
		s = fmt.Sprint(len(f.said), " lines")
	case !f.status:
		s = strconv.Itoa(f.said[0].status)
	}
	if f.changed {
		s = strings.TrimPrefix(s+" ≠", "✓ ")
	}
	return s
}

// examine runs a case with a peer around its handler.
func examine(t *testing.T, c capture.Case, p peer, bare capture.Wire) finding {
	x := capture.NewExchange(lenient{t})
	var mu sync.Mutex
	var got []said
	noted, done := make(chan struct{}, 9), make(chan struct{})
	with := p.says(func(s said) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, s)
		noted <- struct{}{}
	})
	seen := c.Run(x, func(h http.Handler) http.Handler {
		h = with(h)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			h.ServeHTTP(w, r)
		})
	})
	<-done
	if p.late {
		select {
		case <-noted:
		case <-time.After(capture.Patience):
		}
	}
	mu.Lock()
	defer mu.Unlock()
	f := finding{said: got, changed: seen.Undated() != bare.Undated()}
	if len(got) != 1 {
		return f
	}
	f.status = got[0].status == seen.Status
	if seen.Status == 0 { // the client received none: none is right, or the one that is implied
		f.status = f.status || got[0].status == c.Want.Status
	}
	f.counts = got[0].bytes >= 0 && seen.Status != 0 && (c.Want.Outcome == "" || c.Want.Outcome == accesslog.OutcomeIncomplete)
	f.bytes = f.counts && got[0].bytes == int64(seen.Body)
	return f
}

// lenient takes a handler that finds something missing for a finding, not a failure:
// the client will have received something else.
type lenient struct{ testing.TB }

func (lenient) Error(...any)          {}
func (lenient) Errorf(string, ...any) {}

// statuses is what a client received, in the order of its arrival.
func statuses(w capture.Wire) string {
	var all []string
	for _, n := range append(w.Interim, w.Status) {
		if n != 0 {
			all = append(all, strconv.Itoa(n))
		}
	}
	if all == nil {
		return "—"
	}
	return strings.Join(all, " ")
}

func readme(t *testing.T, cases []capture.Case, sent []string, found [][]finding) []byte {
	gomod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString(`# Beside other packages

What packages that log or measure responses say of the same handlers, each over a real socket, read
by a raw client of HTTP/1.1. The cases are those of the
[conformance table](../internal/capture/cases.go), where each has its reason. Generated:
` + "`go test -run TestReadme -update`" + ` writes this file, and ` + "`go test`" + ` fails where it is stale.

A row is right when there is one line, its status is the one that the client received, and the
response is byte for byte what it is without the package. Where the client received no status, both
none (or 0) and the one that is implied are right: 500 for a panic, 499 for a client that left, or
what the handler wrote. Every package is outermost, as its documentation shows it, without a
recovery; each would record what a recovery inside it answers. Bytes are held to the body that the
client received, in the rows in which all of it arrived.

| package | version | rows right | another status | no line | response changed | bytes right |
|---|---|--:|--:|--:|--:|--:|
`)
	for j, p := range peers {
		version := "this"
		if m := regexp.MustCompile(`(?m)^\s*` + regexp.QuoteMeta(p.module) + ` (v[0-9].*?)$`).FindSubmatch(gomod); m != nil && j > 0 {
			version = string(m[1])
		}
		var right, other, none, changed, counts, counted int
		for i := range cases {
			f := found[i][j]
			count(&right, f.right())
			count(&other, len(f.said) > 0 && !f.status)
			count(&none, len(f.said) == 0)
			count(&changed, f.changed)
			count(&counts, f.counts)
			count(&counted, f.bytes)
		}
		bytesRight := "not counted"
		if counts > 0 {
			bytesRight = fmt.Sprintf("%d of %d", counted, counts)
		}
		fmt.Fprintf(&b, "| %s | %s | %d of %d | %d | %d | %d | %s |\n", p.name, version, right, len(cases), other, none, changed, bytesRight)
	}
	b.WriteString(`
✓ is right; a number is the status that was recorded instead; ≠ stands where the response is another
than without the package. (In the rows of a panic after 2,049 bytes and more it is another by what
net/http holds back: without the writer's WriteString it cuts elsewhere.)

| case | the client is sent |`)
	for _, p := range peers {
		fmt.Fprintf(&b, " %s |", p.name)
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(peers)) + "\n")
	for i, c := range cases {
		fmt.Fprintf(&b, "| %s | %s |", c.Name, sent[i])
		for _, f := range found[i] {
			fmt.Fprintf(&b, " %s |", f)
		}
		b.WriteString("\n")
	}
	b.WriteString(`
Where loganalyze is wrong: net/http takes a client that half-closes its connection for one that left,
and the middleware believes it; and a recovery outside answers when the middleware has seen the panic
go by. On its Listener, where the connection is cleartext, it sees that answer too.

## What they cost

A small JSON answer behind a mux, about a dozen fields to a writer that discards them (chi's and
gorilla's formats have fewer; otelhttp makes a span and its metrics instead):

` + "```sh\ngo test -run '^$' -bench Serve -count 6 | tee new.txt\nbenchstat -col /peer new.txt\n```\n")
	return b.Bytes()
}

func count(n *int, is bool) {
	if is {
		*n++
	}
}

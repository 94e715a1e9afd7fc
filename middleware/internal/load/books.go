package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// books are all that is known of a run, and what does not agree.
type books struct {
	setup
	server  findings
	clients received
	lines   ledger
	missing uint64 // requests that were answered in full and are not in the log
	wrong   []string
}

// ledger is what a log says.
type ledger struct {
	records, rejected, dropped, torn uint64
	rejections                       map[int]uint64
	entries                          map[string]entry // by request id
}

// entry is what the log says of one request.
type entry struct {
	lines, status int
	outcome       accesslog.Outcome
}

// loadRun runs a server and its clients, and compares what they know.
func loadRun(s setup, dir string) (*books, error) {
	s.Log, s.Answers = filepath.Join(dir, s.Mode+".log"), filepath.Join(dir, s.Mode+".answers")
	s.Stall, s.Profile = s.Mode != "sync", ""
	if err := os.Remove(s.Log); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err // a kept log of an earlier run would be appended to
	}
	p, addr, err := startServer(s)
	if err != nil {
		return nil, err
	}
	defer p.kill()
	s.Addr = addr
	b := &books{setup: s}
	if err := child("client", s, &b.clients); err != nil {
		return nil, err
	}
	if err := p.finish(&b.server); err != nil {
		return nil, fmt.Errorf("the server: %w", err)
	}
	if b.lines, err = readLog(s.Log); err != nil {
		return nil, err
	}
	answers, err := readAnswers(s.Answers)
	if err != nil {
		return nil, err
	}
	b.balance()
	b.compare(answers)
	return b, nil
}

func readLog(path string) (ledger, error) {
	l := ledger{rejections: map[int]uint64{}, entries: map[string]entry{}}
	f, err := os.Open(path)
	if err != nil {
		return l, err
	}
	defer f.Close()
	var r accesslog.Record
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		r.Reset()
		if err := accesslog.ParseJSON(lines.Bytes(), &r); err != nil {
			l.torn++
			continue
		}
		l.records++
		l.dropped += uint64(r.Dropped)
		if r.Msg == accesslog.MsgRejected {
			l.rejected++
			l.rejections[r.Status.Value]++
			continue
		}
		e := l.entries[r.RequestID]
		l.entries[string([]byte(r.RequestID))] = entry{e.lines + 1, r.Status.Value, accesslog.Outcome([]byte(r.Outcome))}
	}
	return l, lines.Err()
}

func readAnswers(path string) ([]answer, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []answer
	for r := bufio.NewReader(f); ; {
		var a answer
		if err := binary.Read(r, binary.LittleEndian, &a); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
}

// is notes that got is not what the books demand.
func (b *books) is(what string, got, want uint64) {
	if got != want {
		b.wrong = append(b.wrong, fmt.Sprintf("%s: %d, want %d", what, got, want))
	}
}

// atMost is is where want is a bound.
func (b *books) atMost(what string, got, want uint64) {
	if got > want {
		b.wrong = append(b.wrong, fmt.Sprintf("%s: %d, want at most %d", what, got, want))
	}
}

// balance compares the counts.
func (b *books) balance() {
	s, l, v := b.server.Stats, b.lines, b.server
	b.is("torn lines", l.torn, 0)
	b.is("lines in the log, of those written", l.records, s.Written)
	b.is("records that lines tell of as dropped, of those dropped", l.dropped, s.Dropped)
	b.is("records still waiting", s.Waiting, 0)
	b.is("records, of those written and dropped", s.Records, s.Written+s.Dropped)
	b.is("lines + dropped, of handler entries + refusals", l.records+l.dropped, v.Entries+v.Refused)
	b.is("goroutines left", uint64(v.Goroutines), 0)
	if s.Dropped == 0 {
		b.is("lines of refusals, of those on the sockets", l.rejected, v.Refused)
		for status, n := range b.clients.Refused {
			b.atMost(fmt.Sprintf("refusals with %d that clients received", status), n, l.rejections[status])
		}
	}
	b.atMost("refusals that clients received", sum(b.clients.Refused), v.Refused)
	if b.Mode != "drop" {
		b.is("dropped records", s.Dropped, 0)
	} else if b.Stall && s.Dropped == 0 {
		b.wrong = append(b.wrong, "nothing was dropped, though the log hung")
	}
	if b.clients.Answered == 0 || b.clients.Vanished == 0 || sum(b.clients.Refused) == 0 {
		b.wrong = append(b.wrong, "the load was none: some kind of request never came")
	}
}

func sum(m map[int]uint64) (n uint64) {
	for _, v := range m {
		n += v
	}
	return n
}

// compare holds the log to the answers that clients received.
func (b *books) compare(answers []answer) {
	var twice, otherStatus, otherEnd uint64
	for _, e := range b.lines.entries {
		if e.lines > 1 {
			twice++
		}
	}
	for _, a := range answers {
		e, ok := b.lines.entries[a.id()]
		if !ok {
			b.missing++
			continue
		}
		if e.status != int(a.Status) {
			otherStatus++
		}
		switch e.outcome {
		case "", accesslog.OutcomeHijacked, accesslog.OutcomePanic: // that was recovered
		default:
			otherEnd++
		}
	}
	b.is("requests with more than one line", twice, 0)
	b.is("answered requests with another status in the log", otherStatus, 0)
	b.is("answered requests that did not end well in the log", otherEnd, 0)
	b.atMost("answered requests that are not in the log", b.missing, b.server.Stats.Dropped)
}

func (b *books) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %d connections, %v\n", b.Mode, b.Connections, b.Duration)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(what string, n uint64) { fmt.Fprintf(t, "\t  %s\t%d\t\n", what, n) }
	row("handler entries", b.server.Entries)
	row("refused by the server", b.server.Refused)
	row("lines in the log", b.lines.records)
	row("told of as dropped", b.lines.dropped)
	row("difference", b.server.Entries+b.server.Refused-b.lines.records-b.lines.dropped)
	row("answers that arrived in full", b.clients.Answered)
	row("of them not in the log", b.missing)
	row("clients that vanished", b.clients.Vanished)
	row("answers broken off by the server", b.clients.Unanswered)
	row("refusals that arrived", sum(b.clients.Refused))
	row("goroutines left", uint64(b.server.Goroutines))
	t.Flush()
	first, last := thirds(b.server.Samples)
	fmt.Fprintf(w, "  memory, median of the first and the last third: heap %s, %s; resident %s, %s\n",
		mib(first.Heap), mib(last.Heap), mib(first.RSS), mib(last.RSS))
	for _, s := range b.wrong {
		fmt.Fprintln(w, "  WRONG:", s)
	}
	if len(b.wrong) == 0 {
		fmt.Fprintln(w, "  the books balance")
	}
	if n := b.clients.Undialled; n > 0 {
		fmt.Fprintf(w, "  %d connections could not be made\n", n)
	}
	fmt.Fprintf(w, "  slowest Write %v; statuses refused: %v\n\n", b.server.Stats.MaxWriteTime, slices.Sorted(maps.Keys(b.lines.rejections)))
}

func mib(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// thirds are the medians of the first third of samples and of the last.
func thirds(s []sample) (first, last sample) {
	n := len(s) / 3
	if n == 0 {
		return first, last
	}
	return median(s[:n]), median(s[len(s)-n:])
}

func median(s []sample) sample {
	heap, resident := make([]uint64, len(s)), make([]uint64, len(s))
	for i, v := range s {
		heap[i], resident[i] = v.Heap, v.RSS
	}
	slices.Sort(heap)
	slices.Sort(resident)
	return sample{resident[len(s)/2], heap[len(s)/2]}
}

package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/clipperhouse/displaywidth"
	"github.com/dustin/go-humanize"

	"github.com/loganalyze/loganalyze/analyzer/render"
	"github.com/loganalyze/loganalyze/analyzer/source"
)

const (
	meterAfter = 400 * time.Millisecond // what takes no longer needs no meter
	meterEvery = 200 * time.Millisecond
	speedOver  = 3 * time.Second // about so far back goes the speed that is shown
)

// eraseRest erases the line from the cursor on. A line of the meter is written over the one
// before, or it would flicker, and the cursor is left at its start: there the ^C of an interrupt
// is echoed, and erased with the rest.
const eraseRest = "\x1b[K"

// meter shows on a terminal how far the reading is, in one line that is erased in the end.
type meter struct {
	progress source.Progress
	terminal io.Writer
	columns  func() int // of the terminal; 0 where they are not known

	read  int64 // at the last look
	at    time.Time
	speed float64 // bytes a second
	shown bool
}

// meter shows how far the reading of sources is until stop is called, if there is anybody to
// look at it.
func (f *reportFlags) meter(ctx context.Context, sources []source.Source, stderr io.Writer) (watched []source.Source, stop func()) {
	if !f.showsProgress(stderr, os.Getenv) {
		return sources, func() {}
	}
	m := &meter{terminal: stderr, columns: func() int { return width(stderr) }}
	return m.progress.Watch(sources), m.start(ctx)
}

// showsProgress reports whether stderr is a terminal that can erase, and nobody objects.
func (f *reportFlags) showsProgress(stderr io.Writer, env func(string) string) bool {
	return !f.quiet && !f.noProgress && env("TERM") != "dumb" && isTerminal(stderr)
}

// start shows the meter until ctx is done or stop is called, which returns when it is gone.
func (m *meter) start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	m.at = time.Now()
	go func() {
		defer close(gone)
		m.run(ctx)
	}()
	return func() {
		cancel()
		<-gone
	}
}

func (m *meter) run(ctx context.Context) {
	due := time.NewTimer(meterAfter)
	defer due.Stop()
	for {
		select {
		case <-due.C:
			m.show()
			due.Reset(meterEvery)
		case <-ctx.Done():
			if m.shown {
				io.WriteString(m.terminal, "\r"+eraseRest)
			}
			return
		}
	}
}

func (m *meter) show() {
	read, total, open := m.progress.Now()
	now := time.Now()
	seconds := now.Sub(m.at).Seconds()
	latest := float64(read-m.read) / seconds
	if m.shown {
		m.speed += (latest - m.speed) * (1 - math.Exp(-seconds/speedOver.Seconds()))
	} else {
		m.speed = latest
	}
	m.read, m.at, m.shown = read, now, true

	columns := m.columns()
	if columns <= 0 {
		columns = 80
	}
	line := displaywidth.TruncateString(meterLine(read, total, m.speed, open), columns-1, "…")
	io.WriteString(m.terminal, "\r"+line+eraseRest+"\r") // where it fails, nobody looks
}

// meterLine says how far it is: of files how much there is and how long it will
// take, of streams what was read.
func meterLine(read, total int64, speed float64, open []string) string {
	parts := []string{humanize.Bytes(uint64(read))}
	if total > 0 {
		read = min(read, total) // a file has grown
		parts[0] += " of " + humanize.Bytes(uint64(total))
		parts = append(parts, fmt.Sprintf("%d %%", int(100*float64(read)/float64(total))))
	}
	parts = append(parts, humanize.Bytes(uint64(speed))+"/s")
	if left := float64(total-read) / speed; total > 0 && left < 1e6 {
		parts = append(parts, shortly(left)+" left")
	}
	if len(open) > 0 {
		name := render.Escape(filepath.Base(open[0]))
		if more := len(open) - 1; more > 0 {
			name += fmt.Sprintf(" and %d more", more)
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, " · ")
}

// shortly writes seconds as 8 s, 3 m 20 s, 1 h 5 m.
func shortly(seconds float64) string {
	s := int(math.Ceil(seconds))
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d m %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %d m", s/3600, s/60%60)
}

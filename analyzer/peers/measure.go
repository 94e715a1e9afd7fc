package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/loganalyze/loganalyze/analyzer/internal/traffic"
)

// usage is what one run of a process took.
type usage struct {
	cpu, wall time.Duration
	memory    int64 // KiB resident at most
}

func (c *contender) run(stdin io.Reader) (usage, error) {
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdin = stdin
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("%v: %w", c.argv, err)
	}
	u := usage{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), wall: time.Since(begin)}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = r.Maxrss
	}
	return u, nil
}

// measure runs the contenders in turn, so that what else the machine does meets them all alike,
// and writes the medians.
func (t *table) measure(runs int, out io.Writer) error {
	all := make([][]usage, len(t.contenders))
	for run := range runs {
		for i := range t.contenders {
			c := &t.contenders[i]
			if _, err := exec.LookPath(c.argv[0]); err != nil || c.slow && run > 0 {
				continue
			}
			u, err := c.run(nil)
			if err != nil {
				return err
			}
			all[i] = append(all[i], u)
		}
	}
	ratio := "CPU time"
	if t.wall {
		ratio = "wall time"
	}
	fmt.Fprintf(out, "%s\n\n| | CPU | wall | memory | %s beside the first |\n|---|--:|--:|--:|--:|\n", t.task, ratio)
	for i := range t.contenders {
		c := &t.contenders[i]
		name := cmp.Or(c.name, filepath.Base(c.argv[0]))
		if c.does != "" {
			name += ", " + c.does
		}
		if len(all[i]) == 0 {
			fmt.Fprintf(out, "| %s | not installed | | | |\n", name)
			continue
		}
		u := median(all[i])
		fmt.Fprintf(out, "| %s | %.2f s | %.2f s | %s | %.2f × |\n", name, u.cpu.Seconds(), u.wall.Seconds(), mebibytes(u.memory), t.ratio(u, median(all[0])))
	}
	fmt.Fprintln(out)
	return nil
}

func (t *table) ratio(u, first usage) float64 {
	if t.wall {
		return u.wall.Seconds() / first.wall.Seconds()
	}
	return u.cpu.Seconds() / first.cpu.Seconds()
}

// median is the median of each figure by itself.
func median(all []usage) (u usage) {
	at := len(all) / 2
	slices.SortFunc(all, func(a, b usage) int { return cmp.Compare(a.wall, b.wall) })
	u.wall = all[at].wall
	slices.SortFunc(all, func(a, b usage) int { return cmp.Compare(a.memory, b.memory) })
	u.memory = all[at].memory
	slices.SortFunc(all, func(a, b usage) int { return cmp.Compare(a.cpu, b.cpu) })
	u.cpu = all[at].cpu
	return u
}

// mebibytes writes a process's memory. A process begins as a copy of the one that starts it, so
// that less than this one takes is not told.
func mebibytes(kib int64) string {
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err == nil && kib <= self.Maxrss {
		return fmt.Sprintf("< %d MiB", self.Maxrss>>10+1)
	}
	return fmt.Sprintf("%d MiB", kib>>10)
}

// huge pipes logs of 1 GB and of so many into the analyzer, and says how much memory it took: that
// may not grow with the log.
func (b *bench) huge(gb int, seed uint64, out io.Writer) error {
	fmt.Fprintf(out, "Through a pipe, half of the paths unique, a million clients\n\n| | GB | wall | memory |\n|---|--:|--:|--:|\n")
	for _, log := range []struct {
		format string
		line   traffic.Line
	}{{"our format", traffic.Ours}, {"combined", traffic.Combined}} {
		for _, size := range slices.Compact([]int{1, gb}) {
			o := traffic.Options{Seed: seed, Unique: .5, Clients: 1_000_000}
			u, err := b.pipe(func(w io.Writer) error { return write(w, o, log.line, size*1_000_000_000) })
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "| %s | %d | %.0f s | %s |\n", log.format, size, u.wall.Seconds(), mebibytes(u.memory))
		}
	}
	return nil
}

// pipe is what the analyzer takes for what is written to its standard input.
func (b *bench) pipe(write func(io.Writer) error) (usage, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return usage{}, err
	}
	written := make(chan error, 1)
	go func() {
		buffered := bufio.NewWriterSize(w, 1<<16)
		written <- cmp.Or(write(buffered), buffered.Flush(), w.Close())
	}()
	c := contender{argv: []string{b.loganalyze, "--format", "json", "-"}}
	u, err := c.run(r)
	r.Close()
	return u, cmp.Or(err, <-written)
}

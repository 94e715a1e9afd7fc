// Command load holds the middleware to its books: under load, with clients that vanish and
// requests that the server refuses, each record is in the log or told of by a line of it.
//
//	go run ./middleware/internal/load
//
// For each mode it starts a server behind the middleware, which writes to a real file, and
// clients, each in a process of its own. The clients send what real ones do: well-formed
// requests for all sorts of answers and endings, malformed ones that net/http refuses by
// itself; every tenth client resets its connection in the middle of a request or of an
// answer. Then the log is read and compared with four counts that are independent of the
// middleware: the entries into the handler, the refusals on the server's sockets, what the
// clients received, and the goroutines. It exits 1 where anything differs. Throughput and
// memory are reported and never judged: they are the machine's as much as the middleware's.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// setup is what a run is made of, and what its processes are told as JSON.
type setup struct {
	Mode        string // a name of modes
	Log         string // the file that the server writes
	Stall       bool   // let the log hang now and then, so that a buffer fills
	Addr        string // of the server, for clients
	Answers     string // the file in which clients note what they received; none where rates are measured
	Connections int
	Duration    time.Duration
	Profile     string // the file for a profile of the server's CPU
}

// roles are the processes that run as children of this one. Each gets a setup and prints
// its findings as JSON.
var roles = map[string]func(setup, io.Reader, io.Writer) error{
	"server": serverRole,
	"client": clientRole,
	"hammer": hammerRole,
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 2 && roles[args[0]] != nil {
		var s setup
		err := json.Unmarshal([]byte(args[1]), &s)
		if err == nil {
			err = roles[args[0]](s, stdin, stdout)
		}
		if err != nil {
			fmt.Fprintf(stderr, "load %s: %v\n", args[0], err)
			return 1
		}
		return 0
	}
	if err := command(args, stdout, stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "load:", err)
		}
		return 1
	}
	return 0
}

// options are what a person can ask for.
type options struct {
	setup
	modes  []string
	rounds int
	each   time.Duration
	keep   string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(stderr)
	mode := flags.String("mode", "all", "sync, block, drop or all")
	flags.IntVar(&o.Connections, "connections", 1000, "clients at a time")
	flags.DurationVar(&o.Duration, "duration", time.Minute, "how long they send")
	flags.IntVar(&o.rounds, "rounds", 8, "pairs of throughput measurements by each tool; 0 for none")
	flags.DurationVar(&o.each, "each", 2*time.Second, "how long a throughput measurement lasts")
	flags.StringVar(&o.keep, "keep", "", "an existing folder in which to leave the logs")
	flags.StringVar(&o.Profile, "cpuprofile", "", "write a CPU profile of the throughput's wrapped server to this file")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.modes = []string{*mode}
	if *mode == "all" {
		o.modes = []string{"sync", "block", "drop"}
	} else if _, ok := modes[*mode]; !ok || *mode == bare {
		return o, fmt.Errorf("there is no mode %q: -mode is sync, block, drop or all", *mode)
	}
	return o, nil
}

func command(args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	dir := o.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "load"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	var wrong []string
	for _, o.Mode = range o.modes {
		b, err := loadRun(o.setup, dir)
		if err != nil {
			return fmt.Errorf("mode %s: %w", o.Mode, err)
		}
		b.print(stdout)
		if len(b.wrong) > 0 {
			wrong = append(wrong, o.Mode)
		}
	}
	for _, o.Mode = range o.modes {
		if o.rounds == 0 {
			break
		}
		if err := throughput(o.setup, dir, o.rounds, o.each, stdout); err != nil {
			return fmt.Errorf("throughput of mode %s: %w", o.Mode, err)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the books do not balance: %s", strings.Join(wrong, ", "))
	}
	return nil
}

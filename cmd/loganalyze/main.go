// Command loganalyze reports what access logs say: how the responses are distributed over
// the classes of statuses, and which routes fail.
//
//	loganalyze access.log
//	loganalyze status 503
//
// See loganalyze --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a closed pipe is an error of the write, which run understands
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		time.Sleep(time.Second) // some send a signal twice: to the process, and to its group
		stop()                  // from now on it ends the program at once
	})
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// Command usersapi is a users API on an SQLite database, behind the access-log
// middleware: each status code that it answers with, it sends for a real reason.
//
//	usersapi [-addr localhost:8080] [-log access.log] [-db FILE]
//	usersapi -load [-incident database] [-log access.log]
//	usersapi -load -incident crash [-log access.log] [-truth truth.json]
//
// A request passes the logger, which records what the client was sent, the
// recovery of panics, and the limiter of requests in flight (server.go,
// limit.go). The mux leads it to a handler (users.go, events.go, avatar.go),
// which asks the database (store.go) or the avatar service (upstream.go) and
// returns an error where it cannot answer; answer.go has the one table of the
// status that each error becomes.
//
// With -load the command serves itself: a seeded plan of requests (plan.go),
// with an incident if one is asked for (incident.go), is sent over real sockets
// to an API whose database and avatar service can be broken (bed.go, load.go).
// Only the stamps of the records are simulated, so that an hour and a half of
// traffic is written in seconds.
//
// Some incidents need more than one server. They are played on a fleet (fleet.go):
// three instances with one database, behind a gateway that hands requests to them in
// turn, and writes the log. What is broken there (fault.go) really is: an instance
// crashes, is replaced by a release with a bug, or answers wrong. Beside the log goes
// the truth (internal/truth): what was broken when, and how many requests and clients
// met it, counted from the answers (scene.go). With it, usersapi/score judges what
// reviews of such logs find.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt does not wait for the first
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// flags are the command line.
type flags struct {
	Config
	addr, log string
	load      bool
	loadConfig
}

// The flags that are read in some modes alone.
var (
	serveOnly = []string{"addr", "db", "avatars"}
	loadOnly  = []string{"seed", "requests", "span", "start", "incident", "truth"}
	aloneOnly = []string{"instance"} // not on a fleet
	fleetOnly = []string{"truth"}
)

// run is the command. It returns its exit code: 0 when all went well, which an
// interrupted server has too, 1 for a failure, 2 for a wrong command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "usersapi:", err)
		return 2
	}
	if f.load {
		err = runLoad(ctx, f, stdout, stderr)
	} else {
		err = serve(ctx, f, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "usersapi:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (flags, error) {
	var f flags
	fs := flag.NewFlagSet("usersapi", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run prints the errors, usage the help
	fs.StringVar(&f.addr, "addr", "localhost:8080", "serve on this `address`")
	fs.StringVar(&f.log, "log", "access.log", "write the access log to this `file`, - for standard output; -load makes it anew, the server appends")
	fs.StringVar(&f.DB, "db", "", "keep the users in this SQLite `file` (default a temporary one)")
	fs.StringVar(&f.Avatars, "avatars", "", "get avatars from the service at this `URL` (default one of the command's own)")
	fs.DurationVar(&f.AvatarTimeout, "avatar-timeout", 0, "wait so long for the avatar service (default 2s, with -load 50ms, on a fleet 250ms)")
	fs.IntVar(&f.MaxInFlight, "max-in-flight", 16, "answer 503 to what goes beyond this `number` of requests at a time")
	fs.StringVar(&f.Instance, "instance", "api-1", "`name` of this server in the log")
	fs.StringVar(&f.Version, "version", "1.0.0", "`version` of this server in the log")
	fs.BoolVar(&f.load, "load", false, "generate traffic against an API of the command's own, then exit")
	fs.Uint64Var(&f.seed, "seed", 1, "`seed` of the traffic: the same seed sends the same requests")
	fs.IntVar(&f.requests, "requests", 6000, "`number` of requests")
	fs.DurationVar(&f.span, "span", 90*time.Minute, "spread the stamps over this time")
	fs.TextVar(&f.start, "start", time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC), "begin the stamps at this RFC 3339 `time`")
	fs.StringVar(&f.incident, "incident", "none", "play this `incident` for a while, of those above")
	fs.StringVar(&f.truth, "truth", "", "write to this `file` what was broken on a fleet, as JSON (default nowhere)")
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			usage(fs, stderr)
		}
		return f, err
	}
	return f, f.check(fs)
}

// check refuses what the flag package cannot.
func (f *flags) check(fs *flag.FlagSet) error {
	in, ok := findIncident(f.incident)
	if !ok {
		return fmt.Errorf("flag -incident: %q is none of %s", f.incident, incidentNames())
	}
	mode, foreign := "without -load", loadOnly
	switch {
	case f.load && in.fault != nil:
		mode, foreign = "with -load -incident "+in.name, slices.Concat(serveOnly, aloneOnly)
	case f.load:
		mode, foreign = "with -load -incident "+in.name, slices.Concat(serveOnly, fleetOnly)
	}
	var err error
	fs.Visit(func(g *flag.Flag) {
		if slices.Contains(foreign, g.Name) {
			err = fmt.Errorf("flag -%s has no meaning %s", g.Name, mode)
		}
	})
	switch {
	case err != nil:
		return err
	case fs.NArg() > 0:
		return fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case f.MaxInFlight < 1:
		return fmt.Errorf("flag -max-in-flight: %d is below 1", f.MaxInFlight)
	case f.requests < 1:
		return fmt.Errorf("flag -requests: %d is below 1", f.requests)
	case f.span <= 0:
		return fmt.Errorf("flag -span: %v is not above 0", f.span)
	}
	return nil
}

func usage(fs *flag.FlagSet, w io.Writer) {
	fmt.Fprintf(w, `usersapi serves a users API and writes its access log; -load also sends it traffic.

	GET    /users           the users, 50 a page; ?after=ID for the next
	POST   /users           make a user: {"name": "Ada", "email": "ada@example.com"}
	GET    /users/{id}      one user
	PUT    /users/{id}      change a user
	DELETE /users/{id}      remove a user
	GET    /users/{id}/avatar
	GET    /users/me        where the token's own user is
	GET    /users/events    what happens to users, over WebSocket
	POST   /users/import    make many users, in the background: [{"name": …}, …]
	GET    /people          where the users were once

Whatever changes something needs the header "Authorization: Bearer %s".
The token %q may read alone, and is forbidden the rest. /users/me takes both.

Incidents for -load, on one API:

%s
and on a fleet, three of them behind a gateway, which writes the log:

%s
Flags:
`, writerToken, readerToken, incidentHelp(false), incidentHelp(true))
	fs.SetOutput(w)
	fs.PrintDefaults()
}

// serve runs the API until ctx is done.
func serve(ctx context.Context, f flags, stdout, stderr io.Writer) (err error) {
	if f.AvatarTimeout == 0 {
		f.AvatarTimeout = 2 * time.Second
	}
	f.ErrorLog = log.New(stderr, "usersapi: ", 0)
	if f.DB == "" {
		dir, err := os.MkdirTemp("", "usersapi-")
		if err != nil {
			return fmt.Errorf("make a directory for the database: %w", err)
		}
		defer os.RemoveAll(dir)
		f.DB = filepath.Join(dir, "users.db")
	}
	if f.Avatars == "" {
		avatars, err := newAvatarService()
		if err != nil {
			return err
		}
		defer avatars.Close()
		f.Avatars = avatars.url
	}
	f.Log = stdout
	if f.log != "-" {
		file, err := middleware.OpenFile(f.log)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		f.Log = file
	}
	return listenAndServe(ctx, f, stderr)
}

// shutdownTimeout is how long requests in flight may take when the server ends.
const shutdownTimeout = 10 * time.Second

func listenAndServe(ctx context.Context, f flags, stderr io.Writer) error {
	api, err := New(ctx, f.Config)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", f.addr)
	if err != nil {
		return errors.Join(err, api.Close(ctx))
	}
	fmt.Fprintf(stderr, "usersapi: serving on http://%s\n", ln.Addr())
	served := make(chan error, 1)
	go func() { served <- api.Serve(ln) }()
	select {
	case err = <-served: // the listener failed
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return errors.Join(err, api.Close(last))
}

// runLoad writes the log of generated traffic.
func runLoad(ctx context.Context, f flags, stdout, stderr io.Writer) (err error) {
	if f.AvatarTimeout == 0 {
		f.AvatarTimeout = 50 * time.Millisecond
		if in, _ := findIncident(f.incident); in.fault != nil {
			f.AvatarTimeout = 250 * time.Millisecond // which not even a busy machine exceeds
		}
	}
	f.ErrorLog = log.New(io.Discard, "", 0) // what fails is in the access log
	f.Log = stdout
	if f.log != "-" {
		file, err := os.Create(f.log)
		if err != nil {
			return fmt.Errorf("make log: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		f.Log = file
	}
	return load(ctx, f.Config, f.loadConfig, stderr)
}

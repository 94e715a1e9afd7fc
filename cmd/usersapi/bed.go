package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

// bed is a users API on a loopback socket, or several behind a gateway, with a
// database and an avatar service of its own that can be broken, and a client for it.
type bed struct {
	instances []*instance
	gateway   *gateway // nil where the client speaks to the one instance
	avatars   *avatarService
	lines     *lineLog
	client    *http.Client
	url       string

	dir, db string
	dbGone  bool
}

// patience bounds every wait for what should come at once.
const patience = 10 * time.Second

// newBed starts an API that is configured by cfg, less the database and the avatar
// service. lines is how many records it will write at most.
func newBed(ctx context.Context, cfg Config, lines int) (*bed, error) {
	b, err := prepareBed(&cfg, lines)
	if err != nil {
		return nil, err
	}
	cfg.Log = b.lines
	in := &instance{cfg: cfg}
	if err := in.start(ctx); err != nil {
		return nil, errors.Join(err, b.close(ctx))
	}
	b.instances, b.url = []*instance{in}, in.url.Load().String()
	return b, nil
}

// prepareBed makes what the APIs of a bed need, and completes cfg.
func prepareBed(cfg *Config, lines int) (b *bed, err error) {
	b = &bed{lines: &lineLog{w: cfg.Log, written: make(chan error, lines)}}
	if b.dir, err = os.MkdirTemp("", "usersapi-"); err != nil {
		return nil, fmt.Errorf("make a directory for the database: %w", err)
	}
	if b.avatars, err = newAvatarService(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(b.dir))
	}
	b.db = filepath.Join(b.dir, "users.db")
	cfg.DB, cfg.Avatars = b.db, b.avatars.url
	cfg.Options = append(cfg.Options, middleware.TrustedProxies(netip.MustParsePrefix("127.0.0.0/8")))
	b.client = &http.Client{
		Transport: &http.Transport{
			DisableCompression:    true,
			ExpectContinueTimeout: patience,
			MaxIdleConnsPerHost:   cfg.MaxInFlight + 1,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return b, nil
}

// close ends what was started. All records are written then.
func (b *bed) close(ctx context.Context) error {
	b.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	var errs []error
	if b.gateway != nil {
		errs = append(errs, b.gateway.close(ctx))
	}
	for _, in := range b.instances {
		errs = append(errs, in.close(ctx))
	}
	return errors.Join(append(errs, b.avatars.Close(), os.RemoveAll(b.dir))...)
}

// setDatabaseGone moves the database file away, or back to where the API opens it.
func (b *bed) setDatabaseGone(gone bool) error {
	if gone == b.dbGone {
		return nil
	}
	from, to := b.db, b.db+".gone"
	if !gone {
		from, to = to, from
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("move the database: %w", err)
	}
	b.dbGone = gone
	return nil
}

// settle waits until the imports that were accepted are done.
func (b *bed) settle() {
	for _, in := range b.instances {
		in.api.background.Wait()
	}
}

// instance is an API of a bed, on a loopback socket.
type instance struct {
	cfg    Config
	api    *Server
	url    atomic.Pointer[url.URL]
	served chan error
}

// start starts it, and may do so again after close. The port is another one then.
func (in *instance) start(ctx context.Context) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start the API: %w", err)
	}
	api, err := New(ctx, in.cfg)
	if err != nil {
		return errors.Join(err, ln.Close())
	}
	in.api, in.served = api, make(chan error, 1)
	in.url.Store(&url.URL{Scheme: "http", Host: ln.Addr().String()})
	go func() { in.served <- api.Serve(ln) }()
	return nil
}

func (in *instance) close(ctx context.Context) error {
	if in.served == nil {
		return nil
	}
	err := errors.Join(in.api.Close(ctx), <-in.served)
	in.served = nil
	return err
}

// lineLog passes lines on, and tells whoever waits for one that it is written. A
// client has its response before that.
type lineLog struct {
	w       io.Writer
	written chan error // has room for every line, so that Write never waits
}

func (l *lineLog) Write(b []byte) (int, error) {
	n, err := l.w.Write(b)
	l.written <- err
	return n, err
}

// wait waits for the next line.
func (l *lineLog) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case err := <-l.written:
		if err != nil {
			return fmt.Errorf("write access log: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the record: %w", ctx.Err())
	}
}

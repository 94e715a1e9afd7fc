package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

// bed is a users API on a loopback socket, with a database and an avatar service of
// its own that can be broken, and a client for it.
type bed struct {
	api     *Server
	avatars *avatarService
	lines   *lineLog
	client  *http.Client
	url     string

	dir, db string
	dbGone  bool
	served  chan error
}

// patience bounds every wait for what should come at once.
const patience = 10 * time.Second

// newBed starts an API that is configured by cfg, less the database and the avatar
// service. lines is how many records it will write at most.
func newBed(ctx context.Context, cfg Config, lines int) (*bed, error) {
	b := &bed{lines: &lineLog{w: cfg.Log, written: make(chan error, lines)}, served: make(chan error, 1)}
	if err := b.start(ctx, cfg); err != nil {
		return nil, errors.Join(err, b.close(ctx))
	}
	return b, nil
}

func (b *bed) start(ctx context.Context, cfg Config) (err error) {
	if b.dir, err = os.MkdirTemp("", "usersapi-"); err != nil {
		return fmt.Errorf("make a directory for the database: %w", err)
	}
	if b.avatars, err = newAvatarService(); err != nil {
		return err
	}
	b.db = filepath.Join(b.dir, "users.db")
	cfg.Log, cfg.DB, cfg.Avatars = b.lines, b.db, b.avatars.url
	cfg.Options = append(cfg.Options, middleware.TrustedProxies(netip.MustParsePrefix("127.0.0.0/8")))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("start the API: %w", err)
	}
	if b.api, err = New(ctx, cfg); err != nil {
		return errors.Join(err, ln.Close())
	}
	b.url = "http://" + ln.Addr().String()
	go func() { b.served <- b.api.Serve(ln) }()
	b.client = &http.Client{
		Transport: &http.Transport{
			DisableCompression:    true,
			ExpectContinueTimeout: patience,
			MaxIdleConnsPerHost:   cfg.MaxInFlight + 1,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// close ends what start has started. All records are written then.
func (b *bed) close(ctx context.Context) error {
	var errs []error
	if b.api != nil {
		b.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		errs = append(errs, b.api.Close(ctx), <-b.served)
	}
	if b.avatars != nil {
		errs = append(errs, b.avatars.Close())
	}
	if b.dir != "" {
		errs = append(errs, os.RemoveAll(b.dir))
	}
	return errors.Join(errs...)
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
func (b *bed) settle() { b.api.background.Wait() }

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

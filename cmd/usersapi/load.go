package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/loganalyze/loganalyze/middleware"
)

// loadConfig is the traffic to generate.
type loadConfig struct {
	seed     uint64
	requests int
	span     time.Duration
	start    time.Time
	incident string
	truth    string // the file to write it to; "" for none
}

// load sends the traffic of lc to an API that is configured by cfg, and says on
// stderr what it has done.
func load(ctx context.Context, cfg Config, lc loadConfig, stderr io.Writer) (err error) {
	clock := &virtualClock{}
	cfg.Options = append(cfg.Options, middleware.Clock(clock.now))
	d := &driver{clock: clock, etags: map[string]string{}}
	steps := plan(lc, cfg.MaxInFlight)
	if in, _ := findIncident(lc.incident); in.fault != nil {
		d.scene, d.bed, err = newScene(ctx, cfg, lc, steps)
	} else {
		d.bed, err = newBed(ctx, cfg, lc.requests)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.close(ctx)) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // before close, which waits for slow uploads
	for i, s := range steps {
		if err := d.take(ctx, s); err != nil {
			return fmt.Errorf("request %d, %s %s: %w", i+1, s.method, s.target, err)
		}
	}
	if err := d.release(ctx); err != nil {
		return err
	}
	answered := lc.requests
	from, to := lc.window()
	if d.scene != nil {
		if err := d.scene.over(ctx, lc.truth); err != nil {
			return err
		}
		answered -= d.scene.missing
		from, to = d.scene.Start, d.scene.End
	}
	fmt.Fprintf(stderr, "usersapi: %d requests answered, %d of them 5xx", answered, d.failed)
	if lc.incident != "none" && from.Before(to) {
		fmt.Fprintf(stderr, "; incident %s from %s to %s", lc.incident, from.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	fmt.Fprintln(stderr)
	return nil
}

// virtualClock shows the instant at which a request is meant to be sent, and goes on
// from there at the real pace.
type virtualClock struct {
	mu     sync.Mutex
	at     time.Time
	really time.Time
}

func (c *virtualClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.really = t, time.Now()
}

func (c *virtualClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at.Add(time.Since(c.really))
}

// driver takes the steps of a plan one after the other. Each waits for the record of
// the one before it, so that the order of the records, and what a request finds in
// the database, depend on the plan alone. Slow uploads alone are several at a time.
type driver struct {
	*bed
	clock   *virtualClock
	etags   map[string]string // by client and target
	created []string          // the targets of users who were created
	uploads []*upload
	failed  int    // answers of 500 and above
	scene   *scene // what is played on a fleet; nil on an API that stands alone
}

// take sends the request of s.
func (d *driver) take(ctx context.Context, s step) error {
	if s.kind != slow && !s.holdSlots {
		if err := d.release(ctx); err != nil {
			return err
		}
	}
	if d.scene != nil {
		if err := d.scene.take(ctx, &s); err != nil {
			return err
		}
	}
	d.avatars.set(s.avatars)
	if err := d.setDatabaseGone(s.noDatabase); err != nil {
		return err
	}
	d.clock.set(s.at)
	err := d.deliver(ctx, s)
	if err != nil && d.gateway != nil && d.gateway.down() {
		d.scene.unanswered(s)
		return nil
	}
	return err
}

func (d *driver) deliver(ctx context.Context, s step) error {
	switch s.kind {
	case slow:
		return d.upload(ctx, s)
	case websockets:
		return d.openStream(ctx, s)
	}
	return d.send(ctx, s)
}

// send sends s and notes what later steps need of the answer.
func (d *driver) send(ctx context.Context, s step) error {
	if s.kind == removing {
		if len(d.created) == 0 {
			s.method, s.target = http.MethodGet, "/users" // nobody to remove
		} else {
			s.target = d.created[0]
		}
	}
	req, err := d.request(ctx, s, strings.NewReader(s.body))
	if err != nil {
		return err
	}
	browser := s.client.ip + " " + s.target
	if etag := d.etags[browser]; s.kind == cached && etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	if s.kind == expecting {
		req.Header.Set("Expect", "100-continue")
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return err
	}
	if err := d.finish(ctx, resp); err != nil {
		return err
	}
	switch resp.StatusCode {
	case http.StatusOK:
		if etag := resp.Header.Get("ETag"); etag != "" {
			d.etags[browser] = etag
		}
	case http.StatusCreated:
		d.created = append(d.created, resp.Header.Get("Location"))
	case http.StatusNoContent:
		d.created = d.created[1:]
	}
	return nil
}

// request is s as it reaches the API: from a proxy on this host, which terminates
// TLS and says who the client is.
func (d *driver) request(ctx context.Context, s step, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, s.method, d.url+s.target, body)
	if err != nil {
		return nil, err
	}
	req.Host = apiHost
	req.Header = s.header()
	return req, nil
}

const apiHost = "api.example.com"

func (s *step) header() http.Header {
	h := http.Header{
		"User-Agent":        {s.client.agent},
		"X-Forwarded-For":   {s.client.ip},
		"X-Forwarded-Proto": {"https"},
		"X-Request-Id":      {s.id},
	}
	if s.token != "" {
		h.Set("Authorization", "Bearer "+s.token)
	}
	if s.traced {
		h.Set("Traceparent", "00-"+s.id[16:]+s.id[:16]+"-"+s.id[8:24]+"-01")
	}
	return h
}

// finish reads resp to its end, and waits for its record and for what the API does
// after a 202.
func (d *driver) finish(ctx context.Context, resp *http.Response) error {
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return fmt.Errorf("read response: %w", err)
	}
	if resp.StatusCode >= 500 {
		d.failed++
	}
	if d.scene != nil {
		d.scene.answered(resp)
	}
	if err := d.lines.wait(ctx); err != nil {
		return err
	}
	if resp.StatusCode == http.StatusAccepted {
		d.settle()
	}
	return nil
}

// openStream opens an event stream and closes it. The API may refuse it.
func (d *driver) openStream(ctx context.Context, s step) error {
	conn, resp, err := websocket.Dial(ctx, d.url+s.target, &websocket.DialOptions{
		HTTPClient: d.client, HTTPHeader: s.header(), Host: apiHost,
	})
	if err != nil && resp != nil {
		return d.finish(ctx, resp)
	}
	if err != nil {
		return err
	}
	if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
		return err
	}
	return d.lines.wait(ctx)
}

// upload is a request whose body stalls half-way, so that it keeps its slot.
type upload struct {
	rest  chan struct{} // closed to let the other half follow
	done  chan struct{} // closed when resp or err is there
	resp  *http.Response
	err   error
	since time.Time
}

// minUpload is how long a slow upload takes at least.
const minUpload = 30 * time.Millisecond

// upload begins a slow upload. It returns when the API has asked for the body, and
// the upload thus has a slot.
func (d *driver) upload(ctx context.Context, s step) error {
	u := &upload{rest: make(chan struct{}), done: make(chan struct{}), since: time.Now()}
	half := len(s.body) / 2
	stall := readerFunc(func([]byte) (int, error) {
		select {
		case <-u.rest:
			return 0, io.EOF
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
	body := io.MultiReader(strings.NewReader(s.body[:half]), stall, strings.NewReader(s.body[half:]))
	asked := make(chan struct{})
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got100Continue: func() { close(asked) }})
	req, err := d.request(traced, s, body)
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(s.body))
	req.Header.Set("Expect", "100-continue")
	go func() {
		defer close(u.done)
		u.resp, u.err = d.client.Do(req)
	}()
	select {
	case <-asked:
		d.uploads = append(d.uploads, u)
		return nil
	case <-u.done:
		if u.err != nil {
			return u.err
		}
		return d.finish(ctx, u.resp) // refused
	}
}

// release lets the slow uploads end, in the order in which they began.
func (d *driver) release(ctx context.Context) error {
	for _, u := range d.uploads {
		time.Sleep(minUpload - time.Since(u.since))
		close(u.rest)
		<-u.done
		if u.err != nil {
			return u.err
		}
		if err := d.finish(ctx, u.resp); err != nil {
			return err
		}
	}
	d.uploads = nil
	return nil
}

// readerFunc is an io.Reader that is a function.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

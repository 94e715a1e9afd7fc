package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loganalyze/loganalyze/middleware"
)

// instances is how many APIs a fleet has.
const instances = 3

// newFleet starts several APIs that share a database behind a gateway. It alone
// writes the access log, as it sees what an API that is dead cannot: what became of
// the requests for it. broken goes before the handlers of each instance.
func newFleet(ctx context.Context, cfg Config, lines int, broken func(*instance, string, *http.Request) error) (*bed, error) {
	b, err := prepareBed(&cfg, lines)
	if err != nil {
		return nil, err
	}
	cfg.Log = io.Discard
	for i := range instances {
		in := &instance{cfg: cfg}
		in.cfg.Instance = instanceName(i)
		in.cfg.Broken = func(pattern string, r *http.Request) error { return broken(in, pattern, r) }
		b.instances = append(b.instances, in)
		if err := in.start(ctx); err != nil {
			return nil, errors.Join(err, b.close(ctx))
		}
	}
	b.gateway = newGateway(b.instances, middleware.New(b.lines, cfg.Options...), cfg.ErrorLog)
	if err := b.openGateway(); err != nil {
		return nil, errors.Join(err, b.close(ctx))
	}
	return b, nil
}

func instanceName(i int) string { return fmt.Sprintf("api-%d", i+1) }

// deploy replaces an instance by one of another version. It lets the requests in
// flight end.
func (b *bed) deploy(ctx context.Context, in *instance, version string) error {
	in.cfg.Version = version
	return b.restart(ctx, in)
}

// restart starts an instance anew, and tells the gateway where it is now.
func (b *bed) restart(ctx context.Context, in *instance) error {
	if err := in.close(ctx); err != nil {
		return err
	}
	b.gateway.transport.CloseIdleConnections()
	return in.start(ctx)
}

// crash kills an instance with all that it is doing. What the gateway sends it is
// refused from then on.
func (b *bed) crash(in *instance) error {
	err := in.api.http.Close()
	b.gateway.transport.CloseIdleConnections()
	return err
}

func (b *bed) openGateway() (err error) {
	b.url, err = b.gateway.open()
	return err
}

// gateway is a reverse proxy that hands requests to the instances in turn. It does
// not check whether they are healthy.
type gateway struct {
	instances []*instance
	next      atomic.Uint64
	access    *middleware.Logger
	errorLog  *log.Logger
	transport *http.Transport
	proxy     httputil.ReverseProxy
	admit     atomic.Pointer[func() bool] // whether there is room for a request; nil for always

	http   *http.Server // nil while it is down
	served chan error
}

func newGateway(to []*instance, access *middleware.Logger, errorLog *log.Logger) *gateway {
	g := &gateway{instances: to, access: access, errorLog: errorLog, transport: &http.Transport{DisableCompression: true}}
	g.proxy = httputil.ReverseProxy{
		Transport:      g.transport,
		ErrorLog:       errorLog,
		Rewrite:        g.rewrite,
		ModifyResponse: labelVersion,
		ErrorHandler:   instanceFailed,
	}
	return g
}

// open listens on a port of its own choice.
func (g *gateway) open() (url string, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("start the gateway: %w", err)
	}
	srv, served := &http.Server{Handler: g.access.Handler(g), ErrorLog: g.errorLog}, make(chan error, 1)
	g.http, g.served = srv, served
	go func() { served <- srv.Serve(g.access.Listener(srv, ln)) }()
	return "http://" + ln.Addr().String(), nil
}

// kill ends the gateway as a crash does. It can be opened again.
func (g *gateway) kill() error {
	err := g.http.Close()
	<-g.served
	g.http = nil
	return err
}

func (g *gateway) down() bool { return g.http == nil }

func (g *gateway) close(ctx context.Context) error {
	var err error
	if g.http != nil {
		err = g.http.Shutdown(ctx)
		<-g.served
	}
	g.transport.CloseIdleConnections()
	return errors.Join(err, g.access.Close())
}

// apiRoutes are the routes of the API, which the gateway has in its configuration.
// Their handlers are of no server.
var apiRoutes = new(Server).routes()

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, pattern := apiRoutes.Handler(r)
	middleware.SetRoute(r.Context(), pattern)
	if admit := g.admit.Load(); admit != nil && !(*admit)() {
		w.Header().Set("Retry-After", "1")
		fail(w, r, errOverloaded)
		return
	}
	g.proxy.ServeHTTP(w, r)
}

func (g *gateway) rewrite(r *httputil.ProxyRequest) {
	in := g.instances[(g.next.Add(1)-1)%uint64(len(g.instances))]
	middleware.AddAttrs(r.In.Context(), slog.String("instance", in.cfg.Instance))
	r.SetURL(in.url.Load())
	r.Out.Host = r.In.Host
	r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
	r.SetXForwarded()
	r.Out.Header.Del("Expect") // the gateway itself asks for the body
}

// labelVersion says in the record which version answered.
func labelVersion(resp *http.Response) error {
	if version, ok := strings.CutPrefix(resp.Header.Get("Server"), serverProduct); ok {
		middleware.AddAttrs(resp.Request.Context(), slog.String("version", version))
	}
	return nil
}

// instanceFailed answers for an instance that did not.
func instanceFailed(w http.ResponseWriter, r *http.Request, err error) {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err // without the port, by which no two errors would be the same
	}
	fail(w, r, fmt.Errorf("%w: %w", errBadInstance, err))
}

// bucket lets through so many requests a second, and burst at once.
type bucket struct {
	rate, burst float64
	now         func() time.Time

	mu     sync.Mutex
	tokens float64
	at     time.Time
}

func (b *bucket) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.at.IsZero() {
		b.tokens = b.burst
	} else {
		b.tokens = min(b.burst, b.tokens+b.rate*max(0, now.Sub(b.at).Seconds()))
	}
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

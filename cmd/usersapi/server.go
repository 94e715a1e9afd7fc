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
	"net/url"
	"sync"
	"time"

	"github.com/urfave/negroni/v3"

	"github.com/loganalyze/loganalyze/middleware"
)

// Config is what a Server needs. All fields are required but Options and Broken.
type Config struct {
	Log           io.Writer   // takes the access log, one Write a line
	ErrorLog      *log.Logger // takes what the access log has no line for
	DB            string      // the SQLite file; made, with demo users, where it is absent
	Avatars       string      // the URL of the avatar service
	AvatarTimeout time.Duration
	MaxInFlight   int    // requests handled at a time
	Instance      string // attributes of every record
	Version       string
	Options       []middleware.Option // of the access log's Logger
	// Broken is called before the handler of each request that has a pattern, for the
	// test bed. A request for which it returns an error, or panics, fails.
	Broken func(pattern string, r *http.Request) error
}

// Server is the users API.
type Server struct {
	cfg    Config
	access *middleware.Logger
	http   *http.Server
	users  *store
	events *hub
	avatar *avatarProxy

	background sync.WaitGroup // imports and event streams, which outlive their handlers
}

// New opens the database and returns an API that is ready to Serve. ctx bounds the
// opening alone.
func New(ctx context.Context, cfg Config) (*Server, error) {
	avatars, err := url.Parse(cfg.Avatars)
	if err != nil {
		return nil, fmt.Errorf("parse the avatar service's URL: %w", err)
	}
	users, err := openStore(ctx, cfg.DB)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:    cfg,
		access: middleware.New(cfg.Log, cfg.Options...),
		users:  users,
		events: newHub(),
		avatar: newAvatarProxy(avatars, cfg.AvatarTimeout, cfg.ErrorLog),
	}
	s.http = &http.Server{
		Handler:           s.chain(),
		ErrorLog:          cfg.ErrorLog,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
	}
	return s, nil
}

// chain is what a request passes, outermost first. The access log comes before the
// recovery and the limiter, so that it records what these answer. Nothing behind it
// copies the request, which lets it see the pattern that the mux matched.
func (s *Server) chain() http.Handler {
	recovery := negroni.NewRecovery()
	recovery.Logger = s.cfg.ErrorLog
	recovery.PrintStack = false // a client gets no stack trace
	recovery.PanicHandlerFunc = func(p *negroni.PanicInformation) {
		middleware.SetError(p.Request.Context(), fmt.Errorf("panic: %v", p.RecoveredPanic))
	}
	n := negroni.New(s.access, negroni.HandlerFunc(s.label), recovery, newLimiter(s.cfg.MaxInFlight))
	n.UseHandler(s.breakable(s.routes()))
	return n
}

// breakable puts Broken before mux.
func (s *Server) breakable(mux *http.ServeMux) http.Handler {
	if s.cfg.Broken == nil {
		return mux
	}
	return handler(func(w http.ResponseWriter, r *http.Request) error {
		if _, pattern := mux.Handler(r); pattern != "" {
			if err := s.cfg.Broken(pattern, r); err != nil {
				return err
			}
		}
		mux.ServeHTTP(w, r)
		return nil
	})
}

// serverProduct goes before the version in the header that says which server answered.
const serverProduct = "usersapi/"

// label says in the record and to the client which server answered.
func (s *Server) label(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	w.Header().Set("Server", serverProduct+s.cfg.Version)
	middleware.AddAttrs(r.Context(), slog.String("instance", s.cfg.Instance), slog.String("version", s.cfg.Version))
	next(w, r)
}

// routes leads to the handlers. The mux itself answers 404 to any other path, and
// 405 with Allow to any other method.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /users", handler(s.listUsers))
	mux.Handle("POST /users", writers(s.createUser))
	mux.Handle("GET /users/{id}", handler(s.findUser))
	mux.Handle("PUT /users/{id}", writers(s.updateUser))
	mux.Handle("DELETE /users/{id}", writers(s.deleteUser))
	mux.Handle("GET /users/{id}/avatar", handler(s.findAvatar))
	mux.Handle("POST /users/import", writers(s.importUsers))
	mux.Handle("GET /users/me", handler(s.findMe))
	mux.HandleFunc("GET /users/events", s.streamEvents)
	mux.Handle("GET /people", http.RedirectHandler("/users", http.StatusMovedPermanently))
	return mux
}

// Serve answers requests on ln until Close, which makes it return nil.
func (s *Server) Serve(ln net.Listener) error {
	if err := s.http.Serve(s.access.Listener(s.http, ln)); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
	}
	return nil
}

// Close ends the API: it takes no more requests, waits for those in flight until
// ctx is done, ends the event streams, waits for the imports, and closes the access
// log and the database. Config.Log then has all records.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("wait for requests in flight: %w", err), s.http.Close())
	}
	s.events.close()
	s.background.Wait()
	s.avatar.close()
	if logErr := s.access.Close(); logErr != nil {
		err = errors.Join(err, fmt.Errorf("write access log: %w", logErr))
	}
	return errors.Join(err, s.users.close())
}

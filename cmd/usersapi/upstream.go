package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// avatarMode is how the avatar service behaves.
type avatarMode int32

const (
	avatarsWork  avatarMode = iota
	avatarsHang             // requests are taken and never answered
	avatarsCrash            // the connection is closed in place of an answer
	avatarsSlow             // every answer takes slowAvatar or more, and says so
)

// slowAvatar is long beside any other answer, and short beside the patience of those
// who wait for it.
const slowAvatar = 25 * time.Millisecond

// avatarService draws avatars: the service behind the API. It listens on the
// loopback interface.
type avatarService struct {
	mode atomic.Int32
	url  string
	http *http.Server
	done chan struct{}
}

// newAvatarService starts a service that works. Close ends it.
func newAvatarService() (*avatarService, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the avatar service: %w", err)
	}
	mux := http.NewServeMux()
	s := &avatarService{url: "http://" + ln.Addr().String(), http: &http.Server{Handler: mux}, done: make(chan struct{})}
	mux.HandleFunc("GET /avatars/{file}", s.draw)
	go func() {
		defer close(s.done)
		_ = s.http.Serve(ln) // until Close
	}()
	return s, nil
}

func (s *avatarService) set(m avatarMode) { s.mode.Store(int32(m)) }

// Close ends the service and what it is doing: nobody answers at its address then.
func (s *avatarService) Close() error {
	err := s.http.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil // it was closed before
	}
	return err
}

// draw answers with a disc of a colour that the file's name decides.
func (s *avatarService) draw(w http.ResponseWriter, r *http.Request) {
	hue := fnv.New32a()
	hue.Write([]byte(r.PathValue("file")))
	switch avatarMode(s.mode.Load()) {
	case avatarsHang:
		<-r.Context().Done() // until the proxy gives up
		return
	case avatarsCrash:
		panic(http.ErrAbortHandler)
	case avatarsSlow:
		took := slowAvatar + time.Duration(hue.Sum32()%20)*time.Millisecond
		time.Sleep(took)
		w.Header().Set("Server-Timing", fmt.Sprintf("draw;dur=%d", took.Milliseconds()))
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Cache-Control", "max-age=3600")
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle cx="32" cy="32" r="30" fill="hsl(%d 60%% 50%%)"/></svg>`, hue.Sum32()%360)
}

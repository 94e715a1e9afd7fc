package main

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/loganalyze/loganalyze/middleware"
)

// event is one thing that happened to a user.
type event struct {
	Type string `json:"type"` // created, updated, deleted
	ID   int64  `json:"id"`
}

// hub hands each event to all who subscribed.
type hub struct {
	mu          sync.Mutex
	subscribers map[chan event]struct{}
	closed      bool
}

func newHub() *hub { return &hub{subscribers: map[chan event]struct{}{}} }

// subscribe returns a channel of the events from now on. It is closed when no more
// will come: the hub is, or the subscriber fell behind.
func (h *hub) subscribe() chan event {
	h.mu.Lock()
	defer h.mu.Unlock()
	ch := make(chan event, 16)
	if h.closed {
		close(ch)
		return ch
	}
	h.subscribers[ch] = struct{}{}
	return ch
}

func (h *hub) unsubscribe(ch chan event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subscribers, ch)
}

// publish never waits: whoever has not read 16 events is dropped.
func (h *hub) publish(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.subscribers {
		select {
		case ch <- e:
		default:
			delete(h.subscribers, ch)
			close(ch)
		}
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for ch := range h.subscribers {
		delete(h.subscribers, ch)
		close(ch)
	}
}

// streamEvents answers 101 and leaves the connection to a goroutine, so that a
// stream, which may last for hours, takes no slot of the limiter.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	events := s.events.subscribe()
	s.background.Add(1) // before the connection is hijacked, after which no Shutdown waits for this handler
	conn, err := websocket.Accept(w, r, nil)
	if err != nil { // which Accept has answered
		middleware.SetError(r.Context(), err)
		s.events.unsubscribe(events)
		s.background.Done()
		return
	}
	go func() {
		defer s.background.Done()
		defer s.events.unsubscribe(events)
		stream(conn, events)
	}()
}

// stream sends events until either side ends it.
func stream(conn *websocket.Conn, events <-chan event) {
	defer conn.CloseNow()
	ctx := conn.CloseRead(context.Background()) // done when the client has left
	for {
		select {
		case <-ctx.Done():
			return
		case e, ok := <-events:
			if !ok {
				conn.Close(websocket.StatusGoingAway, "no more events")
				return
			}
			if err := send(ctx, conn, e); err != nil {
				return
			}
		}
	}
}

func send(ctx context.Context, conn *websocket.Conn, e event) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return wsjson.Write(ctx, conn, e)
}

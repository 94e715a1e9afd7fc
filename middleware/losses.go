package middleware

import (
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// LossError says that records were lost: no line of the log holds them.
type LossError struct {
	Records uint64 // lost since the last LossError
	Err     error  // why the last of them was
}

func (e *LossError) Error() string {
	s := "s"
	if e.Records == 1 {
		s = ""
	}
	return fmt.Sprintf("access log: %d record%s lost: %v", e.Records, s, e.Err)
}

// Unwrap returns why the last record was lost.
func (e *LossError) Unwrap() error { return e.Err }

// OnError sets what is called with a *LossError when records are lost: at the first
// loss, and then at most once a second with all that were lost since. What Close finds
// untold it tells before it returns. Without this option, slog.Default gets an error at
// most once in 10 seconds; with a nil f, nobody is told.
//
// f runs on a goroutine of its own or in Close, one call at a time, so that it may take
// its time and may use the Logger: no request waits for it. A panic of f is ignored.
func OnError(f func(error)) Option {
	return func(l *Logger) {
		l.out.losses.tell, l.out.losses.every = f, time.Second
		if f == nil {
			l.out.losses.tell = func(error) {}
		}
	}
}

// tellDefault is what tells of losses where OnError does not say.
func tellDefault(e *LossError) {
	slog.Default().Error("access log records lost", "records", e.Records, "error", e.Err)
}

const tellDefaultEvery = 10 * time.Second

// teller tells somebody of losses, now and then. The zero teller tells slog.Default.
type teller struct {
	tell  func(error) // nil is tellDefault
	every time.Duration

	mu    sync.Mutex
	lost  uint64 // not told yet
	err   error
	state tellerState
	timer *time.Timer // of the call that is due
}

type tellerState uint8

const (
	tellerIdle    tellerState = iota // nothing was lost lately
	tellerDue                        // a call will come, if anything is lost by then
	tellerCalling                    // tell is running
)

// add notes a lost record. It does not wait for the call that it may lead to.
func (t *teller) add(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost++
	t.err = err
	if t.state == tellerIdle {
		t.state = tellerDue
		go t.call()
	}
}

// call tells what was lost, if a call is due, and leaves the next one due.
func (t *teller) call() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != tellerDue {
		return // close was first
	}
	if t.lost == 0 {
		t.state = tellerIdle
		return
	}
	t.callLocked()
	t.state = tellerDue
	t.timer = time.AfterFunc(t.interval(), t.call)
}

// close tells at once what is due.
func (t *teller) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != tellerDue {
		return
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.lost > 0 {
		t.callLocked()
	}
	t.state = tellerIdle
}

// callLocked calls tell with what was lost. It unlocks mu for that time.
func (t *teller) callLocked() {
	e := &LossError{Records: t.lost, Err: t.err}
	t.lost, t.err, t.state = 0, nil, tellerCalling
	t.mu.Unlock()
	defer t.mu.Lock()
	defer func() { _ = recover() }()
	if t.tell != nil {
		t.tell(e)
	} else {
		tellDefault(e)
	}
}

func (t *teller) interval() time.Duration {
	if t.tell == nil {
		return tellDefaultEvery
	}
	return t.every
}

package middleware

import (
	"fmt"
	"log/slog"
	"strings"
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
	return fmt.Sprintf("access log: %d record%s lost: %s", e.Records, s, strings.TrimPrefix(fmt.Sprint(e.Err), "access log: "))
}

// Unwrap returns why the last record was lost.
func (e *LossError) Unwrap() error { return e.Err }

// OnError sets what is called with a *LossError when records are lost: at the first
// loss, and then at most once a second with all that were lost since. In the same way it
// is called with a *PanicError when one of the application's functions panicked. What
// Close finds untold it tells before it returns; for a call that runs then it waits a
// second. Without this option, slog.Default gets an error of either kind at most once in
// 10 seconds; with a nil f, nobody is told.
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

// tellDefault is what is told where OnError does not say whom.
func tellDefault(err error) {
	switch e := err.(type) {
	case *LossError:
		slog.Default().Error("access log records lost", "records", e.Records, "error", e.Err)
	case *PanicError:
		slog.Default().Error("access log function panicked", "panics", e.Panics, "func", e.Func, "error", fmt.Sprint(e.Value), "stack", string(e.Stack))
	}
}

const tellDefaultEvery = 10 * time.Second

// teller tells somebody of losses and panics, now and then. The zero teller tells
// slog.Default.
type teller struct {
	tell  func(error) // nil is tellDefault
	every time.Duration

	mu       sync.Mutex
	lost     uint64 // not told yet
	err      error
	panicked *PanicError // not told yet
	state    tellerState
	timer    *time.Timer   // of the call that is due
	called   chan struct{} // closed when the call that runs has returned
}

type tellerState uint8

const (
	tellerIdle    tellerState = iota // nothing happened lately
	tellerDue                        // a call will come, if there is anything to tell by then
	tellerCalling                    // tell is running
)

// add notes n lost records. It does not wait for the call that it may lead to.
func (t *teller) add(n uint64, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost += n
	t.err = err
	t.startLocked()
}

// addPanic notes a panic of name with value, as add does a loss. A flood of panics costs
// one stack a call.
func (t *teller) addPanic(name string, value any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.panicked == nil {
		t.panicked = newPanicError(name, value)
	} else {
		t.panicked.Panics++
	}
	t.startLocked()
}

func (t *teller) startLocked() {
	if t.state == tellerIdle {
		t.state = tellerDue
		go t.call()
	}
}

// untoldLocked reports whether there is anything to tell.
func (t *teller) untoldLocked() bool { return t.lost > 0 || t.panicked != nil }

// call tells what there is to tell, if a call is due, and leaves the next one due.
func (t *teller) call() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state != tellerDue {
		return // close was first
	}
	if !t.untoldLocked() {
		t.state = tellerIdle
		return
	}
	t.callLocked()
	t.timer = time.AfterFunc(t.interval(), t.call)
}

// close tells at once what is due. It waits a while for a call that runs, which may be the
// one that closes.
func (t *teller) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == tellerCalling {
		called := t.called
		t.mu.Unlock()
		select {
		case <-called:
		case <-time.After(tellTimeout):
		}
		t.mu.Lock()
	}
	if t.state != tellerDue {
		return
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.untoldLocked() {
		t.callLocked()
	}
	t.state = tellerIdle
}

// callLocked tells what there is to tell, and leaves the next call due. It unlocks mu for
// that time.
func (t *teller) callLocked() {
	lost, panicked := &LossError{Records: t.lost, Err: t.err}, t.panicked
	t.lost, t.err, t.panicked, t.state, t.called = 0, nil, nil, tellerCalling, make(chan struct{})
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		t.state = tellerDue
		close(t.called)
	}()
	if panicked != nil {
		t.tellNow(panicked)
	}
	if lost.Records > 0 {
		t.tellNow(lost)
	}
}

func (t *teller) tellNow(err error) {
	defer func() { _ = recover() }()
	if t.tell != nil {
		t.tell(err)
	} else {
		tellDefault(err)
	}
}

func (t *teller) interval() time.Duration {
	if t.tell == nil {
		return tellDefaultEvery
	}
	return t.every
}

package source

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// A stream whose writer is silent is waited for no longer than the context lasts, whether
// in Open, which looks at the first bytes, or in a read.
func TestInterrupt(t *testing.T) {
	for _, written := range []string{"", strings.Repeat(lineA, 3)} {
		r, w := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan error, 1)
		go func() {
			in, err := FromReader("in", r).Open(ctx)
			if err == nil {
				_, err = io.Copy(io.Discard, in)
				in.Close()
			}
			got <- err
		}()
		io.WriteString(w, written)
		cancel()
		select {
		case err := <-got:
			if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "read in: ") && !strings.HasPrefix(err.Error(), "open in: ") {
				t.Errorf("after %d bytes: %v", len(written), err)
			}
		case <-time.After(10 * time.Second):
			t.Errorf("after %d bytes it goes on", len(written))
		}
		w.Close()
	}
}

package source

import (
	"context"
	"io"
)

// interrupted reads ahead in a goroutine of its own, because nothing else can end a
// read of standard input that waits for its writer.
type interrupted struct {
	io.Closer
	ctx    context.Context
	stop   context.CancelFunc
	chunks chan chunk
	free   chan []byte
	now    chunk  // what is being handed out
	buf    []byte // its buffer
}

// chunk is what one read gave.
type chunk struct {
	data []byte
	err  error
}

// interruptible returns r with reads that a ctx which is done ends with its error.
// The goroutine behind it ends with r, or with ctx or Close after the read in which it
// waits.
func interruptible(ctx context.Context, r io.ReadCloser) io.ReadCloser {
	ctx, stop := context.WithCancel(ctx)
	i := &interrupted{Closer: r, ctx: ctx, stop: stop, chunks: make(chan chunk), free: make(chan []byte, 2)}
	i.free <- make([]byte, bufferSize)
	i.free <- make([]byte, bufferSize)
	go i.pump(r)
	return i
}

func (i *interrupted) Close() error {
	i.stop()
	return i.Closer.Close()
}

func (i *interrupted) pump(r io.Reader) {
	defer close(i.chunks)
	for {
		var buf []byte
		select {
		case buf = <-i.free:
		case <-i.ctx.Done():
			return
		}
		n, err := r.Read(buf)
		select {
		case i.chunks <- chunk{buf[:n], err}:
		case <-i.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

func (i *interrupted) Read(p []byte) (int, error) {
	if len(i.now.data) == 0 && i.now.err == nil {
		if i.buf != nil {
			i.free <- i.buf
			i.buf = nil
		}
		select {
		case c, ok := <-i.chunks:
			if !ok {
				return 0, context.Cause(i.ctx)
			}
			i.now, i.buf = c, c.data[:cap(c.data)]
		case <-i.ctx.Done():
			return 0, context.Cause(i.ctx)
		}
	}
	n := copy(p, i.now.data)
	i.now.data = i.now.data[n:]
	if len(i.now.data) == 0 && i.now.err != nil {
		return n, i.now.err
	}
	return n, nil
}

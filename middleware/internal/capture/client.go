package capture

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Client is what a case's client does besides sending the request and reading all that
// comes.
type Client struct {
	Continue    string // the body that it sends when it is asked to go on
	Leaves      bool   // it breaks off once the handler is running
	HalfCloses  bool   // it ends its sending half once the handler is running
	LeavesAfter string // it breaks off when what it has received ends so
}

// Wire is what a client received.
type Wire struct {
	Interim []int
	Status  int    // 0 where none arrived
	Body    int    // bytes, without chunk headers
	All     []byte // as it arrived over HTTP/1; what net/http's client tells of it over HTTP/2
}

var dateHeader = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// Undated is all that arrived, without what no two runs share.
func (w Wire) Undated() string { return string(dateHeader.ReplaceAll(w.All, nil)) }

// ReadWire is what a raw client makes of the bytes that it received for a request with
// method.
func ReadWire(method string, raw []byte) Wire {
	w := Wire{All: raw}
	br := bufio.NewReader(bytes.NewReader(raw))
	for {
		resp, err := http.ReadResponse(br, &http.Request{Method: method})
		if err != nil {
			return w
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			w.Interim = append(w.Interim, resp.StatusCode)
			continue
		}
		n, _ := io.Copy(io.Discard, resp.Body)
		if resp.StatusCode == http.StatusSwitchingProtocols {
			n, _ = io.Copy(io.Discard, br)
		}
		w.Status, w.Body = resp.StatusCode, int(n)
		return w
	}
}

// http1 is a raw client: it sends the request as it stands.
func (x *Exchange) http1(srv *httptest.Server, request string, does Client) Wire {
	x.Helper()
	tcp := Dial(x, srv)
	var c interface {
		net.Conn
		CloseWrite() error
	} = tcp
	if x.In&TLS != 0 {
		c = tls.Client(tcp, &tls.Config{InsecureSkipVerify: true})
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		x.Fatal(err)
	}
	if does.Leaves || does.HalfCloses {
		<-x.Entered
	}
	var got []byte
	switch {
	case does.HalfCloses:
		c.CloseWrite()
	case does.Continue != "":
		got = x.readUntil(c, "HTTP/1.1 100 Continue\r\n\r\n")
		io.WriteString(c, does.Continue)
	case does.LeavesAfter != "":
		got = x.readUntil(c, does.LeavesAfter)
	}
	if does.Leaves || does.LeavesAfter != "" {
		tcp.SetLinger(0)
		tcp.Close()
	} else {
		rest, err := io.ReadAll(c)
		got = append(got, rest...)
		// A server whose time for writing is over cannot end TLS as it should, nor a record of it.
		if err != nil && (x.In&TLS == 0 || errors.Is(err, os.ErrDeadlineExceeded)) {
			x.Errorf("the client read %q, %v", got, err)
		}
	}
	method, _, _ := strings.Cut(request, " ")
	return ReadWire(method, got)
}

// readUntil reads up to the end of s.
func (x *Exchange) readUntil(r io.Reader, s string) (got []byte) {
	for !bytes.HasSuffix(got, []byte(s)) {
		var b [1]byte
		if _, err := io.ReadFull(r, b[:]); err != nil {
			x.Errorf("the client waited for %q and read %q, %v", s, got, err)
			return got
		}
		got = append(got, b[0])
	}
	return got
}

// http2 is net/http's client, one request on a connection of its own. A client that
// breaks off resets its stream.
func (x *Exchange) http2(srv *httptest.Server, request string, does Client) Wire {
	x.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true,
		DisableCompression: true, ExpectContinueTimeout: Patience,
	}
	x.Cleanup(transport.CloseIdleConnections) // not now: the handler is to see the stream end, not the connection
	var w Wire
	var all bytes.Buffer
	note := func(status string, h http.Header) {
		all.WriteString(status + "\r\n")
		h.Write(&all)
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	req := x.http2Request(srv, request, does).WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			w.Interim = append(w.Interim, code)
			note(strconv.Itoa(code), http.Header(h))
			return nil
		},
	}))
	if does.Leaves {
		go func() {
			<-x.Entered
			cancel()
		}()
	}
	resp, err := transport.RoundTrip(req)
	if err == nil {
		if resp.ProtoMajor != 2 {
			x.Errorf("the protocol is %s", resp.Proto)
		}
		note(resp.Status, resp.Header)
		var body []byte
		if does.LeavesAfter != "" {
			body = x.readUntil(resp.Body, does.LeavesAfter)
		} else {
			body, err = io.ReadAll(resp.Body)
		}
		resp.Body.Close()
		note(string(body), resp.Trailer)
		w.Status, w.Body = resp.StatusCode, len(body)
	}
	if err != nil { // a part of what is compared: how the stream was reset
		all.WriteString(err.Error())
	}
	w.All = slices.Clone(all.Bytes())
	return w
}

// http2Request is the raw request as net/http's client sends it.
func (x *Exchange) http2Request(srv *httptest.Server, raw string, does Client) *http.Request {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	from, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n")))
	if err != nil {
		x.Fatal(err)
	}
	req, err := http.NewRequest(from.Method, srv.URL+from.RequestURI, nil)
	if err != nil {
		x.Fatal(err)
	}
	req.Host, req.Header, req.ContentLength = from.Host, from.Header, from.ContentLength
	req.Header.Del("Connection")
	switch body += does.Continue; {
	case req.ContentLength == 0:
	case int64(len(body)) == req.ContentLength:
		req.Body = io.NopCloser(strings.NewReader(body))
	default: // the rest never comes
		r, w := io.Pipe()
		x.Cleanup(func() { r.Close() })
		go io.WriteString(w, body)
		req.Body = r
	}
	return req
}

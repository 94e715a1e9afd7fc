package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// avatarProxy hands requests on to the avatar service.
type avatarProxy struct {
	proxy     httputil.ReverseProxy
	transport *http.Transport
}

// newAvatarProxy returns a proxy to the service at base that waits for the header
// of an answer no longer than timeout.
func newAvatarProxy(base *url.URL, timeout time.Duration, errorLog *log.Logger) *avatarProxy {
	p := &avatarProxy{transport: &http.Transport{ResponseHeaderTimeout: timeout, IdleConnTimeout: time.Minute}}
	p.proxy = httputil.ReverseProxy{
		Transport: p.transport,
		ErrorLog:  errorLog,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Path, r.Out.URL.RawPath, r.Out.URL.RawQuery = "/avatars/"+r.In.PathValue("id")+".svg", "", ""
			r.SetURL(base)
			r.Out.Header.Del("Authorization") // the token is for this API
		},
		ErrorHandler: avatarFailed,
	}
	return p
}

func (p *avatarProxy) close() { p.transport.CloseIdleConnections() }

// avatarFailed tells a service that is too slow (504) from one that gave no answer
// that makes sense (502).
func avatarFailed(w http.ResponseWriter, r *http.Request, err error) {
	kind := errBadAvatars
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		kind = errAvatarTimeout
	}
	fail(w, r, fmt.Errorf("%w: %w", kind, err))
}

func (s *Server) findAvatar(w http.ResponseWriter, r *http.Request) error {
	if _, err := userID(r); err != nil {
		return err
	}
	s.avatar.proxy.ServeHTTP(w, r)
	return nil
}

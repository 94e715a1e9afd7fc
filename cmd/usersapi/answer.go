package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/loganalyze/loganalyze/middleware"
)

// What may go wrong with a request, other than by a failure of the API itself.
var (
	errBadRequest    = errors.New("bad request")
	errNoToken       = errors.New("no valid bearer token")
	errForbidden     = errors.New("the token may only read")
	errNoUser        = errors.New("no such user")
	errDuplicate     = errors.New("the e-mail address is taken")
	errTooLarge      = errors.New("the body is too large")
	errInvalid       = errors.New("invalid user")
	errBadAvatars    = errors.New("the avatar service gave no answer")
	errOverloaded    = errors.New("too many requests in flight")
	errAvatarTimeout = errors.New("the avatar service took too long")
	errBadInstance   = errors.New("the instance gave no answer")
)

// statuses tells how each of these is answered. Any other error is the API's own
// failure, a 500: the database is gone, or there is a bug.
var statuses = []struct {
	err    error
	status int
}{
	{errBadRequest, http.StatusBadRequest},          // 400: no body, broken JSON, a field is missing
	{errNoToken, http.StatusUnauthorized},           // 401: who is it? with WWW-Authenticate
	{errForbidden, http.StatusForbidden},            // 403: known, but not allowed
	{errNoUser, http.StatusNotFound},                // 404: a wrong id; the mux answers wrong URLs
	{errDuplicate, http.StatusConflict},             // 409: at odds with what is there
	{errTooLarge, http.StatusRequestEntityTooLarge}, // 413
	{errInvalid, http.StatusUnprocessableEntity},    // 422: well-formed, but makes no sense
	{errBadAvatars, http.StatusBadGateway},          // 502: what is behind gave no answer
	{errBadInstance, http.StatusBadGateway},         // 502: the same, said by the gateway
	{errOverloaded, http.StatusServiceUnavailable},  // 503: come back later, with Retry-After
	{errAvatarTimeout, http.StatusGatewayTimeout},   // 504: what is behind is too slow
}

func statusOf(err error) int {
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// handler is a handler that returns what it could not do.
type handler func(w http.ResponseWriter, r *http.Request) error

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h(w, r); err != nil {
		fail(w, r, err)
	}
}

// fail answers r with the status of err. What failed inside is told to the log
// alone. A client that has left gets no answer, and is recorded as having left
// instead of as a failure of the API.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	middleware.SetError(r.Context(), err)
	if r.Context().Err() != nil {
		return
	}
	status, said := statusOf(err), err.Error()
	if status >= 500 {
		said = http.StatusText(status)
	}
	writeJSON(w, status, map[string]string{"error": said})
}

// writeJSON answers with v. A client that cannot be written to is the
// middleware's to record.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// maxBody bounds what a client may send.
const maxBody = 1 << 20

// readJSON reads the one JSON value that is r's body.
func readJSON[T any](w http.ResponseWriter, r *http.Request) (v T, err error) {
	dec := json.NewDecoder(http.MaxBytesReader(middleware.Unwrap(w), r.Body, maxBody))
	if err = dec.Decode(&v); err == nil {
		if _, err = dec.Token(); err == io.EOF {
			return v, nil
		}
		if err == nil {
			err = errors.New("more than one JSON value")
		}
	} else if err == io.EOF {
		err = errors.New("no body")
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return v, errTooLarge
	}
	return v, fmt.Errorf("%w: %w", errBadRequest, err)
}

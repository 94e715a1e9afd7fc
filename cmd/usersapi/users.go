package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The tokens, and the user that each belongs to.
const (
	writerToken = "writer-token"
	readerToken = "reader-token"
)

var tokenUsers = map[string]int64{writerToken: 1, readerToken: 2}

// authenticate returns the token that r bears. Where there is none, or an unknown
// one, it also says in the header how to come by one, as a 401 must.
func authenticate(w http.ResponseWriter, r *http.Request) (string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if _, ok := tokenUsers[token]; !ok || !strings.EqualFold(scheme, "Bearer") {
		w.Header().Set("WWW-Authenticate", `Bearer realm="users"`)
		return "", errNoToken
	}
	return token, nil
}

// writers lets through who may change things.
func writers(next handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		token, err := authenticate(w, r)
		if err != nil {
			return err
		}
		if token != writerToken {
			return errForbidden
		}
		return next(w, r)
	}
}

// userID is the id in the path. What is no number is no user's id either.
func userID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, errNoUser
	}
	return id, nil
}

// check is the difference between 400, where a field is missing, and 422, where all
// is there but makes no sense.
func (u *user) check() error {
	switch {
	case u.Name == "" || u.Email == "":
		return fmt.Errorf("%w: name and email are required", errBadRequest)
	case !strings.Contains(u.Email, "@"):
		return fmt.Errorf("%w: the e-mail address has no @", errInvalid)
	}
	return nil
}

// etag changes with every change of u.
func (u *user) etag() string { return fmt.Sprintf(`"%d-%d"`, u.ID, u.version) }

// pageSize is how many users a list has at most.
const pageSize = 50

func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) error {
	var after int64
	if q := r.FormValue("after"); q != "" {
		var err error
		if after, err = strconv.ParseInt(q, 10, 64); err != nil {
			return fmt.Errorf("%w: after is no id", errBadRequest)
		}
	}
	users, err := s.users.list(r.Context(), after, pageSize)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, users)
	return nil
}

// findUser answers 304 where the client's copy is still good.
func (s *Server) findUser(w http.ResponseWriter, r *http.Request) error {
	id, err := userID(r)
	if err != nil {
		return err
	}
	u, err := s.users.find(r.Context(), id)
	if err != nil {
		return err
	}
	body, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("encode user: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", u.etag())
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body)) // which knows If-None-Match
	return nil
}

// findMe answers 302: where it leads depends on who asks.
func (s *Server) findMe(w http.ResponseWriter, r *http.Request) error {
	token, err := authenticate(w, r)
	if err != nil {
		return err
	}
	http.Redirect(w, r, location(tokenUsers[token]), http.StatusFound)
	return nil
}

func location(id int64) string { return "/users/" + strconv.FormatInt(id, 10) }

func (s *Server) createUser(w http.ResponseWriter, r *http.Request) error {
	u, err := readJSON[user](w, r)
	if err != nil {
		return err
	}
	if err := u.check(); err != nil {
		return err
	}
	if err := s.users.insert(r.Context(), &u); err != nil {
		return err
	}
	s.events.publish(event{"created", u.ID})
	w.Header().Set("Location", location(u.ID))
	writeJSON(w, http.StatusCreated, u)
	return nil
}

func (s *Server) updateUser(w http.ResponseWriter, r *http.Request) error {
	id, err := userID(r)
	if err != nil {
		return err
	}
	u, err := readJSON[user](w, r)
	if err != nil {
		return err
	}
	if err := u.check(); err != nil {
		return err
	}
	u.ID = id
	if err := s.users.update(r.Context(), u); err != nil {
		return err
	}
	s.events.publish(event{"updated", id})
	writeJSON(w, http.StatusOK, u)
	return nil
}

// deleteUser answers 204: that it worked is all there is to say.
func (s *Server) deleteUser(w http.ResponseWriter, r *http.Request) error {
	id, err := userID(r)
	if err != nil {
		return err
	}
	if err := s.users.delete(r.Context(), id); err != nil {
		return err
	}
	s.events.publish(event{"deleted", id})
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// importUsers answers 202 and does the work afterwards. That the work fails, the
// client never learns.
//
// A null among the users is a nil pointer, which check then follows. This bug stays:
// a panic is one of the two ways in which the API comes to answer 500.
func (s *Server) importUsers(w http.ResponseWriter, r *http.Request) error {
	users, err := readJSON[[]*user](w, r)
	if err != nil {
		return err
	}
	for _, u := range users {
		if err := u.check(); err != nil {
			return err
		}
	}
	ctx := context.WithoutCancel(r.Context()) // the work outlives the request
	s.background.Go(func() {
		if err := s.users.insertAll(ctx, users); err != nil {
			s.cfg.ErrorLog.Print(err)
		}
	})
	writeJSON(w, http.StatusAccepted, map[string]int{"accepted": len(users)})
	return nil
}

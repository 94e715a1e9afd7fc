package format

import (
	"strings"

	"github.com/loganalyze/loganalyze/middleware/accesslog"
)

// blame says whose failure it is that a proxy's own word for it begins with prefix.
type blame struct{ prefix, by string }

// blames are the words that proxies have, by the role under which they stand. What is not
// listed is the origin's failure: that it was not reached, was late or broke off.
var blames = map[role][]blame{
	// Heroku: a request that the client broke off or left idle; maintenance, a blank
	// application, a limit and errors of the platform.
	roleHerokuCode: {
		{"H27", byClient}, {"H28", byClient}, {"H31", byClient}, {"H32", byClient},
		{"H16", byProxy}, {"H80", byProxy}, {"H81", byProxy}, {"H82", byProxy}, {"H99", byProxy},
	},
	// Google's load balancers.
	roleStatusDetails: {
		{"client_", byClient}, {"body_not_allowed", byClient}, {"malformed_", byClient},
		{"denied_by_", byProxy}, {"internal_error", byProxy}, {"handled_by_", byProxy}, {"response_from_cache", byProxy}, {"config_not_found", byProxy},
		{"aborted_request_due_to_backend_early_response", byOrigin}, {"redirected_by_", byProxy}, {"ssl_", byProxy}, {"request_overall_timeout", byProxy},
	},
}

// cause is a proxy's word for why it made a response itself.
type cause struct {
	role role
	word string
}

// setCause takes the word, unless it says that the response came from the origin.
func (f *fields) setCause(known role, word string) {
	f.origin.logged, f.origin.speaks = true, true
	switch word {
	case "", "info", "response_sent_by_backend":
	default:
		f.cause = cause{known, word}
	}
}

// failedBy says whose failure the status is. A client that went away spoils any status.
func (c cause) failedBy(status accesslog.Opt[int]) string {
	by := byOrigin
	for _, b := range blames[c.role] {
		if strings.HasPrefix(c.word, b.prefix) {
			by = b.by
			break
		}
	}
	if by != byClient && status.Value < 500 && (!status.Known || status.Value != 0) {
		return ""
	}
	return by
}

// finishCause fills what follows from a proxy's word, or from its silence: then the origin
// answered so itself.
func (f *fields) finishCause() {
	r := &f.rec
	if f.cause.word == "" {
		if f.origin.logged && !f.origin.status.Known && f.origin.speaks {
			f.origin.status = r.Status
		}
		return
	}
	if r.FailedBy = f.cause.failedBy(r.Status); r.FailedBy == "" {
		return
	}
	if r.Error == "" {
		r.Error = f.cause.word
	} else {
		r.Error = f.join(f.cause.word, " ", r.Error)
	}
}

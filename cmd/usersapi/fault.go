package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/loganalyze/loganalyze/cmd/usersapi/internal/truth"
)

// fault is something that breaks on a fleet for a while.
type fault struct {
	stream string  // in which it shows
	long   float64 // about how much of the span it takes, 0 to 1
	// arm draws what is to break, and says in the truth where. The truth has the name,
	// the stream, and the time already.
	arm func(a *arming) breakage
}

// arming is what a fault may draw from and look at.
type arming struct {
	*truth.Truth
	rng    *rand.Rand
	bed    *bed
	load   loadConfig
	now    func() time.Time // when the request was sent that is being answered
	people []client         // the busiest first
}

// breakage is how something is broken: by any of these, while the fault is there.
type breakage struct {
	begin, end func(context.Context) error
	send       func(*step)                                               // changes a request before it is sent
	handle     func(in *instance, pattern string, r *http.Request) error // as Config.Broken; no two at a time
}

var (
	errNoFiles  = errors.New("open database: too many open files")
	errBadQuery = errors.New("query: no such column")
)

// instance draws one.
func (a *arming) instance() *instance { return a.bed.instances[a.rng.IntN(instances)] }

// pattern draws one of patterns, which begin with a method, and says in the truth that
// it fails first.
func (a *arming) pattern(patterns ...string) (pattern, route string) {
	pattern = patterns[a.rng.IntN(len(patterns))]
	method, route, _ := strings.Cut(pattern, " ")
	a.FirstRoute = &truth.Route{Method: method, Route: route}
	return pattern, route
}

// badInstance has one instance, which leaks files, fail with a share of its requests.
func badInstance(a *arming) breakage {
	bad := a.instance()
	a.Where = map[string]string{"instance": bad.cfg.Instance}
	return breakage{handle: func(in *instance, _ string, _ *http.Request) error {
		switch x := a.rng.Float64(); {
		case in != bad || x > .5:
			return nil
		case x > .15:
			return errNoFiles
		default:
			return errOverloaded
		}
	}}
}

// badRoute has most requests of one route fail, whoever answers them.
func badRoute(a *arming) breakage {
	bad, route := a.pattern("GET /users/{id}", "GET /users/{id}/avatar", "GET /users/me")
	a.Where = map[string]string{"route": route}
	if bad == "GET /users/{id}" {
		a.Where = map[string]string{"method": http.MethodGet, "route": route} // a PUT of the same route is well
	}
	return breakage{handle: func(_ *instance, pattern string, _ *http.Request) error {
		if pattern == bad && a.rng.Float64() < .7 {
			return errBadQuery
		}
		return nil
	}}
}

// badClient has the API panic at the data of one of the busier clients.
func badClient(a *arming) breakage {
	ip := a.people[a.rng.IntN(4)].ip
	a.Where = map[string]string{"client_ip": ip}
	return breakage{handle: func(_ *instance, _ string, r *http.Request) error {
		first, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ",")
		if first != ip {
			return nil
		}
		var settings *user
		return settings.check() // a nil pointer
	}}
}

// badRelease deploys a new version to one instance. It fails on one route, until it is
// rolled back.
func badRelease(a *arming) breakage {
	const version = "1.1.0"
	canary := a.instance()
	stable := canary.cfg.Version
	bad, route := a.pattern("GET /users/{id}/avatar", "GET /users/me")
	a.Where = map[string]string{"version": version, "route": route}
	return breakage{
		begin: func(ctx context.Context) error { return a.bed.deploy(ctx, canary, version) },
		end:   func(ctx context.Context) error { return a.bed.deploy(ctx, canary, stable) },
		handle: func(in *instance, pattern string, _ *http.Request) error {
			if in.cfg.Version == version && pattern == bad {
				return errBadQuery
			}
			return nil
		},
	}
}

// badApp has a release of the app ask for pages that cannot be. The API is right to
// refuse them.
func badApp(a *arming) breakage {
	const app = "UsersApp"
	a.Where = map[string]string{"user_agent": app, "route": "/users"}
	a.FirstRoute = &truth.Route{Method: http.MethodGet, Route: "/users"}
	return breakage{send: func(s *step) {
		if page, _, paged := strings.Cut(s.target, "?after="); paged && strings.HasPrefix(s.client.agent, app+"/") {
			s.target = page + "?after=undefined"
		}
	}}
}

// slowAvatars has the avatar service take its time. Nothing fails.
func slowAvatars(a *arming) breakage {
	_, route := a.pattern("GET /users/{id}/avatar")
	a.Where = map[string]string{"route": route}
	return breakage{send: func(s *step) {
		if s.avatars == avatarsWork {
			s.avatars = avatarsSlow
		}
	}}
}

// flappingInstance has one instance fail, recover, and fail again.
func flappingInstance(a *arming) breakage {
	bad := a.instance()
	a.Where = map[string]string{"instance": bad.cfg.Instance}
	const turn = .018 // of the span
	draw := func() time.Duration {
		return time.Duration((.6 + .8*a.rng.Float64()) * turn * float64(a.load.span)).Truncate(time.Microsecond)
	}
	a.Periods = nil
	for at := a.Start; at.Before(a.End); {
		p := truth.Period{Start: at, End: at.Add(draw())}
		a.Periods = append(a.Periods, p)
		at = p.End.Add(draw())
	}
	a.End = a.Periods[len(a.Periods)-1].End
	return breakage{handle: func(in *instance, _ string, _ *http.Request) error {
		if in == bad && a.rng.Float64() < .9 {
			return errNoFiles
		}
		return nil
	}}
}

// crashed has a request kill an instance, which is started again in the end.
func crashed(a *arming) breakage {
	dead := a.instance()
	a.Where = map[string]string{"instance": dead.cfg.Instance}
	var once atomic.Bool
	return breakage{
		handle: func(in *instance, _ string, _ *http.Request) error {
			if in == dead && once.CompareAndSwap(false, true) {
				return errors.Join(errors.New("killed"), a.bed.crash(in))
			}
			return nil
		},
		end: func(ctx context.Context) error { return a.bed.restart(ctx, dead) },
	}
}

// limited has the gateway let through half of what comes, as its limit is set too low.
func limited(a *arming) breakage {
	usual := float64(a.load.requests) / a.load.span.Seconds()
	return breakage{
		begin: func(context.Context) error {
			admit := (&bucket{rate: usual / 2, burst: 5, now: a.now}).take
			a.bed.gateway.admit.Store(&admit)
			return nil
		},
		end: func(context.Context) error {
			a.bed.gateway.admit.Store(nil)
			return nil
		},
	}
}

// outage has the gateway itself die, and with it whoever could write a log.
func outage(a *arming) breakage {
	return breakage{
		begin: func(context.Context) error { return a.bed.gateway.kill() },
		end:   func(context.Context) error { return a.bed.openGateway() },
	}
}

// quiet breaks nothing.
func quiet(*arming) breakage { return breakage{} }

// busiest are the people with the most requests of a plan, the busiest first.
func busiest(steps []step) []client {
	n := map[string]int{}
	var all []client
	for _, s := range steps {
		if n[s.client.ip]++; n[s.client.ip] == 1 && s.client.self != 0 {
			all = append(all, s.client)
		}
	}
	slices.SortStableFunc(all, func(a, b client) int { return n[b.ip] - n[a.ip] })
	return all
}

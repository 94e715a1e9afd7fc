package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"
)

// step is one request of a plan, and what is broken while it is sent.
type step struct {
	at     time.Time
	kind   kind
	client client
	method string
	target string
	token  string // "" for none
	body   string
	id     string // the request's

	noDatabase bool
	avatars    avatarMode
	holdSlots  bool // the slow uploads that began before go on
	traced     bool // the client sends the ids of a trace
}

// kind is how a step is sent.
type kind int

const (
	plain      kind = iota
	cached          // with If-None-Match, if the client has been given an ETag before
	expecting       // with Expect: 100-continue
	websockets      // an upgrade
	removing        // of a user who was created by an earlier step; the target is that user
	slow            // an upload that stalls until a later step does not hold the slots
)

// client is somebody who sends requests.
type client struct {
	ip, agent string
	token     string
	self      int64 // the user that this client looks at most
}

// The clients that are no people.
var (
	monitor  = client{ip: "192.0.2.10", agent: "UptimeCheck/2.1"}
	importer = client{ip: "192.0.2.20", agent: "python-requests/2.32.5", token: writerToken}
	scanners = []client{
		{ip: "192.0.2.66", agent: "Mozilla/5.0 zgrab/0.x"},
		{ip: "192.0.2.201", agent: "Mozilla/5.0 (compatible; CensysInspect/1.1)"},
		{ip: "2001:db8:bad::1", agent: "Go-http-client/1.1"},
	}
)

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15",
	"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
	"UsersApp/4.2 (Android 16)",
	"UsersApp/4.2 (iOS 26.1)",
	"UsersApp/4.1 (Android 15)",
	"curl/8.17.0",
}

var scanned = []string{"/wp-login.php", "/.env", "/xmlrpc.php", "/.git/config", "/phpmyadmin/index.php", "/admin"}

// people is how many clients are people.
const people = 240

// planner draws the requests of a plan.
type planner struct {
	rng     *rand.Rand
	ids     *rand.Zipf // of users, less 1
	who     *rand.Zipf
	clients []client
	serial  int // makes e-mail addresses unique
}

// traffic is what healthy traffic consists of, and how much of each in about 10,000.
var traffic = []struct {
	weight int
	draw   func(p *planner) step
}{
	{4300, func(p *planner) step { return p.get(cached, p.path()) }},
	{1700, func(p *planner) step { return p.get(plain, fmt.Sprintf("/users?after=%d", pageSize*p.rng.IntN(4))) }},
	{1400, func(p *planner) step { return p.get(plain, p.path()+"/avatar") }},
	{700, func(p *planner) step { return p.get(plain, "/users/me") }},
	{450, func(p *planner) step { return step{client: monitor, method: http.MethodHead, target: "/users"} }},
	{330, func(p *planner) step { return p.write(http.MethodPost, "/users", p.newUser()) }},
	{300, func(p *planner) step {
		id := p.id()
		return p.write(http.MethodPut, location(id), userJSON("Renamed", demoEmail(id)))
	}},
	{80, func(p *planner) step { s := p.write(http.MethodDelete, "", ""); s.kind = removing; return s }},
	{70, func(p *planner) step { return p.get(websockets, "/users/events") }},
	{60, func(p *planner) step { return p.get(plain, "/people") }},
	{40, (*planner).importing},

	// What clients do wrong.
	{160, func(p *planner) step { return p.get(plain, location(demoUsers*100+p.id())) }},
	{130, (*planner).scan},
	{70, func(p *planner) step { s := p.write(http.MethodPost, "/users", p.newUser()); s.token = ""; return s }},
	{60, func(p *planner) step {
		p.serial++
		return p.write(http.MethodPost, "/users", userJSON("Ada", fmt.Sprintf("ada%d.example.com", p.serial)))
	}},
	{40, func(p *planner) step { return p.write(http.MethodPost, "/users", "") }},
	{35, func(p *planner) step { return p.write(http.MethodPost, "/users", userJSON("Twin", demoEmail(p.id()))) }},
	{30, func(p *planner) step { s := p.write(http.MethodDelete, p.path(), ""); s.token = readerToken; return s }},
	{15, func(p *planner) step { return p.write(http.MethodPatch, "/users", p.newUser()) }},
	{10, func(p *planner) step { return p.write(http.MethodPost, "/users", `{"name": "Ada", `) }},

	// What breaks on a good day.
	{4, func(p *planner) step { s := p.get(plain, p.path()+"/avatar"); s.avatars = avatarsHang; return s }},
	{4, func(p *planner) step { s := p.get(plain, p.path()+"/avatar"); s.avatars = avatarsCrash; return s }},
	{3, func(p *planner) step { s := p.importing(); s.body = "[null]"; return s }},
}

// plan returns the requests of lc, in the order of their instants. The same lc gives
// the same plan. The incident decides what is broken meanwhile; of the requests, only
// "overload" changes some, and when they come. slots is how many requests the API
// takes at a time.
func plan(lc loadConfig, slots int) []step {
	in, _ := findIncident(lc.incident)
	p := newPlanner(rand.New(rand.NewPCG(lc.seed, 0)))
	instants := schedule(rand.New(rand.NewPCG(lc.seed, 1)), lc, in.surge)
	steps := make([]step, lc.requests)
	for i := range steps {
		steps[i] = p.draw()
		steps[i].at = instants[i]
	}
	if in.mark != nil {
		from, to := lc.window()
		i, _ := slices.BinarySearchFunc(steps, from, func(s step, t time.Time) int { return s.at.Compare(t) })
		j, _ := slices.BinarySearchFunc(steps, to, func(s step, t time.Time) int { return s.at.Compare(t) })
		in.mark(rand.New(rand.NewPCG(lc.seed, 2)), steps[i:j], slots)
	}
	return steps
}

func newPlanner(rng *rand.Rand) *planner {
	p := &planner{rng: rng, clients: make([]client, people)}
	p.ids = rand.NewZipf(rng, 1.3, 6, demoUsers-1)
	p.who = rand.NewZipf(rng, 1.2, 12, people-1)
	for i := range p.clients {
		c := &p.clients[i]
		switch {
		case i%10 == 9:
			c.ip = fmt.Sprintf("2001:db8:%x::%x", 1+i/40, i+1)
		case i%2 == 0:
			c.ip = fmt.Sprintf("203.0.113.%d", i+1)
		default:
			c.ip = fmt.Sprintf("198.51.100.%d", i+1)
		}
		c.agent = agents[rng.IntN(len(agents))]
		c.self = p.id()
		c.token = readerToken
		if i%3 == 0 {
			c.token = writerToken
		}
	}
	return p
}

// draw returns a request that is chosen by weight.
func (p *planner) draw() step {
	total := 0
	for _, t := range traffic {
		total += t.weight
	}
	n := p.rng.IntN(total)
	for _, t := range traffic {
		if n -= t.weight; n < 0 {
			s := t.draw(p)
			s.id = fmt.Sprintf("%016x%016x", p.rng.Uint64(), p.rng.Uint64())
			return s
		}
	}
	panic("unreachable: n is below the sum of all weights")
}

func (p *planner) id() int64 { return int64(p.ids.Uint64()) + 1 }

func (p *planner) path() string { return location(p.id()) }

func (p *planner) someone() client { return p.clients[p.who.Uint64()] }

// get reads target. People look at their own user most of the time.
func (p *planner) get(k kind, target string) step {
	c := p.someone()
	if k == cached && p.rng.IntN(3) > 0 {
		target = location(c.self)
	}
	return step{kind: k, client: c, method: http.MethodGet, target: target, token: c.token}
}

func (p *planner) write(method, target, body string) step {
	return step{client: p.someone(), method: method, target: target, token: writerToken, body: body}
}

func (p *planner) newUser() string {
	p.serial++
	return userJSON(demoNames[p.rng.IntN(len(demoNames))], fmt.Sprintf("new%d@example.com", p.serial))
}

// importing uploads a list, and asks first whether it may.
func (p *planner) importing() step {
	list := make([]string, 5+p.rng.IntN(20))
	for i := range list {
		list[i] = p.newUser()
	}
	return step{
		kind: expecting, client: importer, method: http.MethodPost, target: "/users/import", token: importer.token,
		body: "[" + strings.Join(list, ", ") + "]",
	}
}

func (p *planner) scan() step {
	return step{client: scanners[p.rng.IntN(len(scanners))], method: http.MethodGet, target: scanned[p.rng.IntN(len(scanned))]}
}

func userJSON(name, email string) string {
	return fmt.Sprintf(`{"name": %q, "email": %q}`, name, email)
}

// schedule returns the sorted instants of lc's requests: the load rises and falls
// gently, and is surge times as high while the incident lasts.
func schedule(rng *rand.Rand, lc loadConfig, surge float64) []time.Time {
	const swing = 0.25
	begin, end := lc.shares()
	phase := rng.Float64()
	instants := make([]time.Time, 0, lc.requests)
	for len(instants) < lc.requests {
		x := rng.Float64()
		rate := 1 + swing*math.Sin(2*math.Pi*(1.5*x+phase))
		if x >= begin && x < end {
			rate *= surge
		}
		if rng.Float64()*(1+swing)*max(surge, 1) < rate {
			after := time.Duration(x * float64(lc.span)).Truncate(time.Microsecond)
			instants = append(instants, lc.start.Add(after))
		}
	}
	slices.SortFunc(instants, time.Time.Compare)
	return instants
}

package main

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// A request is a path, whether it was answered with 404, and which template made it: -1 for
// what a scanner asks for.
type request struct {
	path     string
	notFound bool
	truth    int
}

const (
	noiseShare    = .03 // of requests: a scanner's
	notFoundShare = .03 // of the others: answered with 404, half of them for values that there are not
)

// Values of a parameter: a pool of a size between these, log-uniform, asked for by Zipf's law with
// an exponent between those.
const (
	minPool, maxPool         = 4, 10_000
	minOwned, maxOwned       = 2, 50
	minExponent, maxExponent = .7, 1.2
	templateExponent         = 1
	ownedShare               = .5
	freshValue               = 1 << 40 // the rank from which on values are in no pool
)

// A pool is the values of one parameter. All templates of a spec that have the parameter share
// it, as the users of an API are the same in /users/{user} and /repos/{user}/{repo}. An owned
// one is another, smaller pool for each value of the parameter before it, as repositories are.
type pool struct {
	kind  kind
	seed  uint64
	owned bool
	ranks zipf
}

func (p *pool) value(r *rand.Rand, owner string, fresh bool) string {
	rank := uint64(p.ranks.draw(r))
	if fresh {
		rank = freshValue + uint64(r.IntN(1<<30))
	}
	seed := p.seed
	if p.owned {
		h := fnv.New64a()
		h.Write([]byte(owner))
		seed ^= h.Sum64()
	}
	return p.kind.make(rand.New(rand.NewPCG(seed, rank)))
}

// traffic makes requests for the templates of s.
func traffic(s spec, n int, seed uint64) []request {
	h := fnv.New64a()
	h.Write([]byte(strings.Join(shapes(s), "\n")))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	style, name := styles[r.IntN(len(styles))], names[r.IntN(len(names))]
	pools := map[string]*pool{}
	for _, t := range s.templates {
		for _, p := range t.parameters {
			if pools[p.name] == nil {
				pools[p.name] = newPool(p, r, style, name)
			}
		}
	}
	popularity := newZipf(len(s.templates), templateExponent)
	order := r.Perm(len(s.templates))
	out := make([]request, 0, n)
	for range n {
		if r.Float64() < noiseShare {
			out = append(out, request{path: probe(r), notFound: true, truth: -1})
			continue
		}
		truth := order[popularity.draw(r)]
		missing := r.Float64() < notFoundShare
		fresh := missing && r.IntN(2) == 0
		out = append(out, request{path: fill(s.templates[truth], pools, r, fresh), notFound: missing, truth: truth})
	}
	return out
}

func shapes(s spec) (out []string) {
	for _, t := range s.templates {
		out = append(out, t.shape())
	}
	return out
}

func newPool(p parameter, r *rand.Rand, style, name func(*rand.Rand) string) *pool {
	k := kindOf(p, r, style, name)
	out := &pool{kind: k, seed: r.Uint64(), owned: k.limit == 0 && r.Float64() < ownedShare}
	size := logUniform(r, minPool, maxPool)
	if out.owned {
		size = logUniform(r, minOwned, maxOwned)
	}
	if k.limit > 0 {
		size = min(size, k.limit)
	}
	out.ranks = newZipf(size, minExponent+r.Float64()*(maxExponent-minExponent))
	return out
}

func fill(t template, pools map[string]*pool, r *rand.Rand, fresh bool) string {
	var b strings.Builder
	owner := ""
	for i, p := range t.parameters {
		from := pools[p.name]
		b.WriteString(t.literals[i])
		last := i == len(t.parameters)-1
		if i == 0 && from.owned { // nobody owns it: it has a pool of the larger sort
			owner = from.kind.make(rand.New(rand.NewPCG(from.seed, uint64(from.ranks.draw(r)))))
		}
		owner = from.value(r, owner, fresh && last)
		b.WriteString(owner)
	}
	b.WriteString(t.literals[len(t.parameters)])
	return b.String()
}

func logUniform(r *rand.Rand, least, most int) int {
	return int(float64(least) * math.Pow(float64(most)/float64(least), r.Float64()))
}

// zipf draws ranks from 0 on: the sums of their weights.
type zipf []float64

func newZipf(n int, exponent float64) zipf {
	z, sum := make(zipf, n), 0.
	for i := range z {
		sum += math.Pow(float64(i+1), -exponent)
		z[i] = sum
	}
	return z
}

func (z zipf) draw(r *rand.Rand) int {
	i, _ := slices.BinarySearch(z, r.Float64()*z[len(z)-1])
	return min(i, len(z)-1)
}

var probes = strings.Fields(`/wp-login.php /.env /.git/config /phpmyadmin/ /admin /administrator/index.php /xmlrpc.php /cgi-bin/test
	/server-status /actuator/health /.aws/credentials /config.json /backup.zip /wp-content/plugins/hello.php /solr/admin/info
	/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /HNAP1 /boaform/admin/formLogin /api/.env /owa/auth/logon.aspx
	/manager/html /console /shell /login.action /index.php /favicon.ico /robots.txt /sitemap.xml /.well-known/security.txt`)

// probe is what a scanner asks for: from a list, or a file that it guesses.
func probe(r *rand.Rand) string {
	if r.IntN(2) == 0 {
		return probes[r.IntN(len(probes))]
	}
	return "/" + text(lower, 3, 8)(r) + []string{".php", ".asp", ".bak", "/", ".sql"}[r.IntN(5)]
}

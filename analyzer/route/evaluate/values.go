package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// A kind makes values of one sort. Where limit is not 0, there are no more of them in use.
type kind struct {
	make  func(r *rand.Rand) string
	limit int
}

const (
	lower = "abcdefghijklmnopqrstuvwxyz"
	hex   = "0123456789abcdef"
	mixed = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	crock = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

var (
	nouns = strings.Fields(`apple river stone cloud house garden tiger falcon market engine window silver copper forest
		mountain harbor bridge castle lantern mirror pocket rocket saddle timber valley walnut winter summer autumn
		spring anchor basket candle dragon eagle feather guitar hammer island jacket kettle ladder magnet needle
		orange pepper quartz ribbon shadow tunnel violin wagon yellow zebra billing payments search checkout
		frontend backend worker gateway cache queue metrics report invoice customer inventory analytics staging
		production test demo main default primary secondary core data web api auth mail media store shop blog`)
	adjectives = strings.Fields(`red blue green big small old new fast slow bright dark quiet loud cold warm happy brave
		calm clever eager gentle jolly kind lively nice proud silly witty zany global local internal external legacy
		modern central eastern western northern southern`)
	first = strings.Fields(`ann bob carol dave erin frank grace heidi ivan judy mallory niaj olivia peggy rupert sybil
		trent victor walter alice peter maria jose wei yuki ahmed fatima olga sven lars ingrid pierre marie giulia
		marco hans klaus priya raj chen li kim lee sofia lucas emma noah mia liam`)
	last = strings.Fields(`smith jones garcia muller schmidt rossi ferrari dubois martin silva santos kim lee chen wang
		patel singh kumar ivanov novak kowalski nielsen hansen johansson andersson virtanen tanaka suzuki sato
		brown taylor wilson moore clark lewis walker hall young king wright`)
	countries  = strings.Fields(`US DE FR GB IT ES PL NL SE NO DK FI BR AR MX CA AU NZ JP CN IN ZA EG NG KE TR GR PT CZ AT`)
	languages  = strings.Fields(`en de fr es it pt nl pl sv da fi ja zh ko ru tr en-US en-GB de-AT fr-CA pt-BR zh-CN`)
	currencies = strings.Fields(`USD EUR GBP JPY CHF SEK NOK DKK PLN CZK AUD CAD NZD CNY INR BRL ZAR`)
	regions    = strings.Fields(`us-east-1 us-east-2 us-west-1 us-west-2 eu-west-1 eu-west-2 eu-central-1 ap-south-1
		ap-northeast-1 ap-southeast-1 ap-southeast-2 sa-east-1 ca-central-1 westeurope northeurope eastus centralus`)
	formats = strings.Fields(`json xml csv html`)
)

func from(list []string) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return list[r.IntN(len(list))] }
}

func text(alphabet string, least, most int) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		b := make([]byte, least+r.IntN(most-least+1))
		for i := range b {
			b[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(b)
	}
}

func integer(r *rand.Rand) string {
	most := []int{100, 10_000, 1_000_000, 2_000_000_000}[r.IntN(4)]
	return strconv.Itoa(1 + r.IntN(most))
}

func uuid(r *rand.Rand) string {
	s := text(hex, 32, 32)(r)
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-a" + s[17:20] + "-" + s[20:]
}

func slug(r *rand.Rand) string {
	switch r.IntN(5) {
	case 0:
		return from(nouns)(r)
	case 1, 2:
		return from(adjectives)(r) + "-" + from(nouns)(r)
	case 3:
		return from(nouns)(r) + "-" + from(nouns)(r) + "-" + strconv.Itoa(r.IntN(100))
	}
	return from(adjectives)(r) + "-" + from(nouns)(r) + "-" + from(nouns)(r)
}

func words(r *rand.Rand) string {
	noun := from(nouns)(r)
	if r.IntN(2) == 0 {
		return noun
	}
	return from(adjectives)(r) + strings.ToUpper(noun[:1]) + noun[1:]
}

func user(r *rand.Rand) string {
	switch r.IntN(5) {
	case 0:
		return from(first)(r)
	case 1:
		return from(first)(r) + "." + from(last)(r)
	case 2:
		return from(first)(r)[:1] + from(last)(r)
	case 3:
		return from(first)(r) + strconv.Itoa(r.IntN(1000))
	}
	return from(first)(r) + from(last)(r)
}

func email(r *rand.Rand) string { return user(r) + "@" + from(nouns)(r) + ".com" }

func date(r *rand.Rand) string {
	return fmt.Sprintf("%d-%02d-%02d", 2020+r.IntN(7), 1+r.IntN(12), 1+r.IntN(28))
}

func title(r *rand.Rand) string {
	s := from(adjectives)(r) + " " + from(nouns)(r)
	return url.PathEscape(strings.ToUpper(s[:1]) + s[1:])
}

func server(r *rand.Rand) string {
	return from(nouns)(r) + "-" + from(nouns)(r) + strconv.Itoa(1+r.IntN(20))
}

// styles are those that an API's identifiers have, mostly one throughout.
var styles = []func(*rand.Rand) string{
	integer, integer, uuid, uuid, text(hex, 24, 24), text(mixed, 11, 11), text(mixed, 22, 22),
	func(r *rand.Rand) string { return "obj_" + text(mixed, 14, 14)(r) },
	text(crock, 26, 26), text("0123456789", 8, 12), text(mixed, 6, 8), text(lower+"0123456789", 10, 10), slug,
}

// names are those that are no identifiers: an API has one style of them too.
var names = []func(*rand.Rand) string{slug, slug, words, server, title}

// byName tells from the name of a parameter what its values are like. The first row serves.
var byName = []struct {
	pattern string
	kind    kind
}{
	{`uuid|guid|subscriptionid|tenantid`, kind{make: uuid}},
	{`e-?mail`, kind{make: email}},
	{`date|_day$|^day$`, kind{make: date}},
	{`year|season`, kind{make: func(r *rand.Rand) string { return strconv.Itoa(2012 + r.IntN(15)) }}},
	{`month|week`, kind{make: func(r *rand.Rand) string { return strconv.Itoa(1 + r.IntN(12)) }}},
	{`country`, kind{make: from(countries), limit: len(countries)}},
	{`lang|locale|culture`, kind{make: from(languages), limit: len(languages)}},
	{`currency`, kind{make: from(currencies), limit: len(currencies)}},
	{`region|location|zone$|datacenter`, kind{make: from(regions), limit: len(regions)}},
	{`^format$|extension|mediatype`, kind{make: from(formats), limit: len(formats)}},
	{`^(api)?-?_?version$`, kind{make: from([]string{"v1", "v2", "v3", "1.0", "1.1", "2.0"}), limit: 6}},
	{`version`, kind{make: func(r *rand.Rand) string { return fmt.Sprintf("%d.%d.%d", r.IntN(4), r.IntN(10), r.IntN(20)) }}},
	{`sha|hash|commit|digest|checksum`, kind{make: text(hex, 40, 40)}},
	{`^ip|ipaddr|ip_addr|ip-addr`, kind{make: func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%d.%d.%d", 1+r.IntN(223), r.IntN(256), r.IntN(256), r.IntN(256))
	}}},
	{`domain|host$|hostname`, kind{make: func(r *rand.Rand) string { return from(adjectives)(r) + from(nouns)(r) + ".com" }}},
	{`zip|postal`, kind{make: text("0123456789", 5, 5)}},
	{`phone|msisdn`, kind{make: text("0123456789", 11, 11)}},
	{`^lat|^lon|^lng|longitude|latitude`, kind{make: func(r *rand.Rand) string { return strconv.FormatFloat(r.Float64()*180-90, 'f', 4, 64) }}},
	{`symbol|ticker`, kind{make: text(upper, 3, 4)}},
	{`file_?name|filename|^file$`, kind{make: func(r *rand.Rand) string { return slug(r) + from([]string{".pdf", ".png", ".csv", ".txt"})(r) }}},
	{`server|machine|^vm|instancename|node`, kind{make: server}},
	{`username|login|owner|author|handle|^user$|screen_?name`, kind{make: user}},
	{`count|limit|offset|page|index|number|^num`, kind{make: func(r *rand.Rand) string { return strconv.Itoa(1 + r.IntN(200)) }}},
}

var (
	patterns = func() (out []*regexp.Regexp) {
		for _, row := range byName {
			out = append(out, regexp.MustCompile(row.pattern))
		}
		return out
	}()
	idName   = regexp.MustCompile(`(?i)id\d?$|sid$|_no$|code$|key$|token$`)
	nameName = regexp.MustCompile(`(?i)name|slug|title|tag|label|category|topic|repo|project|resource|group|namespace|workspace|app|org|team|type|query|term|keyword`)
)

// kindOf is the kind of a parameter's values: what the spec says outright, else what its name
// tells, else what the API has: style for its identifiers, and name for what is none.
func kindOf(p parameter, r *rand.Rand, style, name func(*rand.Rand) string) kind {
	if len(p.enum) > 0 {
		return kind{make: from(p.enum), limit: len(p.enum)}
	}
	switch {
	case p.kind == "integer":
		return kind{make: integer}
	case p.kind == "number":
		return kind{make: func(r *rand.Rand) string { return strconv.FormatFloat(r.Float64()*1000, 'f', 2, 64) }}
	case p.kind == "boolean":
		return kind{make: from([]string{"true", "false"}), limit: 2}
	case p.format == "uuid" || p.format == "guid":
		return kind{make: uuid}
	case p.format == "date":
		return kind{make: date}
	case p.format == "date-time":
		return kind{make: func(r *rand.Rand) string { return date(r) + "T" + fmt.Sprintf("%02d:00:00Z", r.IntN(24)) }}
	case p.format == "email":
		return kind{make: email}
	}
	lowered := strings.ToLower(p.name)
	for i, row := range byName {
		if patterns[i].MatchString(lowered) {
			return row.kind
		}
	}
	switch {
	case p.example != "":
		return kind{make: like(p.example)}
	case idName.MatchString(p.name):
		if r.IntN(5) == 0 {
			style = styles[r.IntN(len(styles))]
		}
		return kind{make: style}
	case nameName.MatchString(p.name):
		return kind{make: name}
	case r.IntN(2) == 0:
		return kind{make: name}
	}
	return kind{make: style}
}

// like makes values that have the shape of an example: digits for digits, letters for letters,
// and words where there are only letters.
func like(example string) func(*rand.Rand) string {
	if !strings.ContainsAny(example, "0123456789") {
		return slug
	}
	return func(r *rand.Rand) string {
		b := []byte(example)
		for i, c := range b {
			switch {
			case '0' <= c && c <= '9':
				b[i] = "0123456789"[r.IntN(10)]
			case 'a' <= c && c <= 'f':
				b[i] = "abcdef"[r.IntN(6)]
			case 'a' <= c && c <= 'z':
				b[i] = lower[r.IntN(26)]
			case 'A' <= c && c <= 'Z':
				b[i] = upper[r.IntN(26)]
			}
		}
		return url.PathEscape(string(b))
	}
}

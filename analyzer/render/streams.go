package render

import "github.com/loganalyze/loganalyze/analyzer"

// streamWords are how documents speak of what a stream counts.
type streamWords struct {
	title string // of its incidents
	head  string // of a column of it
	one   string // of what it counts
	short string // behind a number of them; "" is one, or its plural
	did   string // what requests did that it counts
	again string // behind the share of them after which trying again helped
}

var wordsOf = map[analyzer.Stream]streamWords{
	analyzer.Stream5xx: {
		title: "failures", head: "Failed", one: "failure", short: "failed", did: "failed",
		again: "the failed requests: within a minute the same client was answered on the same route",
	},
	analyzer.Stream4xx: {
		title: "client errors", head: "4xx", one: "client error", did: "got a client error",
		again: "the requests with a client error: within a minute the same client got an answer without one on the same route",
	},
	analyzer.StreamSlow: {
		title: "slow answers", head: "Slow", one: "slow answer", short: "slow", did: "took longer than 99 % on their route usually do",
		again: "the slow requests: within a minute the same client got a quick answer on the same route",
	},
	analyzer.StreamVolume: {title: "unusual traffic", head: "Failed", one: "failure", short: "failed"},
}

// speakOf are the words of a stream; of none they are those of failures.
func speakOf(s analyzer.Stream) streamWords {
	if w, ok := wordsOf[s]; ok {
		return w
	}
	return wordsOf[analyzer.Stream5xx]
}

// happened says how many requests a stream counts.
func (w streamWords) happened(n uint64) string {
	if w.short == "" {
		return counted(n, w.one)
	}
	return count(n) + " " + w.short
}

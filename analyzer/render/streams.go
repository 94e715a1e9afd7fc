package render

import "github.com/loganalyze/loganalyze/analyzer"

// streamWords are how documents speak of what a stream counts.
type streamWords struct {
	title string // of its incidents
	head  string // of a column of it
	one   string // of what it counts
	many  string // several
	short string // behind a number of them; "" is one, or its plural
	did   string // what requests did that it counts
	were  string // the same, in short
	again string // behind "After none of", or a share of them
}

var wordsOf = map[analyzer.Stream]streamWords{
	analyzer.Stream5xx: {
		title: "failures", head: "Failed", one: "failure", many: "failures", short: "failed", did: "failed", were: "failed",
		again: "the failed requests the same client was answered on the same route within a minute",
	},
	analyzer.Stream4xx: {
		title: "client errors", head: "4xx", one: "client error", many: "client errors", did: "got a client error", were: "with one",
		again: "the requests with a client error the same client got an answer without one on the same route within a minute",
	},
	analyzer.StreamSlow: {
		title: "slow answers", head: "Slow", one: "slow answer", many: "slow answers", short: "slow", did: "took longer than 99 % on their route usually do", were: "slow",
		again: "the slow requests the same client got a quick answer on the same route within a minute",
	},
	analyzer.StreamVolume: {title: "unusual traffic", head: "Failed", one: "failure", many: "failures", short: "failed", were: "failed"},
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

// Package incident finds in plain counts what an incident was. Its functions are pure and may be
// called from several goroutines; they know of no logs, and the package imports nothing of this
// project.
//
//	when              Find, Refine   a two-state path through the counts (Kleinberg 2002), its edges by likelihood
//	not asked at all  FindVolume     the same path through the requests, by Poisson's likelihood
//	what failed most  Rank           failures beyond those that are usual for a route
//	what failed first First          an order only where intervals prove one
//	worse, or busier  Kitagawa       the components of a difference between two rates (Kitagawa 1955)
//	what it shares    Suspects       a greedy scan over values of attributes (Kulldorff 1997)
//	who was told      Replay         the burn-rate alerts of the SRE workbook (2018, chapter 5)
//	what changed      Compare and what stands beside it: tests and intervals, each with its source
//
// How well that works on what is simulated, beside a threshold and those alerts, is printed by
//
//	go run ./analyzer/incident/evaluate
//
// It says what failed, when and where. Why it did, no count can tell.
package incident

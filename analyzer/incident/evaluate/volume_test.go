package main

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/loganalyze/loganalyze/analyzer/incident"
)

func TestVolumeChanges(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is one goroutine: run it without -short")
	}
	for _, c := range changes {
		t.Run(fmt.Sprintf("%v a second, %v times as many for %d minutes", c.rps, c.times, c.minutes), func(t *testing.T) {
			for seed := range uint64(2) {
				if found, _, others := c.find(rand.New(rand.NewPCG(seed, 3))); !found || others > 0 {
					t.Errorf("seed %d: found %t, and %d others", seed, found, others)
				}
			}
		})
	}
}

func TestVolumeUsual(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long, and is one goroutine: run it without -short")
	}
	for _, arrivals := range usualTraffic {
		t.Run(arrivals.name, func(t *testing.T) {
			for seed := range uint64(2) {
				bins := arrivals.simulate(rand.New(rand.NewPCG(seed, 4)), func(int64) float64 { return 1 })
				for _, in := range incident.FindVolume(bins, incident.Options{}) {
					t.Errorf("seed %d: from %d for %d s: %d requests, %.4f a second, usual %.4f, score %.1f", seed, in.Start-begin, in.End-in.Start, in.Requests, in.Rate, in.BaselineRate, in.Score)
				}
			}
		})
	}
}

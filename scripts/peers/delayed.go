package main

import (
	"context"
	"fmt"

	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/server"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// all is what has to be cold of each burst.
var all = &table.Must{Least: 1, Most: 1, Every: true, Text: "100 %"}

// delayed measures how many requests of a burst find no environment, over the
// delay line.
func (b *bench) delayed(ctx context.Context) ([]table.Line, error) {
	var lines []table.Line
	for _, p := range []struct {
		name string
		our  hammer.Protocol
		h2   bool
	}{{"HTTP/1.1", hammer.HTTP1, false}, {"HTTP/2", hammer.HTTP2, true}} {
		list := []contestant{b.simulated(ourSender(ours, p.our))}
		list[0].must = all
		for _, s := range b.peerSenders(p.h2) {
			list = append(list, b.simulated(s))
		}
		what := fmt.Sprintf("burst of %d over a round trip of 20 ± 2 ms, cold share at cold 21.5 ms, warm 1.5 ms, %s", b.burst, p.name)
		more, err := b.contest(ctx, []measure{{what, table.Share}}, list...)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

// simulated is a contestant whose value is the cold share of a burst on simulated
// environments behind the delay line.
func (b *bench) simulated(s sender) contestant {
	return contestant{who: s.who, missing: s.missing, run: func(ctx context.Context) ([]float64, error) {
		a, err := b.during(question{Reset: true}, func() error {
			return s.send(ctx, "https://"+b.at.Delayed+server.SimulatedPath, b.burst)
		})
		if err != nil {
			return nil, err
		}
		if a.Requests != b.burst {
			return nil, fmt.Errorf("%d of %d requests arrived", a.Requests, b.burst)
		}
		return []float64{float64(a.Cold) / float64(a.Requests)}, nil
	}}
}

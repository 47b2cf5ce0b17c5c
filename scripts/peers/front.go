package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

// front measures what a front adds to warm requests, which follow each other on one
// connection.
//
// The emulator counts much of its own work into the Duration of its REPORT, which
// would make what it adds look smaller the slower it is. The function is the same
// program, so its own time is taken to be the Duration of our REPORT for both.
func (b *bench) front(ctx context.Context) ([]table.Line, error) {
	assembly, err := b.assembly(stack.Function{Executable: b.executable("health"), MemoryMB: memoryMB})
	if err != nil {
		return nil, err
	}
	what := "warm request through the front, p50"
	lines, err := b.contest(ctx, []measure{{what + ", in total", table.Milliseconds}, {what + " of REPORT's Duration", table.Milliseconds}},
		contestant{who: ours, run: func(ctx context.Context) ([]float64, error) { return b.executorFront(ctx, assembly) }},
		contestant{who: "AWS's emulator", missing: b.tools[tool.Emulator].Missing, run: b.emulatorFront})
	if err != nil {
		return nil, err
	}
	total, own := lines[:2], lines[2]
	var added []table.Line
	for i, l := range total {
		a := table.Line{What: what + " added over the function's own Duration", Who: l.Who, Unit: l.Unit, Missing: l.Missing}
		if own.Missing != "" && a.Missing == "" {
			a.Missing = "what the function itself takes is missing"
		}
		if a.Missing == "" {
			for i, v := range l.Values {
				a.Values = append(a.Values, v-own.Values[i])
			}
		}
		if i > 0 {
			a.Must = &table.Must{Most: 1, Ratio: true, Text: "≤ 1"}
			a.Pair(added[0])
		}
		added = append(added, a)
	}
	return append(added, lines...), nil
}

func (b *bench) executorFront(ctx context.Context, assembly string) ([]float64, error) {
	x, err := startExecutor(ctx, assembly)
	if err != nil {
		return nil, err
	}
	defer x.Close() // its error is of its end, which is not measured
	s, err := hammer.Dial(ctx, x.URL, 1, hammer.Options{})
	if err != nil {
		return nil, err
	}
	defer s.Close() // what matters has been answered
	took, err := oneByOne(1+b.warm, func() (hammer.Result, error) {
		rs, err := release(ctx, s, http.MethodGet, x.URL, 1)
		if err != nil {
			return hammer.Result{}, err
		}
		return rs[0], nil
	})
	if err != nil {
		return nil, err
	}
	reports, err := x.reports(ctx, 1+b.warm)
	if err != nil {
		return nil, err
	}
	own := make([]time.Duration, len(reports))
	for i, r := range reports {
		if r.Cold() != (i == 0) || r.Duration == nil {
			return nil, fmt.Errorf("request %d is not as it was sent", i+1)
		}
		own[i] = *r.Duration
	}
	return middles(took, own), nil
}

func (b *bench) emulatorFront(ctx context.Context) ([]float64, error) {
	at, err := emulatorPorts(1)
	if err != nil {
		return nil, err
	}
	e, err := startEmulator(ctx, b.tools[tool.Emulator].Path, b.executable("health"), at[0], time.Now())
	if err != nil {
		return nil, err
	}
	defer e.end()
	took, err := oneByOne(1+b.warm, func() (hammer.Result, error) { return e.invoke(ctx) })
	if err != nil {
		return nil, err
	}
	reported, err := e.durations(len(took))
	if err != nil {
		return nil, err
	}
	return middles(took, reported), nil
}

// oneByOne sends n requests, and says how long each took from being sent to its
// last byte.
func oneByOne(n int, send func() (hammer.Result, error)) ([]time.Duration, error) {
	took := make([]time.Duration, n)
	for i := range took {
		r, err := send()
		if err != nil {
			return nil, err
		}
		took[i] = *r.Done - *r.Sent
	}
	return took, nil
}

// middles are the medians of what warm requests took in total, and by their
// REPORTs, in ms. The first request is cold.
func middles(took, reported []time.Duration) []float64 {
	return []float64{middle(took[1:]), middle(reported[1:])}
}

func middle(list []time.Duration) float64 {
	ms := make([]float64, len(list))
	for i, d := range list {
		ms[i] = float64(d) / 1e6
	}
	return stats.MedianOf(ms).P50
}

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
// The emulator's REPORT counts its own work into Duration, which makes what it adds
// look smaller. Its INVOKE RTDONE has the runtime's time, as our REPORT does.
func (b *bench) front(ctx context.Context) ([]table.Line, error) {
	assembly, err := b.assembly(stack.Function{Executable: b.executable("health"), MemoryMB: memoryMB})
	if err != nil {
		return nil, err
	}
	what := "warm request through the front, p50"
	return b.contest(ctx, []measure{
		{what + " added over the function's own Duration", table.Milliseconds},
		{what + " added over the Duration of REPORT", table.Milliseconds},
		{what + " in total", table.Milliseconds},
	},
		contestant{who: ours, run: func(ctx context.Context) ([]float64, error) { return b.executorFront(ctx, assembly) }},
		contestant{
			who: "AWS's emulator", missing: b.tools[tool.Emulator].Missing,
			must: &table.Must{Most: 1, Ratio: true, Text: "≤ 1"}, run: b.emulatorFront,
		})
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
	return added(took, own, own), nil
}

func (b *bench) emulatorFront(ctx context.Context) ([]float64, error) {
	e, err := startEmulator(ctx, b.tools[tool.Emulator].Path, b.executable("health"), time.Now())
	if err != nil {
		return nil, err
	}
	defer e.end()
	took, err := oneByOne(1+b.warm, func() (hammer.Result, error) { return e.invoke(ctx) })
	if err != nil {
		return nil, err
	}
	reported, runtime, err := e.durations(len(took))
	if err != nil {
		return nil, err
	}
	if len(reported) != len(took) || len(runtime) != len(took) {
		return nil, fmt.Errorf("%d REPORTs and %d RTDONEs of %d requests", len(reported), len(runtime), len(took))
	}
	return added(took, runtime, reported), nil
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

// added are the medians of what warm requests took beyond their own time, beyond
// the reported one, and in total, in ms. The first request is cold.
func added(took, own, reported []time.Duration) []float64 {
	var beyond, above, total []float64
	for i := 1; i < len(took); i++ {
		beyond = append(beyond, float64(took[i]-own[i])/1e6)
		above = append(above, float64(took[i]-reported[i])/1e6)
		total = append(total, float64(took[i])/1e6)
	}
	return []float64{stats.MedianOf(beyond).P50, stats.MedianOf(above).P50, stats.MedianOf(total).P50}
}

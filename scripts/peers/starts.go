package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

// starts measures how long simultaneous cold starts take, from the first request to
// the last answer. Executor and emulators listen by then.
func (b *bench) starts(ctx context.Context) ([]table.Line, error) {
	assembly, err := b.assembly(stack.Function{Executable: b.executable("health"), MemoryMB: memoryMB})
	if err != nil {
		return nil, err
	}
	return b.contest(ctx, []measure{{fmt.Sprintf("%d simultaneous cold starts, wall", b.scale.starts), table.Milliseconds}},
		contestant{who: ours, run: func(ctx context.Context) ([]float64, error) { return b.executorStarts(ctx, assembly) }},
		contestant{
			who: fmt.Sprintf("AWS's emulator × %d", b.scale.starts), missing: b.tools[tool.Emulator].Missing,
			must: &table.Must{Most: 0.6, Ratio: true, Text: "≤ 0.60"}, run: b.emulatorStarts,
		})
}

func (b *bench) executorStarts(ctx context.Context, assembly string) ([]float64, error) {
	x, err := startExecutor(ctx, assembly)
	if err != nil {
		return nil, err
	}
	defer x.Close() // its error is of its end, which is not measured
	rs, err := x.burst(ctx, b.scale.starts)
	if err != nil {
		return nil, err
	}
	reports, err := x.reports(ctx, b.scale.starts)
	if err != nil {
		return nil, err
	}
	for _, r := range reports {
		if !r.Cold() {
			return nil, errors.New("a request was warm: fewer environments started")
		}
	}
	return []float64{wall(rs)}, nil
}

func (b *bench) emulatorStarts(ctx context.Context) ([]float64, error) {
	epoch := time.Now()
	list := make([]*emulator, b.scale.starts)
	for i := range list {
		e, err := startEmulator(ctx, b.tools[tool.Emulator].Path, b.executable("health"), epoch)
		if err != nil {
			return nil, err
		}
		defer e.end()
		list[i] = e
	}
	results, errs := make([]hammer.Result, len(list)), make([]error, len(list))
	var wg sync.WaitGroup
	for i, e := range list {
		wg.Go(func() { results[i], errs[i] = e.invoke(ctx) })
	}
	wg.Wait()
	return []float64{wall(results)}, errors.Join(errs...)
}

// wall is the time from the first request to the last answer, in ms.
func wall(rs []hammer.Result) float64 {
	var first, last time.Duration
	for i, r := range rs {
		if r.Done == nil {
			continue // failed, and the error says so
		}
		if i == 0 || r.Scheduled < first {
			first = r.Scheduled
		}
		last = max(last, *r.Done)
	}
	return float64(last-first) / 1e6
}

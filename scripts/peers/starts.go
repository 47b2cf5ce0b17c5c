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

// starts measures how long simultaneous cold starts take, to the last answer: from
// the first request, where the executor and all emulators listen by then; and from
// the start of the first emulator, for one makes one environment and no second. The
// executor, which makes as many as are asked for, is there in both.
func (b *bench) starts(ctx context.Context) ([]table.Line, error) {
	assembly, err := b.assembly(stack.Function{Executable: b.executable("health"), MemoryMB: memoryMB})
	if err != nil {
		return nil, err
	}
	var lines []table.Line
	for _, r := range []struct {
		what string
		run  func(context.Context) ([]float64, error)
	}{{"wall", b.emulatorStarts}, {"wall with the start of the emulators", b.emulatorsStart}} {
		more, err := b.contest(ctx, []measure{{fmt.Sprintf("%d simultaneous cold starts, %s", b.scale.starts, r.what), table.Milliseconds}},
			contestant{who: ours, run: func(ctx context.Context) ([]float64, error) { return b.executorStarts(ctx, assembly) }},
			contestant{
				who: fmt.Sprintf("AWS's emulator × %d", b.scale.starts), missing: b.tools[tool.Emulator].Missing,
				must: &table.Must{Most: 0.6, Ratio: true, Text: "≤ 0.60"}, run: r.run,
			})
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

// executorStarts fails where a request was warm, as it may be on a machine so busy
// that it is read when others have been answered.
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
	if err == nil && coldOf(reports) < b.scale.starts {
		err = errors.New("a request was warm")
	}
	return []float64{wall(rs)}, err
}

func (b *bench) emulatorStarts(ctx context.Context) ([]float64, error) {
	at, err := emulatorPorts(b.scale.starts)
	if err != nil {
		return nil, err
	}
	epoch := time.Now()
	list := make([]*emulator, len(at))
	for i := range list {
		e, err := startEmulator(ctx, b.tools[tool.Emulator].Path, b.executable("health"), at[i], epoch)
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
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return []float64{wall(results)}, nil
}

// emulatorsStart starts the emulators together; each is invoked as soon as it
// listens.
func (b *bench) emulatorsStart(ctx context.Context) ([]float64, error) {
	at, err := emulatorPorts(b.scale.starts)
	if err != nil {
		return nil, err
	}
	list, results, errs := make([]*emulator, len(at)), make([]hammer.Result, len(at)), make([]error, len(at))
	epoch := time.Now()
	var wg sync.WaitGroup
	for i := range list {
		wg.Go(func() {
			if list[i], errs[i] = startEmulator(ctx, b.tools[tool.Emulator].Path, b.executable("health"), at[i], epoch); errs[i] == nil {
				results[i], errs[i] = list[i].invoke(ctx)
			}
		})
	}
	wg.Wait()
	var last time.Duration
	for i, e := range list {
		if e != nil {
			e.end()
		}
		if errs[i] == nil {
			last = max(last, *results[i].Done)
		}
	}
	return []float64{float64(last) / 1e6}, errors.Join(errs...)
}

// wall is the time from the first request to the last answer, in ms, of requests
// that were answered.
func wall(rs []hammer.Result) float64 {
	var first, last time.Duration
	for i, r := range rs {
		if i == 0 || r.Scheduled < first {
			first = r.Scheduled
		}
		last = max(last, *r.Done)
	}
	return float64(last-first) / 1e6
}

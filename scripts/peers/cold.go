package main

import (
	"context"
	"fmt"

	"github.com/coldcrank/coldcrank/lambda/reportlog"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// memoryMB is the memory of functions where it is not what is measured: that of
// one vCPU (Lambda Developer Guide, "Configure Lambda function memory").
const memoryMB = 1769

// cold measures how many requests of a burst on the local executor are cold by
// their REPORTs.
func (b *bench) cold(ctx context.Context) ([]table.Line, error) {
	var lines []table.Line
	for _, f := range []struct {
		name     string
		function stack.Function
		must     *table.Must
	}{
		{"function with 25 ms of init", stack.Function{Executable: b.executable("worker"), Environment: map[string]string{"INIT": "25ms"}}, all},
		{"health", stack.Function{Executable: b.executable("health")}, nil},
	} {
		f.function.MemoryMB = memoryMB
		assembly, err := b.assembly(f.function)
		if err != nil {
			return nil, err
		}
		for _, n := range b.scale.cold {
			c := contestant{who: ours, must: f.must, run: func(ctx context.Context) ([]float64, error) { return coldShare(ctx, assembly, n) }}
			what := fmt.Sprintf("cold share on the local executor, %s, burst of %d", f.name, n)
			more, err := b.contest(ctx, []measure{{what, table.Share}}, c)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
	}
	return lines, nil
}

func coldShare(ctx context.Context, assembly string, n int) ([]float64, error) {
	x, err := startExecutor(ctx, assembly)
	if err != nil {
		return nil, err
	}
	defer x.Close() // its error is of its end, which is not measured
	if _, err := x.burst(ctx, n); err != nil {
		return nil, err
	}
	reports, err := x.reports(ctx, n)
	if err != nil {
		return nil, err
	}
	return []float64{float64(coldOf(reports)) / float64(n)}, nil
}

func coldOf(reports []reportlog.Record) (n int) {
	for _, r := range reports {
		if r.Cold() {
			n++
		}
	}
	return n
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// memory measures the executor's own process while environments are up.
func (b *bench) memory(ctx context.Context) ([]table.Line, error) {
	assembly, err := b.assembly(stack.Function{Executable: b.executable("health"), MemoryMB: memoryMB})
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("memory of the executor itself, %d environments up, ", b.environments)
	return b.contest(ctx, []measure{{what + "resident", table.Megabytes}, {what + "proportional", table.Megabytes}}, contestant{
		who: ours, must: &table.Must{Most: 60, Text: "≤ 60 MB"},
		run: func(ctx context.Context) ([]float64, error) { return b.executorMemory(ctx, assembly) },
	})
}

func (b *bench) executorMemory(ctx context.Context, assembly string) ([]float64, error) {
	x, err := startExecutor(ctx, assembly)
	if err != nil {
		return nil, err
	}
	defer x.Close() // its error is of its end, which is not measured
	// Bursts go on until as many environments are up: one that is idle already takes
	// a request of its burst.
	for up, sent := 0, 0; up < b.environments; {
		if sent > 20*b.environments {
			return nil, fmt.Errorf("%d environments are up after %d requests", up, sent)
		}
		if _, err := x.burst(ctx, b.environments); err != nil {
			return nil, err
		}
		sent += b.environments
		reports, err := x.reports(ctx, sent)
		if err != nil {
			return nil, err
		}
		up = coldOf(reports)
	}
	resident, err := kilobytes(fmt.Sprintf("/proc/%d/status", x.PID()), "VmRSS:")
	if err != nil {
		return nil, err
	}
	proportional, err := kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", x.PID()), "Pss:")
	return []float64{resident * 1024 / 1e6, proportional * 1024 / 1e6}, err
}

// kilobytes reads a line "Key: 123 kB" of a file of Linux's /proc.
func kilobytes(name, key string) (float64, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return findKilobytes(f, key)
}

func findKilobytes(r io.Reader, key string) (float64, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) == 3 && fields[0] == key && fields[2] == "kB" {
			n, err := strconv.ParseUint(fields[1], 10, 48)
			return float64(n), err
		}
	}
	return 0, errors.Join(fmt.Errorf("no %s in kB", key), lines.Err())
}

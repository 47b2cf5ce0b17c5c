package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/stack"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// cpu measures what busy threads get of the processor, as a share of what their
// function's memory gives them: a vCPU for each 1,769 MB.
func (b *bench) cpu(ctx context.Context) ([]table.Line, error) {
	mode, err := b.quota(ctx)
	if err != nil {
		return nil, err
	}
	c := contestant{who: ours + ", " + mode, must: &table.Must{Least: 0.97, Most: 1.03, Text: "97–103 %"}}
	if mode == "none" {
		c.who, c.missing = ours, "the executor sets no quota on this machine"
	}
	var lines []table.Line
	for _, mb := range []int{128, 512, 1024, memoryMB} {
		assembly, err := b.assembly(stack.Function{Executable: b.executable("worker"), MemoryMB: mb})
		if err != nil {
			return nil, err
		}
		for _, threads := range []int{1, 2} {
			what := fmt.Sprintf("CPU got in %v against the quota at %d MB, %d busy", b.busy, mb, threads)
			c.run = func(ctx context.Context) ([]float64, error) { return b.got(ctx, assembly, mb, threads) }
			more, err := b.contest(ctx, []measure{{what, table.Share}}, c)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
		}
	}
	return lines, nil
}

// quota is how the executor holds functions to their quota on this machine.
func (b *bench) quota(ctx context.Context) (string, error) {
	assembly, err := b.assembly(stack.Function{Executable: b.executable("health"), MemoryMB: 128})
	if err != nil {
		return "", err
	}
	x, err := startExecutor(ctx, assembly)
	if err != nil {
		return "", err
	}
	return x.Settings["cpuQuota"], x.Close()
}

func (b *bench) got(ctx context.Context, assembly string, mb, threads int) ([]float64, error) {
	x, err := startExecutor(ctx, assembly)
	if err != nil {
		return nil, err
	}
	defer x.Close()                            // its error is of its end, which is not measured
	if _, err := get(ctx, x.URL); err != nil { // init has no quota
		return nil, err
	}
	text, err := get(ctx, fmt.Sprintf("%s?threads=%d&for=%v", x.URL, threads, b.busy))
	if err != nil {
		return nil, err
	}
	ns, err := strconv.ParseInt(text, 10, 64)
	quota := float64(b.busy) * float64(mb) / memoryMB
	return []float64{float64(time.Duration(ns)) / quota}, err
}

func get(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return string(body), err
}

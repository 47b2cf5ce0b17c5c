package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/hammer"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/server"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/tool"
)

// loads measures how many requests of an open-model load leave late by their
// sender's own clock, and how many arrive late by the server's.
func (b *bench) loads(ctx context.Context) ([]table.Line, error) {
	what := fmt.Sprintf("load of %d/s for %v, ", b.rate, b.load)
	return b.contest(ctx, []measure{
		{what + "sent later than 1 ms after schedule", table.Share},
		{what + "arrived later than 1 ms after schedule", table.Share},
	},
		contestant{who: ours, run: func(ctx context.Context) ([]float64, error) { return b.lateShares(ctx, b.ourLoad) }},
		contestant{
			who: "vegeta", missing: b.tools[tool.Vegeta].Missing,
			must: &table.Must{Most: 1, Ratio: true, Text: "≤ 1"},
			run:  func(ctx context.Context) ([]float64, error) { return b.lateShares(ctx, b.vegetaLoad) },
		})
}

func (b *bench) lateShares(ctx context.Context, send func(context.Context, string) ([]time.Duration, error)) ([]float64, error) {
	var sent []time.Duration
	a, err := b.during(question{Reset: true}, func() (err error) {
		sent, err = send(ctx, "https://"+b.at.Direct+server.ArrivalsPath)
		return err
	})
	if err != nil {
		return nil, err
	}
	arrived := make([]time.Duration, len(a.AtNS))
	for i, ns := range a.AtNS {
		arrived[i] = time.Duration(ns)
	}
	want := int(float64(b.rate) * b.load.Seconds())
	if len(sent) != len(arrived) || len(sent) == 0 {
		return nil, fmt.Errorf("%d requests sent and %d arrived of %d", len(sent), len(arrived), want)
	}
	return []float64{lateShare(sent, b.rate, want), lateShare(arrived, b.rate, want)}, nil
}

// lateShare is the share of late ones among n times that ought to follow each other
// at a rate. When the schedule began, no peer says: it is taken to be as late as the
// one allows that was least late, alike for all. What was never sent is late: vegeta
// ends on time, whatever is outstanding.
func lateShare(at []time.Duration, rate, n int) float64 {
	due := func(i int) time.Duration { return time.Duration(i) * time.Second / time.Duration(rate) }
	at = slices.Sorted(slices.Values(at))
	began := at[0]
	for i, t := range at {
		began = min(began, t-due(i))
	}
	tooLate := max(0, n-len(at))
	for i, t := range at {
		if t-due(i)-began > stats.LateAfter {
			tooLate++
		}
	}
	return float64(tooLate) / float64(max(n, len(at)))
}

func (b *bench) ourLoad(ctx context.Context, url string) ([]time.Duration, error) {
	s, err := hammer.Dial(ctx, url, 1, hammer.Options{Protocol: hammer.HTTP1, TLS: anyCertificate})
	if err != nil {
		return nil, err
	}
	defer s.Close() // what matters has been answered
	var sent []time.Duration
	var failed error
	err = s.Load(ctx, hammer.Load{
		Schedule: hammer.Schedule{Arrival: hammer.Constant, Rate: float64(b.rate), For: b.load},
		Request: func(int) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		},
		Done: func(_ int, r hammer.Result) {
			switch {
			case r.Err != nil:
				failed = errors.Join(failed, r.Err)
			case r.Status != http.StatusOK:
				failed = errors.Join(failed, fmt.Errorf("status %d", r.Status))
			default:
				sent = append(sent, *r.Sent)
			}
		},
	})
	return sent, errors.Join(err, failed)
}

func (b *bench) vegetaLoad(ctx context.Context, url string) ([]time.Duration, error) {
	program, file := b.tools[tool.Vegeta].Path, filepath.Join(b.dir, "vegeta")
	if _, err := child.Run(ctx, b.load+patience, "GET "+url+"\n", program, "attack", "-insecure", "-http2=false",
		"-rate="+strconv.Itoa(b.rate)+"/1s", "-duration="+b.load.String(), "-output="+file); err != nil {
		return nil, err
	}
	text, err := child.Run(ctx, patience, "", program, "encode", "-to=csv", file)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file); err != nil {
		return nil, err
	}
	return readVegeta(strings.NewReader(string(text)))
}

// readVegeta reads when vegeta sent each request from its CSV: the nanosecond of
// the Unix epoch, the status, and nine or more other fields (its `encode -h`). Each
// has to be answered with 200.
func readVegeta(r io.Reader) ([]time.Duration, error) {
	lines := csv.NewReader(r)
	var sent []time.Duration
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return sent, nil
		}
		if err != nil {
			return nil, fmt.Errorf("vegeta's CSV: %w", err)
		}
		ns, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil || ns < 0 || len(fields) < 6 {
			return nil, fmt.Errorf("vegeta's CSV: line %d is no request", len(sent)+1)
		}
		if fields[1] != "200" {
			return nil, fmt.Errorf("vegeta: status %s: %s", fields[1], fields[5])
		}
		sent = append(sent, time.Duration(ns))
	}
}

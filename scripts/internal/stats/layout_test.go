package stats

import (
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// laid is a cold sample; a negative number of ms is what nobody said.
func laid(client, response, integration, init, duration float64) *dataset.Sample {
	ns := func(ms float64) *int64 {
		if ms < 0 {
			return nil
		}
		return new(int64(ms * 1e6))
	}
	ms := func(ms float64) *float64 {
		if ms < 0 {
			return nil
		}
		return &ms
	}
	return &dataset.Sample{Phase: dataset.Burst, Outcome: dataset.Cold, SentNS: new(int64(0)), DoneNS: ns(client),
		ResponseLatencyMS: ms(response), IntegrationLatencyMS: ms(integration), InitNS: ns(init), DurationNS: ns(duration)}
}

func TestLayout(t *testing.T) {
	for _, tt := range []struct {
		name    string
		samples []*dataset.Sample
		want    Layout // in ms
	}{
		{"adds up", []*dataset.Sample{laid(40, 30, 28, 20, 2)},
			Layout{N: 1, Client: 40, Network: 10, Gateway: 2, Lambda: 6, Init: 20, Handler: 2}},
		{"warm", []*dataset.Sample{laid(12, 5, 4, -1, 3)},
			Layout{N: 1, Client: 12, Network: 7, Gateway: 1, Lambda: 1, Handler: 3}},
		{"the parts say more than the latency, by rounding", []*dataset.Sample{laid(40, 30, 21, 20, 2)},
			Layout{N: 1, Client: 40, Network: 10, Gateway: 9, Init: 20, Handler: 2, Unexplained: -1}},
		{"integration later than response", []*dataset.Sample{laid(40, 30, 31, 20, 2)},
			Layout{N: 1, Client: 40, Network: 10, Lambda: 9, Init: 20, Handler: 2, Unexplained: -1}},
		{"the gateway waited longer than the client", []*dataset.Sample{laid(29, 30, 30, 20, 2)},
			Layout{N: 1, Client: 29, Lambda: 8, Init: 20, Handler: 2, Unexplained: -1}},
		{"medians that do not add up", []*dataset.Sample{laid(10, 0, 0, 0, 0), laid(12, 12, 0, 0, 0), laid(30, 30, 30, 0, 0)},
			Layout{N: 3, Client: 12, Unexplained: 12}},
		{"samples without a record do not count", []*dataset.Sample{
			laid(40, 30, 28, 20, 2), laid(-1, 1, 1, 1, 1), laid(1, -1, 1, 1, 1), laid(1, 1, -1, 1, 1), laid(1, 1, 1, 1, -1)},
			Layout{N: 1, Client: 40, Network: 10, Gateway: 2, Lambda: 6, Init: 20, Handler: 2}},
	} {
		run := &dataset.Run{Header: dataset.Header{Targets: []dataset.Target{{}}}, Samples: tt.samples}
		want := tt.want
		for _, d := range []*time.Duration{&want.Client, &want.Network, &want.Gateway, &want.Lambda, &want.Init, &want.Handler, &want.Unexplained} {
			*d *= time.Millisecond
		}
		got := Summarize(run)[0].LayoutCold
		if got == nil || *got != want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, want)
			continue
		}
		if sum := got.Network + got.Gateway + got.Lambda + got.Init + got.Handler + got.Unexplained; sum != got.Client {
			t.Errorf("%s: the line says %v and adds up to %v", tt.name, got.Client, sum)
		}
	}
	none := &dataset.Run{Header: dataset.Header{Targets: []dataset.Target{{}}}, Samples: []*dataset.Sample{laid(1, -1, -1, 1, 1)}}
	if got := Summarize(none)[0]; got.LayoutCold != nil || got.LayoutWarm != nil {
		t.Errorf("without an access log: got %+v", got.LayoutCold)
	}
}

// TestRestored: a restored sample is no cold start, and is none that is missing.
func TestRestored(t *testing.T) {
	s := laid(200, 190, 180, -1, 2)
	s.Outcome, s.RestoreNS = dataset.Restored, new(int64(150e6))
	run := &dataset.Run{Header: dataset.Header{Targets: []dataset.Target{{}}}, Samples: []*dataset.Sample{s}}
	got := Summarize(run)[0]
	if got.Verified() != 0 {
		t.Error("a restored sample proves a cold start of a function without SnapStart")
	}
	if want := (Counts{Requested: 1, Restored: 1}); got.Counts != want || got.RestoreBurst.P50 != 150*time.Millisecond || got.LayoutCold != nil {
		t.Errorf("got %+v, restore %v, layout %+v", got.Counts, got.RestoreBurst.P50, got.LayoutCold)
	}
}

// TestVerified: what a target can have is what its requests are held against.
func TestVerified(t *testing.T) {
	counts := Counts{Requested: 20, Cold: 8, Warm: 4, Restored: 2, Failed: 3, LogMissing: 3}
	for startType, want := range map[string]int{"": 8, dataset.StartSnapshot: 10, dataset.StartProvisioned: 14} {
		s := Summary{Target: dataset.Target{StartType: startType}, Counts: counts}
		if got := s.Verified(); got != want {
			t.Errorf("%q: %d verified, want %d", startType, got, want)
		}
	}
}

package price

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

func ExampleUsage_USD() {
	u := Planned(dataset.Target{MemoryMB: 512, Architecture: "arm64"}, 100, 200)
	fmt.Println(u.Requests, u.Billed, Format(u.USD()))
	// Output: 300 2m0s $0.0012
}

func TestUSD(t *testing.T) {
	for _, test := range []struct {
		usage Usage
		want  float64
	}{
		{Usage{}, 0},
		{Usage{Requests: 1_000_000, MemoryMB: 128, Architecture: "arm64"}, 1.20},
		{Usage{Billed: 1_000_000 * time.Second, MemoryMB: 1024, Architecture: "arm64"}, 13.3334},
		{Usage{Billed: 1_000_000 * time.Second, MemoryMB: 1024, Architecture: "x86_64"}, 16.6667},
		{Usage{Billed: 1_000_000 * time.Second, MemoryMB: 128, Architecture: "x86_64"}, 16.6667 / 8},
		{Usage{Requests: 500_000, Billed: 1_000_000 * time.Second, MemoryMB: 2048, Architecture: "arm64"}, 0.60 + 26.6668},
	} {
		if got := test.usage.USD(); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%+v: got %g, want %g", test.usage, got, test.want)
		}
	}
}

func TestMeasured(t *testing.T) {
	sent, billed := new(int64(1)), func(ms int64) *int64 { return new(ms * 1e6) }
	run := &dataset.Run{
		Header: dataset.Header{Targets: []dataset.Target{
			{Key: "S/A", MemoryMB: 512, Architecture: "arm64"}, {Key: "S/B", MemoryMB: 128, Architecture: "x86_64"}, {Key: "S/C"},
		}},
		Samples: []*dataset.Sample{
			{Target: "S/A", SentNS: sent, BilledNS: billed(40)},
			{Target: "S/B", SentNS: sent, BilledNS: billed(7)},
			{Target: "S/A", SentNS: sent, BilledNS: billed(2)},
			{Target: "S/A", SentNS: sent, Outcome: dataset.LogMissing},
			{Target: "S/A", Outcome: dataset.Failed}, // never sent
			{Target: "S/Gone", SentNS: sent, BilledNS: billed(7)},
		},
	}
	want := []Usage{
		{Requests: 3, Billed: 42 * time.Millisecond, Unbilled: 1, MemoryMB: 512, Architecture: "arm64"},
		{Requests: 1, Billed: 7 * time.Millisecond, MemoryMB: 128, Architecture: "x86_64"},
		{},
	}
	if got := Measured(run); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFormat(t *testing.T) {
	for _, test := range []struct {
		usd  float64
		want string
	}{
		{0, "$0"}, {1e-9, "less than $0.000001"}, {0.00000123, "$0.0000012"}, {0.000781, "$0.00078"}, {0.1, "$0.10"},
		{0.999, "$1.00"}, {1, "$1.00"}, {12.345, "$12.35"},
	} {
		if got := Format(test.usd); got != test.want {
			t.Errorf("%g: got %s, want %s", test.usd, got, test.want)
		}
	}
}

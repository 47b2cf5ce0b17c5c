package price

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func question() Question {
	return Question{
		Region: "us-east-1", Architecture: arm64, MemoryMB: 512, Family: OSOnly, ColdShare: 0.01, Day: everyInit,
		Times: Times{Init: 3_400 * time.Microsecond, Cold: 700 * time.Microsecond, Warm: 600 * time.Microsecond, From: "here"},
	}
}

func TestMoney(t *testing.T) {
	m, err := Of(Builtin(), question())
	if err != nil {
		t.Fatal(err)
	}
	want := []Line{
		{"Lambda requests", 0.20, "1,000,000 × $0.20 a million"},
		{"HTTP API requests", 1.00, "1,000,000 × $1.00 a million"},
		{"cold requests", 10_000 * 0.005 * 0.5 * 0.0000133334, "10,000 × 0.005 s × 0.5 GB × $0.0000133334"},
		{"warm requests", 990_000 * 0.001 * 0.5 * 0.0000133334, "990,000 × 0.001 s × 0.5 GB × $0.0000133334"},
	}
	sum := 0.0
	for i, l := range m.Lines {
		if l.Name != want[i].Name || l.Formula != want[i].Formula || math.Abs(l.USD-want[i].USD) > 1e-12 {
			t.Errorf("got %+v, want %+v", l, want[i])
		}
		sum += l.USD
	}
	if len(m.Lines) != len(want) || m.USD != sum || m.Without != nil {
		t.Errorf("got %d lines, together %g of %g, without %v", len(m.Lines), m.USD, sum, m.Without)
	}
	if want := 10_000 * 0.004 * 0.5 * 0.0000133334; math.Abs(m.InitUSD-want) > 1e-12 {
		t.Errorf("init: got %g, want %g", m.InitUSD, want)
	}
	if want := 1.20 + (10_000*0.005+990_000*0.001)*0.5*0.0000166667; m.Other == nil || math.Abs(m.Other.USD-want) > 1e-12 {
		t.Errorf("on the other architecture: got %+v, want %g", m.Other, want)
	}
	if got, want := m.Saves(2*time.Millisecond), 10_000*0.002*0.5*0.0000133334; math.Abs(got-want) > 1e-12 {
		t.Errorf("saves: got %g, want %g", got, want)
	}
	s := m.Sheet()
	for _, text := range []string{"$1.21", "us-east-1", "1 % cold", "arm64", "512 MB"} {
		if !strings.Contains(s.Answer, text) {
			t.Errorf("answer %q lacks %q", s.Answer, text)
		}
	}
}

func TestUSDInFormulas(t *testing.T) {
	for v, want := range map[float64]string{0.2: "$0.20", 1: "$1.00", 0.0000133334: "$0.0000133334", 0.125: "$0.125", 1e-12: "$0.000000000001"} {
		if got := usd(v); got != want {
			t.Errorf("%g: got %s, want %s", v, got, want)
		}
	}
}

// A Region that is not in the table is not priced as another is.
func TestUnknownRegion(t *testing.T) {
	q := question()
	q.Region = "mars-north-1"
	var unknown *UnknownRegionError
	if m, err := Of(Builtin(), q); !errors.As(err, &unknown) || m != nil || !strings.Contains(err.Error(), "--prices") {
		t.Errorf("got %v, %v", m, err)
	}
}

// What the table lacks is said, and no number stands for it.
func TestWithout(t *testing.T) {
	q := question()
	q.Region = "eu-west-1"
	m, err := Of(Builtin(), q)
	if err != nil {
		t.Fatal(err)
	}
	s := m.Sheet()
	if len(m.Without) != 1 || !strings.Contains(s.Answer, "without HTTP API requests") || m.Provisioned != nil {
		t.Errorf("got %v, %+v: %s", m.Without, m.Provisioned, s.Answer)
	}
	q.Architecture = x86
	if m, err = Of(Builtin(), q); err != nil || m.Provisioned == nil {
		t.Errorf("x86_64: got %+v, %v", m, err)
	}
}

// With much init on few requests it pays sooner. Where the difference in price is never
// made up, or only by more requests than one environment serves, it does not pay.
func TestProvisionedPays(t *testing.T) {
	rates := func(ready float64) Rates {
		return Rates{Duration: 0.0000133334, Provisioned: new(0.0000033334), ProvisionedDuration: &ready}
	}
	const ms = time.Millisecond
	for _, test := range []struct {
		rates            Rates
		cold, warm, took time.Duration
		share            float64
		pays             bool
		most             float64
	}{
		{rates(0.0000077778), time.Second, ms, ms, 0.5, true, 10},
		{rates(0.0000077778), 200 * ms, 200 * ms, 200 * ms, 0, true, 5},
		{rates(0.0000077778), 20 * ms, 20 * ms, 20 * ms, 0, false, 10}, // 30 a second are wanted
		{rates(0.0000077778), ms, ms, 600 * time.Microsecond, 0, false, 10},
		{rates(0.0000120000), 200 * ms, 200 * ms, 200 * ms, 0, false, 5}, // 12.5 a second
		{rates(0.0000133334), 200 * ms, 200 * ms, 200 * ms, 0, false, 5},
	} {
		p := test.rates.provisioned(512, test.share, test.cold, test.warm, test.took)
		if p.Pays() != test.pays || math.Abs(p.Most-test.most) > 1e-9 {
			t.Errorf("%+v: got %+v, want pays %v, at most %g", test, p, test.pays, test.most)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, test := range []struct{ table, want string }{
		{`{}`, "date"},
		{`{"date": "2026-11-26"}`, "source"},
		{`{"date": "2026-11-26", "source": "x", "regions": {"a": {"requestsPerMillion": 0.2}}}`, "neither arm64 nor x86_64"},
		{`{"date": "2026-11-26", "source": "x", "regions": {"a": {"arm64": {"duration": 1}}}}`, "region a: price 0 is not above zero"},
		{`{"date": "2026-11-26", "source": "x", "regions": {"a": {"requestsPerMillion": 1, "arm64": {"duration": 1, "provisioned": 1}}}}`, "belong together"},
		{`{"date": "2026-11-26", "source": "x", "regions": {"a": {"requestPerMillion": 1}}}`, "unknown field"},
		{`{"date": "2026-11-26", "source": "x"} {}`, "more after"},
		{`[]`, "cannot unmarshal"},
	} {
		if _, err := Read(strings.NewReader(test.table)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.table, err, test.want)
		}
	}
}

package price

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// cents is a sum as AWS writes it in its examples.
func cents(usd float64) string { return fmt.Sprintf("%.2f", usd) }

// The examples of https://aws.amazon.com/lambda/pricing/ as of November 2026, all at
// the price of US East (N. Virginia), x86_64, each part rounded as AWS rounds it.
func TestPricingPage(t *testing.T) {
	p, err := Builtin().In("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	const freeRequests, freeGBSeconds = 1e6, 400_000
	duration := func(requests float64, each time.Duration, memoryMB int, free float64, rate float64) float64 {
		return (requests*gbSeconds(each, memoryMB) - free) * rate
	}
	requests := func(n float64) float64 { return n / million * p.RequestsPerMillion }
	for _, test := range []struct {
		name string
		got  []float64
		want []string
	}{
		{"mobile application backend", []float64{
			duration(3e6, 120*time.Millisecond, 1536, freeGBSeconds, p.X86.Duration), requests(3e6 - freeRequests),
		}, []string{"2.33", "0.40"}},
		{"enriching streaming telemetry", []float64{
			requests(7.44e6), duration(7.44e6, 2*time.Second, 1024, 0, p.X86.Duration),
		}, []string{"1.49", "248.00"}},
		{"machine learning on support tickets", []float64{
			duration(6e6, 280*time.Millisecond, 4096, freeGBSeconds, p.X86.Duration), requests(6e6 - freeRequests),
		}, []string{"105.33", "1.00"}},
		{"durable functions, on arm64", []float64{
			duration(1e6, 32*time.Second, 1024, freeGBSeconds, p.ARM64.Duration), requests(2e6 - freeRequests),
		}, []string{"421.34", "0.20"}},
		{"tenant isolation", []float64{
			requests(10e6), duration(10e6, 2*time.Second, 1024, 0, p.X86.Duration),
		}, []string{"2.00", "333.33"}}, // AWS writes 333.34: 20,000,000 × 0.0000166667 is 333.334
		{"response streaming", []float64{
			duration(3e6, 500*time.Millisecond, 1536, freeGBSeconds, p.X86.Duration), requests(3e6 - freeRequests),
		}, []string{"30.83", "0.40"}},
		{"provisioned concurrency, application launch", []float64{
			100 * duration(1, 8*time.Hour, 1536, 0, *p.X86.Provisioned), requests(3e6 - freeRequests),
			duration(500_000, 100*time.Millisecond, 1536, 0, *p.X86.ProvisionedDuration),
			duration(2.5e6, 120*time.Millisecond, 1536, freeGBSeconds, p.X86.Duration),
		}, []string{"18.00", "0.40", "0.73", "0.83"}},
		{"provisioned concurrency, Cyber Monday", []float64{
			7 * duration(1, 24*time.Hour, 4096, 0, *p.X86.Provisioned), duration(2e6, 280*time.Millisecond, 4096, 0, *p.X86.ProvisionedDuration), requests(2e6),
		}, []string{"10.08", "21.78", "0.40"}},
	} {
		for i, want := range test.want {
			if got := cents(test.got[i]); got != want {
				t.Errorf("%s, part %d: got %s, want %s", test.name, i+1, got, want)
			}
		}
	}
}

// The second of those examples once more, as a question, which is of a million.
func TestMoneyOfTelemetry(t *testing.T) {
	m, err := Of(Builtin(), Question{
		Region: "us-east-1", Architecture: x86, MemoryMB: 1024, Family: OSOnly, Direct: true, Times: Times{Warm: 2 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cents(7.44*m.USD), "249.49"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The REPORT lines of
// https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/:
// Duration 250.06 ms and Init Duration 100.77 ms are billed 251 ms before and 351 ms
// since August 2025, 1024 MB; of custom runtimes and images 351 ms always.
func TestInitBilling(t *testing.T) {
	before, since := time.Date(2025, 7, 31, 23, 59, 0, 0, time.UTC), time.Date(2025, 8, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		runtime string
		day     time.Time
		wantMS  int
		perM    string // USD a million such requests, without the requests themselves
	}{
		{"python3.13", before, 251, "4.18"}, {"python3.13", since, 351, "5.85"},
		{"provided.al2023", before, 351, "5.85"}, {"provided.al2023", since, 351, "5.85"},
		{"", before, 351, "5.85"}, {"", since, 351, "5.85"},
	} {
		family := FamilyOf(test.runtime)
		if got := family.Billed(100_770*time.Microsecond, 250_060*time.Microsecond, test.day); got != time.Duration(test.wantMS)*time.Millisecond {
			t.Errorf("%q on %s: got %s, want %d ms", test.runtime, test.day, got, test.wantMS)
		}
		m, err := Of(Builtin(), Question{
			Region: "us-east-1", Architecture: x86, MemoryMB: 1024, Family: family, ColdShare: 1, Direct: true, Day: test.day,
			Times: Times{Init: 100_770 * time.Microsecond, Cold: 250_060 * time.Microsecond},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := cents(m.USD - m.Lines[0].USD); got != test.perM {
			t.Errorf("%q on %s: got %s, want %s", test.runtime, test.day, got, test.perM)
		}
		if got, want := m.InitUSD > 0, test.wantMS == 351; got != want {
			t.Errorf("%q on %s: init costs %g", test.runtime, test.day, m.InitUSD)
		}
	}
}

// The same post: provisioned concurrency costs less at more than 60 % use. Requests
// are of 200 ms, since shorter ones than 100 ms cannot fill an environment.
func TestProvisionedFromSixtyPercent(t *testing.T) {
	for _, architecture := range []string{arm64, x86} {
		m, err := Of(Builtin(), Question{
			Region: "us-east-1", Architecture: architecture, MemoryMB: 512, Family: OSOnly, Times: Times{Warm: 200 * time.Millisecond},
		})
		if err != nil {
			t.Fatal(err)
		}
		p := m.Provisioned
		if p == nil || !p.Pays() {
			t.Fatalf("%s: got %+v", architecture, p)
		}
		if math.Abs(*p.Busy-0.6) > 1e-4 || math.Abs(*p.From-3) > 0.001 || p.Most != 5 {
			t.Errorf("%s: from %g a second, busy %g of %g; want 3, 0.6, 5", architecture, *p.From, *p.Busy, p.Most)
		}
		// At that rate a second costs the same either way.
		r := Builtin().Regions["us-east-1"].Rates(architecture)
		onDemand := *p.From * gbSeconds(200*time.Millisecond, 512) * r.Duration
		ready := gbSeconds(time.Second, 512)**r.Provisioned + *p.From*gbSeconds(200*time.Millisecond, 512)**r.ProvisionedDuration
		if math.Abs(onDemand-ready) > 1e-12 {
			t.Errorf("%s: on demand %g, kept ready %g", architecture, onDemand, ready)
		}
	}
}

// What alexcasalboni/aws-lambda-power-tuning publishes: results.cost of its README
// (128 MB, 2.9 ms, when 100 ms was the least that was billed), the two functions of its
// README, and computePrice of test/unit/test-utils.js, at its own rounded price.
func TestPowerTuning(t *testing.T) {
	r := Builtin().Regions["us-east-1"].X86
	cost := func(memoryMB int, d time.Duration) float64 { return gbSeconds(d, memoryMB) * r.Duration }
	if got, want := fmt.Sprintf("%.10f", cost(128, 100*time.Millisecond)), "0.0000002083"; got != want {
		t.Errorf("README, results.cost: got %s, want %s", got, want)
	}
	if got, want := cents(million*cost(1024, 300*time.Millisecond)), cents(million*cost(128, 2400*time.Millisecond)); got != want {
		t.Errorf("README, 2.4 s at 128 MB and 300 ms at 1 GB: got %s and %s, want the same", want, got)
	}
	// 35 s at 128 MB, and what is 14 % cheaper at 1.5 GB: under 3 s, as they say.
	if limit := 0.86 * cost(128, 35*time.Second); cost(1536, 3*time.Second) < limit || cost(1536, 2*time.Second) > limit {
		t.Errorf("README, 35 s at 128 MB: 14 %% less is %g, not between 2 and 3 s at 1.5 GB", limit)
	}
	theirs, err := Read(strings.NewReader(`{"date": "2026-04-13", "source": "power-tuning", "regions": {"us-east-1": {
		"requestsPerMillion": 0.20, "x86_64": {"duration": 0.0000168}}}}`)) // 2.1e-9 a millisecond of 128 MB
	if err != nil {
		t.Fatal(err)
	}
	m, err := Of(theirs, Question{Region: "us-east-1", Architecture: x86, MemoryMB: 1024, Family: OSOnly, Direct: true, Times: Times{Warm: 300 * time.Millisecond}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cents(m.USD-m.Lines[0].USD), "5.04"; got != want {
		t.Errorf("computePrice: got %s, want %s", got, want)
	}
}

// Two more tables of others against the one that is built in: baseCosts of
// power-tuning's template.yml, USD a millisecond of 128 MB in two digits, and
// artillery's lib/platform/aws-lambda/prices.js, USD a GB-second × 10^11. The first
// still has 2.7e-9 for ap-northeast-3, which the second and AWS's calculator do not.
func TestTablesOfOthers(t *testing.T) {
	for region, want := range map[string]string{"ap-east-1": "2.9e-09", "af-south-1": "2.8e-09", "me-south-1": "2.6e-09", "eu-south-1": "2.4e-09", "us-east-1": "2.1e-09", "eu-west-1": "2.1e-09"} {
		if got := fmt.Sprintf("%.2g", Builtin().Regions[region].X86.Duration/8/1000); got != want {
			t.Errorf("power-tuning, %s: got %s, want %s", region, got, want)
		}
	}
	if got := fmt.Sprintf("%.2g", Builtin().Regions["us-east-1"].ARM64.Duration/8/1000); got != "1.7e-09" {
		t.Errorf("power-tuning, arm64: got %s", got)
	}
	for region, want := range map[string][2]float64{
		"us-east-1": {1666670, 1333340}, "af-south-1": {2210000, 1768000}, "ap-east-1": {2292000, 1830000},
		"eu-south-1": {1951720, 1561380}, "me-south-1": {2066670, 1653340}, "ap-northeast-3": {1666670, 1333340},
	} {
		p := Builtin().Regions[region]
		if got := [2]float64{math.Round(p.X86.Duration * 1e11), math.Round(p.ARM64.Duration * 1e11)}; got != want {
			t.Errorf("artillery, %s: got %.0f, want %.0f", region, got, want)
		}
	}
}

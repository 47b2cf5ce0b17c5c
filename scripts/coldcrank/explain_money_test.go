package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/lambda/local"
	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/explain/subject"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

func TestShare(t *testing.T) {
	for text, want := range map[string]float64{"1%": 0.01, "0.01": 0.01, "100 %": 1, "0": 0, "1": 1} {
		if got, err := share(text); err != nil || *got != want {
			t.Errorf("%q: got %v, %v, want %g", text, got, err, want)
		}
	}
	for _, text := range []string{"", "%", "5", "101%", "-1%", "NaN", "x"} {
		if got, err := share(text); err == nil {
			t.Errorf("%q: got %g", text, *got)
		}
	}
}

func TestGivenTimes(t *testing.T) {
	got, err := givenTimes("22ms, 1.6ms,1.2ms")
	if err != nil || got.Init != 22*time.Millisecond || got.Cold != 1600*time.Microsecond || got.Warm != 1200*time.Microsecond {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, text := range []string{"", "1ms", "1ms,2ms", "1ms,2ms,x", "1ms,2ms,3ms,x", "1ms,2ms,-3ms", "1ms,0s,1ms", "1ms,1ms,0s"} {
		if got, err := givenTimes(text); err == nil {
			t.Errorf("%q: got %+v", text, got)
		}
	}
}

// A Region of --prices is priced by that file, another by what is built in, and one
// that neither knows by nothing.
func TestMoneyPrices(t *testing.T) {
	file := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(file, []byte(`{"date": "2026-01-01", "source": "the contract", "regions": {"eu-west-1": {
		"requestsPerMillion": 0.10, "httpRequestsPerMillion": 0.50, "arm64": {"duration": 0.00001}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	m := moneyFlags{times: &price.Times{Init: 3 * time.Millisecond, Cold: time.Millisecond, Warm: time.Millisecond}}
	var err error
	if m.prices, err = pricesFile(file); err != nil {
		t.Fatal(err)
	}
	s := &subject.Subject{Architecture: "arm64", MemoryMB: 1024, Runtime: "provided.al2023", Route: "GET /"}
	for _, test := range []struct {
		region, source string
		usd            float64
	}{{"eu-west-1", "the contract", 0.60 + 0.01*1e6*0.004*0.00001 + 0.99*1e6*0.001*0.00001}, {"us-east-1", price.Builtin().Source, 0}} {
		s.Region = test.region
		got, err := m.of(t.Context(), s, nil)
		if err != nil || got.Source != test.source || test.usd > 0 && got.USD != test.usd {
			t.Errorf("%s: got %+v, %v", test.region, got, err)
		}
	}
	m.region = "mars-north-1"
	if got, err := m.of(t.Context(), s, nil); err == nil || got != nil {
		t.Errorf("unknown Region: got %+v, %v", got, err)
	}
}

// A price file that cannot be used ends the command before anything is synthesized.
func TestMoneyFlagErrors(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "prices.json")
	if err := os.WriteFile(bad, []byte(`{"date": "soon"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"--prices", "no-such-file"}, {"--prices", bad}, {"--cold-share", "5"}, {"--times", "1ms"}} {
		cmd := newExplain()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs(args)
		if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), args[0]) {
			t.Errorf("%v: got %v", args, err)
		}
	}
}

// Without --times the function is started and asked here.
func TestMoneyMeasured(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bootstrap")
	if out, err := exec.Command("go", "build", "-o", file, "github.com/coldcrank/coldcrank/lambda/health").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := &subject.Subject{Architecture: "arm64", MemoryMB: 512, Runtime: "provided.al2023", Region: "us-east-1", Route: "GET /health"}
	s.Program = func(runtimeAPI, tmp string) (local.Program, error) {
		return local.Program{Path: file, Dir: tmp, Env: []string{"AWS_LAMBDA_RUNTIME_API=" + runtimeAPI}}, nil
	}
	m, err := new(moneyFlags).of(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if m.Times.Init <= 0 || m.Times.Cold <= 0 || m.Times.Warm <= 0 || m.ColdShare != dial.DefaultColdShare ||
		!strings.Contains(m.Times.From, "not AWS's") || !strings.Contains(m.Times.From, "GET /health") || strings.Contains(m.Times.From, "error") {
		t.Errorf("got %+v", m.Times)
	}
}

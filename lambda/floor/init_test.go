package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestInit times floor's init, from before its start until its first request
// arrives, by turns with health and with an empty main, the limit of Go: until it
// has ended, and until its first byte arrives, which says less about what a function
// can reach, because nothing asks it for a connection. All are built as the CDK app
// builds them, for this machine. Only where COLDCRANK_E2E_INITS says how many times: what else the
// machine does is in the numbers.
func TestInit(t *testing.T) {
	s := os.Getenv("COLDCRANK_E2E_INITS")
	if s == "" {
		t.Skip("COLDCRANK_E2E_INITS does not ask for times")
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 20 {
		t.Fatalf("COLDCRANK_E2E_INITS is %q, want 20 or more", s)
	}
	programs := []struct {
		name, entry string
		start       func(*testing.T, *exec.Cmd) time.Duration
		most        float64 // of its ratio to the empty main; 0 for any
		took        []float64
		ratios      []float64
	}{
		{name: "empty", entry: "./testdata/empty", start: untilEnd},
		{name: "byte", entry: "./testdata/empty", start: untilByte},
		{name: "floor", entry: ".", start: untilRequest, most: 1.08},
		{name: "health", entry: "../health", start: untilRequest},
	}
	dir := t.TempDir()
	for _, p := range programs {
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc,nethttpomithttp2", "-ldflags=-s -w -buildid=", "-o", filepath.Join(dir, p.name), p.entry)
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOFIPS140=off")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	for i := range n {
		for j := range programs {
			p := &programs[(i+j)%len(programs)] // each goes first in its turn
			p.took = append(p.took, p.start(t, exec.Command(filepath.Join(dir, p.name))).Seconds()*1000)
		}
		for j := range programs {
			programs[j].ratios = append(programs[j].ratios, programs[j].took[i]/programs[0].took[i])
		}
	}
	low, high := interval(n)
	for _, p := range programs {
		slices.Sort(p.took)
		slices.Sort(p.ratios)
		t.Logf("%-6s %.3f ms (median of %d); to the empty main %.3f (95 %% interval %.3f–%.3f)", p.name, p.took[n/2], n, p.ratios[n/2], p.ratios[low], p.ratios[high])
		if p.most > 0 && p.ratios[low] > p.most {
			t.Errorf("%s takes more than %.2f of the empty main", p.name, p.most)
		}
	}
}

// untilRequest starts a function and returns how long it took until the first byte
// of its request for an event was there.
func untilRequest(t *testing.T, cmd *exec.Cmd) time.Duration {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()}
	return until(t, cmd, func() (io.ReadCloser, error) { return l.Accept() })
}

// untilByte starts a program and returns how long it took until the first byte of
// its stderr was there.
func untilByte(t *testing.T, cmd *exec.Cmd) time.Duration {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cmd.Env, cmd.Stderr = []string{}, w
	return until(t, cmd, func() (io.ReadCloser, error) { return r, nil })
}

// untilEnd starts a program and returns how long it took until it had ended.
func untilEnd(t *testing.T, cmd *exec.Cmd) time.Duration {
	t.Helper()
	cmd.Env = []string{}
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}

func until(t *testing.T, cmd *exec.Cmd, open func() (io.ReadCloser, error)) time.Duration {
	t.Helper()
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r, err := open()
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadFull(r, make([]byte, 1))
	took := time.Since(begin)
	r.Close()
	cmd.Process.Kill() // one has ended already
	cmd.Wait()
	if err != nil {
		t.Fatalf("%s: %v", cmd.Path, err)
	}
	return took
}

// interval is the median's 95 % interval of n sorted values by order statistics, in
// the normal approximation of the binomial distribution.
func interval(n int) (low, high int) {
	half := 0
	for float64(half*half) < 1.96*1.96*float64(n)/4 {
		half++
	}
	return max(0, n/2-half), min(n-1, n/2+half)
}

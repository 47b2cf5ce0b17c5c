package conformance

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestInit times the init of the least function, from before its start until its
// first request arrives, by turns with the same function on aws-lambda-go as AWS
// recommends to build it (lambda.norpc, stripped). Only where
// COLDCRANK_E2E_INITS says how many times: what else the machine does is in the
// numbers.
func TestInit(t *testing.T) {
	s := os.Getenv("COLDCRANK_E2E_INITS")
	if s == "" {
		t.Skip("COLDCRANK_E2E_INITS does not ask for times")
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 20 {
		t.Fatalf("COLDCRANK_E2E_INITS is %q, want 20 or more", s)
	}
	dir := t.TempDir()
	var exe [2]string
	for i, name := range []string{"ours", "theirs"} {
		exe[i] = filepath.Join(dir, name)
		cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc", "-ldflags=-s -w -buildid=", "-o", exe[i], "./testdata/least/"+name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	var took [2][]float64 // ms
	var ratios []float64
	for i := range n {
		var ms [2]float64
		for j := range 2 {
			which := (i + j) % 2 // each goes first every other time
			ms[which] = start(t, exe[which]).Seconds() * 1000
			took[which] = append(took[which], ms[which])
		}
		ratios = append(ratios, ms[0]/ms[1])
	}
	slices.Sort(ratios)
	low, high := interval(n)
	t.Logf("%d pairs: lambda/ric %.3f ms, aws-lambda-go %.3f ms (medians); ratio %.3f (95 %% interval %.3f–%.3f)",
		n, median(took[0]), median(took[1]), median(ratios), ratios[low], ratios[high])
	if ratios[high] > 0.6 {
		t.Errorf("the interval of the ratio reaches %.3f, want 0.6 at most", ratios[high])
	}
}

// start starts a program and returns how long it took until its request for the
// first event was there.
func start(t *testing.T, exe string) time.Duration {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command(exe)
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var first [1]byte
	_, err = io.ReadFull(c, first[:])
	took := time.Since(begin)
	c.Close()
	cmd.Process.Kill()
	cmd.Wait() // it was killed
	if err != nil || !strings.HasPrefix("GET", string(first[:])) {
		t.Fatalf("%s: %q, %v", exe, first, err)
	}
	return took
}

func median(list []float64) float64 {
	s := slices.Sorted(slices.Values(list))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// interval is the median's 95 % interval of n sorted values by order statistics,
// in the normal approximation of the binomial distribution.
func interval(n int) (low, high int) {
	half := 0
	for float64(half*half) < 1.96*1.96*float64(n)/4 {
		half++
	}
	return max(0, n/2-half), min(n-1, n/2+half)
}

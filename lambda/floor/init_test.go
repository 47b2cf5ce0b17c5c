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

// TestInit times inits by turns, each from before the start of a program until its
// first request arrives: floor, health, and the least functions on ric and on
// aws-lambda-go; and an empty main, the limit of Go, until it has ended, and until
// its first byte arrives, which says less about what a function can reach, because
// nothing asks it for a connection. All are built as the construct builds them, for
// this machine, those named "entered" with package entry's flag as well. Only where
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
	const empty, awsLambdaGo = 0, 1
	const entered = " -E=coldcrank_entry"
	programs := []struct {
		name, entry string
		ldflags     string // beside the construct's
		start       func(*testing.T, *exec.Cmd) time.Duration
		to          int     // the program that it is held against
		most        float64 // of the ratio to that one; 0 for any
		took        []float64
	}{
		empty:       {name: "empty", entry: "./testdata/empty", start: untilEnd},
		awsLambdaGo: {name: "aws-lambda-go", entry: "./testdata/awslambdago", start: untilRequest},
		{name: "byte", entry: "./testdata/empty", start: untilByte},
		{name: "floor", entry: ".", start: untilRequest, most: 1.08},
		{name: "floor-entered", entry: ".", ldflags: entered, start: untilRequest, most: 1.08},
		{name: "health", entry: "../health", start: untilRequest},
		{name: "ric", entry: "./testdata/ric", start: untilRequest, to: awsLambdaGo},
		{name: "ric-entered", entry: "./testdata/ric", ldflags: entered, start: untilRequest, to: awsLambdaGo},
	}
	dir := t.TempDir()
	for _, p := range programs {
		build(t, p.entry, p.ldflags, filepath.Join(dir, p.name))
	}
	for i := range n {
		for j := range programs {
			p := &programs[(i+j)%len(programs)] // each goes first in its turn
			p.took = append(p.took, p.start(t, exec.Command(filepath.Join(dir, p.name))).Seconds()*1000)
		}
	}
	low, high := interval(n)
	for _, p := range programs {
		to := programs[p.to]
		ratios := make([]float64, n)
		for i := range ratios {
			ratios[i] = p.took[i] / to.took[i]
		}
		slices.Sort(ratios)
		t.Logf("%-13s %.3f ms (median of %d); to %s %.3f (95 %% interval %.3f–%.3f)",
			p.name, slices.Sorted(slices.Values(p.took))[n/2], n, to.name, ratios[n/2], ratios[low], ratios[high])
		if p.most > 0 && ratios[high] > p.most {
			t.Errorf("the interval of %s to %s reaches %.3f, want %.2f at most", p.name, to.name, ratios[high], p.most)
		}
	}
}

// build builds a program and writes the file as unpacking it from a zip would: the
// kernel keeps what the linker has mapped and written in smaller pieces, from which
// a program starts slower by 4 to 11 %, the larger the more.
func build(t *testing.T, entry, ldflags, file string) {
	t.Helper()
	linked := file + ".linked"
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc,nethttpomithttp2", "-ldflags=-s -w -buildid="+ldflags, "-o", linked, entry)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOFIPS140=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(linked)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o755); err != nil {
		t.Fatal(err)
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

//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// BenchmarkCompareMillion compares two runs of 500,000 samples with the real
// command and reports its time and the largest memory that it had.
//
//	go test ./scripts/coldcrank -run '^$' -bench CompareMillion -benchtime 5x
func BenchmarkCompareMillion(b *testing.B) {
	dir := b.TempDir()
	command := filepath.Join(dir, "coldcrank")
	if out, err := exec.Command("go", "build", "-o", command, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	old, new := filepath.Join(dir, "old.jsonl"), filepath.Join(dir, "new.jsonl")
	writeSamples(b, old, "01d0aaaaaaaa", 500_000, 1)
	writeSamples(b, new, "5a3eaaaaaaaa", 500_000, 1.1)
	peak := 0.0
	for b.Loop() {
		cmd := exec.Command(command, "compare", old, new)
		out, err := cmd.Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitSlower {
			b.Fatalf("%v: %s", err, out)
		}
		usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		rss := float64(usage.Maxrss) * 1024
		if runtime.GOOS == "darwin" {
			rss = float64(usage.Maxrss)
		}
		peak = max(peak, rss)
	}
	b.ReportMetric(peak/1e6, "MB-peak")
}

// writeSamples writes a run of n samples as run writes it, a third of them cold.
func writeSamples(tb testing.TB, name, id string, n int, scale float64) {
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	rng := rand.New(rand.NewPCG(1, uint64(1000*scale)))
	w := bufio.NewWriter(f)
	fmt.Fprintf(w, `{"header":{"schema":1,"tool":"coldcrank v1","run":%q,"started":"2026-11-21T12:00:00Z","executor":"aws","burst":5,"rounds":%d,"warm":10,"targets":[{"target":"Shop/Orders","stack":"Shop","name":"Orders","deployment_id":"0","function":"f","url":"https://x","method":"GET","memory_mb":128,"architecture":"arm64"}]}}`+"\n", id, n/15)
	for i := range n {
		phase, outcome, init := "warm", "warm", ""
		if i%15 < 5 {
			phase, outcome = "burst", "cold"
			init = fmt.Sprintf(`"init_ns":%d,`, 10_000*int64(2000*scale*math.Exp(0.04*rng.NormFloat64())))
		}
		sent := int64(i) * int64(time.Millisecond)
		fmt.Fprintf(w, `{"sample":{"target":"Shop/Orders","round":%d,"phase":%q,"index":%d,"outcome":%q,"scheduled_ns":%d,"sent_ns":%d,"first_byte_ns":%d,"done_ns":%d,"dial_ns":20000000,"protocol":"HTTP/1.1","status":200,"bytes":15,"gateway_request_id":"%015x=","request_id":"%08x-0000-4000-8000-%012x","version":"%d","log_stream":"2026/11/22/[%d]%032x","init_type":"on-demand","integration_latency_ms":31,"response_latency_ms":33,%s"duration_ns":%d,"billed_ns":23000000,"memory_mb":128,"max_memory_used_mb":%d}}`+"\n",
			i/15+1, phase, i%15, outcome, sent, sent+1e4, sent+3e7, sent+4e7, rng.Uint64()>>4, rng.Uint32(), rng.Uint64()>>16, i/15+1, i/15+1, rng.Uint64(), init, 10_000*(100+rng.Int64N(80)), 16+rng.IntN(2))
	}
	fmt.Fprintln(w, `{"end":{"finished":"2026-11-21T12:01:00Z","restored":true,"rounds_done":1}}`)
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
}

package dataset

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"
)

// FuzzPlain: whatever is taken as plain means what encoding/json says that it
// means.
func FuzzPlain(f *testing.F) {
	for _, s := range []*Sample{awsSample(1, Burst, 0), {Target: "S/T"}, {Target: `"`, Error: "é"}} {
		text, err := json.Marshal(line{Sample: s})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(`{"sample":{"target":"a","target":"b","round":-0,"index":00}}`)
	f.Add(`{"sample":{"integration_latency_ms":1.50,"status":1e2}}`)
	f.Fuzz(func(t *testing.T, text string) {
		p := &plain{keep: true, known: map[string]string{}}
		got := p.sample(text)
		if got == nil {
			return
		}
		var want line
		if err := json.Unmarshal([]byte(text), &want); err != nil || want.Sample == nil || want.Header != nil || want.End != nil {
			t.Fatalf("%q is plain, and for encoding/json %+v, %v", text, want, err)
		}
		if !reflect.DeepEqual(got, want.Sample) {
			t.Fatalf("%q: %s, want %s", text, show(t, got), show(t, want.Sample))
		}
	})
}

// What the writer writes is read on the fast path, every field of it: a field
// that is forgotten there would make reading slow, and no other test would tell.
func TestWrittenLinesArePlain(t *testing.T) {
	for _, s := range []*Sample{full(t), awsSample(3, Warm, 7), sample(1, 0, Cold)} {
		text, err := json.Marshal(line{Sample: s})
		if err != nil {
			t.Fatal(err)
		}
		p := &plain{keep: true, known: map[string]string{}}
		if got := p.sample(string(text)); !reflect.DeepEqual(got, s) {
			t.Errorf("%s: %s", text, show(t, got))
		}
	}
}

// A scan calls for the same samples as a read keeps, also in a file that was never
// finished, where later lines replace earlier ones.
func TestScanIsRead(t *testing.T) {
	finished := filepath.Join(t.TempDir(), "20261122T101500.000Z-0123.jsonl")
	writeRun(t, finished, 20_000)
	text, err := os.ReadFile(finished)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
	partial := filepath.Join(t.TempDir(), "20261122T101500.000Z-0123.jsonl.partial")
	replaced := bytes.Replace(lines[1], []byte(`"outcome":"cold"`), []byte(`"outcome":"stale"`), 1)
	if err := os.WriteFile(partial, append(bytes.Join(lines[:len(lines)-1], nil), replaced...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{finished, partial} {
		want := readFile(t, name)
		i := 0
		run, err := ScanFile(name, func(s *Sample) {
			if i < len(want.Samples) && !reflect.DeepEqual(s, want.Samples[i]) {
				t.Fatalf("%s, sample %d: %s, want %s", name, i, show(t, s), show(t, want.Samples[i]))
			}
			i++
		})
		if err != nil || i != 20_000 || len(want.Samples) != i {
			t.Fatalf("%s: scanned %d samples, read %d, %v", name, i, len(want.Samples), err)
		}
		if run.Partial != want.Partial || run.Samples != nil || (want.Samples[0].Outcome == Stale) != run.Partial {
			t.Errorf("%s: partial %v, first outcome %q", name, run.Partial, want.Samples[0].Outcome)
		}
	}
}

// awsSample is a sample with all that a joined request on AWS has.
func awsSample(round int, phase Phase, index int) *Sample {
	rng := rand.New(rand.NewPCG(uint64(round), uint64(index)))
	sent := rng.Int64N(1e12)
	s := &Sample{
		Target: "Shop/Orders", Round: round, Phase: phase, Index: index, Outcome: Cold,
		ScheduledNS: sent, SentNS: new(sent + 1e4), FirstByteNS: new(sent + 3e7), DoneNS: new(sent + 4e7), DialNS: new(int64(2e7)),
		Protocol: "HTTP/1.1", Status: 200, Bytes: 15,
		GatewayRequestID: fmt.Sprintf("%015x=", rng.Uint64()>>4), RequestID: fmt.Sprintf("%08x-0000-4000-8000-%012x", rng.Uint32(), rng.Uint64()>>16),
		Version: fmt.Sprint(round), LogStream: fmt.Sprintf("2026/11/22/[%d]%032x", round, rng.Uint64()), InitType: "on-demand",
		IntegrationLatencyMS: new(float64(31)), ResponseLatencyMS: new(float64(33)),
		DurationNS: new(1e6 + rng.Int64N(1e6)), BilledNS: new(int64(23e6)), MemoryMB: new(128), MaxMemoryUsedMB: new(16 + rng.IntN(2)),
	}
	if phase == Burst {
		s.InitNS = new(18e6 + 1e4*rng.Int64N(400))
	} else {
		s.Outcome = WarmStart
	}
	return s
}

// writeRun writes a finished run of n samples, a third of them cold.
func writeRun(tb testing.TB, name string, n int) {
	f, err := os.Create(name)
	if err != nil {
		tb.Fatal(err)
	}
	w := bufio.NewWriter(f)
	put := func(l any) {
		text, err := json.Marshal(l)
		if err != nil {
			tb.Fatal(err)
		}
		w.Write(append(text, '\n')) // Flush tells
	}
	h := header("0123")
	h.Schema = Schema
	h.Targets = []Target{{Key: "Shop/Orders", Stack: "Shop", Name: "Orders", MemoryMB: 128, Architecture: "arm64"}}
	put(map[string]any{"header": h})
	for i := range n {
		phase := Warm
		if i%15 < 5 {
			phase = Burst
		}
		put(line{Sample: awsSample(1+i/15, phase, i%15)})
	}
	put(line{End: &End{Finished: time.Unix(0, 0).UTC(), Restored: true, RoundsDone: n / 15}})
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkMillion reads 1,000,000 samples by ScanFile and, as the peer, line by line
// with encoding/json on one CPU, by turns.
//
//	go test ./scripts/internal/dataset -run '^$' -bench Million -benchtime 3x
func BenchmarkMillion(b *testing.B) {
	name := filepath.Join(b.TempDir(), "run.jsonl")
	writeRun(b, name, 1_000_000)
	var ours, peer time.Duration
	for b.Loop() {
		n, start := 0, time.Now()
		if _, err := ScanFile(name, func(*Sample) { n++ }); err != nil || n != 1_000_000 {
			b.Fatal(n, err)
		}
		ours += time.Since(start)
		start = time.Now()
		f, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		for in := bufio.NewScanner(f); in.Scan(); {
			var l line
			if err := json.Unmarshal(in.Bytes(), &l); err != nil {
				b.Fatal(err)
			}
		}
		f.Close()
		peer += time.Since(start)
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "s/scan")
	b.ReportMetric(float64(peer)/float64(ours), "encoding/json:scan")
}

// A scan's memory does not grow with the file.
func TestScanIsFlat(t *testing.T) {
	name := filepath.Join(t.TempDir(), "run.jsonl")
	writeRun(t, name, 200_000) // some 130 MB
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, peak := 0, uint64(0)
	if _, err := ScanFile(name, func(*Sample) {
		if n++; n%20_000 == 0 {
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapInuse-min(before.HeapInuse, now.HeapInuse))
		}
	}); err != nil {
		t.Fatal(err)
	}
	if limit := uint64(64 << 20); peak > limit {
		t.Errorf("%d samples: %d MB of heap, want at most %d", n, peak>>20, limit>>20)
	}
}

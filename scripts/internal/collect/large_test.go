package collect

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// large is a long run whose log groups others use too: rounds of 50 requests,
// each with two of somebody else's beside it, on pages of 400 events of
// which every other is empty. Lines come up to 20 s late, and each twentieth
// call is throttled.
type large struct {
	*cloud

	mu     sync.Mutex                 // of want, which rounds fill while others come back
	want   map[*dataset.Sample]string // requests not back yet, with Lambda's ids
	wrong  []string
	joined int
}

const (
	largeBurst = 50
	largeRound = 6 * time.Second
)

func newLarge(c *cloud) *large {
	c.pageSize, c.empty = 400, 1
	c.fail = func(n int, _ string) (string, string) {
		switch n % 40 {
		case 7:
			return "ThrottlingException", "Rate exceeded"
		case 27:
			return "LimitExceededException", "Rate exceeded"
		}
		return "", ""
	}
	return &large{cloud: c, want: map[*dataset.Sample]string{}}
}

// round is what the n-th round leaves in the logs.
func (l *large) round(n int, late func(i int) time.Duration) Batch {
	version := fmt.Sprint(n + 2)
	b := l.batch(version, largeBurst)
	for i, s := range b.Samples {
		id := fmt.Sprintf("%d-%d", n, i)
		s.GatewayRequestID = "g" + id
		l.mu.Lock()
		l.want[s] = "r" + id
		l.mu.Unlock()
		for _, other := range []string{"x", "y"} {
			l.access(other+"g"+id, other+id, 0)
			l.put(l.group, l.stream(version, other+id), l.start(other+id, version)+l.report(other+id, 0), 0)
		}
		l.access("g"+id, "r"+id, late(i))
		l.put(l.group, l.stream(version, id), l.report("r"+id, init20), late(i)/2)
		l.put(l.group, l.stream(version, id), l.start("r"+id, version), late(i)/3)
	}
	// Events of so long ago are asked for by nobody: the fake's memory is not
	// what is measured.
	l.cloud.mu.Lock()
	defer l.cloud.mu.Unlock()
	old := l.now().Add(-2*patience - skew)
	l.events = slices.DeleteFunc(l.events, func(e event) bool { return e.at.Before(old) })
	return b
}

func (l *large) done(b Batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range b.Samples {
		l.joined++
		if s.RequestID != l.want[s] || s.Outcome != dataset.Cold || *s.InitNS != int64(init20) {
			l.wrong = append(l.wrong, fmt.Sprintf("%s: %s as %s, want %s", s.GatewayRequestID, s.Outcome, s.RequestID, l.want[s]))
		}
		delete(l.want, s)
	}
}

// check that all requests came back as what they were.
func (l *large) check(requests int) {
	l.t.Helper()
	if l.joined != requests || len(l.wrong) > 0 {
		l.t.Errorf("%d requests came back, %d of them wrong: %q", l.joined, len(l.wrong), l.wrong[:min(len(l.wrong), 5)])
	}
}

// TestTenThousand: every id is matched, at most 5 calls a second are made, and
// what the collector remembers does not grow with the run.
func TestTenThousand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 10_000
		if testing.Short() {
			requests = 1_000
		}
		l := newLarge(newCloud(t))
		var held []int
		var col *Collector
		col = New(func(b Batch) {
			l.done(b)
			held = append(held, remembered(col))
		})
		ended := make(chan error, 1)
		go func() { ended <- col.Run(t.Context()) }()
		target := l.target()
		for n := range requests / largeBurst {
			b := l.round(n, func(i int) time.Duration { return time.Duration((n*7+i*3)%20) * time.Second })
			time.Sleep(time.Second)
			b.Target, b.To = target, time.Now()
			col.Add(b)
			time.Sleep(largeRound - time.Second)
		}
		col.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		l.check(requests)
		throttled := 0
		for i, call := range l.calls {
			if i >= 5 && call.at.Sub(l.calls[i-5].at) < time.Second {
				t.Fatalf("calls %d to %d are within %s", i-5, i, call.at.Sub(l.calls[i-5].at))
			}
			if code, _ := l.fail(i, ""); code != "" {
				throttled++
			}
		}
		t.Logf("%d calls, %d of them throttled, in %s; remembers at most %d things", len(l.calls), throttled,
			l.calls[len(l.calls)-1].at.Sub(l.calls[0].at).Round(time.Second), slices.Max(held))
		third := len(held) / 3
		if testing.Short() {
			return // too short a run to grow
		}
		if early, late := slices.Max(held[third:2*third]), slices.Max(held[2*third:]); late > early*11/10 {
			t.Errorf("remembers up to %d things in the second third of the run and %d in the last", early, late)
		}
	})
}

// remembered counts what a collector holds. It is called by its goroutine.
func remembered(c *Collector) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, a := range c.access {
		n += len(a.early) + len(a.waiting) + len(a.source.seen)
	}
	for _, j := range c.pending {
		n += len(j.byRequest) + len(j.byGateway)
		for _, s := range j.sources {
			n += len(s.seen)
		}
	}
	return n
}

// BenchmarkMemory reports the heap that the collector itself holds at the end
// of runs of different lengths: it is the same.
func BenchmarkMemory(b *testing.B) {
	for _, requests := range []int{2_500, 10_000, 40_000} {
		b.Run(fmt.Sprint(requests), func(b *testing.B) {
			var held int64
			for b.Loop() {
				held = heldAfter(b, requests)
			}
			b.ReportMetric(float64(held)/1e6, "heap-MB")
		})
	}
}

// heldAfter runs in real time, with a clock of its own for events and batches.
func heldAfter(b *testing.B, requests int) int64 {
	l := newLarge(&cloud{t: b, group: "/orders/function", function: "orders"})
	back := make(chan bool)
	col := New(func(b Batch) {
		l.done(b)
		back <- true
	})
	ended := make(chan error, 1)
	go func() { ended <- col.Run(b.Context()) }()
	target := l.target()
	target.LogsPoll = time.Microsecond
	for n := range requests / largeBurst {
		batch := l.round(n, func(int) time.Duration { return 0 })
		l.calls = nil // Run is waiting
		batch.Target = target
		l.ahead += largeRound
		batch.To = l.now()
		col.Add(batch)
		<-back
	}
	col.Close()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	l.check(requests)
	with := heap()
	runtime.KeepAlive(col)
	col = nil
	without := heap()
	runtime.KeepAlive(l) // its events are in neither
	return with - without
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

package rounds

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/infra/outputs"
	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/recycle"
)

// outcome is everything that a run leaves.
type outcome struct {
	Result
	err      error
	samples  []*dataset.Sample
	progress []Progress
	journal  bool // is still there
}

// execute carries out a plan of so many rounds.
func execute(t *testing.T, ctx context.Context, stop <-chan struct{}, n int, targets ...Target) outcome {
	t.Helper()
	return carryOut(t, ctx, stop, Plan{Targets: targets, Rounds: n, Burst: burst, Warm: warm})
}

// carryOut carries out a plan.
func carryOut(t *testing.T, ctx context.Context, stop <-chan struct{}, plan Plan) outcome {
	t.Helper()
	header := dataset.Header{Run: "r1", Started: time.Now()}
	for _, x := range plan.Targets {
		header.Targets = append(header.Targets, dataset.Target{Key: x.String()})
	}
	dir := t.TempDir()
	w, err := dataset.Create(dir, header)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	j := recycle.NewJournal(dir, "r1", header.Started)
	var mu sync.Mutex
	var o outcome
	o.Result, o.err = Run(ctx, stop, plan, w, j, func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		o.progress = append(o.progress, p)
	})
	name, err := w.Finish(dataset.End{})
	if err != nil {
		t.Fatal(err)
	}
	run, err := dataset.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	o.samples = run.Samples
	if _, err := os.Stat(j.File()); err == nil {
		o.journal = true
	} else if !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return o
}

// tally counts samples by target, round, phase and outcome.
func tally(samples []*dataset.Sample) map[string]int {
	m := map[string]int{}
	for _, s := range samples {
		m[fmt.Sprintf("%s %d %s %s", s.Target, s.Round, s.Phase, s.Outcome)]++
	}
	return m
}

// whole is the tally of rounds that went well.
func whole(want map[string]int, target string, rounds ...int) map[string]int {
	if want == nil {
		want = map[string]int{}
	}
	for _, n := range rounds {
		want[fmt.Sprintf("%s %d burst cold", target, n)] = burst
		want[fmt.Sprintf("%s %d warm warm", target, n)] = warm
	}
	return want
}

func checkTally(t *testing.T, o outcome, want map[string]int) {
	t.Helper()
	if got := tally(o.samples); !maps.Equal(got, want) {
		t.Errorf("samples %v, want %v", got, want)
	}
}

// checkRestored checks that nothing is left.
func checkRestored(t *testing.T, w *world, o outcome, before string) {
	t.Helper()
	if got := w.state(); got != before || !o.Restored || o.journal {
		t.Errorf("restored %v, journal %v, left\n%s, want\n%s", o.Restored, o.journal, got, before)
	}
}

// TestFixed: a target that is measured as it is meets no call that changes it,
// and no journal, beside one that is recycled.
func TestFixed(t *testing.T) {
	w := newWorld(t)
	a, b := w.target("A"), w.target("B")
	a.Fixed = "1"
	before := w.state()
	o := execute(t, t.Context(), nil, 2, a, b)
	if o.err != nil {
		t.Fatal(o.err)
	}
	want := whole(nil, "Shop/B", 1, 2)
	want["Shop/A 1 burst cold"], want["Shop/A 1 warm warm"] = burst, warm // then its environments are there
	want["Shop/A 2 burst warm"], want["Shop/A 2 warm warm"] = burst, warm
	checkTally(t, o, want)
	checkRestored(t, w, o, before)
	w.mu.Lock()
	defer w.mu.Unlock()
	for operation := range w.counts {
		if strings.HasSuffix(operation, " A") {
			t.Errorf("%s was called", operation)
		}
	}
}

func TestRun(t *testing.T) {
	w := newWorld(t)
	a, b := w.target("A"), w.target("B")
	a.Auth, a.Method, a.Body = outputs.AuthIAM, http.MethodPost, []byte("hello")
	a.Header = http.Header{"X-Extra": {"yes"}, "Host": {"front.example"}}
	a.URL += "/orders?id=7"
	before := w.state()
	o := execute(t, t.Context(), nil, 3, a, b)
	if o.err != nil {
		t.Fatal(o.err)
	}
	if o.Rounds != 3 || o.Interrupted || o.Warnings != nil {
		t.Errorf("result %+v", o.Result)
	}
	checkTally(t, o, whole(whole(nil, "Shop/A", 1, 2, 3), "Shop/B", 1, 2, 3))
	checkRestored(t, w, o, before)

	// The order: targets take turns, there and back, each turn on a version of its own.
	var turns []string
	for _, r := range w.requests {
		turns = append(turns, r.function+r.version)
	}
	if got, want := slices.Compact(turns), []string{"A2", "B2", "B3", "A3", "A4", "B4"}; !slices.Equal(got, want) {
		t.Errorf("turns %q, want %q", got, want)
	}
	for _, r := range w.requests {
		if r.function == "A" && (r.method != "POST" || r.path != "/A/orders?id=7" || r.body != "hello" || r.extra != "yes" || r.host != "front.example" ||
			!strings.Contains(r.authorization, "/eu-west-1/execute-api/")) {
			t.Errorf("request %+v", r)
		}
		if r.function == "B" && (r.method != "GET" || r.path != "/B" || r.body != "" || r.authorization != "") {
			t.Errorf("request %+v", r)
		}
	}
	for _, s := range o.samples {
		if s.SentNS == nil || s.DoneNS == nil || s.DialNS == nil || *s.SentNS < s.ScheduledNS || *s.DoneNS < *s.SentNS ||
			s.Status != 200 || s.IntegrationLatencyMS == nil || s.DurationNS == nil || s.RequestID == "" || s.LogStream == "" {
			t.Errorf("sample %+v lacks something", s)
		}
		if (s.InitNS != nil) != (s.Outcome == dataset.Cold) {
			t.Errorf("sample %+v", s)
		}
	}

	const requests = 2 * 3 * (burst + warm)
	last := Progress{}
	for _, p := range o.progress {
		if p.Rounds != 3 || p.Round < last.Round || p.Requests < last.Requests || p.Joined < last.Joined || p.Cold < last.Cold || p.Joined > p.Requests {
			t.Errorf("progress %+v after %+v", p, last)
		}
		last = p
	}
	if want := (Progress{Round: 3, Rounds: 3, Requests: requests, Joined: requests, Cold: 2 * 3 * burst}); last != want {
		t.Errorf("last progress %+v, want %+v", last, want)
	}
}

// TestStop: the round under way is finished by all targets, and is the last.
func TestStop(t *testing.T) {
	for _, test := range []struct{ at, rounds int }{
		{0, 0}, // before the first request
		{2*(burst+warm) + 1, 2},
		{4 * (burst + warm), 2},
	} {
		w := newWorld(t)
		a, b := w.target("A"), w.target("B")
		before := w.state()
		stop := make(chan struct{})
		if test.at == 0 {
			close(stop)
		}
		w.on = func(n int) {
			if n == test.at {
				close(stop)
			}
		}
		o := execute(t, t.Context(), stop, 9, a, b)
		if o.err != nil || o.Rounds != test.rounds || !o.Interrupted {
			t.Errorf("stopped at request %d: %+v, %v; want %d rounds, interrupted", test.at, o.Result, o.err, test.rounds)
		}
		checkRestored(t, w, o, before)
		rounds := []int{1, 2}[:test.rounds]
		checkTally(t, o, whole(whole(nil, "Shop/A", rounds...), "Shop/B", rounds...))
	}
}

// TestCancel breaks a run off in the middle of the second round's burst, whose
// requests never get an answer.
func TestCancel(t *testing.T) {
	w := newWorld(t)
	a, b := w.target("A"), w.target("B")
	before := w.state()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	ended := errors.New("ended by the test")
	const first = 2 * (burst + warm)
	w.hold = func(n int) bool { return n > first }
	w.on = func(n int) {
		if n == first+burst {
			cancel(ended)
		}
	}
	o := execute(t, ctx, nil, 9, a, b)
	if !errors.Is(o.err, ended) || o.Rounds != 1 || !o.Interrupted {
		t.Errorf("%+v, %v; want 1 round, interrupted, the cause", o.Result, o.err)
	}
	checkRestored(t, w, o, before)
	for key, n := range tally(o.samples) {
		if !strings.Contains(key, " 1 ") {
			t.Errorf("%d samples %q of a round that was broken off", n, key)
		}
	}
	if got, want := len(o.samples), first; got != want {
		t.Errorf("%d samples, want those of the first round, %d", got, want)
	}
}

// TestCancelWhileLogsAreAwaited: everything was sent, and the patience is an hour.
func TestCancelWhileLogsAreAwaited(t *testing.T) {
	w := newWorld(t)
	a := w.target("A")
	w.muted = true
	before := w.state()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	ended := errors.New("ended by the test")
	go func() {
		for w.state() != before || len(w.answered()) < burst+warm { // restored after the last request
			time.Sleep(time.Millisecond)
		}
		cancel(ended)
	}()
	o := execute(t, ctx, nil, 1, a)
	if !errors.Is(o.err, ended) || o.Rounds != 1 || !o.Interrupted {
		t.Errorf("%+v, %v; want 1 round, interrupted, the cause", o.Result, o.err)
	}
	checkRestored(t, w, o, before)
	checkTally(t, o, map[string]int{"Shop/A 1 burst log missing": burst, "Shop/A 1 warm log missing": warm})
}

func (w *world) answered() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

func TestLogsMissing(t *testing.T) {
	w := newWorld(t)
	a := w.target("A")
	w.muted = true
	a.Patience = 20 * time.Millisecond
	before := w.state()
	o := execute(t, t.Context(), nil, 2, a)
	if o.err != nil || o.Rounds != 2 || o.Interrupted {
		t.Errorf("%+v, %v", o.Result, o.err)
	}
	checkRestored(t, w, o, before)
	checkTally(t, o, map[string]int{
		"Shop/A 1 burst log missing": burst, "Shop/A 1 warm log missing": warm,
		"Shop/A 2 burst log missing": burst, "Shop/A 2 warm log missing": warm})
}

// TestWarmRequests is any number of them, also one that bursts do not divide.
func TestWarmRequests(t *testing.T) {
	for _, n := range []int{0, 1, burst, burst + 1} {
		w := newWorld(t)
		a := w.target("A")
		dir := t.TempDir()
		header := dataset.Header{Run: "r1", Started: time.Now(), Targets: []dataset.Target{{Key: a.String()}}}
		file, err := dataset.Create(dir, header)
		if err != nil {
			t.Fatal(err)
		}
		r, err := Run(t.Context(), nil, Plan{Targets: []Target{a}, Rounds: 1, Burst: burst, Warm: n}, file,
			recycle.NewJournal(dir, "r1", header.Started), func(Progress) {})
		if err != nil || r.Rounds != 1 || len(w.requests) != burst+n {
			t.Errorf("%d warm requests: %+v, %v, %d requests", n, r, err, len(w.requests))
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}

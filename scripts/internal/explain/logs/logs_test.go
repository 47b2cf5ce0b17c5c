package logs

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/price"
)

// aRun is one on AWS: ten cold starts of 20 ms and 2 ms that wait for 100 ms, ten warm
// requests of 1 ms that wait for 5 ms, and one of each other kind.
func aRun() *dataset.Run {
	run := &dataset.Run{Header: dataset.Header{
		Run: "ab12", Started: time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC), Executor: dataset.ExecutorAWS,
		Targets: []dataset.Target{
			{Key: "Shop/Orders", Name: "Orders", Region: "eu-west-1", DeploymentID: "d1", MemoryMB: 512},
			{Key: "Shop/Other", Name: "Other"},
		},
	}}
	add := func(phase dataset.Phase, outcome dataset.Outcome, stream string, init, took time.Duration, latency float64, more func(*dataset.Sample)) {
		s := &dataset.Sample{Target: "Shop/Orders", Phase: phase, Outcome: outcome, LogStream: stream, DurationNS: new(int64(took)), IntegrationLatencyMS: &latency}
		if init > 0 {
			s.InitNS = new(int64(init))
		}
		if more != nil {
			more(s)
		}
		run.Samples = append(run.Samples, s)
	}
	const ms = time.Millisecond
	for i := range 10 {
		stream := string(rune('a' + i))
		add(dataset.Burst, dataset.Cold, stream, 20*ms, 2*ms, 122, nil)
		add(dataset.Warm, dataset.WarmStart, stream, 0, ms, 6, nil)
	}
	add(dataset.Burst, dataset.WarmStart, "p", 0, 2*ms, 4, func(s *dataset.Sample) { s.InitType = dataset.StartProvisioned })
	add(dataset.Burst, dataset.WarmStart, "f", 0, 40*ms, 10_050, func(s *dataset.Sample) { s.InitFailed = "timeout" })
	add(dataset.Burst, dataset.Restored, "r", 0, 3*ms, 30, func(s *dataset.Sample) { s.RestoreNS = new(int64(20 * ms)) })
	add(dataset.Burst, dataset.Failed, "x", 0, ms, 2, func(s *dataset.Sample) { s.InitFailed = "error" })
	add(dataset.Burst, dataset.Stale, "y", 20*ms, ms, 40, nil)
	add(dataset.Load, dataset.Cold, "z", time.Hour, ms, 40, nil)
	run.Samples = append(run.Samples,
		&dataset.Sample{Target: "Shop/Orders", Phase: dataset.Burst, Outcome: dataset.LogMissing},
		&dataset.Sample{Target: "Shop/Other", Phase: dataset.Burst, Outcome: dataset.Cold, InitNS: new(int64(time.Hour))})
	return run
}

func TestOf(t *testing.T) {
	l := Of(aRun(), "Shop/Orders", 512)
	if l == nil {
		t.Fatal("the run has the target")
	}
	const ms = time.Millisecond
	type row struct {
		start                Start
		n, environments      int
		init, duration, rest time.Duration
	}
	want := []row{
		{Cold, 10, 10, 20 * ms, 2 * ms, 100 * ms},
		{Repeated, 2, 2, 0, 20*ms + ms/2, 5005*ms + ms/2},
		{Restored, 1, 1, 20 * ms, 3 * ms, 7 * ms},
		{Provisioned, 1, 1, 0, 2 * ms, 2 * ms},
		{Warm, 10, 10, 0, ms, 5 * ms},
	}
	var got []row
	for _, r := range l.Requests {
		got = append(got, row{r.Start, r.N, r.Environments, r.Init.P50, r.Duration.P50, r.Rest.P50})
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if want := map[string]int{"timeout": 1, "error": 1}; !reflect.DeepEqual(l.Failed, want) {
		t.Errorf("failed inits: got %v, want %v", l.Failed, want)
	}
	if want := map[dataset.Outcome]int{dataset.Stale: 1, dataset.LogMissing: 1}; !reflect.DeepEqual(l.Uncounted, want) {
		t.Errorf("not counted: got %v, want %v", l.Uncounted, want)
	}
	times, ok := l.Times()
	if want := (price.Times{Init: 20 * ms, Cold: 2 * ms, Warm: ms, From: "medians of run ab12 on AWS, eu-west-1"}); !ok || times != want {
		t.Errorf("got %+v, %v, want %+v", times, ok, want)
	}
}

// A target is found by its stack and name, by a name that only one has, and of a memory
// dial by the size; nothing else stands for it.
func TestName(t *testing.T) {
	run := aRun()
	run.Header.Targets = append(run.Header.Targets,
		dataset.Target{Key: "Shop/Cart@128MB", DialOf: "Shop/Cart", MemoryMB: 128},
		dataset.Target{Key: "Shop/Cart@512MB", DialOf: "Shop/Cart", MemoryMB: 512},
		dataset.Target{Key: "Eu/Login"}, dataset.Target{Key: "Us/Login"})
	for target, want := range map[string]string{
		"Shop/Orders": "Shop/Orders", "Test/Orders": "Shop/Orders", "Shop/Cart": "Shop/Cart@512MB", "Test/Cart": "Shop/Cart@512MB", "Us/Login": "Us/Login", "Dev/Login": "", "Shop/None": "",
	} {
		got := ""
		if l := Of(run, Name(run, target), 512); l != nil {
			got = l.Target
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", target, got, want)
		}
	}
	if l := Of(run, "Shop/Cart", 256); l != nil {
		t.Errorf("a size that was not measured: got %+v", l)
	}
}

func TestSheet(t *testing.T) {
	l := Of(aRun(), "Shop/Orders", 512)
	l.Here = "d2"
	s := l.Sheet()
	if want := "Init Duration 20.00 (20.00 to 20.00) ms of 10 cold starts on AWS, eu-west-1; 100.00 (100.00 to 100.00) ms of the request are neither init nor invocation, of a warm one 5.00 (5.00 to 5.00)"; s.Answer != want {
		t.Errorf("got  %s\nwant %s", s.Answer, want)
	}
	want := [][]string{
		{"cold", "10", "10", "20.00 (20.00 to 20.00)", "2.00 (2.00 to 2.00)", "100.00 (100.00 to 100.00)"},
		{"repeated", "2", "2", "in the invocation", "20.50", "5005.50"},
		{"restored", "1", "1", "20.00", "3.00", "7.00"},
		{"provisioned", "1", "1", "before it", "2.00", "2.00"},
		{"warm", "10", "10", "inherited", "1.00 (1.00 to 1.00)", "5.00 (5.00 to 5.00)"},
	}
	if !reflect.DeepEqual(s.Tables[0].Rows, want) {
		t.Errorf("got  %q\nwant %q", s.Tables[0].Rows, want)
	}
	notes := strings.Join(s.Notes, "\n")
	for _, want := range []string{"INIT_REPORT says of inits that failed, and were repeated in an invocation: error 1, timeout 1", "not counted: log missing 1, stale 1", "deployment d1; what is here, and explained beside it, is d2"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}

	none := Of(&dataset.Run{Header: dataset.Header{Executor: dataset.ExecutorLocal, Targets: []dataset.Target{{Key: "Shop/Orders"}}}}, "Shop/Orders", 512)
	if _, ok := none.Times(); ok {
		t.Error("times of no requests")
	}
	if s := none.Sheet(); s.Answer != "no request waited for an init on the local executor, not AWS" || s.Tables != nil {
		t.Errorf("got %+v", s)
	}
}

package export

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

// read parses what Benchfmt writes with the parser of benchstat.
func read(t *testing.T, text string) (results []*benchfmt.Result) {
	t.Helper()
	r := benchfmt.NewReader(strings.NewReader(text), "show")
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.Result:
			results = append(results, rec.Clone())
		default:
			t.Errorf("%T: %v", rec, rec)
		}
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	return results
}

func TestBenchfmt(t *testing.T) {
	local, aws := example.Local(12), example.Again(example.OnAWS(), "77aa", "c04dd0ce")
	local.Header.Targets[0].Stack = "" // an old file
	aws.Samples[0].InitNS = nil
	results := read(t, written(t, Benchfmt, local, aws))
	if got, want := len(results), len(local.Samples)+len(aws.Samples); got != want {
		t.Fatalf("%d results, want %d", got, want)
	}
	first, last := results[0], results[len(results)-1]
	for _, tt := range []struct {
		of        *benchfmt.Result
		key, want string
	}{
		{first, "executor", "local"}, {last, "executor", "aws"},
		{first, "platform", "linux/amd64"}, {last, "platform", "linux/arm64"},
		{first, "cpu", "Example CPU @ 2.10GHz amd64, 2 CPUs, linux"}, {last, "cpu", ""},
		{first, "settings", "page cache=warm"}, {last, "settings", ""},
		{first, "memory-mb", "512"}, {first, "via", "api"}, {first, "start-type", "on-demand"},
		{first, "deployment", "3f9a2c1e5b7d4a60918273645a5b6c7d"}, {last, "deployment", "c04dd0ce"},
	} {
		if got := tt.of.GetConfig(tt.key); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.key, got, tt.want)
		}
	}
	if got, want := string(first.Name), "Coldcrank%2FHealth/start=cold"; got != want {
		t.Errorf("name: got %s, want %s", got, want)
	}
	if got, want := string(last.Name), "Coldcrank.Health/start=warm"; got != want {
		t.Errorf("name: got %s, want %s", got, want)
	}
	sample := local.Samples[0]
	if v, ok := first.Value("init-sec"); !ok || fmt.Sprintf("%.9f", v) != fmt.Sprintf("%.9f", float64(*sample.InitNS)/1e9) {
		t.Errorf("init: got %v, want %d ns", v, *sample.InitNS)
	}
	if v, ok := first.Value("max-memory-mb"); !ok || v != 11 {
		t.Errorf("memory: got %v, want 11", v)
	}
	if _, ok := results[len(local.Samples)].Value("init-sec"); ok {
		t.Error("an init of which the sample says nothing")
	}
}

func TestBenchfmtStarts(t *testing.T) {
	bad := example.Troubled()
	for _, tt := range []struct {
		run  *dataset.Run
		want map[string]int
	}{
		{example.Restored(), map[string]int{"restored": 12, "warm": 20}},
		{example.Provisioned(), map[string]int{"provisioned": 12, "warm": 20}},
		{bad, map[string]int{"cold": 52, "warm": 19}}, // what counts, and nothing else
	} {
		got := map[string]int{}
		for _, r := range read(t, written(t, Benchfmt, tt.run)) {
			_, start, _ := strings.Cut(string(r.Name), "/start=")
			got[start]++
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("got %v, want %v", got, tt.want)
		}
	}
}

func TestBenchmarkName(t *testing.T) {
	tests := []struct{ stack, name, key, want string }{
		{"Shop", "Orders", "Shop/Orders@main", "Shop.Orders"},
		{"Shop-8", "Orders 2", "", "Shop-8.Orders%202"},
		{"a/b", "c=d%", "", "a%2Fb.c%3Dd%25"},
		{"é", "\n", "", "%C3%A9.%0A"},
		{"", "", "S/O", "S%2FO"},
		{"", "", "", "Target"},
	}
	for _, tt := range tests {
		if got := benchmarkName(&dataset.Target{Stack: tt.stack, Name: tt.name, Key: tt.key}); got != tt.want {
			t.Errorf("%q, %q, %q: got %s, want %s", tt.stack, tt.name, tt.key, got, tt.want)
		}
	}
}

// FuzzBenchfmt puts text wherever there is some: no line becomes another.
func FuzzBenchfmt(f *testing.F) {
	f.Add("plain")
	f.Add("x\nBenchmarkEvil 1 1 ns/op\nkey: value\nUnit ns/op better=higher")
	f.Add("Unit a b=c")
	f.Add("=\u2028\u0085 \xff\r")
	f.Add(strings.Repeat("long ", 20_000))
	f.Fuzz(func(t *testing.T, text string) {
		run := example.Local(2)
		h := &run.Header
		h.Run, h.Executor, h.Labels = text, dataset.ExecutorLocal, map[string]string{text: text}
		h.Machine.CPU, h.ExecutorSettings = text, map[string]string{text: text}
		x := &h.Targets[0]
		x.Key, x.Stack, x.Name, x.DeploymentID, x.Platform, x.Commit, x.GoVersion = text, text, text, text, text, text, text
		for _, s := range run.Samples {
			s.Target = text
		}
		var known []string
		for _, c := range configuration(h, x) {
			known = append(known, c.key)
		}
		results := read(t, written(t, Benchfmt, run))
		if len(results) != len(run.Samples) {
			t.Errorf("%d results, want %d", len(results), len(run.Samples))
		}
		for _, r := range results {
			for _, c := range r.Config {
				if c.File && !slices.Contains(known, c.Key) {
					t.Errorf("key %q: %q", c.Key, c.Value)
				}
			}
		}
	})
}

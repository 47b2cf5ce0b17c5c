package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// measuredRun is a run of two targets whose cold starts take init and more.
func measuredRun(n int, deployment string, init time.Duration) *dataset.Run {
	run := &dataset.Run{Header: dataset.Header{
		Schema: dataset.Schema, Tool: "coldcrank v1", Run: fmt.Sprintf("%012x", n), Started: time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC),
		Executor: dataset.ExecutorAWS, Burst: 5, Rounds: 5, Warm: 3, Labels: map[string]string{"pr": strconv.Itoa(40 + n)},
	}, End: &dataset.End{Restored: true, RoundsDone: 5}}
	r := rand.New(rand.NewPCG(uint64(n), 7))
	for i, name := range []string{"Orders", "Health"} {
		t := dataset.Target{
			Key: "Shop/" + name, Stack: "Shop", Name: name, DeploymentID: deployment, Function: "f", URL: "https://x", Method: "GET",
			MemoryMB: 512, Architecture: "arm64", Platform: "linux/arm64", Commit: strings.Repeat(fmt.Sprintf("%08x", 0x8ebaa7ad+n*0x1b3d5e7), 5), GoVersion: fmt.Sprintf("go1.26.%d", n),
		}
		run.Header.Targets = append(run.Header.Targets, t)
		for k := range 25 {
			took := (i+1)*int(init) + r.IntN(int(init)/5)
			run.Samples = append(run.Samples, &dataset.Sample{
				Target: t.Key, Round: k/5 + 1, Phase: dataset.Burst, Index: k % 5, Outcome: dataset.Cold, Status: 200,
				SentNS: new(int64(1000)), DoneNS: new(int64(took + 5_000_001)), InitNS: new(int64(took)), DurationNS: new(int64(1_400_000 + r.IntN(300_000))),
				BilledNS: new(int64(took/1e6+2) * 1e6), MaxMemoryUsedMB: new(16 + r.IntN(3)),
			})
		}
		for k := range 14 { // an even number: the median is between two of them
			run.Samples = append(run.Samples, &dataset.Sample{
				Target: t.Key, Round: k%5 + 1, Phase: dataset.Warm, Index: k / 5, Outcome: dataset.WarmStart, Status: 200,
				SentNS: new(int64(1000)), DoneNS: new(int64(2_500_000 + r.IntN(300_000))), DurationNS: new(int64(900_000 + r.IntN(300_000))), BilledNS: new(int64(2e6)),
			})
		}
	}
	// What counts as nothing is in no median.
	run.Samples[3].Outcome, run.Samples[4].Outcome = dataset.Stale, dataset.LogMissing
	return run
}

// store writes a results file.
func store(t *testing.T, dir string, run *dataset.Run) string {
	t.Helper()
	name := filepath.Join(dir, run.Header.Run+".jsonl")
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	write := func(kind string, v any) {
		if err := e.Encode(map[string]any{kind: v}); err != nil {
			t.Fatal(err)
		}
	}
	write("header", run.Header)
	for _, s := range run.Samples {
		write("sample", s)
	}
	write("end", run.End)
	if err := os.WriteFile(name, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// shownAs is what show prints of files.
func shownAs(t *testing.T, format string, files ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := execute(t.Context(), append([]string{"show", "--format", format}, files...), nil, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
		t.Fatalf("show --format %s: exit code %d, %s", format, code, &stderr)
	}
	return stdout.String()
}

// cellKey is a median of benchstat: its table, line and column.
type cellKey struct{ unit, row, deployment string }

// expected collects what each cell of benchstat -col deployment is the median of.
func expected(runs []*dataset.Run) map[cellKey]float64 {
	values := map[cellKey][]time.Duration{}
	for _, run := range runs {
		for _, s := range run.Samples {
			start := map[dataset.Outcome]string{dataset.Cold: "cold", dataset.WarmStart: "warm"}[s.Outcome]
			if start == "" {
				continue
			}
			row := strings.ReplaceAll(s.Target, "/", ".") + "/start=" + start
			add := func(unit string, v *int64) {
				if v != nil {
					k := cellKey{unit, row, run.Header.Targets[0].DeploymentID}
					values[k] = append(values[k], time.Duration(*v))
				}
			}
			add("init-sec", s.InitNS)
			add("duration-sec", s.DurationNS)
			add("client-sec", new(*s.DoneNS-*s.SentNS))
			add("billed-sec", s.BilledNS)
			if m := s.MaxMemoryUsedMB; m != nil {
				add("max-memory-mb", new(int64(*m)*1e9)) // as if it were seconds
			}
		}
	}
	medians := map[cellKey]float64{}
	for k, v := range values {
		medians[k] = stats.Distribute(v).P50.Seconds()
	}
	return medians
}

// cells are the medians that benchstat -format csv prints.
func cells(t *testing.T, text string) map[cellKey]float64 {
	t.Helper()
	found := map[cellKey]float64{}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	lines, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var deployments, units []string
	for i, l := range lines {
		switch {
		case len(l) < 2 || l[0] == "geomean":
		case l[0] == "" && i+1 < len(lines) && lines[i+1][0] == "" && len(lines[i+1]) == len(l):
			deployments = l
		case l[0] == "":
			units = l
		default:
			for k, unit := range units {
				if deployments[k] == "" || k >= len(l) || l[k] == "" {
					continue
				}
				v, err := strconv.ParseFloat(l[k], 64)
				if err != nil {
					t.Fatal(err)
				}
				found[cellKey{unit, l[0], deployments[k]}] = v
			}
		}
	}
	return found
}

// TestBenchstat asks Go's benchstat for the medians of what show writes as benchfmt,
// by deployment, and holds them against ours.
func TestBenchstat(t *testing.T) {
	if testing.Short() {
		t.Skip("builds benchstat")
	}
	dir := t.TempDir()
	benchstat := filepath.Join(dir, "benchstat")
	must(t, run(t, ".", nil, "go", "build", "-o", benchstat, "golang.org/x/perf/cmd/benchstat"))
	runs := []*dataset.Run{
		measuredRun(1, "3f9a2c1e5b7d4a60918273645a5b6c7d", 18*time.Millisecond), measuredRun(2, "3f9a2c1e5b7d4a60918273645a5b6c7d", 18*time.Millisecond),
		measuredRun(3, "c04dd0ce5b7d4a60918273645a5b6c7d", 25*time.Millisecond), measuredRun(4, "99", 20*time.Millisecond),
	}
	var files []string
	for _, run := range runs {
		files = append(files, store(t, dir, run))
	}
	text := filepath.Join(dir, "bench.txt")
	if err := os.WriteFile(text, []byte(shownAs(t, "benchfmt", files...)), 0o644); err != nil {
		t.Fatal(err)
	}
	read := func(args ...string) string {
		t.Helper()
		out := must(t, runIn(t, dir, os.Environ(), benchstat, args...))
		for line := range strings.Lines(out.stderr) {
			if !strings.Contains(line, "all samples are equal") { // what benchstat says of billed times
				t.Errorf("benchstat %s: %s", strings.Join(args, " "), line)
			}
		}
		return out.stdout
	}

	want := expected(runs)
	got := cells(t, read("-format", "csv", "-col", "deployment", text))
	if len(got) != len(want) || len(got) != 3*2*(5+3) {
		t.Errorf("%d medians, want %d: 3 deployments, 2 targets, 5 cold and 3 warm readings", len(got), len(want))
	}
	for k, w := range want {
		if math.Abs(got[k]-w) > 1e-9 { // a Duration is whole ns, the mean of two of them is not
			t.Errorf("%v: benchstat %v, ours %v", k, got[k], w)
		}
	}

	// One table a unit, though runs differ in commit, date and labels.
	table := read("-col", "deployment", text)
	if n := strings.Count(table, "executor: "); n != 1 {
		t.Errorf("%d configurations, want one:\n%s", n, table)
	}
	one := cells(t, read("-format", "csv", "-col", "deployment", "-row", "/start", "-filter", ".unit:init-ns .name:Shop.Orders deployment:c04dd0ce5b7d4a60918273645a5b6c7d", text))
	k := cellKey{"init-sec", "Shop.Orders/start=cold", "c04dd0ce5b7d4a60918273645a5b6c7d"}
	if v := one[cellKey{k.unit, "cold", k.deployment}]; len(one) != 1 || math.Abs(v-want[k]) > 1e-9 {
		t.Errorf("filtered: got %v, want %v alone", one, want[k])
	}

	// What show itself says of a run.
	var r report
	if err := json.Unmarshal([]byte(shownAs(t, "json", files[2])), &r); err != nil {
		t.Fatal(err)
	}
	if p50 := r.Summaries[0].Init.P50.Seconds(); math.Abs(got[k]-p50) > 1e-9 {
		t.Errorf("benchstat %v, show %v", got[k], p50)
	}
}

// TestFormatsOfHistory reads what several runs of a target say over time.
func TestFormatsOfHistory(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for n, ms := range []time.Duration{18, 18, 24} {
		files = append(files, store(t, dir, measuredRun(n+1, fmt.Sprintf("%032x", ms), ms*time.Millisecond)))
	}
	slices.Reverse(files) // the oldest comes first in whatever order they are named
	var all struct {
		Runs      []report
		Histories []struct {
			Target, Measure string
			Points          []struct {
				Run    string
				Labels map[string]string
				N      int
				Median float64
			}
		}
	}
	if err := json.Unmarshal([]byte(shownAs(t, "json", files...)), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Runs) != 3 || len(all.Histories) != 2 || len(all.Histories[0].Points) != 3 {
		t.Fatalf("got %+v, want 3 runs, and histories of 2 targets with 3 points", all)
	}
	pt := all.Histories[0].Points[0]
	if pt.Run != "000000000001" || pt.Labels["pr"] != "41" || pt.N != 23 || pt.Median < 0.018 {
		t.Errorf("the first point is %+v", pt)
	}
	for format, line := range map[string]string{
		"table":    "2026-11-03 12:00  00000000    93d6",
		"markdown": "| 2026-11-03 12:00 | 00000000 | 93d6",
	} {
		text := shownAs(t, format, files...)
		_, history, _ := strings.Cut(strings.ToLower(text), "history of shop/orders")
		if !strings.Contains(history, line) {
			t.Errorf("%s: no line %q in\n%s", format, line, text)
		}
	}
	if text := shownAs(t, "table", files[0]); strings.Contains(text, "history") {
		t.Errorf("a history of one run:\n%s", text)
	}
}

// TestPythonReads reads CSV and JSON with Python's own modules.
func TestPythonReads(t *testing.T) {
	program, err := exec.LookPath("python3")
	if err != nil {
		missing(t, "Python reads CSV and JSON: %v", err)
	}
	dir := t.TempDir()
	one := measuredRun(1, "aa", 18*time.Millisecond)
	one.Header.Labels["note"] = "first \"line\",\nsecond; é"
	files := []string{store(t, dir, one), store(t, dir, measuredRun(2, "bb", 19*time.Millisecond))}
	for _, format := range []string{"csv", "json"} {
		if err := os.WriteFile(filepath.Join(dir, "all."+format), []byte(shownAs(t, format, files...)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const script = `
import csv, json, statistics
rows = list(csv.DictReader(open("all.csv", newline="", encoding="utf-8"), strict=True))
init = [int(r["init_ns"]) for r in rows if r["run"] == "000000000002" and r["target"] == "Shop/Health" and r["outcome"] == "cold"]
runs = json.load(open("all.json", encoding="utf-8"))["runs"]
print(len(rows), rows[0]["label:note"], rows[-1]["label:pr"], rows[-1]["label:note"] == "", int(statistics.median(init)) == runs[1]["summaries"][1]["init"]["p50_ns"])
`
	out := must(t, runIn(t, dir, append(os.Environ(), "PYTHONIOENCODING=utf-8"), program, "-c", script))
	if got, want := out.stdout, "156 first \"line\",\\nsecond; é 42 True True\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

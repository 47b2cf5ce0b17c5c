package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// TestFunctions starts everything that Go builds, once. How long anything takes is
// not looked at.
func TestFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("builds functions")
	}
	results := t.TempDir()
	var out, talk bytes.Buffer
	if _, err := exec(t.Context(), []string{"--only", "functions", "--repeat", "1", "--peers", "", "--results", results}, scale{boots: 2}, &out, &talk); err != nil {
		t.Fatalf("%v\n%s", err, talk.String())
	}
	checkResults(t, results)
	measured, what := map[string]int{}, ""
	for line := range strings.Lines(out.String()) {
		cells := strings.Split(line, " | ")
		if len(cells) < 6 {
			continue
		}
		if name := strings.TrimPrefix(cells[0], "| "); name != "" {
			what = name
		}
		who, value := cells[1], cells[2]
		switch {
		case !strings.Contains(value, "not measured"):
			measured[who]++
		case strings.HasPrefix(what, "slow volume") && os.Getenv("CI") == "" && strings.Contains(talk.String(), "there is no slow volume"):
		case strings.Contains(who, "Axum") && strings.Contains(value, "left out"):
		case strings.Contains(value, notBuilt) || strings.HasPrefix(what, "zip"):
			// Counted below.
		default:
			t.Errorf("%s: %s", what, line)
		}
	}
	for who, want := range map[string]int{awsDefault: 10, awsTuned: 10, floor: 10, prefetched: 10, ownEntry: 10, emptyMain: 5} {
		if got := measured[who]; got != want && !strings.Contains(talk.String(), "there is no slow volume") {
			t.Errorf("%s: %d numbers, want %d", who, got, want)
		}
	}
	if t.Failed() {
		t.Logf("%s\n%s", out.String(), talk.String())
	}
}

// checkResults looks whether each start is a sample of its own, as often as there were
// repetitions, and says what it was.
func checkResults(t *testing.T, dir string) {
	t.Helper()
	file, err := dataset.Newest(dir)
	check(t, err)
	run, err := dataset.ReadFile(file)
	check(t, err)
	if run.Header.Executor != executorProcess || run.Header.Rounds != 2 || run.End == nil || run.End.RoundsDone != 2 {
		t.Errorf("got %+v, %+v", run.Header, run.End)
	}
	n := map[string]int{}
	for _, s := range run.Samples {
		n[s.Target]++
		if s.InitNS == nil || *s.InitNS <= 0 || (s.DurationNS == nil) != strings.HasSuffix(s.Target, folderOf(function{who: emptyMain})) || s.BilledNS != nil || s.DoneNS != nil {
			t.Errorf("got %+v", s)
		}
	}
	for _, who := range []string{awsDefault, awsTuned, emptyMain} {
		if key := keyOf(warmStart, who); n[key] != 2 {
			t.Errorf("%s: %d samples, want 2", key, n[key])
		}
	}
	if len(n) != len(run.Header.Targets) {
		t.Errorf("%d targets, of which %d have samples", len(run.Header.Targets), len(n))
	}
}

func TestJudge(t *testing.T) {
	warm := "page cache warm, " + initTime.what
	line := func(what, who string, values ...float64) table.Line {
		return table.Line{What: what, Who: who, Values: values, Over: overReference}
	}
	lines := judge([]table.Line{
		line(warm, axumDynamic, 1, 2), line(warm, awsTuned, 2, 2), line(warm, floor, 0.5, 2),
		{What: warm, Who: emptyMain, Missing: notBuilt},
	})
	type shown struct {
		who    string
		ratios []float64
		most   float64
		holds  string
	}
	for i, want := range []shown{
		{axumDynamic, nil, 0, ""},
		{awsTuned, []float64{2, 1}, 0, ""},
		{floor, []float64{0.5, 1}, 0.85, table.Yes},
		{emptyMain, nil, 0, ""},
		{floor + " ÷ " + emptyMain, nil, 1.08, table.NotMeasured},
		{floor + " ÷ " + awsTuned, []float64{0.25, 1}, 0.6, table.No},
	} {
		if i >= len(lines) {
			t.Fatalf("%d lines", len(lines))
		}
		got := shown{who: lines[i].Who, ratios: lines[i].Ratios, holds: lines[i].Holds()}
		if lines[i].Must != nil {
			got.most = lines[i].Must.Most
		}
		if got.who != want.who || !slices.Equal(got.ratios, want.ratios) || got.most != want.most || got.holds != want.holds {
			t.Errorf("line %d: got %+v, want %+v", i, got, want)
		}
	}
	// A size is no ratio, and nothing else is asked of other measures.
	lines = judge([]table.Line{line(zipWhat, axumDynamic, 900), line(zipWhat, floor, 601), line(zipWhat, awsTuned, 2200)})
	if len(lines) != 3 || lines[1].Holds() != table.No || lines[2].Must != nil {
		t.Errorf("got %+v", lines)
	}
}

// Every goal is one of a measure and of functions that there are.
func TestGoals(t *testing.T) {
	var whats, whos []string
	for _, where := range []string{warmStart, slowStart} {
		for _, m := range []measure{initTime, firstTime, highWater} {
			whats = append(whats, where+", "+m.what)
		}
	}
	for _, f := range new(bench).functionList() {
		whos = append(whos, f.who)
	}
	for _, g := range goals {
		if !slices.Contains(whats, g.what) || !slices.Contains(whos, g.who) || !slices.Contains(whos, g.by) {
			t.Errorf("no such line: %+v", g)
		}
	}
	folders := map[string]string{}
	for _, f := range new(bench).functionList() {
		if other, ok := folders[folderOf(f)]; ok {
			t.Errorf("%s and %s share the folder %q", f.who, other, folderOf(f))
		}
		folders[folderOf(f)] = f.who
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// TestSame measures a program against itself, by turns, as often as COLDCRANK_E2E_SAME
// says, and compares: none of the runs may find it slower, whatever else the machine
// does meanwhile. With a number it makes as many cold starts as a run by default.
func TestSame(t *testing.T) {
	setup(t)
	runs, rounds := 3, "6"
	if s := os.Getenv("COLDCRANK_E2E_SAME"); s != "" {
		var err error
		if runs, err = strconv.Atoi(s); err != nil || runs < 1 {
			t.Fatalf("COLDCRANK_E2E_SAME=%s: a number of runs", s)
		}
		rounds = "20"
	}
	assembly := filepath.Join(shared.app, ".coldcrank", "assembly")
	dir := assemblies(t, assembly, assembly)
	verdicts := map[stats.Verdict]int{}
	lowest, highest := 1.0, 1.0 // ends of intervals
	surest := 0.0               // the largest lower end
	above, below := 0, 0        // intervals that 1 is not in
	var ratios []float64
	for range runs {
		results := filepath.Join(t.TempDir(), "results")
		ran := run(t, dir, nil, shared.command, "run", "--against", "HEAD", "--rounds", rounds, "--warm", "0", "--results", results)
		out := run(t, dir, nil, shared.command, "compare", "--format", "json", one(t, filepath.Join(results, "*.jsonl")))
		var got struct {
			Verdict     stats.Verdict
			Comparisons []struct {
				Together bool
				Measures []struct {
					Ratio    float64
					Interval *stats.Interval
				}
			}
		}
		if err := json.Unmarshal([]byte(out.stdout), &got); err != nil || len(got.Comparisons) != 1 {
			t.Fatalf("exit codes %d and %d, %v\n%s%s", ran.code, out.code, err, ran.stderr, out.stderr)
		}
		verdicts[got.Verdict]++
		i := got.Comparisons[0].Measures[0].Interval
		if i == nil || !got.Comparisons[0].Together || ran.code != out.code {
			t.Fatalf("exit codes %d and %d, %+v\n%s", ran.code, out.code, got, ran.stderr)
		}
		lowest, highest, surest = min(lowest, i.Low), max(highest, i.High), max(surest, i.Low)
		ratios = append(ratios, got.Comparisons[0].Measures[0].Ratio)
		if i.Low > 1 {
			above++
		}
		if i.High < 1 {
			below++
		}
		if got.Verdict == stats.Slower {
			t.Errorf("slower than itself:\n%s\n%s", ran.stdout, readFile(t, one(t, filepath.Join(results, "*.jsonl"))))
		}
	}
	slices.Sort(ratios)
	t.Logf("%d runs of %s rounds: %v; ratios %.3f to %.3f, their median %.3f; intervals within %.3f to %.3f, the largest lower end %.3f; 1 is below %d and above %d of them",
		runs, rounds, verdicts, ratios[0], ratios[runs-1], ratios[runs/2], lowest, highest, surest, above, below)
}

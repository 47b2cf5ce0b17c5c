package export

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/dial"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

func TestJSON(t *testing.T) {
	for name, run := range map[string]*dataset.Run{"aws": example.OnAWS(), "troubled": example.Troubled(), "few": example.Local(4)} {
		example.Golden(t, name+".json", written(t, runJSON, run))
	}
}

func TestRunsJSON(t *testing.T) {
	var b strings.Builder
	runs := []*dataset.Run{example.Local(4), example.Again(example.Local(4), "77aa", "c04dd0ce")}
	if err := RunsJSON(&b, runs, example.Histories(), dial.Options{}); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Runs []struct {
			Header    dataset.Header
			Summaries []stats.Summary
		}
		Histories []struct {
			Target, Measure string
			Points          []struct {
				Run      string
				Started  time.Time
				Executor string
				Median   *float64
				Change   *stats.Shift
			}
		}
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Runs) != 2 || got.Runs[1].Header.Run != "77aa" || got.Runs[1].Summaries[0].Cold != 4 {
		t.Errorf("runs: got %+v", got.Runs)
	}
	if len(got.Histories) != 1 || len(got.Histories[0].Points) != 5 {
		t.Fatalf("histories: got %+v, want the one of several runs", got.Histories)
	}
	pt := got.Histories[0].Points[3]
	if pt.Run != "run3" || pt.Executor != "aws" || *pt.Median != 0.0242 || pt.Change.Verdict != stats.Slower {
		t.Errorf("point: got %+v", pt)
	}
}

// TestComparisonsJSON compares a run whose names are commands for terminals with itself.
func TestComparisonsJSON(t *testing.T) {
	side := stats.Sides(example.Hostile())[0]
	comparisons, err := stats.ComparePairs([]stats.Pair{{Old: side, New: side}}, 0.05, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := ComparisonsJSON(&b, comparisons); err != nil {
		t.Fatal(err)
	}
	example.Harmless(t, "comparisons", b.String())
	var got struct {
		Verdict     stats.Verdict
		Comparisons []struct {
			Old      struct{ Run string }
			Verdict  stats.Verdict
			Sentence string
		}
	}
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Comparisons) != 1 || got.Verdict != comparisons[0].Verdict || got.Comparisons[0].Verdict != got.Verdict {
		t.Fatalf("got %+v", got)
	}
	valid := func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
	if one := got.Comparisons[0]; one.Old.Run != valid(side.Header.Run) || one.Sentence != valid(render.Sentence(comparisons[0])) {
		t.Errorf("got %+v", one)
	}
}

func FuzzEscapeJSON(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[2J\u009b\xff\u202e\U000e0041")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var want, back string
		if err := errors.Join(json.Unmarshal(b, &want), json.Unmarshal(escapeJSON(b), &back)); err != nil || back != want {
			t.Errorf("%q through JSON: got %q, want %q (%v)", s, back, want, err)
		}
		if i := strings.IndexFunc(string(escapeJSON(b)), func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q becomes %q", s, escapeJSON(b))
		}
	})
}

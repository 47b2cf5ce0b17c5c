package render

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

func table(t *testing.T, run *dataset.Run, o TableOptions) string {
	t.Helper()
	var b strings.Builder
	if err := Table(&b, run, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	tests := []struct {
		name string
		run  *dataset.Run
		o    TableOptions
	}{
		{"pipe", example.Local(100), TableOptions{}},
		{"80", example.Local(100), TableOptions{Width: 80, Reference: true}},
		{"80-color", example.Local(100), TableOptions{Width: 80, Color: true, Reference: true}},
		{"60", example.Local(100), TableOptions{Width: 60, Reference: true}},
		{"40", example.Local(100), TableOptions{Width: 40}},
		{"troubled", example.Troubled(), TableOptions{Width: 80}},
		{"aws", example.OnAWS(), TableOptions{Width: 80, Reference: true}},
		{"few", example.Local(4), TableOptions{Width: 80}},
		{"hostile", example.Hostile(), TableOptions{Width: 80}},
		{"load", example.Loaded(), TableOptions{Width: 80}},
		{"cutshort", example.CutShort(), TableOptions{Width: 80}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			example.Golden(t, "table-"+tt.name+".txt", table(t, tt.run, tt.o))
		})
	}
}

// TestRoundsOfARun: the rounds that were made stand beside those that were asked for
// where the run needed fewer.
func TestRoundsOfARun(t *testing.T) {
	for _, tt := range []struct {
		end  *dataset.End
		want string
	}{
		{nil, "20 rounds of 5"},
		{&dataset.End{RoundsDone: 20}, "20 rounds of 5"},
		{&dataset.End{RoundsDone: 7}, "7 rounds of 5 (at most 20)"},
		{&dataset.End{RoundsDone: 7, Interrupted: true}, "20 rounds of 5"}, // a warning says it
		{&dataset.End{RoundsDone: 7, Error: "x"}, "20 rounds of 5"},
	} {
		run := &dataset.Run{Header: dataset.Header{Rounds: 20, Burst: 5}, End: tt.end}
		if got := RunFacts(run)[2]; got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.end, got, tt.want)
		}
	}
}

func TestHostileTextIsHarmless(t *testing.T) {
	example.Harmless(t, "table", table(t, example.Hostile(), TableOptions{}))
}

func TestTableFits(t *testing.T) {
	slow := example.Local(100)
	for _, s := range slow.Samples {
		*s.DoneNS += 28e9 // a client time of 28 s
	}
	for _, run := range []*dataset.Run{example.Local(100), example.Troubled(), example.Hostile(), example.Loaded(), slow} {
		for width := 20; width <= 130; width++ {
			text := table(t, run, TableOptions{Width: width, Reference: true})
			for line := range strings.Lines(text) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Fatalf("width %d: a line has %d: %q", width, n, line)
				}
			}
		}
	}
	screen := table(t, example.Local(100), TableOptions{Width: 80})
	if n := strings.Count(screen, "\n"); n > 24 {
		t.Errorf("one target at 80 columns has %d lines, want a screen of 24 at most", n)
	}
	if grid := table(t, example.Local(100), TableOptions{Width: 60}); !strings.Contains(grid, "p90") || strings.Contains(grid, "cold Init, ms") {
		t.Errorf("60 columns have no grid:\n%s", grid)
	}
}

func TestColorOnlyAddsColor(t *testing.T) {
	strip := strings.NewReplacer(string(strong), "", string(faint), "", string(alarm), "", reset, "")
	for _, run := range []*dataset.Run{example.Troubled(), example.Hostile()} {
		o := TableOptions{Width: 80, Reference: true}
		want := table(t, run, o)
		o.Color = true
		got := table(t, run, o)
		if strip.Replace(got) != want || got == want {
			t.Errorf("without its colours: got\n%s\nwant\n%s", strip.Replace(got), want)
		}
	}
}

func TestWriteErrors(t *testing.T) {
	broken := errors.New("pipe closed")
	for name, write := range map[string]func(io.Writer) error{
		"table":     func(w io.Writer) error { return Table(w, example.Local(4), TableOptions{}) },
		"markdown":  func(w io.Writer) error { return Markdown(w, example.Local(4), false) },
		"history":   func(w io.Writer) error { return Histories(w, example.Histories(), TableOptions{}) },
		"historyMD": func(w io.Writer) error { return HistoriesMarkdown(w, example.Histories()) },
	} {
		if err := write(example.Broken(broken)); !errors.Is(err, broken) {
			t.Errorf("%s: got %v, want %v", name, err, broken)
		}
	}
}

func ExampleTable() {
	run, err := dataset.Read(strings.NewReader(
		`{"header":{"schema":1,"run":"5f0c9a71","started":"2026-11-22T02:30:43Z","executor":"local","burst":1,"rounds":1,"targets":[{"target":"App/Health","memory_mb":512,"platform":"linux/amd64"}]}}
{"sample":{"target":"App/Health","round":1,"phase":"burst","index":0,"outcome":"cold","init_ns":2520000,"duration_ns":410000}}
{"end":{"finished":"2026-11-22T02:30:44Z","restored":true,"rounds_done":1}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := Table(os.Stdout, run, TableOptions{Width: 80}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// run 5f0c9a71 · 2026-11-22 02:30 UTC · 1 round of 1
	// local executor on linux/amd64: not comparable with AWS
	//
	// App/Health
	// 1 cold of 1 requested
	//
	// ms          n   min   p50  95 % interval   p90   p99   max
	// cold
	//   Init      1  2.52  2.52              –     –     –  2.52
	//   Duration  1  0.41  0.41              –     –     –  0.41
	//
	// memory size 512 MB
	//
	// – too few samples: p99 needs 100, p90 10, the interval 6
}

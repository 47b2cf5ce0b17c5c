package table

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestHolds(t *testing.T) {
	six := func(a, b float64) []float64 { return []float64{a, b, a, b, a, b} }
	most := &Must{Most: 0.6, Ratio: true}
	for name, tc := range map[string]struct {
		line Line
		want string
	}{
		"none":          {Line{Values: []float64{1}}, ""},
		"below":         {Line{Ratios: six(0.2, 0.5), Must: most}, Yes},
		"above":         {Line{Ratios: six(0.7, 0.8), Must: most}, No},
		"spans":         {Line{Ratios: six(0.5, 0.7), Must: most}, Unclear},
		"few":           {Line{Ratios: []float64{0.5, 0.5, 0.7}, Must: most}, Yes},
		"no peer":       {Line{Values: six(1, 1), Must: most}, NotMeasured},
		"no number":     {Line{Ratios: six(math.NaN(), math.NaN()), Must: most}, No},
		"infinite":      {Line{Ratios: six(math.Inf(1), math.Inf(1)), Must: most}, No},
		"each":          {Line{Values: six(1, 1), Must: &Must{Least: 1, Most: 1, Every: true}}, Yes},
		"one is not":    {Line{Values: []float64{1, 1, 1, 1, 1, 1, 1, 0.99}, Must: &Must{Least: 1, Most: 1, Every: true}}, No},
		"within":        {Line{Values: six(0.98, 1.02), Must: &Must{Least: 0.97, Most: 1.03}}, Yes},
		"below both":    {Line{Values: six(0.9, 0.92), Must: &Must{Least: 0.97, Most: 1.03}}, No},
		"spans the low": {Line{Values: six(0.9, 0.99), Must: &Must{Least: 0.97, Most: 1.03}}, Unclear},
	} {
		if got := tc.line.Holds(); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestPair(t *testing.T) {
	peer := Line{Values: []float64{2, 0, 0}}
	peer.Pair(Line{Values: []float64{1, 0, 1}})
	if want := []float64{0.5, 1, math.Inf(1)}; !slices.Equal(peer.Ratios, want) {
		t.Errorf("got %v, want %v", peer.Ratios, want)
	}
	peer = Line{Values: []float64{2}}
	if peer.Pair(Line{}); peer.Ratios != nil {
		t.Errorf("got %v without ours", peer.Ratios)
	}
}

func TestDivide(t *testing.T) {
	it := Line{Values: []float64{1, 3}}
	if it.Divide(Line{Values: []float64{2, 4}}); !slices.Equal(it.Ratios, []float64{0.5, 0.75}) {
		t.Errorf("got %v", it.Ratios)
	}
	it = Line{Values: []float64{1}}
	if it.Divide(Line{Missing: "x"}); it.Ratios != nil {
		t.Errorf("got %v by nothing", it.Ratios)
	}
}

// Ratios of something else stand in a table of their own, and a line may be about
// ratios only.
func TestWriteOver(t *testing.T) {
	const over = "it ÷ reference"
	var b strings.Builder
	if err := Write(&b, []Line{
		{What: "a", Who: "coldcrank", Values: []float64{1}},
		{What: "a", Who: "it", Unit: Kilobytes, Over: over, Values: []float64{1234.5}, Ratios: []float64{0.5}},
		{What: "a", Who: "it ÷ other", Over: over, Ratios: []float64{2}, Must: &Must{Most: 1, Ratio: true, Text: "≤ 1"}},
	}); err != nil {
		t.Fatal(err)
	}
	const want = `| what | who | median (95 % interval) | coldcrank ÷ it | must | outcome |
| --- | --- | --- | --- | --- | --- |
| a | coldcrank | 1.00 ms |  |  |  |

| what | who | median (95 % interval) | it ÷ reference | must | outcome |
| --- | --- | --- | --- | --- | --- |
| a | it | 1234 kB | 0.50 |  |  |
|  | it ÷ other |  | 2.00 | ≤ 1 | does not hold |
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWrite(t *testing.T) {
	ours := Line{What: "burst", Who: "coldcrank", Values: []float64{1, 2, 3, 4, 5, 6}}
	peer := Line{What: "burst", Who: "raw", Values: []float64{2, 4, 6, 8, 10, 12}, Must: &Must{Most: 1.5, Ratio: true, Text: "≤ 1.5"}}
	peer.Pair(ours)
	gone := Line{What: "burst", Who: "oha", Missing: "cargo is not\nthere | <b>", Must: &Must{Most: 1, Ratio: true, Text: "≤ 1"}}
	gone.Pair(ours)
	share := Line{What: "share", Who: "coldcrank", Unit: Share, Values: []float64{0.975, 1, 1}}
	memory := Line{What: "memory", Who: "coldcrank", Unit: Megabytes, Values: []float64{21.25}}
	var b strings.Builder
	if err := Write(&b, []Line{ours, peer, gone, share, memory}); err != nil {
		t.Fatal(err)
	}
	const want = `| what | who | median (95 % interval) | coldcrank ÷ it | must | outcome |
| --- | --- | --- | --- | --- | --- |
| burst | coldcrank | 3.50 (1.00–6.00) ms |  |  |  |
|  | raw | 7.00 (2.00–12.00) ms | 0.50 (0.50–0.50) | ≤ 1.5 | holds |
|  | oha | not measured: cargo is not there \| &lt;b> |  | ≤ 1 | not measured |
| share | coldcrank | 100 % |  |  |  |
| memory | coldcrank | 21.2 MB |  |  |  |
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

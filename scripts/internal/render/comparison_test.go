package render

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// pairOf are two targets of a run of rounds of five, whose inits are ms(i) milliseconds;
// the last of new failed.
func pairOf(rounds, failed int, old, new func(i int) float64) stats.Pair {
	of := func(name string, ms func(i int) float64, failed int) *stats.Side {
		s := &stats.Side{
			Target: dataset.Target{Key: "Shop/" + name, Stack: "Shop", Name: name, ZipBytes: 2_300_000, ExecutableBytes: 5_600_000, MemoryMB: 128},
			Header: dataset.Header{Run: "01d0", Executor: dataset.ExecutorAWS},
		}
		n := 5 * rounds
		for i := range n {
			x := &dataset.Sample{Target: s.Target.Key, Round: i / 5, Phase: dataset.Burst, Outcome: dataset.Cold,
				InitNS: ns(1e6 * ms(i)), DurationNS: ns(1.4e6), BilledNS: ns(1e6 * (2 + ms(i)))}
			if i >= n-failed {
				x.Outcome, x.InitNS = dataset.Failed, nil
			}
			s.Add(x)
		}
		return s
	}
	return stats.Pair{Old: of("Old", old, 0), New: of("New", new, failed)}
}

func ns(v float64) *int64 { return new(int64(v)) }

func about(center, spread float64) func(int) float64 {
	return func(i int) float64 { return center * (1 + spread*float64(i*7%11)/10) }
}

func comparisonOf(t *testing.T, p stats.Pair) stats.Comparison {
	t.Helper()
	all, err := stats.ComparePairs([]stats.Pair{p}, 0.05, stats.Differing)
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

func zero(int) float64 { return 0 }

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name string
		pair stats.Pair
		want []string // parts of the sentence
		not  string
	}{
		{"all failed", pairOf(6, 30, about(20, 0.1), about(20, 0.1)),
			[]string{"Shop/Old → Shop/New is failing: 30 of 30 requests of new failed, 0 of 30 of old."}, "slow"},
		{"slow and failing", pairOf(20, 20, about(20, 0.1), about(60, 0.1)),
			[]string{"is failing: 20 of 100 requests of new failed, 0 of 100 of old; Init Duration +", "(95 % interval +"}, "inconclusive"},
		{"slower", pairOf(20, 0, about(20, 0.1), about(60, 0.1)), []string{"is slower: Init Duration +200.0 % (95 % interval "}, "more round"},
		{"two rounds", pairOf(2, 0, about(20, 0.1), about(60, 0.1)),
			[]string{"inconclusive: too few rounds: 2; 5 or more tell how rounds differ; Init Duration +200.0 %."}, "interval"},
		{"too few", pairOf(1, 0, about(20, 0.1), about(20, 0.1)), []string{"inconclusive: 5 and 5 samples of Init Duration are too few for an interval."}, "left out"},
		{"zero", pairOf(20, 0, about(20, 0.1), zero),
			[]string{"inconclusive: 100 and 0 samples of Init Duration are too few for an interval; 0 and 100 more are not above zero, and left out."}, ""},
		{"a few more rounds", pairOf(5, 0, about(20, 1), about(21, 1)), []string{"inconclusive: ", "About ", " more rounds, ", " samples a side, would probably decide it."}, "too near"},
		{"too near", pairOf(20, 0, about(20, 1), func(i int) float64 { return 1.05 * about(20, 1)((i*3+5)%100) }),
			[]string{"inconclusive: ", "which lies too near for more samples to decide."}, "About"},
	} {
		got := Sentence(comparisonOf(t, c.pair))
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q has no %q", c.name, got, want)
			}
		}
		if c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: %q has %q", c.name, got, c.not)
		}
	}
}

// The verdict stands in the row that it rests on.
func TestFailingRow(t *testing.T) {
	for failed, want := range map[int][2]string{0: {"slower", ""}, 20: {"slower", "failing"}} {
		lines := Changes(comparisonOf(t, pairOf(20, failed, about(20, 0.1), about(60, 0.1))))
		if init, lost := lines[1][5], lines[len(lines)-1][5]; init != want[0] || lost != want[1] {
			t.Errorf("%d failed: %q and %q, want %q", failed, init, lost, want)
		}
	}
}

func TestNotesOfWhatIsMissing(t *testing.T) {
	throttled := pairOf(20, 0, about(20, 0.1), about(60, 0.1))
	throttled.New.Requested, throttled.New.Throttled = 125, 25
	for name, c := range map[string]struct {
		pair stats.Pair
		want string
	}{
		"3 of 100 failed": {pairOf(20, 3, about(20, 0.1), about(20, 0.1)), "3 of 100 requests of new failed, 0 of 100 of old"},
		"throttled":       {throttled, "only 100 of 125 requests of Shop/New are verified (25 throttled)"},
		"zero":            {pairOf(20, 0, about(20, 0.1), zero), "left out of new, because a ratio needs what is above zero: 100 values of Init Duration"},
	} {
		if got := Notes(comparisonOf(t, c.pair)); !slices.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := Notes(comparisonOf(t, pairOf(20, 0, about(20, 0.1), about(20, 0.1)))); got != nil {
		t.Errorf("nothing is missing: %q", got)
	}
}

func TestMethodOfOneRound(t *testing.T) {
	for rounds, want := range map[int]bool{2: false, 8: true} {
		got := Method([]stats.Comparison{comparisonOf(t, pairOf(rounds, 0, about(20, 0.1), about(20, 0.1)))})
		if strings.Contains(got, "its interval by rounds") != want {
			t.Errorf("%d rounds: %q", rounds, got)
		}
	}
}

// An ordinary comparison is a grid at 80 columns, and what is narrower is a list whose
// lines do not end in what is empty.
func TestComparisonsFit(t *testing.T) {
	for name, p := range map[string]stats.Pair{
		"slower":       pairOf(20, 0, about(20, 0.5), about(40, 0.5)),
		"inconclusive": pairOf(20, 0, about(200, 2), func(i int) float64 { return about(210, 2)((3*i + 5) % 100) }),
	} {
		c := []stats.Comparison{comparisonOf(t, p)}
		if c[0].Verdict != stats.Verdict(name) {
			t.Fatalf("%s: %s", name, c[0].Verdict)
		}
		for _, width := range []int{80, 60, 40} {
			var b strings.Builder
			if err := Comparisons(&b, c, TableOptions{Width: width}); err != nil {
				t.Fatal(err)
			}
			if grid := !strings.Contains(b.String(), "zip: "); grid != (width == 80) {
				t.Errorf("%s, width %d: grid %v:\n%s", name, width, grid, b.String())
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				if strings.HasSuffix(line, " ") || strings.Contains(line, ", ,") || strings.HasPrefix(line, "zip: ") && !strings.HasSuffix(line, "%") || utf8.RuneCountInString(line) > width {
					t.Errorf("%s, width %d: %q", name, width, line)
				}
			}
		}
	}
}

// A side says what was proved in the words of its start type.
func TestSideFacts(t *testing.T) {
	for start, want := range map[string]string{
		"":                       "4 cold of 100",
		dataset.StartSnapshot:    "90 restored and 4 cold of 100",
		dataset.StartProvisioned: "6 on provisioned environments and 4 cold of 100",
	} {
		s := &stats.Side{Target: dataset.Target{StartType: start}, Counts: stats.Counts{Requested: 100, Cold: 4, Restored: 90, Warm: 6}}
		if got := sideFacts(s); got[len(got)-1] != want {
			t.Errorf("%q: %q, want %q", start, got[len(got)-1], want)
		}
	}
}

func TestProvisionedHasRows(t *testing.T) {
	ready := stats.Distribute(nil)
	ready.N = 3
	var got []string
	for _, m := range grid(stats.Summary{DurationProvisioned: ready, ClientProvisioned: ready, BilledProvisioned: ready}) {
		got = append(got, m.group+" "+m.name)
	}
	if want := []string{"provisioned Duration", "provisioned Client", "provisioned Billed"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

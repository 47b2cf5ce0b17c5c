package main

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// file is what a file of days looks like: functions whose days have one of two modes.
func file(functions, days int) string {
	rng := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	b.WriteString("day,runtime,arch,memory_mb,max_memory_used_mb,mean_duration_ms,init_ms\n")
	for d := range days {
		for f := range functions {
			center := 36 + 7*float64(rng.IntN(2))
			fmt.Fprintf(&b, "2025-%02d-%02d,go,arm64,%d,15.4,,", 1+d/28, 1+d%28, 128<<f)
			for range 10 {
				fmt.Fprintf(&b, "%.2f ", center*math.Exp(0.035*rng.NormFloat64()))
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func TestReadDays(t *testing.T) {
	text := file(2, 12)
	lines := strings.SplitAfter(text, "\n")
	// Newest first, with days of nothing and of one value, blank fields, and a
	// function of two days only.
	var b strings.Builder
	b.WriteString("\ufeff" + lines[0])
	for i := len(lines) - 1; i > 0; i-- {
		b.WriteString(lines[i])
	}
	b.WriteString("2025-03-01,go,arm64,128,,,\n2025-03-02,go,arm64,128,,,40.1\n")
	b.WriteString("2025-03-01,rust,arm64,128,,,1 2 3 4\n2025-03-02,rust,arm64,128,,, 1 2 3 4\n")
	got, leftOut, err := readDays(strings.NewReader(b.String()))
	if err != nil || len(got) != 2 {
		t.Fatalf("%d functions, %v; want 2", len(got), err)
	}
	want, _, err := readDays(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got {
		for _, w := range want {
			if f.name == w.name && fmt.Sprint(f.days) != fmt.Sprint(w.days) {
				t.Errorf("%s: days are not those of the file in order of time", f.name)
			}
		}
	}
	if got[0].name != "go arm64 256" || len(got[0].days) != 12 || len(got[0].days[0]) != 10 {
		t.Errorf("got %q with %d days", got[0].name, len(got[0].days))
	}
	if want := "left out: 2 days of fewer than 4 cold starts, 1 functions of fewer than 10 days"; leftOut != want {
		t.Errorf("got %q, want %q", leftOut, want)
	}
}

func TestReadDaysSaysWhatIsWrong(t *testing.T) {
	head := "day,runtime,arch,memory_mb,init_ms\n"
	for _, c := range []struct{ text, want string }{
		{"", "empty: no line of column names"},
		{"day,runtime,arch,init_ms\n", `no column "memory_mb" among ["day" "runtime" "arch" "init_ms"]`},
		{head, "no function with 10 days or more of at least 4 cold starts"},
		{head + "2025-01-01,go,arm64,128,1 2 x 4\n", `line 2: init_ms: "x" is no time`},
		{head + "2025-01-01,go,arm64,128,1 2 3 4\n2025-01-02,go,arm64,128,1 NaN\n", `line 3: init_ms: "NaN" is no time`},
		{head + "2025-01-01,go,arm64,128,0\n", `line 2: init_ms: "0" is no time`},
		{head + "2025-01-01,go,arm64\n", "record on line 2: wrong number of fields"},
	} {
		if _, _, err := readDays(strings.NewReader(c.text)); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
}

// The same seed gives the same tables, on however many CPUs; another does not.
func TestTablesAreReproducible(t *testing.T) {
	functions, _, err := readDays(strings.NewReader(file(2, 12)))
	if err != nil {
		t.Fatal(err)
	}
	tables := func(seed uint64, workers int) string {
		var b bytes.Buffer
		if _, err := print(&b, simulator{times: 10, seed: seed, workers: workers}, functions); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	one := tables(1, 1)
	if got := tables(1, 3); got != one {
		t.Error("three workers give other tables than one")
	}
	if got := tables(2, 1); got == one {
		t.Error("another seed gives the same tables")
	}
	for _, want := range []string{"| go arm64 128 | 12 | ", "| two modes, one a round and side | 20 × 5 | ", "| planted +10 % found as slower, n = 100 | ≥ 90 % | "} {
		if !strings.Contains(one, want) {
			t.Errorf("no %q in the tables", want)
		}
	}
}

// Each requirement that does not hold is named, and those that just hold are not.
func TestRequirements(t *testing.T) {
	good := requirements{
		falseAlarms: tally{n: 100, slower: 1}, found: tally{n: 100, slower: 90}, stopped: tally{n: 100, slower: 1},
		coverage: []tally{{stated: 100, covered: 93}, {stated: 100, covered: 97}},
	}
	unmet := func(r requirements) []string {
		var b bytes.Buffer
		return (&page{w: &b}).requirements(r)
	}
	if got := unmet(good); got != nil {
		t.Errorf("all hold: %q", got)
	}
	alarms, found, stopped, low, high := good, good, good, good, good
	alarms.falseAlarms.slower, found.found.slower, stopped.stopped.slower = 2, 89, 2
	low.coverage, high.coverage = []tally{{stated: 100, covered: 92}}, []tally{{stated: 100, covered: 98}}
	for want, r := range map[string]requirements{
		"false slower, identical code, real days with their drift, n = 100: must be ≤ 1 %, is 2.0 %":           alarms,
		"planted +10 % found as slower, n = 100: must be ≥ 90 %, is 89.0 %":                                    found,
		"false slower with --until: must be ≤ 1 %, is 2.0 %":                                                   stopped,
		"interval holds the truth, from the worst to the best line of 20 × 5: must be 93–97 %, is 92.0–92.0 %": low,
		"interval holds the truth, from the worst to the best line of 20 × 5: must be 93–97 %, is 98.0–98.0 %": high,
	} {
		if got := unmet(r); len(got) != 1 || got[0] != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Five rounds tell how rounds differ; one does not.
func TestFewRounds(t *testing.T) {
	sim := simulator{times: 1000, seed: 5, workers: 2}
	for _, together := range []bool{true, false} {
		one, five := sim.run(drifting(), 1, anyRounds(1, 100, together)), sim.run(drifting(), 1, anyRounds(stats.FewestRounds, 20, together))
		if c := share(one.covered, one.stated); 100*one.covered > 20*one.stated || 100*one.slower < 20*one.n {
			t.Errorf("together %v: one round: the interval holds the truth in %s, false slower %s", together, c, share(one.slower, one.n))
		}
		if c := share(five.covered, five.stated); 100*five.covered < 93*five.stated || 100*five.slower > five.n {
			t.Errorf("together %v: five rounds: the interval holds the truth in %s, false slower %s", together, c, share(five.slower, five.n))
		}
		if t2 := sim.run(drifting(), 1, fixed(stats.FewestRounds-1, 25)); t2.stated != 0 || t2.open != t2.n {
			t.Errorf("%d runs of four rounds have an interval", t2.stated)
		}
	}
}

// What is required of cold starts whose shape is known.
func TestInventedColdStarts(t *testing.T) {
	sim := simulator{times: 1500, seed: 3, workers: 2}
	twoModes := map[string][2]float64{
		"one mode":                              {0, 0.01},
		"one mode with a long tail":             {0, 0.02},
		"two modes":                             {0.9, 1},
		"two modes, one a round for both sides": {0.6, 1},
		"two modes, one a round and side":       {0.6, 1},
	}
	for _, s := range invented() {
		a := sim.run(s, 1, fixed(rounds, burst))
		in := func(what string, n, of int, low, high float64) {
			if got := float64(n) / float64(max(of, 1)); of == 0 || got < low || got > high {
				t.Errorf("%s: %s in %.1f %% of %d, want %.1f–%.1f %%", s.name, what, 100*got, of, 100*low, 100*high)
			}
		}
		in("the interval holds the truth", a.covered, a.stated, 0.93, 0.97)
		in("false slower", a.slower, a.n, 0, 0.01)
		modes, ok := twoModes[s.name]
		if !ok {
			t.Fatalf("%s: not expected", s.name)
		}
		in("two modes seen", a.oldModes, a.n, modes[0], modes[1])

		sim := simulator{times: 300, seed: 4, workers: 2}
		u := sim.run(s, 1, until(untilTwo, mostRounds, burst))
		in("false slower with --until", u.slower, u.n, 0, 0.01)
	}
}

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	osexec "os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldcrank/coldcrank/scripts/peers/internal/child"
	"github.com/coldcrank/coldcrank/scripts/peers/internal/table"
)

// TestMain plays the roles of the command's children.
func TestMain(m *testing.M) {
	if role := os.Getenv(child.RoleVariable); role != "" {
		if err := play(role, os.Stdin, os.Stdout); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(2)
		}
		return
	}
	os.Exit(m.Run())
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestSmall runs everything once and small, with the peers that Go's module proxy
// has. How long anything takes is not looked at.
func TestSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds peers")
	}
	goCache, err := osexec.Command("go", "env", "GOCACHE").Output()
	check(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	small := scale{
		starts: 2, burst: 20, cold: []int{2, 3}, warm: 10,
		rate: 100, load: time.Second, environments: 3, busy: 200 * time.Millisecond,
	}
	others := slices.DeleteFunc(names(), func(row string) bool { return row == "functions" }) // TestFunctions has them
	var out, talk bytes.Buffer
	_, err = exec(t.Context(), []string{"--repeat", "1", "--peers", "hey,vegeta", "--only", strings.Join(others, ",")}, small, &out, &talk)
	if err != nil {
		t.Fatalf("%v\n%s", err, talk.String())
	}
	if os.Getenv("CI") == "" && strings.Contains(talk.String(), "is not there: go install") {
		t.Skipf("peers cannot be had: %s", talk.String())
	}
	count := map[string]int{}
	for line := range strings.Lines(out.String()) {
		cells := strings.Split(line, " | ")
		if len(cells) < 6 {
			continue
		}
		who, value := cells[1], cells[2]
		who, _, _ = strings.Cut(who, ", ") // how the quota is kept
		count[who]++
		// What was left out, and what this machine cannot do, says so. Nothing else is
		// without a number.
		allowed := strings.HasPrefix(who, "oha") || strings.HasPrefix(who, "AWS's emulator") || strings.Contains(value, "sets no quota")
		if strings.Contains(value, "not measured") && !allowed {
			t.Error(line)
		}
	}
	for who, want := range map[string]int{ours: 25, "raw TLS writes": 1, "hey": 2, "vegeta": 4, "vegeta -http2": 2, "oha --http2": 2, "AWS's emulator": 3, "AWS's emulator × 2": 2} {
		if got := count[who]; got != want {
			t.Errorf("%s: %d lines, want %d", who, got, want)
		}
	}
	if t.Failed() {
		t.Logf("%s\n%s", out.String(), talk.String())
	}
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"x"}, "usage: "},
		{[]string{"--repeat", "0"}, "usage: "},
		{[]string{"--only", "starts,none"}, `"none" is none of starts, `},
		{[]string{"--peers", "ab"}, `"ab" is none of oha, `},
		{[]string{"--nothing"}, "unknown flag"},
	} {
		_, err := exec(t.Context(), tc.args, full, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: got %v, want %s", tc.args, err, tc.want)
		}
	}
}

func TestContest(t *testing.T) {
	b := &bench{repeat: 3, progress: io.Discard}
	var order []string
	one := func(who string, values ...float64) contestant {
		return contestant{who: who, run: func(context.Context) ([]float64, error) {
			order = append(order, who)
			v := values[0]
			if values = values[1:]; v < 0 {
				return nil, errors.New("it fell")
			}
			return []float64{v, 10 * v}, nil
		}}
	}
	gone := contestant{who: "gone", missing: "not there"}
	lines, err := b.contest(t.Context(), []measure{{"a", table.Milliseconds}, {"b", table.Share}},
		one("we", 1, 2, 3), one("peer", 2, 4, 12), one("falls", 1, -1, 7, -1, -1, -1), gone)
	check(t, err)
	if want := []string{"we", "peer", "falls", "peer", "falls", "falls", "we", "falls", "falls", "falls", "we", "peer"}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
	if len(lines) != 8 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, want := range []table.Line{
		{What: "a", Who: "we", Values: []float64{1, 2, 3}},
		{What: "a", Who: "peer", Values: []float64{2, 4, 12}, Ratios: []float64{0.5, 0.5, 0.25}},
		{What: "a", Who: "falls", Missing: "repetition 3, try 3: it fell"},
		{What: "a", Who: "gone", Missing: "not there"},
		{What: "b", Who: "we", Values: []float64{10, 20, 30}},
		{What: "b", Who: "peer", Values: []float64{20, 40, 120}, Ratios: []float64{0.5, 0.5, 0.25}},
		{What: "b", Who: "falls", Missing: "repetition 3, try 3: it fell"},
		{What: "b", Who: "gone", Missing: "not there"},
	} {
		got := lines[i]
		if got.What != want.What || got.Who != want.Who || got.Missing != want.Missing || !slices.Equal(got.Values, want.Values) || !slices.Equal(got.Ratios, want.Ratios) {
			t.Errorf("line %d: got %+v, want %+v", i, got, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.contest(ctx, []measure{{"a", table.Share}}, one("we", 1, 2, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// In mixed order, each contestant comes after each other one about as often.
func TestMixed(t *testing.T) {
	const n, repetitions = 4, 1200
	after := [n][n]int{}
	for i := range repetitions {
		order := mixed(i, n)
		for j := 1; j < n; j++ {
			after[order[j-1]][order[j]]++
		}
		if slices.Sort(order); !slices.Equal(order, []int{0, 1, 2, 3}) {
			t.Fatalf("repetition %d has %v", i, order)
		}
	}
	// Of 1,200 × 3 neighbours in 12 pairs, 300 each.
	for i, row := range after {
		for j, count := range row {
			if i != j && (count < 240 || count > 360) {
				t.Errorf("%d comes after %d %d times", j, i, count)
			}
		}
	}
}

func TestLateShare(t *testing.T) {
	ms := func(list ...float64) (at []time.Duration) {
		for _, v := range list {
			at = append(at, time.Duration(v*1e6))
		}
		return at
	}
	for name, tc := range map[string]struct {
		at   []time.Duration
		n    int
		want float64
	}{
		"on time":            {ms(1000, 1002, 1004, 1006), 4, 0},
		"a millisecond":      {ms(1000, 1003, 1004, 1006), 4, 0},
		"more":               {ms(1000, 1003.001, 1004, 1006), 4, 0.25},
		"the first is late":  {ms(1005, 1006, 1007, 1008), 4, 0.5}, // began at 1002
		"out of order":       {ms(1006, 1004, 1002, 1000), 4, 0},
		"never sent is late": {ms(1000, 1002, 1004), 4, 0.25},
		"one more":           {ms(1000, 1002, 1004, 1006, 1008), 4, 0},
	} {
		if got := lateShare(tc.at, 500, tc.n); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%s: got %g, want %g", name, got, tc.want)
		}
	}
}

func TestShown(t *testing.T) {
	got := shown([]string{"--rie", "/a/b/rie", "--rie=/a/b/rie", "--repeat", "3", "--out=a`b"})
	if want := []string{"--rie", "rie", "--rie=rie", "--repeat", "3", "--out=a'b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

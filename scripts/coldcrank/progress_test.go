package main

import (
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/rounds"
)

// Without a terminal there is a line for each tenth of the rounds, one for the last
// round that was made, and two for the load.
func TestPlainProgress(t *testing.T) {
	for _, tt := range []struct {
		name string
		made int // rounds of 40
		load int
		want string
	}{
		{"all", 40, 0, "4 8 12 16 20 24 28 32 36 40"},
		{"ended early", 10, 0, "4 8 10"},
		{"ended before the first line", 1, 0, "1"},
		{"none", 0, 0, ""},
		{"ended early, and a load", 9, 10, "4 8 9 load: load:"},
		{"all, and a load", 40, 10, "4 8 12 16 20 24 28 32 36 40 load: load:"},
	} {
		var b strings.Builder
		p := newProgress(&b)
		for n := range tt.made + 1 {
			p.show(rounds.Progress{Round: n, Rounds: 40, Requests: n})
			p.show(rounds.Progress{Round: n, Rounds: 40, Requests: n, Joined: n})
		}
		for n := range tt.load {
			p.show(rounds.Progress{Round: tt.made, Rounds: 40, Load: tt.load, Loaded: n + 1})
		}
		p.show(rounds.Progress{Round: tt.made, Rounds: 40, Joined: tt.made, Load: tt.load, Loaded: tt.load})
		p.end()
		var got []string
		for line := range strings.Lines(b.String()) {
			got = append(got, strings.Fields(strings.TrimPrefix(line, "round "))[0])
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	var b strings.Builder
	p := newProgress(&b)
	p.show(rounds.Progress{Round: 1, Rounds: 1, Requests: 1})
	if got, want := b.String(), "round 1 of 1, 1 request, 0 joined, 0 cold\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

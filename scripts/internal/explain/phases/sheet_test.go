package phases

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/explain/sheet"
)

func TestSheet(t *testing.T) {
	x := &Phases{Starts: 100, InitNS: 2_800_000, StopNS: 25_000, Ahead: true, Agreement: &Agreement{0.98, 0.97, 1.0049, 100, Holds}, Phases: []Phase{
		{Name: Provision, NS: 200_000, LoadNS: new(int64(0)), Faults: 3},
		{Name: Runtime, NS: 1_000_000, LoadNS: new(int64(150_000)), Faults: 174.6},
		{Name: Inits, NS: 700_000, LoadNS: new(int64(160_000)), Faults: 100},
		{Name: Main, NS: 850_000, LoadNS: new(int64(100_000)), Faults: 50, MajorFaults: 2},
	}}
	for i := range 12 {
		x.Packages = append(x.Packages, Package{Path: fmt.Sprint("shop/", i), NS: 20_000, Bytes: 1500, Allocs: 7})
	}
	s := x.Sheet()
	if want := "init 2.80 ms: provision 0.20, runtime 1.00, package inits 0.70, main until /next 0.85; loading is 0.41 of it"; s.Answer != want {
		t.Errorf("got  %s\nwant %s", s.Answer, want)
	}
	want := [][]string{
		{"provision", "0.20", "7 %", "0.00", "3", "0"},
		{"runtime", "1.00", "36 %", "0.15", "175", "0"},
		{"package inits", "0.70", "25 %", "0.16", "100", "0"},
		{"main until /next", "0.85", "31 %", "0.10", "50", "2"},
		{"sum", "2.75", "100 %", "0.41", "328", "2"},
		{"measured", "2.80"},
		{"sum ÷ measured", "", "98.0 %"},
	}
	if got := s.Tables[0].Rows; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	rows := s.Tables[1].Rows
	if len(rows) != 11 || !reflect.DeepEqual(rows[0], []string{"shop/0", "0.020", "1.5", "7"}) ||
		!reflect.DeepEqual(rows[10], []string{"2 others", "0.040", "3.0", "14"}) {
		t.Errorf("%v", rows)
	}
	if want := "The sum is 98.0 % (97.0–100.5) of measured: the median of 100 turns and its 95 % interval."; !strings.Contains(s.Notes[0], "ahead of what else") || s.Notes[1] != want {
		t.Errorf("got %q, want %q", s.Notes[:2], want)
	}
	whole(t, s)
	x.Ahead = false
	for _, tc := range []struct {
		agreement *Agreement
		want      string
	}{
		{&Agreement{1.1, 1.06, 1.14, 100, Off}, "; not to be relied on: the sum is 110.0 % (106.0–114.0) of what a start takes"},
		{&Agreement{1.01, 0.9, 1.14, 100, Unclear}, "; the sum is 101.0 % (90.0–114.0) of what a start takes: too much else goes on here to tell whether it is within 5 %"},
		{nil, "; too few starts to hold the sum against"},
	} {
		x.Agreement = tc.agreement
		if s := x.Sheet(); !strings.HasSuffix(s.Answer, tc.want) || !strings.Contains(s.Notes[0], "waiting for a processor") {
			t.Errorf("got %s\n%s, want %s", s.Answer, s.Notes[0], tc.want)
		}
	}

	other := &Phases{Starts: 100, InitNS: 2_000_000, Agreement: &Agreement{1, 0.99, 1.01, 100, Holds}, Whole: "Go did not build it", Phases: []Phase{
		{Name: Provision, NS: 500_000}, {Name: Rest, NS: 1_500_000},
	}}
	s = other.Sheet()
	if want := "init 2.00 ms: provision 0.50, program until /next 1.50"; s.Answer != want || len(s.Tables) != 1 {
		t.Errorf("got  %s\nwant %s", s.Answer, want)
	}
	if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, "one phase: Go did not build it.") || strings.Contains(notes, "Loading") {
		t.Error(notes)
	}
	whole(t, s)
}

// whole checks that no row is longer than its header.
func whole(t *testing.T, s sheet.Sheet) {
	t.Helper()
	for _, table := range s.Tables {
		for _, row := range table.Rows {
			if len(row) > len(table.Header) || len(table.Right) != len(table.Header) {
				t.Errorf("%v under %v", row, table.Header)
			}
		}
	}
}

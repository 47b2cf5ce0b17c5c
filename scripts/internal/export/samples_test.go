package export

import (
	"reflect"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// TestSubjects holds the distributions of the trackers against those of package
// stats, which the table shows.
func TestSubjects(t *testing.T) {
	for name, run := range map[string]*dataset.Run{"local": example.Local(100), "troubled": example.Troubled(), "restored": example.Restored(), "provisioned": example.Provisioned()} {
		sum := stats.Summarize(run)[0]
		want := map[string]stats.Distribution{
			"init cold": sum.Init, "duration cold": sum.DurationCold, "client cold": sum.ClientCold, "billed cold": sum.BilledCold,
			"duration warm": sum.DurationWarm, "client warm": sum.ClientWarm, "billed warm": sum.BilledWarm,
			"restore restored": sum.RestoreBurst,
		}
		seen := 0
		for _, x := range subjects(run)[0].series {
			d, ok := want[x.name+" "+string(x.start)]
			if ok && !reflect.DeepEqual(x.d, d) {
				t.Errorf("%s: %s %s: got %+v, want %+v", name, x.name, x.start, x.d, d)
			}
			if ok {
				seen++
			}
		}
		for _, d := range want {
			if d.N > 0 {
				seen--
			}
		}
		if seen != 0 {
			t.Errorf("%s: %+d series more than distributions", name, seen)
		}
	}
	var bursts int
	for _, x := range subjects(example.Provisioned())[0].series {
		if x.start == startProvisioned && x.name == "duration" {
			bursts = x.d.N
		}
	}
	if bursts != 12 {
		t.Errorf("%d durations on provisioned environments, want 12", bursts)
	}
}

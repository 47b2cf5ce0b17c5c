package stats

import (
	"reflect"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Of the settings those are named that differ, with both values.
func TestBetweenSettings(t *testing.T) {
	with := func(settings map[string]string) *Side {
		s := side(1, "A", 128)
		s.Header.Executor, s.Header.ExecutorSettings = dataset.ExecutorLocal, settings
		return s
	}
	warm := with(map[string]string{"cpuQuota": "cgroup v1", "pageCache": "warm", "transport": "https"})
	for _, tt := range []struct {
		name     string
		settings map[string]string
		want     []Difference
	}{
		{"the same", warm.Header.ExecutorSettings, nil},
		{"one value", map[string]string{"cpuQuota": "cgroup v1", "pageCache": "cold", "transport": "https"},
			[]Difference{{DiffersSettings, "pageCache=warm", "pageCache=cold"}}},
		{"one that the other does not say", map[string]string{"cpuQuota": "signals", "pageCache": "warm"},
			[]Difference{{DiffersSettings, "cpuQuota=cgroup v1, transport=https", "cpuQuota=signals, transport unknown"}}},
		{"empty is not absent", map[string]string{"cpuQuota": "cgroup v1", "pageCache": "warm", "transport": "https", "x": ""},
			[]Difference{{DiffersSettings, "x unknown", "x="}}},
		{"none at all", nil,
			[]Difference{{DiffersSettings, "cpuQuota=cgroup v1, pageCache=warm, transport=https", "cpuQuota unknown, pageCache unknown, transport unknown"}}},
	} {
		other := with(tt.settings)
		if got := Between(warm, other); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		for i, d := range tt.want {
			if got := Between(other, warm); len(got) != len(tt.want) || got[i] != (Difference{d.What, d.New, d.Old}) {
				t.Errorf("%s, the other way: got %q", tt.name, got)
			}
		}
	}
}

// TestBetweenMachines: a machine tells of whatever ran on it. On AWS it only asked.
func TestBetweenMachines(t *testing.T) {
	on := func(executor, cpu string) *Side {
		s := side(1, "A", 128)
		s.Header.Executor, s.Header.Machine = executor, &dataset.Machine{OS: "linux", Arch: "amd64", CPU: cpu, CPUs: 2}
		return s
	}
	for executor, want := range map[string]bool{dataset.ExecutorLocal: true, "process": true, dataset.ExecutorAWS: false} {
		got := Between(on(executor, "one"), on(executor, "another"))
		if differs := len(got) == 1 && got[0].What == DiffersMachine; differs != want || len(got) > 1 {
			t.Errorf("%s: %q", executor, got)
		}
	}
}

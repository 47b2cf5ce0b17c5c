package function

import (
	"testing"
	"time"
)

// Requests reach the version that an alias has left for as long as the host says,
// by its idle environment, and nobody afterwards.
func TestAliasLags(t *testing.T) {
	f := newFunction(t, nil)
	f.host.AliasLag, f.host.AliasWeights = 200*time.Millisecond, 100*time.Millisecond
	first := invoke(t, f, "bench", "1")
	if _, err := f.Update(Change{Description: new("another")}, ""); err != nil {
		t.Fatal(err)
	}
	next, err := f.Publish("", "", updated(t, f).RevisionID)
	if err != nil {
		t.Fatal(err)
	}
	a, err := f.UpdateAlias("bench", AliasChange{Version: &next.Version}, "")
	if err != nil || a.FunctionVersion != next.Version || len(a.Weights) != 1 {
		t.Fatalf("alias %+v, %v: want version %s, and weights while it moves", a, err, next.Version)
	}
	if r := invoke(t, f, "bench", "2"); r.ExecutedVersion != first.ExecutedVersion || cold(t, f, r) {
		t.Errorf("answered by version %s, cold %v; want the environment that %s has left", r.ExecutedVersion, cold(t, f, r), first.ExecutedVersion)
	}
	waitFor(t, func() bool { return invoke(t, f, "bench", "1").ExecutedVersion == next.Version })
	if a, err = f.Alias("bench"); err != nil || len(a.Weights) != 0 {
		t.Errorf("alias %+v, %v: want no weights once it has moved", a, err)
	}
}

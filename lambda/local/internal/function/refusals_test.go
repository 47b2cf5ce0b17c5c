package function

import (
	"testing"

	"github.com/coldcrank/coldcrank/lambda/local/internal/assembly"
)

func TestRefusals(t *testing.T) {
	f := newFunction(t, func(a *assembly.Function) {
		a.Versions = append(a.Versions, &assembly.Version{Number: "2"})
	})
	two, nine, text, tiny := "2", "9", "x", 64
	if _, err := f.Update(Change{Description: &text}, ""); err != nil {
		t.Fatal(err)
	}
	// Both come within the few milliseconds of the update, or the machine is
	// so slow that they are not refused: then there is nothing to see.
	_, updating := f.Update(Change{Description: &text}, "")
	_, publishing := f.Publish("", "", "")
	for _, err := range []error{updating, publishing} {
		if err != nil && errorCode(err) != "ResourceConflictException" {
			t.Errorf("while an update is under way: %v", err)
		}
	}
	updated(t, f)
	do := func(f func() error) error { return f() }
	for _, c := range []struct {
		name, want string
		err        error
	}{
		{"update with an old revision", "PreconditionFailedException", do(func() error { _, err := f.Update(Change{}, "old"); return err })},
		{"update to 64 MB", "InvalidParameterValueException", do(func() error { _, err := f.Update(Change{MemoryMB: &tiny}, ""); return err })},
		{"publish with an old revision", "PreconditionFailedException", do(func() error { _, err := f.Publish("", "", "old"); return err })},
		{"publish of other code", "InvalidParameterValueException", do(func() error { _, err := f.Publish("", "other", ""); return err })},
		{"no such version", "ResourceNotFoundException", do(func() error { _, err := f.Get("9"); return err })},
		{"no such alias", "ResourceNotFoundException", do(func() error { _, err := f.Alias("other"); return err })},
		{"alias with an old revision", "PreconditionFailedException", do(func() error { _, err := f.UpdateAlias("bench", AliasChange{}, "old"); return err })},
		{"alias to no version", "ResourceNotFoundException", do(func() error { _, err := f.UpdateAlias("bench", AliasChange{Version: &nine}, ""); return err })},
		{"weights of 2", "InvalidParameterValueException", do(func() error {
			_, err := f.UpdateAlias("bench", AliasChange{Weights: map[string]float64{"2": 2}}, "")
			return err
		})},
		{"weight on the same version", "InvalidParameterValueException", do(func() error {
			_, err := f.UpdateAlias("bench", AliasChange{Version: &two, Weights: map[string]float64{"2": 0.5}}, "")
			return err
		})},
		{"delete a version that an alias names", "ResourceConflictException", f.DeleteVersion("1")},
		{"delete $LATEST", "InvalidParameterValueException", f.DeleteVersion("$LATEST")},
		{"delete the function", "InvalidParameterValueException", f.DeleteVersion("")},
		{"delete an alias's name", "InvalidParameterValueException", f.DeleteVersion("bench")},
		{"invoke of no version", "ResourceNotFoundException", do(func() error { _, err := f.Invoke(t.Context(), "9", nil, ""); return err })},
		{"event of 7 MB", "RequestTooLargeException", do(func() error { _, err := f.Invoke(t.Context(), "", make([]byte, 7<<20), ""); return err })},
	} {
		if got := errorCode(c.err); got != c.want {
			t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
		}
	}
	if a, err := f.Alias("bench"); err != nil || a.FunctionVersion != "1" || a.ARN != arn+":bench" || len(a.Weights) != 0 {
		t.Errorf("a refused change was made: %+v, %v", a, err)
	}
	// A weight alone keeps the other version reachable and undeletable.
	if _, err := f.UpdateAlias("bench", AliasChange{Weights: map[string]float64{"2": 1}}, ""); err != nil {
		t.Fatal(err)
	}
	if r := invoke(t, f, "bench", "1"); r.ExecutedVersion != "2" {
		t.Errorf("weight 1: version %s answered", r.ExecutedVersion)
	}
	if err := f.DeleteVersion("2"); errorCode(err) != "ResourceConflictException" {
		t.Errorf("delete a version with a weight: %v", err)
	}
	if a, err := f.UpdateAlias("bench", AliasChange{Weights: map[string]float64{}}, ""); err != nil || len(a.Weights) != 0 {
		t.Errorf("take weights away: %+v, %v", a, err)
	}
	if n := len(f.published[2].idle); n != 0 {
		t.Errorf("%d environments of version 2 are left", n)
	}
}

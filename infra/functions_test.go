package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
)

// template is what a stack comes to, in the form of the golden file.
type template struct {
	Outputs, Resources map[string]any
}

func templateOf(t *testing.T, functions string) template {
	t.Helper()
	app := newApp(t, map[string]any{"coldcrank:function": functions})
	data, err := json.Marshal(assertions.Template_FromStack(stackOf(t, app, "Coldcrank"), nil).ToJSON())
	if err != nil {
		t.Fatal(err)
	}
	var got template
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// of returns the members of m whose names begin with an id.
func of(m map[string]any, id string) map[string]any {
	found := map[string]any{}
	for name, value := range m {
		if strings.HasPrefix(name, id) {
			found[name] = value
		}
	}
	return found
}

// TestFunctions: a second function stands beside the first, changes nothing about
// it, and gets all that the first has.
func TestFunctions(t *testing.T) {
	alone, second, both := templateOf(t, "health"), templateOf(t, "floor"), templateOf(t, "health,floor")
	text := func(m map[string]any) string {
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for id, single := range map[string]template{"Health": alone, "Floor": second} {
		if got, want := text(of(both.Outputs, id)), text(single.Outputs); got != want {
			t.Errorf("outputs of %s beside the other:\n%s\nalone:\n%s", id, got, want)
		}
		if got, want := text(of(both.Resources, id)), text(single.Resources); got != want {
			t.Errorf("resources of %s beside the other:\n%s\nalone:\n%s", id, got, want)
		}
	}
	if got, want := len(both.Resources), len(alone.Resources)+len(second.Resources); got != want {
		t.Errorf("%d resources, want %d", got, want)
	}
	fields := func(outputs map[string]any, id string) (names []string) {
		for name := range outputs {
			names = append(names, strings.TrimPrefix(name, id))
		}
		slices.Sort(names)
		return names
	}
	if got, want := fields(second.Outputs, "Floor"), fields(alone.Outputs, "Health"); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("outputs of Floor %v, of Health %v", got, want)
	}
}

func TestUnknownFunction(t *testing.T) {
	for _, names := range []string{"none", "floor,", ",", "floor,floor", "health, floor", "Floor"} {
		err := addStack(newApp(t, map[string]any{"coldcrank:function": names}))
		want := "context coldcrank:function=" + names + ": give health, floor, or health,floor for both"
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", names, err, want)
		}
	}
}

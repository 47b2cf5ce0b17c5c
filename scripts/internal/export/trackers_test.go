package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// strictly decodes JSON that has no other fields than v.
func strictly(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if d.More() {
		t.Errorf("more than one value in\n%s", text)
	}
}

// TestBMF checks what Bencher's schema (bencher.dev/bmf.json) and the types behind it
// ask for: names of benchmarks of at most 1,024 bytes, measures that are slugs, numbers.
// Bencher's own parser, the crate bencher_adapter, is in no package registry: it was
// built from its repository (commit 8d75325c, version 0.6.12) and took these files.
func TestBMF(t *testing.T) {
	slug := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	for name, runs := range map[string][]*dataset.Run{
		"local": {example.Local(100)}, "few": {example.Local(4)}, "troubled": {example.Troubled()}, "restored": {example.Restored()}, "provisioned": {example.Provisioned()}, "hostile": {example.Hostile()},
	} {
		type metric struct {
			Value *float64 `json:"value"`
			Lower *float64 `json:"lower_value"`
			Upper *float64 `json:"upper_value"`
		}
		var got map[string]map[string]metric
		strictly(t, written(t, BMF, runs...), &got)
		if len(got) == 0 {
			t.Errorf("%s: no benchmark", name)
		}
		for benchmark, measures := range got {
			if len(benchmark) > 1024 || len(measures) == 0 {
				t.Errorf("%s: benchmark %q with %d measures", name, benchmark, len(measures))
			}
			for measure, m := range measures {
				switch {
				case !slug.MatchString(measure) || len(measure) > 64:
					t.Errorf("%s: %q is no slug", name, measure)
				case m.Value == nil || (m.Lower == nil) != (m.Upper == nil):
					t.Errorf("%s: %s: %+v", name, measure, m)
				case m.Lower != nil && (*m.Lower > *m.Value || *m.Value > *m.Upper):
					t.Errorf("%s: %s: %v is not within %v to %v", name, measure, *m.Value, *m.Lower, *m.Upper)
				}
			}
		}
	}
	var got map[string]map[string]metric
	strictly(t, written(t, BMF, example.Local(100)), &got)
	init := stats.Summarize(example.Local(100))[0].Init
	want := metric{float64(init.P50), new(float64(*init.MedianLow)), new(float64(*init.MedianHigh))}
	if m := got["Coldcrank/Health"]["init-ns"]; !reflect.DeepEqual(m, want) {
		t.Errorf("init-ns: got %+v, want %+v", m, want)
	}
}

// TestCustomSmallerIsBetter checks what github-action-benchmark parses: an array of
// entries with name, value and unit, range and extra being text. The action is in no
// package registry either (npm knows the name, and no version of it): its
// src/extract.ts was built from its repository (commit c38cce98) and took these files.
func TestCustomSmallerIsBetter(t *testing.T) {
	for name, run := range map[string]*dataset.Run{
		"local": example.Local(100), "few": example.Local(4), "troubled": example.Troubled(), "restored": example.Restored(), "provisioned": example.Provisioned(), "hostile": example.Hostile(),
	} {
		var got []struct {
			Name, Unit *string
			Value      *float64
			Range      string
			Extra      string
		}
		strictly(t, written(t, CustomSmallerIsBetter, run), &got)
		if len(got) == 0 {
			t.Errorf("%s: no entry", name)
		}
		seen := map[string]bool{}
		for _, e := range got {
			if e.Name == nil || e.Unit == nil || e.Value == nil || *e.Name == "" || *e.Unit == "" {
				t.Fatalf("%s: %+v: want name, unit and value", name, e)
			}
			if seen[*e.Name] {
				t.Errorf("%s: %s stands twice: the action compares by name", name, *e.Name)
			}
			seen[*e.Name] = true
		}
	}
	if got := written(t, CustomSmallerIsBetter, &dataset.Run{}); got != "[]\n" {
		t.Errorf("nothing measured: got %q, want an empty array", got)
	}
	one, two := example.Local(12), example.Again(example.Local(12), "77aa", "c04dd0ce")
	names := func(run *dataset.Run) []string {
		return regexp.MustCompile(`"name": .*`).FindAllString(written(t, CustomSmallerIsBetter, run), -1)
	}
	if a, b := names(one), names(two); !reflect.DeepEqual(a, b) {
		t.Errorf("another deployment has other names: %v and %v", a, b)
	}
}

func TestTrackersHoldOneState(t *testing.T) {
	one, two := example.Local(12), example.Again(example.Local(12), "77aa", "c04dd0ce")
	want := RepeatedError{"Coldcrank/Health", "5f0c9a71", "77aa"}
	for name, form := range map[string]func(io.Writer, ...*dataset.Run) error{"bmf": BMF, "smaller": CustomSmallerIsBetter} {
		var b bytes.Buffer
		err := form(&b, one, two)
		if got, ok := errors.AsType[*RepeatedError](err); !ok || *got != want || b.Len() > 0 {
			t.Errorf("%s: got %v and %q, want %v and nothing", name, err, &b, &want)
		}
		two.Header.Targets[0].Key = "Coldcrank/Health@main" // the base of a comparison is another
		for _, s := range two.Samples {
			s.Target = "Coldcrank/Health@main"
		}
		if err := form(&b, one, two); err != nil {
			t.Errorf("%s: two targets: %v", name, err)
		}
		two.Header.Targets[0].Key = "Coldcrank/Health"
	}
}

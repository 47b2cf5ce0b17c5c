package export

import (
	"reflect"
	"strings"
	"testing"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/example"
)

func TestCSV(t *testing.T) {
	one, two := example.Local(2), example.Local(2)
	one.Samples, two.Samples = one.Samples[:1], two.Samples[:1]
	two.Header.Run, two.Header.Labels = "77aa", map[string]string{"pr": "-17"}
	two.Samples[0].InitNS, two.Samples[0].IntegrationLatencyMS = nil, new(12.5)
	example.Golden(t, "samples.csv", written(t, CSV, one, two))
}

func TestCSVHasEveryFieldOfASample(t *testing.T) {
	names := map[string]bool{}
	for _, f := range csvFields {
		if names[f.name] {
			t.Errorf("column %s stands twice", f.name)
		}
		names[f.name] = true
	}
	for f := range reflect.TypeFor[dataset.Sample]().Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); !names[name] {
			t.Errorf("no column for %s", name)
		}
	}
}

func TestSafeCell(t *testing.T) {
	tests := map[string]string{
		"": "", "plain": "plain", "a=b": "a=b", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x",
		"  =1": "'  =1", "\uff1d1": "'\uff1d1", "\t=1": `\t=1`, "\r=1": `\r=1`, `"q",x`: `"q",x`,
	}
	for in, want := range tests {
		if got := safeCell(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

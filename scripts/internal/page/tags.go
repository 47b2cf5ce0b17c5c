package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// tag is one thing that is known of the sides.
type tag struct {
	Name    string
	Values  []string // a side each
	Differs bool
}

// tagsOf lists what is known of the sides; what is known of none is left out.
func tagsOf(sides []side) []tag {
	var tags []tag
	for _, t := range []struct {
		name string
		of   func(h dataset.Header, t dataset.Target) string
	}{
		{"target", func(_ dataset.Header, t dataset.Target) string { return t.Key }},
		{"run", func(h dataset.Header, _ dataset.Target) string {
			return render.Short(h.Run) + ", " + h.Started.UTC().Format(plot.Minute)
		}},
		{"deployment", func(_ dataset.Header, t dataset.Target) string { return t.DeploymentID }},
		{"commit", func(_ dataset.Header, t dataset.Target) string { return render.Commit(t.Commit, t.Dirty) }},
		{"where", func(h dataset.Header, _ dataset.Target) string { return render.Place(h) }},
		{"machine", func(h dataset.Header, _ dataset.Target) string { return strings.Join(render.Machine(h), ", ") }},
		{"memory size", func(_ dataset.Header, t dataset.Target) string {
			if t.MemoryMB == 0 {
				return ""
			}
			return fmt.Sprintf("%d MB", t.MemoryMB)
		}},
		{"architecture", func(_ dataset.Header, t dataset.Target) string { return t.Architecture }},
		{"starts", func(_ dataset.Header, t dataset.Target) string { return cmp.Or(t.StartType, "on demand") }},
		{"route", func(_ dataset.Header, t dataset.Target) string {
			if t.Via == dataset.ViaInvoke {
				return "Lambda's Invoke of " + t.Function
			}
			return strings.TrimSpace(t.Method + " " + t.URL)
		}},
		{"Go", func(_ dataset.Header, t dataset.Target) string { return t.GoVersion }},
		{"rounds", func(h dataset.Header, _ dataset.Target) string {
			return fmt.Sprintf("%d of %d, %d warm after each", h.Rounds, h.Burst, h.Warm)
		}},
		{"labels", func(h dataset.Header, _ dataset.Target) string {
			var labels []string
			for _, k := range slices.Sorted(maps.Keys(h.Labels)) {
				labels = append(labels, k+"="+h.Labels[k])
			}
			return strings.Join(labels, ", ")
		}},
		{"by", func(h dataset.Header, _ dataset.Target) string { return h.Tool }},
	} {
		one := tag{Name: t.name}
		known := false
		for _, x := range sides {
			v := t.of(x.run.Header, x.target)
			known = known || v != ""
			one.Differs = one.Differs || len(one.Values) > 0 && v != t.of(sides[0].run.Header, sides[0].target)
			one.Values = append(one.Values, cmp.Or(text(v), plot.Absent))
		}
		if known {
			tags = append(tags, one)
		}
	}
	return tags
}

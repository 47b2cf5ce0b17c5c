package export

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// RepeatedError says that two runs measured a target of which a form holds one
// state only.
type RepeatedError struct{ Target, First, Second string } // a target's key, and the ids of two runs

func (e *RepeatedError) Error() string {
	return fmt.Sprintf("%s was measured by the runs %s and %s, and this format holds one state of it", e.Target, e.First, e.Second)
}

// once returns the subjects of all runs, or a *RepeatedError.
func once(runs []*dataset.Run) ([]subject, error) {
	seen := map[string]string{}
	var all []subject
	for _, run := range runs {
		for _, s := range subjects(run) {
			if first, again := seen[s.Target.Key]; again {
				return nil, &RepeatedError{s.Target.Key, first, run.Header.Run}
			}
			seen[s.Target.Key] = run.Header.Run
			all = append(all, s)
		}
	}
	return all, nil
}

// metric is a value of the Bencher Metric Format.
type metric struct {
	Value float64  `json:"value"`
	Lower *float64 `json:"lower_value,omitempty"`
	Upper *float64 `json:"upper_value,omitempty"`
}

// BMF writes the Bencher Metric Format
// (https://bencher.dev/docs/reference/bencher-metric-format/): an object with a
// member for each target, by its key, and in it one for each measure: medians with
// the ends of their 95 % intervals, in ns, the memory used and sizes. Measures carry
// their unit in the name, since Bencher makes those that it meets for the first time
// without one. The error is a *RepeatedError where two runs measured one target.
func BMF(w io.Writer, runs ...*dataset.Run) error {
	all, err := once(runs)
	if err != nil {
		return err
	}
	out := map[string]map[string]metric{}
	for _, s := range all {
		measures := map[string]metric{}
		for _, x := range s.series {
			slug := x.name + "-" + string(x.start) + "-ns"
			if x.only() {
				slug = x.name + "-ns"
			}
			measures[slug] = metric{float64(x.d.P50), whole(x.d.MedianLow), whole(x.d.MedianHigh)}
		}
		for _, x := range s.counted() {
			measures[x.slug] = metric{Value: float64(x.n)}
		}
		if len(measures) > 0 {
			out[s.Target.Key] = measures
		}
	}
	return Value(w, out)
}

func whole(d *time.Duration) *float64 {
	if d == nil {
		return nil
	}
	return new(float64(*d))
}

// counted is a number of a target that is not sampled.
type counted struct {
	slug, title, unit string
	n                 int64
}

func (s subject) counted() []counted {
	var all []counted
	if m := s.MaxMemoryUsedMB; m != nil {
		all = append(all, counted{"max-memory-mb", "Max Memory Used", "MB", int64(*m)})
	}
	if n := s.Target.ZipBytes; n > 0 {
		all = append(all, counted{"zip-bytes", "zip", "B", n})
	}
	if n := s.Target.ExecutableBytes; n > 0 {
		all = append(all, counted{"executable-bytes", "executable", "B", n})
	}
	return all
}

// CustomSmallerIsBetter writes the input of github-action-benchmark for its tool
// customSmallerIsBetter: an array with an entry for each measure of each target,
// medians in ms with their 95 % intervals. Names stay the same from one deployment to
// the next, since the action compares entries by name. The error is a *RepeatedError
// where two runs measured one target.
func CustomSmallerIsBetter(w io.Writer, runs ...*dataset.Run) error {
	all, err := once(runs)
	if err != nil {
		return err
	}
	type entry struct {
		Name  string  `json:"name"`
		Unit  string  `json:"unit"`
		Value float64 `json:"value"`
		Range string  `json:"range,omitempty"`
		Extra string  `json:"extra,omitempty"`
	}
	out := []entry{} // not null: an array in any case
	for _, s := range all {
		key, about := render.Clean(s.Target.Key), render.Clean(strings.Join(render.Tags(s.Target), " · "))
		for _, x := range s.series {
			e := entry{Name: key + " " + x.title + " " + string(x.start), Unit: "ms", Value: float64(x.d.P50) / float64(time.Millisecond)}
			if x.only() {
				e.Name = key + " " + x.title
			}
			if x.d.MedianLow != nil {
				e.Range = render.Interval(x.d)
			}
			e.Extra = strings.TrimSuffix(fmt.Sprintf("median of %d\n%s", x.d.N, about), "\n")
			out = append(out, e)
		}
		for _, x := range s.counted() {
			out = append(out, entry{Name: key + " " + x.title, Unit: x.unit, Value: float64(x.n), Extra: about})
		}
	}
	return Value(w, out)
}

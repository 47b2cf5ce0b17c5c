package export

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
)

// Benchfmt writes the Go benchmark format
// (https://golang.org/design/14313-benchmark-format): a line for each sample that
// counts, named Stack.Name/start=cold, restored, provisioned or warm, with the
// times that it has, in ns, and for cold starts the memory used. A sample that
// counts as nothing has no line: see CSV.
//
// Configuration keys are what must be equal for times to be comparable, as
// stats.Between has it, and deployment. Everything else that may differ between
// two runs (run, date, commit, Go version, labels) stands in a comment: benchstat
// makes a table of its own for each value of a key, and what compares deployments
// would otherwise compare nothing.
func Benchfmt(w io.Writer, runs ...*dataset.Run) error {
	out := bufio.NewWriter(w)
	written := make(map[string]string) // the configuration in force
	for _, run := range runs {
		targets := byKey(run)
		of := make(map[*dataset.Target][]*dataset.Sample, len(targets))
		for _, s := range run.Samples {
			if t := targets[s.Target]; t != nil {
				of[t] = append(of[t], s)
			}
		}
		for i := range run.Header.Targets {
			t := &run.Header.Targets[i]
			fmt.Fprintf(out, "# %s\n", oneLine(strings.Join(append(render.RunFacts(run), render.Tags(*t)...), " · ")))
			for _, c := range configuration(&run.Header, t) {
				value := oneLine(c.value)
				if written[c.key] != value {
					written[c.key] = value
					fmt.Fprintln(out, strings.TrimSpace(c.key+": "+value)) // "key:" takes it back
				}
			}
			out.WriteByte('\n')
			name := benchmarkName(t)
			for _, s := range of[t] {
				writeSample(out, name, t, s)
			}
			out.WriteByte('\n')
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write benchmark format: %w", err)
	}
	return nil
}

// longest is how long one text of a line may be: benchstat gives up at lines of 64 kB.
const longest = 1000

func oneLine(text string) string { return render.Cut(strings.TrimSpace(render.Clean(text)), longest) }

// writeSample writes one line. Numbers are whole: benchfmt.Writer of golang.org/x/perf
// would write 18450000 as 1.845e+07, which not every reader of go test's output takes.
func writeSample(out *bufio.Writer, name string, t *dataset.Target, s *dataset.Sample) {
	of, ok := startOf(t, s)
	if !ok {
		return
	}
	var values []string
	for _, r := range readings {
		if ns := r.ns(s); ns != nil {
			values = append(values, fmt.Sprintf("%d %s-ns", *ns, r.name))
		}
	}
	if of == startCold && s.MaxMemoryUsedMB != nil {
		// Lambda's megabytes: benchstat would take "MB" for a million bytes.
		values = append(values, fmt.Sprintf("%d max-memory-mb", *s.MaxMemoryUsedMB))
	}
	if len(values) > 0 { // a line without any is a syntax error
		fmt.Fprintf(out, "Benchmark%s/start=%s 1 %s\n", name, of, strings.Join(values, " "))
	}
}

// config is a line of configuration; an empty value is none.
type config struct{ key, value string }

func configuration(h *dataset.Header, t *dataset.Target) []config {
	all := []config{
		{"executor", h.Executor},
		{"platform", cmp.Or(t.Platform, t.Architecture)},
		{"cpu", ""},
		{"settings", ""},
		{"memory-mb", known(int64(t.MemoryMB))},
		{"via", cmp.Or(t.Via, "api")},
		{"start-type", cmp.Or(t.StartType, "on-demand")},
		{"deployment", t.DeploymentID},
	}
	if h.Executor == dataset.ExecutorLocal {
		if m := h.Machine; m != nil {
			all[2].value = strings.TrimSpace(fmt.Sprintf("%s %s, %s, %s", m.CPU, m.Arch, render.Count(m.CPUs, "CPU"), m.OS))
		}
		var settings []string
		for _, k := range slices.Sorted(maps.Keys(h.ExecutorSettings)) {
			settings = append(settings, k+"="+h.ExecutorSettings[k])
		}
		all[3].value = strings.Join(settings, " ")
	}
	return all
}

// benchmarkName is Stack.Name, also for the base of a comparison, so that both
// sides are one benchmark. What a name cannot hold, or what has a meaning in one
// (a slash, an equals sign), is written as in a URL, so that no two targets share
// a name.
func benchmarkName(t *dataset.Target) string {
	name := t.Stack + "." + t.Name
	if t.Stack == "" || t.Name == "" {
		name = cmp.Or(t.Key, "Target")
	}
	var b strings.Builder
	for i := range min(len(name), longest) {
		switch c := rune(name[i]); {
		case c <= unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)), strings.ContainsRune("-._@", c):
			b.WriteRune(c)
		default:
			b.WriteString("%" + strings.ToUpper(strconv.FormatInt(int64(0x100|c), 16)[1:]))
		}
	}
	return b.String()
}

package stats

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
)

// Comparison is what two sides that measured the same thing say of a change
// between them.
type Comparison struct {
	Old *Side `json:"old"`
	New *Side `json:"new"`

	// Together is true where both sides took turns in one run, so that what
	// drifted meanwhile met both.
	Together bool `json:"together"`
	// Differences are what else differs between the sides and had to be allowed.
	Differences []Difference `json:"differences,omitempty"`

	// Measures are compared with intervals. The first decides; the others are
	// reported.
	Measures []Measure `json:"measures"`
	Sizes    []Size    `json:"sizes,omitempty"`

	Verdict Verdict `json:"verdict"`
	// Reason says what the verdict rests on where that is not the interval.
	Reason string `json:"reason,omitempty"`
}

// Measure is one measured quantity on both sides.
type Measure struct {
	Name string `json:"name"`
	Unit string `json:"unit"` // of the medians: "s" or "MB"
	Shift
}

// Size is one quantity that is counted, not sampled. It has no interval.
type Size struct {
	Name string `json:"name"`
	Unit string `json:"unit"` // "B", or "requests"
	Old  int64  `json:"old"`
	New  int64  `json:"new"`
}

// Difference is one reason for which two sides' times are not comparable.
type Difference struct {
	What string `json:"what"` // one of Differences
	Old  string `json:"old"`
	New  string `json:"new"`
}

// What can differ between sides, in the order in which Between looks.
const (
	DiffersExecutor = "executor"
	DiffersPlatform = "platform"
	DiffersMachine  = "machine"
	DiffersSettings = "settings"
	DiffersMemory   = "memory"
	DiffersVia      = "via"
	DiffersStart    = "start"
)

// Differing are all values of Difference.What.
var Differing = []string{DiffersExecutor, DiffersPlatform, DiffersMachine, DiffersSettings, DiffersMemory, DiffersVia, DiffersStart}

// MixError is a comparison that would say nothing: what differs between the
// sides moves the times by itself.
type MixError struct{ Differences []Difference }

func (e *MixError) Error() string {
	var parts []string
	for _, d := range e.Differences {
		parts = append(parts, fmt.Sprintf("%s: %s and %s", d.What, d.Old, d.New))
	}
	return "not comparable: " + strings.Join(parts, "; ")
}

// Between says what differs between two sides besides their code.
func Between(old, new *Side) []Difference {
	var found []Difference
	look := func(what, a, b string) {
		if a != b {
			found = append(found, Difference{what, a, b})
		}
	}
	a, b := old.Header, new.Header
	look(DiffersExecutor, a.Executor, b.Executor)
	look(DiffersPlatform, platformOf(old.Target), platformOf(new.Target))
	if a.Executor != dataset.ExecutorAWS && a.Executor == b.Executor { // on AWS the machine is only the client's
		look(DiffersMachine, machineOf(a), machineOf(b))
		x, y := settingsOf(a, b)
		look(DiffersSettings, x, y)
	}
	look(DiffersMemory, fmt.Sprintf("%d MB", old.Target.MemoryMB), fmt.Sprintf("%d MB", new.Target.MemoryMB))
	look(DiffersVia, cmp.Or(old.Target.Via, "api"), cmp.Or(new.Target.Via, "api"))
	look(DiffersStart, cmp.Or(old.Target.StartType, "on-demand"), cmp.Or(new.Target.StartType, "on-demand"))
	return found
}

func platformOf(t dataset.Target) string { return cmp.Or(t.Platform, t.Architecture, "unknown") }

func machineOf(h dataset.Header) string {
	if h.Machine == nil {
		return "unknown"
	}
	m := h.Machine
	return strings.TrimSpace(fmt.Sprintf("%s %s, %d CPUs, %s", cmp.Or(m.CPU, "unknown CPU"), m.Arch, m.CPUs, m.OS))
}

// settingsOf are the settings of two runs that differ: "pageCache=warm" and
// "pageCache=cold", both empty where none does.
func settingsOf(a, b dataset.Header) (x, y string) {
	all := maps.Clone(a.ExecutorSettings)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b.ExecutorSettings)
	var xs, ys []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		v, inA := a.ExecutorSettings[k]
		w, inB := b.ExecutorSettings[k]
		if v != w || inA != inB {
			xs, ys = append(xs, setting(k, v, inA)), append(ys, setting(k, w, inB))
		}
	}
	return strings.Join(xs, ", "), strings.Join(ys, ", ")
}

func setting(name, value string, known bool) string {
	if !known {
		return name + " unknown"
	}
	return name + "=" + value
}

// Pair is two sides that are compared.
type Pair struct{ Old, New *Side }

// ComparePairs compares pairs of sides. What differs besides the code must
// stand in allowed, else the error is a *MixError.
//
// The measures that decide are one family of comparisons, all others a second;
// within each the intervals are widened so that the chance of one false alarm in
// the whole family is what it would be for a single comparison (Confidence).
func ComparePairs(pairs []Pair, threshold float64, allowed []string) ([]Comparison, error) {
	comparisons := make([]Comparison, len(pairs))
	others := 0
	for i, p := range pairs {
		c := &comparisons[i]
		*c = Comparison{Old: p.Old, New: p.New, Together: together(p), Differences: Between(p.Old, p.New)}
		var refused []Difference
		for _, d := range c.Differences {
			if !slices.Contains(allowed, d.What) {
				refused = append(refused, d)
			}
		}
		if refused != nil {
			return nil, &MixError{refused}
		}
		others += len(measured(p)) - 1
	}
	for i := range comparisons {
		comparisons[i].compare(threshold, Confidence(len(pairs)), Confidence(max(others, 1)))
	}
	return comparisons, nil
}

// together reports whether both sides are of one run. A run without an id is no
// other's.
func together(p Pair) bool {
	return p.Old.Header.Run != "" && p.Old.Header.Run == p.New.Header.Run
}

// quantity is what both sides of a pair may have measured.
type quantity struct {
	name, unit string
	old, new   *Series
}

// decisive is what a verdict rests on.
type decisive struct {
	name   string
	series *Series
}

// decides is what the target's environments have: an init, a restore, or neither.
func (s *Side) decides() decisive {
	switch s.Target.StartType {
	case dataset.StartSnapshot:
		return decisive{"Restore Duration", &s.restore}
	case dataset.StartProvisioned:
		return decisive{"Duration, provisioned", &s.provisioned}
	}
	return decisive{"Init Duration", &s.init}
}

// deciding names what a verdict on two sides rests on: "Init Duration → Restore
// Duration" where their start types differ.
func deciding(p Pair) string {
	o, n := p.Old.decides().name, p.New.decides().name
	if o != n {
		return o + " → " + n
	}
	return n
}

// measured lists what is compared, the one that decides first: what a target's
// environments have, be it an init, a restore, or neither.
func measured(p Pair) []quantity {
	o, n := p.Old, p.New
	decides := quantity{deciding(p), "s", o.decides().series, n.decides().series}
	all := []quantity{
		decides,
		{"Duration, cold", "s", &o.durationCold, &n.durationCold},
		{"Duration, warm", "s", &o.durationWarm, &n.durationWarm},
		{"Billed, cold", "s", &o.billedCold, &n.billedCold},
		{"Max Memory Used", "MB", &o.memory, &n.memory},
	}
	kept := all[:1]
	for _, q := range all[1:] {
		if len(q.old.Values) > 0 && len(q.new.Values) > 0 {
			kept = append(kept, q)
		}
	}
	return kept
}

func (c *Comparison) compare(threshold, decides, reported float64) {
	for i, q := range measured(Pair{c.Old, c.New}) {
		plan := Plan{Threshold: threshold, Confidence: reported, Together: c.Together, Rounds: FewestRounds}
		if i == 0 {
			plan.Confidence = decides
		}
		c.Measures = append(c.Measures, Measure{Name: q.name, Unit: q.unit, Shift: Compare(*q.old, *q.new, plan)})
	}
	c.judge(decides)
	c.size("zip", "B", c.Old.Target.ZipBytes, c.New.Target.ZipBytes)
	c.size("executable", "B", c.Old.Target.ExecutableBytes, c.New.Target.ExecutableBytes)
	c.Sizes = append(c.Sizes, Size{"failed or throttled", "requests", c.Old.lost(), c.New.lost()})
}

// size adds a size that both sides know.
func (c *Comparison) size(name, unit string, old, new int64) {
	if old > 0 && new > 0 {
		c.Sizes = append(c.Sizes, Size{name, unit, old, new})
	}
}

// Worst is what one verdict says of several comparisons: failing if one is, else
// slower if one is, else inconclusive if one is.
func Worst(comparisons []Comparison) Verdict {
	has := func(v Verdict) bool {
		return slices.ContainsFunc(comparisons, func(c Comparison) bool { return c.Verdict == v })
	}
	for _, v := range []Verdict{Failing, Slower, Inconclusive, NotSlower, Faster} {
		if has(v) {
			return v
		}
	}
	return NotSlower
}

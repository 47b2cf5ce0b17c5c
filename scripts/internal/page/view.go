package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// view is a page in words and places, as its template writes it.
type view struct {
	Title     string
	Intro     string
	Overall   *overall   // where several groups compare something
	Overview  []overview // where there are several groups
	Groups    []group
	Histories []past
	Explained []explained
	Samples   table
	Commands  []command
	Method    []string
}

// overview leads to a group.
type overview struct{ ID, Name, Class, Symbol, Verdict string }

// overall is one verdict on several groups: the worst.
type overall struct{ Class, Symbol, Verdict, Sentence string }

// command repeats a run.
type command struct{ Run, Line string }

// group is one target of the page.
type group struct {
	ID       string
	Several  bool   // groups on the page
	Name     string // of the target, or of what is compared
	Class    string // of the verdict; empty without one
	Symbol   string // of the verdict: says the same as its colour
	Headline string
	Number   string // that stands out in the headline
	Sentence string
	Notes    []string
	Scale    *plot.Scale // of the change that decides
	Sides    []side

	Strip   plot.Strip
	Way     plot.Way
	Tags    []tag
	Changes []change
	Rounds  plot.Course
	Warm    plot.Way
	Times   []timesRow
	Penalty []string // how many times as long a cold request takes, a side each
	Sizes   []sizeRow
	Counts  []countRow
	Errors  []errorRow
	Sent    []string // how requests left

	Measure string
}

// side is what one side of a group says.
type side struct {
	plot.Side
	run     *dataset.Run
	target  dataset.Target
	summary stats.Summary
}

// saying begins a sentence about the side.
func (x side) saying() string {
	if x.Name == "" {
		return ""
	}
	return x.Name + ": "
}

// penalty says how many times as long as a warm request a cold one takes.
func (x side) penalty() string {
	cold, warm := x.summary.ClientCold, x.summary.ClientWarm
	if cold.N == 0 || warm.N == 0 || warm.P50 <= 0 {
		return ""
	}
	return x.saying() + fmt.Sprintf("A cold request takes %s ms, a warm one %s ms: %s times as long.",
		plot.MS(cold.P50), plot.MS(warm.P50), plot.Fixed(float64(cold.P50)/float64(warm.P50), 1))
}

func viewOf(r Report) view {
	v := view{Samples: tableOf(r.Runs)}
	var comparisons []stats.Comparison
	var names []string
	known := map[*dataset.Run][]stats.Summary{}
	for i, g := range bySeverity(r.Groups) {
		for _, s := range []*Source{g.Old, g.New} {
			if s != nil && known[s.Run] == nil {
				known[s.Run] = stats.Summarize(s.Run)
			}
		}
		one := groupOf(g, known)
		one.ID, one.Several = fmt.Sprintf("target-%d", i+1), len(r.Groups) > 1
		v.Groups = append(v.Groups, one)
		names = append(names, one.Name)
		if g.Comparison != nil {
			comparisons = append(comparisons, *g.Comparison)
		}
		if len(r.Groups) > 1 {
			v.Overview = append(v.Overview, overview{one.ID, one.Name, one.Class, one.Symbol, strings.TrimSpace(one.Headline + " " + one.Number)})
		}
	}
	v.Title = names[0]
	if len(names) > 1 {
		v.Title = plot.Count(len(names), "target")
	}
	if len(names) > 1 && comparisons != nil {
		v.Overall = overallOf(comparisons)
		v.Title += ": " + strings.ToLower(v.Overall.Verdict)
	}
	first := r.Groups[0].New.Run.Header
	v.Intro = text(render.Place(first))
	for i, e := range r.Explained {
		v.Explained = append(v.Explained, explainedOf(i, e))
	}
	for _, h := range stats.OverTime(r.Histories) {
		v.Histories = append(v.Histories, pastOf(h))
	}
	for _, run := range r.Runs {
		// Where results went is of that machine alone.
		line := slices.DeleteFunc(slices.Clone(run.Header.Command), func(arg string) bool { return strings.HasPrefix(arg, "--results=") })
		if one := (command{text(render.Short(run.Header.Run)), text(shell(line))}); len(line) > 0 && !slices.Contains(v.Commands, one) {
			v.Commands = append(v.Commands, one)
		}
	}
	v.Method = methodOf(r, comparisons)
	return v
}

func groupOf(g Group, known map[*dataset.Run][]stats.Summary) group {
	sides := []side{sideOf(g.New, "", known[g.New.Run])}
	if g.Comparison != nil {
		sides = []side{sideOf(g.Old, "old", known[g.Old.Run]), sideOf(g.New, "new", known[g.New.Run])}
		labelSides(sides)
	}
	v := group{Name: text(g.New.Side.Target.Key), Sides: sides}
	v.Measure, _ = g.New.Side.DecidingSeries()
	var drawn []plot.Side
	var cold, warm []*stats.Layout
	local := false
	for _, x := range sides {
		drawn = append(drawn, x.Side)
		cold, warm = append(cold, x.summary.LayoutCold), append(warm, x.summary.LayoutWarm)
		local = local || x.run.Header.Executor == dataset.ExecutorLocal
		if p := x.penalty(); p != "" {
			v.Penalty = append(v.Penalty, p)
		}
		for _, w := range render.Warnings(x.run) {
			v.Notes = append(v.Notes, x.saying()+text(w))
		}
	}
	if c := g.Comparison; c != nil {
		v.compare(*c)
	} else {
		v.alone()
	}
	v.Strip, v.Rounds = plot.StripOf(v.Measure, drawn), plot.ByRound(v.Measure, drawn)
	v.Way, v.Warm = plot.WayOf(drawn, cold, local), plot.WayOf(drawn, warm, local)
	v.Tags, v.Times, v.Sizes = tagsOf(sides), timesOf(sides), sizesOf(sides)
	v.Counts, v.Errors = countsOf(sides), errorsOf(sides)
	v.Sent = sentOf(sides)
	return v
}

func sideOf(s *Source, name string, summaries []stats.Summary) side {
	x := side{Side: plot.Side{Name: name}, run: s.Run, target: s.Side.Target}
	_, x.Series = s.Side.DecidingSeries()
	i := slices.IndexFunc(summaries, func(sum stats.Summary) bool { return sum.Target.Key == x.target.Key })
	x.summary = summaries[i]
	return x
}

// labelSides says of two sides what tells them apart.
func labelSides(sides []side) {
	for i := range sides {
		x := &sides[i]
		t := x.target
		if ref, ok := strings.CutPrefix(t.Key, t.Stack+"/"+t.Name+"@"); ok {
			x.Label = text(ref)
		} else if t.Commit != "" {
			x.Label = render.Commit(t.Commit, t.Dirty)
		} else {
			x.Label = render.Short(t.DeploymentID)
		}
	}
	if sides[0].Label == sides[1].Label {
		for i := range sides {
			sides[i].Label = "run " + render.Short(sides[i].run.Header.Run)
		}
	}
}

// compare says what a comparison found.
func (v *group) compare(c stats.Comparison) {
	name := render.PairName(c)
	v.Name = text(name)
	v.Class, v.Symbol = plot.Class(c.Verdict), symbolOf(c.Verdict)
	v.Headline = capital(string(c.Verdict))
	v.Changes = changesOf(c)
	if c.Measures[0].Interval != nil && c.Verdict != stats.Failing { // else it says nothing of the verdict
		v.Number = v.Changes[0].Change
	}
	v.Sentence = capital(text(afterVerdict(name, c)))
	for _, n := range render.Notes(c) {
		v.Notes = append(v.Notes, text(n))
	}
	v.Scale = plot.ScaleOf(c.Measures[0])
}

// afterVerdict is the sentence without its beginning, which the page shows above it.
func afterVerdict(name string, c stats.Comparison) string {
	sentence := render.Sentence(c)
	for _, beginning := range []string{name + " is " + string(c.Verdict) + ": ", name + ": inconclusive: "} {
		if rest, ok := strings.CutPrefix(sentence, beginning); ok {
			return rest
		}
	}
	return sentence
}

// capital begins a sentence.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// alone says what one side measured: there is no verdict.
func (v *group) alone() {
	d := plot.Distribute(v.Sides[0].Series.Values)
	v.Headline = v.Measure
	if d.N == 0 {
		v.Number = "not measured"
		v.Sentence = "No request was verified."
		return
	}
	v.Number = plot.MS(d.P50) + " ms"
	v.Sentence = fmt.Sprintf("Median of %s", plot.Count(d.N, "request"))
	if d.MedianLow != nil {
		v.Sentence += fmt.Sprintf(" (95 %% interval %s–%s ms)", plot.MS(*d.MedianLow), plot.MS(*d.MedianHigh))
	}
	v.Sentence += "."
	v.Notes = append(v.Notes, "measured alone: nothing is said about a change")
}

// methodOf says what the numbers are, and what they are not.
func methodOf(r Report, comparisons []stats.Comparison) []string {
	m := []string{
		"Every request was meant to meet a fresh execution environment. It counts as cold only if the REPORT line that Lambda wrote about it has an Init Duration; what another version answered (stale), what failed, and what has no log lines is counted apart and enters no time.",
		"Init is the start of the runtime until the function asks for its first event, Duration the invocation, Billed what is paid, all by REPORT. Client is from sending to the last byte, over connections made beforehand.",
		"A median is the middle value; the interval beside it is its 95 % interval by order statistics. p90 needs 10 samples, p99 100, the interval 6: a dash stands where there are fewer.",
		"The way of a request is in medians of its parts, which need not add up to the median of the whole: what is left is unexplained, and below zero where the parts add up to more. API Gateway's latencies are whole milliseconds.",
	}
	if len(comparisons) > 0 {
		m = append(m, capital(render.Method(comparisons)),
			"Slower: the whole interval lies above the threshold. Not slower: wholly below. Faster: not slower, and faster by more than the threshold. Else inconclusive.")
	}
	for _, g := range r.Groups {
		if g.New.Run.Header.Executor == dataset.ExecutorLocal {
			m = append(m, "The local executor runs the real program on one machine: no Firecracker, no network to AWS, and not AWS's processors. Its times compare with those of the same machine only, and “Lambda with queue” holds the wait for one of the few inits that run at a time.")
			break
		}
	}
	return m
}

package render

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/coldcrank/coldcrank/scripts/internal/dataset"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

const loadGroup = "load, warm"

// loadPlan says what was to be sent: "load 200/s for 10s, poisson".
func loadPlan(l dataset.LoadPlan) string {
	text := fmt.Sprintf("load %s/s for %s", strconv.FormatFloat(l.Rate, 'g', 4, 64), time.Duration(l.ForNS))
	if l.Arrival != "constant" {
		text += ", " + l.Arrival
	}
	return text
}

// LoadFacts says in lines what became of a load; all but the first tell what went
// wrong. They are none where there was to be no load.
func LoadFacts(l *stats.Load) [][]string {
	switch {
	case l == nil:
		return nil
	case l.Requested == 0:
		return [][]string{nil, {"load: none of its requests is here"}}
	}
	facts := []string{fmt.Sprintf("load: %d warm and %d cold of %d requests", l.Warm, l.Cold, l.Requested)}
	if l.Environments > 0 {
		facts = append(facts, Count(l.Environments, "environment"))
	}
	facts = append(facts, lateness(l))
	if l.Unsent > 0 {
		facts = append(facts, fmt.Sprintf("%d never sent", l.Unsent))
	}
	if l.CPUs != nil {
		facts = append(facts, fmt.Sprintf("sender's process on %.2f CPUs", *l.CPUs))
	}
	c := l.Counts
	c.Warm = 0
	return [][]string{facts, cutShort(l), lost(stats.Summary{Counts: c}), reasons(l.Errors)}
}

// cutShort says how far a load came that did not come to its end.
func cutShort(l *stats.Load) []string {
	if !l.Partial {
		return nil
	}
	return []string{fmt.Sprintf("partial load: its requests were due for %s of %s s", decimals(l.Lasted.Seconds(), 1), decimals(l.Planned.Seconds(), 1))}
}

// lateness says how many requests did not leave when they were due.
func lateness(l *stats.Load) string {
	share := 0.0
	if l.Sent > 0 {
		share = 100 * float64(l.Late) / float64(l.Sent)
	}
	return fmt.Sprintf("%d late (%s %% sent over %d ms after their time), at most %s ms", l.Late, decimals(share, 2), stats.LateAfter.Milliseconds(), ms(&l.Latest))
}

// marked says how bursts left of which one is marked, and nothing of others.
func marked(r *stats.Release) []string {
	if r == nil || len(r.Marked) == 0 {
		return nil
	}
	return ReleaseFacts(r)
}

// ReleaseFacts say how bursts left.
func ReleaseFacts(r *stats.Release) []string {
	if r == nil {
		return nil
	}
	facts := []string{"sender: skew " + ms(&r.Skew.P50) + ", at most " + ms(&r.Skew.Max) + " ms"}
	if r.CPUs != nil {
		facts = append(facts, fmt.Sprintf("its process on %.2f CPUs meanwhile", *r.CPUs))
	}
	if n := len(r.Marked); n > 0 {
		facts = append(facts, fmt.Sprintf("%s marked: skew above the function's own time, %s ms (%s)",
			pick(n, "1 burst is", fmt.Sprintf("%d bursts are", n)), ms(r.Own), roundList(r.Marked)))
	}
	return facts
}

func pick(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// roundList names a few rounds.
func roundList(rounds []int) string {
	const shown = 5
	var names []string
	for _, n := range rounds[:min(shown, len(rounds))] {
		names = append(names, strconv.Itoa(n))
	}
	text := pick(len(rounds), "round ", "rounds ") + strings.Join(names, ", ")
	if len(rounds) > shown {
		text += ", …"
	}
	return text
}

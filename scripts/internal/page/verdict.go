package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/page/plot"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// verdicts are all of them, the most severe first, each with the symbol that says what
// its colour says.
var verdicts = []struct {
	verdict stats.Verdict
	symbol  string
}{{stats.Failing, "✕"}, {stats.Slower, "▲"}, {stats.Inconclusive, "?"}, {stats.NotSlower, "✓"}, {stats.Faster, "▼"}}

// symbolOf is a verdict's symbol; a dot for one that this page does not know.
func symbolOf(v stats.Verdict) string {
	for _, known := range verdicts {
		if known.verdict == v {
			return known.symbol
		}
	}
	return "•"
}

// severity is a group's place among others: what changed for the worse comes first, and
// what compares nothing last. An unknown verdict is not overlooked.
func severity(g Group) int {
	if g.Comparison == nil {
		return len(verdicts)
	}
	for i, known := range verdicts {
		if known.verdict == g.Comparison.Verdict {
			return i
		}
	}
	return 0
}

func bySeverity(groups []Group) []Group {
	return slices.SortedStableFunc(slices.Values(groups), func(a, b Group) int { return cmp.Compare(severity(a), severity(b)) })
}

// overallOf is the verdict on comparisons in the order of their severity, and how often
// each was found.
func overallOf(comparisons []stats.Comparison) *overall {
	worst := comparisons[0].Verdict // which stats.Worst is, and of one that it does not know too
	counts := map[stats.Verdict]int{}
	var order []stats.Verdict
	for _, c := range comparisons {
		if counts[c.Verdict] == 0 {
			order = append(order, c.Verdict)
		}
		counts[c.Verdict]++
	}
	var parts []string
	for _, v := range order {
		parts = append(parts, fmt.Sprintf("%d %s", counts[v], v))
	}
	return &overall{plot.Class(worst), symbolOf(worst), capital(string(worst)), "Of " + plot.Count(len(comparisons), "comparison") + ": " + strings.Join(parts, ", ") + "."}
}

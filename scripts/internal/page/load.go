package page

import (
	"strings"

	"github.com/coldcrank/coldcrank/scripts/internal/render"
	"github.com/coldcrank/coldcrank/scripts/internal/stats"
)

// ofLoad is a distribution of the load, empty where there was none.
func ofLoad(of func(*stats.Load) stats.Distribution) func(stats.Summary) stats.Distribution {
	return func(s stats.Summary) stats.Distribution {
		if s.Load == nil {
			return stats.Distribution{}
		}
		return of(s.Load)
	}
}

// sentOf says how the requests of each side left: bursts, then loads.
func sentOf(sides []side) (sentences []string) {
	for _, lines := range []func(stats.Summary) [][]string{
		func(s stats.Summary) [][]string { return [][]string{render.ReleaseFacts(s.Release)} },
		func(s stats.Summary) [][]string { return render.LoadFacts(s.Load) },
	} {
		for _, x := range sides {
			for _, facts := range lines(x.summary) {
				if len(facts) > 0 {
					sentences = append(sentences, x.saying()+text(strings.Join(facts, " · ")))
				}
			}
		}
	}
	return sentences
}
